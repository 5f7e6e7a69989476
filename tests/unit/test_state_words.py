"""State words of the platform and of other senders, in three languages, and their meaning."""

import pytest

from core.domain.states import State, parse_state

WORDS = {
    State.DRAFT: "draft, save, saved, rascunho, borrador, salvo, guardado",
    State.SCHEDULED: (
        "scheduled, schedule, queued, planned, agendado, agendada, na fila, programado, "
        "programada, en cola"
    ),
    State.PENDING: "pending, pendente, pendiente",
    State.PROCESANDO: "procesando, processando, processing, preparing, preparando, starting",
    State.IN_PROGRESS: (
        "in progress, in_process, inProcess, sending, running, em andamento, enviando, em envio, "
        "en curso, en envío, en ejecución, em execução"
    ),
    State.DELIVERY_ENDING: "delivery ending, triggered, disparado",
    State.SENT_DONE: (
        "sent, finished, completed, done, complete, delivered, enviado, concluída, concluído, "
        "finalizado, completado, completada, terminado, entregue, entregado"
    ),
    State.CANCELLED: (
        "cancelled, canceled, cancelled during send, Canceled During Send, cancelado, cancelada, "
        "cancelado durante o envio, cancelado durante el envío, stopped, detenido"
    ),
    State.ABORTED: "aborted, abortado, failed, falhou, fallido, Cancelled: Account Disabled",
    State.PAUSED: "paused, pausado, pausada, suspended, suspenso, suspendido",
    State.UNKNOWN: "archive, archived, recurring, teleported, -",
}


@pytest.mark.parametrize(
    ("word", "state"),
    [(word, state) for state, words in WORDS.items() for word in words.split(", ")],
)
def test_a_state_word_has_its_meaning_in_any_case(word: str, state: State) -> None:
    for each in (word, word.upper(), f" {word.replace(' ', '_')} "):
        assert parse_state(each) is state
