"""The queries of the pages Overview and Sends, by name."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from core.domain.list_query import ListQuery, Sort
from core.domain.model import ConfigurationId
from core.domain.states import GOES_OUT, MAY_BE_STOPPED, State
from core.forecasting.flags import SizeLimit
from core.store.sql_store import SqlStore

_DAY = timedelta(days=1)


def questions(store: SqlStore, rows: int) -> Mapping[str, Callable[[], object]]:
    """Return the queries as calls, for a store that was filled with `rows` sends around now."""
    now = datetime.now(UTC)
    month = {"since": now - 30 * _DAY, "until": now}

    def page(**asked: object) -> Callable[[], object]:
        return lambda: store.page(ListQuery(**asked))  # type: ignore[arg-type]

    def counts(**asked: object) -> Callable[[], object]:
        return lambda: store.state_counts(ListQuery(**asked))  # type: ignore[arg-type]

    return {
        "overview: aborts of today": lambda: store.stopped_since(now - _DAY / 2),
        "overview: largest of each hour": lambda: store.largest_of_hours(
            now - _DAY, now + _DAY, GOES_OUT
        ),
        "overview: unusually large sends": lambda: store.larger_than(
            tuple(SizeLimit("e-mail", f"Conta {n}", 10_000, 40_000) for n in range(40)),
            now - _DAY,
            now + _DAY,
            100,
        ),
        "overview: possible duplicates": lambda: store.alike(now - _DAY, now + _DAY, 100),
        "overview: largest sends of six hours": lambda: store.largest(
            ListQuery(since=now, until=now + _DAY / 4), 200
        ),
        "overview: accounts of six hours": lambda: store.busiest_accounts(
            ListQuery(since=now, until=now + _DAY / 4), 1_000
        ),
        "overview: volume of two days": lambda: store.volume(now - _DAY, now + _DAY),
        "overview: closing soonest": lambda: store.closing(now, 8),
        "counts by state": counts(),
        "accounts and channels": store.choices,
        "first page": page(),
        "first page, what can be stopped": page(outlooks=MAY_BE_STOPPED),
        "first page, soonest": page(sort=Sort.SOONEST, now=now),
        "first page, newest": page(sort=Sort.NEWEST),
        "first page, closing last": page(sort=Sort.CLOSING_LAST),
        "first page, by state": page(sort=Sort.STATE),
        "last page, by state": page(sort=Sort.STATE, page=-(-rows // 25)),
        "first page, most recipients": page(sort=Sort.RECIPIENTS),
        "first page, fewest recipients": page(sort=Sort.FEWEST),
        "first page, by name": page(sort=Sort.NAME),
        "first page, by name, Z to A": page(sort=Sort.NAME_DOWN),
        "first page of a state": page(state=State.SCHEDULED),
        "first page of a finished state": page(state=State.SENT_DONE),
        "first page of an account": page(account="Conta 7"),
        "counts of an account": counts(account="Conta 7"),
        "first page of the past month": page(**month),
        "counts of the past month": counts(**month),
        "a page in the middle": page(page=rows // 50),
        "the last page": page(page=-(-rows // 25)),
        "search, many found": page(text="promocao"),
        "search, few found": page(text=f"verao {rows // 2}"),
        "search, two words": page(text=f"{rows // 2} verao"),
        "search, words of an account": page(text="conta 7"),
        "search, none found": page(text="nada disso"),
        "search, fewer words": lambda: store.fewer_words(ListQuery(text="verao nada disso")),
        "counts of a search": counts(text=f"verao {rows // 2}"),
        "one send": lambda: store.configuration(ConfigurationId(f"CFG-{rows // 2}")),
        "what moves (simulator)": lambda: store.due_to_move(now, 500),
    }
