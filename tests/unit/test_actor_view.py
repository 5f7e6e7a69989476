"""A visitor without the access token sees nothing after real data is loaded."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from core.access.identity import VISITOR
from core.domain.freshness import Freshness
from core.domain.list_query import ListQuery
from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Role
from core.domain.receipt_query import ReceiptQuery
from core.errors import DemoOverError
from core.forecasting.usual_volume import usual_day
from core.runtime.actor_view import ActorView, view_for
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
from tests.sends import NOW, Sends, send

GUEST = Actor(VISITOR, Role.OPERATOR, only_demo=True)
ID = send("a").id
READS: list[Callable[[ActorView], object]] = [
    lambda view: view.queries.overview(NOW),
    lambda view: view.queries.page(ListQuery()),
    lambda view: view.queries.total(ListQuery()),
    lambda view: view.queries.choices(),
    lambda view: view.queries.configuration(ID),
    lambda view: view.queries.send_details(ID),
    lambda view: view.queries.flags([send("a")], Freshness(NOW, NOW, timedelta(1))),
    lambda view: view.queries.may_have_begun(Freshness(None, NOW, timedelta(1))),
    lambda view: view.queries.usual_volume(NOW, NOW + timedelta(hours=1)),
    lambda view: view.queries.usual_volume(NOW, NOW + timedelta(hours=1), usual_day),
    lambda view: view.queries.receipt_counts(),
    lambda view: view.queries.receipt_page(ReceiptQuery()),
    lambda view: view.queries.logged_receipts(ReceiptQuery()),
    lambda view: view.queries.receipt_choices(),
    lambda view: view.concerns.open(9),
    lambda view: view.concerns.count(),
    lambda view: view.current_alerts(),
    lambda view: view.alerted(),
]


@pytest.fixture
def freio() -> Iterator[Application]:
    made = build(Settings(database="duckdb:///:memory:", demo=False), lambda: NOW)
    yield made
    made.stop()


def fill(freio: Application, origin: str) -> None:
    summary = ImportSummary(id=origin, name="f", loaded_at=NOW, actor="t")
    freio.store.load(summary, Sends([send("a")]), replace_demo=True, facts={"origin": origin})


@pytest.mark.parametrize("read", READS)
def test_what_a_visitor_asks_after_the_demo_is_replaced_is_not_answered(
    freio: Application, read: Callable[[ActorView], object]
) -> None:
    fill(freio, "demo")
    guest = view_for(freio, GUEST)
    read(guest)
    fill(freio, "feed")
    # The page that is being drawn had already found that the visitor may see it.
    with pytest.raises(DemoOverError):
        read(guest)
    read(view_for(freio, Actor("operador 1", Role.OPERATOR)))


@pytest.mark.parametrize(
    ("origin", "is_empty", "shows"),
    [("demo", False, True), ("", True, True), ("feed", False, False), ("feed", True, False)],
)
def test_only_the_demo_or_an_empty_store_is_shown_without_the_token(
    freio: Application, origin: str, is_empty: bool, shows: bool
) -> None:
    if origin:
        fill(freio, origin)
    if is_empty and origin:
        summary = ImportSummary(id="nothing", name="f", loaded_at=NOW, actor="t")
        freio.store.load(summary, Sends([]), replace_demo=True, facts={"origin": origin})
    assert freio.shows_demo() is shows


def test_data_of_unknown_origin_counts_as_real(freio: Application) -> None:
    summary = ImportSummary(id="x", name="f", loaded_at=NOW, actor="t")
    freio.store.load(summary, Sends([send("a")]))
    assert not freio.shows_demo()
    with pytest.raises(DemoOverError):
        view_for(freio, GUEST).queries.page(ListQuery())
