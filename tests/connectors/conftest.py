"""A stand-in for listmonk, a receiver of webhooks, and connectors to them."""

from collections.abc import Iterator

import pytest

from core.platforms.http_client import HttpClient
from core.platforms.listmonk_connector import ListmonkConnector
from tests.connectors.listmonk_stand_in import TOKEN, USER, ListmonkStandIn
from tests.connectors.webhook_receiver import WebhookReceiver


@pytest.fixture
def listmonk() -> Iterator[ListmonkStandIn]:
    server = ListmonkStandIn()
    with server.serving():
        yield server


@pytest.fixture
def connector(listmonk: ListmonkStandIn) -> Iterator[ListmonkConnector]:
    made = connected(listmonk.url)
    yield made
    made.close()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    server = WebhookReceiver()
    with server.serving():
        yield server


def connected(
    url: str, account: str = "tag", total: float = 5.0, max_bytes: int = 1_000_000
) -> ListmonkConnector:
    http = HttpClient(
        url,
        "listmonk",
        "FREIO_LISTMONK_URL",
        {"Authorization": f"token {USER}:{TOKEN}"},
        credentials="FREIO_LISTMONK_TOKEN",
        total=total,
        max_bytes=max_bytes,
    )
    return ListmonkConnector(http, account=account, secret=TOKEN)
