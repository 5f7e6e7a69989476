"""The states of a send and their spellings, and the results of an abort."""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """A state of a send configuration, in order of the lifecycle. The value is stored."""

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
    """Whether the platform has started to generate the records of a send."""

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
    #: The role of the person does not allow aborts. The abort table has no such refusal.
    NOT_ALLOWED = "not_allowed"


class Outlook(StrEnum):
    """What can still be done about a send. The colour of a send on all pages shows its outlook."""

    STOPPABLE = "stoppable"
    #: Some messages of the send have gone out or could have gone out. The rest can be stopped.
    REST_STOPPABLE = "rest_stoppable"
    WAITING = "waiting"
    STOPPED = "stopped"
    UNCERTAIN = "uncertain"
    TOO_LATE = "too_late"
    FINISHED = "finished"
    NOT_RUNNING = "not_running"


class Again(StrEnum):
    """What a send that had ended does now, according to a newer report."""

    #: The send waits for its scheduled time. Nothing has gone out since the send ended.
    SCHEDULED = "scheduled"
    RUNS = "runs"
    HAS_GONE_OUT = "has_gone_out"


#: Outlooks of sends that can be stopped, in whole or in part.
CAN_BE_STOPPED: Final = (Outlook.STOPPABLE, Outlook.REST_STOPPABLE)

#: Outlooks of sends that can be stopped, or perhaps can be stopped.
MAY_BE_STOPPED: Final = (*CAN_BE_STOPPED, Outlook.UNCERTAIN)

#: Outlooks of sends that have gone out, or will go out if nobody stops them.
GOES_OUT: Final = (*MAY_BE_STOPPED, Outlook.TOO_LATE, Outlook.FINISHED)

#: States of a send that was cancelled, in Freio or in the platform.
STOPPED_HERE: Final = (State.CANCELLING, State.CANCELLED)

#: States of a send that has gone out, or whose last batches are going out.
GONE_OUT: Final = (State.DELIVERY_ENDING, State.SENT_DONE)

#: States of a send that will go out or is going out, if nobody stops it.
ON_ITS_WAY: Final = (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)

#: States in which a send can be without a scheduled time. Drafts often have no time, and a person
#: can start a send without a time.
MAY_LACK_TIME: Final = frozenset(State) - {State.SCHEDULED, State.SENT_DONE, State.UNKNOWN}

#: States in which an empty number of recipients is a mistake of the source. In all other states,
#: the source can omit a number that it does not know yet.
HAS_RECIPIENTS: Final = frozenset({State.SENT_DONE, State.UNKNOWN})

#: Terminal states. Only a newer report of the platform can change a terminal state.
TERMINAL = frozenset({State.SENT_DONE, State.CANCELLED, State.ABORTED})


def generation_of(generated_records: int | None, generation_started: bool) -> Generation:
    """Return whether generation has started.

    - STARTED: a record was generated, or a start time is known.
    - NOT_STARTED: the source reports 0 generated records, and no start time is known.
    - UNKNOWN: the source does not report generated records (None), and no start time is known.
    """
    if generation_started or (generated_records is not None and generated_records > 0):
        return Generation.STARTED
    return Generation.UNKNOWN if generated_records is None else Generation.NOT_STARTED


#: Spellings of each state in English, Portuguese and Spanish, separated by commas. They come from
#: many platforms. Words such as `archived` are left out, because they do not say whether the send
#: went out.
_SPELLINGS: Mapping[State, str] = {
    State.DRAFT: (
        "draft, borrador, en borrador, rascunho, em rascunho, save, saved, salvo, salva, "
        "guardado, guardada, em edicao, "
        "en edicion"
    ),
    State.SCHEDULED: (
        "scheduled, schedule, agendado, agendada, programado, programada, planned, planejado, "
        "planejada, planificado, planificada, planeado, planeada, rescheduled, reagendado, "
        "reagendada, reprogramado, reprogramada, scheduled for sending, agendado para envio, "
        "agendada para envio, programado para envio, programada para envio, scheduled for later, "
        "queue, queued, queueing, "
        "in queue, queued without recipients, "
        "na fila de envio, em fila de envio, en cola de envio, "
        "queued for sending, enfileirado para envio, "
        "na fila, em fila, en cola, enfileirado, enfileirada, encolado, encolada"
    ),
    State.WAITING_CONFIRMATION: (
        "waiting-confirmation, waiting for confirmation, esperando confirmacion, "
        "en espera de confirmacion, aguardando confirmacao, esperando confirmacao, "
        "pending approval, awaiting approval, waiting for approval, "
        "aguardando aprovacao, pendente de aprovacao, em aprovacao, "
        "pendiente de aprobacion, esperando aprobacion, en aprobacion, in review, under review, "
        "pending review, ready for review, em revisao, pendente de revisao, en revision, "
        "pendiente de revision, queued for approval"
    ),
    State.PENDING: (
        "pending, pending for sending, pendiente, pendiente de envio, pendente, pendente de envio, "
        "ready, ready to send, to be sent, pronto para envio, pronta para envio, "
        "listo para enviar, "
        "lista para enviar, pronto, pronta, pronto para enviar, pronta para enviar, "
        "aguardando envio, esperando envio, por enviar, a enviar, to send"
    ),
    State.PROCESANDO: (
        "procesando, processando, processing, em processamento, en procesamiento, preparing, "
        "preparing to send, preparando, preparando envio, "
        "em preparacao, en preparacion, starting, iniciando, adding recipients"
    ),
    State.IN_PROGRESS: (
        "in progress, send in progress, sending in progress, "
        "en progreso, em andamento, em progresso, en curso, in process, em processo, "
        "en proceso, sending, sending now, sending segments, variations sent, running, started, "
        "enviando, em envio, en envio, sendo enviado, sendo enviada, siendo enviado, "
        "siendo enviada, em execucao, en ejecucion, executando, ejecutando, delivering, "
        "entregando, em entrega, en entrega, iniciado, iniciada, working, generating, gerando, "
        "generando, ongoing, executing, in execution, dispatching, "
        "despachando, disparando, em disparo, em processo de envio, en proceso de envio"
    ),
    # `triggered`: the sending was started, so the send has been sent or is being sent.
    State.DELIVERY_ENDING: (
        "delivery ending, finalizando, finalizando envio, finalizando entrega, finishing, "
        "triggered, "
        "disparado, disparada"
    ),
    State.SENT_DONE: (
        "sent-done, sent, enviado, enviada, finalizado, finalizada, concluido, concluida, "
        "finished, completed, complete, completado, completada, completo, completa, done, "
        "terminado, terminada, delivered, entregue, entregado, entregada, encerrado, encerrada, "
        "executed, executado, executada, ejecutado, ejecutada, ended, enviados, enviadas, "
        "sent successfully, enviado com sucesso, enviada com sucesso, enviado con exito, "
        "enviada con exito, sending completed, finished sending, disparo concluido"
    ),
    State.CANCELLING: (
        "cancelling, canceling, cancelando, em cancelamento, en cancelacion, stopping, parando, "
        "deteniendo"
    ),
    State.CANCELLED: (
        "cancelled, canceled, cancelado, cancelada, cancelled during send, canceled during send, "
        "cancelled during sending, canceled during sending, cancelled while sending, "
        "canceled while sending, cancelado durante o envio, "
        "cancelada durante o envio, cancelado durante el envio, cancelada durante el envio, "
        "cancelado durante envio, cancelada durante envio, parado, parada, stopped, interrompido, "
        "interrompida, interrumpido, interrumpida, detenido, detenida, cancelled by user, "
        "canceled by user, cancelado pelo usuario, cancelada pelo usuario, "
        "cancelado por el usuario, "
        "cancelada por el usuario, stopped by user, cancelado no envio, cancelada no envio, "
        "cancelado durante a execucao, cancelada durante a execucao, anulado, anulada, "
        "send cancelled, send canceled, sending cancelled, sending canceled"
    ),
    State.ABORTED: (
        "aborted, abortado, abortada, failed, send failed, sending failed, "
        "falhou, fallido, fallida, "
        "cancelled account disabled, canceled account disabled, aborted by system, "
        "aborted by platform, abortado pelo sistema, abortada pelo sistema, "
        "abortado por el sistema, abortada por el sistema, stopped by system, cancelled by system, "
        "canceled by system, failed to send, delivery failed, falha no envio, "
        "cancelled internal error, canceled internal error, cancelled no recipients, "
        "canceled no recipients, cancelled smart sending, canceled smart sending, "
        "cancelled billing limit, canceled billing limit, cancelled misconfigured, "
        "canceled misconfigured"
    ),
    State.PAUSED: (
        "paused, pausado, pausada, en pausa, em pausa, suspended, suspenso, suspensa, suspendido, "
        "suspendida, on hold, paused by user, sending paused, auto paused, paused by system, "
        "pausado pelo sistema, pausada pelo sistema, pausado por el sistema, "
        "pausada por el sistema"
    ),
    State.SMTP_ERROR: "smtp-error, smtp errors, smtp errors - temporarily stop",
}


#: States in which no part of a send is done. A text with such a state word and a percentage is a
#: contradiction.
_NOT_BEGUN: Final = (State.DRAFT, State.SCHEDULED, State.WAITING_CONFIRMATION, State.PENDING)
#: The state word in texts such as `Envio cancelado` and `Sending (45%)`.
_WORD: Final = re.compile(
    r"\s*(?:(?:envio|envío|campanha|campaña|campaign)[\s_-]+)?(.*?)\s*(?:\(?(\d{1,3})\s?%\)?)?\s*",
    re.IGNORECASE,
)


def squeeze(text: str) -> str:
    """Return a text without case, accents, spaces and punctuation, to compare spellings."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


_BY_SPELLING: Mapping[str, State] = {
    squeeze(spelling): state
    for state, spellings in _SPELLINGS.items()
    for spelling in spellings.split(", ")
}


#: A word of each spelling of *cancelled during send*.
DURING_SEND: Final = ("during", "while", "durante", "no envio")


def is_during_send(text: str) -> bool:
    """Return whether a word for CANCELLED says that generation had started before the stop."""
    return parse_state(text) is State.CANCELLED and any(w in text.lower() for w in DURING_SEND)


def parse_state(text: str) -> State:
    """Return the state for a known spelling, or `State.UNKNOWN` for any other text.

    >>> parse_state("Em andamento"), parse_state("SENT_DONE"), parse_state("teleported")
    (<State.IN_PROGRESS: 'IN-PROGRESS'>, <State.SENT_DONE: 'SENT-DONE'>, <State.UNKNOWN: 'UNKNOWN'>)
    """
    found = _BY_SPELLING.get(squeeze(text))
    if found is None and (inner := _WORD.fullmatch(text)):
        found = _BY_SPELLING.get(squeeze(inner[1]))
        if found is State.SENT_DONE and inner[2] not in (None, "100"):
            return State.UNKNOWN  # `Sent (45%)` is not finished
        if found in _NOT_BEGUN and inner[2] is not None:
            return State.UNKNOWN  # `Scheduled 50%` has begun
    return found or State.UNKNOWN
