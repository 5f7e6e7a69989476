"""Find words that say that the numbers of a file are in thousands or in millions."""

import re
from typing import Final

from core.errors import N_
from core.feed.interpreting.zones import plain_text

#: Freio does not multiply: `12` in thousands can be any number from 11,500 to 12,499.
HEADING_SCALED: Final = N_(
    "The heading “{text}” says that its numbers are in thousands or in millions, so the recipients "
    "of each send are not known exactly."
)
LINE_SCALED: Final = N_(
    "The file says “{text}”: its numbers seem to be in thousands or in millions, so the recipients "
    "of each send are not known exactly."
)
FULL_NUMBERS: Final = N_(
    "Export the full numbers, such as 12000. If the numbers are full, remove these words."
)
#: The patterns need texts in lower case without accents.
_SCALE: Final = "(?:thousands?|milhar(?:es)?|miles|millions?|milhoes|millones)"
_TIMES_1000: Final = r"[x×*]\s?1[.,]?000(?:[.,]?000)?"
#: The end of a heading: `Recipients (000)`, `Destinatarios en miles`, `recipients_k`.
_AT_END: Final = re.compile(
    rf"[\W_]*[(\[]\s*(?:(?:in|em|en)\s|[x×*]\s?)?(?:{_SCALE}|mil|k|mm?|mi|['’]?000['’]?s?|1[.,]?000)"
    rf"\s*[)\]]\s*|[\W_]+(?:(?:in|em|en)[\W_])?(?:{_SCALE}|k|['’]?000['’]?s?|{_TIMES_1000})\s*"
    r"|[\W_]+(?:em|en)[\W_]mil\s*"
)
_AT_BEGIN: Final = re.compile(rf"{_SCALE}\s(?:of|de)\s")
_COUNTED: Final = (
    "(?:contacts|contatos|contactos|recipients|destinatarios|records|registros|people|pessoas"
    "|personas|units|unidades|messages|mensagens|mensajes|e-?mails|subscribers|usuarios|leads)"
)
#: A title or a footer. `Sold in thousands of shops` is about something else.
_SAID: Final = re.compile(
    rf"\b(?:in|em|en)\s(?:{_SCALE}|mil|k|['’]?000['’]?s?)(?=\s*(?:$|[^\s\w])|\s(?:of|de)\s{_COUNTED}\b)"
    rf"|\(\s*['’]?000['’]?s?\s*\)(?!\s*\d)|(?:^|\s){_TIMES_1000}\b"
    rf"|\b(?:units?|unidad(?:es)?|unidades?|escala|scale)\s*[:=]\s*(?:{_SCALE}|mil|k)\b"
)


def without_scale(heading: str) -> str:
    """Return a heading without words for thousands or millions, to find what it means.

    >>> without_scale("Recipients (000)"), without_scale("Milhares de destinatários")
    ('recipients', 'destinatarios')
    """
    plain = plain_text(heading).strip()
    found = next((m for m in _AT_END.finditer(plain) if m.end() == len(plain)), None)
    return _AT_BEGIN.sub("", plain[: found.start()] if found else plain, count=1)


def is_scaled(heading: str) -> bool:
    """Return whether a heading says that its numbers are in thousands or in millions."""
    return without_scale(heading) != plain_text(heading).strip()


def says_scale(line: str) -> bool:
    """Return whether a title or a footer says that numbers are in thousands or in millions.

    >>> says_scale("Valores em milhares"), says_scale("Sold in thousands of shops")
    (True, False)
    """
    return _SAID.search(plain_text(line).strip(' ",;|')) is not None
