"""The filters of the log of aborts. The URL contains all filters."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from core.domain.receipt_query import Outcome, ReceiptQuery
from pages.shell.url_filters import choice
from pages.text import i18n, names
from pages.text.i18n import _

_KEYS = "log_"
_DAYS = {"today": 0, "week": 7, "month": 30, "year": 365}


def read_query(now: datetime) -> ReceiptQuery:
    """Read the filters from the URL. Ignore invalid values. An unknown time means today."""
    url = st.query_params
    outcome, page = url.get("outcome", ""), url.get("page", "")
    return ReceiptQuery(
        actor=url.get("person", ""),
        account=url.get("account", ""),
        outcome=Outcome(outcome) if outcome in tuple(Outcome) else None,
        since=_since(url.get("time", "") or _default_time(), now),
        page=int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else 1,
    )


def _default_time() -> str:
    """Return "any" if the outcome is open or contradicted, otherwise "today"."""
    pending = (Outcome.OPEN, Outcome.CONTRADICTED)
    return "any" if st.query_params.get("outcome") in pending else "today"


def _since(code: str, now: datetime) -> datetime | None:
    if code == "any":
        return None
    return i18n.midnight(now) - timedelta(days=_DAYS.get(code, 0))


def draw_filters(people: Sequence[str], accounts: Sequence[str]) -> None:
    """Draw the filters on person, account, outcome and time."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="log_filters"):
        choice(_KEYS, "person", _("Person"), ("", *people), _person_name, 200, is_open=True)
        choice(
            _KEYS,
            "account",
            _("Account"),
            ("", *i18n.alphabetical(accounts)),
            lambda a: a or _("All accounts"),
            200,
            is_open=True,
        )
        choice(_KEYS, "outcome", _("Outcome"), ("", *Outcome), _outcome_name, 200)
        default = _default_time()
        times = [code for code in (*_DAYS, "any") if code != default]
        choice(_KEYS, "time", _("Requested"), ("", *times), _time_name, 200)


def _person_name(name: str) -> str:
    return names.person(name) if name else _("All people")


def _outcome_name(code: str) -> str:
    return {
        "": _("Any outcome"),
        Outcome.STOPPED: _("Stopped"),
        Outcome.TOO_LATE: _("Too late"),
        Outcome.REFUSED: _("Refused, for any reason"),
        Outcome.NOT_ALLOWED: _("Not allowed"),
        Outcome.OPEN: _("Not confirmed yet"),
        Outcome.CONTRADICTED: _("Contradicted"),
        Outcome.RAN_AGAIN: _("Stopped, then scheduled again"),
    }[code]


def _time_name(code: str) -> str:
    return {
        "today": _("Today"),
        "week": _("Past 7 days"),
        "month": _("Past 30 days"),
        "year": _("Past year"),
        "any": _("Any time"),
    }[code or _default_time()]
