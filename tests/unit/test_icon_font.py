"""The icon font that Freio serves has every icon that its pages and Streamlit's front end use."""

from hashlib import sha256

import httpx
from starlette.responses import PlainTextResponse

from pages.server.icon_font import FONT, ICONS, NAMES, IconFont
from tests.icon_font import original, used
from tests.loops import in_a_loop

#: Streamlit names it for `st.feedback`, and its own font has no such icon.
NO_ICON = {"star_filled"}


def answered(path: str) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(IconFont(PlainTextResponse("passed on")))
        async with httpx.AsyncClient(transport=transport, base_url="http://freio") as client:
            return await client.get(path)

    return in_a_loop(get())


def test_the_font_has_each_icon_in_use_from_the_present_font_of_streamlit() -> None:
    made_from, *names = NAMES.read_text("utf-8").split()
    assert used() - set(names) == NO_ICON
    assert made_from == sha256(original().read_bytes()).hexdigest()


def test_a_browser_gets_the_small_font_and_keeps_it() -> None:
    answer = answered(f"/static/media/{FONT}")
    assert answer.content == ICONS.read_bytes()
    assert len(answer.content) < 20_000
    assert answer.headers["Content-Type"] == "font/woff2"
    assert "immutable" in answer.headers["Cache-Control"]


def test_another_version_of_the_font_is_passed_on() -> None:
    assert answered(f"/static/media/{FONT}2").text == "passed on"
