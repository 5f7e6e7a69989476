"""Write a sample export of send configurations with any number of rows.

    python data/make_sample.py --rows 5000 --out data/sample.csv --relative
    python data/make_sample.py --rows 1000000 --out big.parquet --now 2026-03-11T15:00:00-03:00

The suffix of the file selects CSV or Parquet. All names are invented. The same arguments give the
same file. The script uses only uniform random numbers, because they are the same in all versions of
numpy.

Rows are written in order of time. The script therefore draws the time, kind and size of all rows
first, which needs about 100 bytes of memory for each row. It then draws and writes all other
columns in chunks.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = (
    "id",
    "name",
    "campaign",
    "channel",
    "account",
    "audience",
    "state",
    "total_records",
    "generated_records",
    "scheduled_at",
    "processing_started_at",
    "in_progress_at",
    "generation_started_at",
    "finished_at",
    "updated_at",
    "created_by",
)
TIMES = COLUMNS[9:15]

#: The local time for which a relative sample is made. It is a Wednesday.
ANCHOR = datetime(2026, 3, 11, 15, 0)
SEED = 20_260_311
ZONE = ZoneInfo("America/Sao_Paulo")

CHUNK = 250_000
BATCH = 5_000
DAY = 86_400
HISTORY_DAYS = 90
AHEAD_DAYS = 5

# The speed of the simulated platform, as in `lifecycle.Pace`. All times are in seconds. The times
# of past sends vary around these times, up to the factor SLOWEST.
RECORDS_PER_SECOND = 600.0
PROCESSING = 40
WAIT = 60
BATCH_EVERY = 8
ENDING = 15
LAG = 5
SLOWEST = 1.45

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Kind(IntEnum):
    """The kind of a row. Each kind is one state, with two exceptions.

    IN-PROGRESS has three kinds, by generation. ODD has two state words that Freio does not know.
    """

    SENT = 0
    SCHEDULED = 1
    PROCESANDO = 2
    WAITING_FOR_BATCH = 3
    PARTLY_GENERATED = 4
    GENERATION_UNREPORTED = 5
    ENDING = 6
    CANCELLED = 7
    PAUSED = 8
    WAITING_CONFIRMATION = 9
    SMTP_ERROR = 10
    DRAFT = 11
    PENDING = 12
    ABORTED = 13
    ODD = 14


STATES = (
    "SENT-DONE",
    "SCHEDULED",
    "PROCESANDO",
    "IN-PROGRESS",
    "IN-PROGRESS",
    "IN-PROGRESS",
    "DELIVERY-ENDING",
    "CANCELLED",
    "PAUSED",
    "WAITING-CONFIRMATION",
    "SMTP-ERROR",
    "DRAFT",
    "PENDING",
    "ABORTED",
    "EM QUARENTENA",
    "EN CUARENTENA",
)

#: The share of each kind in all rows. All other rows are SENT-DONE.
SHARES = {
    Kind.SCHEDULED: 0.06,
    Kind.PROCESANDO: 0.004,
    Kind.WAITING_FOR_BATCH: 0.0026,
    Kind.PARTLY_GENERATED: 0.0028,
    Kind.GENERATION_UNREPORTED: 0.0006,
    Kind.ENDING: 0.001,
    Kind.CANCELLED: 0.015,
    Kind.PAUSED: 0.002,
    Kind.WAITING_CONFIRMATION: 0.0016,
    Kind.SMTP_ERROR: 0.0012,
    Kind.DRAFT: 0.0016,
    Kind.PENDING: 0.0008,
    Kind.ABORTED: 0.0014,
    Kind.ODD: 0.0004,
}
SOON_SHARE = 0.008  # SCHEDULED within the next three hours
TODAY_SENT_SHARE = 0.0012  # SENT-DONE within the past hours
TODAY_CANCELLED_SHARE = 0.0008  # CANCELLED within the past hours
BURST_SHARE = 0.02  # ten sends in the same minute

MOTION = (
    Kind.PROCESANDO,
    Kind.WAITING_FOR_BATCH,
    Kind.PARTLY_GENERATED,
    Kind.GENERATION_UNREPORTED,
    Kind.ENDING,
)
AHEAD = (Kind.SCHEDULED, Kind.WAITING_CONFIRMATION, Kind.DRAFT)
STALLED = (Kind.PAUSED, Kind.SMTP_ERROR, Kind.ODD)

#: Ranges of hours of the day, each with its share of sends.
BANDS = (((14, 19), 0.45), ((10, 14), 0.29), ((19, 24), 0.24), ((0, 10), 0.02))
WEEKDAY_SHARE = 0.94

SMS_SHARE = 0.15
MAIL_MEDIAN, MAIL_SIGMA = 12_000.0, 1.87
SMS_MEDIAN, SMS_SIGMA = 4_000.0, 1.2
LARGEST = 3_000_000

ACCOUNTS_PT = (
    "Loja Aurora",
    "Moda Sabiá-Lilás",
    "Ótica Lua de Papel",
    "Empório Vagalume Azul",
)
ACCOUNTS_ES = (
    "Tienda Ñandú",
    "Librería Pez de Viento",
    "Ferretería Tornillo Feliz",
    "Jardín Caracol Añil",
)
ACCOUNTS = ACCOUNTS_PT + ACCOUNTS_ES
ACCOUNT_SHARES = (0.27, 0.15, 0.09, 0.06, 0.20, 0.12, 0.07, 0.04)

CAMPAIGNS_PT = (
    "Oferta de Verão",
    "Liquidação de Inverno",
    "Volta às Aulas",
    "Lembrete de pagamento",
    "Aniversário da loja",
    "Carrinho esquecido",
    "Lançamento da coleção",
    "Pesquisa de satisfação",
    "Frete grátis",
    "Confirmação de inscrição",
    "Última chance",
    "Programa de pontos",
)
DETAILS_PT = (
    "Calçados",
    "Cama e banho",
    "Crianças",
    "Região Sul",
    "São João",
    "clientes antigos",
    "até 30 % de desconto",
    "óculos de sol",
    "cartão da loja",
    "edição da manhã",
    "coleção maçã",
    "sem juros",
)
AGAIN_PT = ("", "", " (2º envio)", " (3º envio)")
AUDIENCES_PT = (
    "Clientes ativos 90 dias",
    "Inscritos na newsletter",
    "Carrinho abandonado",
    "Aniversariantes do mês",
    "Inativos há 1 ano",
    "Cartão fidelidade",
)
CAMPAIGNS_ES = (
    "Recordatorio de pago",
    "Rebajas de invierno",
    "Vuelta al colegio",
    "Ofertas de otoño",
    "Carrito olvidado",
    "Lanzamiento de colección",
    "Encuesta de satisfacción",
    "Envío gratis",
    "Confirmación de suscripción",
    "Última oportunidad",
    "Programa de puntos",
    "Día del niño",
)
DETAILS_ES = (
    "otoño",
    "niños y niñas",
    "jardín",
    "región norte",
    "herramientas",
    "clientes de años anteriores",
    "hasta 30 % de descuento",
    "libros y música",
    "tarjeta de la tienda",
    "edición de la mañana",
    "colección piñón",
    "sin interés",
)
AGAIN_ES = ("", "", " (2.º envío)", " (3.er envío)")
AUDIENCES_ES = (
    "Clientes activos 90 días",
    "Suscriptores del boletín",
    "Carrito abandonado",
    "Cumpleaños del mes",
    "Inactivos hace 1 año",
    "Tarjeta de fidelidad",
)
OPERATORS = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """Time, kind and size of all rows, in order of their scheduled time.

    `now` is the time for which the file is made. `when` has the scheduled times. Both are in
    seconds after midnight of the day of `now`. In a relative file, `moment` marks rows whose times
    are relative to the time of loading. The times of all other rows are relative to the day of
    loading.
    """

    now: int
    relative: bool
    when: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int8]
    total: npt.NDArray[np.int32]
    sms: Flags
    moment: Flags


def processing_seconds(total: Ints) -> Floats:
    """Return the seconds that the platform needs to process `total` recipients."""
    return np.asarray(PROCESSING + total / RECORDS_PER_SECOND)


def batches_of(total: Ints) -> Ints:
    """Return the number of batches of `total` recipients, at least one."""
    return np.asarray(np.maximum(1, -(-total // BATCH)))


def longest_life(total: Ints) -> Ints:
    """Return the maximum number of seconds from the scheduled time to the end of each send."""
    generating = SLOWEST * BATCH_EVERY * batches_of(total)
    seconds = 20 + SLOWEST * processing_seconds(total) + 2 * WAIT + generating + 2 * ENDING + 10
    return np.asarray(np.ceil(seconds), dtype=np.int64)


def pick(rng: np.random.Generator, size: int, shares: npt.ArrayLike) -> Ints:
    """Draw `size` indexes with the given shares. The shares do not have to add up to 1."""
    edges = np.cumsum(np.asarray(shares, dtype=np.float64))
    found = np.searchsorted(edges / edges[-1], rng.random(size), side="right")
    return np.minimum(found, len(edges) - 1)


def below(rng: np.random.Generator, bound: npt.ArrayLike, size: int) -> Ints:
    """Draw `size` whole numbers from 0 to `bound` (excluded)."""
    return np.asarray(np.floor(rng.random(size) * np.asarray(bound)), dtype=np.int64)


def draw_sizes(rng: np.random.Generator, sms: Flags) -> Ints:
    """Draw numbers of recipients: log-normal, with an upper limit. SMS has another median."""
    size = len(sms)
    normal = np.sqrt(-2 * np.log1p(-rng.random(size))) * np.cos(2 * math.pi * rng.random(size))
    median = np.where(sms, SMS_MEDIAN, MAIL_MEDIAN)
    sigma = np.where(sms, SMS_SIGMA, MAIL_SIGMA)
    total = median * np.exp(normal * sigma)
    total = np.where(total > LARGEST, LARGEST / 4 + total % (LARGEST * 3 / 4), total)
    return np.asarray(np.maximum(20, total), dtype=np.int64)


def draw_days(
    rng: np.random.Generator, size: int, first: int, last: int, weekday: int, thin: int | None
) -> Ints:
    """Draw days from `first` to `last`. Day 0 has the weekday `weekday`.

    The day `thin` is drawn half as often, because loading a relative sample moves other rows to
    this day.
    """
    days = np.arange(first, last + 1)
    weekend = (days + weekday) % 7 >= 5
    weights = np.where(days == thin, 0.5, 1.0)
    if weekend.any() and not weekend.all():
        weights[weekend] *= (1 - WEEKDAY_SHARE) / weights[weekend].sum()
        weights[~weekend] *= WEEKDAY_SHARE / weights[~weekend].sum()
    return days[pick(rng, size, weights)]


def draw_clock(rng: np.random.Generator, size: int) -> Ints:
    """Draw times of day in seconds, mostly at full and half hours."""
    band = pick(rng, size, [share for _, share in BANDS])
    start = np.array([hours[0] for hours, _ in BANDS])[band]
    width = np.array([hours[1] - hours[0] for hours, _ in BANDS])[band]
    hour = start + below(rng, width, size)
    rounding = pick(rng, size, (0.36, 0.22, 0.22, 0.20))
    loose = below(rng, 60, size)
    minute = np.select(
        [rounding == 0, rounding == 1, rounding == 2], [0, 30, loose // 5 * 5], loose
    )
    return np.asarray(hour * 3600 + minute * 60)


def counts_of(rows: int) -> dict[Kind, int]:
    """Return the number of rows of each kind in a file of `rows` rows."""
    counts = {kind: round(rows * share) for kind, share in SHARES.items()}
    return {Kind.SENT: rows - sum(counts.values()), **counts}


def burst(when: Ints, places: Ints, rows: int) -> None:
    """Make groups of ten rows from `places`, and give the rows of each group the same time."""
    groups = min(math.ceil(rows * BURST_SHARE / 10), len(places) // 40)
    ten = places[: groups * 10].reshape(groups, 10)
    when[ten] = when[ten[:, :1]]


def draw_plan(rows: int, seed: int, midnight: datetime, now: int, relative: bool) -> Plan:
    """Draw every row's time, kind and size.

    `now` is in seconds after `midnight`. Only the weekday of `midnight` is used.
    """
    rng = np.random.default_rng([seed, 0])
    weekday = midnight.weekday()
    kind = np.repeat(np.array(list(counts_of(rows)), dtype=np.int8), list(counts_of(rows).values()))
    sms = rng.random(rows) < SMS_SHARE
    total = draw_sizes(rng, sms)
    when = np.zeros(rows, dtype=np.int64)
    moment = np.isin(kind, (*MOTION, Kind.PENDING))

    def first(of: Kind, share: float) -> Ints:
        return np.flatnonzero(kind == of)[: round(rows * share)]

    soon = first(Kind.SCHEDULED, SOON_SHARE)
    today = np.concatenate(
        [first(Kind.SENT, TODAY_SENT_SHARE), first(Kind.CANCELLED, TODAY_CANCELLED_SHARE)]
    )
    moment[soon] = moment[today] = True
    put_exact_sizes(kind, total, moment)

    ahead = np.flatnonzero(np.isin(kind, AHEAD) & ~moment)
    past = np.flatnonzero(np.isin(kind, (Kind.SENT, Kind.CANCELLED, Kind.ABORTED)) & ~moment)
    stalled = np.flatnonzero(np.isin(kind, STALLED))

    # History. Rows that could not have ended before `now` get another, earlier day.
    thin = -1 if relative else None
    days = draw_days(rng, len(past), -HISTORY_DAYS, 0, weekday, thin)
    when[past] = days * DAY + draw_clock(rng, len(past))
    if not relative:
        late = past[when[past] + longest_life(total[past]) > now]
        days = draw_days(rng, len(late), -HISTORY_DAYS, -2, weekday, None)
        when[late] = days * DAY + when[late] % DAY
    burst(when, past[(kind[past] == Kind.SENT) & (when[past] < -DAY)], rows)

    # The schedule. A relative sample has sends at all times of today, because the time of loading
    # is not known.
    thin = 1 if relative else None
    days = draw_days(rng, len(ahead), 0, AHEAD_DAYS, weekday, thin)
    days[kind[ahead] != Kind.SCHEDULED] = np.maximum(1, days[kind[ahead] != Kind.SCHEDULED])
    when[ahead] = days * DAY + draw_clock(rng, len(ahead))
    if not relative:
        late = ahead[when[ahead] <= now + 60]
        days = draw_days(rng, len(late), 1, AHEAD_DAYS, weekday, None)
        when[late] = days * DAY + when[late] % DAY
    burst(when, ahead[kind[ahead] == Kind.SCHEDULED], len(ahead))

    days = draw_days(rng, len(stalled), -9, -2, weekday, None)
    when[stalled] = days * DAY + draw_clock(rng, len(stalled))

    spread = (np.arange(len(soon)) - 5 + rng.random(len(soon))) / max(6, len(soon) - 5)
    minutes = 5 + np.floor(spread * 176).astype(np.int64)
    given = (1, 2, 3, 5, 8)[: len(soon)]
    minutes[: len(given)] = given
    when[soon] = now + minutes * 60
    since = longest_life(total[today]) + 600 + below(rng, 8 * 3600, len(today))
    when[today] = now - since

    moving = np.flatnonzero(np.isin(kind, (*MOTION, Kind.PENDING)))
    when[moving] = now - elapsed(rng, kind[moving], total[moving])

    order = np.lexsort((np.arange(rows), when))
    return Plan(
        now=now,
        relative=relative,
        when=when[order].astype(np.int32),
        kind=kind[order],
        total=total[order].astype(np.int32),
        sms=sms[order],
        moment=moment[order],
    )


def put_exact_sizes(kind: npt.NDArray[np.int8], total: Ints, moment: Flags) -> None:
    """Give some rows sizes close to one batch, and rows of two kinds sizes of several batches."""
    exact = np.array([BATCH, BATCH - 1, BATCH + 1])
    soon = np.flatnonzero((kind == Kind.SCHEDULED) & moment)[:3]
    ahead = np.flatnonzero((kind == Kind.SCHEDULED) & ~moment)[-9:]
    waiting = np.flatnonzero(kind == Kind.WAITING_FOR_BATCH)[:3]
    sent = np.flatnonzero(kind == Kind.SENT)[-24:]
    for places in (soon, ahead, waiting, sent):
        total[places] = np.resize(exact, len(places))
    large = np.isin(kind, (Kind.PARTLY_GENERATED, Kind.GENERATION_UNREPORTED))
    total[large] = np.minimum(total[large] * 4 + 2 * BATCH + 1, LARGEST // 5)
    total[np.flatnonzero(kind == Kind.PARTLY_GENERATED)[:1]] = BATCH + 1


def elapsed(rng: np.random.Generator, kind: npt.NDArray[np.int8], total: Ints) -> Ints:
    """Draw the seconds since the scheduled time of each row that is in progress."""
    size = len(kind)
    share = rng.random(size)
    processing = np.ceil(processing_seconds(total)).astype(np.int64)
    batches = batches_of(total)
    generating = LAG + processing + WAIT
    begun = np.floor(share * (batches - 1)).astype(np.int64) * BATCH_EVERY
    within = below(rng, BATCH_EVERY, size)
    choices = {
        Kind.PROCESANDO: LAG + np.floor(share * processing).astype(np.int64),
        Kind.WAITING_FOR_BATCH: LAG + processing + np.floor(share * WAIT).astype(np.int64),
        Kind.PARTLY_GENERATED: generating + begun + within,
        Kind.GENERATION_UNREPORTED: generating + begun + within,
        Kind.ENDING: generating + (batches - 1) * BATCH_EVERY + within,
        Kind.PENDING: 20 + np.floor(share * 400).astype(np.int64),
    }
    return np.select([kind == k for k in choices], list(choices.values()))


def draw_times(
    rng: np.random.Generator, plan: Plan, part: slice
) -> tuple[dict[str, tuple[Ints, Flags]], Ints, Flags]:
    """Draw the times of some rows.

    Return three values: the seconds and the mask of known times for each time column, the generated
    records, and the mask of reported numbers.
    """
    when, total = plan.when[part].astype(np.int64), plan.total[part].astype(np.int64)
    kind, moment, now = plan.kind[part], plan.moment[part], plan.now
    size = len(when)
    motion = np.isin(kind, MOTION)
    batches = batches_of(total)

    slow = np.where(motion, 1.0, 0.85 + rng.random(size) * (SLOWEST - 0.85))
    processing = when + np.where(motion, LAG, 1 + below(rng, 19, size))
    ready = processing + np.ceil(processing_seconds(total) * slow).astype(np.int64)
    pause = np.where(motion, WAIT, WAIT + np.floor(rng.random(size) ** 3 * WAIT).astype(np.int64))
    generation = ready + pause
    pace = BATCH_EVERY * np.where(motion, 1.0, 0.85 + rng.random(size) * (SLOWEST - 0.85))
    last_batch = generation + np.floor((batches - 1) * pace).astype(np.int64)
    end = last_batch + BATCH_EVERY + ENDING

    # The last step of each row: 0 nothing, 1 processing, 2 processed, 3 generating.
    chance = rng.random(size)
    reached = np.zeros(size, dtype=np.int64)
    for k, steps in _REACHED.items():
        reached = np.where(kind == k, np.searchsorted(steps, chance, side="right"), reached)
    several = batches > 1
    stuck = np.isin(kind, (Kind.PAUSED, Kind.SMTP_ERROR))
    reached = np.where(stuck & (reached == 3) & ~several, 2, reached)
    started = reached == 3

    begun = np.where(motion, (now - generation) // BATCH_EVERY + 1, 0)
    begun = np.where(stuck, 1 + np.floor(rng.random(size) * (batches - 1)).astype(np.int64), begun)
    whole = np.isin(kind, (Kind.SENT, Kind.ENDING))
    generated = np.where(started, np.where(whole, total, np.minimum(begun * BATCH, total)), 0)

    lead = 60 + below(rng, 6 * 3600, size)
    stop = np.choose(np.minimum(reached, 2), [when - lead, ready, ready + lead % WAIT])
    cancelled, aborted = kind == Kind.CANCELLED, kind == Kind.ABORTED
    finished = np.where(cancelled, stop, np.where(aborted, ready, end))
    over = cancelled | aborted | (kind == Kind.SENT)

    # In a relative sample, rows outside `moment` were edited at least a day before the day of
    # loading. The edit is then still in the past if loading moves the row.
    edge = np.where(moment | (not plan.relative), now, -DAY)
    edited = np.minimum(when, edge) - 3600 - below(rng, np.where(moment, 40, 400) * 3600, size)
    updated = np.choose(reached, [edited, processing, ready, generation])
    updated = np.where(started & (motion | stuck), generation + (begun - 1) * BATCH_EVERY, updated)
    updated = np.where(kind == Kind.ENDING, last_batch, updated)
    updated = np.where(kind == Kind.PENDING, when, updated)
    updated = np.where(over, finished, updated)

    unreported = kind == Kind.GENERATION_UNREPORTED
    always = np.ones(size, dtype=np.bool_)
    times = {
        "scheduled_at": (when, always),
        "processing_started_at": (processing, reached >= 1),
        "in_progress_at": (ready, reached >= 2),
        "generation_started_at": (generation, started),
        "finished_at": (finished, over),
        "updated_at": (updated, always),
    }
    return times, generated, ~unreported


#: For each kind, the shares of rows whose last step is less than 1, 2 and 3.
_REACHED: dict[Kind, tuple[float, float, float]] = {
    Kind.SENT: (0.0, 0.0, 0.0),
    Kind.PROCESANDO: (0.0, 1.0, 1.0),
    Kind.WAITING_FOR_BATCH: (0.0, 0.0, 1.0),
    Kind.PARTLY_GENERATED: (0.0, 0.0, 0.0),
    Kind.GENERATION_UNREPORTED: (0.0, 0.0, 1.0),
    Kind.ENDING: (0.0, 0.0, 0.0),
    Kind.CANCELLED: (0.6, 0.85, 1.0),
    Kind.PAUSED: (0.5, 0.5, 0.5),
    Kind.SMTP_ERROR: (0.0, 0.0, 0.0),
    Kind.ABORTED: (0.0, 1.0, 1.0),
    Kind.ODD: (0.0, 1.0, 1.0),
}


def word_table(
    campaigns: tuple[str, ...], details: tuple[str, ...], again: tuple[str, ...]
) -> list[str]:
    """Return all names, ordered by campaign, then by detail, then by repetition."""
    return [f"{c} – {d}{a}" for c in campaigns for d in details for a in again]


def chunks(plan: Plan, seed: int, timed: Callable[..., pa.Array]) -> Iterator[pa.RecordBatch]:
    """Draw the rows of a plan in chunks.

    `timed` makes a column of times from the seconds, the mask of known times, and the slice of the
    plan.
    """
    names = word_table(CAMPAIGNS_PT, DETAILS_PT, AGAIN_PT)
    of_language = len(names)
    per_campaign = of_language // len(CAMPAIGNS_PT)
    all_names = pa.array(names + word_table(CAMPAIGNS_ES, DETAILS_ES, AGAIN_ES))
    all_campaigns = pa.array(CAMPAIGNS_PT + CAMPAIGNS_ES)
    all_audiences = pa.array(AUDIENCES_PT + AUDIENCES_ES)
    operators = pa.array([f"operador {n}" for n in range(1, OPERATORS + 1)])

    for number, start in enumerate(range(0, len(plan.when), CHUNK)):
        part = slice(start, min(start + CHUNK, len(plan.when)))
        size = part.stop - start
        rng = np.random.default_rng([seed, 1, number])
        account = pick(rng, size, ACCOUNT_SHARES)
        spanish = account >= len(ACCOUNTS_PT)
        name = below(rng, of_language, size) + np.where(spanish, of_language, 0)
        audience = below(rng, len(AUDIENCES_PT), size) + np.where(spanish, len(AUDIENCES_PT), 0)
        operator = below(rng, OPERATORS, size)
        kind = plan.kind[part].astype(np.int64)
        state = np.where((kind == Kind.ODD) & (np.arange(size) % 2 == 1), kind + 1, kind)
        times, generated, reported = draw_times(rng, plan, part)
        columns = {
            "id": pa.array([f"CFG-{n:06d}" for n in range(start + 1, part.stop + 1)]),
            "name": all_names.take(pa.array(name)),
            "campaign": all_campaigns.take(pa.array(name // per_campaign)),
            "channel": pa.array(("e-mail", "SMS")).take(pa.array(plan.sms[part].astype(np.int64))),
            "account": pa.array(ACCOUNTS).take(pa.array(account)),
            "audience": all_audiences.take(pa.array(audience)),
            "state": pa.array(STATES).take(pa.array(state)),
            "total_records": pa.array(plan.total[part].astype(np.int64)),
            "generated_records": pa.array(generated, mask=~reported),
            **{column: timed(*times[column], part) for column in TIMES},
            "created_by": operators.take(pa.array(operator)),
        }
        yield pa.RecordBatch.from_pydict(columns)


def relative_times(plan: Plan) -> Callable[[Ints, Flags, slice], pa.Array]:
    """Return a function that writes times relative to loading.

    `D-3 14:30:00` is relative to the day of loading, and `T-00:12:30` to the time of loading.
    """

    def write(second: int, by_moment: bool) -> str:
        if by_moment:
            second -= plan.now
            sign, second = "-" if second < 0 else "+", abs(second)
            lead = f"T{sign}"
        else:
            day, second = divmod(second, DAY)
            lead = f"D{day:+d} "
        return f"{lead}{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"

    def timed(seconds: Ints, known: Flags, part: slice) -> pa.Array:
        rows = zip(seconds.tolist(), known.tolist(), plan.moment[part].tolist(), strict=True)
        return pa.array([write(s, m) if k else None for s, k, m in rows], pa.string())

    return timed


def absolute_times(midnight: int) -> Callable[[Ints, Flags, slice], pa.Array]:
    """Return a function that writes times in UTC.

    `midnight` is the epoch second from which the plan counts.
    """

    def timed(seconds: Ints, known: Flags, part: slice) -> pa.Array:
        del part
        micros = (seconds + midnight) * 1_000_000
        return pa.array(micros, pa.int64(), mask=~known).cast(pa.timestamp("us", tz="UTC"))

    return timed


def write_csv(path: Path, batches: Iterator[pa.RecordBatch]) -> None:
    """Write UTF-8 CSV. Times are in ISO 8601, and unknown values are empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for batch in batches:
            writer.writerows(zip(*(cells(column) for column in batch.columns), strict=True))


def cells(column: pa.Array) -> list[object]:
    """Return the values of a column in the form for CSV."""
    if not pa.types.is_timestamp(column.type):
        return list(column.to_pylist())
    filled = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    texts = np.datetime_as_string(filled.astype("datetime64[us]"), unit="s").tolist()
    known = column.is_valid().to_pylist()
    return [f"{text}+00:00" if ok else None for text, ok in zip(texts, known, strict=True)]


def write_parquet(path: Path, batches: Iterator[pa.RecordBatch]) -> None:
    """Write Parquet with one row group for each chunk."""
    first = next(batches)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def make(
    rows: int, out: Path, *, seed: int = SEED, now: datetime | None = None, relative: bool = False
) -> None:
    """Write `rows` configurations to `out`.

    `now` is the time for which the file is made. The time zone of `now` gives the hours of the day.
    The default zone is São Paulo. Raise ValueError in these cases:

    - The suffix is neither .csv nor .parquet.
    - `rows` is less than 1.
    - `relative` is set, and `now` is given or the file is Parquet.
    """
    suffix = out.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise ValueError(f"{out} must end in .csv or .parquet")
    if rows < 1:
        raise ValueError("a file needs at least one row")
    if relative and (now is not None or suffix != ".csv"):
        raise ValueError("a relative file must be CSV and cannot have a moment")
    here = ANCHOR.replace(tzinfo=UTC) if relative else now or datetime.now(ZONE)
    if here.tzinfo is None:
        here = here.replace(tzinfo=ZONE)
    here = here.replace(second=0, microsecond=0)
    second = here.hour * 3600 + here.minute * 60
    plan = draw_plan(rows, seed, here, second, relative)
    timed = relative_times(plan) if relative else absolute_times(int(here.timestamp()) - second)
    batches = chunks(plan, seed, timed)
    (write_csv if suffix == ".csv" else write_parquet)(out, batches)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(description="Make a sample export of send configurations.")
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--out", type=Path, required=True, help="ends in .csv or .parquet")
    parser.add_argument("--relative", action="store_true", help="times relative to loading")
    parser.add_argument("--now", type=datetime.fromisoformat, help="ISO 8601; default: now")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    try:
        make(given.rows, given.out, seed=given.seed, now=given.now, relative=given.relative)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
