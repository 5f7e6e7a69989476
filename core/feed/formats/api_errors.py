"""Recognise the error answers of an API: `{"error": "unauthorized"}`."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from core.domain.states import squeeze
from core.errors import N_, FeedError
from core.feed.formats.json_lists import ListOfObjects
from core.feed.interpreting.headings import required_in

_LONGEST: Final = 200


def _squeezed(names: str) -> Sequence[str]:
    return tuple(map(squeeze, names.split(", ")))


#: A value under one of these keys means an error: `{"error": "unauthorized"}`.
_ERRORS: Final = _squeezed(
    "errors, error, erros, erro, errores, fault, exception, request error, service exception"
)
#: The keys of an error text. The most exact keys come first.
_TEXTS: Final = (
    *_squeezed(
        "error description, error message, message, msg, mensagem, mensaje, detail, details, "
        "fault string, reply text, reason, description, descricao, descripcion, title, text"
    ),
    *_ERRORS,
)
#: The keys of an error code.
_CODES: Final = _squeezed(
    "code, error code, status code, http status, status, codigo, success, ok, reply code"
)
#: These codes mean success.
_GOOD: Final = frozenset(("0", "200", "ok", "success", "true"))
#: An error answer can also have these keys.
_OTHERS: Final = _squeezed(
    "type, instance, path, timestamp, request id, trace id, documentation url, documentation, "
    "code description, more info, uuid, context, category, correlation id, error key, message id"
)


#: An answer is also an error if it is only one of these words.
_SHORT: Final = _squeezed("error, erro, unauthorized, unauthorised, forbidden, notfound, denied")


def require_no_error(answer: Any, lists: Sequence[ListOfObjects]) -> None:
    """Raise FeedError if an answer is an error.

    If a list of objects has an ordinary key, such as `campaigns`, the answer is no error. A list
    under a key of _TEXTS, such as `errors`, can be a list of errors.
    """
    paths = (each.path for each in lists if each.objects and each.path)
    if any(squeeze(path.rpartition(".")[2]) not in _TEXTS for path in paths):
        return
    answer = _inner(answer[0] if isinstance(answer, list) and len(answer) == 1 else answer)
    is_text = isinstance(answer, str) and (" " in answer or squeeze(answer) in _SHORT)
    if is_text or is_error(answer):
        raise FeedError(
            N_("The file is an error answer of an API and not a list of sends: “{text}”."),
            N_("Correct the request (often its key or its address), and save the answer again."),
            text=(error_text(answer) or "–")[:_LONGEST],
        )


def is_error(answer: Any) -> bool:
    """Return whether an answer is an error."""
    answer = _inner(answer)
    if not isinstance(answer, dict):
        return False
    fields = required_in(answer)
    values = {squeeze(key): value for key, value in answer.items()}
    if fields & {"total_records", "scheduled_at"} or {"id", "name"} <= values.keys():
        return False
    if any(values.get(name) for name in _ERRORS):
        return True
    keys = {key for key, value in values.items() if value not in (None, "", [], {})}
    is_alone = keys <= {*_TEXTS, *_CODES, *_OTHERS} and not keys <= {*_CODES}
    # Salesforce writes `errorCode: 0` even for an error.
    named = [values[name] for name in _CODES if name in keys and name != "errorcode"]
    codes = [str(each).casefold() for each in (*named, error_text(answer))]
    return is_alone and bool(error_text(answer)) and _GOOD.isdisjoint(codes)


def _inner(answer: Any) -> Any:
    """Remove wrappers: `{"result": {…}}` becomes `{…}`."""
    while isinstance(answer, dict) and len(answer) == 1:
        ((key, value),) = answer.items()
        if squeeze(key) in _ERRORS or not isinstance(value, dict):
            break
        answer = value
    return answer


def error_text(value: Any) -> str:
    """Return the text of an error, or ""."""
    if isinstance(value, dict):
        named = {squeeze(key): each for key, each in value.items()}
        return _first(named[name] for name in _TEXTS if name in named) or _first(value.values())
    if isinstance(value, list):
        return _first(value)
    return value.strip() if isinstance(value, str) else ""


def _first(values: Iterable[Any]) -> str:
    return next(filter(None, map(error_text, values)), "")
