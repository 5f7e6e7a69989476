"""Pages say only what was reported about a send.

They never say that a send is stopped if it runs again, never count more recipients than records, and
never count an unconfirmed abort as stopped.
"""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.feed.load_options import LoadOptions
from core.runtime.application import Application
from tests.contract.test_newer_facts import RUNS_AGAIN, STOPPED, UNDATED
from tests.pages.html_tables import lines_of
from tests.pages.test_pages import opened, rows

pytestmark = pytest.mark.slow

BOSS = Actor("boss", Role.ADMINISTRATOR)
HEADING = "id,name,state,total_records,generated_records,scheduled_at\n"
SHORT = (
    f"{HEADING}"
    "f1,Ended too early,SENT-DONE,5239,2061,2026-11-27T12:00:00Z\n"
    "f2,Ended with nothing,SENT-DONE,5239,0,2026-11-27T12:00:00Z\n"
    "f3,Ended untold,SENT-DONE,5239,,2026-11-27T12:00:00Z\n"
    "f4,Ended whole,SENT-DONE,5239,5239,2026-11-27T12:00:00Z\n"
    "e1,Ending,DELIVERY-ENDING,12000,10000,2026-11-27T12:00:00Z\n"
    "e2,Ending untold,DELIVERY-ENDING,12000,,2026-11-27T12:00:00Z\n"
    "c1,Stopped midway,CANCELLED,12000,5000,2026-11-27T12:00:00Z\n"
)


def load(freio: Application, file: str, minutes_ago: float) -> None:
    made = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    freio.loader.load(BytesIO(file.encode()), "f.csv", BOSS, LoadOptions(as_of=made))


def text(at: AppTest) -> str:
    kinds = ("title", "markdown", "warning", "error", "info", "success", "caption")
    page_text = [e.value for kind in kinds for e in getattr(at, kind)]
    page_text += [e.proto.body for e in at.get("html")]
    return "\n".join(page_text).replace("\\", "").replace("**", "")


def page(id: str) -> str:
    return text(opened("configuration", id=id))


def test_a_send_that_runs_again_is_not_called_stopped(freio: Application) -> None:
    load(freio, STOPPED, 9)
    assert "It reaches no one" in page("k1")
    load(freio, RUNS_AGAIN, 4)
    k1 = page("k1")
    assert "reaches no one" not in k1
    assert "5,000 of 9,000 records are generated" in k1
    assert "Check this send. It was stopped. The report of" in k1
    assert "shows that it runs again" in k1
    at = opened("configuration", id="k2")
    assert "stopped it because of an error" not in text(at)
    assert "The platform had stopped it." in text(at)
    assert [b.label for b in at.button if b.key == "abort_this"] == ["Abort Retried after an error"]
    found = {row["id"]: row for row in rows(opened("configurations"))}
    assert {row["badges"][0]["word"] for row in found.values()} == {"runs again"}
    assert (found["k1"]["can_abort"], found["k2"]["can_abort"]) == (False, True)


def test_a_send_that_runs_again_is_at_the_top_of_every_page(freio: Application) -> None:
    load(freio, STOPPED, 9)
    load(freio, RUNS_AGAIN, 4)
    freio.alerts.check()
    page_text = text(opened("feeds"))
    assert page_text.count("Runs again</strong> according to the report of") == 2
    assert "though it was stopped or had finished. It may reach 9,000 recipients" in page_text


def test_where_only_the_file_is_newer_the_send_is_uncertain_until_a_second_report(
    freio: Application,
) -> None:
    load(freio, UNDATED[0], 9)
    load(freio, UNDATED[1], 4)
    page_text = page("k2")
    assert "Uncertain – reports disagree" in page_text
    assert "Two reports disagree about it, and it is unknown which one is newer." in page_text
    assert "it is uncertain until a second report agrees" in page_text
    (k2,) = [row for row in rows(opened("configurations")) if row["id"] == "k2"]
    assert (k2["outlook"], k2["can_abort"]) == ("uncertain", True)
    load(freio, UNDATED[1], 2)
    page_text = page("k2")
    assert "disagree" not in page_text
    assert "runs again" in page_text


def test_a_send_in_doubt_is_not_called_stopped(freio: Application) -> None:
    load(freio, UNDATED[0], 9)
    load(freio, f"{HEADING}o,Another,scheduled,5,0,2030-01-01T12:00Z\n", 3)
    load(freio, UNDATED[1].replace("5000", "0"), 5)
    page_text = page("k1")
    assert "reaches no one" not in page_text
    assert "It was reported as CANCELLED, but another report disagrees" in page_text
    assert "may or may not reach its 9,000 recipients" in page_text
    (k1,) = [row for row in rows(opened("configurations")) if row["id"] == "k1"]
    assert (k1["outlook"], k1["reason_word"]) == ("uncertain", "reports disagree")


@pytest.mark.parametrize(
    ("id", "said", "flags", "word"),
    [
        ("f1", "It finished incomplete: 2,061 of its 5,239 records", ["finished incomplete"], None),
        ("f2", "It finished incomplete: 0 of its 5,239 records", ["finished incomplete"], None),
        ("f3", "How many of its 5,239 recipients it reached is not reported", [], "finished"),
        ("f4", "It has gone out to its 5,239 recipients", [], "gone out"),
        ("e1", "10,000 of its 12,000 records are generated", [], "going out"),
        ("e2", "How many of its 12,000 recipients it reaches is not reported", [], "going out"),
        ("c1", "It was stopped after 5,000 of its 12,000 records", [], "stopped"),
    ],
)
def test_a_send_is_said_to_have_gone_to_as_many_as_were_generated(
    freio: Application, id: str, said: str, flags: list[str], word: str | None
) -> None:
    load(freio, SHORT, 1)
    page_text = page(id)
    assert said in page_text
    assert ("gone out to its" in page_text) == (id == "f4")
    (row,) = [row for row in rows(opened("configurations")) if row["id"] == id]
    assert [flag["word"] for flag in row["badges"]] == flags
    assert row["reason_word"] == (word or "finished incomplete")
    if flags:
        assert row["progress_text"] == f"{said.split()[3]} of 5,239"


def test_a_refused_abort_says_to_how_many_the_send_had_gone(freio: Application) -> None:
    load(freio, SHORT, 1)
    unknown = "how many were reached is not known"
    for id, gone in (("f1", "2,061 reached anyway"), ("f3", unknown)):
        freio.aborts.abort(ConfigurationId(id), BOSS)
        line = lines_of(opened("configuration", id=id), "receipts", "Who")[0]
        assert line["Not reached"] == f"Not reached: 0 {gone}"


LOADED = f"{HEADING}s1,Liquidação,scheduled,31168,0,2030-01-01T12:00Z\n"


def tile(at: AppTest) -> str:
    (found,) = [e.proto.body for e in at.get("html") if "class='tiles'" in e.proto.body]
    return next(part for part in found.split("<li>") if "Stopped here today" in part)


def log_row() -> dict[str, str]:
    return lines_of(opened("aborts"), "receipts", "Who")[0]


def day_row() -> dict[str, str]:
    return lines_of(opened("aborts"), "cells", "Day")[0]


def test_no_recipients_are_called_spared_before_the_abort_is_confirmed(freio: Application) -> None:
    load(freio, LOADED, 9)
    freio.aborts.abort(ConfigurationId("s1"), BOSS)
    for params in ({}, {"wall": "1"}):
        page_text = tile(opened("overview", **params))
        assert ">0<" in page_text
        assert "1 waits for confirmation" in page_text
        assert "not reached" not in page_text
    assert "Recorded, not confirmed" in log_row()["Outcome"]
    assert log_row()["Not reached"] == "Not reached: unknown"
    assert (day_row()["Stopped"], day_row()["Recipients not reached"]) == ("0", "0")
    assert "1 abort of these days is not confirmed yet" in text(opened("aborts"))
    load(freio, LOADED.replace(",scheduled,", ",cancelled,"), 5)
    page_text = tile(opened("overview"))
    assert ">1<" in page_text
    assert "31,168 recipients not reached" in page_text
    assert "for confirmation" not in page_text
    assert "Stopped" in log_row()["Outcome"]
    assert log_row()["Not reached"] == "Not reached: 31,168"
    assert (day_row()["Stopped"], day_row()["Recipients not reached"]) == ("1", "31,168")


def test_a_confirmed_abort_spared_no_recipients_if_its_send_runs_again(
    freio: Application,
) -> None:
    load(freio, LOADED, 9)
    freio.aborts.abort(ConfigurationId("s1"), BOSS)
    load(freio, LOADED.replace(",scheduled,", ",cancelled,"), 5)
    load(freio, LOADED.replace(",scheduled,", ",in progress,"), 1)
    at = opened("overview")
    assert "0 recipients not reached" in tile(at)
    assert "Runs again. boss aborted Liquidação" in text(at)
    assert "it reported the state in progress" in text(at)
    assert "Went on anyway" in log_row()["Outcome"]
    assert log_row()["Not reached"] == "Not reached: unknown"
    assert (day_row()["Stopped"], day_row()["Contradicted"]) == ("0", "1")
