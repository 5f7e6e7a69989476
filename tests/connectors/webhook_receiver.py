"""A receiver of webhooks, as a bridge has one: it verifies and keeps the messages."""

import base64
import json
from typing import Any, Final

from standardwebhooks.webhooks import Webhook

from tests.connectors.faulty_server import FaultyServer, Request, Response

SECRET: Final = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes.").decode()


class WebhookReceiver(FaultyServer):
    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}

    def respond(self, request: Request) -> Response:
        Webhook(SECRET).verify(request.body, dict(request.headers))
        self.messages[request.headers["webhook-id"]] = json.loads(request.body)
        return Response(202)
