"""No page reads the whole table, as the query plans on both engines show."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.domain.list_query import ListQuery, MayHaveBegun, Sort
from core.domain.model import ConfigurationId
from core.domain.states import GOES_OUT, Outlook, State
from core.forecasting.flags import SizeLimit
from core.forecasting.usual_volume import past_windows
from core.store.engine import Params, Row
from core.store.postgres.engine import PostgresEngine
from core.store.reads import lists
from core.store.sql_store import SqlStore
from tests.contract.conftest import ENGINES, new_engine
from tests.daily_counts_check import recount
from tests.sends import NOW

DAY = timedelta(days=1)

#: Two years of sends, whose last days are in the future.
ROWS = 30_000
BEGUN = MayHaveBegun(NOW, (ConfigurationId("c29699"), ConfigurationId("c29698")), NOW - DAY)
FILL = """
INSERT INTO configurations (id, name, campaign, channel, account, audience, created_by, state,
    raw_state, total_records, generated_records, scheduled_at, version, search_text)
SELECT 'c' || i, 'n' || i, '', 'e-mail', 'Conta ' || (i % 9), '', '',
    CASE WHEN i > $rows * 0.99 THEN 'SCHEDULED' ELSE 'SENT-DONE' END, '', 100,
    CASE WHEN i > $rows * 0.99 THEN 0 ELSE 100 END,
    CAST($now AS TIMESTAMPTZ) + (i - $rows * 0.99) * INTERVAL '35 minutes', 1, 'n' || i
FROM {numbers} ORDER BY i
"""


@pytest.fixture(scope="module", params=ENGINES)
def big(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    engine = new_engine(request)
    made = SqlStore(engine)
    shared = isinstance(engine, PostgresEngine)
    numbers = f"generate_series(1, {ROWS}) AS t(i)" if shared else f"range(1, {ROWS + 1}) t(i)"
    with engine.transaction() as tx:
        tx.rows(FILL.format(numbers=numbers), {"rows": ROWS, "now": NOW})
    recount(engine)
    if shared:
        engine.rows("ANALYZE")
    yield made
    made.close()


def midnight() -> datetime:
    return NOW.replace(hour=0)


ASKED: dict[str, Callable[[SqlStore], Any]] = {
    "aborts of today": lambda s: s.stopped_since(midnight()),
    "largest of each hour": lambda s: s.largest_of_hours(NOW - DAY, NOW + DAY, GOES_OUT),
    "unusually large sends": lambda s: s.larger_than(
        (SizeLimit("e-mail", "Conta 3", 10, 50),), NOW - DAY, NOW + DAY, 100
    ),
    "possible duplicates": lambda s: s.alike(NOW - DAY, NOW + DAY, 100),
    "largest sends": lambda s: s.largest(ListQuery(since=NOW, until=NOW + DAY), 200),
    "states of some sends": lambda s: s.states((ConfigurationId("c9"),), NOW - DAY, NOW + DAY),
    "accounts of six hours": lambda s: s.busiest_accounts(
        ListQuery(since=NOW, until=NOW + DAY / 4), 8
    ),
    "counts by state": lambda s: s.state_counts(ListQuery()),
    "counts of an account": lambda s: s.state_counts(ListQuery(account="Conta 3")),
    "counts of a week": lambda s: s.state_counts(
        ListQuery(since=NOW - timedelta(days=7), until=NOW)
    ),
    "volume": lambda s: s.volume(NOW - timedelta(days=1), NOW + timedelta(days=1)),
    "closing soonest": lambda s: s.closing(NOW, 8),
    "due to move": lambda s: s.due_to_move(NOW, 500),
    "under way": lambda s: s.under_way(
        NOW - timedelta(days=7), NOW + timedelta(days=1), NOW, 5_000
    ),
    "large sends that start soon": lambda s: s.starting(
        NOW, NOW + timedelta(minutes=15), 100_000, 100
    ),
    "choices": lambda s: s.choices(),
    "first page": lambda s: s.page(ListQuery()),
    "top of the list": lambda s: s.top_rows(ListQuery(), 300, s.state_counts(ListQuery())),
    "last page": lambda s: s.page(ListQuery(page=ROWS // 25)),
    "last page, newest first": lambda s: s.page(ListQuery(sort=Sort.NEWEST, page=ROWS // 25)),
    "first page, closing last": lambda s: s.page(ListQuery(sort=Sort.CLOSING_LAST)),
    "first page, by state": lambda s: s.page(ListQuery(sort=Sort.STATE)),
    "last page, by state": lambda s: s.page(ListQuery(sort=Sort.STATE_DOWN, page=ROWS // 25)),
    "first page, soonest first": lambda s: s.page(ListQuery(sort=Sort.SOONEST, now=NOW)),
    "last page, soonest first": lambda s: s.page(
        ListQuery(sort=Sort.SOONEST, now=NOW, page=ROWS // 25)
    ),
    "what is uncertain, or may have begun": lambda s: s.page(
        ListQuery(outlooks=(Outlook.UNCERTAIN,), begun=BEGUN)
    ),
    "counts by state, of which some may have begun": lambda s: s.state_counts(
        ListQuery(begun=BEGUN)
    ),
    "a state": lambda s: s.page(ListQuery(state=State.SCHEDULED)),
    "what can be stopped": lambda s: s.page(ListQuery(outlooks=(Outlook.STOPPABLE,))),
    "an account": lambda s: s.page(ListQuery(account="Conta 3")),
    "a week": lambda s: s.page(ListQuery(since=NOW - timedelta(days=7), until=NOW)),
    "some sends": lambda s: s.page(ListQuery(ids=tuple(map(ConfigurationId, ("c7", "c77"))))),
    "the next hour": lambda s: s.page(
        ListQuery(since=NOW, until=NOW + timedelta(hours=1), looks_ahead=True)
    ),
    "what like sends took": lambda s: s.measures(NOW - timedelta(days=60), NOW, 30_000),
    "usual amounts": lambda s: s.hourly_totals(past_windows(NOW, NOW + timedelta(days=2))),
    "possible duplicates of a page": lambda s: s.possible_duplicates(s.page(ListQuery()).rows),
    "one send": lambda s: s.configuration(ConfigurationId("c77")),
}


@pytest.mark.parametrize("question", ASKED)
def test_what_pages_ask_reads_no_more_than_it_must(
    big: SqlStore, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = unbounded(big, ASKED[question], monkeypatch)
    assert not found, found


#: What the list asks for a search: words of sends, of an account, and words that no send has.
SEARCHES: dict[str, Callable[[SqlStore], Any]] = {
    "a page": lambda s: s.page(ListQuery(text="n297")),
    "a page of an account": lambda s: s.page(ListQuery(text="conta n297")),
    "counts by state": lambda s: s.state_counts(ListQuery(text="conta n297")),
    "fewer words": lambda s: s.fewer_words(ListQuery(text="n297 nowhere")),
}


@pytest.mark.parametrize("question", SEARCHES)
def test_a_search_among_very_many_reads_only_the_newest(
    big: SqlStore, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_SEARCHED", ROWS // 100)
    found = unbounded(big, SEARCHES[question], monkeypatch)
    assert not found, found


def test_a_search_of_all_sends_is_noticed(big: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    query = ListQuery(text="n297", everything=True)
    assert unbounded(big, lambda s: s.page(query), monkeypatch)


def test_possible_duplicates_are_found_in_one_scan(
    big: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a join, PostgreSQL would scan the sends of two days for each send."""
    asked: list[tuple[str, Params]] = []
    monkeypatch.setattr(big._engine, "rows", lambda *statement: asked.append(statement) or [])
    ASKED["possible duplicates"](big)
    monkeypatch.undo()
    ((sql, params),) = asked
    plan = str(big._engine.rows(f"EXPLAIN {sql}", params))
    assert len(re.findall(r"on configurations\b|\bconfigurations +│", plan)) == 1, plan


def test_a_plan_that_reads_everything_is_noticed(
    big: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "SELECT max(name) FROM configurations WHERE account = 'Conta 3'"
    assert unbounded(big, lambda s: s._engine.rows(sql), monkeypatch)


def unbounded(
    store: SqlStore, ask: Callable[[SqlStore], Any], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Return the statements of a call that read all configurations according to their plans."""
    engine, asked, answer = store._engine, list[tuple[str, Params]](), store._engine.rows

    def noted(sql: str, params: Params | None = None) -> list[Row]:
        asked.append((sql, params or {}))
        return answer(sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "rows", noted)
        ask(store)
    assert asked
    reads_all = _postgres_reads_all if isinstance(engine, PostgresEngine) else _duckdb_reads_all
    return [sql for sql, params in asked if reads_all(answer, sql, params)]


def _postgres_reads_all(rows: Callable[..., list[Row]], sql: str, params: Params) -> bool:
    plan = rows(f"EXPLAIN (FORMAT JSON) {sql}", params)[0][0]
    parsed = plan if isinstance(plan, list) else json.loads(plan)

    def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for below in node.get("Plans", []):
            yield from nodes(below)

    return any(
        node["Node Type"] == "Seq Scan" and node.get("Relation Name") == "configurations"
        for node in nodes(parsed[0]["Plan"])
    )


def _duckdb_reads_all(rows: Callable[..., list[Row]], sql: str, params: Params) -> bool:
    """Return whether a plan reads configurations without a limit on the time or the id."""
    plan = rows(f"EXPLAIN (FORMAT JSON) {sql}", params)[0][1]

    def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        # A join on the row id fetches only the rows that its first side found.
        by_place = "rowid = rowid" in str(node.get("extra_info", {}))
        for below in node.get("children", [])[int(by_place) :]:
            yield from nodes(below)

    for node in (n for top in json.loads(plan) for n in nodes(top)):
        about = node.get("extra_info", {})
        if str(about.get("Table", "")).split(".")[-1] == "configurations":
            facts = json.dumps(about)
            return not re.search(r"scheduled_at\s*[<>]=?|\bid\s*=|Index Scan", facts)
    return False
