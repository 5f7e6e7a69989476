"""The style of every page: the shared CSS files and the colours of the palette."""

from functools import cache
from typing import Final

from pages import scripts
from pages.text import palette

_FILES: Final = ("shell/page.css", "sends/list_filters.css", "charts/overview.css")


@cache
def page_style() -> str:
    """Return the CSS of all pages. Browsers keep this CSS (`pages/server/kept_files.py`)."""
    return f":root {{ {palette.custom_properties()} }}\n{scripts.joined(*_FILES)}"
