"""Two files replace the demo at the same time: the later one deletes no data of the other."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State
from core.feed.interpreting.headings import FieldSource
from core.feed.load_options import LoadOptions
from core.feed.mapping import FeedMapping
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
from tests.faults.parts import journal_of, state_of
from tests.postgres_server import Server
from tests.sends import receipts_in

ME = Actor("operador 1", Role.ADMINISTRATOR)
HEADINGS = "id,name,state,total_records,generated_records,scheduled_at\n"


def file(*ids: str) -> BytesIO:
    rows = (f"{id},x,scheduled,9000,0,2030-01-01T00:00:00Z\n" for id in ids)
    return BytesIO((HEADINGS + "".join(rows)).encode())


def at_step(step: str, work: Callable[[], None]) -> LoadOptions:
    """Return options that call `work` once, when a load reaches a step."""
    left = [work]

    def heard(reported_step: str, _rows: int, _share: float) -> None:
        if reported_step == step and left:
            left.pop()()

    return LoadOptions(progress=heard)


@pytest.fixture(params=["DuckDB", "PostgreSQL"])
def freio(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Application]:
    url = f"duckdb:///{tmp_path}/freio.duckdb"
    if request.param == "PostgreSQL":
        url = request.getfixturevalue("postgres").new_database()
    made = build(Settings(database=url))
    made.demo.prepare()
    yield made
    made.stop()


@pytest.mark.parametrize("step", ["reading", "comparing", "writing"])
def test_an_abort_acknowledged_while_another_file_is_on_its_way_stays(
    freio: Application, step: str, tmp_path: Path
) -> None:
    def small_file_comes() -> None:
        freio.loader.load(file("s1"), "small.csv", ME)
        assert freio.aborts.abort(ConfigurationId("s1"), ME).accepted

    freio.loader.load(file("l1", "l2"), "large.csv", ME, at_step(step, small_file_comes))
    assert state_of(freio.store, "s1")[0] is State.CANCELLED
    assert [r.configuration_id for r in receipts_in(freio.store)] == ["s1"]
    assert freio.store.configuration(ConfigurationId("l2")) is not None
    assert freio.store.check_audit_log().is_sound
    assert freio.store.check_journal().is_sound
    if not freio.settings.is_server:
        assert b'"s1"' in journal_of(tmp_path / "freio.duckdb").read_bytes()


def test_two_people_may_save_a_mapping_each_at_once(postgres: Server) -> None:
    url = postgres.new_database()
    one, other = (build(Settings(database=url, demo=False)) for _ in range(2))
    read, kept = one.store.fact, []

    def read_early(name: str) -> str | None:
        found = read(name)
        if not kept:
            kept.append(name)
            other.loader.mappings.save(
                FeedMapping(name="b", fields={"name": FieldSource(("Qual",))})
            )
        return found

    one.store.fact = read_early  # type: ignore[method-assign]
    one.loader.mappings.save(
        FeedMapping(name="a", fields={"scheduled_at": FieldSource(("Quando",))})
    )
    assert [each.name for each in other.loader.mappings.all()] == ["a", "b"]
    one.stop()
    other.stop()
