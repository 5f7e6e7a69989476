"""The main records: a send, a person, a receipt of an abort, a change of state. All are frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from core.domain.states import Generation, Refusal, State, Verdict, generation_of

ConfigurationId = NewType("ConfigurationId", str)
ReceiptId = NewType("ReceiptId", str)


def require_aware(value: object) -> None:
    """Raise ValueError if a dataclass holds a time without a zone."""
    for one in fields(value):  # type: ignore[arg-type]
        found = getattr(value, one.name)
        if isinstance(found, datetime) and found.utcoffset() is None:
            raise ValueError(f"{one.name} has no time zone: {found!r}")


class Confirmation(StrEnum):
    """Whether the platform confirmed an abort."""

    CONFIRMED = "confirmed"
    OPEN = "open"
    CONTRADICTED = "contradicted"
    #: The stop was confirmed, and after that a person scheduled the send again in the platform.
    RAN_AGAIN = "ran_again"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendConfiguration:
    """One planned send as it is stored.

    `total_records` counts recipients. It is None if the source does not report them.
    `generated_records` is None if the source does not report generation. None does not mean zero.
    `scheduled_at` is None for a send without a time, such as a draft. `raw_state` is the state as
    the source wrote it. `version` rises by one with every write. `unreported_since` is when a full
    snapshot left the send out.

    `reopened_from` is the terminal state of the send (cancelled, aborted, done) before a newer
    report, as of `reopened_at`, showed it running. `doubted_since` is set while two reports
    disagree about the send and it is unknown which report is newer. `abort_confirmation` is the
    confirmation of its last accepted abort; None if there was no abort. Raise ValueError for times
    without a zone and for negative counts.
    """

    id: ConfigurationId
    name: str
    state: State
    total_records: int | None
    scheduled_at: datetime | None
    generated_records: int | None = None
    raw_state: str = ""
    campaign: str = ""
    channel: str = ""
    account: str = ""
    audience: str = ""
    created_by: str = ""
    processing_started_at: datetime | None = None
    in_progress_at: datetime | None = None
    generation_started_at: datetime | None = None
    finished_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 1
    unreported_since: datetime | None = None
    reopened_from: State | None = None
    reopened_at: datetime | None = None
    doubted_since: datetime | None = None
    abort_confirmation: Confirmation | None = None

    def __post_init__(self) -> None:
        require_aware(self)
        if (self.total_records or 0) < 0 or (self.generated_records or 0) < 0:
            raise ValueError("a count of records cannot be negative")

    @property
    def generation(self) -> Generation:
        """Whether generation has begun, has not begun, or is not reported."""
        return generation_of(self.generated_records, self.generation_started_at is not None)


@dataclass(frozen=True, slots=True)
class ShownFacts:
    """The facts that the dialog showed to the person who decided.

    `facts_at` is when they were last known to be true; `total` and `generated` count records.
    """

    state: State
    generation: Generation
    total: int | None = None
    generated: int | None = None
    facts_at: datetime | None = None

    def differ_from(self, current: SendConfiguration) -> bool:
        """Return whether the send's state, generation or recipients have changed since."""
        shown = (self.state, self.generation, self.total)
        return shown != (current.state, current.generation, current.total_records)


@dataclass(frozen=True, slots=True)
class Guard:
    """The facts that must still hold for a write to a configuration to be allowed (I5).

    All facts are compared: if other data replaces the data, a send may have its old version again.
    """

    id: ConfigurationId
    version: int
    state: State
    generation: Generation
    abort_confirmation: Confirmation | None = None
    total_records: int | None = None

    @classmethod
    def of(cls, configuration: SendConfiguration) -> Guard:
        """Return the guard for a write that was decided from these facts."""
        return cls(
            configuration.id,
            configuration.version,
            configuration.state,
            configuration.generation,
            configuration.abort_confirmation,
            configuration.total_records,
        )


class Role(StrEnum):
    """The roles, from the fewest rights to the most; `access.permissions` has the rights."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


#: The accounts whose sends a person may see; None means all, including future ones.
Accounts = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What identifies a person in the roles file: name, subject and groups of the login."""

    name: str = ""
    subject: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or program that acts. Receipts show `name`; without a `role` nothing is allowed.

    The actor can see and stop only sends of `accounts`. `address` is the client's address. With
    `only_demo`, the role counts only while the store holds demo data. `listing` is None if the role
    does not come from the roles file.
    """

    name: str
    role: Role | None = None
    accounts: Accounts = None
    address: str = ""
    only_demo: bool = False
    listing: Listing | None = field(default=None, compare=False)


class Source(StrEnum):
    """The origin of a change of state."""

    FEED = "feed"
    ABORT = "abort"
    PLATFORM = "platform"
    SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The receipt of one attempt to abort, accepted or refused.

    `spared` and `gone` count recipients. They are None if they cannot be known, for example because
    the number of recipients (`total_records`) is not reported. `facts_at` is the time of the facts
    that the decision used. `reason` is the code of a preset, `note` is free text. `restored_at` is
    set if the database had lost the receipt and it was restored.

    `role` and `address` are the actor's role and address at that moment. The `shown_` fields hold
    the facts that the dialog showed, as of `shown_facts_at`; they are None if no dialog was shown.
    `bulk_id` is the id of the bulk abort that it belongs to, or "". `platform` is the platform that
    an accepted abort is delivered to, or "" if a person aborts the send there.
    """

    id: ReceiptId
    configuration_id: ConfigurationId
    configuration_name: str
    account: str
    requested_at: datetime
    actor: str
    verdict: Verdict
    refusal: Refusal | None
    state_before: State
    state_after: State
    total_records: int | None
    generated_records: int | None
    spared: int | None
    gone: int | None
    reason: str
    note: str
    facts_at: datetime | None
    confirmation: Confirmation
    confirmed_at: datetime | None = None
    restored_at: datetime | None = None
    role: str = ""
    address: str = ""
    shown_state: str | None = None
    shown_total: int | None = None
    shown_generated: int | None = None
    shown_facts_at: datetime | None = None
    bulk_id: str = ""
    platform: str = ""

    def __post_init__(self) -> None:
        require_aware(self)

    @property
    def accepted(self) -> bool:
        """Whether the abort was accepted."""
        return self.verdict is not Verdict.REFUSE

    @property
    def stops(self) -> bool:
        """Whether the abort was accepted and its send has not run again."""
        return self.accepted and self.confirmation is not Confirmation.RAN_AGAIN

    @property
    def is_settled(self) -> bool:
        """Whether `spared` and `gone` are final, and not only expected.

        Before an accepted abort is confirmed, its send may still go out. If the abort is
        contradicted, the send was not stopped. If the send ran again, it may go out after all.
        """
        return self.confirmation in (Confirmation.CONFIRMED, Confirmation.NOT_APPLICABLE)


class Concern(StrEnum):
    """Why an abort needs attention.

    TO_ABORT: it is open, and no person has recorded that they aborted the send in the platform.
    """

    CONTRADICTED = "contradicted"
    TO_ABORT = "to_abort"
    OVERDUE = "overdue"


#: The confirmation of an abort, for each concern.
CONFIRMATION_OF: Final[Mapping[Concern, Confirmation]] = {
    Concern.CONTRADICTED: Confirmation.CONTRADICTED,
    Concern.TO_ABORT: Confirmation.OPEN,
    Concern.OVERDUE: Confirmation.OPEN,
}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person's note that they handled a concern.

    An acknowledgement of TO_ABORT has no note: it means that the person aborted the send in the
    platform.
    """

    receipt_id: ReceiptId
    concern: Concern
    acknowledged_at: datetime
    actor: str
    note: str

    def __post_init__(self) -> None:
        require_aware(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A change of a configuration's state, or progress of its generation within a state."""

    configuration_id: ConfigurationId
    changed_at: datetime
    from_state: State | None
    to_state: State
    generated_records: int | None
    version: int
    source: Source
    actor: str
    receipt_id: ReceiptId | None = None
