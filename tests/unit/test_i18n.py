"""Dates and shares in the format of the reader's country."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.locale import choose_locale
from pages.text import i18n
from pages.viewer.language import ReaderLanguage, using_language


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
    with using_language(ReaderLanguage(language, choose_locale(language, [wanted]))):
        assert i18n.date_order() == order


def test_what_is_not_all_is_never_said_to_be_all() -> None:
    with using_language(ReaderLanguage("pt", choose_locale("pt", []))):
        assert [i18n.percent(share) for share in (0, 0.29, 0.437, 0.9999, 1)] == [
            "0%",
            "29%",
            "43%",
            "99%",
            "100%",
        ]


def test_a_ratio_that_is_not_zero_is_never_said_to_be_zero() -> None:
    with using_language(ReaderLanguage("pt", choose_locale("pt", []))):
        assert [i18n.times(ratio) for ratio in (0, 0.015, 0.06, 1.55, 28.4)] == [
            "0",
            "< 0,1",
            "0,1",
            "1,6",
            "28",
        ]


@pytest.mark.parametrize(
    ("language", "said"), [("pt", "25 nov 2026"), ("es", "25 nov 2026"), ("en", "25 Nov 2026")]
)
def test_a_day_is_written_in_the_readers_language(language: str, said: str) -> None:
    with using_language(ReaderLanguage(language, choose_locale(language, []))):
        assert i18n.day(date(2026, 11, 25)).replace(" de ", " ") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("pt", "quarta-feira, 25 nov 2026"),
        ("es", "miércoles, 25 nov 2026"),
        ("en", "Wednesday, 25 Nov 2026"),
    ],
)
def test_a_day_is_written_with_its_weekday_in_the_readers_zone(
    language: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "zone", lambda: ZoneInfo("America/Sao_Paulo"))
    with using_language(ReaderLanguage(language, choose_locale(language, []))):
        assert i18n.weekday(datetime(2026, 11, 26, 2, tzinfo=UTC)) == said


def test_the_same_moment_is_written_for_each_zone_and_each_locale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    later = now + timedelta(days=2)
    zones = {"America/Sao_Paulo": "09:00", "Asia/Tokyo": "21:00"}
    for _ in range(2):  # the second time from the cache
        for key, clock in zones.items():
            monkeypatch.setattr(i18n, "zone", lambda key=key: ZoneInfo(key))
            for language, month in (("pt", "nov"), ("es", "nov"), ("en", "Nov")):
                with using_language(ReaderLanguage(language, choose_locale(language, []))):
                    assert i18n.moment(now, now) == i18n.hour(now) == clock
                    assert i18n.moment(later, now).replace(" de ", " ") == f"27 {month} {clock}"


def test_a_number_is_written_for_each_locale() -> None:
    for _ in range(2):
        for language, written in (("pt", "1.234.567"), ("en", "1,234,567")):
            with using_language(ReaderLanguage(language, choose_locale(language, []))):
                assert i18n.number(1_234_567) == written


@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("pt", ["Ñandú", "Norte", "norte 2", "Nova", "Ótica", "ótica 2", "Pão", "Zeta"]),
        ("es", ["Norte", "norte 2", "Nova", "Ñandú", "Ótica", "ótica 2", "Pão", "Zeta"]),
    ],
)
def test_names_are_in_the_order_of_the_readers_language(language: str, ordered: list[str]) -> None:
    with using_language(ReaderLanguage(language, choose_locale(language, []))):
        assert i18n.alphabetical(sorted(ordered)) == ordered
