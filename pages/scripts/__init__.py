"""Read the scripts, styles and HTML of components. This folder has the shared scripts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PAGES = Path(__file__).parent.parent


@cache
def text(name: str) -> str:
    """Return the text of a file in `pages`, such as `sends/rows.css`."""
    return (_PAGES / name).read_text(encoding="utf-8")


def style(name: str) -> str:
    """Return a CSS file as an HTML element, for `st.html`."""
    return f"<style>{text(name)}</style>"


def joined(*names: str) -> str:
    """Return the texts of files as one text: a component's script cannot import files."""
    return "".join(map(text, names))
