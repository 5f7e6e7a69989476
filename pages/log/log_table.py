"""Tables of the log of aborts: rows of two lines, as in the list of sends.

The tables are HTML, so the search of the browser finds all texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from core.domain.model import ConfigurationId
from core.domain.states import Outlook
from pages import scripts
from pages.text import names, palette
from pages.text.links import link_to_send


def table(heads: Mapping[str, str], rows: Iterable[str], kind: str = "receipts") -> str:
    """Return rows as an HTML table. `heads`: the CSS class and the heading of each column.

    The columns and the layout of each `kind` are in log_table.css.
    """
    head = "".join(
        f'<th scope="col" role="columnheader" class="{column}">{escape(text)}</th>'
        for column, text in heads.items()
    )
    kind += "" if "name" in heads else " unnamed"
    return (
        f"{scripts.style('text/two_lines.css')}{scripts.style('log/log_table.css')}"
        f'<div class="two-lines log {kind}"><table role="table">'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(rows)}</tbody></table></div>'
    )


def row(outlook: Outlook, *cells: str, kind: str = "") -> str:
    """Return a row in the colour of an outlook."""
    tone = palette.name_of(outlook)
    return f'<tr role="row" class="{kind}" style="--tone: var(--{tone})">{"".join(cells)}</tr>'


def cell(column: str, first: str, second: str = "") -> str:
    """Return a cell with one or two lines of HTML."""
    more = f'<div class="second">{second}</div>' if second else ""
    return f'<td role="cell" class="{column}"><div>{first}</div>{more}</td>'


def number(label: str, text: str) -> str:
    """Return a number with a label. Only narrow tables show the label, in place of a heading."""
    return f'<span class="unit">{escape(label)}:</span> {escape(text)}'


def verdict(outlook: Outlook, word: str, second: str) -> str:
    """Return the cell of a result: a sign, a word, and a second line."""
    sign = f'<span aria-hidden="true">{palette.SIGNS[outlook]}</span>'
    return cell("verdict", f'<strong class="tone">{sign} {escape(word)}</strong>', escape(second))


def why(reason: str, note: str, second: str = "") -> str:
    """Return the cell with the reason and the note. `reason` is a code."""
    named = names.reason_name(reason) if reason else ""
    return cell("why", f"<strong>{escape(named)}</strong> {escape(note)}", escape(second))


def name(id: ConfigurationId, text: str, *facts: str) -> str:
    """Return the cell of a send. First line: a link. Second line: the facts and the id."""
    parts = "".join(f'<span class="part">{escape(fact)}</span>' for fact in facts)
    parts += f'<span class="part id">{escape(id)}</span>'
    return cell("name", link_to_send(id, text), f'<span class="details">{parts}</span>')
