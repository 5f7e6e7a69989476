"""The data origin is decided in the transaction of a write, not when a file is opened."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from core.domain.lifecycle import Step
from core.domain.list_query import ListQuery
from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Confirmation, Guard, ReceiptId, Role, Source
from core.domain.states import State
from core.errors import FeedError
from core.feed.interpreting.headings import FieldSource
from core.feed.loader import DEMO_DAY, FEED, Loader
from core.feed.mapping import FeedMapping
from core.feed.saved_mappings import MAX_MAPPINGS, SavedMappings
from core.ports.loading import FactsChangedError
from core.ports.shared_state import DEMO, ORIGIN
from core.services.aborts import AbortService
from core.settings import Settings
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from core.store.writes.data_origin import data_origin, held_origin
from core.store.writes.loading import drop_demo_data
from tests.contract.test_known_files import Watched
from tests.contract.test_loading import progress_then
from tests.postgres_server import Server
from tests.sends import ME, NOW, Sends, actions, clear, load, receipts_in, send

pytestmark = pytest.mark.slow

QUAL = {"name": FieldSource(("Qual",))}
SOMEBODY = Actor("t", Role.ADMINISTRATOR)


def summary(id: str) -> ImportSummary:
    return ImportSummary(id=id, name="f", loaded_at=NOW, actor="t")


def with_demo(store: SqlStore, *ids: str) -> None:
    facts = {ORIGIN: DEMO, DEMO_DAY: "2026-11-23"}
    store.load(summary(f"demo {ids}"), Sends([send(id) for id in ids]), facts=facts)


def file_replaces(store: SqlStore, *ids: str) -> None:
    """Load a file, as a person does."""
    sends = Sends([send(id) for id in ids])
    store.load(summary(f"file {ids}"), sends, replace_demo=True, facts={ORIGIN: FEED})


def ids(store: SqlStore) -> list[str]:
    return sorted(row.id for row in store.page(ListQuery()).rows)


@pytest.mark.parametrize("step", ["comparing", "writing"])
def test_two_files_at_once_replace_the_demo_once(store: SqlStore, step: str) -> None:
    with_demo(store, "d")
    work = [lambda: (file_replaces(store, "b"), actions(store, own=False).abort(send("b").id, ME))]
    progress_callback = progress_then(step, lambda: work and work.pop()())
    sends = Sends([send("a")])
    store.load(
        summary("1"), sends, replace_demo=True, facts={ORIGIN: FEED}, progress=progress_callback
    )
    assert ids(store) == ["a", "b"]
    assert [r.configuration_id for r in receipts_in(store)] == ["b"]
    assert store.check_audit_log().is_sound


def test_a_file_that_was_read_before_the_demo_came_replaces_it(store: SqlStore) -> None:
    work = [lambda: with_demo(store, "d")]
    progress_callback = progress_then("writing", lambda: work and work.pop()())
    store.load(
        summary("1"),
        Sends([send("a")]),
        replace_demo=True,
        facts={ORIGIN: FEED},
        progress=progress_callback,
    )
    assert ids(store) == ["a"]
    assert store.fact(ORIGIN) == FEED


def test_a_file_known_from_data_that_was_dropped_meanwhile_is_read_to_its_end(
    store: SqlStore,
) -> None:
    feed = Watched([send("a"), send("b")])
    store.load(summary("1"), feed)
    work = [lambda: clear(store)]
    progress_callback = progress_then("writing", lambda: work and work.pop()())
    assert store.load(summary("2"), feed, progress=progress_callback).new == 2
    assert ids(store) == ["a", "b"]


def sample(tmp_path: Path, id: str) -> Path:
    path = tmp_path / "sample.csv"
    path.write_text(f"id,name,state,total_records,scheduled_at\n{id},d,SCHEDULED,9,T+01:00:00\n")
    return path


def loader(store: SqlStore, now: datetime = NOW) -> Loader:
    return Loader(store, Settings(), lambda: now)


@pytest.mark.parametrize("there", [(), ("d",)], ids=["an empty store", "demo data"])
def test_demo_data_never_comes_over_a_file_that_came_first(
    store: SqlStore, tmp_path: Path, there: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if there:
        with_demo(store, *there)
    really_load = store.load

    def load_late(*args: object, **kwargs: object) -> ImportSummary:
        monkeypatch.undo()
        file_replaces(store, "a")
        return really_load(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "load", load_late)
    tomorrow = loader(store, NOW + timedelta(days=1))
    assert tomorrow.load_sample(sample(tmp_path, "new")) is None
    assert ids(store) == ["a"]
    assert store.fact(ORIGIN) == FEED


def test_the_demo_is_renewed_once_a_day_and_only_forward(store: SqlStore, tmp_path: Path) -> None:
    path = sample(tmp_path, "d")
    assert loader(store).load_sample(path) is not None
    assert loader(store).load_sample(path) is None
    assert loader(store, NOW + timedelta(days=1)).load_sample(path) is not None
    assert loader(store).load_sample(path) is None
    file_replaces(store, "a")
    assert loader(store, NOW + timedelta(days=2)).load_sample(path) is None
    assert ids(store) == ["a"]


def test_the_same_renewal_by_another_dashboard_meanwhile_is_not_repeated(store: SqlStore) -> None:
    with_demo(store, "d")
    expects = {ORIGIN: DEMO, DEMO_DAY: "2026-11-22"}
    with pytest.raises(FactsChangedError):
        store.load(summary("1"), Sends([send("e")]), replace_demo=True, expects=expects)
    assert ids(store) == ["d"]


def test_a_feeds_data_is_not_dropped_as_if_it_were_the_demo(store: SqlStore) -> None:
    with_demo(store, "d")
    file_replaces(store, "a")
    assert not store.drop_demo()
    assert ids(store) == ["a"]


def test_nothing_but_demo_data_can_be_dropped(store: SqlStore) -> None:
    file_replaces(store, "a")
    with pytest.raises(ValueError, match="only demo data"), store._engine.transaction() as tx:
        drop_demo_data(tx, data_origin(tx))
    assert ids(store) == ["a"]


def test_an_abort_decided_by_the_demos_rules_is_decided_again_by_the_files(
    store: SqlStore,
) -> None:
    with_demo(store, "a")
    work: list[Callable[[], None]] = [lambda: file_replaces(store, "a")]

    def store_is_platform() -> bool:
        own = store.fact(ORIGIN) == DEMO
        if work:
            work.pop()()
        return own

    outcome = AbortService(store, lambda: NOW, store_is_platform, lambda: NOW).abort(
        send("a").id, ME
    )
    assert outcome.receipt is not None
    assert outcome.receipt.confirmation is Confirmation.OPEN
    assert [r.confirmation for r in receipts_in(store)] == [Confirmation.OPEN]


def test_a_refusal_by_the_demos_facts_is_not_kept_among_the_files_receipts(
    store: SqlStore,
) -> None:
    store.load(summary("demo"), Sends([send("a", State.SENT_DONE, 7_000)]), facts={ORIGIN: DEMO})
    work: list[Callable[[], None]] = [lambda: file_replaces(store, "a")]

    def clock() -> datetime:
        if work:
            work.pop()()
        return NOW

    assert AbortService(store, clock, lambda: False, lambda: NOW).abort(send("a").id, ME).accepted
    assert [r.accepted for r in receipts_in(store)] == [True]


def test_a_step_of_the_simulation_is_not_taken_in_a_files_data(store: SqlStore) -> None:
    with_demo(store, "a")
    era, before = store.era(), send("a")
    file_replaces(store, "a")
    after = send("a", State.PROCESANDO)
    step = Step(Guard.of(before), replace(after, updated_at=NOW, version=2))
    assert store.advance([step], Source.SIMULATOR, "t", era=era) == 0
    assert store.advance([step], Source.SIMULATOR, "t", era=store.era()) == 1


def test_a_receipt_is_put_back_once_and_only_by_the_facts_of_the_moment(store: SqlStore) -> None:
    load(store, send("a", State.SENT_DONE, 7_000))
    guard, era = Guard.of(send("a")), store.era()
    receipt = actions(store).abort(send("a").id, ME).receipt
    assert receipt is not None
    assert store.record_receipt(receipt, era=era)
    assert receipts_in(store) == [receipt]
    assert not store.record_receipt(receipt, era="another")
    load(store, send("a", State.SENT_DONE, 7_001))
    after = replace(send("a", State.SENT_DONE, 7_001), version=3)
    assert not store.commit_abort(guard, after, replace(receipt, id=ReceiptId("b")), era=era)
    assert receipts_in(store) == [receipt]


def test_two_people_who_save_mappings_at_once_keep_both(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_read, mappings = store.fact, SavedMappings(store)

    def read_early(name: str) -> str | None:
        found = really_read(name)
        monkeypatch.undo()
        mappings.save(FeedMapping(name="other", fields=QUAL))
        return found

    monkeypatch.setattr(store, "fact", read_early)
    mappings.save(FeedMapping(name="mine", fields=QUAL))
    assert [each.name for each in mappings.all()] == ["mine", "other"]
    monkeypatch.setattr(store, "fact", read_early)
    mappings.delete("mine")
    assert [each.name for each in mappings.all()] == ["other"]


def test_there_are_never_more_mappings_than_may_be(store: SqlStore) -> None:
    mappings = SavedMappings(store)
    for n in range(MAX_MAPPINGS):
        mappings.save(FeedMapping(name=f"m{n}", fields=QUAL))
    with pytest.raises(FeedError, match="100 mappings already"):
        mappings.save(FeedMapping(name="one more"))
    mappings.save(FeedMapping(name="m1", fields={"name": FieldSource(("Quem",))}))
    assert len(mappings.all()) == MAX_MAPPINGS


def test_a_full_file_leaves_out_what_was_written_to_meanwhile_and_what_came_meanwhile(
    store: SqlStore,
) -> None:
    load(store, send("a"), send("b"))

    def meanwhile() -> None:
        load(store, send("n"))
        actions(store).abort(send("b").id, ME)

    done = store.load(
        summary("2"), Sends([send("a")]), is_full=True, progress=progress_then("writing", meanwhile)
    )
    missing = [row.id for row in store.page(ListQuery()).rows if row.unreported_since]
    assert (done.missing, sorted(missing)) == (2, ["b", "n"])


def test_a_known_full_file_leaves_out_what_came_meanwhile(store: SqlStore) -> None:
    feed = Watched([send("a"), send("b")])
    store.load(summary("1"), feed, is_full=True)
    work = [lambda: load(store, send("n"))]
    progress_callback = progress_then("writing", lambda: work and work.pop()())
    assert store.load(summary("2"), feed, is_full=True, progress=progress_callback).missing == 1


def test_what_a_full_file_leaves_out_is_counted_as_it_was_written(store: SqlStore) -> None:
    load(store, send("a"), send("b"))
    other = progress_then(
        "writing", lambda: store.load(summary("1"), Sends([send("a")]), is_full=True)
    )
    assert store.load(summary("2"), Sends([send("a")]), is_full=True, progress=other).missing == 0


def test_who_replaces_everything_waits_for_who_holds_the_data(postgres: Server) -> None:
    url = postgres.new_database()
    store, other = SqlStore(PostgresEngine(url)), SqlStore(PostgresEngine(url))
    with_demo(store, "a")
    replacing = threading.Thread(target=file_replaces, args=(other, "b"))
    with store._engine.transaction() as tx:
        held = held_origin(tx)
        replacing.start()
        replacing.join(0.5)
        assert replacing.is_alive()
        assert actions(store).abort(send("a").id, ME).accepted, "others hold it too"
    replacing.join(30)
    assert (ids(store), store.era() != held.era) == (["b"], True)
    store.close()
    other.close()


def test_dashboards_that_start_at_once_on_an_empty_database_share_an_era(
    postgres: Server,
) -> None:
    url = postgres.new_database()
    stores = [SqlStore(PostgresEngine(url)) for _ in range(2)]
    assert stores[0].era() == stores[1].era() != ""
    assert not stores[0].change_fact("era", None, "another")
    for store in stores:
        store.close()


_FILE = b"id,name,state,total_records,scheduled_at\na,x,scheduled,5,2030-01-01\n"


def test_a_trial_says_what_the_file_does_to_the_data_there_is(store: SqlStore) -> None:
    with_demo(store, "d", "a")
    assert loader(store).preview(BytesIO(_FILE), "f.csv", SOMEBODY).summary.new == 1
    assert loader(store).load(BytesIO(_FILE), "f.csv", SOMEBODY).new == 1
    assert loader(store).preview(BytesIO(_FILE), "f.csv", SOMEBODY).summary.new == 0
