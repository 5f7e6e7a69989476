"""The text of outgoing alerts: plain text, because every service can show plain text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final
from urllib.parse import quote

from babel.dates import format_datetime
from babel.numbers import format_decimal

from core.domain.alerts import Alert, AlertKind
from core.errors import N_
from core.locale import LANGUAGES, SOURCE_LANGUAGE, translation

MOST_LINES: Final = 10

_LINES: Final = {
    AlertKind.CONTRADICTED: N_(
        "{name} was stopped at {at}, and the platform reports that it went on anyway. It "
        "reaches up to {recipients} recipients. Check in the platform now."
    ),
    AlertKind.NOT_DELIVERED: N_(
        "The abort of {name} at {at} could not be made or checked in the platform. Unless it was "
        "deleted there, it may go out to {recipients} recipients. Abort it in the platform now."
    ),
    AlertKind.RUNS_AGAIN: N_(
        "{name} was stopped or had finished, and the report of {at} shows that it runs again. "
        "It may reach {recipients} recipients. Abort it if it must not go out."
    ),
    AlertKind.SCHEDULED_AGAIN: N_(
        "{name} was stopped or had finished, and is scheduled again since the report of {at}. "
        "It may reach {recipients} recipients. Abort it if it must not go out."
    ),
    AlertKind.WENT_OUT: N_(
        "{name} was stopped or had finished, and the report of {at} showed it again. Now it has "
        "gone out. It may have reached {recipients} recipients."
    ),
    AlertKind.OVERDUE: N_(
        "{name} was stopped at {at}, and its source has not confirmed it. It may go out to "
        "{recipients} recipients. Check in the platform."
    ),
    AlertKind.LARGE: N_(
        "{name} starts at {at} and goes to {recipients} recipients. Before it begins to go out, it "
        "can be stopped completely."
    ),
    AlertKind.STUCK: N_(
        "{name} has not moved since {at}. It goes to {recipients} recipients. Check it in the "
        "platform."
    ),
    AlertKind.OLD_DATA: N_(
        "The data is as of {at}, and no newer data has arrived. Freio does not know which sends "
        "have started since. Check in the platform before you rely on it."
    ),
    AlertKind.ROLES: N_(
        "Since {at} Freio cannot use its list of roles. The last good list is "
        "used until Freio is restarted; without one, no one can log in. "
        "Correct the file: make check-roles says what is wrong."
    ),
    AlertKind.INBOX: N_(
        "Since {at} Freio cannot work in its watched folder. New files may not be loaded, and the "
        "data gets old. Let Freio write to the folder."
    ),
}
_TITLES: Final = {
    AlertKind.CONTRADICTED: N_("An aborted send went on anyway"),
    AlertKind.NOT_DELIVERED: N_("An abort did not reach the platform"),
    AlertKind.RUNS_AGAIN: N_("A send that had ended runs again"),
    AlertKind.SCHEDULED_AGAIN: N_("A send that had ended is scheduled again"),
    AlertKind.WENT_OUT: N_("A send that had ended went out after all"),
    AlertKind.OVERDUE: N_("An abort is not confirmed"),
    AlertKind.LARGE: N_("A large send starts soon"),
    AlertKind.STUCK: N_("A send is stuck"),
    AlertKind.OLD_DATA: N_("The data is old"),
    AlertKind.ROLES: N_("The list of roles cannot be used"),
    AlertKind.INBOX: N_("The watched folder cannot be used"),
}

_URGENT: Final = (
    AlertKind.CONTRADICTED,
    AlertKind.NOT_DELIVERED,
    AlertKind.RUNS_AGAIN,
    AlertKind.SCHEDULED_AGAIN,
    AlertKind.WENT_OUT,
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send. An alert with a kind in `_URGENT` makes the message urgent."""

    title: str
    body: str
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class MessageComposer:
    """Composes messages with times in `zone`. Links begin with `address` ("": no links)."""

    zone: tzinfo
    address: str = ""
    language: str = SOURCE_LANGUAGE

    def message(self, alerts: Sequence[Alert], *, is_demo: bool) -> Message:
        """Return the message for an alert, or the summary of several alerts."""
        lines = [self._line(alert) for alert in alerts[:MOST_LINES]]
        if len(lines) > 1:
            lines = [f"• {line}" for line in lines]
        if (more := len(alerts) - MOST_LINES) > 0:
            lines.append(self._plural("and {n} more", "and {n} more", more))
        title = self._plural("{n} alert", "{n} alerts", len(alerts))
        if len(alerts) == 1:
            title = self._translate(_TITLES[alerts[0].kind])
        if is_demo:
            title = self._translate(N_("Demo, nothing here is real: {title}")).format(title=title)
        urgent = any(alert.kind in _URGENT for alert in alerts)
        return Message(f"Freio: {title}", "\n".join(lines), urgent)

    def _line(self, alert: Alert) -> str:
        local, locale = alert.at.astimezone(self.zone), LANGUAGES[self.language]
        recipients = self._translate(N_("an unreported number of"))
        if alert.recipients is not None:
            recipients = format_decimal(alert.recipients, locale=locale)
        line = self._translate(_LINES[alert.kind]).format(
            name=f"“{_harmless(alert.name)}”",
            at=format_datetime(local, "d MMM HH:mm", locale=locale),
            recipients=recipients,
        )
        if not self.address:
            return line
        if alert.configuration_id is None:
            return f"{line} {self.address}/"
        return f"{line} {self.address}/configuration?id={quote(alert.configuration_id, safe='')}"

    def _translate(self, text: str) -> str:
        return translation(self.language).gettext(text)

    def _plural(self, one: str, many: str, count: int) -> str:
        number = format_decimal(count, locale=LANGUAGES[self.language])
        return translation(self.language).ngettext(one, many, count).format(n=number)


def _harmless(name: str) -> str:
    # The name of a send comes from a file. Text after a line break would look like another alert.
    # An "@" could notify all members of a chat channel.
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", name).replace("@", "@\u200b").strip()[:120]
