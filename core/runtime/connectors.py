"""Connect the platforms that get accepted aborts."""

from collections.abc import Mapping
from typing import Final

from core.domain.delivery import SIMULATED, WEBHOOK
from core.domain.platform import Platform
from core.domain.states import State
from core.infrastructure.clock import Clock
from core.platforms.simulated_connector import SimulatedConnector
from core.ports.send_reads import SendReads
from core.services.delivery import Connected
from core.settings import Settings

#: Seconds until the simulated platform answers an abort.
ANSWER_SECONDS: Final = 0.3


def own_platform(settings: Settings) -> str:
    """Return the name of the platform that gets the aborts of real sends (not demo), or ""."""
    if settings.platform == "listmonk" and settings.listmonk_url:
        return settings.platform
    return WEBHOOK if settings.abort_webhook_url else ""


def shows_demo(settings: Settings) -> bool:
    """Return whether an empty store gets the demo data.

    If Freio polls a platform, an empty store gets no demo data: pages would show the demo data
    until the first poll.
    """
    return settings.demo and own_platform(settings) in ("", WEBHOOK)


def connected(
    settings: Settings, platform: Platform, store: SendReads, clock: Clock
) -> Mapping[str, Connected]:
    """Return the connected platforms by name.

    The import of an HTTP client takes 0.1 s. Therefore import only the necessary connector.
    """
    found: dict[str, Connected] = {}
    if settings.demo:
        simulated = SimulatedConnector(store, clock, ANSWER_SECONDS)
        found[SIMULATED] = Connected(simulated, lambda _before, now: now is State.CANCELLED)
    own = own_platform(settings)
    if own == WEBHOOK:
        from core.platforms.webhook import WebhookConnector

        webhook = WebhookConnector(settings, store.receipt, clock)
        found[own] = Connected(webhook, platform.confirms)
    elif own:
        from core.platforms.listmonk_connector import REST, ListmonkConnector

        listmonk = ListmonkConnector.of(settings, clock)
        found[own] = Connected(listmonk, platform.confirms, REST, platform.can_restart)
    return found
