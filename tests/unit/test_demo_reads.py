"""A visitor without the access token is shown nothing more once real data is in."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from core.access.identity import VISITOR
from core.domain.imports import ImportSummary
from core.domain.list_query import ListQuery
from core.domain.model import Actor, Role
from core.domain.receipt_query import ReceiptQuery
from core.errors import DemoOverError
from core.runtime import application
from core.settings import Settings
from tests.sends import NOW, Sends, send

GUEST = Actor(VISITOR, Role.OPERATOR, only_demo=True)
ID = send("a").id
READS: list[Callable[[application.Freio], object]] = [
    lambda freio: freio.queries.overview(NOW),
    lambda freio: freio.queries.page(ListQuery()),
    lambda freio: freio.queries.choices(),
    lambda freio: freio.queries.configuration(ID),
    lambda freio: freio.queries.dossier(ID),
    lambda freio: freio.queries.flags([send("a")]),
    lambda freio: freio.queries.usual_volume(NOW, NOW + timedelta(hours=1)),
    lambda freio: freio.queries.receipts(),
    lambda freio: freio.queries.receipt_counts(),
    lambda freio: freio.queries.receipt_page(ReceiptQuery()),
    lambda freio: freio.queries.receipts_placed(ReceiptQuery()),
    lambda freio: freio.queries.receipt_choices(),
    lambda freio: freio.concerns.open(9),
    lambda freio: freio.concerns.count(),
    lambda freio: freio.standing_alerts(),
]


@pytest.fixture
def freio() -> Iterator[application.Freio]:
    made = application.build(Settings(database="duckdb:///:memory:", demo=False), lambda: NOW)
    yield made
    made.stop()


def fill(freio: application.Freio, origin: str) -> None:
    summary = ImportSummary(id=origin, name="f", loaded_at=NOW, actor="t")
    freio.store.load(summary, Sends([send("a")]), replace_demo=True, facts={"origin": origin})


@pytest.mark.parametrize("read", READS)
def test_what_a_visitor_asks_after_the_demo_is_replaced_is_not_answered(
    freio: application.Freio, read: Callable[[application.Freio], object]
) -> None:
    fill(freio, "demo")
    guest = freio.for_actor(GUEST)
    read(guest)
    fill(freio, "feed")
    # The page that is being drawn has learnt before that the visitor may look.
    with pytest.raises(DemoOverError):
        read(guest)
    read(freio.for_actor(Actor("operador 1", Role.OPERATOR)))


@pytest.mark.parametrize(
    ("origin", "is_empty", "shows"),
    [("demo", False, True), ("", True, True), ("feed", False, False), ("feed", True, False)],
)
def test_only_the_demo_or_an_empty_store_is_shown_without_the_token(
    freio: application.Freio, origin: str, is_empty: bool, shows: bool
) -> None:
    if origin:
        fill(freio, origin)
    if is_empty and origin:
        summary = ImportSummary(id="nothing", name="f", loaded_at=NOW, actor="t")
        freio.store.load(summary, Sends([]), replace_demo=True, facts={"origin": origin})
    assert freio.shows_demo() is shows


def test_data_of_unknown_origin_counts_as_real(freio: application.Freio) -> None:
    summary = ImportSummary(id="x", name="f", loaded_at=NOW, actor="t")
    freio.store.load(summary, Sends([send("a")]))
    assert not freio.shows_demo()
    with pytest.raises(DemoOverError):
        freio.for_actor(GUEST).queries.page(ListQuery())
