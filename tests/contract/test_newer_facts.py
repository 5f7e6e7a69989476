"""Newer facts replace older ones, also for a send that the platform had ended."""

from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest

from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Confirmation, Role, SendConfiguration
from core.domain.states import State
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.services.aborts import AbortOutcome
from core.settings import Settings
from core.store.sql_store import SqlStore
from tests.daily_counts_check import is_true
from tests.sends import ME, NOW, Sends, actions, at, merge, send

pytestmark = pytest.mark.slow

BOSS = Actor("boss", Role.ADMINISTRATOR)
HEADING = "id,name,state,total_records,generated_records,scheduled_at,updated_at\n"
#: The two files of a bug report: the platform stopped two sends, but five minutes later they run.
STOPPED = (
    f"{HEADING}"
    "k1,Renewed in the platform,CANCELLED,9000,0,2030-01-01T12:00:00Z,2026-11-22T09:00:00Z\n"
    "k2,Retried after an error,ABORTED,9000,0,2030-01-01T12:00:00Z,2026-11-22T09:00:00Z\n"
)
RUNS_AGAIN = (
    f"{HEADING}"
    "k1,Renewed in the platform,IN-PROGRESS,9000,5000,2030-01-01T12:00:00Z,2026-11-22T09:05:00Z\n"
    "k2,Retried after an error,IN-PROGRESS,9000,0,2030-01-01T12:00:00Z,2026-11-22T09:05:00Z\n"
)
#: The same without their last column.
UNDATED = tuple(
    "\n".join(line.rpartition(",")[0] for line in file.splitlines())
    for file in (STOPPED, RUNS_AGAIN)
)


def read(store: SqlStore, file: str, made: float, loaded: float | None = None) -> ImportSummary:
    """Load a file that was made in `made` minutes, and loaded then or after `loaded` minutes."""
    loader = Loader(store, Settings(), lambda: at(made if loaded is None else loaded))
    return loader.load(BytesIO(file.encode()), "f.csv", BOSS, LoadOptions(as_of=at(made)))


def found(store: SqlStore, id: str) -> SendConfiguration:
    one = store.configuration(send(id).id)
    assert one is not None
    return one


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=26_000)])
@pytest.mark.parametrize("is_aborted", [False, True])
def test_a_change_in_the_future_does_not_make_later_reports_old(
    store: SqlStore, ahead: timedelta, is_aborted: bool
) -> None:
    merge(store, 0, send("a"))
    if is_aborted:
        abort(store, "a")
    merge(store, 1, replace(send("a", State.CANCELLED), updated_at=at(1) + ahead))
    assert found(store, "a").updated_at is None
    done = merge(store, 2, replace(send("a", State.IN_PROGRESS, 5_000), updated_at=at(2)))
    assert done.stale == 0
    if is_aborted:
        assert found(store, "a").abort_confirmation is Confirmation.CONTRADICTED
    else:
        assert found(store, "a").state is State.IN_PROGRESS


def test_clocks_may_differ_by_minutes(store: SqlStore) -> None:
    merge(store, 1, replace(send("a"), updated_at=at(64)))
    assert found(store, "a").updated_at == at(64)
    merge(store, 2, replace(send("a", State.CANCELLED), updated_at=at(66)))
    assert found(store, "a").updated_at == at(64)


def abort(store: SqlStore, id: str) -> AbortOutcome:
    return actions(store, own=False).abort(send(id).id, ME)


def test_a_send_that_the_platform_ended_and_reports_as_running_since_is_shown_so(
    store: SqlStore,
) -> None:
    read(store, STOPPED, 0)
    done = read(store, RUNS_AGAIN, 5)
    assert (done.changed, done.stale) == (2, 0)
    k1, k2 = found(store, "k1"), found(store, "k2")
    assert (k1.state, k1.generated_records) == (State.IN_PROGRESS, 5_000)
    assert (k2.state, k2.generated_records) == (State.IN_PROGRESS, 0)
    assert (k1.reopened_from, k2.reopened_from) == (State.CANCELLED, State.ABORTED)
    assert (k1.reopened_at, k1.doubted_since) == (at(5), None)
    assert is_true(store)


@pytest.mark.parametrize("made", [5, -5])
def test_with_their_times_the_order_of_two_files_does_not_matter(
    store: SqlStore, made: float
) -> None:
    read(store, RUNS_AGAIN, 0)
    done = read(store, STOPPED, made, loaded=6)
    assert (done.changed, done.stale) == (0, 2)
    assert found(store, "k1").state is found(store, "k2").state is State.IN_PROGRESS
    assert found(store, "k1").generated_records == 5_000


def test_a_send_that_runs_again_can_be_aborted_and_stays_so(store: SqlStore) -> None:
    read(store, STOPPED, 0)
    read(store, RUNS_AGAIN, 5)
    assert abort(store, "k2").accepted
    assert not abort(store, "k1").accepted
    later = RUNS_AGAIN.replace("09:05", "09:06")
    assert read(store, later, 6).held == 1
    assert found(store, "k2").state is State.CANCELLED


def test_without_times_a_later_file_reopens_a_send_which_is_in_doubt_until_a_second_report(
    store: SqlStore,
) -> None:
    read(store, UNDATED[0], 0)
    assert read(store, UNDATED[1], 5).changed == 2
    k2 = found(store, "k2")
    assert (k2.state, k2.reopened_from) == (State.IN_PROGRESS, State.ABORTED)
    assert k2.doubted_since == at(5)
    # The same file with the same time of export is no second report.
    assert read(store, UNDATED[1], 5, loaded=6).unchanged == 2
    assert found(store, "k2").doubted_since == at(5)
    # With a later time of export it is one.
    assert read(store, UNDATED[1], 7).unchanged == 2
    assert found(store, "k2").doubted_since is None
    assert found(store, "k2").reopened_from is State.ABORTED
    versions = [change.version for change in store.history(send("k2").id, 9)]
    assert versions == [1, 2, 3]
    assert is_true(store)


def test_a_report_that_moves_on_agrees_and_one_that_ends_it_again_does_too(
    store: SqlStore,
) -> None:
    ends = {"a": State.DELIVERY_ENDING, "b": State.CANCELLED}
    merge(store, 0, *(send(id, State.CANCELLED) for id in ends))
    merge(store, 5, *(send(id, State.IN_PROGRESS) for id in ends))
    assert {found(store, id).doubted_since for id in ends} == {at(5)}
    merge(store, 6, *(send(id, last) for id, last in ends.items()))
    assert {id: found(store, id).state for id in ends} == ends
    assert {found(store, id).doubted_since for id in ends} == {None}


@pytest.mark.parametrize("state", [State.CANCELLED, State.ABORTED, State.SENT_DONE])
def test_without_times_an_older_file_neither_reopens_a_send_nor_ends_it(
    store: SqlStore, state: State
) -> None:
    merge(store, 5, send("ended", state), send("runs", State.IN_PROGRESS))
    ended = State.ABORTED if state is State.SENT_DONE else state
    done = merge(store, 0, send("ended", State.IN_PROGRESS), send("runs", ended))
    assert (done.changed, done.stale) == (0, 2)
    assert (found(store, "ended").state, found(store, "runs").state) == (state, State.IN_PROGRESS)
    assert found(store, "ended").doubted_since is found(store, "runs").doubted_since is None


def test_a_send_that_a_newer_file_may_have_had_is_in_doubt_and_not_moved(
    store: SqlStore,
) -> None:
    merge(store, 0, send("a", State.CANCELLED))
    merge(store, 10, send("other"))  # it may have contained "a": an unchanged row leaves no trace
    done = merge(store, 5, send("a", State.IN_PROGRESS))
    assert (done.changed, done.stale) == (0, 1)
    a = found(store, "a")
    assert (a.state, a.doubted_since) == (State.CANCELLED, at(5))
    # A second report that shows it running ends the doubt …
    merge(store, 6, send("a", State.IN_PROGRESS))
    assert found(store, "a").state is State.IN_PROGRESS
    assert found(store, "a").doubted_since == at(6)
    merge(store, 11, send("a", State.IN_PROGRESS))
    assert found(store, "a").doubted_since is None


def test_a_report_of_the_same_end_takes_the_doubt_away(store: SqlStore) -> None:
    merge(store, 0, send("a", State.CANCELLED))
    merge(store, 10, send("other"))
    merge(store, 5, send("a", State.IN_PROGRESS))
    merge(store, 11, send("a", State.CANCELLED))
    a = found(store, "a")
    assert (a.state, a.doubted_since, a.reopened_from) == (State.CANCELLED, None, None)


def test_equal_update_times_count_like_missing_ones(store: SqlStore) -> None:
    def stamped(id: str, state: State) -> SendConfiguration:
        return replace(send(id, state), updated_at=NOW)

    merge(store, 0, stamped("a", State.CANCELLED))
    merge(store, 5, stamped("a", State.IN_PROGRESS))
    assert found(store, "a").doubted_since == at(5)
    merge(store, 5, stamped("b", State.IN_PROGRESS))
    merge(store, 0, stamped("b", State.CANCELLED))
    assert found(store, "b").state is State.IN_PROGRESS


def test_a_send_can_be_scheduled_anew_by_a_newer_report(store: SqlStore) -> None:
    merge(store, 0, replace(send("a", State.PROCESANDO), updated_at=at(-9)))
    merge(store, 1, replace(send("a", State.PAUSED), updated_at=at(-8)))
    done = merge(store, 2, replace(send("a", State.SCHEDULED), updated_at=at(-7)))
    assert (done.changed, found(store, "a").state) == (1, State.SCHEDULED)
    assert found(store, "a").reopened_from is None


def test_a_send_that_was_done_and_runs_again_keeps_what_was_generated(store: SqlStore) -> None:
    merge(store, 0, replace(send("a", State.SENT_DONE, 7_000), updated_at=at(-9)))
    done = merge(store, 1, replace(send("a", State.IN_PROGRESS, 0), updated_at=at(-8)))
    a = found(store, "a")
    assert (done.changed, a.state, a.generated_records) == (1, State.IN_PROGRESS, 7_000)
    assert a.reopened_from is State.SENT_DONE
    merge(store, 2, replace(send("a", State.SENT_DONE, 7_000), updated_at=at(-7)))
    assert found(store, "a").reopened_from is None


def test_without_times_a_count_that_falls_is_older(store: SqlStore) -> None:
    merge(store, 0, send("a", State.ABORTED, 5_000))
    done = merge(store, 5, send("a", State.IN_PROGRESS, 0))
    assert (done.changed, done.stale) == (0, 1)
    assert found(store, "a").generated_records == 5_000


def test_a_send_that_ran_again_and_went_out_says_from_where_it_came_back(store: SqlStore) -> None:
    merge(store, 0, replace(send("a", State.CANCELLED), updated_at=at(-9)))
    merge(store, 1, replace(send("a", State.SENT_DONE, 7_000), updated_at=at(-8)))
    assert found(store, "a").reopened_from is State.CANCELLED
    merge(store, 2, replace(send("a", State.CANCELLED, 7_000), updated_at=at(-7)))
    assert found(store, "a").reopened_from is None


def test_another_file_that_came_meanwhile_counts_for_what_is_the_latest(store: SqlStore) -> None:
    merge(store, 0, send("a", State.CANCELLED), send("b"))

    def newer(step: str) -> None:
        if step == "writing":
            merge(store, 10, send("a", State.CANCELLED), send("b", State.PROCESANDO))

    summary = ImportSummary(id="s", name="f", loaded_at=at(60), actor="t", as_of=at(5))
    done = store.load(summary, Sends([send("a", State.IN_PROGRESS)]), progress=newer)
    assert (done.changed, done.stale) == (0, 1)
    assert found(store, "a").state is State.CANCELLED


def confirmed_abort(store: SqlStore, updated: datetime | None) -> None:
    merge(store, 0, replace(send("a"), updated_at=updated and at(-9)))
    abort(store, "a")
    merge(store, 5, replace(send("a", State.CANCELLED), updated_at=updated and at(-5)))
    assert receipt(store) is Confirmation.CONFIRMED


def receipt(store: SqlStore) -> Confirmation:
    (one,) = store.receipts_of(send("a").id)
    return one.confirmation


@pytest.mark.parametrize("updated", [None, at(-3)])
def test_a_confirmed_abort_is_contradicted_when_its_send_runs_again(
    store: SqlStore, updated: datetime | None
) -> None:
    confirmed_abort(store, updated)
    done = merge(store, 6, replace(send("a", State.IN_PROGRESS), updated_at=updated))
    assert (done.held, done.contradicted) == (1, 1)
    assert receipt(store) is Confirmation.CONTRADICTED
    assert found(store, "a").state is State.CANCELLED


@pytest.mark.parametrize(("updated", "made"), [(None, 4), (at(-7), 6)])
def test_an_older_report_does_not_contradict_an_abort_that_was_confirmed(
    store: SqlStore, updated: datetime | None, made: float
) -> None:
    confirmed_abort(store, updated)
    done = merge(store, made, replace(send("a", State.IN_PROGRESS), updated_at=updated))
    assert (done.held, done.contradicted) == (1, 0)
    assert receipt(store) is Confirmation.CONFIRMED


def test_an_open_abort_is_not_contradicted_while_its_send_still_waits(
    store: SqlStore,
) -> None:
    merge(store, 0, send("a"))
    abort(store, "a")
    assert merge(store, 5, send("a", State.PROCESANDO)).left_open == 1
    assert receipt(store) is Confirmation.OPEN
