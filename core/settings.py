# ruff: noqa: RUF009 - _setting makes a dataclass field
"""The settings. Freio reads each setting from the environment variable `FREIO_<NAME>`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core import setting_parsers as parse
from core.access.identity import Network
from core.domain.quiet_hours import QuietHours
from core.errors import N_, SettingsError, Text
from core.locale import LANGUAGES, SOURCE_LANGUAGE
from core.setting_parsers import ROOT as ROOT
from core.setting_parsers import SERVERS, without_password

#: Values of FREIO_LOG_FORMAT.
TEXT: Final = "text"
JSON: Final = "json"

#: Values of FREIO_LISTMONK_ACCOUNT.
LISTMONK_TAG: Final = "tag"
LISTMONK_LIST: Final = "list"
LISTMONK_SENDER: Final = "sender"

#: Values of FREIO_PLATFORM. The first value is the default.
PLATFORM_NAMES: Final = ("icomm", "listmonk", "simulated")

_PREFIX: Final = "FREIO_"
_LIKE_OURS: Final = re.compile("FREIO_?", re.IGNORECASE)

#: Limits for the similarity of an unknown name to the nearest setting, from 0 to 1. If the
#: similarity is _MISSPELT or more, the name is an error. If the similarity is _SOMEWHAT_ALIKE or
#: more, Freio suggests the nearest setting.
_MISSPELT: Final = 0.75
_SOMEWHAT_ALIKE: Final = 0.5


def _setting(parser: parse.Parser, about: str, default: object = "", *, unset: str = "") -> Any:
    """Declare a setting. If `parser` is in `SECRETS`, Freio never shows the value.

    - `about`: the meaning of the setting, as Markdown for OPERATING.md.
    - `unset`: if the variable is not set, `read_settings` parses this text. If `unset` is empty,
      the value is `default`.
    """
    secret = parser in parse.SECRETS
    metadata = {"parser": parser, "about": about, "secret": secret, "unset": unset}
    return field(default=default, repr=not secret, metadata=metadata)


def _optional(parser: parse.Parser, about: str, default: object = None) -> Any:
    unset = "off" if default is None else ""
    return _setting(parse.or_off(parser), about, default, unset=unset)


def _token(about: str) -> Any:
    return _setting(parse.token, f"{about}; 16 characters or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The value of every setting."""

    database: str = _setting(
        parse.database,
        "a DuckDB file, with four slashes for an absolute path, or "
        "`postgresql://user:password@host/database`",
        "duckdb:///data/freio.duckdb",
    )
    platform: str = _setting(
        parse.one_of(PLATFORM_NAMES, N_("icomm, listmonk or simulated")),
        "the sending platform whose rules apply: `icomm`, `listmonk` or `simulated`",
        PLATFORM_NAMES[0],
    )
    demo: bool = _setting(parse.switch, "`off`: no demo data and no simulated platform", True)
    pace: float = _setting(parse.positive, "speed of the simulated platform, as a factor", 1.0)
    refresh_seconds: float = _setting(
        parse.positive, "seconds between refreshes of a page, 30 % more or less to spread them", 5.0
    )
    feed_zone: ZoneInfo = _setting(
        parse.zone, "time zone of times in files that name none", ZoneInfo("America/Sao_Paulo")
    )
    max_rows: int = _setting(parse.count, "rows that one file may have", 2_000_000)
    max_file_mb: int = _setting(parse.count, "megabytes that one file may have", 200)
    max_pages: int = _setting(
        parse.count, "open pages in one dashboard; one address may have half of them", 500
    )
    # `Settings()` has no watched folder, because tests and scripts must not load files by accident.
    inbox: Path | None = _setting(
        parse.folder, "the watched folder, or `off`", None, unset="data/inbox"
    )
    inbox_full: bool = _setting(
        parse.switch, "`on`: each file in the watched folder holds every configuration", False
    )
    # With less than 200 MB, DuckDB cannot answer the queries of the pages.
    memory_mb: int = _setting(
        parse.whole_number(200, N_("a whole number of megabytes, 200 or more")),
        "megabytes of memory for DuckDB's data, 200 or more; beyond that it works on the disk",
        700,
    )
    overdue_minutes: float = _setting(
        parse.positive, "minutes after which an abort that is not confirmed is overdue", 30.0
    )
    stale_minutes: float = _setting(
        parse.positive,
        "age in minutes from which data is old, and no send is shown as safe to stop",
        15.0,
    )
    feed_token: str = _token("lets a program send files over HTTP")
    oidc_url: str = _setting(
        parse.address, "the login provider's address that ends in `openid-configuration`"
    )
    oidc_client: str = _setting(
        parse.matching(r"[\w.:/@~-]+", N_("letters, digits and the signs . : / @ ~ - _")),
        "the client id that the login provider gave Freio",
    )
    oidc_secret: str = _token("the client secret that belongs to it")
    oidc_trust_email: bool = _setting(
        parse.switch,
        "`on`: accept an e-mail address even if the provider does not say whether it is verified; "
        "only for a provider that does not let people choose their own address",
        False,
    )
    cookie_secret: str = _token("signs the cookies of logins")
    user_header: str = _setting(
        parse.matching(r"[A-Za-z0-9-]+", N_("the name of a header, such as X-Forwarded-User")),
        "the header in which a proxy names the person, such as `X-Forwarded-User`",
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        parse.networks,
        "addresses of proxies, such as `10.0.0.7, 10.1.0.0/24`; only from these Freio takes that "
        "header, and the client's address from `X-Forwarded-For`",
        (),
    )
    roles: Path | None = _setting(parse.file, "the file that says who may do what", None)
    session_hours: float = _setting(parse.positive, "hours for which a login is valid", 10.0)
    reasons: Path | None = _setting(
        parse.file, "a file with reasons for an abort (see `core/services/reason_presets.py`)", None
    )
    reason_required: bool = _setting(parse.switch, "`on`: an abort needs a reason", False)
    max_bulk_sends: int | None = _optional(
        parse.count,
        "sends that a person who is not an administrator may abort at once, or `off` for no limit",
        200,
    )
    max_bulk_recipients: int | None = _optional(
        parse.count,
        "recipients of the sends that a person who is not an administrator may abort at once, or "
        "`off` for no limit",
    )
    bulk_type_above: int | None = _optional(
        parse.count,
        "recipients above which a person has to type the number of sends of a bulk abort, also if "
        "a size is unknown, or `off`; always required for more than ten sends",
        500_000,
    )
    keep_days: int | None = _optional(
        parse.whole_number(30, N_("a number of days, 30 or more, or off")),
        "days after which receipts, history and imports are deleted, 30 or more, or `off`",
    )
    alert_recipients: int | None = _optional(
        parse.count,
        "recipients from which a send raises an alert before it starts, or `off`",
        100_000,
    )
    alert_minutes: float = _setting(
        parse.positive, "minutes between that alert and the start of the send", 15.0
    )
    alert_stuck_minutes: float = _setting(
        parse.positive,
        "minutes without movement after which a send is stuck if no other sends are known",
        60.0,
    )
    alert_urls: str = _setting(
        parse.alert_urls,
        "where alerts go: [Apprise](https://github.com/caronc/apprise) addresses, separated by "
        "commas, spaces or line breaks",
    )
    alert_quiet: QuietHours | None = _optional(
        parse.quiet_hours,
        "hours without messages in the zone `FREIO_FEED_ZONE`, such as `22:00-07:00`, or `off`",
    )
    alert_language: str = _setting(
        parse.one_of(LANGUAGES, N_("pt, es or en")),
        "language of the messages: `pt`, `es` or `en`",
        SOURCE_LANGUAGE,
    )
    alert_pause_minutes: float = _setting(
        parse.positive,
        "minutes before the same service gets the next message about alerts of the same kind",
        2.0,
    )
    public_url: str = _setting(
        parse.address,
        "the address under which people open Freio, for links and for logins; the provider "
        "redirects to `/oauth2callback` there",
    )
    listmonk_url: str = _setting(
        parse.safe_address,
        "the address of listmonk, without `/api`; HTTPS, or HTTP on this machine only",
    )
    listmonk_user: str = _setting(
        parse.matching(r"[!-9;-~]+", N_("the name of a user, without a colon")),
        "the name of an API user in listmonk that may get, manage and send campaigns",
    )
    listmonk_token: str = _token("the token of that user")
    listmonk_account: str = _setting(
        parse.one_of((LISTMONK_TAG, LISTMONK_LIST, LISTMONK_SENDER), N_("tag, list or sender")),
        "the account of a campaign: its first `tag`, its first `list`, or the address of its "
        "`sender`",
        LISTMONK_TAG,
    )
    poll_seconds: float = _setting(
        parse.positive,
        "seconds between two readings of the platform's sends that can still change",
        15.0,
    )
    abort_webhook_url: str = _setting(
        parse.safe_webhook,
        "receives each accepted abort as a signed POST; HTTPS, or HTTP on this machine only",
    )
    abort_webhook_secret: str = _setting(
        parse.webhook_secret,
        "signs these messages and their answers: 24 to 64 bytes in Base64, after `whsec_`",
    )
    access_token: str = _token("opens Freio where no login is configured, random if not set")
    metrics_token: str = _token("lets a program read `/metrics` without the access cookie")
    log_level: str = _setting(
        parse.one_of(("DEBUG", "INFO", "WARNING", "ERROR"), N_("DEBUG, INFO, WARNING or ERROR")),
        "lowest level that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`",
        "INFO",
    )
    log_format: str = _setting(
        parse.one_of((TEXT, JSON), N_("text or json")), "format of the log: `text` or `json`", TEXT
    )

    @property
    def is_server(self) -> bool:
        """Whether the database is a server."""
        return self.database.startswith(SERVERS)

    @property
    def database_path(self) -> Path | str:
        """The DuckDB file, or ":memory:". A relative path begins at the project's folder."""
        file = self.database.removeprefix("duckdb://").removeprefix("/")
        return file if file == ":memory:" else ROOT / file


VARIABLES: Final = {f"{_PREFIX}{each.name.upper()}": each for each in fields(Settings)}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings. Raise SettingsError if a name or a value is not valid."""
    _require_known_names(environment)
    values: dict[str, object] = {}
    for name, each in VARIABLES.items():
        if text := environment.get(name, "").strip() or each.metadata["unset"]:
            values[each.name] = each.metadata["parser"](name, text)
    settings = Settings(**values)  # type: ignore[arg-type]
    _require_one_login(settings)
    for names in _TOGETHER:
        _require_all_or_none(settings, names)
    return settings


def as_text(settings: Settings) -> dict[str, str]:
    """Return the values of all variables as text, without secrets."""
    texts = {}
    for name, each in VARIABLES.items():
        value = getattr(settings, each.name)
        if each.metadata["secret"]:
            value = N_("set") if value else N_("not set")
        texts[name] = plain(value)
    return texts


def changed(settings: Settings) -> dict[str, str]:
    """Return the variables whose value is not the default, each with the text of the default."""
    defaults = as_text(read_settings({}))
    return {
        name: defaults[name] for name, text in as_text(settings).items() if text != defaults[name]
    }


def plain(value: object) -> str:
    """Return the text of a value."""
    if value is None or isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    if isinstance(value, Text):
        return value
    return without_password(str(value))


def unknown_names(environment: Mapping[str, str]) -> dict[str, str]:
    """Return unknown names that begin with `FREIO`, each with a similar setting or ""."""
    unknown = [name for name in environment if _LIKE_OURS.match(name) and name not in VARIABLES]
    return {name: _nearest(name, _SOMEWHAT_ALIKE) for name in sorted(unknown)}


def _require_known_names(environment: Mapping[str, str]) -> None:
    """Raise SettingsError for a misspelt name. Otherwise, Freio would ignore the setting.

    Names without a similar setting are allowed: Kubernetes sets FREIO_SERVICE_HOST for a service
    with the name "freio".
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
    known = {each.removeprefix(_PREFIX): each for each in VARIABLES}
    near = get_close_matches(_LIKE_OURS.sub("", name).upper(), known, n=1, cutoff=least)
    return known[near[0]] if near else ""


#: A login needs all of these settings.
_LOGIN: Final = ("oidc_url", "oidc_client", "oidc_secret", "cookie_secret", "public_url")


#: In each group, set all settings or no setting.
_TOGETHER: Final = (
    ("listmonk_url", "listmonk_user", "listmonk_token"),
    ("abort_webhook_url", "abort_webhook_secret"),
)


def _require_all_or_none(settings: Settings, names: tuple[str, ...]) -> None:
    variables = {f"{_PREFIX}{name.upper()}": getattr(settings, name) for name in names}
    missing = [name for name, value in variables.items() if not value]
    if 0 < len(missing) < len(names):
        raise SettingsError(
            N_("{present} is set and {missing} is not; they belong together."),
            N_("Set all of them or none, and start Freio again."),
            present=", ".join(name for name in variables if name not in missing),
            missing=", ".join(missing),
        )


def _require_one_login(settings: Settings) -> None:
    missing = [f"{_PREFIX}{name.upper()}" for name in _LOGIN if not getattr(settings, name)]
    # Links in alerts need `public_url`, even without a login.
    login = any(getattr(settings, name) for name in _LOGIN if name != "public_url")
    if login and missing:
        raise SettingsError(
            N_("A login needs all of its settings; {missing} is not set."),
            N_("Set it, or take the others out, and start Freio again."),
            missing=", ".join(missing),
        )
    # Trusted proxies without a user header are allowed: they also report the client's address.
    if settings.user_header and not settings.trusted_proxies:
        raise SettingsError(
            N_(
                "FREIO_USER_HEADER is set and FREIO_TRUSTED_PROXIES is not: every client "
                "can send a header, so Freio must know which proxies to trust."
            ),
            N_("Set both or neither, and start Freio again."),
        )
    if login and settings.user_header:
        raise SettingsError(
            N_("Both FREIO_USER_HEADER and FREIO_OIDC_URL are set; people are known in one way."),
            N_("Take one of them out, and start Freio again."),
        )
