"""What people read in reports, accounts and diagnoses passes through here, to be translated."""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Any

__all__ = ["_", "plural"]

# Catalogues, once there are any, lie in locale/LANGUAGE/LC_MESSAGES/glassnet.mo.
_catalogue = gettext.translation("glassnet", Path(__file__).parent / "locale", fallback=True)


def _(message: str) -> str:
    """Return a text in the reader's language."""
    return _catalogue.gettext(message)


def plural(one: str, many: str, n: int, **named: Any) -> str:
    """Return the text for a number of things, with ``{n}`` and what else is named filled in.

    Examples
    --------
    >>> plural("{n} row", "{n} rows", 1200)
    '1,200 rows'
    """
    return _catalogue.ngettext(one, many, n).format(n=f"{n:,}", **named)
