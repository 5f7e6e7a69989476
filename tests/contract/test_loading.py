"""Loading a file: dry run; all rows or none; no write of another person is lost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from core.domain.list_query import ListQuery
from core.domain.load_results import ImportSummary, Reason, Reject
from core.domain.model import Actor, Confirmation, Role, SendConfiguration
from core.domain.states import State
from core.feed.interpreting.headings import FieldSource
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping
from core.feed.saved_mappings import SavedMappings
from core.ports.feed_batches import Batch
from core.ports.shared_state import DEMO, ORIGIN
from core.settings import Settings
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, Sends, actions, clear, load, send


def summary(id: str = "2", minutes: int = 5) -> ImportSummary:
    at = NOW + timedelta(minutes=minutes)
    return ImportSummary(id=id, name="f", loaded_at=at, actor="t", as_of=at)


def found(store: SqlStore, id: str) -> SendConfiguration:
    one = store.configuration(send(id).id)
    assert one is not None
    return one


@dataclass(frozen=True)
class Interleaved:
    """A feed that does something after its last row is staged and before it is compared."""

    sends: list[SendConfiguration]
    then: Callable[[], object]
    headings: tuple[str, ...] = field(default=())
    fingerprint: str = ""
    size: int = 0
    is_part: bool = False

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        yield from Sends(self.sends).batches(only)
        self.then()

    def repeated(self, lines: object) -> list[Reject]:
        raise AssertionError(lines)


def progress_then(step: str, work: Callable[[], object]) -> Callable[[str], None]:
    return lambda reported_step: work() if reported_step == step else None  # type: ignore[func-returns-value]


def test_a_dry_run_returns_what_a_load_does_and_changes_nothing(store: SqlStore) -> None:
    load(store, send("a"), send("b"), send("c"), send("d"))
    for id in "cd":
        actions(store, own=False).abort(send(id).id, ME)
    feed = Sends(
        [
            *(send("a"), send("b", State.PROCESANDO), send("n")),
            *(send("c", State.CANCELLED), send("d", State.IN_PROGRESS, 5_000)),
        ],
        [Reject(line=9, raw="x", reasons=[Reason("bad")], id="r")],
    )
    before = [found(store, id) for id in "abcd"]
    revision = store.revision
    tried = store.compare(summary(), feed)
    assert store.revision == revision
    assert [found(store, id) for id in "abcd"] == before
    done = store.load(summary(), feed)
    assert replace(tried.summary, headings=done.headings) == done
    assert [(a.name, a.confirmation, a.generated, a.actor) for a in tried.aborts] == [
        ("Promoção d", Confirmation.CONTRADICTED, 5_000, ME.name),
        ("Promoção c", Confirmation.CONFIRMED, 0, ME.name),
    ]
    assert [(r.line, r.reason) for r in tried.rejects] == [(9, "bad")]
    assert (done.new, done.changed, done.unchanged, done.stale, done.held, done.rejected) == (
        *(1, 1, 1, 0, 2, 1),
    )
    assert (done.confirmed, done.left_open, done.contradicted) == (1, 0, 1)
    assert store.imports(1) == [done]
    assert [r.id for r in store.rejects("2", 9)] == [""]


def test_all_that_is_wrong_with_a_row_is_kept(store: SqlStore) -> None:
    reasons = [
        Reason("“{text}” is odd", {"text": "ã"}, "name"),
        Reason("bad", {}, "id"),
        Reason("x"),
    ]
    store.load(summary(), Sends([send("a")], [Reject(line=2, raw="r", reasons=reasons)]))
    assert store.rejects("2", 9) == [Reject(line=2, raw="r", reasons=reasons)]


def test_the_same_file_again_changes_nothing(store: SqlStore) -> None:
    feed = Sends([send("a"), send("b", State.IN_PROGRESS, 5_000)])
    store.load(summary("1"), feed)
    versions = [found(store, id).version for id in "ab"]
    again = store.load(summary("2"), feed)
    assert (again.unchanged, again.rows) == (2, 2)
    assert [found(store, id).version for id in "ab"] == versions


def test_an_abort_between_comparing_and_writing_is_judged_again(store: SqlStore) -> None:
    load(store, send("a"), send("b"))

    def abort() -> None:
        actions(store, own=False).abort(send("a").id, ME)

    feed = Sends([send("a", State.PROCESANDO), send("b", State.PROCESANDO)])
    done = store.load(summary(), feed, progress=progress_then("writing", abort))
    assert (done.changed, done.held) == (1, 1)
    assert found(store, "a").state is State.CANCELLED
    assert found(store, "b").state is State.PROCESANDO


def test_a_send_that_another_file_brought_meanwhile_is_judged_again(store: SqlStore) -> None:
    done = store.load(
        summary(),
        Sends([send("a")]),
        progress=progress_then("writing", lambda: load(store, send("a"))),
    )
    assert (done.new, done.unchanged) == (0, 1)
    assert found(store, "a").version == 1


def test_a_full_snapshot_misses_what_another_file_brought_into_an_empty_store_meanwhile(
    store: SqlStore,
) -> None:
    other = progress_then("writing", lambda: load(store, send("b")))
    done = store.load(summary(), Sends([send("a")]), is_full=True, progress=other)
    assert (done.new, done.missing) == (1, 1)
    assert found(store, "b").unreported_since is not None


def test_generation_that_another_write_reported_is_kept(store: SqlStore) -> None:
    load(store, send("a", State.IN_PROGRESS, 0))
    silent = send("a", State.IN_PROGRESS, None)
    began = replace(silent, generated_records=5_000)
    store.load(
        summary(), Sends([silent]), progress=progress_then("writing", lambda: load(store, began))
    )
    assert found(store, "a").generated_records == 5_000


def test_a_load_given_up_at_any_step_leaves_no_trace(store: SqlStore) -> None:
    load(store, send("a"))
    for step in ("comparing", "writing"):

        def give_up() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.load(summary(), Sends([send("b")]), progress=progress_then(step, give_up))
    with pytest.raises(KeyboardInterrupt):
        store.load(summary(), Interleaved([send("b")], give_up))
    assert store.page(ListQuery()).total == 1
    assert len(store.imports(9)) == 1
    # The connection can still be used.
    assert store.load(summary(), Sends([send("b")])).new == 1


def test_many_files_in_a_row_are_compared_on_an_empty_store_and_on_a_full_one(
    store: SqlStore,
) -> None:
    for _ in range(6):
        assert store.compare(summary(), Sends([send("a")])).summary.new == 1
    load(store, send("a"))
    for _ in range(6):
        assert store.compare(summary(), Sends([send("a")])).summary.unchanged == 1


def test_saved_mappings_stay_when_the_data_is_replaced(store: SqlStore) -> None:
    icomm = FeedMapping(
        name="Icomm", fields={"name": FieldSource(("Qual",))}, zone=ZoneInfo("Europe/Madrid")
    )
    SavedMappings(store).save(icomm)
    store.set_fact(ORIGIN, DEMO)
    store.load(summary(), Sends([send("a")]), replace_demo=True)
    clear(store)
    assert SavedMappings(store).all() == [icomm]
    assert store.fact("origin") is None


def test_a_file_is_read_by_the_columns_and_the_zone_remembered_for_its_source(
    store: SqlStore,
) -> None:
    loader = Loader(store, Settings(), lambda: NOW)
    loader.mappings.save(
        FeedMapping(
            name="Icomm", fields={"name": FieldSource(("Qual",))}, zone=ZoneInfo("Europe/Madrid")
        )
    )
    file = b"id,Qual,state,total_records,scheduled_at\na,x,sent,5,2026-11-23 14:30\n"
    loader.load(BytesIO(file), "f.csv", Actor("t", Role.ADMINISTRATOR))
    assert found(store, "a").scheduled_at == datetime(2026, 11, 23, 13, 30, tzinfo=UTC)


def test_a_full_snapshot_marks_what_it_leaves_out_and_a_later_one_takes_it_back(
    store: SqlStore,
) -> None:
    load(store, send("a"), send("b"))
    first = store.load(summary("2", 5), Sends([send("a")]), is_full=True)
    assert first.missing == 1
    assert found(store, "b").unreported_since == NOW + timedelta(minutes=5)
    assert found(store, "b").state is State.SCHEDULED
    assert store.load(summary("3", 6), Sends([send("a")]), is_full=True).missing == 0
    older = store.load(summary("4", 1), Sends([send("b")]))
    assert (older.unchanged, found(store, "b").unreported_since is None) == (1, False)
    store.load(summary("5", 9), Sends([send("b")]))
    assert found(store, "b").unreported_since is None
    history = store.history(send("b").id, 9)
    assert [change.version for change in history] == [1, 2, 3]


def test_a_row_that_could_not_be_read_is_not_taken_for_missing(store: SqlStore) -> None:
    load(store, send("a"), send("b"), send("c"))
    named = Reject(line=3, raw="b,…", reasons=[Reason("bad", {}, "state")], id="b")
    done = store.load(summary("2"), Sends([send("a")], [named]), is_full=True)
    assert done.missing == 1
    assert found(store, "b").unreported_since is None
    nameless = replace(named, id="")
    done = store.load(summary("3"), Sends([send("a")], [nameless]), is_full=True)
    assert done.missing is None


def test_a_confirmation_reaches_the_receipt_of_an_unchanged_send(store: SqlStore) -> None:
    load(store, send("a"))
    actions(store, own=False).abort(send("a").id, ME)
    load(store, send("a", State.CANCELLED))
    (receipt,) = store.receipts_of(send("a").id)
    assert receipt.confirmation is Confirmation.CONFIRMED
