"""Database files that another process holds, or that are damaged, newer, foreign or unreachable."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.domain.model import ConfigurationId
from core.errors import StoreDamagedError, StoreError, StoreLockedError, StoreNewerError
from core.runtime import instance
from core.settings import ROOT
from core.store.duckdb.engine import DuckDBEngine
from core.store.duckdb.files import log_of
from tests.faults.parts import CRASH, crashed, opened
from tests.faults.tmpfs import on_a_tmpfs
from tests.sends import ME, actions, load, receipts_in, send


def flip(file: Path, position: int) -> None:
    text = bytearray(file.read_bytes())
    text[position] ^= 0xFF
    file.write_bytes(text)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "freio.duckdb"
    store = opened(path)
    load(store, *(send(f"s{n}") for n in range(2_000)))
    store.close()
    return path


def test_who_holds_the_file_is_named_with_its_number(database: Path) -> None:
    code = (
        f"import duckdb; c = duckdb.connect({str(database)!r}); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(StoreLockedError, match=rf"python.*number {child.pid}\).*Stop that"):
            opened(database)
        child.communicate(b"\n")
    opened(database).close()


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "another format"])
def test_a_damaged_database_is_named_and_left_as_it_is(database: Path, damage: str) -> None:
    whole = database.read_bytes()
    broken = {
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:4_200] + bytes([whole[4_200] ^ 0xFF]) + whole[4_201:],
        "emptied": b"",
        "another format": b"id,name\n1,2\n" * 500,
    }[damage]
    database.write_bytes(broken)
    with pytest.raises(StoreDamagedError, match=r"is damaged.*restore a backup"):
        opened(database)
    assert database.read_bytes() == broken


@pytest.mark.long
def test_every_flipped_byte_of_the_log_is_reported_or_its_lost_receipts_are_found(
    tmp_path: Path,
) -> None:
    path = tmp_path / "freio.duckdb"
    crashed(path)
    database, log = path.read_bytes(), log_of(path).read_bytes()
    silent = 0
    for position in range(5, len(log), len(log) // 60):
        path.write_bytes(database)
        log_of(path).write_bytes(log)
        flip(log_of(path), position)
        try:
            store = opened(path)
        except StoreDamagedError:
            assert log_of(path).stat().st_size == len(log)
            continue
        check = store.check_journal()
        there = len(receipts_in(store))
        assert there + len(check.missing) == 40
        if there < 40:
            silent += 1
            assert check.damaged_log is not None
            assert len(check.damaged_log.read_bytes()) == len(log)
        store.close()
    assert silent > 0, "the case that the second record is for did not come up"


def test_after_a_damaged_log_new_aborts_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "freio.duckdb"
    crashed(path)
    flip(log_of(path), 0)
    store = opened(path)
    assert len(store.check_journal().missing) == 40
    actions(store).abort(ConfigurationId("s1"), ME)
    receipts = len(receipts_in(store))
    assert receipts == 1
    # The process dies again: what was written after the damage must be readable.
    code = CRASH.replace("load(", "print(", 1).replace(
        "in range(40):\n    act", "in range(2, 9):\n    act"
    )
    store.close()
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=True)
    again = opened(path)
    assert len(receipts_in(again)) == 8
    again.close()


def test_a_log_cut_off_at_its_end_is_found_by_the_second_record(tmp_path: Path) -> None:
    path = tmp_path / "freio.duckdb"
    crashed(path)
    log = log_of(path).read_bytes()
    log_of(path).write_bytes(log[: len(log) // 2])
    store = opened(path)
    there = len(receipts_in(store))
    assert 0 < there < 40
    assert len(store.check_journal().missing) == 40 - there
    store.close()


def test_a_log_without_its_database_is_not_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "freio.duckdb"
    crashed(path)
    log = log_of(path).read_bytes()
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreDamagedError, match="is missing, but its log"):
        opened(path)
    assert log_of(path).read_bytes() == log
    assert not path.exists()


def test_a_newer_schema_is_refused_and_left_alone(database: Path) -> None:
    engine = DuckDBEngine(database)
    with engine.transaction() as tx:
        tx.rows("INSERT INTO schema_version VALUES (9999, 'later', now())")
    engine.close()
    with pytest.raises(StoreNewerError, match=r"newer Freio .schema 9999.*Start the newer Freio"):
        opened(database)


def test_a_database_of_another_program_is_refused_and_not_changed(tmp_path: Path) -> None:
    engine = DuckDBEngine(tmp_path / "other.duckdb")
    with engine.transaction() as tx:
        tx.rows("CREATE TABLE invoices (i INTEGER)")
    engine.close()
    with pytest.raises(StoreError, match=r"other data than Freio's .invoices"):
        opened(tmp_path / "other.duckdb")
    engine = DuckDBEngine(tmp_path / "other.duckdb")
    assert engine.rows("SELECT table_name FROM duckdb_tables()") == [("invoices",)]
    engine.close()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("folder", "is a folder"),
        ("file.txt/freio.duckdb", "cannot be opened.*File exists|cannot be opened.*Not a dir"),
    ],
)
def test_a_place_that_cannot_be_is_named(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").write_text("a file")
    with pytest.raises(StoreError, match=said):
        opened(tmp_path / place)


def test_a_file_that_may_not_be_written_is_named(database: Path) -> None:
    database.chmod(0o444)
    database.parent.chmod(0o555)
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from core.errors import StoreError\n"
        "from tests.faults.parts import opened\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "try: opened(Path(sys.argv[1]))\n"
        "except StoreError as error: print(error)\n"
    )
    for folder in database.parents[:3]:  # other users cannot read the test's own folders
        folder.chmod(0o755)
    reported = subprocess.run(
        [sys.executable, "-c", code, str(database)],
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Permission denied" in reported.stdout
    assert "Check the path and its permissions" in reported.stdout


@pytest.mark.long
def test_on_a_read_only_disk_with_a_log_left_behind_the_server_starts_and_says_why(
    tmp_path: Path,
) -> None:
    found = on_a_tmpfs("read_only", tmp_path)
    assert found["serves"]
    assert found["reported"].startswith("StoreError: The database")
    assert "cannot be opened" in found["reported"]
    assert "Read-only file system" in found["reported"]


@pytest.mark.parametrize(
    "name", ["x" * 300 + ".duckdb", "loop/freio.duckdb", "folder/freio.duckdb"]
)
def test_what_the_system_refuses_at_the_start_is_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    # Put a folder where the log should be.
    log_of(tmp_path / "folder" / "freio.duckdb").mkdir(parents=True)
    (tmp_path / "folder" / "freio.duckdb.wal" / "something").touch()
    with pytest.raises(StoreError):
        opened(tmp_path / name)


def test_an_error_of_the_system_while_freio_starts_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(_settings: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(instance, "build", failing)
    with pytest.raises(StoreError, match=r"cannot start.*Input/output error.*Correct that"):
        instance.current()
