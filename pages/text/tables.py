"""HTML tables with a link and numbers in each line, and HTML tables of texts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from pages import scripts
from pages.text.links import link

MAX_ON_PHONE = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table. The first cell is a link to `page` with the URL parameters `params`."""

    cells: tuple[str, ...]
    page: str
    params: Mapping[str, str]


def draw_table(
    heads: Sequence[str], lines: Sequence[Line], *, numbers_from: int, empty: str
) -> None:
    """Draw a table. From the column `numbers_from` on, all columns contain numbers."""
    if not lines:
        st.caption(empty)
        return
    head, kinds = _head(heads, range(numbers_from, len(heads)))
    body = "".join(_line(line, kinds) for line in lines)
    # With the focus on the box, people can scroll with the keyboard.
    st.html(
        scripts.style("text/tables.css")
        + f'<div class="numbers" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        + f"<tbody>{body}</tbody></table></div>"
    )


def _head(heads: Sequence[str], numbers: Collection[int]) -> tuple[str, list[str]]:
    """Return the headings as HTML, and the HTML attributes of each column."""
    kinds = [' class="number"' if n in numbers else "" for n in range(len(heads))]
    cells = zip(kinds, heads, strict=True)
    return "".join(f'<th scope="col"{kind}>{escape(text)}</th>' for kind, text in cells), kinds


def _line(line: Line, kinds: Sequence[str]) -> str:
    first = f'<th scope="row">{link(line.cells[0], line.page, line.params)}</th>'
    rest = "".join(
        f"<td{kind}>{escape(text)}</td>"
        for kind, text in zip(kinds[1:], line.cells[1:], strict=True)
    )
    return f"<tr>{first}{rest}</tr>"


def draw_records(
    records: Sequence[Mapping[str, str]], *, numbers: Collection[str] = (), is_long: bool = False
) -> None:
    """Draw a line for each record. The keys of the first record are the headings."""
    heads = tuple(records[0])
    at = [n for n, head in enumerate(heads) if head in numbers]
    draw_cells(heads, [list(record.values()) for record in records], numbers=at, is_long=is_long)


def draw_cells(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[int] = (),
    is_long: bool = False,
) -> None:
    """Draw a table of texts. No text is cut off. `numbers`: the indexes of columns of numbers.

    On a phone, each row of a table with more than MAX_ON_PHONE columns becomes a list. If `is_long`
    is true, the table is in a box with a scroll bar.
    """
    head, kinds = _head(heads, numbers)
    labels = [f' data-head="{escape(text, quote=True)}"' for text in heads]
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{kind}{label}>{escape(text)}</td>"
            for kind, label, text in zip(kinds, labels, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    many = ' class="many"' if len(heads) > MAX_ON_PHONE else ""
    columns = f"<thead{many}><tr>{head}</tr></thead>"
    table = f'<table class="cells">{columns}<tbody>{body}</tbody></table>'
    box = f'<div class="long-cells" tabindex="0">{table}</div>' if is_long else table
    st.html(scripts.style("text/tables.css") + box)
