"""Settings, read once from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.access.identity import Network
from core.domain.quiet_hours import QuietHours
from core.errors import N_, Place, SettingsError, Text
from core.locale import LANGUAGES, SOURCE_LANGUAGE

_SERVERS = ("postgresql://", "postgres://")

ROOT = Path(__file__).resolve().parent.parent

#: Forms of the log.
TEXT = "text"
JSON = "json"

#: The watched folder, where the environment names no other.
INBOX = "data/inbox"

LEAST_MEMORY_MB = 200

#: Characters that a token has at least; what can stand in a header without being misread.
LEAST_TOKEN = 16

#: Days for which receipts are kept at least.
LEAST_DAYS = 30

#: How the names of settings begin, and names that look like one.
_PREFIX = "FREIO_"
_LIKE_OURS = re.compile("FREIO_?", re.IGNORECASE)

#: How alike two names are, from 0 to 1, where one is the other misspelt, and where it may be.
_MISSPELT = 0.75
_SOMEWHAT_ALIKE = 0.5
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set, with its default. Each is set by an environment variable `FREIO_<NAME>`.

    `database` is a URL, of a DuckDB file or a PostgreSQL database; `pace` multiplies the speed of
    the simulated platform; `refresh_seconds` is how often pages refresh by themselves; `feed_zone`
    is the zone of times that name none; `max_rows` is how many rows one file may hold, and
    `max_file_mb` how large one may be. At most `max_pages` pages are open at a time. DuckDB
    takes at most `memory_mb` megabytes of memory. Files that appear in the folder `inbox` are
    loaded, where there is one; `inbox_full` tells that each holds every configuration there is.
    An abort that is not confirmed is overdue after `overdue_minutes`, and data is old after
    `stale_minutes`. Whoever has the `feed_token` may send files over HTTP; without one nobody
    may.

    People log in at the OpenID Connect provider whose description is at `oidc_url`, or a proxy
    among `trusted_proxies`, which also say where people come from, names them in `user_header`;
    without either, people need the `access_token`, which is random where none is set. The file
    `roles` says who may do what. A login holds for `session_hours`. With `oidc_trust_email`,
    addresses count that the provider does not say to be verified.

    The file `reasons` names the reasons that are offered, of which one has to be given with
    `reason_required`. What is older than `keep_days` is dropped, unless that is None.

    A send of `alert_recipients` or more, None for none, is told `alert_minutes` before it starts;
    one that did not move for `alert_stuck_minutes` is stuck, where history does not know better.
    Messages in the `alert_language` go to the `alert_urls`, not in the `alert_quiet` time, with
    `alert_pause_minutes` between two of a kind, and with links to the `public_url`. Whoever has the
    `metrics_token` may read the metrics from anywhere. The log has lines of `log_level` and above,
    as `log_format` says.
    """

    database: str = "duckdb:///data/freio.duckdb"
    demo: bool = True
    pace: float = 1.0
    refresh_seconds: float = 5.0
    feed_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("America/Sao_Paulo"))
    max_rows: int = 2_000_000
    max_file_mb: int = 200
    max_pages: int = 500
    #: None here, so that nothing made in code takes a person's files; `read_settings` has a folder.
    inbox: Path | None = None
    inbox_full: bool = False
    memory_mb: int = 700
    overdue_minutes: float = 30.0
    stale_minutes: float = 15.0
    feed_token: str = field(default="", repr=False)
    oidc_url: str = ""
    oidc_client: str = ""
    oidc_secret: str = field(default="", repr=False)
    oidc_trust_email: bool = False
    cookie_secret: str = field(default="", repr=False)
    user_header: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    roles: Path | None = None
    session_hours: float = 10.0
    reasons: Path | None = None
    reason_required: bool = False
    keep_days: int | None = None
    alert_recipients: int | None = 100_000
    alert_minutes: float = 15.0
    alert_stuck_minutes: float = 60.0
    alert_urls: str = field(default="", repr=False)
    alert_quiet: QuietHours | None = None
    alert_language: str = SOURCE_LANGUAGE
    alert_pause_minutes: float = 2.0
    public_url: str = ""
    access_token: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    log_level: str = "INFO"
    log_format: str = TEXT

    @property
    def is_server(self) -> bool:
        """Whether the database is a server, which several dashboards may share."""
        return self.database.startswith(_SERVERS)

    @property
    def database_path(self) -> Path | str:
        """The DuckDB file, relative to the project's folder, or ":memory:"."""
        place = self.database.removeprefix("duckdb://").removeprefix("/")
        return place if place == ":memory:" else ROOT / place


def without_password(text: str) -> str:
    """Return a text with the passwords of the URLs in it left out."""
    text = re.sub(r"([?&]\w*password=)[^&\s]*", r"\1…", text)
    return re.sub(r"(//[^:/@]*):[^@/]*@", r"\1:…@", text)


def names() -> tuple[str, ...]:
    """Return the environment variables that Freio reads."""
    return tuple(f"{_PREFIX}{each.name.upper()}" for each in fields(Settings))


def as_text(settings: Settings) -> dict[str, str]:
    """Return each variable and its value as text, with no password, token or secret in it."""
    values = {
        name: getattr(settings, each.name)
        for name, each in zip(names(), fields(Settings), strict=True)
    }
    for name in _SECRET:
        values[name] = N_("set") if values[name] else N_("not set")
    return {name: _plain(value) for name, value in values.items()}


#: Variables whose value nobody may see.
_SECRET = (
    *("FREIO_FEED_TOKEN", "FREIO_ALERT_URLS", "FREIO_METRICS_TOKEN"),
    *("FREIO_OIDC_SECRET", "FREIO_COOKIE_SECRET", "FREIO_ACCESS_TOKEN"),
)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "off"
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    if isinstance(value, Text):
        return value
    return without_password(str(value))


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsError, naming the variable, for what makes no sense."""
    _require_known_names(environment)
    found: dict[str, object] = {}
    for each in fields(Settings):
        text = environment.get(f"FREIO_{each.name.upper()}", "").strip()
        text = text or _UNSAID.get(each.name, "")
        if text:
            found[each.name] = _READERS[each.name](each.name, text)
    settings = Settings(**found)  # type: ignore[arg-type]
    _require_one_login(settings)
    return settings


def unknown_names(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that look like settings and are none, each with the nearest setting."""
    found = [name for name in environment if _LIKE_OURS.match(name) and name not in names()]
    return {name: _nearest(name, _SOMEWHAT_ALIKE) for name in sorted(found)}


def _require_known_names(environment: Mapping[str, str]) -> None:
    """Raise SettingsError for a misspelt setting: what it was to change would stay as it is.

    Others that begin as ours do may be somebody else's: Kubernetes sets FREIO_SERVICE_HOST and the
    like for a service of this name.
    """
    for name in unknown_names(environment):
        if near := _nearest(name, _MISSPELT):
            raise SettingsError(
                N_("There is no setting {name}; the nearest is {near}."),
                N_("Correct its name or take it out, and start Freio again."),
                name=name,
                near=near,
            )


def _nearest(name: str, least: float) -> str:
    # Without what all names have in common.
    known = {each.removeprefix(_PREFIX): each for each in names()}
    near = get_close_matches(_LIKE_OURS.sub("", name).upper(), known, n=1, cutoff=least)
    return known[near[0]] if near else ""


def _require_one_login(settings: Settings) -> None:
    """Raise SettingsError where it is not clear how people are known: then nobody is."""
    missing = [f"FREIO_{name.upper()}" for name in _LOGIN if not getattr(settings, name)]
    # The public address alone is for the links in messages.
    login = any(getattr(settings, name) for name in _LOGIN if name != "public_url")
    if login and missing:
        raise SettingsError(
            N_("A login takes all of its settings; {missing} is not set."),
            N_("Set it, or take the others out, and start Freio again."),
            missing=", ".join(missing),
        )
    # The proxies alone tell where people come from, whatever the way in which they are known.
    if settings.user_header and not settings.trusted_proxies:
        raise SettingsError(
            N_(
                "FREIO_USER_HEADER is set and FREIO_TRUSTED_PROXIES is not: a header can be sent "
                "by anybody, so Freio must know from whom to take it."
            ),
            N_("Set both or neither, and start Freio again."),
        )
    if login and settings.user_header:
        raise SettingsError(
            N_("Both FREIO_USER_HEADER and FREIO_OIDC_URL are set; people are known in one way."),
            N_("Take one of them out, and start Freio again."),
        )


def _database(name: str, text: str) -> str:
    if text.startswith("duckdb:///") and len(text) > len("duckdb:///"):
        return text
    if text.startswith(_SERVERS) and urlsplit(text).hostname:
        return text
    raise _wrong(
        name,
        without_password(text),
        N_("a URL such as duckdb:///data/freio.duckdb or postgresql://user:password@host/freio"),
    )


def _switch(name: str, text: str) -> bool:
    words = {"on": True, "1": True, "true": True, "off": False, "0": False, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    raise _wrong(name, text, N_("on or off"))


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if 0 < value < 1_000_000:
        return value
    raise _wrong(name, text, N_("a number above zero"))


def _count(name: str, text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise _wrong(name, text, N_("a whole number above zero"))


def _days(name: str, text: str) -> int | None:
    if text.lower() == "off":
        return None
    if text.isdecimal() and int(text) >= LEAST_DAYS:
        return int(text)
    raise _wrong(name, text, N_("a number of days, 30 or more, or off"))


def _memory(name: str, text: str) -> int:
    # With less, the pages' own questions would not be answered.
    if text.isdecimal() and int(text) >= LEAST_MEMORY_MB:
        return int(text)
    raise _wrong(name, text, N_("a whole number of megabytes, 200 or more"))


def _zone(name: str, text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _wrong(name, text, N_("a time zone such as America/Sao_Paulo")) from error


def _language(name: str, text: str) -> str:
    if text.lower() in LANGUAGES:
        return text.lower()
    raise _wrong(name, text, N_("pt, es or en"))


def _level(name: str, text: str) -> str:
    if text.upper() in ("DEBUG", "INFO", "WARNING", "ERROR"):
        return text.upper()
    raise _wrong(name, text, N_("DEBUG, INFO, WARNING or ERROR"))


def _form(name: str, text: str) -> str:
    if text.lower() in (TEXT, JSON):
        return text.lower()
    raise _wrong(name, text, N_("text or json"))


def _is_path(text: str) -> bool:
    # Somebody who names files by a pattern means something else than one place.
    return text.isprintable() and not set(text) & set('?*<>|"')


def _folder(name: str, text: str) -> Path | None:
    if not _is_path(text):
        raise _wrong(name, text, N_("a folder, or off"))
    return None if text.lower() == "off" else ROOT / text


def _token(name: str, text: str) -> str:
    # The value must not be repeated: this sentence stands on the page and in the log.
    if len(text) >= LEAST_TOKEN and _TOKEN.fullmatch(text):
        return text
    raise SettingsError(
        N_("The setting {name} cannot be used."),
        N_(
            "Give it at least {least} letters, digits and signs, with no space and no accent "
            "among them, and start Freio again."
        ),
        name=f"FREIO_{name.upper()}",
        least=LEAST_TOKEN,
    )


def _urls(name: str, text: str) -> str:
    # Apprise knows which make sense; it is asked when they are put to use. They hold passwords, so
    # the sentence must not repeat them.
    if all("://" in url for url in re.split(r"[\s,]+", text) if url):
        return text
    raise SettingsError(
        N_("The setting {name} cannot be used."),
        N_(
            "Give it addresses such as mailto://user:password@host, with spaces or commas between "
            "them, and start Freio again."
        ),
        name=f"FREIO_{name.upper()}",
    )


def _count_or_off(name: str, text: str) -> int | None:
    return None if text.lower() == "off" else _count(name, text)


def _quiet(name: str, text: str) -> QuietHours | None:
    try:
        return None if text.lower() == "off" else QuietHours.parse(text)
    except ValueError as error:
        raise _wrong(name, text, N_("a time such as 22:00-07:00, or off")) from error


def _address(name: str, text: str) -> str:
    found = urlsplit(text)
    if found.scheme in ("http", "https") and found.hostname and not found.query:
        return text.rstrip("/")
    raise _wrong(name, without_password(text), N_("an address such as https://freio.example.com"))


def _name(name: str, text: str) -> str:
    if re.fullmatch(r"[\w.:/@~-]+", text):
        return text
    raise _wrong(name, text, N_("letters, digits and the signs . : / @ ~ - _"))


def _header(name: str, text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9-]+", text):
        return text
    raise _wrong(name, text, N_("the name of a header, such as X-Forwarded-User"))


def _networks(name: str, text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each.strip()) for each in text.split(","))
    except ValueError as error:
        raise _wrong(name, text, N_("addresses such as 10.0.0.7 or 10.0.0.0/24")) from error


def _file(name: str, text: str) -> Path:
    if not _is_path(text):
        raise _wrong(name, text, N_("a file"))
    return ROOT / text


#: What a login takes together.
_LOGIN = ("oidc_url", "oidc_client", "oidc_secret", "cookie_secret", "public_url")

_UNSAID = {"inbox": INBOX}

_READERS = {
    "database": _database,
    "demo": _switch,
    "pace": _positive,
    "refresh_seconds": _positive,
    "feed_zone": _zone,
    "max_rows": _count,
    "max_file_mb": _count,
    "max_pages": _count,
    "memory_mb": _memory,
    "overdue_minutes": _positive,
    "stale_minutes": _positive,
    "inbox": _folder,
    "inbox_full": _switch,
    "feed_token": _token,
    "oidc_url": _address,
    "oidc_client": _name,
    "oidc_secret": _token,
    "oidc_trust_email": _switch,
    "cookie_secret": _token,
    "user_header": _header,
    "trusted_proxies": _networks,
    "roles": _file,
    "session_hours": _positive,
    "reasons": _file,
    "reason_required": _switch,
    "keep_days": _days,
    "alert_recipients": _count_or_off,
    "alert_minutes": _positive,
    "alert_stuck_minutes": _positive,
    "alert_urls": _urls,
    "alert_quiet": _quiet,
    "alert_language": _language,
    "alert_pause_minutes": _positive,
    "public_url": _address,
    "access_token": _token,
    "metrics_token": _token,
    "log_level": _level,
    "log_format": _form,
}


def _wrong(name: str, text: str, expected: str) -> SettingsError:
    return SettingsError(
        N_("The setting {name} is {text}, which Freio cannot use."),
        N_("Give it {expected}, and start Freio again."),
        name=f"FREIO_{name.upper()}",
        text=Place(repr(text)),
        expected=expected,
    )
