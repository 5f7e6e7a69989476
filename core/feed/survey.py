"""Decide from a whole file what its ambiguous values mean: dates and decimal signs.

Dates can have the day or the month first; the decimal sign can be `.` or `,`. Only files with such
ambiguous values are surveyed. The survey reads the file again, up to the first date that proves an
order. After that date, the reader itself finds dates of the other order. The survey keeps only a
few examples, so its memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.imports import Question, Reading, Reason
from core.errors import N_, FeedError
from core.feed.formats.rows import Block, as_text
from core.feed.interpreting.counts import ANY, SIGNS, count_with, sign_of_fraction
from core.feed.interpreting.date_columns import dates_in
from core.feed.interpreting.reading_rules import Rules
from core.feed.interpreting.times import may_begin_with_year, open_date_in

#: A text that begins with a date of three numbers, and one with a weekday or a time before it.
_PLAIN_DATE: Final = r"^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}"
_NAMED_DATE: Final = r"(?s)^([^/]{1,20}?\s\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4})(?:\D.*)?$"
_DATE_LENGTH: Final = 10
_SIGNED: Final = r"^\d[\d\s\x{00a0}\x{2007}\x{2009}\x{202f}'’.,]*[.,]\d+$"
_EXAMPLES: Final = 2
#: The maximum number of characters of a number with one group of thousands, such as 100.000.
_ONE_GROUP: Final = 7
_DAY, _MONTH = "day", "month"


class OpenQuestionError(FeedError):
    """A file has two meanings, and neither the file nor its mapping says which one counts."""

    def __init__(self, happened: str, todo: str, question: Question, **values: object) -> None:
        super().__init__(happened, todo, FeedError.means, **values)
        self.questions = [question]


@dataclass(slots=True)
class Survey:
    """What the values of a file prove. `proofs` has for each answer its first text and its line.

    `open_dates` and `open_counts` are examples of texts with two meanings; the counts have one for
    each sign. `fractions` are the signs in counts such as 12.5, `groups` those in counts such as
    1.500, which may have them too. `decimals` are all signs that a count has as its decimal sign.
    """

    proofs: dict[str, tuple[str, int]] = field(default_factory=dict)
    open_dates: list[tuple[str, date | None, date | None]] = field(default_factory=list)
    open_counts: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    fractions: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    decimals: set[str] = field(default_factory=set)

    def add(self, block: Block, times: Sequence[int], counts: Sequence[int]) -> None:
        """Add the rows of a block; `times` and `counts` are the indexes of these columns."""
        for place in times:
            if (column := _texts(block, place)) is not None:
                self._add_times(block, column)
        for place in counts:
            if (column := _texts(block, place)) is not None:
                self._add_counts(block, column)

    @property
    def shows_order(self) -> bool:
        """Whether the rows so far prove an order of day and month, and no count is ambiguous."""
        return bool(self.proofs.keys() & {_DAY, _MONTH}) and not self.open_counts

    def _add_times(self, block: Block, column: pa.Array) -> None:
        for text in _dates(column):
            readings = open_date_in(text)
            if readings is None:
                continue
            day_first, month_first = readings
            if (day_first and month_first) or may_begin_with_year(text):
                if day_first != month_first and len(self.open_dates) < _EXAMPLES:
                    self.open_dates.append((text, day_first, month_first))
            elif day_first or month_first:
                self._prove(_DAY if day_first else _MONTH, text, block, column)

    def _add_counts(self, block: Block, column: pa.Array) -> None:
        for text in pc.unique(
            pc.filter(column, pc.match_substring_regex(column, _SIGNED))
        ).to_pylist():
            point, comma = (count_with(sign, text) for sign in SIGNS)
            if point is comma is None and (sign := sign_of_fraction(text)):
                self.fractions.add(sign)
                self.decimals.add(sign)
                self._prove(sign, text, block, column)
            if point is not None and comma is not None:
                if point != comma:
                    self.open_counts.setdefault("." if "." in text else ",", (text, point, comma))
            elif point is not None or comma is not None:
                if len(text) <= _ONE_GROUP:
                    self.groups |= {sign for sign in SIGNS if sign in text}
                sign = "." if point is not None else ","
                self.decimals |= {sign} if sign in text else set()
                self._prove(sign, text, block, column)

    def _prove(self, answer: str, text: str, block: Block, column: pa.Array) -> None:
        if answer not in self.proofs:
            place = pc.index(pc.starts_with(column, text), True).as_py()
            self.proofs[answer] = (text, block.lines[place])

    def decide(
        self, name: str, rules: Rules, remembered: Mapping[str, str]
    ) -> tuple[Rules, list[Reason]]:
        """Return the rules with what the file proves, and notes about it.

        `remembered` has what earlier files with the same headings proved. Raises FeedError if the
        file contradicts itself or its mapping, and OpenQuestionError if it proves nothing.
        """
        notes: list[Reason] = []
        if self.open_dates or _DAY in self.proofs or _MONTH in self.proofs:
            rules = self._decide_order(name, rules, remembered.get("day_order", ""), notes)
        elif rules.day_first is None:
            rules = replace(rules, day_first=True)  # such as 11/11/2026: both orders mean the same
        if not self.open_counts and not self.fractions:
            return replace(rules, decimal=""), notes  # each number has one meaning
        return self._decide_sign(name, rules, remembered.get("decimal", ""), notes), notes

    def _decide_order(self, name: str, rules: Rules, remembered: str, notes: list[Reason]) -> Rules:
        day, month = self.proofs.get(_DAY), self.proofs.get(_MONTH)
        if day and month:
            raise FeedError(
                N_(
                    "{name} has both orders of day and month: “{day}” in line {day_line} has the "
                    "day first, “{month}” in line {month_line} has the month first."
                ),
                N_("Correct the export so that all its times have the same order."),
                name=name,
                day=day[0],
                day_line=day[1],
                month=month[0],
                month_line=month[1],
            )
        proof = day or month
        if proof is not None:
            text, line = proof
            if rules.day_first is not None and rules.day_first is not (day is not None):
                raise FeedError(
                    N_(
                        "{name} does not fit its mapping: “{text}” in line {line} has the other "
                        "order of day and month."
                    ),
                    N_("Correct the mapping on the page Imports, or correct the export."),
                    name=name,
                    text=text,
                    line=line,
                )
            template = (
                N_("Dates are read with the day first, because of “{text}” in line {line}.")
                if day
                else N_("Dates are read with the month first, because of “{text}” in line {line}.")
            )
            notes.append(Reason(template, {"text": text, "line": line}))
            return replace(rules, day_first=day is not None)
        if rules.day_first is not None:
            return rules
        text, day_first, month_first = self.open_dates[0]
        if remembered:
            template = (
                N_("Dates such as “{text}” are read with the day first, as in earlier files.")
                if remembered == _DAY
                else N_(
                    "Dates such as “{text}” are read with the month first, as in earlier files."
                )
            )
            notes.append(Reason(template, {"text": text}))
            return replace(rules, day_first=remembered == _DAY)
        readings = [
            Reading(answer=_DAY, examples=[(t, d) for t, d, _ in self.open_dates if d]),
            Reading(answer=_MONTH, examples=[(t, m) for t, _, m in self.open_dates if m]),
        ]
        if not (day_first and month_first):
            raise OpenQuestionError(
                N_(
                    "The order of day, month and year in {name} is not clear: “{text}” is {date}, "
                    "or it begins with the year."
                ),
                N_(
                    "Choose the order on the page Imports and save it as a mapping, or export "
                    "years with four digits."
                ),
                Question(kind="day_order", readings=[each for each in readings if each.examples]),
                name=name,
                text=text,
                date=(day_first or month_first or date.min).isoformat(),
            )
        raise OpenQuestionError(
            N_(
                "The order of day and month in {name} is not clear: “{text}” "
                "is {day} if the day comes first, and {month} if the month "
                "comes first."
            ),
            N_(
                "Choose the order on the page Imports and save it as a mapping, or export dates "
                "such as 2026-11-23."
            ),
            Question(kind="day_order", readings=readings),
            name=name,
            text=text,
            day=day_first.isoformat(),
            month=month_first.isoformat(),
        )

    def _decide_sign(self, name: str, rules: Rules, remembered: str, notes: list[Reason]) -> Rules:
        proved = [sign for sign in SIGNS if sign in self.proofs]
        if (
            len(proved) > 1
            and self.fractions
            and not (self.fractions & self.groups or self.open_counts)
        ):
            return replace(rules, decimal=ANY)  # each number has one meaning
        if len(proved) > 1 and self.fractions:
            (point_text, point_line), (comma_text, comma_line) = (self.proofs[s] for s in proved)
            raise FeedError(
                N_(
                    "{name} has two decimal signs: “{point}” in line {point_line} and “{comma}” in "
                    "line {comma_line}."
                ),
                N_("Correct the export so that all its numbers have the same decimal sign."),
                name=name,
                point=point_text,
                point_line=point_line,
                comma=comma_text,
                comma_line=comma_line,
            )
        if rules.decimal:
            if proved and rules.decimal not in proved:
                other, line = self.proofs[proved[0]]
                raise FeedError(
                    N_(
                        "{name} does not fit its mapping: “{text}” in line {line} has another "
                        "decimal sign."
                    ),
                    N_("Correct the mapping on the page Imports, or correct the export."),
                    name=name,
                    text=other,
                    line=line,
                )
            template = N_("“{text}” is read as {count}, as the mapping says.")
            notes += self._read_as(rules.decimal, template)
            return rules
        if not self.open_counts:
            return replace(rules, decimal=proved[0])
        sign = proved[0] if len(proved) == 1 else "" if proved else remembered
        # An earlier file never makes a number a thousand times smaller.
        if sign and (sign not in self.open_counts or sign in self.decimals):
            template = N_("“{text}” is read as {count}, as in earlier files.")
            proof: dict[str, object] = {}
            if proved:
                template = N_("“{text}” is read as {count}, because of “{proof}” in line {line}.")
                proof = {"proof": self.proofs[sign][0], "line": self.proofs[sign][1]}
            notes += self._read_as(sign, template, **proof)
            return replace(rules, decimal=sign)
        texts = [text for text, _, _ in self.open_counts.values()]
        if proved or len(texts) > 1:
            other = self.proofs[proved[0]][0] if proved else texts[1]
            raise FeedError(
                N_(
                    "The numbers in {name} contradict each other: “{one}” and “{other}” have "
                    "different signs before three digits."
                ),
                N_("Correct the export so that all its numbers are written in the same way."),
                name=name,
                one=texts[0],
                other=other,
            )
        ((text, point, comma),) = self.open_counts.values()
        readings = [
            Reading(answer=".", examples=[(text, point)]),
            Reading(answer=",", examples=[(text, comma)]),
        ]
        raise OpenQuestionError(
            N_("The meaning of a number in {name} is not clear: “{text}” is {point} or {comma}."),
            N_(
                "Choose the meaning on the page Imports and save it as a mapping, or export "
                "numbers such as 12000."
            ),
            Question(kind="decimal", readings=readings),
            name=name,
            text=text,
            point=point,
            comma=comma,
        )

    def _read_as(self, sign: str, template: str, **values: object) -> list[Reason]:
        """Return a note for each open count that says how it is read with this sign."""
        return [
            Reason(template, {"text": text, "count": point if sign == "." else comma, **values})
            for text, point, comma in self.open_counts.values()
        ]

    @property
    def proved(self) -> dict[str, str]:
        """What the file proves, to remember for later files with the same headings."""
        found = {}
        orders = [each for each in (_DAY, _MONTH) if each in self.proofs]
        signs = [each for each in SIGNS if each in self.proofs]
        if len(orders) == 1:
            found["day_order"] = orders[0]
        if len(signs) == 1 and self.open_counts:
            found["decimal"] = signs[0]
        return found


def _dates(column: pa.Array) -> Iterable[str]:
    """Return the different dates of three numbers at the beginning of texts."""
    first, places = dates_in(column)
    found = [text[:_DATE_LENGTH] for text in column.take(pa.array(first)).to_pylist()]
    if len(places) == len(column):
        return found
    others = np.ones(len(column), np.bool_)
    others[places] = False
    return [*found, *_other_dates(pc.filter(column, pa.array(others)))]


def _other_dates(column: pa.Array) -> Iterable[str]:
    """Return the dates in texts of other forms, such as `3/4/26 9:00` and `Friday 3/4/2026`."""
    plain = pc.match_substring_regex(column, _PLAIN_DATE)
    # Cut off the times, so that fewer different texts are left.
    found = pc.unique(pc.utf8_slice_codeunits(pc.filter(column, plain), 0, _DATE_LENGTH))
    named = pc.filter(column, pc.match_substring_regex(column, _NAMED_DATE))
    dates = dict.fromkeys(text.split()[0].rstrip(",") for text in found.to_pylist())
    return [*dates, *pc.unique(pc.replace_substring_regex(named, _NAMED_DATE, r"\1")).to_pylist()]


def _texts(block: Block, place: int) -> pa.Array | None:
    """Return a column as texts, None if it has typed values."""
    if place >= block.table.num_columns:
        return None
    column = block.table.column(place)
    return as_text(column) if pa.types.is_string(column.type) else None
