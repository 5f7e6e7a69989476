"""From configurations to the rows of a list, the same on every page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from core.access.permissions import Right
from core.domain.freshness import Freshness
from core.domain.model import SendConfiguration
from core.domain.rules import Refuse, decide_abort, finished_short
from core.domain.states import Generation
from core.forecasting.flags import Flag
from core.forecasting.forecast import UNKNOWN, Confidence, Forecast
from pages.sends import abort_dialog, time_left
from pages.sends.rows import Labels, Row, draw_rows
from pages.shell.session import freio, may
from pages.text import i18n, sentences
from pages.text.countdown import count_words
from pages.text.i18n import _

#: Characters of a text that a row shows: a page of the longest texts has to fit into one message.
_MOST_SHOWN = 200


def draw_list(
    configurations: Sequence[SendConfiguration],
    fresh: Freshness,
    *,
    key: str,
    empty: str,
    question: str = "",
) -> None:
    """Draw configurations as rows, with an abort button on each that allows it.

    `question` tells what the reader has chosen to see, where there is a choice.
    """
    queries, may_stop = freio().queries, may(Right.STOP)
    forecasts = queries.forecasts(configurations, fresh.now)
    flags = queries.flags(configurations)
    rows = [
        _row(c, fresh, forecasts.get(c.id, UNKNOWN), flags.get(c.id, ()), may_stop)
        for c in configurations
    ]
    draw_rows(
        rows,
        key=key,
        labels=_labels(empty),
        count=count_words(),
        fresh=fresh,
        question=question,
        on_abort=abort_dialog.ask,
    )


def _labels(empty: str) -> Labels:
    return Labels(
        caption=_("Send configurations"),
        empty=empty,
        verdict=_("Verdict"),
        state=_("State"),
        time_left=_("Time left"),
        name=_("Name"),
        account=_("Account"),
        channel=_("Channel"),
        recipients=_("Recipients"),
        progress=_("Generated"),
        scheduled=_("Scheduled"),
        action=_("Action"),
        abort=_("Abort"),
    )


def _row(
    configuration: SendConfiguration,
    fresh: Freshness,
    forecast: Forecast,
    flags: Sequence[Flag],
    may_stop: bool,
) -> Row:
    now = fresh.now
    closes = time_left.closes_at(configuration, forecast)
    word, outlook = time_left.verdict(configuration, forecast, fresh)
    progress, share = _progress(configuration)
    name = _short(configuration.name)
    return Row(
        id=configuration.id,
        href=f"configuration?id={_quoted(configuration.id)}",
        name=name,
        state=_short(sentences.state_name(configuration)),
        account=_short(configuration.account),
        channel=_short(configuration.channel),
        recipients=i18n.number(configuration.total_records),
        progress_text=progress,
        progress_share=share,
        scheduled=i18n.moment(configuration.scheduled_at, now),
        time_left=time_left.time_left(configuration, forecast, fresh),
        time_why=time_left.explain(configuration, forecast, now),
        is_unsure=forecast.confidence is Confidence.POOR,
        seconds_left=None if closes is None else (closes - now).total_seconds(),
        verdict_word=word,
        is_old=sentences.tells_age(configuration, fresh),
        outlook=outlook,
        can_abort=may_stop and not isinstance(decide_abort(configuration), Refuse),
        reason_word=sentences.reason_word(configuration) or _("may only look"),
        abort_label=_("Abort {name}", name=name),
        flags=tuple(time_left.flag(flag, now) for flag in flags),
    )


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _quoted(id: str) -> str:
    return quote(id, safe="")


def _progress(configuration: SendConfiguration) -> tuple[str, float | None]:
    total, done = configuration.total_records, configuration.generated_records
    if configuration.generation is Generation.UNKNOWN:
        return _("not reported"), None
    begun = configuration.generation is Generation.STARTED or finished_short(configuration)
    if not begun or not total:
        return "", None
    share = min(1.0, (done or 0) / total)
    if share >= 1.0:
        return _("all"), 1.0
    return _("{x} of {n}", x=i18n.number(done or 0), n=i18n.number(total)), share
