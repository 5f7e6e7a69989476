"""The platform Icomm. The source of the abort table is Icomm's help article on aborts.

Icomm has no known API for aborts. A person stops the send in Icomm, or Freio sends the abort to a
bridge by webhook.
"""

from typing import Final

from core.domain.platform import (
    ANY,
    BEGUN,
    NOT_BEGUN,
    NOT_KNOWN_TO_HAVE_BEGUN,
    UNREPORTED,
    AbortRule,
    Platform,
    accept,
    refuse,
)
from core.domain.states import Outlook, Refusal, State, Verdict
from core.errors import N_

#: SCHEDULED and PROCESANDO come before generation. If a report nevertheless counts generated
#: records in such a state, an abort is refused (I2).
TABLE: Final[tuple[AbortRule, ...]] = (
    accept(State.SCHEDULED, NOT_KNOWN_TO_HAVE_BEGUN, Verdict.CANCEL_NOW, State.CANCELLED),
    refuse(State.SCHEDULED, BEGUN, Refusal.TOO_LATE, Outlook.TOO_LATE),
    accept(
        State.PROCESANDO, NOT_KNOWN_TO_HAVE_BEGUN, Verdict.CANCEL_AFTER_PROCESSING, State.CANCELLING
    ),
    refuse(State.PROCESANDO, BEGUN, Refusal.TOO_LATE, Outlook.TOO_LATE),
    accept(State.IN_PROGRESS, NOT_BEGUN, Verdict.CANCEL_NOW, State.CANCELLED),
    accept(
        State.IN_PROGRESS,
        UNREPORTED,
        Verdict.CANCEL_UNCONFIRMED,
        State.CANCELLING,
        Outlook.UNCERTAIN,
    ),
    refuse(State.IN_PROGRESS, BEGUN, Refusal.TOO_LATE, Outlook.TOO_LATE),
    refuse(State.DELIVERY_ENDING, ANY, Refusal.FINISHED, Outlook.TOO_LATE),
    refuse(State.SENT_DONE, ANY, Refusal.FINISHED, Outlook.FINISHED),
    refuse(State.CANCELLING, ANY, Refusal.ALREADY, Outlook.STOPPED),
    refuse(State.CANCELLED, ANY, Refusal.ALREADY, Outlook.STOPPED),
    refuse(State.ABORTED, ANY, Refusal.PLATFORM_STOPPED, Outlook.NOT_RUNNING),
    refuse(State.DRAFT, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.NOT_RUNNING),
    refuse(State.WAITING_CONFIRMATION, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.NOT_RUNNING),
    refuse(State.PENDING, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.UNCERTAIN),
    refuse(State.PAUSED, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.NOT_RUNNING),
    refuse(State.SMTP_ERROR, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.UNCERTAIN),
    refuse(State.UNKNOWN, ANY, Refusal.NOT_ABORTABLE_STATE, Outlook.UNCERTAIN),
)

_STOPPED: Final = frozenset({State.CANCELLED, State.ABORTED})

PLATFORM: Final = Platform(
    name="icomm",
    words={state: state.value for state in State if state is not State.UNKNOWN},
    table=TABLE,
    life=(
        State.SCHEDULED,
        State.PROCESANDO,
        State.IN_PROGRESS,
        State.DELIVERY_ENDING,
        State.SENT_DONE,
    ),
    confirming=dict.fromkeys((State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS), _STOPPED),
    # There is no known way to restart a cancelled send in Icomm. If a cancelled send goes on, Freio
    # shows a contradiction.
    restarts=frozenset(),
    generated=N_("Generated"),
    generation_started=N_("Generation started"),
    # Freio does not translate the platform's own words.
    manual_path=(
        "Programar Envios → Listar Configurações → Estado de Envio → opções avançadas → Abortar"
    ),
)
