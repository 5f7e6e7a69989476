"""The platform listmonk (https://listmonk.app).

listmonk refuses to cancel a scheduled campaign. An abort therefore sets a scheduled campaign back
to draft. A person can schedule a draft again. An abort cancels a running or paused campaign. The
state `cancelled` is final.
"""

from typing import Final

from core.domain.platform import (
    ANY,
    BEGUN,
    NOT_KNOWN_TO_HAVE_BEGUN,
    AbortRule,
    Platform,
    accept,
    refuse,
)
from core.domain.states import Outlook, Refusal, State, Verdict
from core.errors import N_

#: SCHEDULED has a rule for BEGUN, because a person can schedule a paused campaign. listmonk itself
#: has none of the states in the rows after CANCELLED, but a file can contain these states.
TABLE: Final[tuple[AbortRule, ...]] = (
    accept(State.SCHEDULED, NOT_KNOWN_TO_HAVE_BEGUN, Verdict.CANCEL_NOW, State.CANCELLED),
    accept(State.SCHEDULED, BEGUN, Verdict.CANCEL_REST, State.CANCELLED, Outlook.REST_STOPPABLE),
    accept(State.IN_PROGRESS, ANY, Verdict.CANCEL_REST, State.CANCELLED, Outlook.REST_STOPPABLE),
    accept(State.PAUSED, ANY, Verdict.CANCEL_REST, State.CANCELLED, Outlook.REST_STOPPABLE),
    refuse(State.DRAFT, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.NOT_RUNNING),
    refuse(State.SENT_DONE, ANY, Refusal.FINISHED, Outlook.FINISHED),
    refuse(State.CANCELLED, ANY, Refusal.ALREADY, Outlook.STOPPED),
    refuse(State.CANCELLING, ANY, Refusal.ALREADY, Outlook.STOPPED),
    refuse(State.DELIVERY_ENDING, ANY, Refusal.FINISHED, Outlook.TOO_LATE),
    refuse(State.ABORTED, ANY, Refusal.PLATFORM_STOPPED, Outlook.NOT_RUNNING),
    refuse(State.WAITING_CONFIRMATION, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.UNCERTAIN),
    refuse(State.PENDING, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.UNCERTAIN),
    refuse(State.PROCESANDO, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.UNCERTAIN),
    refuse(State.SMTP_ERROR, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.UNCERTAIN),
    refuse(State.UNKNOWN, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.UNCERTAIN),
)

#: DRAFT can also confirm the abort of a paused campaign. If a person schedules the campaign before
#: the abort arrives, the abort sets the campaign back to draft.
_STOPPED: Final = frozenset({State.DRAFT, State.CANCELLED})

PLATFORM: Final = Platform(
    name="listmonk",
    words={
        State.DRAFT: "draft",
        State.SCHEDULED: "scheduled",
        State.IN_PROGRESS: "running",
        State.PAUSED: "paused",
        State.CANCELLED: "cancelled",
        State.SENT_DONE: "finished",
    },
    table=TABLE,
    life=(State.SCHEDULED, State.IN_PROGRESS, State.SENT_DONE),
    confirming={
        State.SCHEDULED: _STOPPED,
        State.IN_PROGRESS: frozenset({State.CANCELLED}),
        State.PAUSED: _STOPPED,
    },
    # IN_PROGRESS and PAUSED are missing, because an abort cancels such a campaign for good. There
    # is an exception (see `_STOPPED`): an abort can set a paused campaign back to draft. If a
    # person then schedules the campaign again, Freio shows a contradiction.
    restarts=frozenset({State.SCHEDULED}),
    generated=N_("Sent"),
    generation_started=N_("Sending started"),
    manual_path=N_("Campaigns → the campaign → Unschedule, or Cancel if it has started"),
    nearest={
        State.WAITING_CONFIRMATION: State.DRAFT,
        State.PENDING: State.DRAFT,
        State.PROCESANDO: State.IN_PROGRESS,
        State.DELIVERY_ENDING: State.IN_PROGRESS,
        State.SMTP_ERROR: State.PAUSED,
        State.CANCELLING: State.CANCELLED,
        State.ABORTED: State.CANCELLED,
    },
)
