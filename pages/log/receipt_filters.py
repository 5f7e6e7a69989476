"""The filters of the log of aborts. The URL has the filters."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from core.domain.receipt_query import Outcome, ReceiptQuery
from pages.shell.url_filters import choice, member, options_of, whole
from pages.text import i18n, names
from pages.text.i18n import _

_KEYS = "log_"
_DAYS = {"today": 0, "week": 7, "month": 30, "year": 365}


def read_query(now: datetime) -> ReceiptQuery:
    """Read the filters from the URL. Ignore invalid values."""
    url = st.query_params
    return ReceiptQuery(
        actor=url.get("person", ""),
        account=url.get("account", ""),
        outcome=member(Outcome, url.get("outcome", "")),
        since=_since(url.get("time", "") or _default_time(), now),
        page=whole(url.get("page", "")),
    )


def _default_time() -> str:
    pending = (Outcome.OPEN, Outcome.CONTRADICTED)
    return "any" if st.query_params.get("outcome") in pending else "today"


def _since(code: str, now: datetime) -> datetime | None:
    if code == "any":
        return None
    return i18n.midnight(now) - timedelta(days=_DAYS.get(code, 0))


def draw_filters(people: Sequence[str], accounts: Sequence[str]) -> None:
    """Draw the filters for person, account, outcome and time."""
    persons = options_of("person", people, "")
    persons = {name: names.person(name) for name in persons} | {"": _("All people")}
    listed = options_of("account", i18n.alphabetical(accounts), _("All accounts"))
    outcomes: dict[str, str] = {
        "": _("Any outcome"),
        Outcome.STOPPED: _("Stopped"),
        Outcome.TOO_LATE: _("Too late"),
        Outcome.REFUSED: _("Refused, for any reason"),
        Outcome.NOT_ALLOWED: _("Not allowed"),
        Outcome.OPEN: _("Not confirmed yet"),
        Outcome.CONTRADICTED: _("Contradicted"),
        Outcome.RAN_AGAIN: _("Stopped, then scheduled again"),
    }
    times = {
        "today": _("Today"),
        "week": _("Past 7 days"),
        "month": _("Past 30 days"),
        "year": _("Past year"),
        "any": _("Any time"),
    }
    # The URL leaves out the default time.
    times = {"": times.pop(_default_time())} | times
    with st.container(horizontal=True, vertical_alignment="bottom", key="log_filters"):
        choice(_KEYS, "person", _("Person"), persons, 200)
        choice(_KEYS, "account", _("Account"), listed, 200)
        choice(_KEYS, "outcome", _("Outcome"), outcomes, 200)
        choice(_KEYS, "time", _("Requested"), times, 200)
