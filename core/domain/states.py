"""The states of a send, the spellings of states, and the results of an abort."""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """The states of a send, in order of the lifecycle. The value is stored."""

    DRAFT = "DRAFT"
    WAITING_CONFIRMATION = "WAITING-CONFIRMATION"
    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    PROCESANDO = "PROCESANDO"
    IN_PROGRESS = "IN-PROGRESS"
    PAUSED = "PAUSED"
    SMTP_ERROR = "SMTP-ERROR"
    DELIVERY_ENDING = "DELIVERY-ENDING"
    SENT_DONE = "SENT-DONE"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    ABORTED = "ABORTED"
    UNKNOWN = "UNKNOWN"


class Generation(StrEnum):
    """Whether the generation of a send has started."""

    NOT_STARTED = "not_started"
    STARTED = "started"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """The kind of decision about an abort."""

    CANCEL_NOW = "cancel_now"
    CANCEL_AFTER_PROCESSING = "cancel_after_processing"
    CANCEL_UNCONFIRMED = "cancel_unconfirmed"
    CANCEL_REST = "cancel_rest"
    REFUSE = "refuse"


class Refusal(StrEnum):
    """Why an abort is refused."""

    TOO_LATE = "too_late"
    FINISHED = "finished"
    ALREADY = "already"
    PLATFORM_STOPPED = "platform_stopped"
    NOT_ABORTABLE_STATE = "not_abortable_state"
    #: Not from the abort table: the person lacks the right, or a bulk abort exceeds the limit.
    NOT_ALLOWED = "not_allowed"


class Outlook(StrEnum):
    """What can still be done about a send."""

    STOPPABLE = "stoppable"
    #: Some messages have perhaps gone out. The rest can be stopped.
    REST_STOPPABLE = "rest_stoppable"
    WAITING = "waiting"
    STOPPED = "stopped"
    UNCERTAIN = "uncertain"
    TOO_LATE = "too_late"
    FINISHED = "finished"
    NOT_RUNNING = "not_running"


class Again(StrEnum):
    """What the last report says about a send that runs again."""

    #: Nothing has gone out since the send ended.
    SCHEDULED = "scheduled"
    RUNS = "runs"
    HAS_GONE_OUT = "has_gone_out"


CAN_BE_STOPPED: Final = (Outlook.STOPPABLE, Outlook.REST_STOPPABLE)

MAY_BE_STOPPED: Final = (*CAN_BE_STOPPED, Outlook.UNCERTAIN)

#: Outlooks of a send that has gone out, or goes out if nobody stops the send.
GOES_OUT: Final = (*MAY_BE_STOPPED, Outlook.TOO_LATE, Outlook.FINISHED)

#: States of a send cancelled in Freio or in the platform.
STOPPED_HERE: Final = (State.CANCELLING, State.CANCELLED)

#: States of a send that has gone out. In DELIVERY_ENDING, the last batches can still go out.
GONE_OUT: Final = (State.DELIVERY_ENDING, State.SENT_DONE)

#: States of a send that goes out if nobody stops the send.
ON_ITS_WAY: Final = (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)

#: The source can leave out the scheduled time of a send in these states, because a person can start
#: a send without scheduling it.
MAY_LACK_TIME: Final = frozenset(State) - {State.SCHEDULED, State.SENT_DONE, State.UNKNOWN}

#: States for which the source must report the number of recipients.
HAS_RECIPIENTS: Final = frozenset({State.SENT_DONE, State.UNKNOWN})

#: Only a newer report of the platform can change a terminal state.
TERMINAL = frozenset({State.SENT_DONE, State.CANCELLED, State.ABORTED})


def generation_of(generated_records: int | None, generation_started: bool) -> Generation:
    """Return whether generation has started."""
    if generation_started or (generated_records is not None and generated_records > 0):
        return Generation.STARTED
    return Generation.UNKNOWN if generated_records is None else Generation.NOT_STARTED


#: Spellings of each state in English, Portuguese and Spanish. `_variants` explains `o/a` and `(l)`.
#: `archived` is not in this list, because an archived send has perhaps never gone out.
_SPELLINGS: Mapping[State, str] = {
    State.DRAFT: (
        "draft, borrador, en borrador, rascunho, em rascunho, save, saved, salvo/a, guardado/a, "
        "em edicao, en edicion"
    ),
    State.SCHEDULED: (
        "scheduled, schedule, agendado/a, programado/a, planned, planejado/a, planificado/a, "
        "planeado/a, rescheduled, reagendado/a, reprogramado/a, scheduled for sending, "
        "agendado/a para envio, programado/a para envio, scheduled for later, queue, queued, "
        "queueing, in queue, queued without recipients, na fila de envio, em fila de envio, "
        "en cola de envio, queued for sending, enfileirado para envio, na fila, em fila, en cola, "
        "enfileirado/a, encolado/a"
    ),
    State.WAITING_CONFIRMATION: (
        "waiting-confirmation, waiting for confirmation, esperando confirmacion, "
        "en espera de confirmacion, aguardando confirmacao, esperando confirmacao, "
        "pending approval, awaiting approval, waiting for approval, aguardando aprovacao, "
        "pendente de aprovacao, em aprovacao, pendiente de aprobacion, esperando aprobacion, "
        "en aprobacion, in review, under review, pending review, ready for review, em revisao, "
        "pendente de revisao, en revision, pendiente de revision, queued for approval"
    ),
    State.PENDING: (
        "pending, pending for sending, pendiente, pendiente de envio, pendente, "
        "pendente de envio, ready, ready to send, to be sent, pronto/a para envio, "
        "listo/a para enviar, pronto/a, pronto/a para enviar, aguardando envio, esperando envio, "
        "por enviar, a enviar, to send"
    ),
    State.PROCESANDO: (
        "procesando, processando, processing, em processamento, en procesamiento, preparing, "
        "preparing to send, preparando, preparando envio, em preparacao, en preparacion, "
        "starting, iniciando, adding recipients"
    ),
    State.IN_PROGRESS: (
        "in progress, send in progress, sending in progress, en progreso, em andamento, "
        "em progresso, en curso, in process, em processo, en proceso, sending, sending now, "
        "sending segments, variations sent, running, started, enviando, em envio, en envio, "
        "sendo enviado/a, siendo enviado/a, em execucao, en ejecucion, executando, ejecutando, "
        "delivering, entregando, em entrega, en entrega, iniciado/a, working, generating, "
        "gerando, generando, ongoing, executing, in execution, dispatching, despachando, "
        "disparando, em disparo, em processo de envio, en proceso de envio"
    ),
    # `triggered`: the platform has started to send, and has perhaps finished.
    State.DELIVERY_ENDING: (
        "delivery ending, finalizando, finalizando envio, finalizando entrega, finishing, "
        "triggered, disparado/a"
    ),
    State.SENT_DONE: (
        "sent-done, sent, enviado/a, finalizado/a, concluido/a, finished, completed, complete, "
        "completado/a, completo/a, done, terminado/a, delivered, entregue, entregado/a, "
        "encerrado/a, executed, executado/a, ejecutado/a, ended, enviados, enviadas, "
        "sent successfully, enviado/a com sucesso, enviado/a con exito, sending completed, "
        "finished sending, disparo concluido"
    ),
    State.CANCELLING: (
        "cancel(l)ing, cancelando, em cancelamento, en cancelacion, stopping, parando, deteniendo"
    ),
    State.CANCELLED: (
        "cancel(l)ed, cancelado/a, cancel(l)ed during send, cancel(l)ed during sending, "
        "cancel(l)ed while sending, cancelado/a durante o envio, cancelado/a durante el envio, "
        "cancelado/a durante envio, parado/a, stopped, interrompido/a, interrumpido/a, "
        "detenido/a, cancel(l)ed by user, cancelado/a pelo usuario, cancelado/a por el usuario, "
        "stopped by user, cancelado/a no envio, cancelado/a durante a execucao, anulado/a, "
        "send cancel(l)ed, sending cancel(l)ed"
    ),
    State.ABORTED: (
        "aborted, abortado/a, failed, send failed, sending failed, falhou, fallido/a, "
        "cancel(l)ed account disabled, aborted by system, aborted by platform, "
        "abortado/a pelo sistema, abortado/a por el sistema, stopped by system, "
        "cancel(l)ed by system, failed to send, delivery failed, falha no envio, "
        "cancel(l)ed internal error, cancel(l)ed no recipients, cancel(l)ed smart sending, "
        "cancel(l)ed billing limit, cancel(l)ed misconfigured"
    ),
    State.PAUSED: (
        "paused, pausado/a, en pausa, em pausa, suspended, suspenso/a, suspendido/a, on hold, "
        "paused by user, sending paused, auto paused, paused by system, pausado/a pelo sistema, "
        "pausado/a por el sistema"
    ),
    State.SMTP_ERROR: "smtp-error, smtp errors, smtp errors - temporarily stop",
}


_NOT_BEGUN: Final = (State.DRAFT, State.SCHEDULED, State.WAITING_CONFIRMATION, State.PENDING)
#: Finds `cancelado` in `Envio cancelado`, and finds `Sending` and `45` in `Sending (45%)`.
_WORD: Final = re.compile(
    r"\s*(?:(?:envio|envío|campanha|campaña|campaign)[\s_-]+)?(.*?)\s*(?:\(?(\d{1,3})\s?%\)?)?\s*",
    re.IGNORECASE,
)


def squeeze(text: str) -> str:
    """Return only the letters and digits of a text, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


def _variants(spelling: str) -> list[str]:
    # `agendado/a` means `agendado` and `agendada`. `cancel(l)ed` means `canceled` and `cancelled`.
    return [
        spelling.replace("o/a", ending).replace("(l)", doubled)
        for ending in "oa"
        for doubled in ("", "l")
    ]


_BY_SPELLING: Mapping[str, State] = {
    squeeze(variant): state
    for state, spellings in _SPELLINGS.items()
    for spelling in spellings.split(", ")
    for variant in _variants(spelling)
}


#: Each spelling of *cancelled during send* contains one of these texts.
DURING_SEND: Final = ("during", "while", "durante", "no envio")


def is_during_send(text: str) -> bool:
    """Return whether a text is a spelling of *cancelled during send*."""
    return parse_state(text) is State.CANCELLED and any(w in text.lower() for w in DURING_SEND)


def parse_state(text: str) -> State:
    """Return the state for a known spelling, or UNKNOWN.

    >>> parse_state("Em andamento"), parse_state("SENT_DONE"), parse_state("teleported")
    (<State.IN_PROGRESS: 'IN-PROGRESS'>, <State.SENT_DONE: 'SENT-DONE'>, <State.UNKNOWN: 'UNKNOWN'>)
    """
    found = _BY_SPELLING.get(squeeze(text))
    if found is None and (inner := _WORD.fullmatch(text)):
        found = _BY_SPELLING.get(squeeze(inner[1]))
        if found is State.SENT_DONE and inner[2] not in (None, "100"):
            return State.UNKNOWN  # `Sent (45%)` is not finished
        if found in _NOT_BEGUN and inner[2] is not None:
            return State.UNKNOWN  # `Scheduled 50%` contradicts itself
    return found or State.UNKNOWN
