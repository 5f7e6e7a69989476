"""Files for the cache of browsers: the scripts of components, and the style of all pages."""

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from streamlit import file_util

from pages import scripts
from pages.scripts import components
from pages.server.compressed_static import CACHE, COMPRESS, accepted_encodings
from pages.text import palette

_STYLE: Final = "page.css"
_STYLES: Final = ("shell/page.css", "sends/list_filters.css", "charts/overview.css")


@cache
def page_style() -> str:
    """Return the CSS of all pages."""
    return f":root {{ {palette.custom_properties()} }}\n{scripts.joined(*_STYLES)}"


_FILES: Final[Mapping[str, Callable[[], str]]] = {
    _STYLE: page_style,
    **{f"{name}.js": partial(components.script, name) for name in components.NAMES},
}
#: The components that pages with a list need. `preloads` loads the scripts of these components.
_EARLY: Final = ("freio_frame", "freio_auto_refresh", "freio_states", "freio_rows")
#: Streamlit's elements on pages with a list. Example: the script of `Html` is `Html.CzLZZ4bP.js`.
ELEMENTS: Final = (
    *("BidiComponent", "Html", "Button", "PageLink"),
    *("TextInput", "Selectbox", "Checkbox"),
)
#: Addresses that Streamlit's front end requests first.
_ASKED: Final = ("./_stcore/health", "./_stcore/host-config")
_IMPORTED: Final = re.compile(r"""from\s*["'`]\./([\w.-]+\.js)["'`]""")


async def kept_file(request: Request) -> Response:
    """Answer with a file, compressed if the browser accepts a compressed file."""
    name = request.path_params["name"]
    if name not in _FILES:
        return Response(status_code=404)
    headers = {"Vary": "Accept-Encoding"}
    # After an upgrade of Freio, an open page may still request the old version. The answer is then
    # the new version, and the browser must not store the new version under the old address.
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


@cache
def preloads() -> str:
    """Return HTML tags that start downloads early."""
    ours = [components.address(f"{name}.js", components.script(name)) for name in _EARLY]
    theirs = [f"./static/js/{file}" for file in elements_scripts()]
    scripts = (f'<link rel="modulepreload" crossorigin href="{each}">' for each in [*ours, *theirs])
    asked = (f'<link rel="preload" as="fetch" crossorigin href="{each}">' for each in _ASKED)
    return "".join([*asked, *scripts])


def elements_scripts() -> list[str]:
    """Return the file names of the scripts of `ELEMENTS`, and of all scripts that these import.

    Leave out the scripts that Streamlit's `index.html` names: browsers load these early anyway.
    """
    folder = Path(file_util.get_static_dir()) / "static" / "js"
    found: dict[str, None] = {}

    def add(file: str) -> None:
        if file not in found and (folder / file).is_file():
            found[file] = None
            for name in _IMPORTED.findall((folder / file).read_text("utf-8")):
                add(name)

    for element in ELEMENTS:
        for path in sorted(folder.glob(f"{element}.*.js")):
            add(path.name)
    page = (folder.parent.parent / "index.html").read_text("utf-8")
    return [file for file in found if file not in page]


def style() -> str:
    """Return the HTML link to the style. Put the link into `<body>`, after Streamlit's styles."""
    return f'<link rel="stylesheet" href="{components.address(_STYLE, page_style())}">'
