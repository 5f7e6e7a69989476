"""Decide the meaning of ambiguous values in a file.

In `3/4/2026`, the day or the month can be first. In `12.000`, the decimal sign can be `.` or `,`.
Freio surveys only files with ambiguous values. The first survey can stop in the middle of the file:
when `shows_order` is true. If Freio then meets another ambiguous value, a second survey reads the
whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.load_results import Question, Reading, Reason
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

#: A text that begins with a date: `3/4/2026 9:00`.
_PLAIN_DATE: Final = r"^\d{1,2}[/.\-]\d{1,2}[/.\-]\d"
#: A date after a weekday or a time: `Friday 3/4/2026`.
_NAMED_DATE: Final = r"(?s)^([^/]{1,20}?\s\d{1,2}[/.\-]\d{1,2}[/.\-]\d{1,4})(?:\D.*)?$"
#: A range of days: `20-21/12/2026`.
_RANGE: Final = r"^\d{1,2}-\d{1,2}[/.]"
#: A date before a weekday: `3/4/2026 Friday`.
_WORD_AFTER: Final = (
    r"(?s)^(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}[\s,(\[-]+[A-Za-z\x{00c0}-\x{00ff}]{3,9}).*$"
)
_DATE_LENGTH: Final = 10
_SIGNED: Final = r"^\d[\d\s\x{00a0}\x{2007}\x{2009}\x{202f}'’.,]*[.,]\d+$"
_EXAMPLES: Final = 2
#: A time such as `23/11/2026-03:00`. The end `-03:00` can be an hour or an offset.
_DASHED: Final = r"^[^:]*(?:[/.]\d{1,4}|\D\d{4}) ?-\d{1,2}:\d{2}$"
#: An end that can be an offset: `-03:00`. The end `-14:30` can only be an hour.
_MAY_BE_OFFSET: Final = r"-(?:0?\d|1[0-2]):(?:00|15|30|45)$"
_WHOLE_IDS: Final = N_("IDs such as “{text}” are read as “{id}”.")
#: The name of a remembered answer: whether `101.0` means the ID `101`.
_WHOLE: Final = "whole_ids"
#: An ID such as `1.1`. If a file has the ID `1.1`, the ID `1.0` does not mean `1`.
_FRACTION_ID: Final = r"^\d+[.,]\d+$"
_HOURS_AFTER_DASH: Final = N_(
    "Times such as “{text}” are read with an hour after the dash, because of “{proof}” in line "
    "{line}."
)
#: A time with an offset behind UTC: `14:30 -03:00`.
_BEHIND: Final = r"^.*?(T?\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?( ?[-\x{2013}]\d{1,2}(?::?\d{2})?)$"
#: Summer time moves clocks by this many minutes.
_SUMMER: Final = 60
_TEN_DIGITS: Final = r"^\d{10}([.,]\d+)?$"
_SHORT_TIMES: Final = N_("Times such as “{text}” are read as {time}.")
_CORRECT_MAPPING: Final = N_("Correct the mapping on the page Imports, or correct the export.")
_WRITE_TIMES: Final = N_("Export all times in one form, such as 2026-11-23 14:30.")
#: The maximum length of a number with a single group of thousands: `100.000`.
_ONE_GROUP: Final = 7
#: No send is from an earlier year. `15/12/26` cannot begin with the year 2015, but `24/11/26` can
#: begin with the year 2024.
_FIRST_YEAR: Final = 2020
#: A file rarely spans five years. If the dates span five years or more when read with the year
#: first, and fewer years when read with the year last, the year is last.
_MOST_YEARS: Final = 5
#: The remembered answer for dates with the year first. An earlier version of Freio does not know
#: this order, and asks a person if the answer is "".
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

#: A text of the file, and its line.
Found = tuple[str, int]


class OpenQuestionError(FeedError):
    """A file has several possible meanings. A person must answer a question."""

    def __init__(self, happened: str, todo: str, question: Question, **values: object) -> None:
        super().__init__(happened, todo, **values)
        self.questions = [question]


@dataclass(slots=True)
class Survey:
    """What the values of the file `name` prove. Add blocks, and then call `decide` and `settle`.

    * `remembered`: the proved answers of earlier files with the same headings.
    * `orders`: the orders that fit all dates.
    * `excluded`: the other orders. The value of an order is a date or heading that disproves the
      order.
    * `first_years`: the years of all dates, read with the year first.
    * `last_years`: the years of all dates, read with the year last.
    * `clash`: two dates without an order that fits both: `23/11/2026`, `11/23/2026`.
    * `open_dates`: for each pair of orders, some dates that differ in the two orders.
    * `dashed`: the first time like `23/11/2026-03:00`. The end can be an hour or an offset.
    * `hour_after_dash`: the first time like `23/11/2026-14:30`. The end can only be an hour.
    * `behind`: the unambiguous offsets of times, in minutes behind UTC.
    * `seconds`: the first time of ten digits that can only be seconds since 1970.
    * `short`: the first time of ten digits that cannot be seconds since 1970: `2611301430` is
      2026-11-30 14:30.
    * `open_digits`: the first time of ten digits that can be either.
    * `proofs`: for each decimal sign, the first number that proves the sign.
    * `open_counts`: for each sign, a number and its two meanings: (`12.000`, 12, 12000).
    * `fractions`: the decimal signs of numbers like `12.5`.
    * `groups`: the signs in numbers like `1.500`. The meaning can be 1500 or 1.5.
    * `decimals`: the signs that are surely decimal signs.
    * `whole_id`: the first ID like `101.0`.
    * `fraction_id`: the first ID like `1.1`.
    * `are_whole`: whether the ID `101.0` means `101`.
    """

    name: str
    remembered: Mapping[str, str]
    notes: list[Reason] = field(default_factory=list)
    proofs: dict[str, Found] = field(default_factory=dict)
    orders: Sequence[Order] = ORDERS
    excluded: dict[Order, Found] = field(default_factory=dict)
    first_years: set[int] = field(default_factory=set)
    last_years: set[int] = field(default_factory=set)
    clash: Sequence[Found] = ()
    open_dates: dict[tuple[Order, Order], dict[str, Mapping[Order, date]]] = field(
        default_factory=dict
    )
    open_counts: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    fractions: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    decimals: set[str] = field(default_factory=set)
    whole_id: Found | None = None
    fraction_id: Found | None = None
    are_whole: bool = False
    seconds: Found | None = None
    short: Found | None = None
    open_digits: Found | None = None
    dashed: Found | None = None
    hour_after_dash: Found | None = None
    behind: set[int] = field(default_factory=set)

    def add(
        self, block: Block, times: Sequence[int], counts: Sequence[int], filled: Sequence[int]
    ) -> None:
        """Add the rows of a block. `times`, `counts` and `filled` are positions of columns.

        The first column of `filled` has the IDs. Rows with an empty cell in a column of `filled`
        are ignored.
        """
        counted = _filled(block, filled)
        for column in _texts(block, filled[:1], counted):
            self._add_ids(block, column)
        for column in _texts(block, times, counted):
            self._add_times(block, column)
            self._add_dashed(block, column)
            self._add_digits(block, column)
            self._add_offsets(column)
        for column in _texts(block, counts, counted):
            self._add_counts(block, column)

    @property
    def shows_order(self) -> bool:
        """Whether the first survey can stop here.

        It can stop if dates contradict each other. Without ambiguous numbers, it can also stop if
        only one order fits.
        """
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
            line: int = block.lines[pc.index(pc.starts_with(column, text), True).as_py()]
            left = tuple(order for order in self.orders if order in readings)
            if not left:
                self.clash = self.clash or (self.excluded[next(iter(readings))], (text, line))
                continue
            self._exclude_other_orders(left, (text, line))

    def add_order(self, order: Order | None, text: str, line: int) -> None:
        """Add the order that a heading proves."""
        if order is None:
            return
        if order in self.orders:
            self._exclude_other_orders((order,), (text, line))
        else:
            self.clash = (self.excluded[order], (text, line))

    def _exclude_other_orders(self, left: Sequence[Order], proof: Found) -> None:
        self.excluded.update((order, proof) for order in self.orders if order not in left)
        self.orders = left

    def _add_ids(self, block: Block, column: pa.Array) -> None:
        is_whole = pc.match_substring_regex(column, WHOLE_ID)
        is_fraction = pc.and_not(pc.match_substring_regex(column, _FRACTION_ID), is_whole)
        # If the IDs `1` and `1.0` occur, `.0` is a part of the ID.
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

    def _settle_digits(self) -> None:
        name = self.name
        if self.seconds and self.short:
            happened = N_(
                "{name} has times of ten digits in two forms: “{short}” in line {line} has a year, "
                "month, day, hour and minute; “{count}” in line {count_line} has not."
            )
            (short, line), (count, at) = self.short, self.seconds
            values = {"short": short, "line": line, "count": count, "count_line": at}
            raise FeedError(happened, _WRITE_TIMES, name=name, **values)
        if self.open_digits and not (self.seconds or self.short):
            text, line = self.open_digits
            happened = N_(
                "The time “{text}” in line {line} of {name} is not clear: it may be {short}, or a "
                "count of seconds since 1970."
            )
            short = _short_time(text)
            raise FeedError(happened, _WRITE_TIMES, name=name, text=text, line=line, short=short)
        if self.short:
            text = self.short[0]
            self.notes.append(Reason(_SHORT_TIMES, {"text": text, "time": _short_time(text)}))

    def settle(self, rules: Rules) -> Rules:
        """Return the rules with facts from the whole file. Add notes.

        Raises FeedError if the IDs have another form than in earlier files. Raises FeedError if
        times of ten digits are ambiguous or have two forms.
        """
        self._settle_digits()
        known = self.remembered.get(_WHOLE)
        if self.whole_id and self.fraction_id and known == "yes":
            text, line = self.fraction_id
            whole = self.whole_id[0]
            happened = N_(
                "The ID “{text}” in line {line} has another form than the IDs of earlier files, "
                "where “{whole}” is read as “{id}”."
            )
            if re.fullmatch(WHOLE_ID, text):
                whole = text
                happened = N_(
                    "The ID “{text}” in line {line} is not clear: in earlier files, such an ID is "
                    "read as “{id}”, but this file has the ID “{id}” too."
                )
            todo = N_("Export the IDs as text, as the platform shows them.")
            raise FeedError(happened, todo, text=text, line=line, whole=whole, id=whole[:-2])
        self.are_whole = not self.fraction_id and known != "no"
        if self.whole_id and self.are_whole:
            text = self.whole_id[0]
            self.notes.append(Reason(_WHOLE_IDS, {"text": text, "id": text[:-2]}, "id"))
        if self.dashed and self.hour_after_dash:
            proof, line = self.hour_after_dash
            values = {"text": self.dashed[0], "proof": proof, "line": line}
            self.notes.append(Reason(_HOURS_AFTER_DASH, values))
        return replace(
            rules,
            whole_ids=self.whole_id is not None and self.are_whole,
            hours_after_dash=self.hour_after_dash is not None,
            short_times=self.short is not None,
            behind=frozenset(n + more for n in self.behind for more in (-_SUMMER, 0, _SUMMER)),
            # If `decimal` is "", no row that the survey reads has an ambiguous number. Any sign is
            # then right.
            decimal=rules.decimal or ANY,
        )

    def _add_counts(self, block: Block, column: pa.Array) -> None:
        column = pc.replace_substring_regex(column, UNIT, r"\1")
        signed = pc.filter(column, pc.match_substring_regex(column, _SIGNED))
        for text in pc.unique(signed).to_pylist():
            point, comma = (count_with(sign, text) for sign in SIGNS)
            if point is comma is None and (fraction := sign_of_fraction(text)):
                self.fractions.add(fraction)
                self.decimals.add(fraction)
                self._prove(fraction, text, block, column)
            if point is not None and comma is not None:
                if point != comma:
                    self.open_counts.setdefault("." if "." in text else ",", (text, point, comma))
            elif point is not None or comma is not None:
                if len(text) <= _ONE_GROUP:
                    self.groups |= {sign for sign in SIGNS if sign in text}
                sign = "." if point is not None else ","
                self.decimals |= {sign} if sign in text else set()
                self._prove(sign, text, block, column)

    def _prove(self, sign: str, text: str, block: Block, column: pa.Array) -> None:
        if sign not in self.proofs:
            self.proofs[sign] = (text, block.lines[pc.index(column, text).as_py()])

    def decide(self, rules: Rules) -> Rules:
        """Return the rules with the order and the decimal sign of the file. Add notes.

        Raises FeedError if values contradict each other or the mapping. Raises OpenQuestionError if
        values stay ambiguous.
        """
        rules = self._decide_order(rules)
        if not self.open_counts and not self.fractions:
            return replace(rules, decimal="")  # each number has one meaning
        return self._decide_sign(rules)

    def _decide_order(self, rules: Rules) -> Rules:
        self._require_one_order(rules.order)
        known = self.remembered.get("day_order")
        known = "year" if known == _YEAR_REMEMBERED else known
        if "year" not in (rules.order, known) and not self._may_begin_with_year():
            self.orders = [order for order in self.orders if order != "year"] or self.orders
        first, *others = self.orders
        if not others:
            text, line = self._proof_of(first)
            self.notes.append(Reason(_PROVED_ORDER[first], {"text": text, "line": line}))
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
                self.notes.append(Reason(_KNOWN_ORDER[order], {"text": text}))
                return replace(rules, order=order)
        shown = list(examples.items())[:_EXAMPLES]
        choices = [
            Reading(answer=order, examples=[(t, r[order]) for t, r in shown if order in r])
            for order in self.orders
        ]
        days: dict[str, str] = {o: readings[o].isoformat() for o in self.orders if o in readings}
        happened = N_(
            "The order of day and month in {name} is not clear: “{text}” is {day} if the day comes "
            "first, and {month} if the month comes first."
        )
        todo = N_(
            "Choose the order on the page Imports and save it as a mapping, or export dates such "
            "as 2026-11-23."
        )
        values = days
        if "year" in self.orders:
            happened = N_(
                "The order of day, month and year in {name} is not clear: “{text}” can be any of "
                "these days: {days}."
            )
            todo = N_(
                "Choose the order on the page Imports and save it as a mapping, or export years "
                "with four digits."
            )
            values = {"days": ", ".join(days.values())}
        question = Question(kind="day_order", readings=choices)
        raise OpenQuestionError(happened, todo, question, name=self.name, text=text, **values)

    def _may_begin_with_year(self) -> bool:
        if not self.first_years:
            return True
        first, last = (max(y) - min(y) + 1 for y in (self.first_years, self.last_years or {0}))
        return min(self.first_years) >= _FIRST_YEAR and not first >= _MOST_YEARS > last

    def _require_one_order(self, wanted: Order | None) -> None:
        name = self.name
        if self.clash:
            todo = N_("Correct the export so that all its times have the same order.")
            by_order = {tuple(open_dates_in(text) or ()): (text, line) for text, line in self.clash}
            if by_order.keys() == {("day",), ("month",)}:
                (day, line), (month, at) = by_order["day",], by_order["month",]
                happened = N_(
                    "{name} has both orders of day and month: “{day}” in line {day_line} has the "
                    "day first, “{month}” in line {month_line} has the month first."
                )
                values = {"day": day, "day_line": line, "month": month, "month_line": at}
                raise FeedError(happened, todo, name=name, **values)
            (one, line), (other, at) = sorted(self.clash, key=lambda place: place[1])
            happened = N_(
                "{name} has dates with different orders of day, month and year: “{one}” in line "
                "{line}, “{other}” in line {other_line}."
            )
            values = {"one": one, "line": line, "other": other, "other_line": at}
            raise FeedError(happened, todo, name=name, **values)
        if wanted in self.excluded:
            text, line = self.excluded[wanted]
            happened = N_(
                "{name} does not fit its mapping: “{text}” in line {line} has another order of "
                "day, month and year."
            )
            raise FeedError(happened, _CORRECT_MAPPING, name=name, text=text, line=line)

    def _proof_of(self, order: Order) -> Found:
        """Return the best proof of an order: the date that fits the fewest orders."""
        likeliest = self.excluded["month" if order == "day" else "day"]
        return min(
            [likeliest, *self.excluded.values()],
            key=lambda place: len(open_dates_in(place[0]) or ORDERS),
        )

    def _decide_sign(self, rules: Rules) -> Rules:
        name = self.name
        proved = [sign for sign in SIGNS if sign in self.proofs]
        if len(proved) > 1 and self.fractions:
            if not (self.fractions & self.groups or self.open_counts):
                return replace(rules, decimal=ANY)  # each number has one meaning
            (one, line), (other, at) = (self.proofs[sign] for sign in proved)
            happened = N_(
                "{name} has two decimal signs: “{point}” in line {point_line} and “{comma}” in "
                "line {comma_line}."
            )
            # `1.500,5` and `12.5` both have a point. The point is a decimal sign only in `12.5`.
            shared = "".join(sign for sign in SIGNS if sign in one and sign in other)
            if shared:
                happened = N_(
                    "{name} has two decimal signs: “{point}” in line {point_line} and “{comma}” in "
                    "line {comma_line}. Only in one of them “{sign}” can be before decimals."
                )
            todo = N_("Correct the export so that all its numbers have the same decimal sign.")
            values = {"point": one, "point_line": line, "comma": other, "comma_line": at}
            raise FeedError(happened, todo, name=name, sign=shared, **values)
        if rules.decimal:
            if proved and rules.decimal not in proved:
                text, line = self.proofs[proved[0]]
                happened = N_(
                    "{name} does not fit its mapping: “{text}” in line {line} has another decimal "
                    "sign."
                )
                raise FeedError(happened, _CORRECT_MAPPING, name=name, text=text, line=line)
            self._note_counts(
                rules.decimal, N_("“{text}” is read as {count}, as the mapping says.")
            )
            return rules
        if not self.open_counts:
            return replace(rules, decimal=proved[0])
        sign = self.remembered.get("decimal", "")
        if proved:
            sign = proved[0] if len(proved) == 1 else ""
        # The answer of an earlier file is not enough to read `12.000` as 12 instead of 12000.
        if sign and (sign not in self.open_counts or sign in self.decimals):
            template = N_("“{text}” is read as {count}, as in earlier files.")
            proof: dict[str, object] = {}
            if proved:
                template = N_("“{text}” is read as {count}, because of “{proof}” in line {line}.")
                proof = {"proof": self.proofs[sign][0], "line": self.proofs[sign][1]}
            self._note_counts(sign, template, **proof)
            return replace(rules, decimal=sign)
        one, *others = (text for text, _, _ in self.open_counts.values())
        if proved or others:
            other = self.proofs[proved[0]][0] if proved else others[0]
            happened = N_(
                "The numbers in {name} contradict each other: “{one}” and “{other}” have different "
                "signs before three digits."
            )
            todo = N_("Correct the export so that all its numbers are written in the same way.")
            raise FeedError(happened, todo, name=name, one=one, other=other)
        ((text, point, comma),) = self.open_counts.values()
        choices = [
            Reading(answer=".", examples=[(text, point)]),
            Reading(answer=",", examples=[(text, comma)]),
        ]
        happened = N_(
            "The meaning of a number in {name} is not clear: “{text}” is {point} or {comma}."
        )
        todo = N_(
            "Choose the meaning on the page Imports and save it as a mapping, or export numbers "
            "such as 12000."
        )
        question = Question(kind="decimal", readings=choices)
        values = {"text": text, "point": point, "comma": comma}
        raise OpenQuestionError(happened, todo, question, name=name, **values)

    def _note_counts(self, sign: str, template: str, **values: object) -> None:
        for text, point, comma in self.open_counts.values():
            count = point if sign == "." else comma
            self.notes.append(Reason(template, {"text": text, "count": count, **values}))

    @property
    def proved(self) -> dict[str, str]:
        """The answers that this file proves. Freio remembers these answers for later files."""
        found: dict[str, str] = {}
        if len(self.orders) == 1:
            order = self.orders[0]
            found["day_order"] = _YEAR_REMEMBERED if order == "year" else str(order)
        if len(self.proofs) == 1 and self.open_counts:
            (found["decimal"],) = self.proofs
        if self.whole_id:
            found[_WHOLE] = "yes" if self.are_whole else "no"
        return found


def _short_time(text: str) -> str:
    return f"20{text[:2]}-{text[2:4]}-{text[4:6]} {text[6:8]}:{text[8:10]}"


def _first(block: Block, column: pa.Array, mask: pa.Array) -> tuple[str, int] | None:
    place: int = pc.index(mask, True).as_py()
    return None if place < 0 else (column[place].as_py(), block.lines[place])


def _dates(column: pa.Array) -> Iterable[str]:
    first, places = dates_in(column)
    found = [text[:_DATE_LENGTH] for text in column.take(pa.array(first)).to_pylist()]
    if len(places) == len(column):
        return found
    others = np.ones(len(column), np.bool_)
    others[places] = False
    return [*found, *_other_dates(pc.filter(column, pa.array(others)))]


def _other_dates(column: pa.Array) -> Iterable[str]:
    """Return the dates in texts such as `3/4/26 9:00` and `Friday 3/4/2026`."""
    has_word = pc.match_substring_regex(column, _WORD_AFTER)
    words = pc.replace_substring_regex(pc.filter(column, has_word), _WORD_AFTER, r"\1")
    plain = pc.and_not(pc.match_substring_regex(column, _PLAIN_DATE), has_word)
    plain = pc.and_not(plain, pc.match_substring_regex(column, _RANGE))
    found = pc.unique(pc.utf8_slice_codeunits(pc.filter(column, plain), 0, _DATE_LENGTH))
    named = pc.filter(column, pc.match_substring_regex(column, _NAMED_DATE))
    dates = dict.fromkeys(text.split()[0].rstrip(",") for text in found.to_pylist())
    dates |= dict.fromkeys(pc.unique(words).to_pylist())
    return [*dates, *pc.unique(pc.replace_substring_regex(named, _NAMED_DATE, r"\1")).to_pylist()]


def _filled(block: Block, places: Sequence[int]) -> pa.Array | None:
    """Return a mask of the rows without an empty cell at `places`, or None for all rows."""
    found = None
    for place in places:
        is_filled = pc.not_equal(as_text(block.table.column(place)), "")
        if not pc.all(is_filled).as_py():
            found = is_filled if found is None else pc.and_(found, is_filled)
    return found


def _texts(block: Block, places: Iterable[int], counted: pa.Array | None) -> Iterator[pa.Array]:
    for place in places:
        column = block.table.column(place)
        if pa.types.is_string(column.type):
            text = as_text(column)
            yield text if counted is None else pc.if_else(counted, text, "")
