"""Scripts of components and the style of all pages are files that the browser keeps."""

import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from pages.scripts import components
from pages.server.cached_files import kept_file, page_style
from pages.server.html_tags import PageTags
from tests.loops import in_a_loop

PAGE = "<html><head><title>Streamlit</title></head><body></body></html>"
SCRIPT = components.script("freio_rows")
CURRENT = components.address("freio_rows.js", SCRIPT).removeprefix(".")
APP = Starlette(
    routes=[
        Route("/", lambda _: HTMLResponse(PAGE)),
        Route(f"/{components.ROUTE}/{{name}}", kept_file),
    ]
)


def answered(path: str, encodings: str = "identity") -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(PageTags(APP))
        async with httpx.AsyncClient(transport=transport, base_url="http://freio") as client:
            return await client.get(path, headers={"Accept-Encoding": encodings})

    return in_a_loop(get())


def test_a_browser_keeps_the_script_at_its_present_address() -> None:
    answer = answered(CURRENT)
    assert answer.text == SCRIPT
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("version", ["", "?v=0123456789ab"])
def test_no_browser_keeps_it_at_another_address(version: str) -> None:
    answer = answered(CURRENT.partition("?")[0] + version)
    assert answer.text == SCRIPT
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip")])
def test_it_is_compressed_as_the_browser_accepts(accepted: str, encoding: str) -> None:
    answer = answered(CURRENT, accepted)
    assert answer.headers["Content-Encoding"] == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert int(answer.headers["Content-Length"]) < len(SCRIPT) / 3


def test_an_unknown_file_is_not_found() -> None:
    assert answered(f"/{components.ROUTE}/main.py").status_code == 404


def test_a_page_links_to_files_that_exist() -> None:
    page = answered("/").text
    links = re.findall(rf'href="\./({components.ROUTE}/[^"]+)"', page)
    assert len(links) == 5
    for link in links:
        assert "immutable" in answered("/" + link).headers["Cache-Control"]


def test_the_style_is_behind_the_styles_that_streamlit_adds_to_the_head() -> None:
    page = answered("/").text
    assert page.index("<body>") < page.index("page.css") < page.index("</body>")
    assert answered(f"/{components.ROUTE}/page.css").text == page_style()


@pytest.mark.parametrize("name", sorted(components.NAMES))
def test_each_script_has_one_default_export(name: str) -> None:
    assert components.script(name).count("export default") == 1
    assert components.script(name).count("function drawComponent(") == 1


@pytest.mark.parametrize("name", sorted(components.NAMES))
def test_no_name_is_declared_twice_in_a_script(name: str) -> None:
    """A browser would not run such a script at all."""
    script = components.script(name)
    declared = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", script, re.MULTILINE)
    assert "drawComponent" in declared
    assert sorted(declared) == sorted(set(declared))
