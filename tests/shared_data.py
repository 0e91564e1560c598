"""Files of the shared data folder, which is not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_file(name: str) -> Path:
    """Return a file of the shared data, e.g. ``"mnist/t10k-labels-idx1-ubyte.gz"``.

    It is looked for in ``GLASSNET_DATA`` and then in ``../shared/data``. Without it the test
    skips, or fails if ``GLASSNET_REQUIRE_DATA`` is 1.
    """
    folders = [ROOT.parent / "shared" / "data"]
    if own := os.environ.get("GLASSNET_DATA"):
        folders.insert(0, Path(own))
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    message = f"the shared data hold no {name}; looked in {', '.join(map(str, folders))}"
    if os.environ.get("GLASSNET_REQUIRE_DATA") == "1":
        pytest.fail(message)
    pytest.skip(message)
