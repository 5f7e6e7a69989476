"""Pages of the list, the results of loaded rows, and which process may open the file."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.list_query import ListQuery, Sort
from core.domain.load_results import ImportSummary
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import ON_ITS_WAY, State
from core.errors import StoreLockedError
from core.ports.shared_state import DEMO, ORIGIN
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Params, Row
from core.store.schema import migrations
from core.store.sql_store import SqlStore
from tests.sends import NOW, Sends, load, send

DAY = timedelta(days=1)


def ids(store: SqlStore, query: ListQuery) -> list[str]:
    return [row.id for row in store.page(query).rows]


def test_pages_of_every_order_hold_each_send_once(store: SqlStore) -> None:
    load(store, *(send(f"s{n}", State.SCHEDULED, total=n % 3) for n in range(60)))
    for sort in Sort:
        pages = [ids(store, ListQuery(sort=sort, page=page)) for page in (1, 2, 3)]
        assert sorted(id for page in pages for id in page) == sorted(f"s{n}" for n in range(60))


@pytest.mark.parametrize(
    ("sort", "ordered"),
    [
        (Sort.OLDEST, ["b", "a", "c", "d"]),
        (Sort.NEWEST, ["d", "c", "a", "b"]),
        (Sort.FEWEST, ["c", "a", "b", "d"]),
        (Sort.RECIPIENTS, ["d", "a", "b", "c"]),
        (Sort.NAME, ["d", "a", "b", "c"]),
        (Sort.NAME_DOWN, ["c", "b", "a", "d"]),
        (Sort.CLOSING, ["b", "a", "c", "d"]),
        (Sort.CLOSING_LAST, ["d", "c", "a", "b"]),
    ],
)
def test_each_order_sorts_by_its_column_and_then_by_id(
    store: SqlStore, sort: Sort, ordered: list[str]
) -> None:
    facts = {"a": ("Ótica", 5, 2), "b": ("ótica", 5, 1), "c": ("Pão", 1, 3), "d": ("Norte", 9, 4)}
    load(
        store,
        *(
            replace(send(id, total=total), name=name, scheduled_at=NOW + hour * DAY / 24)
            for id, (name, total, hour) in facts.items()
        ),
    )
    assert ids(store, ListQuery(sort=sort)) == ordered


@pytest.mark.parametrize("text", ["", "promo"])
def test_the_order_by_state_follows_the_lifecycle_and_loses_nothing(
    store: SqlStore, text: str
) -> None:
    life = (State.DRAFT, State.SCHEDULED, State.PROCESANDO, State.SENT_DONE, State.CANCELLED)
    load(
        store,
        *(
            replace(send(f"{state.value}-{n:02}", state), scheduled_at=NOW + n * DAY)
            for state in reversed(life)
            for n in range(12)
        ),
    )
    for sort, states in ((Sort.STATE, life), (Sort.STATE_DOWN, life[::-1])):
        query = ListQuery(sort=sort, text=text)
        found = [c for page in (1, 2, 3) for c in store.page(replace(query, page=page)).rows]
        assert [c.id for c in found] == [
            f"{state.value}-{n:02}"
            for state in states
            for n in (range(12) if state in ON_ITS_WAY else reversed(range(12)))
        ]
    one = ListQuery(sort=Sort.STATE, state=State.SENT_DONE, page_size=25)
    assert len(ids(store, one)) == 12


def test_the_only_send_is_shown_whatever_was_there_before_it(store: SqlStore) -> None:
    # DuckDB's row_group_pruner looks for the first rows of an order in a group of deleted rows.
    load(store, *(replace(send(name), name=name) for name in "abc"))
    store._engine.rows("CHECKPOINT")
    summary = ImportSummary(id="new", name="f", loaded_at=NOW, actor="t")
    store.set_fact(ORIGIN, DEMO)
    store.load(summary, Sends([replace(send("x"), name="b")]), replace_demo=True)
    assert {sort: ids(store, ListQuery(sort=sort)) for sort in Sort} == {s: ["x"] for s in Sort}


def test_what_closes_soonest_comes_first_and_the_rest_follows_newest_first(
    store: SqlStore,
) -> None:
    ahead = [replace(send(f"a{n}", State.SCHEDULED), scheduled_at=NOW + n * DAY) for n in range(30)]
    gone = [
        replace(send(f"g{n}", State.SENT_DONE, n % 2 or None), scheduled_at=NOW - n * DAY)
        for n in range(30)
    ]
    load(store, *reversed(ahead), *reversed(gone))
    wanted = [c.id for c in (*ahead, *gone)]
    for page in (1, 2, 3):
        begin = (page - 1) * 25
        assert ids(store, ListQuery(page=page)) == wanted[begin : begin + 25]
    assert ids(store, ListQuery(page=4)) == []


SECOND = timedelta(seconds=1)


def at(scheduled: timedelta, state: State, generated: int | None) -> SendConfiguration:
    id = f"{state}, {generated} generated, {scheduled.total_seconds():.0f} s"
    return replace(send(id, state, generated), scheduled_at=NOW + scheduled)


#: Sends of the next hour: those that are due in it, and those of the past day that have not begun.
IN_NEXT_HOUR = [
    at(timedelta(0), State.SCHEDULED, 0),
    at(timedelta(0), State.CANCELLED, 0),
    at(timedelta(hours=1) - SECOND, State.SCHEDULED, 0),
    *(
        at(late, state, generated)
        for late in (-SECOND, -DAY + SECOND)
        for state in (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS, State.PENDING)
        for generated in (0, None)
    ),
]
NOT_IN_NEXT_HOUR = [
    at(timedelta(hours=1), State.SCHEDULED, 0),
    at(-DAY, State.SCHEDULED, 0),
    at(-DAY, State.IN_PROGRESS, None),
    at(-SECOND, State.IN_PROGRESS, 1),
    at(-SECOND, State.DELIVERY_ENDING, None),
    at(-SECOND, State.SENT_DONE, None),
    at(-SECOND, State.CANCELLING, 0),
    at(-SECOND, State.CANCELLED, 0),
    at(-SECOND, State.ABORTED, 0),
    replace(at(-2 * SECOND, State.IN_PROGRESS, None), generation_started_at=NOW),
]


@pytest.mark.parametrize("sort", Sort)
def test_the_next_hour_includes_sends_that_are_overdue_and_have_not_begun(
    store: SqlStore, sort: Sort
) -> None:
    load(store, *IN_NEXT_HOUR, *NOT_IN_NEXT_HOUR)
    query = ListQuery(since=NOW, until=NOW + timedelta(hours=1), looks_ahead=True, sort=sort)
    expected = sorted(send.id for send in IN_NEXT_HOUR)
    assert sorted(ids(store, query)) == expected
    assert sorted(ids(store, replace(query, text="promocao"))) == expected
    counted = sum(count.configurations for count in store.state_counts(query))
    assert counted == store.page(query).total == len(expected)


def test_the_counts_of_the_next_day_are_what_its_list_shows(store: SqlStore) -> None:
    load(
        store,
        *(
            at(scheduled, State.SCHEDULED, 0)
            for scheduled in (-DAY, -DAY + SECOND, -SECOND, timedelta(0), DAY - SECOND, DAY)
        ),
        at(-SECOND, State.SCHEDULED, 1),
    )
    query = ListQuery(state=State.SCHEDULED, since=NOW, until=NOW + DAY, looks_ahead=True)
    page = store.page(query)
    assert page.total == 4
    counted = [c for c in store.state_counts(query) if query.includes(c)]
    assert [(c.configurations, c.recipients) for c in counted] == [(4, 4 * 7_000)]


@pytest.mark.parametrize(
    ("text", "found"),
    [("PROMOCAO s1", ["s1"]), ("%", []), ("_", []), ("' OR 1=1 --", []), ("s2", ["s2"])],
)
def test_search_ignores_case_and_accents_and_takes_signs_literally(
    store: SqlStore, text: str, found: list[str]
) -> None:
    load(store, send("s1", State.SCHEDULED), send("s2", State.SENT_DONE))
    assert ids(store, ListQuery(text=text)) == found


OPTICAL = replace(
    send("o1"), name="Óculos de sol", campaign="Liquidação", account="Ótica Boa Vista"
)
AURORA = replace(send("l1"), name="Ofertas 50%", audience="Clientes VIP", account="Loja Aurora")
OTHER = replace(send("x1", State.SENT_DONE), name="Óculos", account="Loja Central")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("otica oculos", ["o1"]),
        ("OCULOS   ótica", ["o1"]),
        ("liquidacao oculos", ["o1"]),
        ("loja aurora", ["l1"]),
        ("aurora vip 50%", ["l1"]),
        ("l1 loja", ["l1"]),
        ("loja", ["l1", "x1"]),
        ("oculos", ["o1", "x1"]),
        ("oculos oculos", ["o1", "x1"]),
        ("oculos aurora", []),
        ("loja _", []),
        ("vip loja visivel", []),
    ],
)
def test_search_finds_all_words_in_any_field_and_order(
    store: SqlStore, text: str, found: list[str]
) -> None:
    load(store, OPTICAL, AURORA, OTHER)
    query = ListQuery(text=text)
    assert sorted(ids(store, query)) == found
    assert sum(c.configurations for c in store.state_counts(query)) == len(found)


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        (ListQuery(text="oculos aurora"), [("aurora", 1), ("oculos", 2)]),
        (ListQuery(text="Ótica óculos barato"), [("Ótica óculos", 1)]),
        (ListQuery(text="oculos aurora", state=State.SENT_DONE), [("oculos", 1)]),
        (ListQuery(text="oculos aurora", visible=frozenset({"Loja Aurora"})), [("aurora", 1)]),
        (ListQuery(text="oculos aurora", until=NOW), []),
        (ListQuery(text="sapatos"), []),
        (ListQuery(text="sapatos botas"), []),
        (ListQuery(text="a b c d e f g h"), []),
    ],
)
def test_a_search_without_a_hit_offers_its_words_that_have_hits(
    store: SqlStore, query: ListQuery, offered: list[tuple[str, int]]
) -> None:
    load(store, OPTICAL, AURORA, OTHER)
    assert store.page(query).total == 0
    assert list(store.fewer_words(query)) == offered
    for text, total in offered:
        assert store.page(replace(query, text=text)).total == total


def test_a_list_of_some_sends_has_only_these_under_its_other_filters(store: SqlStore) -> None:
    load(store, OPTICAL, AURORA, OTHER)
    some = ListQuery(ids=(OPTICAL.id, OTHER.id, ConfigurationId("unknown")))
    assert sorted(ids(store, some)) == ["o1", "x1"]
    assert ids(store, replace(some, state=State.SENT_DONE)) == ["x1"]
    assert ids(store, replace(some, text="sol")) == ["o1"]
    assert sum(count.configurations for count in store.state_counts(some)) == 2
    assert store.page(ListQuery(ids=())).total == 0


def test_every_fed_row_has_one_fate(store: SqlStore) -> None:
    load(store, send("a", State.SCHEDULED), send("b", State.SENT_DONE, 7_000))
    done = store.load(
        ImportSummary(id="2", name="f", loaded_at=NOW, actor="t"),
        Sends(
            [
                send("a", State.PROCESANDO),
                send("b", State.SCHEDULED, 7_000),
                send("c", State.SCHEDULED),
            ]
        ),
    )
    assert (done.new, done.changed, done.stale, done.rows) == (1, 1, 1, 3)


def test_a_failing_load_leaves_nothing_behind(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="the same id twice"):
        load(store, send("a", State.SCHEDULED), send("a", State.SCHEDULED))
    assert store.page(ListQuery()).total == 0
    assert store.imports(9) == []


def test_a_second_process_gets_an_error_with_the_process_that_holds_the_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "held.duckdb"
    code = f"import duckdb; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(StoreLockedError, match=str(child.pid)):
            DuckDBEngine(path)
        child.communicate(b"\n")


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "kept.duckdb"
    first = SqlStore(DuckDBEngine(path))
    load(first, send("a", State.SCHEDULED))
    first.close()
    again = SqlStore(DuckDBEngine(path))
    assert ids(again, ListQuery()) == ["a"]
    assert again.info().schema_version == migrations()[-1][0]
    again.close()


def test_a_list_of_many_ids_takes_as_many_statements_as_a_list_of_two(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All open lists wait for the count of the sends with an alert after each write."""
    load(store, *[send(f"s{n}") for n in range(30)])
    asked: list[str] = []
    engine = store._engine
    answer = engine.rows

    def rows(sql: str, params: Params | None = None) -> list[Row]:
        if "FROM configurations" in sql:
            asked.append(sql)
        return answer(sql, params)

    monkeypatch.setattr(engine, "rows", rows)
    taken = []
    for count in (2, 30):
        asked.clear()
        query = ListQuery(ids=tuple(ConfigurationId(f"s{n}") for n in range(count)))
        assert sum(c.configurations for c in store.state_counts(query)) == count
        taken.append(len(asked))
    assert taken[0] == taken[1]
