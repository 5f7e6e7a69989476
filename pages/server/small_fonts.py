"""Middleware that serves smaller fonts. `tests/small_fonts.py` makes the files.

On a slow network, Streamlit's scripts wait for 545 KB of fonts (no upstream issue found). The
smaller fonts contain the Latin characters and Freio's icons. For each missing character, the
browser uses a system font. If Streamlit renames a font, Freio serves Streamlit's font.

The icons are Material Symbols, © Google LLC, under the Apache License 2.0. The texts are in Source
Sans and Source Code, © Adobe, under the SIL Open Font License 1.1. The SIL license reserves the
name *Source*, so the files of the smaller text fonts contain another font name.
"""

from pathlib import Path
from typing import Final

from starlette.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.server.compressed_static import CACHE

#: The folder of the smaller fonts. A smaller font has the same file name as Streamlit's font.
FONTS: Final = Path(__file__).with_name("fonts")
ICONS: Final = "MaterialSymbols-Rounded.nEdyypZU.woff2"
TEXTS: Final = (
    "SourceSansVF-Upright.ttf.BsWL4Kly.woff2",
    "SourceCodeVF-Upright.ttf.BjWn63N-.woff2",
)

_PATH: Final = "/static/media/"


class SmallFonts:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        headers = {"Cache-Control": CACHE}
        self._answers = {
            name: FileResponse(FONTS / name, media_type="font/woff2", headers=headers)
            for name in (ICONS, *TEXTS)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        _before, found, name = scope.get("path", "").rpartition(_PATH)
        is_font = scope["type"] == "http" and found and name in self._answers
        await (self._answers[name] if is_font else self._app)(scope, receive, send)
