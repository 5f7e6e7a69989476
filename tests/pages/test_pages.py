"""Every page, empty and full, and the dialog."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.alerts import Alert, AlertKind
from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State
from core.feed.load_options import LoadOptions
from core.runtime.application import Application
from core.settings import ROOT, changed
from core.store.reads import lists
from pages.text import i18n
from tests.pages.bulk import data, trigger
from tests.pages.dialog import confirm, shown
from tests.pages.places import place_of

PAGES = ["overview", "configurations", "configuration", "aborts", "feeds", "system"]
FEED = (
    "id,name,state,total_records,generated_records,scheduled_at\n"
    "s1,Liquidação *de* verão,scheduled,7000,0,2030-01-01T12:00Z\n"
    "s2,Recordatorio,in progress,12000,5000,2026-01-01T12:00Z\n"
)


def fill(freio: Application) -> None:
    freio.loader.load(BytesIO(FEED.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))


def opened(name: str, **params: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=30)
    at.switch_page(f"{name}.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def rows(at: AppTest) -> list[dict]:
    """Return the rows of the list as they go to the browser."""
    (found,) = [c.proto for c in at.get("bidi_component") if c.proto.component_name == "freio_rows"]
    return json.loads(found.json)["rows"]


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_page_renders(freio: Application, page: str) -> None:
    opened(page)


def test_a_filter_that_arrives_after_another_page_was_opened_is_not_in_its_url(
    freio: Application,
) -> None:
    fill(freio)
    at = opened("configurations", size="50")
    late = at._tree.get_widget_states()
    at.query_params = {}
    at.switch_page("aborts.py")
    at.run()
    at._run(late)
    assert not at.exception
    assert at.query_params == {}


@pytest.mark.long
def test_an_old_link_to_what_can_be_stopped_shows_that(freio: Application) -> None:
    fill(freio)
    at = opened("configurations", state="stoppable")
    assert at.query_params == {"outlook": "stoppable"}
    assert {row["outlook"] for row in rows(at)} == {"stoppable"}


@pytest.mark.parametrize(("page", "leads"), [("overview", True), ("feeds", False)])
def test_demo_data_leads_to_where_ones_own_is_loaded_but_not_from_there(
    freio: Application, page: str, leads: bool
) -> None:
    fill(freio)
    freio.store.set_fact("origin", "demo")
    at = opened(page)
    (found,) = [
        c.proto for c in at.get("bidi_component") if c.proto.component_name == "freio_frame"
    ]
    demo = json.loads(found.json)["demo"]
    assert demo["why"] == "A simulated platform runs these sends; nothing here is real."
    assert (demo["link"] == "Load your own export") is leads


@pytest.mark.long
def test_a_log_without_any_attempt_explains_itself_and_offers_no_filter(
    freio: Application,
) -> None:
    fill(freio)
    at = opened("aborts")
    assert any("No send has been aborted yet" in each.value for each in at.markdown)
    assert not at.selectbox
    freio.aborts.abort(ConfigurationId("s1"), Actor("t", Role.OPERATOR))
    at = opened("aborts")
    assert any("**1** attempt" in each.value for each in at.markdown)
    assert len(at.selectbox) == 4


@pytest.mark.parametrize("page", PAGES)
def test_a_full_page_renders(freio: Application, page: str) -> None:
    fill(freio)
    opened(page, id="s1")


def test_the_list_honours_its_url(freio: Application) -> None:
    fill(freio)
    at = opened("configurations", state="SCHEDULED", q="liquidacao", page="x")
    assert [row["id"] for row in rows(at)] == ["s1"]


def test_a_search_without_a_hit_says_where_it_searched_and_offers_fewer_words(
    freio: Application,
) -> None:
    fill(freio)
    at = opened("configurations", q="liquidacao sapatos")
    assert any(caption.value == "Searched in all sends." for caption in at.caption)
    offer = at.button(key="fewer_0")
    assert offer.label == "“liquidacao”: 1 send"
    offer.click().run()
    assert str(at.query_params["q"]) == "liquidacao"
    assert [row["id"] for row in rows(at)] == ["s1"]
    assert not any(caption.value == "Searched in all sends." for caption in at.caption)


def test_a_search_among_very_many_says_which_it_searched_and_searches_all_on_a_press(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_SEARCHED", 1)
    fill(freio)
    said = "Searched in the newest 500,000 sends: those scheduled since "
    at = opened("configurations", q="recordatorio")
    assert not rows(at)
    assert [each for each in at.caption if each.value.startswith(said)]
    at.button(key="search_all").click().run()
    assert [row["id"] for row in rows(at)] == ["s2"]
    assert not [each for each in at.caption if each.value.startswith(said)]


MEANINGS = (
    "id,name,state,total_records,generated_records,scheduled_at,account\n"
    "s1,Sale,scheduled,7000,0,2030-01-01T12:00Z,Zeta\n"
    "s2,Second,scheduled,7000,0,2030-01-01T12:00Z,Ótica\n"
    "u1,Unsure,in progress,12000,,2026-01-01T12:00Z,Norte\n"
    "l1,Late,in progress,12000,5000,2026-01-01T12:00Z,Pão\n"
    "c1,Gone,cancelled,12000,0,2026-01-01T12:00Z,Norte\n"
    "d1,Done,sent,12000,12000,2026-01-01T12:00Z,Norte\n"
)
BUTTONS = {
    ("outlook", "stoppable"): ("Can be stopped 2", {"s1", "s2"}),
    ("outlook", "uncertain"): ("Uncertain 1", {"u1"}),
    ("outlook", "too_late"): ("Too late 1", {"l1"}),
    ("alert", "1"): ("With alert 1", {"s2"}),
    ("outlook", "stopped"): ("Stopped 1", {"c1"}),
    ("state", "SENT-DONE"): ("SENT-DONE 1", {"d1"}),
    ("state", ""): ("All 6", {"s1", "s2", "u1", "l1", "c1", "d1"}),
}


def test_each_meaning_and_state_has_a_button_with_the_number_of_sends_that_it_lists(
    freio: Application,
) -> None:
    freio.loader.load(BytesIO(MEANINGS.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    id = ConfigurationId("s2")
    alert = Alert(event="large:s2", kind=AlertKind.LARGE, at=freio.clock(), configuration_id=id)
    freio.alerts.current = (alert,)
    at = opened("configurations")
    drawn = data(at, "freio_states")
    labels = {
        (each["name"], each["value"]): f"{each['label']} {each['count']}"
        for each in drawn["buttons"] + drawn["menu"]["buttons"]
    }
    for key, (label, found) in BUTTONS.items():
        assert labels[key] == label
        trigger(at, "freio_states", "chosen", list(key))
        assert {row["id"] for row in rows(at)} == found


def test_the_button_for_alerts_counts_and_lists_the_rows_that_have_a_flag(
    freio: Application,
) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=9)).isoformat()
    lines = [f"{id},Sale,scheduled,{n},0,{soon},Norte\n" for id, n in (("a", 7), ("b", 8))]
    feed = MEANINGS.partition("u1")[0] + "".join(lines)
    freio.loader.load(BytesIO(feed.encode()), "f.csv", Actor("t", Role.ADMINISTRATOR))
    at = opened("configurations")
    flagged = {row["id"] for row in rows(at) if row["badges"]}
    (button,) = [b for b in data(at, "freio_states")["buttons"] if b["name"] == "alert"]
    assert (flagged, button["count"]) == ({"a", "b"}, "2")
    assert {row["id"] for row in rows(opened("configurations", alert="1"))} == flagged


def test_with_old_data_the_buttons_count_and_list_what_the_rows_say(freio: Application) -> None:
    made = datetime.now(UTC) - timedelta(hours=1)
    file = BytesIO(MEANINGS.encode())
    freio.loader.load(file, "f.csv", Actor("t", Role.ADMINISTRATOR), LoadOptions(as_of=made))
    at = opened("configurations")
    counts = {each["value"]: each["count"] for each in data(at, "freio_states")["buttons"]}
    assert (counts["stoppable"], counts["uncertain"], counts["too_late"]) == ("0", "3", "1")
    for outlook, ids in (("stoppable", set()), ("uncertain", {"s1", "s2", "u1"})):
        found = rows(opened("configurations", outlook=outlook))
        assert {row["id"] for row in found} == ids
        assert {row["outlook"] for row in found} <= {outlook}


def test_a_link_can_choose_two_meanings_and_shows_both(freio: Application) -> None:
    freio.loader.load(BytesIO(MEANINGS.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    at = opened("configurations", outlook="stoppable,uncertain")
    assert {row["id"] for row in rows(at)} == {"s1", "s2", "u1"}
    buttons = data(at, "freio_states")["buttons"]
    chosen = [each["value"] for each in buttons if each["is_chosen"]]
    assert chosen == ["stoppable", "uncertain"]


def test_the_menu_of_states_counts_aborts_that_are_not_confirmed_separately(
    freio: Application,
) -> None:
    me = Actor("t", Role.ADMINISTRATOR)
    freio.loader.load(BytesIO(MEANINGS.encode()), "feed.csv", me)
    freio.aborts.abort(ConfigurationId("s1"), me)
    at = opened("configurations")
    menu = data(at, "freio_states")["menu"]["buttons"]
    cancelled = [each for each in menu if each["label"].startswith("CANCELLED")]
    assert [(each["label"], each["count"]) for each in cancelled] == [
        ("CANCELLED", "1"),
        ("CANCELLED · waiting for confirmation", "1"),
    ]
    for entry, ids in zip(cancelled, ({"c1"}, {"s1"}), strict=True):
        trigger(at, "freio_states", "chosen", ["state", entry["value"]])
        assert {row["id"] for row in rows(at)} == ids
        pressed = [e for e in data(at, "freio_states")["menu"]["buttons"] if e["is_chosen"]]
        assert [each["label"] for each in pressed] == [entry["label"]]
    chart = " ".join(str(each.proto) for each in opened("overview").main)
    assert "CANCELLED · waiting for confirmation" in chart


def test_the_buttons_are_in_the_order_in_which_a_person_decides(freio: Application) -> None:
    fill(freio)
    buttons = data(opened("configurations"), "freio_states")["buttons"]
    assert [each["label"] for each in buttons] == [
        "Can be stopped",
        "Uncertain",
        "Too late",
        "With alert",
        "Stopped",
        "All",
    ]


def test_a_value_that_no_button_has_does_not_filter(freio: Application) -> None:
    freio.loader.load(BytesIO(MEANINGS.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    at = opened("configurations")
    trigger(at, "freio_states", "chosen", ["all", "1"])
    assert len(rows(at)) == 6
    assert "all" not in at.query_params


@pytest.mark.long
def test_a_list_that_is_too_long_for_an_order_says_so(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.services.queries.MOST_SORTED", 3)
    freio.loader.load(BytesIO(MEANINGS.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    why = "sends are too many to order by name or recipients"
    at = opened("configurations", sort="name-down")
    assert any(why in caption.value for caption in at.caption)
    assert all(
        not each["direction"]
        for each in data(at, "freio_rows")["sorts"].values()
        if "name" in each["next"]
    )
    at = opened("configurations", sort="name-down", outlook="stoppable")
    assert not any(why in caption.value for caption in at.caption)
    assert [row["id"] for row in rows(at)] == ["s2", "s1"]
    at = opened("configurations", sort="oldest")
    assert not any(why in caption.value for caption in at.caption)


def test_the_first_click_on_scheduled_lists_what_comes_next(freio: Application) -> None:
    now = datetime.now(UTC)
    due = {"gone": -60, "late": -9, "next": 5, "later": 90}
    lines = [
        f"{id},{id},{'sent' if id == 'gone' else 'scheduled'},7,0,{now + timedelta(minutes=n)}"
        for id, n in due.items()
    ]
    feed = "\n".join([FEED.partition("\n")[0], *lines])
    freio.loader.load(BytesIO(feed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    at = opened("configurations")
    trigger(at, "freio_rows", "sort", data(at, "freio_rows")["sorts"]["scheduled"]["next"])
    assert [row["id"] for row in rows(at)] == ["late", "next", "later", "gone"]
    assert data(at, "freio_rows")["sorts"]["scheduled"]["direction"] == "ascending"


def test_accounts_are_in_the_order_of_the_readers_language(freio: Application) -> None:
    freio.loader.load(BytesIO(MEANINGS.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    accounts = opened("configurations").selectbox(key="filter_account").options
    assert accounts == ["All accounts", "Norte", "Ótica", "Pão", "Zeta"]


@pytest.mark.parametrize("time", ["next-hour", "today", "next-day"])
def test_a_range_that_looks_ahead_includes_an_overdue_send_that_has_not_begun(
    freio: Application, time: str
) -> None:
    now = datetime.now(UTC)
    due = {"late": now - timedelta(minutes=9), "stuck": now - timedelta(hours=25)}
    lines = [f"{id},{id},scheduled,7000,0,{at.isoformat()}" for id, at in due.items()]
    feed = "\n".join([FEED.partition("\n")[0], *lines])
    freio.loader.load(BytesIO(feed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    at = opened("configurations", time=time)
    assert [row["id"] for row in rows(at)] == ["late"]


@pytest.mark.parametrize("zone", [ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Tokyo")])
def test_today_ends_at_midnight_of_the_readers_zone(
    freio: Application, monkeypatch: pytest.MonkeyPatch, zone: ZoneInfo
) -> None:
    monkeypatch.setattr(i18n, "zone", lambda: zone)
    tomorrow = (datetime.now(zone) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    due = {"today": tomorrow - timedelta(seconds=1), "tomorrow": tomorrow}
    lines = [f"{id},{id},scheduled,7000,0,{at.isoformat()}" for id, at in due.items()]
    feed = "\n".join([FEED.partition("\n")[0], *lines])
    freio.loader.load(BytesIO(feed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    assert [row["id"] for row in rows(opened("configurations", time="today"))] == ["today"]


@pytest.mark.parametrize("page", [*PAGES, "help"])
def test_every_page_has_the_time_zone(freio: Application, page: str) -> None:
    fill(freio)
    assert data(opened(page, id="s1"), "freio_frame")["zone"] == {
        "name": "UTC",
        "offset": "UTC",
        "why": "All times are in this time zone: UTC",
    }


def test_the_system_page_shows_first_which_settings_differ_from_the_defaults(
    freio: Application,
) -> None:
    at = opened("system")
    assert at.header[0].value == "Settings that differ from the defaults"
    tables = [e.proto.body for e in at.get("html") if "<table" in e.proto.body]
    assert "Default" in tables[0]
    shown = re.findall(r"FREIO_\w+", tables[0])
    assert "FREIO_DEMO" in shown
    assert shown == list(changed(freio.settings))


def test_confirming_stops_the_send_and_says_what_is_true(freio: Application) -> None:
    fill(freio)
    at = opened("configurations")
    at.session_state["abort_pending"] = "s1"
    at.run()
    assert "abort it in the platform too" in shown(at)["sentence"]
    confirm(at)
    found = freio.queries.configuration(ConfigurationId("s1"))
    assert found is not None
    assert found.state is State.CANCELLED
    assert "abort it in the platform too" in at.warning[0].value


def test_a_stopped_send_that_went_out_is_never_called_stopped(freio: Application) -> None:
    fill(freio)
    freio.aborts.abort(ConfigurationId("s1"), Actor("t", Role.ADMINISTRATOR))
    gone = FEED.replace("scheduled,7000,0", "sent,7000,0")
    freio.loader.load(BytesIO(gone.encode()), "later.csv", Actor("t", Role.ADMINISTRATOR))
    at = opened("configuration", id="s1")
    assert any("Went on anyway" in h.proto.body for h in at.get("html"))
    assert any("reports that it went on" in m.value for m in at.markdown)
    (row,) = rows(opened("configurations", q="liquidacao"))
    assert row["verdict_word"] == "Went on anyway"
    assert not any("It has been stopped" in m.value for m in at.markdown)


@pytest.mark.long
def test_the_timeline_of_a_send_keeps_its_place_when_its_facts_change(freio: Application) -> None:
    fill(freio)
    at = opened("configuration", id="s1")
    assert (place := place_of("Timeline", at.main))
    for seed in (
        FEED.replace("scheduled,7000", "procesando,7000"),
        FEED.replace("7000,0", "7000,7000"),
    ):
        freio.loader.load(BytesIO(seed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
        assert place_of("Timeline", at.run().main) == place


@pytest.mark.parametrize("page", ["overview", "configurations", "configuration"])
def test_the_word_procesando_is_explained_where_it_appears(freio: Application, page: str) -> None:
    seed = FEED.replace("scheduled,7000", "procesando,7000")
    freio.loader.load(BytesIO(seed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    found = [each.value for each in opened(page, id="s1").caption]
    assert MEANING in found
    assert not [each for each in opened("help").caption if "PROCESANDO" in each.value]


MEANING = (
    "PROCESANDO: the platform is preparing the data of the send. Nothing goes out in this state."
)


@pytest.mark.parametrize("page", ["aborts", "configuration", "configurations"])
def test_the_word_procesando_is_explained_after_an_abort(freio: Application, page: str) -> None:
    seed = FEED.replace("scheduled,7000", "procesando,7000")
    freio.loader.load(BytesIO(seed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    freio.aborts.abort(ConfigurationId("s1"), Actor("t", Role.ADMINISTRATOR))
    assert MEANING in [each.value for each in opened(page, id="s1").caption]


def test_the_word_procesando_in_the_history_of_a_send_is_explained(freio: Application) -> None:
    for state in ("procesando", "sent"):
        seed = FEED.replace("scheduled,7000", f"{state},7000")
        freio.loader.load(BytesIO(seed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    assert MEANING in [each.value for each in opened("configuration", id="s1").caption]
    assert MEANING not in [each.value for each in opened("configurations", q="s1").caption]


def test_the_word_procesando_is_explained_in_short_in_the_menu_and_the_chart(
    freio: Application,
) -> None:
    seed = FEED.replace("scheduled,7000", "procesando,7000")
    freio.loader.load(BytesIO(seed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    menu = data(opened("configurations", lang="pt"), "freio_states")["menu"]["buttons"]
    assert "PROCESANDO (preparando os dados)" in [each["label"] for each in menu]
    html = [each.proto.body for each in opened("overview", lang="es").get("html")]
    assert any(">PROCESANDO (preparando los datos)" in each for each in html)


@pytest.mark.parametrize(
    ("language", "meaning"),
    [("pt", "preparando os dados do envio"), ("es", "preparando los datos del envío")],
)
def test_the_word_procesando_is_explained_in_the_readers_language(
    freio: Application, language: str, meaning: str
) -> None:
    seed = FEED.replace("scheduled,7000", "procesando,7000")
    freio.loader.load(BytesIO(seed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    captions = [each.value for each in opened("configurations", lang=language).caption]
    assert [each for each in captions if each.startswith("PROCESANDO") and meaning in each]


@pytest.mark.parametrize("page", ["overview", "configurations"])
def test_the_state_of_a_row_is_explained_under_the_pointer(freio: Application, page: str) -> None:
    seed = FEED.replace("scheduled,7000", "procesando,7000")
    freio.loader.load(BytesIO(seed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    (row,) = [row for row in rows(opened(page, lang="pt")) if row["id"] == "s1"]
    assert row["state"] == "PROCESANDO"
    assert row["state_meaning"].startswith("PROCESANDO (em processamento): a plataforma está")
