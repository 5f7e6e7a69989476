"""Zones in the headings of times, and columns of offsets beside local times: never ignored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feed.interpreting.zones import split_heading, zone_in_cell, zone_named
from core.feed.loader import Loader
from tests.feed.test_tried_files import HEAD, tried
from tests.levels import examples

COLUMNS = "id,name,state,recipients"
LOCAL = "2030-01-02 12:00"


@pytest.mark.parametrize(
    ("heading", "at"),
    [
        *(("Send Date UTC-5", 17), ("Send date UTC -5", 17), ("Sent (GMT-3)", 15)),
        *(("Hora (Brasília)", 15), ("Scheduled at UTC-03:00", 15), ("Send time -03:00", 15)),
        *(("Data de envio - horário de Brasília", 15), ("Fecha de envío, hora de Madrid", 11)),
        *(("Fecha de envío (hora CDMX)", 18), ("Fecha de envío (hora de Colombia)", 17)),
        *(("Scheduled at in UTC", 12), ("UTC Scheduled at", 12), ("utc_scheduled_at", 12)),
        *(("Scheduled at ( UTC - 3 )", 15), ("Scheduled at (GMT -03:00) Brasilia", 15)),
        *(("Scheduled at UTC+1 (Madrid)", 11), ("Fecha de envío (hora local de Lima)", 17)),
        *(("Send date UTC–5", 17), ("Data (São Paulo)", 15)),
    ],
)
def test_a_time_is_read_in_the_zone_of_its_heading_wherever_it_is(
    loader: Loader, heading: str, at: int
) -> None:
    text = f'{COLUMNS},"{heading}"\n1,A,scheduled,5,{LOCAL}'
    for mapping in ("", f'zone = "Asia/Tokyo"\n[fields]\nscheduled_at = "{heading}"'):
        found = tried(loader, text, mapping)
        assert f"1 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 {at}:00" in found
        assert "its heading says so" in found


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        *(("Fecha (hora de México)", "hora de México"), ("Scheduled at EST", "EST")),
        *(("Data de envio BRT", "BRT"), ("Send date (local time)", "local time")),
        *(("Send date Eastern", "Eastern"), ("scheduled_at_gmt3", "gmt3"), ("Sent at PT", "PT")),
        *(("scheduled_at_utc_minus_3", "utc_minus_3"), ("Scheduled at (SP)", "SP")),
        *(("Send date (account timezone)", "account timezone"), ("scheduled_at_local", "local")),
    ],
)
def test_words_of_a_heading_that_may_be_an_unknown_zone_are_asked_for(
    loader: Loader, heading: str, words: str
) -> None:
    text = f"{COLUMNS},{heading}\n1,A,scheduled,5,{LOCAL}"
    asked = f"The heading “{heading}” has “{words}”, which is not a zone that Freio knows."
    assert asked in tried(loader, text)
    assert "2030-01-02 03:00" in tried(loader, text, 'zone = "Asia/Tokyo"')
    mapped = tried(loader, text, f'[fields]\nscheduled_at = "{heading}"')
    assert f"The heading “{heading}” may name a zone that Freio does not know." in mapped
    assert tried(loader, f"{text}Z").startswith("1 new, 0 rejected")


def test_a_heading_whose_offset_and_place_contradict_each_other_is_asked_for(
    loader: Loader,
) -> None:
    heading = "Sent at UTC-5 (Madrid)"
    text = f"{COLUMNS},{heading}\n1,A,scheduled,5,{LOCAL}"
    assert "no column for Scheduled time" in tried(loader, text)
    mapped = tried(loader, text, f'[fields]\nscheduled_at = "{heading}"')
    assert f"The heading “{heading}” may name a zone that Freio does not know." in mapped


OFFSETS = (
    *("tz_offset", "utc_offset", "GMT offset", "Timezone offset", "UTC offset (hours)"),
    *("tzoffset", "Fuso (UTC)", "Diferença UTC", "send_utc_offset", "Desfase UTC"),
)


@pytest.mark.parametrize("heading", OFFSETS)
@pytest.mark.parametrize(
    ("offset", "at"), [("-05:00", 17), ("-5", 17), ("-5.0", 17), ("UTC-5", 17), ("0", 12)]
)
def test_each_time_is_read_with_the_offset_beside_it(
    loader: Loader, heading: str, offset: str, at: int
) -> None:
    rows = f"1,A,scheduled,5,{LOCAL},{offset}\n2,B,scheduled,5,{LOCAL},+01:00"
    found = tried(loader, f"{HEAD},{heading}\n{rows}")
    assert f"2 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 {at}:00" in found
    assert f"are read in the zone in the column “{heading}”." in found


@pytest.mark.parametrize("heading", OFFSETS)
@pytest.mark.parametrize("offset", ["-180", "-300", "-10800", "3", "+600"])
def test_an_offset_in_an_unknown_unit_is_rejected(
    loader: Loader, heading: str, offset: str
) -> None:
    found = tried(loader, f"{HEAD},{heading}\n1,A,scheduled,5,{LOCAL},{offset}")
    assert f"“{offset}” is not a zone that Freio knows: write an offset, such as -05:00" in found


@pytest.mark.parametrize("heading", ["offset", "desfase", "offset_minutes", "tz_offset_s", "GMT"])
@pytest.mark.parametrize("offset", ["-05:00", "-5", "-300", "-18000", "0", "EST", "3"])
def test_a_column_that_may_have_offsets_is_asked_for(
    loader: Loader, heading: str, offset: str
) -> None:
    text = f"{HEAD},{heading}\n1,A,scheduled,5,{LOCAL},\n2,B,scheduled,5,{LOCAL},{offset}"
    asked = f"The column “{heading}” is not read, but it may have the zone of the times: it has “"
    assert f"{asked}{offset}”." in tried(loader, text)
    assert tried(loader, text, 'zone = "Asia/Tokyo"').startswith("2 new, 0 rejected")
    assert tried(loader, text, f'ignored = ["{heading}"]').startswith("2 new, 0 rejected")
    with_offsets = text.replace(LOCAL, f"{LOCAL}Z")
    assert tried(loader, with_offsets).startswith("2 new, 0 rejected")


@pytest.mark.parametrize("heading", ["zone", "Zone", "zona"])
@pytest.mark.parametrize("zones", ["North,South", "EAST,WEST", "1,2", "0,1", "3,12", "2.0,1.0"])
def test_regions_are_no_zones(loader: Loader, heading: str, zones: str) -> None:
    a, b = zones.split(",")
    text = f"{HEAD},{heading}\n1,A,scheduled,5,{LOCAL},{a}\n2,B,scheduled,5,{LOCAL},{b}"
    assert tried(loader, text).startswith("2 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 15:00")


@pytest.mark.parametrize(
    "zones", ["0,-3", "-5,-5", "EST,PST", "WEST,WEST", "1,+01:00", "-300,-300"]
)
def test_a_column_of_regions_that_may_have_offsets_is_asked_for(loader: Loader, zones: str) -> None:
    a, b = zones.split(",")
    text = f"{HEAD},zone\n1,A,scheduled,5,{LOCAL},{a}\n2,B,scheduled,5,{LOCAL},{b}"
    assert "“zone” is not read, but it may have the zone of the times" in tried(loader, text)


@pytest.mark.parametrize("offsets", ["-3,-03:00", "0,100", "x,-5", ","])
def test_a_column_of_the_same_zone_or_of_something_else_is_not_asked_for(
    loader: Loader, offsets: str
) -> None:
    a, b = offsets.split(",")
    text = f"{HEAD},offset\n1,A,scheduled,5,{LOCAL},{a}\n2,B,scheduled,5,{LOCAL},{b}"
    assert tried(loader, text).startswith("2 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 15:00")


@examples(200)
@given(
    st.sampled_from([" UTC{}", " (GMT{})", " ({})", " - UTC {}", " {}", ", UTC{}"]),
    st.integers(-11, 12).filter(bool),
    st.sampled_from(["{:+03}:00", "{:+03}:30"]),
)
def test_every_offset_in_a_heading_is_found(form: str, hours: int, written: str) -> None:
    offset = written.format(hours)
    rest, zone = split_heading(f"Send date{form.format(offset)}")
    assert rest.rstrip(" ,-") == "Send date"
    assert zone_named(zone.strip("()")) == zone_in_cell(offset)
