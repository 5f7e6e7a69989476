"""The data of a list fits into one message to the browser, for any feed."""

import json
import tomllib
from dataclasses import replace
from datetime import timedelta

from core.domain.delivery import Delivery, DeliveryStep
from core.domain.freshness import Freshness
from core.domain.list_query import PAGE_SIZES
from core.domain.model import ReceiptId
from core.domain.states import State
from core.feed.limits import MAX_CELL
from core.forecasting.forecast import UNKNOWN
from core.services.queries import MAX_TOP
from core.settings import ROOT
from pages.sends import rows
from pages.sends.send_list import _row
from tests.sends import NOW, send

LONG = "é" * MAX_CELL


def test_a_page_of_the_longest_texts_fits_into_a_message() -> None:
    longest = replace(
        send("a", State.UNKNOWN), name=LONG, account=LONG, channel=LONG, raw_state=LONG
    )
    fresh = Freshness(NOW, NOW, timedelta(minutes=15))
    refused = Delivery(
        receipt_id=ReceiptId("r"),
        configuration_id=longest.id,
        platform="icomm",
        state_before=State.SCHEDULED,
        queued_at=NOW,
        step=DeliveryStep.REFUSED,
        message=LONG,
    )
    sent = json.dumps(rows._sent(_row(longest, fresh, UNKNOWN, (), refused, may_stop=True)))
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert len(sent) * max(PAGE_SIZES) < config["server"]["maxMessageSize"] * 1_000_000 / 2


def test_the_rows_in_order_of_forecasts_fill_whole_pages_of_each_size() -> None:
    assert [size for size in PAGE_SIZES if MAX_TOP % size] == []
