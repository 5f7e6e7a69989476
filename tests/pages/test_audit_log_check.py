"""The result of the check of the audit log on the System page."""

import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import duckdb
import pytest

from core.domain.model import Actor, ConfigurationId, Role
from core.runtime import instance
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
from tests.pages.test_pages import FEED, opened
from tests.sends import clear

pytestmark = pytest.mark.slow

ME = Actor("operador 1", Role.ADMINISTRATOR)


def started(place: Path) -> Application:
    made = build(Settings(database=f"duckdb:///{place}", demo=False))
    made.start()
    instance.use(made)
    return made


@pytest.fixture(scope="module")
def one_abort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a database with one abort, which no process has open."""
    folder = tmp_path_factory.mktemp("one_abort")
    made = started(folder / "freio.duckdb")
    made.loader.load(BytesIO(FEED.encode()), "feed.csv", ME)
    made.aborts.abort(ConfigurationId("s1"), ME)
    made.stop()
    instance.use(None)
    return folder


@pytest.fixture
def place(one_abort: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a copy of that database."""
    shutil.copytree(one_abort, tmp_path / "copy")
    yield tmp_path / "copy" / "freio.duckdb"
    instance.use(None)


def test_it_says_that_the_record_is_whole_and_its_last_hash(place: Path) -> None:
    made = started(place)
    at = opened("system")
    assert any("**Complete.** 1 entry" in m.value for m in at.markdown)
    last = made.store.check_audit_log().last_hash
    assert any(last in c.value for c in at.caption)
    made.stop()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE receipts SET note = 'x'", "differs from the audit log"),
        ("DELETE FROM receipts", "is missing from its table"),
        (
            "INSERT INTO receipt_news (receipt_id, kind, happened_at) SELECT id, 'confirmed', now() FROM receipts",
            "The confirmation of",
        ),
        ("UPDATE ledger SET body = replace(body, 'operador', 'director')", "Entry 1 was changed"),
        ("DELETE FROM ledger", "Entries are missing at the beginning or the end"),
    ],
)
def test_it_says_what_was_changed_behind_our_back(place: Path, sql: str, said: str) -> None:
    with duckdb.connect(str(place)) as db:
        db.execute(sql)
    made = started(place)
    at = opened("system")
    assert any("was changed from outside Freio" in e.value for e in at.error)
    assert any(said in m.value for m in at.markdown)
    made.stop()


def test_it_reports_aborts_that_were_dropped_with_loaded_data(place: Path) -> None:
    made = started(place)
    clear(made.store)
    at = opened("system")
    assert any("1 accepted abort was dropped" in e.value for e in at.error)
    assert any("The abort of the send s1 was dropped." in m.value for m in at.markdown)
    made.stop()


def test_it_does_not_call_a_lost_receipt_a_forgery(place: Path, tmp_path: Path) -> None:
    made = started(place)
    backup = made.backups.make(made.store) if made.backups else None
    assert backup is not None
    made.loader.load(BytesIO(FEED.replace("s1", "s3").encode()), "more.csv", ME)
    made.aborts.abort(ConfigurationId("s3"), ME)
    made.stop()
    place.write_bytes(backup.path.read_bytes())
    made = started(place)
    at = opened("system")
    assert any("lost 1 receipt that is in the receipt journal" in w.value for w in at.warning)
    assert not any("changed from outside Freio" in e.value for e in at.error)
    made.stop()
