"""Parse whole numbers as different countries write them: `1,234`, `1.234`, `1 234`."""

import re
from typing import Final, Literal

from core.errors import N_
from core.feed.interpreting.reading_rules import Undecided, UnreadableValue

#: A send with more recipients is a mistake in the file.
MAX_COUNT: Final = 2_000_000_000

SIGNS: Final[tuple[Literal["."], Literal[","]]] = (".", ",")
#: A value for `decimal`: both signs are accepted, because no number in the file is ambiguous.
ANY: Final = "any"
_SPACES: Final = " \u00a0\u2007\u2009\u202f'’"
#: Whole numbers for each decimal sign. For `.`: `1234`, `1,234`, `1,234.00`.
_WITH: Final = {
    sign: re.compile(
        rf"([1-9]\d{{0,2}}(?:([{other}{_SPACES}])\d{{3}}(?:\2\d{{3}})*)|0[{other}]000|\d+)(?:[{sign}]0+)?",
        re.ASCII,
    )
    for sign, other in ((".", ","), (",", "."))
}
#: Numbers that prove the decimal sign: `12.5`. `1.500` can mean 1,500 and proves nothing.
_FRACTION: Final = {
    sign: re.compile(
        rf"(?:\d{{1,3}}(?:[{other}{_SPACES}]\d{{3}})+[{sign}]\d+|0\d*[{sign}]\d+"
        rf"|\d+[{sign}](?:\d{{1,2}}|\d{{4,}}))",
        re.ASCII,
    )
    for sign, other in ((".", ","), (",", "."))
}
#: A word for recipients after a number. The pattern works in Arrow and in `re`.
UNIT: Final = (
    r"(?i)(\d)\s+(?:contacts?|contatos?|contactos?|recipients?|destinat[aá]rios?|records?|registros?"
    r"|people|pessoas|personas|subscribers?|assinantes?|leads?|users?"
    r"|usu[aá]rios?|customers?|clients?|clientes?|members?|membros?|miembros?|profiles?|perfis"
    r"|perfiles|e-?mails?|correos?|messages?|mensagens|mensajes?|inscritos?|suscriptores|env[ií]os"
    r"|sends?)\s*$"
)
_UNIT: Final = re.compile(UNIT)
_INEXACT: Final = re.compile(
    r"(?:[~≈<>≥≤±]=?|(?:approx\w*|aprox\w*|about|around|circa|ca|cerca de|over|more than|m[aá]s de"
    r"|mais de|up to|at[eé]|hasta|est\w*)\b\.?)\s*\d.*"
    r"|\d[\d.,\s]*(?:k|mm?|mi|bi?|mil|miles|milhar(?:es)?|milh[aã]o|milh[oõ]es|mill[oó]n|millones"
    r"|thousands?|millions?|billions?)\b.*"
    r"|\d[\d.,\s]*(?:\+|\(?(?:est|approx|aprox)\b).*",
    re.IGNORECASE,
)
#: The first matching reason applies.
_REASONS: Final = (
    (_INEXACT, N_("“{text}” is not an exact number: export the number with all its digits")),
    (re.compile(".*%.*", re.DOTALL), N_("“{text}” is a percentage and not a number")),
    (re.compile(r"[-\u2212]\s*\d[\d., ]*"), N_("“{text}” is less than zero")),
    (re.compile(".*", re.DOTALL), N_("“{text}” is not a whole number")),
)


def count_with(sign: Literal[".", ","], value: str) -> int | None:
    """Return the whole number of a text if `sign` is the decimal sign, or None."""
    match = _WITH[sign].fullmatch(value)
    return int(re.sub(r"\D", "", match.group(1))[:20]) if match else None


def is_unit(text: str) -> bool:
    """Return whether a text is only a word for recipients: `contacts`."""
    return _UNIT.sub(r"\1", f"1 {text.strip()}") == "1"


def is_inexact(text: str) -> bool:
    """Return whether a number is rounded or estimated: `12k`, `~12000`."""
    return _INEXACT.fullmatch(text) is not None


def sign_of_fraction(value: str) -> Literal[".", ","] | None:
    """Return the decimal sign of a fraction (`.` for `12.5`), or None."""
    return next((sign for sign in SIGNS if _FRACTION[sign].fullmatch(value)), None)


def parse_count(text: str, decimal: str = "") -> int:
    """Parse a whole number: `1234`, `1.234`, `12 345`.

    Raise UnreadableValue if the text is not a whole number. `decimal` is the decimal sign of the
    file, ANY, or "" if the sign is not known. If `decimal` is "":

    * `1.234` means 1,234, because counts have no fractions.
    * `12.000` raises Undecided, because 12 and 12,000 are possible.
    * `12.5` raises Undecided. A file with `12.5` has fractions, so its `1.500` can mean 1.5.
    """
    value = _UNIT.sub(r"\1", text.strip())
    if value.isascii() and value.isdecimal():
        return _in_range(int(value[:20]))
    readings = (count_with(sign, value) for sign in SIGNS if decimal in ("", ANY, sign))
    found = {count for count in readings if count is not None}
    if len(found) > 1 and not decimal:
        raise Undecided
    if len(found) == 1:
        return _in_range(found.pop())
    if not decimal and sign_of_fraction(value):
        raise Undecided
    reason = next(reason for pattern, reason in _REASONS if pattern.fullmatch(value))
    raise UnreadableValue(reason, text=value)


def _in_range(count: int) -> int:
    if count > MAX_COUNT:
        raise UnreadableValue(N_("{count} is too many records"), count=count)
    return count
