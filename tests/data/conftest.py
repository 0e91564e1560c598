from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_outside(monkeypatch, tmp_path):
    """Keep the user's own data and cache out of the tests, and the tests out of the cache."""
    for name in ("GLASSNET_DATA", "GLASSNET_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path / "cache"))
