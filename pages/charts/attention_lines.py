"""The sends that need attention, as sentences and as a list."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Final

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.list_query import Sort
from core.domain.model import ConfigurationId
from core.domain.states import State
from core.forecasting.attention import (
    Attention,
    BusyHour,
    Finding,
    NamedSend,
    Problem,
    headlines,
)
from pages import scripts
from pages.charts.overview_data import OverviewData
from pages.sends import list_filters, send_list
from pages.sends.rows import Badge
from pages.shell.page_run import shared, view
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.links import link, link_to_send
from pages.text.markdown import bold

MAX_SENTENCES: Final = 3

#: With these URL parameters, the overview shows all sentences and a list of all their sends.
ALL: Final = {"attention": "all"}

MAX_LISTED: Final = 100


def are_all_wanted() -> bool:
    """Return whether the URL requests all sentences."""
    return st.query_params.get("attention") == ALL["attention"]


def draw_sentences(data: OverviewData) -> None:
    """Draw the sentences about the most harmful findings, or all if the URL requests all."""
    st.html(shared(_sentences_html, data, are_all=are_all_wanted()))


def _sentences_html(data: OverviewData, *, are_all: bool) -> str:
    attention, now = data.attention, data.seen.now
    found = attention.findings
    if are_all:
        lines = [_sentence(each, now) for each in found]
    else:
        shown = headlines(attention, MAX_SENTENCES)
        lines = [_sentence(each, now, more) for each, more in shown]
        named = sum(len(each.sends) for each, _more in shown) + sum(more for _each, more in shown)
        if hidden := max(0, len(attention.ids) - named):
            more = i18n.plural(
                "{n} more send with another problem", "{n} more sends with other problems", hidden
            )
            lines[-1] += " " + _("And {sends}.").format(sends=link(more, "./", ALL))
    if not lines:
        lines = [escape(_("Nothing unusual: no send needs attention right now."))]
    drawn = "".join(f"<li>{line}</li>" for line in lines)
    quiet = "" if found else " class='none'"
    return (
        f"{scripts.style('charts/attention_lines.css')}"
        f"<section class='attention' aria-label='{escape(_('Needs attention'), quote=True)}'>"
        f"<ul{quiet}>{drawn}</ul></section>"
    )


def draw_sends(attention: Attention, fresh: Freshness) -> None:
    """Draw the sends of all findings as a list."""
    queries = view().queries
    total = len(attention.ids)
    st.header(i18n.plural("{n} send needs attention", "{n} sends need attention", total))
    read = (queries.configuration(id) for id in attention.ids[:MAX_LISTED])
    sends = [send for send in read if send is not None]
    send_list.draw_list(
        sends,
        fresh,
        key="attention_rows",
        empty=_("Nothing needs attention right now."),
        reasons=_reasons(attention, fresh.now),
    )
    if total > MAX_LISTED:
        st.caption(_("The list shows the first {n}, the most harmful first.", n=MAX_LISTED))
    st.page_link("overview.py", label=_("Back to the overview"), icon=":material/arrow_back:")


def _reasons(attention: Attention, now: datetime) -> dict[ConfigurationId, list[Badge]]:
    found: dict[ConfigurationId, list[Badge]] = {}
    for finding in attention.findings:
        for send in finding.sends:
            found.setdefault(send.id, []).append(_reason(finding, send, now))
    return found


def _reason(finding: Finding, send: NamedSend, now: datetime) -> Badge:
    match finding.problem:
        case Problem.CONTRADICTED:
            why = _("It was aborted here, but the platform reports that it went on.")
            return Badge(_("went on anyway"), why)
        case Problem.UNCONFIRMED:
            why = _("It was aborted here, but no report confirms that it stopped.")
            return Badge(_("waiting for confirmation"), why)
        case Problem.BUSY_HOUR:
            assert finding.hour is not None
            why = _(
                "Far more recipients than usual are due from {time}: {n}. This send is the largest "
                "of them.",
                time=i18n.moment(finding.hour.hour, now),
                n=finding.hour.recipients,
            )
            return Badge(_("unusual hour"), why)
        case Problem.LARGE:
            times = i18n.times(send.times_usual or 0)
            return Badge(_("large"), _("{times} times the usual of its account", times=times))
        case Problem.DUPLICATE:
            why = _("An earlier send has the same name, account and audience.")
            return Badge(_("possible duplicate"), why)
        case Problem.STUCK:
            return Badge(_("stuck"), _("It has not moved for a long time."))
        case Problem.SMTP_ERROR:
            why = _("It waits after SMTP errors, and may still go out.")
            return Badge(_("SMTP errors"), why)


def _sentence(finding: Finding, now: datetime, more_hours: int = 0) -> str:
    if finding.hour is not None:
        return _busy_hour(finding, finding.hour, now, more_hours)
    head = bold(escape(_head(finding.problem, len(finding.sends))))
    first, *others = finding.sends
    text = f"{head}: {_send(first)}"
    if others:
        page, params = _LISTS.get(finding.problem, ("./", ALL))
        more = i18n.plural("and {n} more", "and {n} more", len(others))
        text += ", " + link(more, page, params)
    return text + "."


def _busy_hour(finding: Finding, hour: BusyHour, now: datetime, more_hours: int) -> str:
    # The link sorts by recipients, because the largest sends make the hour unusual.
    code = {"time": list_filters.hour_code(hour.hour), "sort": Sort.RECIPIENTS.value}
    start = link(i18n.moment(hour.hour, now), list_filters.PAGE, code)
    people = escape(i18n.compact(hour.recipients))
    if hour.times_usual is None:
        text = _("**{hour}: {n} recipients, usually none**; {largest}.")
    else:
        text = _("**{hour}: {n} recipients, {times} times the usual**; {largest}.")
    largest = _("mostly {send}") if finding.is_mostly_one_send else _("the largest is {send}")
    drawn = bold(escape(text)).format(
        hour=start,
        n=people,
        times=i18n.times(hour.times_usual or 0),
        largest=escape(largest).format(send=_short_send(finding.sends[0])),
    )
    if more_hours:
        others = i18n.plural("{n} more unusual hour", "{n} more unusual hours", more_hours)
        drawn += " " + _("And {sends}.").format(sends=link(others, "./", ALL))
    return drawn


def _send(send: NamedSend) -> str:
    people = names.recipients(send.recipients)
    if send.recipients is None:
        people = f"{_('Recipients').lower()}: {names.amount(None)}"
    facts = ", ".join(filter(None, [people, _times_usual(send)]))
    return f"{link_to_send(send.id, send.name)} ({escape(facts)})"


def _short_send(send: NamedSend) -> str:
    times = _times_usual(send)
    people = i18n.compact(send.recipients or 0, digits=2) + (f" ({times})" if times else "")
    return f"{link_to_send(send.id, send.name)}, {escape(people)}"


def _times_usual(send: NamedSend) -> str:
    if send.times_usual is None:
        return ""
    return _("{times} times the usual of its account", times=i18n.times(send.times_usual))


def _head(problem: Problem, n: int) -> str:
    return {
        Problem.CONTRADICTED: i18n.plural(
            "**{n} aborted send went on**", "**{n} aborted sends went on**", n
        ),
        Problem.UNCONFIRMED: i18n.plural(
            "**{n} abort is not confirmed**", "**{n} aborts are not confirmed**", n
        ),
        Problem.LARGE: i18n.plural(
            "**{n} send is far above its account’s usual size**",
            "**{n} sends are far above their account’s usual size**",
            n,
        ),
        Problem.DUPLICATE: i18n.plural(
            "**{n} send is a possible duplicate**", "**{n} sends are possible duplicates**", n
        ),
        Problem.STUCK: i18n.plural("**{n} send is stuck**", "**{n} sends are stuck**", n),
        Problem.SMTP_ERROR: i18n.plural(
            "**{n} send waits after SMTP errors** and may still go out",
            "**{n} sends wait after SMTP errors** and may still go out",
            n,
        ),
    }[problem]


#: The page with the sends of a problem, and the URL parameters. For a problem that is not here,
#: the page is the overview.
_LISTS: Final[dict[Problem, tuple[str, dict[str, str]]]] = {
    Problem.CONTRADICTED: ("aborts", {"outcome": "contradicted"}),
    Problem.UNCONFIRMED: ("aborts", {"outcome": "open"}),
    Problem.SMTP_ERROR: (
        list_filters.PAGE,
        {"state": State.SMTP_ERROR.value, "time": "past-month"},
    ),
}
