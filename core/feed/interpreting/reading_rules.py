"""Rules to read the values of a file, and texts for empty cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from zoneinfo import ZoneInfo

from core.domain.states import State, parse_state, squeeze

#: Which part is first in a date such as `3/4/26`. `year` is for years of two digits.
Order = Literal["day", "month", "year"]
ORDERS: Final[tuple[Order, ...]] = ("day", "month", "year")


@dataclass(slots=True)
class Assumed:
    """What the readers assumed about the values of a file.

    - `zone`: at least one time has neither an offset nor a zone, so `Rules.zone` applies.
    - `zone_beside`: this is so for a scheduled time, and its cell in the column of zones is empty.
    - `zones`: the zones of the scheduled times.
    - `empty`: optional fields in which a cell has an object or a list. The cell counts as empty.
    """

    zone: bool = False
    zone_beside: bool = False
    zones: set[ZoneInfo] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How to read the values of a file. None and "" mean that a rule is unknown.

    * `zone` is the zone of times without an offset.
    * `order` is the order of day, month and year. If `is_tentative` is True, only the first rows
      prove the order. Then a date that is impossible in this order raises Undecided.
    * If `hours_after_dash` is True, `23/11/2026-03:00` means 03:00. If False, the text is rejected.
    * If `short_times` is True, `2611301430` means 2026-11-30 14:30. If False, the digits are
      seconds since 1970.
    * `behind` has the offsets that other times of the file prove, in minutes behind UTC. If 480 is
      not in `behind`, `2026-11-23 00:00-08:00` is rejected, because `00:00-08:00` can be a range
      of hours.
    * If `whole_ids` is True, the ID `101.0` is read as `101`.
    * `decimal` is the decimal sign. `states` has the meanings of state words.

    Several threads change `assumed` without a lock. This is safe, because they only add facts.
    """

    zone: ZoneInfo
    order: Order | None = None
    is_tentative: bool = False
    hours_after_dash: bool | None = False
    short_times: bool | None = False
    behind: frozenset[int] | None = frozenset()
    whole_ids: bool | None = None
    decimal: str = ""
    states: Mapping[str, State] = field(default_factory=dict)
    assumed: Assumed = field(default_factory=Assumed, compare=False)

    def state(self, word: str) -> State:
        """Return the meaning of a state word, or UNKNOWN."""
        for known, state in self.states.items():
            if squeeze(known) == squeeze(word):
                return state
        return parse_state(word)


def word_set(words: str) -> frozenset[str]:
    """Return the set of phrases in a text such as `yes, not yet`."""
    return frozenset(words.split(", "))


#: Lower-case texts for an empty cell. PostgreSQL writes `\N`. Times have more such texts: NO_TIME.
NOTHING: Final = word_set(
    "-, --, –, —, n/a, na, n.a., #n/a, n/d, n.d., s/d, null, \\n, none, nil, nan, nat, undefined, "
    "(null), (none), not available, não disponível, no disponible, não informado, no informado, "
    "#value!, #ref!"
)
#: Lower-case texts. A line with such a text as its ID has sums, and is not a send.
SUMS: Final = word_set(
    "total, totals, totales, totais, grand total, total general, total geral, subtotal, "
    "subtotals, subtotales, subtotais, sum, suma, soma, sumatoria, somatório, somatorio, all, "
    "overall, todos, todas, average, promedio, all campaigns, all sends, todas as campanhas, "
    "todas las campañas, todos os envios, todos los envíos, total envios, total envíos, "
    "total sends, total campanhas, total campañas, total campaigns, total de envios, "
    "total de envíos, total de campanhas, total de campañas, total:"
)
#: Lower-case texts for an unknown number. The cell counts as empty.
NOT_KNOWN: Final = word_set(
    "unknown, tbd, tba, calculating, calculating..., calculating…, pending, no data, "
    "not reported, not yet known, unavailable, not calculated, desconhecido, calculando, "
    "calculando..., calculando…, pendente, sem dados, não calculado, a definir, indisponível, "
    "a calcular, não reportado, desconocido, pendiente, sin datos, no calculado, por definir, "
    "por calcular, no reportado"
)
#: Some programs write “no time” as `0000-00-00 00:00`.
_ZERO_DAYS: Final = word_set(
    "0000-00-00, 0001-01-01, 1899-12-30, 1899-12-31, 1900-01-00, 1900-01-01, 1970-01-01, "
    "00/00/0000, 01/01/0001, 1/1/0001, 30/12/1899, 12/30/1899, 01/01/1900, 1/1/1900, 00/01/1900, "
    "1/0/1900, 0/1/1900, 01/01/1970, 1/1/1970"
)
_ZERO_HOURS: Final = (
    *("", " 12:00 am", " 12:00:00 am"),
    *(
        f"{sign}00:00{seconds}{zone}"
        for sign in (" ", "t")
        for seconds in ("", ":00", ":00.0", ":00.000", ":00.000000")
        for zone in ("", "z", " utc", "+00:00", "+0000")
    ),
)
#: Lower-case texts for “no time”. From `immediately` to the end of the list, a text means that the
#: send starts at once or after an event. The file does not say when that is.
_NO_TIME: Final = word_set(
    "0, 00:00, 00:00:00, not scheduled, unscheduled, never, tbd, tba, no date, no time, not set, "
    "not yet scheduled, to be defined, to be confirmed, not sent, not yet sent, invalid date, "
    "unknown, not defined, pending, manual, on hold, draft, sem data, sem horário, não agendado, "
    "não agendada, nunca, a definir, não definido, não definida, a confirmar, data inválida, "
    "ainda não, não enviado, não enviada, indefinido, indefinida, sem agendamento, sem previsão, "
    "rascunho, sin fecha, sin hora, no programado, no programada, por definir, por confirmar, "
    "sin definir, no definido, no definida, fecha inválida, aún no, no enviado, no enviada, "
    "sin programar, sin programación, borrador, manualmente, immediately, immediate, now, "
    "send now, right away, asap, instant, on trigger, imediato, imediata, imediatamente, agora, "
    "enviar agora, envio imediato, inmediato, inmediata, inmediatamente, ahora, enviar ahora, "
    "envío inmediato"
)
NO_TIME: Final = NOTHING | _NO_TIME | {day + hour for day in _ZERO_DAYS for hour in _ZERO_HOURS}


class Undecided(Exception):  # noqa: N818 - the reader then looks at the whole file
    """The rules do not decide between two meanings of a value."""


class UnreadableValue(Exception):  # noqa: N818 - a reason for rejecting a row, not a fault
    """A cell cannot be read. `template` is the reason, and `values_` fills its placeholders."""

    def __init__(self, template: str, **values: object) -> None:
        self.values_ = {k: v[:80] if isinstance(v, str) else v for k, v in values.items()}
        super().__init__(template.format(**self.values_))
        self.template = template
