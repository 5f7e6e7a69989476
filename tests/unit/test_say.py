"""Dates and shares as the reader's country writes them."""

from datetime import date

import pytest

from core.locale import choose_locale
from pages.parts import say
from pages.parts.reader import Reader, reading_as


@pytest.mark.parametrize(
    ("language", "wanted", "order"),
    [
        ("pt", "pt-BR", "DD/MM/YYYY"),
        ("es", "es-AR", "DD/MM/YYYY"),
        ("es", "es-PA", "MM/DD/YYYY"),
        ("en", "en-US", "MM/DD/YYYY"),
        ("en", "en-GB", "DD/MM/YYYY"),
        ("en", "en-CA", "YYYY-MM-DD"),
        ("en", "en-ZA", "YYYY/MM/DD"),
    ],
)
def test_a_field_for_a_date_has_the_readers_order(language: str, wanted: str, order: str) -> None:
    with reading_as(Reader(language, choose_locale(language, [wanted]))):
        assert say.date_order() == order


def test_what_is_not_all_is_never_said_to_be_all() -> None:
    with reading_as(Reader("pt", choose_locale("pt", []))):
        assert [say.percent(share) for share in (0, 0.437, 0.9999, 1)] == [
            "0%",
            "43%",
            "99%",
            "100%",
        ]


@pytest.mark.parametrize(
    ("language", "said"), [("pt", "25 nov 2026"), ("es", "25 nov 2026"), ("en", "25 Nov 2026")]
)
def test_a_day_is_written_in_the_readers_language(language: str, said: str) -> None:
    with reading_as(Reader(language, choose_locale(language, []))):
        assert say.day(date(2026, 11, 25)).replace(" de ", " ") == said
