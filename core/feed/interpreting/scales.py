"""Find words about the scale of numbers: `in thousands`, `in millions`."""

import re
from typing import Final

from core.errors import N_
from core.feed.interpreting.reading_rules import word_set
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
#: All patterns need texts in lower case without accents.
_SCALE: Final = "(?:thousands?|milhar(?:es)?|miles|millions?|milhoes|millones)"
_TIMES_1000: Final = r"[x×*]\s?1[.,]?000(?:[.,]?000)?"
#: A scale at the end of a heading: `Recipients (000)`, `recipients_k`.
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
#: A scale in a title or a footer. `Sold in thousands of shops` does not match.
_SAID: Final = re.compile(
    rf"\b(?:in|em|en)\s(?:{_SCALE}|mil|k|['’]?000['’]?s?)(?=\s*(?:$|[^\s\w])|\s(?:of|de)\s{_COUNTED}\b)"
    rf"|[(\[]\s*(?:{_SCALE}|mil|k|['’]?000['’]?s?)\s*[)\]](?!\s*\d)|(?:^|\s){_TIMES_1000}\b"
    rf"|(?:\b|_)(?:units?|unidad(?:es)?|unidades?|escala|scale)\s*[:=]\s*(?:{_SCALE}|mil|k)\b"
)
#: A line with only a scale. The words of _SHORT count only in lower case or after empty cells
#: (`;;Mil`), because `Mil` alone can be a name.
_ALONE: Final = re.compile(r"(?:thousands?|milhar(?:es)?|millions?|milhoes|millones)")
_SHORT: Final = r"(?:miles|mil|k|['’]?000['’]?s)"
_BEHIND_CELLS: Final = re.compile(rf"[\s\"]*[,;\t|][\s\",;|]*{_SHORT}", re.DOTALL)
#: Cells in a column of units. _IN_CELL means thousands or millions. _SINGLE means that the counts
#: are numbers of single recipients.
_IN_CELL: Final = re.compile(
    rf"(?:(?:in|em|en)\s)?(?:{_SCALE}|mil|milhao|millon|k|mm?|mi|['’]?000['’]?s?"
    r"|[x×*]?\s?1[.,]?000(?:[.,]?000)?)\.?"
)
_SINGLE: Final = re.compile(r"1(?:[.,]0+)?|units?|ones?|unidade?s?|unidad(?:es)?|un|und|uno?|um")
_UNIT_WORDS: Final = word_set(
    "unit, units, unidade, unidades, unidad, multiplier, multiplicador, scale, escala, factor, "
    "fator"
)
_COUNT_WORDS: Final = word_set(
    "recipient, recipients, destinatario, destinatarios, record, records, registro, registros, "
    "contact, contacts, contato, contatos, contacto, contactos, audience, audiencia, volume, "
    "volumen, total, count, size, quantity, quantidade, cantidad, qty, qtd, number, numero, "
    "numbers, measure, medida, of, de, do, da, dos, del, la, los, the, in"
)


def without_scale(heading: str) -> str:
    """Return a heading without words for thousands or millions.

    >>> without_scale("Recipients (000)"), without_scale("Milhares de destinatários")
    ('recipients', 'destinatarios')
    """
    plain = plain_text(heading).strip()
    found = next((m for m in _AT_END.finditer(plain) if m.end() == len(plain)), None)
    return _AT_BEGIN.sub("", plain[: found.start()] if found else plain, count=1)


def is_scaled(heading: str) -> bool:
    """Return whether a heading contains words for thousands or millions."""
    return without_scale(heading) != plain_text(heading).strip()


def says_scale(line: str) -> bool:
    """Return whether a title or a footer means numbers in thousands or millions.

    >>> says_scale("Valores em milhares"), says_scale("Sold in thousands of shops")
    (True, False)
    """
    plain = plain_text(line)
    words = plain.strip(' ",;\t|')
    is_alone = _ALONE.fullmatch(words) or _BEHIND_CELLS.fullmatch(plain.rstrip(' ",;\t|'))
    is_lower = words in line and re.fullmatch(_SHORT, words)
    return bool(is_alone or is_lower or _SAID.search(words))


def names_unit(heading: str) -> bool:
    """Return whether a heading can mean the unit of the recipients.

    >>> names_unit("recipients_unit"), names_unit("Unidade"), names_unit("Price unit")
    (True, True, False)
    """
    words = set(re.findall(r"[^\W\d_]+", plain_text(heading)))
    return bool(words & _UNIT_WORDS) and words <= _UNIT_WORDS | _COUNT_WORDS


def is_scale(cell: str) -> bool:
    """Return whether the cell of a column of units means thousands or millions."""
    return _IN_CELL.fullmatch(plain_text(cell).strip()) is not None


def is_single(cell: str) -> bool:
    """Return whether the cell of a column of units means single recipients: `1`, `unit`."""
    return _SINGLE.fullmatch(plain_text(cell).strip()) is not None
