"""Decide what the ambiguous values of a file mean, such as dates and numbers.

Dates can have the day or the month first. The decimal sign can be `.` or `,`. Freio surveys a file
only if it has ambiguous values. The first survey reads the file again, up to the first date that
proves an order. If the reader then finds another ambiguous value, or a date of another order, a
second survey reads the whole file. A survey keeps only a few examples, so its memory does not grow
with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.imports import Question, Reading, Reason
from core.errors import N_, FeedError
from core.feed.formats.rows import Block, as_text
from core.feed.interpreting.counts import ANY, SIGNS, UNIT, count_with, sign_of_fraction
from core.feed.interpreting.date_columns import dates_in
from core.feed.interpreting.reading_rules import ORDERS, Order, Rules
from core.feed.interpreting.row_reader import WHOLE_ID
from core.feed.interpreting.times import (
    LAST_SECOND,
    SHORT_TIME,
    is_behind,
    minutes_behind,
    open_dates_in,
)

#: _PLAIN_DATE is a text that begins with a date of three numbers. In a _NAMED_DATE, a weekday or a
#: time is before the date.
_PLAIN_DATE: Final = r"^\d{1,2}[/.\-]\d{1,2}[/.\-]\d"
_NAMED_DATE: Final = r"(?s)^([^/]{1,20}?\s\d{1,2}[/.\-]\d{1,2}[/.\-]\d{1,4})(?:\D.*)?$"
#: A range of days such as `20-21/12/2026`.
_RANGE: Final = r"^\d{1,2}-\d{1,2}[/.]"
#: A date, and after the date a word that can be a weekday.
_WORD_AFTER: Final = (
    r"(?s)^(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}[\s,(\[-]+[A-Za-z\x{00c0}-\x{00ff}]{3,9}).*$"
)
_DATE_LENGTH: Final = 10
_SIGNED: Final = r"^\d[\d\s\x{00a0}\x{2007}\x{2009}\x{202f}'’.,]*[.,]\d+$"
_EXAMPLES: Final = 2
#: _DASHED is a time such as `23/11/2026-03:00`. _MAY_BE_OFFSET is an end that can be an offset.
_DASHED: Final = r"^[^:]*(?:[/.]\d{1,4}|\D\d{4}) ?-\d{1,2}:\d{2}$"
_MAY_BE_OFFSET: Final = r"-(?:0?\d|1[0-2]):(?:00|15|30|45)$"
_WHOLE_IDS: Final = N_("IDs such as “{text}” are read as “{id}”.")
#: The name of the remembered answer to the question whether IDs such as `101.0` are whole numbers.
_WHOLE: Final = "whole_ids"
#: An ID with a fraction, such as `1.1`. In a file with this ID, `1.0` is not a whole number.
_FRACTION_ID: Final = r"^\d+[.,]\d+$"
_HOURS_AFTER_DASH: Final = N_(
    "Times such as “{text}” are read with an hour after the dash, because of “{proof}” in line "
    "{line}."
)
#: The hour and the offset behind UTC at the end of a time.
_BEHIND: Final = r"^.*?(T?\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?( ?[-\x{2013}]\d{1,2}(?::?\d{2})?)$"
#: In summer, clocks are ahead by this many minutes.
_SUMMER: Final = 60
_TEN_DIGITS: Final = r"^\d{10}([.,]\d+)?$"
_SHORT_TIMES: Final = N_("Times such as “{text}” are read as {time}.")
_WRITE_TIMES: Final = N_("Export all times in one form, such as 2026-11-23 14:30.")
#: A number with only one group of thousands, such as 100.000, has at most this many characters.
_ONE_GROUP: Final = 7
#: No send is from an earlier year. So `15/12/26` cannot begin with a year, but `24/11/26` can.
_FIRST_YEAR: Final = 2020
#: The dates of a file are usually from fewer years than this. If they are from more years in one
#: order, another order is more likely.
_MOST_YEARS: Final = 5
#: The remembered answer for dates with the year first. Earlier versions of Freio do not know this
#: order. If they read this value, they ask a person.
_YEAR_REMEMBERED: Final = ""
_PROVED_ORDER: Final[Mapping[Order, str]] = {
    "day": N_("Dates are read with the day first, because of “{text}” in line {line}."),
    "month": N_("Dates are read with the month first, because of “{text}” in line {line}."),
    "year": N_("Dates are read with the year first, because of “{text}” in line {line}."),
}
_KNOWN_ORDER: Final[Mapping[Order, str]] = {
    "day": N_("Dates such as “{text}” are read with the day first, as in earlier files."),
    "month": N_("Dates such as “{text}” are read with the month first, as in earlier files."),
    "year": N_("Dates such as “{text}” are read with the year first, as in earlier files."),
}


class OpenQuestionError(FeedError):
    """A file has several meanings, and neither the file nor its mapping says which one is right."""

    def __init__(self, happened: str, todo: str, question: Question, **values: object) -> None:
        super().__init__(happened, todo, FeedError.means, **values)
        self.questions = [question]


@dataclass(slots=True)
class Survey:
    """What the values of a file prove.

    Dates and times:

    * `orders` are the orders that fit all dates.
    * `excluded` has, for each other order, the first date that does not fit this order, with its
      line.
    * `first_years` are the years of the dates if the year comes first. `last_years` are the years
      of the dates if the year comes last.
    * `clash` are two dates without a common order.
    * `open_dates` has, for each pair of orders, examples of dates that mean different days in the
      two orders.
    * `dashed` is the first time such as `23/11/2026-03:00`. `hour_after_dash` is the first of these
      times whose end cannot be an offset.
    * `behind` are the offsets, in minutes behind UTC, of times whose end cannot be an hour.

    Counts:

    * `proofs` has, for each decimal sign, the first text that proves it, with its line.
    * `open_counts` has, for each sign, an example of a count with two meanings.
    * `fractions` are the decimal signs of counts such as 12.5.
    * `groups` are the signs in short counts such as 1.500. The sign can be a separator of thousands
      or a decimal sign.
    * `decimals` are the signs that are surely the decimal sign of a count.

    IDs:

    * `whole_id` is the first ID such as `101.0`. `fraction_id` is the first ID such as `1.1`.
    * `are_whole` says whether IDs such as `101.0` are whole numbers.

    Times of ten digits:

    * `seconds` is the first time that can only be a number of seconds since 1970.
    * `short` is the first time that can only have the form `2611301430` (year 26, month 11).
    * `open_digits` is the first time that can be both.
    """

    proofs: dict[str, tuple[str, int]] = field(default_factory=dict)
    orders: Sequence[Order] = ORDERS
    excluded: dict[Order, tuple[str, int]] = field(default_factory=dict)
    first_years: set[int] = field(default_factory=set)
    last_years: set[int] = field(default_factory=set)
    clash: Sequence[tuple[str, int]] = ()
    open_dates: dict[tuple[Order, Order], dict[str, Mapping[Order, date]]] = field(
        default_factory=dict
    )
    open_counts: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    fractions: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    decimals: set[str] = field(default_factory=set)
    whole_id: tuple[str, int] | None = None
    fraction_id: tuple[str, int] | None = None
    are_whole: bool = False
    seconds: tuple[str, int] | None = None
    short: tuple[str, int] | None = None
    open_digits: tuple[str, int] | None = None
    dashed: tuple[str, int] | None = None
    hour_after_dash: tuple[str, int] | None = None
    behind: set[int] = field(default_factory=set)

    def add(
        self, block: Block, times: Sequence[int], counts: Sequence[int], filled: Sequence[int] = ()
    ) -> None:
        """Add the rows of a block. `times` and `counts` are the indexes of these columns.

        Rows with an empty cell in a column of `filled` are ignored, because they are footers or
        will be rejected. The first column of `filled` has the IDs.
        """
        counted = _filled(block, filled)
        for place in filled[:1]:
            if (column := _texts(block, place)) is not None:
                self._add_ids(block, _only(column, counted))
        for place in times:
            if (column := _texts(block, place)) is not None:
                self._add_times(block, _only(column, counted))
                self._add_dashed(block, _only(column, counted))
                self._add_digits(block, _only(column, counted))
                self._add_offsets(_only(column, counted))
        for place in counts:
            if (column := _texts(block, place)) is not None:
                self._add_counts(block, _only(column, counted))

    @property
    def shows_order(self) -> bool:
        """Whether the rows so far prove the order of dates, and no count is ambiguous."""
        return bool(self.clash) or (len(self.orders) == 1 and not self.open_counts)

    def _add_times(self, block: Block, column: pa.Array) -> None:
        for text in _dates(column):
            readings = open_dates_in(text)
            if not readings:
                continue
            for pair in combinations(readings, 2):
                examples = self.open_dates.setdefault(pair, {})
                if readings[pair[0]] != readings[pair[1]] and len(examples) < _EXAMPLES:
                    examples[text] = readings
            for order, date_ in readings.items():
                (self.first_years if order == "year" else self.last_years).add(date_.year)
            if readings.keys() >= set(self.orders):
                continue
            place = text, _line(text, block, column)
            left = tuple(order for order in self.orders if order in readings)
            if not left:
                self.clash = self.clash or (self.excluded[next(iter(readings))], place)
                continue
            for order in self.orders:
                if order not in readings:
                    self.excluded[order] = place
            self.orders = left

    def add_order(self, order: Order | None, text: str, line: int) -> None:
        """Add an order that the text of a heading proves."""
        if order is None:
            return
        if order not in self.orders:
            self.clash = (self.excluded[order], (text, line))
        else:
            self.excluded.update((other, (text, line)) for other in self.orders if other != order)
            self.orders = (order,)

    def _add_ids(self, block: Block, column: pa.Array) -> None:
        is_whole = pc.match_substring_regex(column, WHOLE_ID)
        is_fraction = pc.and_not(pc.match_substring_regex(column, _FRACTION_ID), is_whole)
        # If a file has the IDs `1` and `1.0`, then `.0` is a part of the ID.
        plain = pc.replace_substring_regex(column, WHOLE_ID, r"\1")
        has_both = pc.is_in(plain, value_set=pc.filter(column, pc.invert(is_whole)))
        is_fraction = pc.or_(is_fraction, pc.and_(is_whole, has_both))
        self.whole_id = self.whole_id or _first(block, column, is_whole)
        self.fraction_id = self.fraction_id or _first(block, column, is_fraction)

    def _add_dashed(self, block: Block, column: pa.Array) -> None:
        is_dashed = pc.match_substring_regex(column, _DASHED)
        if not pc.any(is_dashed).as_py():
            return
        is_open = pc.match_substring_regex(column, _MAY_BE_OFFSET)
        self.dashed = self.dashed or _first(block, column, pc.and_(is_dashed, is_open))
        is_hour = pc.and_not(is_dashed, is_open)
        self.hour_after_dash = self.hour_after_dash or _first(block, column, is_hour)

    def _add_offsets(self, column: pa.Array) -> None:
        ends = pc.filter(column, pc.match_substring_regex(column, _BEHIND))
        for text in pc.unique(pc.replace_substring_regex(ends, _BEHIND, r"\1\2")).to_pylist():
            if is_behind(text) and (behind := minutes_behind(text)) is not None:
                self.behind.add(behind)

    def _add_digits(self, block: Block, column: pa.Array) -> None:
        digits = pc.if_else(pc.match_substring_regex(column, _TEN_DIGITS), column, "")
        is_short = pc.match_substring_regex(digits, rf"^{SHORT_TIME}")
        is_late = pc.greater(digits, str(LAST_SECOND))
        is_count = pc.and_not(pc.not_equal(digits, ""), is_short)
        self.seconds = self.seconds or _first(block, column, is_count)
        self.short = self.short or _first(block, column, pc.and_(is_short, is_late))
        is_open = pc.and_not(is_short, is_late)
        self.open_digits = self.open_digits or _first(block, column, is_open)

    def _settle_digits(self, name: str) -> list[Reason]:
        """Return a note on times of ten digits. Raises FeedError if their meaning is unclear."""
        if self.seconds and self.short:
            raise FeedError(
                N_(
                    "{name} has times of ten digits in two forms: “{short}” in line {line} has a "
                    "year, month, day, hour and minute; “{count}” in line {count_line} has not."
                ),
                _WRITE_TIMES,
                name=name,
                short=self.short[0],
                line=self.short[1],
                count=self.seconds[0],
                count_line=self.seconds[1],
            )
        if self.open_digits and not (self.seconds or self.short):
            text, line = self.open_digits
            raise FeedError(
                N_(
                    "The time “{text}” in line {line} of {name} is not clear: it may be {short}, "
                    "or a count of seconds since 1970."
                ),
                _WRITE_TIMES,
                name=name,
                text=text,
                line=line,
                short=_short_time(text),
            )
        if not self.short:
            return []
        text = self.short[0]
        return [Reason(_SHORT_TIMES, {"text": text, "time": _short_time(text)})]

    def settle(
        self, name: str, rules: Rules, remembered: Mapping[str, str]
    ) -> tuple[Rules, list[Reason]]:
        """Return the rules with the facts that only the whole file shows, and notes on these facts.

        Raises FeedError if the IDs have another form than in earlier files. Also raises FeedError
        if the meaning of times of ten digits is not clear.
        """
        notes = self._settle_digits(name)
        known = remembered.get(_WHOLE)
        if self.whole_id and self.fraction_id and known == "yes":
            if re.fullmatch(WHOLE_ID, self.fraction_id[0]):
                raise FeedError(
                    N_(
                        "The ID “{text}” in line {line} is not clear: in earlier files, such an ID "
                        "is read as “{id}”, but this file has the ID “{id}” too."
                    ),
                    N_("Export the IDs as text, as the platform shows them."),
                    text=self.fraction_id[0],
                    line=self.fraction_id[1],
                    id=self.fraction_id[0][:-2],
                )
            raise FeedError(
                N_(
                    "The ID “{text}” in line {line} has another form than the IDs of earlier "
                    "files, where “{whole}” is read as “{id}”."
                ),
                N_("Export the IDs as text, as the platform shows them."),
                text=self.fraction_id[0],
                line=self.fraction_id[1],
                whole=self.whole_id[0],
                id=self.whole_id[0][:-2],
            )
        self.are_whole = not self.fraction_id and known != "no"
        if self.whole_id and self.are_whole:
            text = self.whole_id[0]
            notes.append(Reason(_WHOLE_IDS, {"text": text, "id": text[:-2]}, "id"))
        if self.dashed and self.hour_after_dash:
            proof, line = self.hour_after_dash
            values = {"text": self.dashed[0], "proof": proof, "line": line}
            notes.append(Reason(_HOURS_AFTER_DASH, values))
        rules = replace(
            rules,
            whole_ids=self.whole_id is not None and self.are_whole,
            hours_after_dash=self.hour_after_dash is not None,
            short_times=self.short is not None,
            behind=frozenset(n + more for n in self.behind for more in (-_SUMMER, 0, _SUMMER)),
            # If no sign is decided, only rows that the survey ignored have ambiguous numbers.
            decimal=rules.decimal or ANY,
        )
        return rules, notes

    def _add_counts(self, block: Block, column: pa.Array) -> None:
        column = pc.replace_substring_regex(column, UNIT, r"\1")
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
            place: int = pc.index(column, text).as_py()
            self.proofs[answer] = (text, block.lines[place])

    def decide(
        self, name: str, rules: Rules, remembered: Mapping[str, str]
    ) -> tuple[Rules, list[Reason]]:
        """Return the rules with the order and the decimal sign of the file, and notes about them.

        `remembered` has what earlier files with the same headings proved. Raises FeedError if the
        file contradicts itself or its mapping, and OpenQuestionError if values stay ambiguous.
        """
        notes: list[Reason] = []
        rules = self._decide_order(name, rules, remembered.get("day_order"), notes)
        if not self.open_counts and not self.fractions:
            return replace(rules, decimal=""), notes  # each number has one meaning
        return self._decide_sign(name, rules, remembered.get("decimal", ""), notes), notes

    def _decide_order(
        self, name: str, rules: Rules, remembered: str | None, notes: list[Reason]
    ) -> Rules:
        self._require_one_order(name, rules.order)
        known = "year" if remembered == _YEAR_REMEMBERED else remembered
        if "year" not in (rules.order, known) and not self._may_begin_with_year():
            self.orders = [order for order in self.orders if order != "year"] or self.orders
        first, *others = self.orders
        if not others:
            text, line = self._proof_of(first)
            notes.append(Reason(_PROVED_ORDER[first], {"text": text, "line": line}))
            return replace(rules, order=first)
        if rules.order is not None:
            return rules
        examples = {
            text: readings
            for pair, texts in self.open_dates.items()
            if set(pair) <= set(self.orders)
            for text, readings in texts.items()
        }
        if not examples:
            return replace(rules, order=first)  # all dates are like 11/11/2026
        text, readings = next(iter(examples.items()))
        for order in self.orders:
            if order == known:
                notes.append(Reason(_KNOWN_ORDER[order], {"text": text}))
                return replace(rules, order=order)
        shown = list(examples.items())[:_EXAMPLES]
        question = Question(
            kind="day_order",
            readings=[
                Reading(answer=order, examples=[(t, r[order]) for t, r in shown if order in r])
                for order in self.orders
            ],
        )
        if "year" in self.orders:
            raise OpenQuestionError(
                N_(
                    "The order of day, month and year in {name} is not clear: “{text}” can be any "
                    "of these days: {days}."
                ),
                N_(
                    "Choose the order on the page Imports and save it as a mapping, or export "
                    "years with four digits."
                ),
                question,
                name=name,
                text=text,
                days=", ".join(readings[o].isoformat() for o in self.orders if o in readings),
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
            question,
            name=name,
            text=text,
            day=readings["day"].isoformat(),
            month=readings["month"].isoformat(),
        )

    def _may_begin_with_year(self) -> bool:
        if not self.first_years:
            return True
        first, last = (max(y) - min(y) + 1 for y in (self.first_years, self.last_years or {0}))
        return min(self.first_years) >= _FIRST_YEAR and not first >= _MOST_YEARS > last

    def _require_one_order(self, name: str, wanted: Order | None) -> None:
        """Raise FeedError if dates contradict each other or the order of the mapping."""
        if self.clash:
            by_order = {tuple(open_dates_in(text) or ()): (text, line) for text, line in self.clash}
            todo = N_("Correct the export so that all its times have the same order.")
            if by_order.keys() == {("day",), ("month",)}:
                day, month = by_order["day",], by_order["month",]
                raise FeedError(
                    N_(
                        "{name} has both orders of day and month: “{day}” in line {day_line} has "
                        "the day first, “{month}” in line {month_line} has the month first."
                    ),
                    todo,
                    name=name,
                    day=day[0],
                    day_line=day[1],
                    month=month[0],
                    month_line=month[1],
                )
            one, other = sorted(self.clash, key=lambda place: place[1])
            raise FeedError(
                N_(
                    "{name} has dates with different orders of day, month and year: “{one}” in "
                    "line {line}, “{other}” in line {other_line}."
                ),
                todo,
                name=name,
                one=one[0],
                line=one[1],
                other=other[0],
                other_line=other[1],
            )
        if wanted in self.excluded:
            text, line = self.excluded[wanted]
            raise FeedError(
                N_(
                    "{name} does not fit its mapping: “{text}” in line {line} has another order "
                    "of day, month and year."
                ),
                N_("Correct the mapping on the page Imports, or correct the export."),
                name=name,
                text=text,
                line=line,
            )

    def _proof_of(self, order: Order) -> tuple[str, int]:
        """Return the best proof of an order (the date that fits fewest orders), and its line."""
        likeliest = self.excluded["month" if order == "day" else "day"]
        return min(
            [likeliest, *self.excluded.values()],
            key=lambda place: len(open_dates_in(place[0]) or ORDERS),
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
            # If both texts contain the same sign, the sign is a decimal sign only in one of them.
            shared = [sign for sign in SIGNS if sign in point_text and sign in comma_text]
            raise FeedError(
                N_(
                    "{name} has two decimal signs: “{point}” in line {point_line} and “{comma}” in "
                    "line {comma_line}. Only in one of them “{sign}” can be before decimals."
                )
                if shared
                else N_(
                    "{name} has two decimal signs: “{point}” in line {point_line} and “{comma}” in "
                    "line {comma_line}."
                ),
                N_("Correct the export so that all its numbers have the same decimal sign."),
                sign="".join(shared),
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
        # An answer from an earlier file must not make a number a thousand times smaller.
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
        """Return a note for each ambiguous count. The note says how Freio reads the count."""
        return [
            Reason(template, {"text": text, "count": point if sign == "." else comma, **values})
            for text, point, comma in self.open_counts.values()
        ]

    @property
    def proved(self) -> dict[str, str]:
        """What the file proves, to remember for later files with the same headings."""
        found: dict[str, str] = {}
        signs = [each for each in SIGNS if each in self.proofs]
        if len(self.orders) == 1:
            order = self.orders[0]
            found["day_order"] = _YEAR_REMEMBERED if order == "year" else str(order)
        if len(signs) == 1 and self.open_counts:
            found["decimal"] = signs[0]
        if self.whole_id:
            found[_WHOLE] = "yes" if self.are_whole else "no"
        return found


def _short_time(text: str) -> str:
    return f"20{text[:2]}-{text[2:4]}-{text[4:6]} {text[6:8]}:{text[8:10]}"


def _first(block: Block, column: pa.Array, mask: pa.Array) -> tuple[str, int] | None:
    """Return the first text that the mask selects, and its line."""
    place: int = pc.index(mask, True).as_py()
    return None if place < 0 else (column[place].as_py(), block.lines[place])


def _line(text: str, block: Block, column: pa.Array) -> int:
    place: int = pc.index(pc.starts_with(column, text), True).as_py()
    return block.lines[place]


def _dates(column: pa.Array) -> Iterable[str]:
    """Return each different date of three numbers in the texts."""
    first, places = dates_in(column)
    found = [text[:_DATE_LENGTH] for text in column.take(pa.array(first)).to_pylist()]
    if len(places) == len(column):
        return found
    others = np.ones(len(column), np.bool_)
    others[places] = False
    return [*found, *_other_dates(pc.filter(column, pa.array(others)))]


def _other_dates(column: pa.Array) -> Iterable[str]:
    """Return the dates in texts of other forms, such as `3/4/26 9:00` and `Friday 3/4/2026`."""
    has_word = pc.match_substring_regex(column, _WORD_AFTER)
    words = pc.replace_substring_regex(pc.filter(column, has_word), _WORD_AFTER, r"\1")
    plain = pc.and_not(pc.match_substring_regex(column, _PLAIN_DATE), has_word)
    plain = pc.and_not(plain, pc.match_substring_regex(column, _RANGE))
    # Cut off the times, so that fewer different texts are left.
    found = pc.unique(pc.utf8_slice_codeunits(pc.filter(column, plain), 0, _DATE_LENGTH))
    named = pc.filter(column, pc.match_substring_regex(column, _NAMED_DATE))
    dates = dict.fromkeys(text.split()[0].rstrip(",") for text in found.to_pylist())
    dates |= dict.fromkeys(pc.unique(words).to_pylist())
    return [*dates, *pc.unique(pc.replace_substring_regex(named, _NAMED_DATE, r"\1")).to_pylist()]


def _filled(block: Block, places: Sequence[int]) -> pa.Array | None:
    """Return a mask of the rows without an empty cell in these columns. None means all rows."""
    found = None
    for place in places:
        is_filled = pc.not_equal(as_text(block.table.column(place)), "")
        if not pc.all(is_filled).as_py():
            found = is_filled if found is None else pc.and_(found, is_filled)
    return found


def _only(column: pa.Array, counted: pa.Array | None) -> pa.Array:
    """Return a column with "" in the ignored rows."""
    return column if counted is None else pc.if_else(counted, column, "")


def _texts(block: Block, place: int) -> pa.Array | None:
    """Return a column as texts, or None if it has typed values."""
    if place >= block.table.num_columns:
        return None
    column = block.table.column(place)
    return as_text(column) if pa.types.is_string(column.type) else None
