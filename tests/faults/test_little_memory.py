"""Writes that need more memory than the database may use end with an error."""

from pathlib import Path

import pytest

from core.errors import CommitUnknownError
from core.store.duckdb.engine import DuckDBEngine


def test_keys_that_do_not_fit_into_memory_are_an_error_and_no_row_is_written(
    tmp_path: Path,
) -> None:
    engine = DuckDBEngine(tmp_path / "small.duckdb", memory_mb=30)
    with engine.transaction() as tx:
        tx.rows("CREATE TABLE t (id VARCHAR PRIMARY KEY)")
    with pytest.raises(CommitUnknownError) as failed, engine.transaction() as tx:
        tx.change("INSERT INTO t SELECT 'CFG-' || i FROM range(400000) r(i)")
    assert "takes more memory" in str(failed.value.cause)
    assert "FREIO_MEMORY_MB" in str(failed.value.cause)
    assert engine.rows("SELECT count(*) FROM t") == [(0,)]
    engine.close()


def test_a_session_with_very_many_keys_has_more_memory_until_it_ends(tmp_path: Path) -> None:
    engine = DuckDBEngine(tmp_path / "large.duckdb", memory_mb=300)
    asked = "SELECT current_setting('memory_limit')"
    usual = engine.rows(asked)
    with engine.session() as session:
        session.make_room(1_000_000)
        assert engine.rows(asked) == usual
        session.make_room(10_000_000)
        more = engine.rows(asked)
        assert more != usual
        with engine.session():
            pass
        assert engine.rows(asked) == more
    assert engine.rows(asked) == usual
    engine.close()
