"""Names in the reader's language: states, outlooks, people, reasons, numbers of recipients."""

from core.domain.model import Confirmation, SendConfiguration, Source
from core.domain.states import Outlook, State
from core.runtime.instance import settings
from core.services.reason_presets import name_of, read_presets
from pages.text import i18n
from pages.text.i18n import _
from pages.viewer.language import reader_language

#: Where to abort a send in the platform itself, in the platform's own words.
PLATFORM_PATH = (
    "Programar Envios → Listar Configurações → Estado de Envio → opções avançadas → Abortar"
)


def state_name(configuration: SendConfiguration) -> str:
    """Return the state as the platform writes it; an unknown one in the source's own words."""
    if configuration.state is State.UNKNOWN and configuration.raw_state:
        return configuration.raw_state
    return configuration.state.value


def state_words(state: State) -> str:
    """Return a state in words, with the platform's own word for it."""
    words = {
        State.DRAFT: _("Draft"),
        State.WAITING_CONFIRMATION: _("Waiting for confirmation"),
        State.PENDING: _("Ready to be sent"),
        State.SCHEDULED: _("Scheduled"),
        State.PROCESANDO: _("Processing"),
        State.IN_PROGRESS: _("In progress"),
        State.PAUSED: _("Paused"),
        State.SMTP_ERROR: _("Paused by SMTP errors"),
        State.DELIVERY_ENDING: _("Last batches going out"),
        State.SENT_DONE: _("Finished"),
        State.CANCELLING: _("Being stopped"),
        State.CANCELLED: _("Stopped by a person"),
        State.ABORTED: _("Stopped by the platform on an error"),
        State.UNKNOWN: _("unknown"),
    }[state]
    return f"{words} ({state.value})"


def processing_meaning() -> str:
    """Return what the platform's word PROCESANDO means."""
    return _("PROCESANDO: the platform is preparing the data of the send. Nothing goes out yet.")


def outlook_name(outlook: Outlook) -> str:
    """Return the name of an outlook."""
    return {
        Outlook.STOPPABLE: _("Can be stopped"),
        Outlook.WAITING: _("Waiting for confirmation"),
        Outlook.STOPPED: _("Stopped"),
        Outlook.UNCERTAIN: _("Uncertain"),
        Outlook.TOO_LATE: _("Too late"),
        Outlook.FINISHED: _("Finished"),
        Outlook.NOT_RUNNING: _("Not running"),
    }[outlook]


def recipients(count: int) -> str:
    """Return a number of recipients with its unit."""
    return i18n.plural("{n} recipient", "{n} recipients", count)


def person(name: str) -> str:
    """Return the name of a person, translated if it is one of Freio's own."""
    known = {"local operator": _("local operator"), "demo visitor": _("demo visitor")}
    return known.get(name, name)


def confirmation_name(confirmation: Confirmation) -> str:
    """Return the name of a confirmation of an abort."""
    return {
        Confirmation.CONFIRMED: _("confirmed"),
        Confirmation.OPEN: _("open"),
        Confirmation.CONTRADICTED: _("contradicted"),
        Confirmation.NOT_APPLICABLE: "–",
    }[confirmation]


def source_name(source: Source) -> str:
    """Return the name of the source of a change."""
    return {
        Source.FEED: _("file"),
        Source.ABORT: _("abort"),
        Source.PLATFORM: _("platform"),
        Source.SIMULATOR: _("simulated platform"),
    }[source]


def reason_name(code: str) -> str:
    """Return the name of a preset reason; for own presets, the name in their file."""
    own = name_of(read_presets(settings().reasons), code, reader_language().code)
    return own or {
        "wrong_content": _("Wrong content"),
        "wrong_audience": _("Wrong audience"),
        "wrong_time": _("Wrong time"),
        "duplicate": _("Duplicate"),
        "legal": _("Legal"),
        "other": _("Other"),
        "": "–",
    }.get(code, code)
