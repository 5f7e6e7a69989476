"""The main records: sends, people, receipts, changes of state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from core.domain.states import Generation, Refusal, State, Verdict, generation_of

ConfigurationId = NewType("ConfigurationId", str)
ReceiptId = NewType("ReceiptId", str)


class AwareTimes:
    """A base class for dataclasses. The constructor raises ValueError for a time without a zone."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]
            found = getattr(self, one.name)
            if isinstance(found, datetime) and found.utcoffset() is None:
                raise ValueError(f"{one.name} has no time zone: {found!r}")


class Confirmation(StrEnum):
    """Whether the platform confirmed an abort."""

    CONFIRMED = "confirmed"
    OPEN = "open"
    CONTRADICTED = "contradicted"
    #: After the confirmed stop, a person scheduled the send again in the platform.
    RAN_AGAIN = "ran_again"
    #: The abort was refused.
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendConfiguration(AwareTimes):
    """A stored send. The constructor raises ValueError for negative counts.

    - `total_records`: the number of recipients, or None if not reported.
    - `generated_records`: None means not reported. 0 is a reported number.
    - `raw_state`: the source's own word for the state.
    - `version`: each write adds 1.
    - `unreported_since`: the time of the first full file (a file of all sends) without the send.
    - `reopened_at`: when a report showed the ended send alive.
    - `reopened_from`: the state before `reopened_at`.
    - `doubted_since`: since this time, two reports disagree. Nobody knows which report is newer.
    - `abort_confirmation`: the confirmation of the most recent accepted abort.
    - `went_on_as`: the reported state if the send went on after an abort in Freio.
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
    went_on_as: State | None = None

    def __post_init__(self) -> None:
        AwareTimes.__post_init__(self)
        if (self.total_records or 0) < 0 or (self.generated_records or 0) < 0:
            raise ValueError("a count of records cannot be negative")

    @property
    def generation(self) -> Generation:
        """Whether generation has begun."""
        return generation_of(self.generated_records, self.generation_started_at is not None)


@dataclass(frozen=True, slots=True)
class ShownFacts:
    """The facts of a send that the dialog for an abort shows."""

    state: State
    generation: Generation
    total: int | None = None
    generated: int | None = None
    facts_at: datetime | None = None

    @classmethod
    def of(cls, configuration: SendConfiguration, facts_at: datetime | None) -> ShownFacts:
        """Return the facts of a send."""
        generation, generated = configuration.generation, configuration.generated_records
        total = configuration.total_records
        return cls(configuration.state, generation, total, generated, facts_at)

    def differ_from(self, current: SendConfiguration) -> bool:
        """Return whether the state, generation or size has changed."""
        shown = (self.state, self.generation, self.total)
        return shown != (current.state, current.generation, current.total_records)


@dataclass(frozen=True, slots=True)
class Guard:
    """A write to a send is allowed only if the store has these facts (I5).

    The version alone is not enough: new data can have another send with the same id and version.
    """

    id: ConfigurationId
    version: int
    state: State
    generation: Generation
    abort_confirmation: Confirmation | None
    total_records: int | None
    went_on_as: State | None

    @classmethod
    def of(cls, configuration: SendConfiguration) -> Guard:
        """Return the guard for a send."""
        return cls(*(getattr(configuration, each.name) for each in fields(cls)))


class Role(StrEnum):
    """The roles, from the fewest rights to the most rights."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


#: Visible accounts. None means all accounts.
Accounts = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The identity of a person in the roles file. `subject` is "issuer#sub" from the login."""

    name: str
    subject: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a program. An actor without a `role` is not allowed to do anything.

    - `accounts`: the visible accounts.
    - `address`: the network address of the client.
    - `only_demo`: the role is valid only while the store has demo data or is empty.
    - `listing`: None if the role does not come from the roles file.
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
class Receipt(AwareTimes):
    """The receipt of an attempt to abort, accepted or refused.

    - `spared`: how many recipients do not get the send. None: unknown.
    - `gone`: how many recipients get the send. None: unknown.
    - `facts_at`: the time of the facts that were used for the decision.
    - `reason`: the code of a reason from a list. `note` is free text.
    - `restored_at`: when Freio restored the receipt from the receipt journal, or None.
    - `shown_…`: the facts that the dialog showed to the person.
    - `platform`: the platform that gets an accepted abort, or "" if Freio delivers nothing.
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

    @property
    def accepted(self) -> bool:
        """Whether the abort was accepted."""
        return self.verdict is not Verdict.REFUSE

    @property
    def stops(self) -> bool:
        """Whether the abort was accepted, and the send has not run again."""
        return self.accepted and self.confirmation is not Confirmation.RAN_AGAIN

    @property
    def is_settled(self) -> bool:
        """Whether `spared` and `gone` are final values, not only expected values."""
        return self.confirmation in (Confirmation.CONFIRMED, Confirmation.NOT_APPLICABLE)


class Concern(StrEnum):
    """Why an abort needs attention. TO_ABORT: a person has to abort the send in the platform."""

    CONTRADICTED = "contradicted"
    TO_ABORT = "to_abort"
    OVERDUE = "overdue"


CONFIRMATION_OF: Final[Mapping[Concern, Confirmation]] = {
    Concern.CONTRADICTED: Confirmation.CONTRADICTED,
    Concern.TO_ABORT: Confirmation.OPEN,
    Concern.OVERDUE: Confirmation.OPEN,
}


@dataclass(frozen=True, slots=True)
class Acknowledgement(AwareTimes):
    """A record that a person has handled a concern. `note` is empty for TO_ABORT."""

    receipt_id: ReceiptId
    concern: Concern
    acknowledged_at: datetime
    actor: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A change of the state of a send, or progress of generation."""

    configuration_id: ConfigurationId
    changed_at: datetime
    from_state: State | None
    to_state: State
    generated_records: int | None
    version: int
    source: Source
    actor: str
    receipt_id: ReceiptId | None = None
