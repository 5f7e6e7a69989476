"""Pages show a missing time as none, and unknown recipients as not reported, never as zero.

A sentence about one recipient is correct too.
"""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from core.domain.model import Actor, ConfigurationId, Role
from core.feed.load_options import LoadOptions
from core.runtime.application import Application
from tests.pages.test_pages import opened, rows
from tests.pages.test_true_sentences import text

pytestmark = pytest.mark.slow

BOSS = Actor("boss", Role.ADMINISTRATOR)
SOON = (datetime.now(UTC) + timedelta(minutes=50)).isoformat()
FILE = (
    "id,name,state,total_records,generated_records,scheduled_at\n"
    "d1,A draft,draft,,0,\n"
    "p1,A paused send,paused,0,0,\n"
    f"s1,No count,scheduled,,0,{SOON}\n"
    f"s2,With a count,scheduled,7000,0,{SOON}\n"
    "g1,Going out,sending,,2500,2026-11-27T12:00:00Z\n"
)


@pytest.fixture(autouse=True)
def loaded(freio: Application) -> None:
    freio.loader.load(BytesIO(FILE.encode()), "f.csv", BOSS, LoadOptions())


def test_the_list_shows_what_is_not_reported() -> None:
    found = {row["id"]: row for row in rows(opened("configurations"))}
    shown = {id: (row["recipients"], row["to_abort"]) for id, row in found.items()}
    assert shown["d1"] == shown["s1"] == ("not reported", None)
    assert shown["p1"] == ("0", 0)
    assert (found["d1"]["scheduled"], found["p1"]["scheduled"]) == ("no time", "no time")
    assert (found["s1"]["can_abort"], found["d1"]["can_abort"]) == (True, False)
    assert found["g1"]["progress_text"] == "2,500"


def test_the_page_of_a_send_says_what_is_not_reported() -> None:
    draft = text(opened("configuration", id="d1"))
    assert "no time" in draft
    assert "not reported" in draft
    planned = text(opened("configuration", id="s1"))
    assert "it reaches none of its recipients (number not reported)" in planned
    assert "does not report how many recipients it has" in planned
    going = text(opened("configuration", id="g1"))
    assert "It goes out to recipients (number not reported)." in going
    assert "not reported records" not in going


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "it reaches no one (1 recipient)."),
        ("pt", "não chega a ninguém (1 destinatário)."),
        ("es", "no llega a nadie (1 destinatario)."),
    ],
)
def test_a_sentence_about_one_recipient_has_no_plural(
    freio: Application, language: str, sentence: str
) -> None:
    one = FILE.splitlines()[0] + f"\no1,To one,scheduled,1,0,{SOON}\n"
    freio.loader.load(BytesIO(one.encode()), "one.csv", BOSS, LoadOptions())
    assert sentence in text(opened("configuration", id="o1", lang=language))


def test_a_sum_says_how_many_sends_it_leaves_out() -> None:
    overview = text(opened("overview"))
    assert "7,000 recipients and 1 send of unknown size" in overview
    assert "1 send of unknown size" in overview


def test_a_stop_of_a_send_of_unknown_size_spares_an_unknown_number(freio: Application) -> None:
    freio.aborts.abort(ConfigurationId("s1"), BOSS)
    aborts = text(opened("aborts"))
    assert "unknown" in aborts
    assert "Stopped here today" in text(opened("overview"))


def test_records_that_went_out_before_a_stop_are_shown(freio: Application) -> None:
    freio.aborts.abort(ConfigurationId("s2"), BOSS)
    report = FILE.splitlines()[0] + f"\ns2,With a count,Cancelled During Send,7000,4000,{SOON}\n"
    made = datetime.now(UTC) + timedelta(seconds=1)
    freio.loader.load(BytesIO(report.encode()), "g.csv", BOSS, LoadOptions(as_of=made))
    page = text(opened("configuration", id="s2"))
    assert "It was stopped after 4,000 of its 7,000 records had been generated" in page
    assert "Went on anyway" not in page
    assert "4,000 reached anyway" in page
    assert "3,000" in page


@pytest.mark.parametrize("is_aborted", [True, False])
def test_a_stop_during_the_send_without_a_count_does_not_claim_that_nobody_was_reached(
    freio: Application, is_aborted: bool
) -> None:
    if is_aborted:
        freio.aborts.abort(ConfigurationId("s2"), BOSS)
    report = FILE.splitlines()[0] + f"\ns2,With a count,Cancelled During Send,7000,,{SOON}\n"
    made = datetime.now(UTC) + timedelta(seconds=1)
    freio.loader.load(BytesIO(report.encode()), "g.csv", BOSS, LoadOptions(as_of=made))
    page = text(opened("configuration", id="s2"))
    assert "reaches no one" not in page
    stopped = "It was stopped after its generation had started: some of its 7,000 recipients may"
    assert stopped in page
    assert ("not how many records were generated" in page) is is_aborted


def test_the_platform_that_aborted_a_stopped_send_is_named(freio: Application) -> None:
    freio.aborts.abort(ConfigurationId("s2"), BOSS)
    report = FILE.splitlines()[0] + f"\ns2,With a count,ABORTED,7000,4000,{SOON}\n"
    made = datetime.now(UTC) + timedelta(seconds=1)
    freio.loader.load(BytesIO(report.encode()), "g.csv", BOSS, LoadOptions(as_of=made))
    page = text(opened("configuration", id="s2"))
    assert "The platform stopped it because of an error, after 4,000 of its 7,000 records" in page
