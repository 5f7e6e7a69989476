"""From configurations to the rows of a list, the same on every page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from core.access import Right
from core.flags import Flag
from core.forecast import UNKNOWN, Forecast, Sureness
from core.freshness import Freshness
from core.model import SendConfiguration
from core.rules import Refuse, decide_abort, finished_short
from core.states import Generation
from pages.parts import abort, ahead, say, words
from pages.parts.rows import Labels, Row, draw_rows
from pages.parts.say import _
from pages.parts.session import freio, may

#: Without news for this long, at least, the list stops calling anything green.
_SILENT_SECONDS = 20.0
_SILENT_PERIODS = 4


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
    insights, may_stop = freio().insights, may(Right.STOP)
    forecasts = insights.forecasts(configurations, fresh.now)
    flags = insights.flags(configurations)
    rows = [
        _row(c, fresh, forecasts.get(c.id, UNKNOWN), flags.get(c.id, ()), may_stop)
        for c in configurations
    ]
    draw_rows(
        rows,
        key=key,
        labels=_labels(empty),
        count=ahead.count_words(),
        fresh=fresh,
        silent_after=max(_SILENT_SECONDS, _SILENT_PERIODS * freio().settings.refresh_seconds),
        question=question,
        on_abort=abort.ask,
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
    closes = ahead.closes_at(configuration, forecast)
    word, outlook = ahead.verdict(configuration, forecast, fresh)
    progress, share = _progress(configuration)
    return Row(
        id=configuration.id,
        href=f"configuration?id={_quoted(configuration.id)}",
        name=configuration.name,
        state=words.state_name(configuration),
        account=configuration.account,
        channel=configuration.channel,
        recipients=say.number(configuration.total_records),
        progress_text=progress,
        progress_share=share,
        scheduled=say.moment(configuration.scheduled_at, now),
        time_left=ahead.time_left(configuration, forecast, fresh),
        time_why=ahead.explain(configuration, forecast, now),
        is_unsure=forecast.sureness is Sureness.POOR,
        seconds_left=None if closes is None else (closes - now).total_seconds(),
        verdict_word=word,
        outlook=outlook,
        can_abort=may_stop and not isinstance(decide_abort(configuration), Refuse),
        reason_word=words.reason_word(configuration) or _("may only look"),
        abort_label=_("Abort {name}", name=configuration.name),
        flags=tuple(ahead.flag(flag, now) for flag in flags),
    )


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
    return _("{x} of {n}", x=say.number(done or 0), n=say.number(total)), share
