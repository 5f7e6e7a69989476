"""The services that messages go out to: any that Apprise knows."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Protocol

from core.alerts.message import Message
from core.errors import N_, SettingsError

log = logging.getLogger(__name__)


class Channel(Protocol):
    """Somewhere that a message can go. `key` tells it from others and gives nothing away."""

    key: str
    name: str

    def send(self, message: Message) -> bool:
        """Send a message; return whether the service took it. Takes seconds, not minutes."""
        ...


class AppriseChannel:
    """One service of Apprise's, named by its kind only: its address may hold a secret anywhere."""

    def __init__(self, url: str, number: int) -> None:
        import apprise  # a tenth of a second, for those who use it

        # It tells addresses in its log, and they may hold secrets. What matters is told here.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        # One thread: a message is either taken or not when `send` returns.
        asset = apprise.AppriseAsset(app_id="Freio", app_desc="Freio", async_mode=False)
        made = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if made is None:
            raise SettingsError(
                N_(
                    "The setting FREIO_ALERT_URLS cannot be used: Apprise knows no service for "
                    "its address number {number}."
                ),
                N_("Correct it by the list at github.com/caronc/apprise, and start Freio again."),
                number=number,
            )
        self.key = hashlib.sha256(url.encode()).hexdigest()[:16]
        self.name = f"{made.service_name} ({number})"
        self._apprise = apprise.Apprise(asset=asset)
        self._apprise.add(made)
        self._urgent, self._warning = apprise.NotifyType.FAILURE, apprise.NotifyType.WARNING
        self._plain = apprise.NotifyFormat.TEXT

    def send(self, message: Message) -> bool:
        """Send a message; return whether the service took it."""
        try:
            return bool(
                self._apprise.notify(
                    title=message.title,
                    body=message.body,
                    notify_type=self._urgent if message.is_urgent else self._warning,
                    body_format=self._plain,
                )
            )
        except Exception as error:
            # Whatever a plugin meets is no reason to end; its text may hold the address.
            log.warning("%s failed with %s", self.name, type(error).__name__)
            return False


def services(urls: str) -> Sequence[Channel]:
    """Return the services of some addresses, parted by commas, spaces or lines.

    Raises SettingsError, which does not repeat the address, where one is not known.
    """
    if not urls:
        return []
    from apprise.utils.parse import parse_urls

    each = dict.fromkeys(parse_urls(urls))  # type: ignore[no-untyped-call]
    return [AppriseChannel(url, number) for number, url in enumerate(each, start=1)]
