"""Each error on a page is a sentence, never a traceback."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from starlette.requests import HTTPConnection
from streamlit.testing.v1 import AppTest

from core.access.identity import Identity, NoRole
from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State
from core.errors import CommitUnknownError, StoreDiskError, StoreError
from core.runtime import instance
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
from core.store.duckdb.files import log_of
from core.store.writes import aborts
from pages.server.login_page import login_page
from pages.text import i18n
from pages.viewer import current_user
from tests.pages.dialog import confirm
from tests.pages.html_tables import lines_of
from tests.pages.places import container, place_of
from tests.pages.test_pages import FEED, PAGES, opened

pytestmark = pytest.mark.slow

ID = ConfigurationId("s1")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "freio.duckdb"


@pytest.fixture
def freio(place: Path) -> Iterator[Application]:
    made = started(place)
    made.loader.load(BytesIO(FEED.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    yield made
    instance.use(None)
    made.stop()


def started(place: Path) -> Application:
    made = build(Settings(database=f"duckdb:///{place}", demo=False))
    made.start()
    instance.use(made)
    return made


def confirmed(at: AppTest) -> AppTest:
    at.session_state["abort_pending"] = "s1"
    at.run()
    confirm(at)
    assert not at.exception
    return at


def state(freio: Application) -> State:
    found = freio.queries.configuration(ID)
    assert found is not None
    return found.state


def test_a_full_disk_says_that_nothing_was_stopped(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> bool:
        raise StoreDiskError("The disk did not accept the write.", "Make room.")

    monkeypatch.setattr(freio.store, "commit_abort", full)
    at = confirmed(opened("configurations"))
    assert at.error[0].value == (
        "**Not stopped.** The disk did not accept the write\\. It may still go out to its "
        "recipients\\. Make room\\."
    )
    assert state(freio) is State.SCHEDULED


def test_an_unknown_outcome_is_shown_as_unknown_and_not_as_stopped(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise CommitUnknownError(StoreError("x", "y"))

    def away(*_: object) -> None:
        raise StoreError("Away.", "Wait.")

    monkeypatch.setattr(aborts, "insert_receipts", lost)
    monkeypatch.setattr(aborts.Aborts, "_was_written", away)
    at = confirmed(opened("configurations"))
    assert at.error[0].value.startswith("**Unknown.** The database does not answer")
    assert "Assume that its send goes out" in at.error[0].value
    assert "topped" not in at.error[0].value


def lose_the_abort(place: Path, made: Application) -> Application:
    """Abort s1, then restore the database of the moment before."""
    made.stop()
    before = place.read_bytes()
    made = started(place)
    made.aborts.abort(ID, Actor("operador 1", Role.ADMINISTRATOR))
    made.stop()
    place.write_bytes(before)
    return started(place)


def test_a_lost_abort_is_shown_on_every_page(freio: Application, place: Path) -> None:
    again = lose_the_abort(place, freio)
    for page in PAGES:
        at = opened(page, id="s1")
        assert "has lost 1 abort that was accepted here" in at.error[0].value, page
        # The notices share a quarter of the screen, and the switch shows all of this notice.
        assert at.toggle(key="notices_shown").label == "Show 1 notice", page
        assert place_of("has lost 1 abort", container("notice_lines", at.main)), page
    again.stop()


def test_a_lost_abort_is_put_right_with_one_click(freio: Application, place: Path) -> None:
    again = lose_the_abort(place, freio)
    assert state(again) is State.SCHEDULED
    at = opened("overview")
    assert "**1** can be stopped again." in [m.value for m in at.markdown]
    (shown,) = lines_of(at, "cells", "State now")
    assert shown["Send"] == "Liquidação *de* verão"
    assert (shown["State now"], shown["What restoring does"]) == (
        "SCHEDULED",
        "aborts it again",
    )
    at.button(key="journal_restore").click().run()
    assert at.success[0].value == "**Restored.** 1 send is stopped again."
    assert not at.error
    assert state(again) is State.CANCELLED
    again.stop()


def test_a_damaged_journal_is_reported_and_can_be_renewed(freio: Application, place: Path) -> None:
    freio.aborts.abort(ID, Actor("operador 1", Role.ADMINISTRATOR))
    freio.stop()
    journal = place.with_name(place.name + ".receipts.jsonl")
    journal.write_bytes(b"garbage\n" + journal.read_bytes())
    again = started(place)
    at = opened("overview")
    assert "1 line of the receipt journal" in at.warning[0].value
    assert at.toggle(key="notices_shown").label == "Show all 2 notices"
    at.button(key="journal_renew").click().run()
    assert "The old one is kept in" in at.success[0].value
    assert not at.warning
    again.stop()


def test_a_missing_journal_is_reported_once(freio: Application, place: Path) -> None:
    freio.aborts.abort(ID, Actor("operador 1", Role.ADMINISTRATOR))
    freio.stop()
    place.with_name(place.name + ".receipts.jsonl").unlink()
    again = started(place)
    at = opened("overview")
    assert "receipt journal was missing" in at.warning[0].value
    at.button(key="journal_acknowledge").click().run()
    assert not at.warning
    again.stop()


def test_a_journal_that_cannot_be_written_is_reported(freio: Application, place: Path) -> None:
    freio.stop()
    journal = place.with_name(place.name + ".receipts.jsonl")
    journal.unlink(missing_ok=True)
    journal.mkdir()
    again = started(place)
    at = confirmed(opened("configurations"))
    assert "receipt journal cannot be written (Is a directory)" in at.error[0].value
    assert state(again) is State.CANCELLED
    again.stop()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("garbage", "is damaged"),
        ("folder", "is a folder"),
        ("log alone", "is missing, but its log"),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_sentence_on_the_page(
    place: Path, monkeypatch: pytest.MonkeyPatch, broken: str, said: str
) -> None:
    if broken == "folder":
        place.mkdir()
    elif broken == "garbage":
        place.write_bytes(b"garbage" * 999)
    else:
        log_of(place).write_bytes(b"a log")
    monkeypatch.setenv("FREIO_DATABASE", f"duckdb:///{place}")
    monkeypatch.setenv("FREIO_DEMO", "off")
    monkeypatch.setattr(instance._start_once, "failure_seconds", 0.0)
    instance.use(None)
    at = opened("overview")
    assert said in at.error[0].value
    # When this is repaired, the page appears by itself.
    if broken == "folder":
        place.rmdir()
    else:
        place.unlink(missing_ok=True)
        log_of(place).unlink(missing_ok=True)
    instance.current(None)  # it may take longer than a page waits
    at.run()
    assert not at.error
    instance.shut_down()


@pytest.mark.parametrize("url", ["freio.duckdb", "mysql://x/y", "duckdb://", "duckdb:///"])
def test_a_wrong_url_is_a_sentence_on_the_page(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FREIO_DATABASE", url)
    instance.use(None)
    # With wrong settings no person can be identified, so all people see this.
    assert "The setting FREIO_DATABASE is" in shown_to_nobody()


def shown_to_nobody() -> str:
    asked = HTTPConnection({"type": "http", "headers": [], "query_string": b""})
    return unescape(login_page(asked, Identity(Actor("eve"), NoRole.NOT_LISTED)))


def test_facts_from_the_future_are_called_so_and_not_fresh() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert (
        i18n.age(now + timedelta(hours=7), now)
        == "7 h ahead of this machine's clock; check the clock"
    )
    assert i18n.age(now, now) == "just now"


def test_a_backup_is_made_with_one_click(freio: Application) -> None:
    at = opened("system")
    at.button(key="backup_make").click().run()
    assert at.success[0].value.startswith("Made freio")
    assert freio.backups is not None
    assert len(freio.backups.all()) == 1


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_user, "identity", lambda: Identity(Actor("vera", Role.VIEWER)))


def broken_database(place: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    place.write_bytes(b"garbage" * 999)
    monkeypatch.setenv("FREIO_DATABASE", f"duckdb:///{place}")
    instance.use(None)
    return opened("overview")


def shown(at: AppTest) -> str:
    return repr([each.value for each in (*at.error, *at.warning, *at.markdown, *at.caption)])


def test_an_administrator_sees_the_path_in_an_error(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(place) in shown(broken_database(place, monkeypatch))


def test_a_viewer_is_shown_what_happened_and_no_path(
    place: Path, monkeypatch: pytest.MonkeyPatch, viewer: None
) -> None:
    said = shown(broken_database(place, monkeypatch))
    assert "The file … is damaged (…). Freio has changed nothing in it" in said
    assert str(place.parent) not in said


def test_a_viewer_is_shown_no_host_user_or_name_of_a_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch, viewer: None
) -> None:
    monkeypatch.setenv("FREIO_DATABASE", "postgresql://ana:s3cret@127.0.0.1:9/sends")
    instance.use(None)
    said = shown(opened("overview"))
    assert "The database … does not answer" in said
    assert not any(part in said for part in ("127.0.0.1", "ana", "sends'", ":9", "s3cret"))


def test_an_abort_that_fails_shows_a_viewers_eyes_no_path(
    freio: Application, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> bool:
        raise StoreDiskError("The disk of {path} is full.", "Make room.", path=place)

    monkeypatch.setattr(freio.store, "commit_abort", full)
    monkeypatch.setattr(current_user, "identity", lambda: Identity(Actor("otto", Role.OPERATOR)))
    assert "The disk of … is full" in confirmed(opened("configurations")).error[0].value


@pytest.mark.parametrize(
    "text", ['[people]\n"ana@example.com" = "boss"', "people = ", '["/srv/x"]\na = 1', None]
)
def test_a_person_without_a_role_sees_nothing_of_the_roles_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    roles = tmp_path / "who-may.toml"
    if text is not None:
        roles.write_text(text)
    monkeypatch.setenv("FREIO_ROLES", str(roles))
    instance.use(None)
    said = shown_to_nobody()
    assert "The list of roles … cannot be used (…), so no one can log in" in said
    assert not any(part in said for part in (str(tmp_path), "who-may", "ana@", "boss", "/srv/x"))


def test_a_person_without_a_role_does_not_see_the_value_of_a_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FREIO_DATABASE", "mysql://ana:s3cret@db.example/sends")
    instance.use(None)
    said = shown_to_nobody()
    assert "The setting FREIO_DATABASE is …, which Freio cannot use" in said
    assert "db.example" not in said
