"""Channels for alerts."""

import hashlib
import logging
from collections.abc import Sequence

from core.alerts.message import Message
from core.errors import N_, SettingsError

log = logging.getLogger(__name__)


class Channel:
    """A service, such as Slack, that gets alerts through the library Apprise.

    `key` and `name` do not contain the secret address.
    """

    def __init__(self, url: str, number: int) -> None:
        import apprise  # the import takes 0.1 s

        # Apprise logs addresses, which can contain secrets.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        asset = apprise.AppriseAsset(app_id="Freio", app_desc="Freio", async_mode=False)
        made = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if made is None:
            raise SettingsError(
                N_(
                    "The setting FREIO_ALERT_URLS cannot be used: Apprise knows no service for "
                    "its address number {number}."
                ),
                N_(
                    "Correct it using the list at github.com/caronc/apprise, and start Freio again."
                ),
                number=number,
            )
        self.key = hashlib.sha256(url.encode()).hexdigest()[:16]
        self.name = f"{made.service_name} ({number})"
        self._apprise = apprise.Apprise(asset=asset)
        self._apprise.add(made)

    def send(self, message: Message) -> bool:
        """Send a message. Return whether the service accepted the message."""
        try:
            return bool(
                self._apprise.notify(
                    title=message.title,
                    body=message.body,
                    notify_type="failure" if message.is_urgent else "warning",
                    body_format="text",
                )
            )
        except Exception as error:
            # A plugin can raise any exception. The exception's text can contain the address.
            log.warning("%s failed with %s", self.name, type(error).__name__)
            return False


def open_channels(urls: str) -> Sequence[Channel]:
    """Return a channel for each address in `urls`.

    Raise SettingsError for an unsupported address. The error does not quote the address.
    """
    if not urls:
        return []
    from apprise.utils.parse import parse_urls

    each = dict.fromkeys(parse_urls(urls))  # type: ignore[no-untyped-call]
    return [Channel(url, number) for number, url in enumerate(each, start=1)]
