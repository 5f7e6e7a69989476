"""The watched folder: which files are loaded, when, in which order, and where they are moved to."""

import errno
import itertools
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import StoreBusyError, StoreError
from core.feed import processed_files, watched_folder
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping
from core.feed.watched_folder import WatchedFolder
from core.infrastructure import disk_space
from core.infrastructure.disk_space import refused
from core.infrastructure.lease import Lease
from core.runtime.build import build
from core.settings import Settings
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEAD = "id,name,state,total_records,scheduled_at\n"


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A watched folder, the store that it loads into, and a clock that the test sets."""

    def __init__(self, place: Path, **settings: Any) -> None:
        self.place = place
        self.clock = Clock()
        self.store = SqlStore(DuckDBEngine(MEMORY))
        self.loader = Loader(self.store, Settings(demo=False, **settings), lambda: NOW)
        self.inbox = self.new_inbox()

    def new_inbox(self, **options: Any) -> WatchedFolder:
        return WatchedFolder(self.place, self.loader, monotonic=self.clock, **options)

    def drop(self, name: str, body: str = "", *, minutes_ago: float = 1) -> Path:
        self.place.mkdir(exist_ok=True)
        file = self.place / name
        file.write_text(HEAD + (body or f"{name},a,scheduled,5,2026-11-24\n"), encoding="utf-8")
        at = (NOW - timedelta(minutes=minutes_ago)).timestamp()
        os.utime(file, (at, at))
        return file

    def look(self, inbox: WatchedFolder | None = None, *, times: int = 2) -> None:
        for _ in range(times):
            (inbox or self.inbox).scan()
            self.clock.now += 2

    def names(self, where: str = "") -> list[str]:
        found = self.place / where
        return sorted(p.name for p in found.iterdir() if p.is_file()) if found.is_dir() else []

    def loaded(self) -> list[str]:
        """Return the names of the imports, the first one first."""
        rows = self.store._engine.rows("SELECT name FROM imports ORDER BY rowid")
        return [row[0] for row in rows]

    def report(self, where: str, name: str) -> dict[str, Any]:
        return json.loads((self.place / where / f"{name}.report.json").read_text("utf-8"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "inbox")
    yield made
    made.store.close()


def test_a_file_is_loaded_and_put_away_with_a_report(desk: Desk) -> None:
    desk.drop("a.csv", "1,a,scheduled,5,2026-11-24\n2,b,scheduled,x,2026-11-24\n")
    desk.look()
    assert (desk.names(), desk.names("done")) == ([], ["a.csv", "a.csv.report.json"])
    report = desk.report("done", "a.csv")
    assert (report["file"], report["loaded_at"]) == ("a.csv", NOW.isoformat())
    assert (report["rows"], report["new"], report["rejected"]) == (2, 1, 1)
    (reject,) = report["rejects"]
    assert (reject["line"], reject["raw"]) == (3, "2,b,scheduled,x,2026-11-24")
    assert "“x” is not a whole number" in reject["reasons"][0]
    notes = " ".join(report["notes"])
    assert "Times without an offset are read as times in America/Sao_Paulo." in notes
    assert "Scheduled for 00:00: 1 of 1 sends." in notes
    (done,) = desk.store.imports(9)
    assert (done.name, done.actor, done.id) == ("a.csv", "folder", report["id"])


def test_the_folder_is_made_where_it_is_missing(desk: Desk) -> None:
    desk.look()
    assert desk.place.is_dir()


def test_a_file_that_is_still_written_waits(desk: Desk) -> None:
    file = desk.drop("a.csv")
    for _ in range(4):
        desk.look(times=1)
        with file.open("a") as more:
            more.write("more,a,scheduled,5,2026-11-24\n")
    assert desk.loaded() == []
    desk.look()
    assert desk.loaded() == ["a.csv"]
    assert desk.report("done", "a.csv")["rows"] == 5


def test_two_looks_close_together_are_not_enough(desk: Desk) -> None:
    desk.drop("a.csv")
    for _ in range(4):
        desk.inbox.scan()
        desk.clock.now += 0.6
    assert desk.loaded() == []
    desk.inbox.scan()
    assert desk.loaded() == ["a.csv"]


def test_files_are_loaded_in_order_of_time_then_name(desk: Desk) -> None:
    desk.drop("a.csv", minutes_ago=1)
    desk.drop("c.csv", minutes_ago=9)
    desk.drop("b.csv", minutes_ago=9)
    desk.look()
    assert desk.loaded() == ["b.csv", "c.csv", "a.csv"]


def test_a_file_is_as_old_as_it_says_but_never_from_the_future(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[LoadOptions] = []
    monkeypatch.setattr(Loader, "load", _noting(asked, Loader.load))
    desk.drop("old.csv", minutes_ago=30)
    desk.drop("ahead.csv", minutes_ago=-30)
    desk.look()
    assert [o.as_of for o in asked] == [NOW - timedelta(minutes=30), NOW]
    assert [o.is_full for o in asked] == [False, False]


def test_files_are_full_where_the_setting_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[LoadOptions] = []
    monkeypatch.setattr(Loader, "load", _noting(asked, Loader.load))
    desk = Desk(tmp_path / "inbox", inbox_full=True)
    desk.drop("a.csv")
    desk.look()
    assert [o.is_full for o in asked] == [True]


def _noting(asked: list[LoadOptions], load: Any) -> Any:
    def noted(self: Loader, source: Any, name: str, actor: Any, options: LoadOptions) -> Any:
        asked.append(options)
        return load(self, source, name, actor, options)

    return noted


def test_a_file_that_says_nothing_goes_to_failed_with_the_reason_and_the_next_is_loaded(
    desk: Desk,
) -> None:
    desk.drop("bad.csv", "1,a\n", minutes_ago=5)
    desk.drop("good.csv")
    desk.look()
    assert desk.names("failed") == ["bad.csv", "bad.csv.report.json"]
    assert desk.names("done") == ["good.csv", "good.csv.report.json"]
    report = desk.report("failed", "bad.csv")
    assert report["loaded_at"] is None
    assert "No row of bad.csv could be read" in report["error"]
    assert desk.loaded() == ["good.csv"]


def test_a_file_that_is_too_large_goes_to_failed_unread(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "inbox", max_file_mb=1)
    desk.drop("large.csv", "1,a,scheduled,5,2026-11-24\n" * 50_000)
    desk.look()
    assert "larger than 1 MB" in desk.report("failed", "large.csv")["error"]


def test_a_mistake_of_our_own_does_not_keep_other_files_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Loader.load

    def broken(self: Loader, source: Any, name: str, *rest: Any) -> Any:
        if name == "a.csv":
            raise OSError("a library's own")
        return load(self, source, name, *rest)

    monkeypatch.setattr(Loader, "load", broken)
    desk.drop("a.csv", minutes_ago=5)
    desk.drop("b.csv")
    desk.look()
    assert desk.loaded() == ["b.csv"]
    assert "An internal error occurred" in desk.report("failed", "a.csv")["error"]


def test_a_name_that_comes_again_overwrites_nothing(desk: Desk) -> None:
    for number in range(3):
        desk.drop("a.csv", f"{number},a,scheduled,5,2026-11-24\n", minutes_ago=9 - number)
        desk.look()
    files = [name for name in desk.names("done") if not name.endswith(".report.json")]
    assert files == ["a-20261123T120000Z-2.csv", "a-20261123T120000Z.csv", "a.csv"]
    assert len(desk.names("done")) == 6
    assert [(desk.place / "done" / f).read_text().splitlines()[1][0] for f in files] == list("210")
    assert desk.loaded() == ["a.csv"] * 3


def test_a_crash_between_load_and_move_leaves_one_import(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def crash(source: Path, target: Path) -> None:
        if source.name == "a.csv":
            raise KeyboardInterrupt
        replace(source, target)

    desk.drop("a.csv")
    with monkeypatch.context() as broken:
        broken.setattr(processed_files.os, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            desk.look()
    assert (desk.names(), desk.loaded()) == (["a.csv"], ["a.csv"])
    desk.look(desk.new_inbox())
    assert (desk.names(), desk.loaded()) == ([], ["a.csv"])
    assert desk.names("done") == ["a.csv", "a.csv.report.json"]
    assert desk.report("done", "a.csv")["new"] == 1


def test_a_loaded_file_that_cannot_be_moved_is_logged_once_and_moved_later(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.drop("a.csv")
    (desk.place / "done").write_text("in the way")
    os.utime(desk.place / "done", (0, 0))
    desk.inbox._files = lambda: [  # type: ignore[method-assign]
        found for found in WatchedFolder._files(desk.inbox) if found.name != "done"
    ]
    with caplog.at_level(logging.ERROR, "core"):
        desk.look(times=9)
    assert [r.message[:36] for r in caplog.records] == ["a.csv cannot be moved to done: [Errn"]
    assert desk.loaded() == ["a.csv"]
    (desk.place / "done").unlink()
    desk.clock.now += watched_folder.LONGEST_PAUSE
    desk.look()
    assert (desk.names("done"), desk.loaded()) == (["a.csv", "a.csv.report.json"], ["a.csv"])


def test_while_the_store_is_away_files_stay_and_are_tried_at_growing_pauses(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[float] = []

    def away(*_: Any, **__: Any) -> Any:
        tried.append(desk.clock.now)
        raise StoreError("The database does not answer.", "Wait.")

    desk.drop("a.csv")
    with monkeypatch.context() as broken:
        broken.setattr(desk.store, "load", away)
        desk.look(times=60)
    pauses = [after - before for before, after in itertools.pairwise(tried)]
    assert pauses == [2, 4, 8, 16, 32]
    assert desk.names() == ["a.csv"]
    assert sum("does not answer" in r.message for r in caplog.records) == 1
    desk.clock.now += watched_folder.LONGEST_PAUSE
    desk.look()
    assert (desk.names(), desk.loaded()) == ([], ["a.csv"])


@pytest.mark.parametrize("call", ["has_import", "load"])
def test_a_busy_store_keeps_the_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def busy(*_: Any, **__: Any) -> Any:
        raise StoreBusyError("Busy.", "Wait.")

    desk.drop("a.csv")
    with monkeypatch.context() as broken:
        broken.setattr(desk.store, call, busy)
        desk.look()
    assert desk.names() == ["a.csv"]
    desk.look()
    assert desk.loaded() == ["a.csv"]


@pytest.mark.parametrize(
    "name", [".a.csv", "a.csv.part", "a.csv.PART", "a.tmp", "a.csv.crdownload", "a.csv~"]
)
def test_hidden_and_temporary_names_are_left_alone(desk: Desk, name: str) -> None:
    desk.drop(name)
    desk.look(times=4)
    assert (desk.names(), desk.loaded()) == ([name], [])


def test_folders_links_and_pipes_are_left_alone(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(HEAD + "1,a,scheduled,5,2026-11-24\n")
    desk.place.mkdir()
    (desk.place / "link.csv").symlink_to(secret)
    (desk.place / "folder.csv").mkdir()
    os.mkfifo(desk.place / "pipe.csv")
    desk.look(times=4)
    assert desk.loaded() == []
    assert (desk.place / "link.csv").is_symlink()


def test_a_file_that_vanishes_is_no_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk.drop("a.csv")
    desk.look(times=1)
    (desk.place / "a.csv").unlink()
    desk.drop("b.csv")
    desk.look(times=1)
    # The other file disappears between the check and the load.
    content = watched_folder._content
    monkeypatch.setattr(
        watched_folder,
        "_content",
        lambda folder, file: ((folder / file.name).unlink(), content(folder, file))[1],
    )
    desk.look()
    assert (desk.names(), desk.loaded(), caplog.records) == ([], [], [])


def test_a_file_that_changes_during_its_load_stays_and_is_loaded_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Loader.load

    def slow(self: Loader, *rest: Any) -> Any:
        done = load(self, *rest)
        desk.drop("a.csv", "newer,a,scheduled,5,2026-11-24\n", minutes_ago=0)
        return done

    desk.drop("a.csv")
    with monkeypatch.context() as slowed:
        slowed.setattr(Loader, "load", slow)
        desk.look()
    assert desk.names() == ["a.csv"]
    desk.look(times=3)
    assert desk.loaded() == ["a.csv", "a.csv"]
    assert (desk.place / "done" / "a.csv").read_text().splitlines()[1].startswith("newer")


def test_a_file_that_cannot_be_read_goes_to_failed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forbid(monkeypatch)
    desk.drop("a.csv")
    desk.look()
    assert "cannot be read" in desk.report("failed", "a.csv")["error"]


def test_a_file_that_can_be_neither_read_nor_moved_is_logged_once_until_it_changes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened = _forbid(monkeypatch)
    monkeypatch.setattr(processed_files.os, "replace", _refuse)
    desk.drop("a.csv")
    desk.look(times=20)
    assert (desk.names(), len(opened), len(caplog.records)) == (["a.csv"], 1, 2)
    desk.drop("a.csv", minutes_ago=0)
    desk.look()
    assert len(opened) == 2


def _refuse(*_: Any, **__: Any) -> Any:
    raise PermissionError(13, "Permission denied")


def _forbid(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    opened: list[Any] = []
    really = os.open

    def forbidden(path: Any, *rest: Any, **options: Any) -> int:
        if str(path).endswith(".csv"):
            opened.append(path)
            _refuse()
        return really(path, *rest, **options)

    monkeypatch.setattr(watched_folder.os, "open", forbidden)
    return opened


def test_a_name_that_no_database_takes_is_shown_as_it_can_be(desk: Desk) -> None:
    desk.place.mkdir()
    name = os.fsdecode(b"caf\xe9\n" + b"x" * 240 + b".csv")
    (desk.place / name).write_text(HEAD + "1,a,scheduled,5,2026-11-24\n")
    desk.look()
    assert desk.loaded() == ["caf��" + "x" * 240 + ".csv"]
    assert len(desk.names("done")) == 2


def test_a_file_takes_the_place_of_demo_data(tmp_path: Path) -> None:
    settings = Settings(database="duckdb:///:memory:", inbox=tmp_path / "inbox")
    freio = build(settings)
    freio.demo.prepare()
    assert freio.is_demo()
    inbox = WatchedFolder(tmp_path / "inbox", freio.loader, quiet=0)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.csv").write_text(HEAD + "1,a,scheduled,5,2026-11-24\n")
    inbox.scan()
    inbox.scan()
    assert not freio.is_demo()
    assert freio.store.info().counts["configurations"] == 1
    freio.stop()


def test_only_the_dashboard_that_holds_the_lease_loads(desk: Desk) -> None:
    other = Lease(desk.store, "inbox")
    assert other.is_held()
    mine = WatchedFolder(desk.place, desk.loader, Lease(desk.store, "inbox"), monotonic=desk.clock)
    desk.drop("a.csv")
    desk.look(mine, times=4)
    assert desk.loaded() == []
    other.give_up()
    desk.look(mine)
    assert desk.loaded() == ["a.csv"]


def _slow_load(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, begun: threading.Event, go: threading.Event
) -> None:
    load = desk.store.load

    def slow(*rest: Any, **options: Any) -> Any:
        begun.set()
        assert go.wait(20)
        return load(*rest, **options)

    monkeypatch.setattr(desk.store, "load", slow)


def test_stopping_waits_for_the_load_under_way_and_begins_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    _slow_load(desk, monkeypatch, begun, go)
    desk.drop("a.csv", minutes_ago=5)
    desk.drop("b.csv")
    inbox = WatchedFolder(desk.place, desk.loader, quiet=0.02, tick=0.02)
    inbox.start()
    assert begun.wait(10)
    threading.Timer(0.3, go.set).start()
    inbox.stop()
    assert desk.loaded() == ["a.csv"]
    assert desk.names() == ["b.csv"]
    assert desk.names("done") == ["a.csv", "a.csv.report.json"]


def test_a_load_that_outlasts_the_stop_is_not_half_done_and_the_file_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    _slow_load(desk, monkeypatch, begun, go)
    inbox = WatchedFolder(desk.place, desk.loader, quiet=0.02, tick=0.02)
    stop = inbox._task.stop
    monkeypatch.setattr(inbox._task, "stop", lambda: stop(timeout=0.1))
    desk.drop("a.csv")
    inbox.start()
    assert begun.wait(10)
    inbox.stop()
    desk.store.close()
    go.set()
    inbox._task._thread.join(10)
    assert desk.names() == ["a.csv"]
    assert not inbox._task._thread.is_alive()


def test_a_load_that_reports_its_progress_is_given_up_when_stopping_takes_too_long(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Loader.load

    def slow(self: Loader, source: Any, name: str, actor: Any, options: LoadOptions) -> Any:
        desk.inbox.stop()
        options.progress("read", 1, 0.5)  # there is time left
        desk.clock.now += watched_folder.GRACE + 1
        options.progress("read", 2, 1.0)
        return load(self, source, name, actor, options)

    monkeypatch.setattr(Loader, "load", slow)
    desk.drop("a.csv")
    desk.look()
    assert (desk.names(), desk.loaded()) == (["a.csv"], [])


def test_freio_watches_the_folder_of_its_settings(tmp_path: Path) -> None:
    settings = Settings(
        database=f"duckdb:///{tmp_path}/freio.duckdb", demo=False, inbox=tmp_path / "inbox"
    )
    freio = build(settings)
    freio.start()
    try:
        give_up = time.monotonic() + 10
        while not (tmp_path / "inbox").is_dir():
            assert time.monotonic() < give_up
            time.sleep(0.05)
    finally:
        freio.stop()


def test_the_report_of_an_unreadable_file_has_the_reason_for_each_row(desk: Desk) -> None:
    desk.drop("bad.csv", "1,a,scheduled,x,soon\n2,,scheduled,5,2026-11-24\n")
    desk.look()
    rejects = desk.report("failed", "bad.csv")["rejects"]
    assert [each["line"] for each in rejects] == [2, 3]
    assert rejects[0]["raw"] == "1,a,scheduled,x,soon"
    assert [why.split("”")[0] for why in rejects[0]["reasons"]] == ["“x", "“soon"]
    assert rejects[1]["reasons"] == ["Name is empty"]


def test_a_report_holds_the_first_hundred_of_many_rows_that_cannot_be_read(desk: Desk) -> None:
    desk.drop("bad.csv", "".join(f"{n},a,scheduled,x,2026-11-24\n" for n in range(250)))
    desk.look()
    rejects = desk.report("failed", "bad.csv")["rejects"]
    assert [each["line"] for each in rejects] == list(range(2, 102))


def test_a_folder_that_cannot_be_written_is_trouble_before_a_file_comes_and_files_are_loaded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(**_: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    desk.look()
    assert desk.inbox.trouble is None
    with monkeypatch.context() as broken:
        broken.setattr(watched_folder, "TemporaryFile", read_only)
        desk.clock.now += watched_folder.CHECK
        desk.look()
        assert "cannot work in the watched folder" in str(desk.inbox.trouble)
        assert "(Read-only file system)" in str(desk.inbox.trouble)
        desk.drop("a.csv")
        desk.look()
    assert desk.loaded() == ["a.csv"]
    desk.clock.now += watched_folder.CHECK
    desk.look()
    assert desk.inbox.trouble is None


def test_the_try_whether_it_can_be_written_leaves_nothing_behind(desk: Desk) -> None:
    desk.look()
    assert list(desk.place.iterdir()) == []


def test_a_file_that_cannot_be_put_away_is_trouble_until_it_can(desk: Desk) -> None:
    desk.drop("a.csv")
    (desk.place / "done").symlink_to("nowhere")
    desk.look()
    assert "File exists" in str(desk.inbox.trouble)
    (desk.place / "done").unlink()
    desk.clock.now += watched_folder.LONGEST_PAUSE
    desk.look()
    assert desk.inbox.trouble is None


def test_a_folder_that_is_a_file_is_trouble(desk: Desk) -> None:
    desk.place.write_text("no folder")
    desk.look()
    assert "(File exists)" in str(desk.inbox.trouble)


def test_a_file_that_the_disk_refuses_stays_and_blocks_no_other_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    load, is_full = Loader.load, True

    def loading(self: Loader, file: Any, name: str, *rest: Any) -> Any:
        if name == "large.csv" and is_full:
            raise refused(desk.place, "No space left")
        return load(self, file, name, *rest)

    monkeypatch.setattr(Loader, "load", loading)
    desk.drop("large.csv", minutes_ago=2)
    desk.drop("small.csv", minutes_ago=1)
    desk.look()
    assert (desk.names(), desk.loaded()) == (["large.csv"], ["small.csv"])
    assert "refused the write (No space left)" in caplog.text
    assert "is away" not in caplog.text
    is_full = False
    desk.look(times=4)
    assert desk.loaded() == ["small.csv", "large.csv"]


def test_a_file_stays_where_temporary_files_have_no_room(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(disk_space, "free_bytes", lambda _place: 1_000_000)
        desk.drop("a.csv")
        desk.look()
        assert (desk.names(), desk.names("failed")) == (["a.csv"], [])
        assert "has no room for this" in caplog.text
    desk.look(times=4)
    assert desk.loaded() == ["a.csv"]


def test_a_report_says_what_the_rows_of_a_file_mean(desk: Desk) -> None:
    desk.drop("a.csv", "1,a,teleported,5,2026-11-24\nTotal,,,5,\n")
    desk.look()
    report = desk.report("done", "a.csv")
    notes = "\n".join(report["notes"])
    assert report["rejected"] == 0
    assert "Rows whose state Freio does not know: 1. The words are: teleported (1)." in notes
    assert "Line 3 is not a send and is left out: “Total,,,5,”." in notes
    assert "Scheduled times: from Tuesday 2026-11-24 03:00 UTC" in notes
    assert "Recipients: the smallest number is 5, the median 5, the largest 5." in notes
    for label in ("First row", "Largest send"):
        assert f"{label}: 1, “a”, UNKNOWN, recipients: 5, 2026-11-24 03:00 UTC." in notes


def test_a_file_whose_order_of_day_and_month_is_open_goes_to_failed_with_both_readings(
    desk: Desk,
) -> None:
    desk.drop("a.csv", "1,a,scheduled,5,11/04/2030\n")
    desk.look()
    assert desk.names("failed") == ["a.csv", "a.csv.report.json"]
    error = desk.report("failed", "a.csv")["error"]
    assert "“11/04/2030” is 2030-04-11 if the day comes first, and 2030-11-04 if" in error


def test_a_file_whose_name_fits_several_mappings_goes_to_failed_with_their_names(
    desk: Desk,
) -> None:
    desk.loader.mappings.save(FeedMapping(name="US", files="us-*.csv", day_first=False))
    desk.loader.mappings.save(FeedMapping(name="all", files="*.csv", day_first=True))
    desk.drop("us-1.csv", "1,a,scheduled,5,11/04/2030\n")
    desk.look()
    error = desk.report("failed", "us-1.csv")["error"]
    assert "several mappings fit the file name “us-1.csv”: “US”, “all”." in error
    desk.drop("uk-1.csv", "2,a,scheduled,5,11/04/2030\n")
    desk.look()
    assert desk.names("done") == ["uk-1.csv", "uk-1.csv.report.json"]


def test_a_mapping_is_found_by_the_name_of_the_file(desk: Desk) -> None:
    desk.loader.mappings.save(FeedMapping(name="US", files="us-*.csv", day_first=False))
    desk.drop("us-1.csv", "1,a,scheduled,5,11/04/2030\n")
    desk.look()
    assert desk.names("done") == ["us-1.csv", "us-1.csv.report.json"]
    send = desk.store.configuration("1")
    assert send is not None
    assert send.scheduled_at.month == 11
