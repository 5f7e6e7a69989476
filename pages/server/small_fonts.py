"""Streamlit's fonts in a smaller form. `tests/small_fonts.py` makes the files.

On a slow network, Streamlit's scripts wait for 545 KB of fonts (no upstream issue found). The
smaller fonts have only the icons in use, and the Latin characters. The browser takes all other
characters from the fonts of its system. If a newer Streamlit has fonts with other names, Freio
serves Streamlit's fonts.

The icons are Material Symbols, © Google LLC, under the Apache License 2.0. The texts are in Source
Sans and Source Code, © Adobe, under the SIL Open Font License 1.1. The license reserves the name
*Source* for the original fonts, so the smaller fonts have another name.
"""

from pathlib import Path
from typing import Final

from starlette.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.server.compressed_static import CACHE

#: The folder of the smaller fonts. Their files have the names of Streamlit's files.
FONTS: Final = Path(__file__).with_name("fonts")
ICONS: Final = "MaterialSymbols-Rounded.nEdyypZU.woff2"
TEXTS: Final = (
    "SourceSansVF-Upright.ttf.BsWL4Kly.woff2",
    "SourceCodeVF-Upright.ttf.BjWn63N-.woff2",
)

_PATH: Final = "/static/media/"


class SmallFonts:
    """Middleware that answers with the smaller fonts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        headers = {"Cache-Control": CACHE}
        self._answers = {
            name: FileResponse(FONTS / name, media_type="font/woff2", headers=headers)
            for name in (ICONS, *TEXTS)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for one of the fonts. Pass any other request on."""
        _before, found, name = scope.get("path", "").rpartition(_PATH)
        is_font = scope["type"] == "http" and found and name in self._answers
        await (self._answers[name] if is_font else self._app)(scope, receive, send)
