"""The palette is readable as text in both themes, and colour-blind people can distinguish it."""

import re
import tomllib
from itertools import combinations

import pytest
from coloraide import Color

from core.domain.states import Outlook
from core.settings import ROOT
from pages.text import palette

THEMES = {
    name: {outlook: pair[n] for outlook, pair in palette.COLOURS.items()}
    for n, name in enumerate(("light", "dark"))
}
SIGHTS = ("everyone", "protan", "deutan", "tritan")

#: WCAG AA for text, and for what is not text.
TEXT, SHAPE = 4.5, 3.0
#: CIEDE2000: a difference of 1 is just visible side by side; above 10 it is obvious.
APART = 12.0


def theme(name: str) -> dict[str, str]:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return settings["theme"][name]


def contrast(a: str, b: str) -> float:
    return Color(a).contrast(b, method="wcag21")


def seen(colour: str, sight: str) -> Color:
    """Return a colour as people with the strongest form of a deficiency see it."""
    return Color(colour) if sight == "everyone" else Color(colour).filter(sight)


@pytest.mark.parametrize("background", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("name", THEMES)
def test_every_colour_reads_as_text(name: str, background: str) -> None:
    on = theme(name)[background]
    worst = min(THEMES[name].values(), key=lambda colour: contrast(colour, on))
    assert contrast(worst, on) >= TEXT, worst
    assert contrast(theme(name)["textColor"], on) >= 7


#: Backgrounds of rows that have their own colour: under the pointer, and in the last minute.
TINTS = re.findall(
    r"tr:(?:hover|has\(td\.last\)) \{ background: color-mix\(in srgb, var\(--st-text-color\) (\d+)%",
    "".join(
        (ROOT / "pages" / css).read_text("utf-8")
        for css in ("text/two_lines.css", "sends/rows.css")
    ),
)


@pytest.mark.parametrize("name", THEMES)
def test_every_colour_reads_on_a_row_with_a_tint(name: str) -> None:
    assert len(TINTS) == 2
    page, text = theme(name)["backgroundColor"], theme(name)["textColor"]
    on = Color(page).mix(text, max(map(int, TINTS)) / 100, space="srgb").to_string(hex=True)
    worst = min(THEMES[name].values(), key=lambda colour: contrast(colour, on))
    assert contrast(worst, on) >= TEXT, worst


@pytest.mark.parametrize("name", THEMES)
def test_white_text_on_the_accent_is_readable_and_the_accent_is_visible(name: str) -> None:
    assert contrast("white", theme(name)["primaryColor"]) >= TEXT
    assert contrast(theme(name)["primaryColor"], theme(name)["backgroundColor"]) >= SHAPE


@pytest.mark.parametrize("name", THEMES)
def test_the_text_on_an_abort_button_reads_and_so_does_its_colour_as_text(name: str) -> None:
    at = list(THEMES).index(name)
    assert contrast(palette.ABORT[at], palette.ON_ABORT[at]) >= TEXT
    assert contrast(palette.ABORT[at], theme(name)["backgroundColor"]) >= TEXT


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("name", THEMES)
def test_colours_differ_enough_for(name: str, sight: str) -> None:
    for a, b in combinations(Outlook, 2):
        one, other = seen(THEMES[name][a], sight), seen(THEMES[name][b], sight)
        assert one.delta_e(other, method="2000") >= APART, (a, b)


def test_each_meaning_has_a_sign_of_its_own() -> None:
    assert len(set(palette.SIGNS.values())) == len(Outlook)
