"""The smaller fonts have every icon and character in use, and browsers get them."""

import httpx
import pytest
from fontTools.ttLib import TTFont
from starlette.responses import PlainTextResponse

from core.settings import ROOT
from pages.server.small_fonts import FONTS, ICONS, TEXTS, SmallFonts
from tests.loops import in_a_loop
from tests.small_fonts import MADE_FROM, NAMES, made_from, original, used

#: Streamlit names it for `st.feedback`, and its own font has no such icon.
NO_ICON = {"star_filled"}


def answered(path: str) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(SmallFonts(PlainTextResponse("passed on")))
        async with httpx.AsyncClient(transport=transport, base_url="http://freio") as client:
            return await client.get(path)

    return in_a_loop(get())


def test_the_fonts_are_made_from_the_present_fonts_of_streamlit() -> None:
    assert MADE_FROM.read_text("utf-8") == made_from()


def test_the_font_of_icons_has_each_icon_in_use() -> None:
    assert used() - set(NAMES.read_text("utf-8").split()) == NO_ICON


@pytest.mark.parametrize("name", TEXTS)
def test_the_fonts_of_texts_have_each_character_of_the_pages(name: str) -> None:
    files = [*(ROOT / "core" / "locale").rglob("*.po"), *(ROOT / "pages").rglob("*.py")]
    in_use = {ord(character) for file in files for character in file.read_text("utf-8")}
    assert in_use & TTFont(original(name)).getBestCmap().keys() <= (
        TTFont(FONTS / name).getBestCmap().keys()
    )


@pytest.mark.parametrize("name", TEXTS)
def test_the_fonts_of_texts_keep_their_weights_and_digits_of_equal_width(name: str) -> None:
    font, whole = TTFont(FONTS / name), TTFont(original(name))
    assert [(a.axisTag, a.minValue, a.maxValue) for a in font["fvar"].axes] == [
        (a.axisTag, a.minValue, a.maxValue) for a in whole["fvar"].axes
    ]
    features = [
        {record.FeatureTag for record in each["GSUB"].table.FeatureList.FeatureRecord}
        for each in (font, whole)
    ]
    assert "tnum" in features[0] or "tnum" not in features[1]
    assert "Source" not in str(font["name"].getDebugName(1))


@pytest.mark.parametrize(("name", "most"), [(ICONS, 20_000), *((name, 60_000) for name in TEXTS)])
def test_a_browser_gets_a_small_font_and_keeps_it(name: str, most: int) -> None:
    answer = answered(f"/static/media/{name}")
    assert answer.content == (FONTS / name).read_bytes()
    assert len(answer.content) < most
    assert answer.headers["Content-Type"] == "font/woff2"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", [f"{ICONS}2", "SourceSansVF-Italic.ttf.Bt9VkdQ3.woff2"])
def test_another_font_or_version_is_passed_on(name: str) -> None:
    assert answered(f"/static/media/{name}").text == "passed on"
