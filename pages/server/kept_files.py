"""Files of pages that the browser keeps: the scripts of components, and the style of all pages.

Their addresses contain a hash of the content, so a browser asks for each of them once.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from pages.scripts import components
from pages.server.compressed_static import CACHE, COMPRESS, accepted_encodings
from pages.shell.page_style import page_style

_STYLE: Final = "page.css"

_FILES: Final[Mapping[str, Callable[[], str]]] = {
    _STYLE: page_style,
    **{f"{name}.js": partial(components.script, name) for name in components.NAMES},
}
#: Components of every list. The browser loads them together with Streamlit's own scripts.
_EARLY: Final = ("freio_frame", "freio_auto_refresh", "freio_rows")


async def kept_file(request: Request) -> Response:
    """Answer with a file, compressed if the browser accepts it."""
    name = request.path_params["name"]
    if name not in _FILES:
        return Response(status_code=404)
    headers = {"Vary": "Accept-Encoding"}
    # An old page may ask a new server.
    is_current = components.address(name, _FILES[name]()).endswith(
        f"={request.query_params.get('v')}"
    )
    headers["Cache-Control"] = CACHE if is_current else "no-store"
    found = accepted_encodings(request.headers.get("accept-encoding", ""))
    encoding = next((each for each in COMPRESS if each in found), "")
    if encoding:
        headers["Content-Encoding"] = encoding
    media_type = "text/css" if name == _STYLE else "text/javascript"
    return Response(_encoded(name, encoding), headers=headers, media_type=media_type)


@cache
def _encoded(name: str, encoding: str) -> bytes:
    data = _FILES[name]().encode()
    return COMPRESS[encoding](data) if encoding else data


def preloads() -> str:
    """Return what lets a browser load the scripts of every list before it needs them."""
    found = (components.address(f"{name}.js", components.script(name)) for name in _EARLY)
    return "".join(f'<link rel="modulepreload" href="{address}">' for address in found)


def style() -> str:
    """Return the link to the style of all pages.

    It belongs behind Streamlit's styles, which are in the head of the page.
    """
    return f'<link rel="stylesheet" href="{components.address(_STYLE, page_style())}">'
