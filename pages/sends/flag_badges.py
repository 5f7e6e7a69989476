"""The flags of sends, as badges and as sentences."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core.domain.states import Again, State
from core.forecasting.flags import (
    FinishedShort,
    Flag,
    InDoubt,
    PossibleDuplicate,
    RunsAgain,
    Stuck,
    UnusuallyLarge,
)
from core.runtime.instance import platform
from pages.sends.rows import Badge
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown


def draw_flags(flags: tuple[Flag, ...], now: datetime) -> None:
    """Draw a warning for each flag of a send."""
    for flag in flags:
        st.warning(
            _("**Check this send.** {why}", why=escape_markdown(badge(flag, now).why)),
            icon=":material/visibility:",
        )
        if isinstance(flag, PossibleDuplicate):
            st.page_link(
                "configuration.py",
                label=_("To the other send"),
                icon=":material/arrow_forward:",
                query_params={"id": flag.other},
            )


def badge(flag: Flag, now: datetime) -> Badge:
    """Return the badge for a flag."""
    match flag:
        case Stuck():
            word, why = _("stuck"), _stuck(flag, now)
        case UnusuallyLarge():
            word = _("large")
            why = _(
                "Its account usually sends to {median} recipients and almost never to "
                "more than {usual}; this one goes to {n}.",
                median=flag.median,
                usual=flag.usual,
                n=flag.recipients,
            )
        case PossibleDuplicate():
            word = _("possible duplicate")
            why = _duplicate(flag, now)
        case RunsAgain():
            word = {
                Again.SCHEDULED: _("scheduled again"),
                Again.RUNS: _("runs again"),
                Again.HAS_GONE_OUT: _("went out after all"),
            }[flag.again]
            why = _runs_again(flag, now)
        case InDoubt():
            word = _("reports disagree")
            why = _(
                "Two reports have disagreed about it since {time}, and it is unknown "
                "which one is newer. The next report decides.",
                time=i18n.moment(flag.since, now),
            )
        case FinishedShort(generated, total):
            word = _("finished incomplete")
            if platform().interrupts:
                why = _("It finished with {x} of {n} messages sent.", x=generated, n=total)
            else:
                why = _("It finished with {x} of {n} records generated.", x=generated, n=total)
    return Badge(word, why)


def _runs_again(found: RunsAgain, now: datetime) -> str:
    time = i18n.moment(found.at, now)
    before = {
        State.SENT_DONE: _("It had finished."),
        State.ABORTED: _("The platform had stopped it."),
    }.get(found.was, _("It was stopped."))
    after = {
        Again.SCHEDULED: _("The report of {time} shows that it is scheduled again.", time=time),
        Again.RUNS: _("The report of {time} shows that it runs again.", time=time),
        Again.HAS_GONE_OUT: _(
            "The report of {time} shows that it ran again, and it has gone out.", time=time
        ),
    }[found.again]
    said = f"{before} {after}"
    if not found.is_unsure:
        return said
    return f"{said} " + _(
        "Only the time of the file shows that this report is newer: it is uncertain until "
        "a second report agrees."
    )


def _duplicate(found: PossibleDuplicate, now: datetime) -> str:
    if found.other_at > now:
        text = _(
            "Another send with the same name, account and audience is scheduled for "
            "{time} (ID {id})."
        )
    else:
        text = _(
            "Another send with the same name, account and audience was scheduled for "
            "{time} (ID {id})."
        )
    return text.format(time=i18n.moment(found.other_at, now), id=found.other)


def _stuck(found: Stuck, now: datetime) -> str:
    if not found.based_on:
        return _(
            "It has been in this state since {time}. Freio knows no similar sends to compare.",
            time=i18n.moment(found.since, now),
        )
    return _(
        "It has been in this state since {time}. Of {like}, nearly all moved on within {span}.",
        time=i18n.moment(found.since, now),
        like=i18n.plural("{n} similar send", "{n} similar sends", found.based_on),
        span=i18n.span(found.usual),
    )
