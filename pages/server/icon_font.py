"""Streamlit's icon font, reduced to the icons in use. `tests/icon_font.py` makes the smaller file.

At its start, Streamlit's front end loads a font with all 4,000 icons (375 KB). On a slow network,
Streamlit's scripts have to wait for this font (no upstream issue found). If a newer Streamlit has a
font with another name, Freio serves the new font unchanged. The icons are Material Symbols, ©
Google LLC, under the Apache License 2.0.
"""

from pathlib import Path
from typing import Final

from starlette.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.server.compressed_static import CACHE

#: The name of Streamlit's font file.
FONT: Final = "MaterialSymbols-Rounded.nEdyypZU.woff2"
ICONS: Final = Path(__file__).with_name("icons") / "icons.woff2"
#: A text file: first the hash of Streamlit's font, then the name of each icon on its own line.
NAMES: Final = ICONS.with_name("icons.txt")


class IconFont:
    """Middleware that answers with the smaller font."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._answer = FileResponse(
            ICONS, media_type="font/woff2", headers={"Cache-Control": CACHE}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the font. Pass any other request on."""
        is_font = scope["type"] == "http" and scope["path"].endswith(f"/static/media/{FONT}")
        await (self._answer if is_font else self._app)(scope, receive, send)
