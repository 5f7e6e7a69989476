"""The JavaScript that several components share, and the reader of their files."""

from __future__ import annotations

from pathlib import Path

_PAGES = Path(__file__).parent.parent


def text(name: str) -> str:
    """Return the text of a file, named by its path below `pages`, such as `sends/rows.css`."""
    return (_PAGES / name).read_text(encoding="utf-8")


def joined(*names: str) -> str:
    """Return the text of several files as one script: a module cannot import beside itself."""
    return "".join(map(text, names))
