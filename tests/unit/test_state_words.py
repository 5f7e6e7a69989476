"""State words of the platform and of other senders, in three languages, and their meaning."""

import pytest

from core.domain.states import State, parse_state

WORDS = {
    State.DRAFT: (
        "draft, save, saved, rascunho, borrador, salvo, salva, guardado, guardada, em rascunho, "
        "en borrador, em edição, en edición"
    ),
    State.SCHEDULED: (
        "scheduled, schedule, queued, planned, agendado, agendada, na fila, programado, "
        "programada, en cola, encolado, encolada, enfileirado, enfileirada, em fila, queue, "
        "planejada, planificada, planeado, reagendado, rescheduled, scheduled for sending, agendada para envio, programado para envío, "
        "queued for sending"
    ),
    State.PENDING: (
        "pending, pendente, pendiente, pendente de envio, ready, ready to send, aguardando envio, "
        "pronto para envio, listo para enviar, por enviar, a enviar, to send"
    ),
    State.PROCESANDO: (
        "procesando, processando, processing, preparing, preparando, starting, em processamento, "
        "en preparación, iniciando, preparing to send, preparando envio"
    ),
    State.IN_PROGRESS: (
        "in progress, in_process, inProcess, sending, running, em andamento, enviando, em envio, "
        "en curso, en envío, en ejecución, em execução, started, working, executando, ejecutando, "
        "em progresso, en progreso, en proceso, em entrega, iniciada, Sending (45%), Enviando 50%, "
        "Campanha em andamento, generating, gerando, send in progress, ongoing, dispatching, "
        "despachando, executing, in execution"
    ),
    State.DELIVERY_ENDING: "delivery ending, triggered, disparado, disparada, finalizando",
    State.SENT_DONE: (
        "sent, finished, completed, done, complete, delivered, enviado, concluída, concluído, "
        "finalizado, finalizada, completado, completada, completo, terminado, terminada, enviada, "
        "entregue, entregado, encerrada, executado, ejecutada, ended, enviado com sucesso, "
        "Envio concluído, Sent (100%), Enviado 100%, finished sending, disparo concluído"
    ),
    State.CANCELLING: "cancelling, canceling, cancelando, em cancelamento, stopping, parando",
    State.CANCELLED: (
        "cancelled, canceled, cancelled during send, Canceled During Send, "
        "canceled during sending, cancelado, cancelada, "
        "cancelado durante o envio, cancelado durante el envío, cancelada durante envio, stopped, "
        "detenido, detenida, parado, parada, interrompida, interrumpido, cancelled by user, "
        "cancelado pelo usuário, cancelada por el usuario, cancelada no envio, Envío cancelado, "
        "anulado, sending cancelled"
    ),
    State.ABORTED: (
        "aborted, abortado, abortada, failed, falhou, fallido, Cancelled: Account Disabled, "
        "aborted by system, abortado pelo sistema, send failed, failed to send, delivery failed, "
        "Cancelled: No Recipients, Cancelled: Smart Sending, Cancelled: Internal Error, "
        "Cancelled: Billing Limit, Cancelled: Misconfigured, "
        "cancelled by system, falha no envio, envio falhou"
    ),
    State.PAUSED: (
        "paused, pausado, pausada, em pausa, en pausa, suspended, suspenso, suspensa, suspendido, "
        "on hold, paused by user, envio pausado, auto-paused, paused by system, "
        "pausada pelo sistema, pausado por el sistema"
    ),
    State.WAITING_CONFIRMATION: (
        "waiting-confirmation, inReview, in review, under review, em revisão, en revisión, "
        "pending approval, queued for approval, pendente de revisão, pendiente de revisión"
    ),
    # A word that can mean several states is asked for.
    State.UNKNOWN: (
        "archive, archived, recurring, teleported, -, waiting, error, campaign, 50%, 1, 0, true, ok, "
        "Sent (45%), Enviado 7%, Concluída (99 %), Scheduled 50%, Draft 0%, Agendado (10%), "
        "dispatched, despachado, active, inactive, activo, ativa, inativo, enabled, disabled, live, "
        "published, unpublished, publicado, processed, approved, rejected, aguardando, esperando, "
        "en espera, em espera, listo, lista, new, novo, nuevo, created, open, closed, outbox, "
        "throttled, partial, parcial, partially sent, enviado parcialmente, parcialmente enviada, "
        "sent with errors, completed with errors, concluído com erros, enviado con errores, "
        "not sent, não enviado, no enviado, unsent, unscheduled, não agendado, not started, "
        "sent to approval, enviado para aprovação, enviado à fila, test sent, teste enviado, "
        "scheduled (paused), cancelled (partially sent), enviado e cancelado, sent & archived, "
        "cancel requested, pending cancellation, agendamento cancelado, schedule cancelled, "
        "expired, expirado, deleted, excluído, eliminado, archivada, arquivado, skipped, retrying, "
        "success, successful, succeeded, sucesso, exitoso, failure, terminated, timed out, held, retenido, bloqueado, ready to schedule, "
        "preparing to schedule, unknown, desconhecido, erro, con error, falha"
    ),
}


@pytest.mark.parametrize(
    ("word", "state"),
    [(word, state) for state, words in WORDS.items() for word in words.split(", ")],
)
def test_a_state_word_has_its_meaning_in_any_case(word: str, state: State) -> None:
    for each in (word, word.upper(), f" {word.replace(' ', '_')} "):
        assert parse_state(each) is state
