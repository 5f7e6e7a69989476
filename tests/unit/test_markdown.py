"""Texts from a file stay plain text in Markdown, and do not change the text around them."""

import pytest

from pages.text.markdown import escape_markdown


@pytest.mark.parametrize("text", [":material/home:", ":smile:", "Promo :red_car: 2"])
def test_a_shortcode_in_a_name_is_no_icon(text: str) -> None:
    """Streamlit also draws escaped shortcodes, so a character must be between the colons."""
    drawn = escape_markdown(text).replace("\\", "")
    assert text not in drawn
    assert drawn.replace("\u2060", "") == text


def test_a_time_keeps_its_colons() -> None:
    assert escape_markdown("at 12:30:45").replace("\\", "") == "at 12:30:45"


def test_a_name_does_not_turn_the_number_after_it_around() -> None:
    assert escape_markdown("Promo \u202e") + " 12" == "Promo  12"


def test_markup_in_a_name_is_text() -> None:
    assert escape_markdown("**a** <b> [l](x)") == r"\*\*a\*\* \<b\> \[l\]\(x\)"
