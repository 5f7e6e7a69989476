"""Parsers of settings.

A parser takes the name and the text of an environment variable, and returns the value. A parser
raises SettingsError if the text is not valid.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.domain.quiet_hours import QuietHours
from core.errors import N_, AdminText, SettingsError

ROOT: Final = Path(__file__).resolve().parent.parent

SERVERS: Final = ("postgresql://", "postgres://")

#: The minimum number of characters in a token.
_LEAST_TOKEN: Final = 16

_SWITCH: Final = {"on": True, "1": True, "true": True, "off": False, "0": False, "false": False}

Parser = Callable[[str, str], object]


def without_password(text: str) -> str:
    """Return a text without the passwords in URLs."""
    text = re.sub(r"([?&]\w*password=)[^&\s]*", r"\1…", text)
    # A password can contain `/` and `@`, so hide everything up to the last `@`.
    return re.sub(r"(//[^:/@\s]*):\S*@", r"\1:…@", text)


def parser(
    expected: str,
    convert: Callable[[str], object],
    is_valid: Callable[[str], object] = lambda _: True,
) -> Parser:
    """Return a parser that converts a text with `convert`.

    A text is not valid if `is_valid` returns a false value. A text is also not valid if one of the
    two functions raises ValueError, KeyError or OSError. `expected` says what the setting accepts.
    """

    def parse(name: str, text: str) -> object:
        cause = None
        try:
            if is_valid(text):
                return convert(text)
        except (ValueError, KeyError, OSError) as error:
            cause = error
        raise SettingsError(
            N_("The setting {name} is {text}, which Freio cannot use."),
            N_("Give it {expected}, and start Freio again."),
            name=name,
            text=AdminText(repr(without_password(text))),
            expected=expected,
        ) from cause

    return parse


def secret(todo: str, is_valid: Callable[[str], object]) -> Parser:
    """Return a parser of secrets. Freio logs errors, so an error does not contain the secret."""

    def parse(name: str, text: str) -> str:
        with suppress(ValueError):
            if is_valid(text):
                return text
        happened = N_("The setting {name} cannot be used.")
        raise SettingsError(happened, todo, name=name, least=_LEAST_TOKEN)

    return parse


def one_of(choices: Iterable[str], expected: str) -> Parser:
    """Return a parser of the words in `choices`. Capital and small letters are equal."""
    known = {choice.lower(): choice for choice in choices}
    return parser(expected, lambda text: known[text.lower()])


def matching(pattern: str, expected: str) -> Parser:
    """Return a parser of texts that match a regular expression completely."""
    return parser(expected, str, re.compile(pattern).fullmatch)


def whole_number(least: int, expected: str) -> Parser:
    """Return a parser of whole numbers of `least` or more."""
    return parser(expected, int, lambda text: text.isdecimal() and int(text) >= least)


def path(expected: str) -> Parser:
    """Return a parser of paths without wildcards. Relative paths begin at the project's folder."""
    is_valid = re.compile(r'[^?*<>|"]*').fullmatch
    return parser(expected, ROOT.joinpath, lambda text: text.isprintable() and is_valid(text))


def or_off(of_value: Parser) -> Parser:
    """Return a parser that also converts `off` to None."""
    return lambda name, text: None if text.lower() == "off" else of_value(name, text)


def _is_database(text: str) -> bool:
    is_file = text.startswith("duckdb:///") and text != "duckdb:///"
    return is_file or (text.startswith(SERVERS) and bool(urlsplit(text).hostname))


def _is_http(text: str) -> bool:
    url = urlsplit(text)
    return url.scheme in ("http", "https") and bool(url.hostname) and not url.query


def _is_safe(text: str) -> bool:
    """Return whether only the receiver can read the messages to an address."""
    url = urlsplit(text)
    if url.username is not None or url.fragment or not url.hostname:
        return False
    if url.scheme == "http":
        return url.hostname == "localhost" or ip_address(url.hostname).is_loopback
    return url.scheme == "https"


database = parser(
    N_("a URL such as duckdb:///data/freio.duckdb or postgresql://user:password@host/freio"),
    str,
    _is_database,
)
switch = parser(N_("on or off"), lambda text: _SWITCH[text.lower()])
positive = parser(N_("a number above zero"), float, lambda text: 0 < float(text) < 1_000_000)
count = whole_number(1, N_("a whole number above zero"))
zone = parser(N_("a time zone such as America/Sao_Paulo"), ZoneInfo)
quiet_hours = parser(N_("a time such as 22:00-07:00, or off"), QuietHours.parse)
file = path(N_("a file"))
folder = or_off(path(N_("a folder, or off")))
address = parser(
    N_("an address such as https://freio.example.com"), lambda text: text.rstrip("/"), _is_http
)
safe_address = parser(
    N_("an address such as https://lists.example.com (HTTP only on this machine)"),
    lambda text: text.rstrip("/"),
    lambda text: _is_safe(text) and not urlsplit(text).query,
)
networks = parser(
    N_("addresses such as 10.0.0.7 or 10.0.0.0/24"),
    lambda text: tuple(ip_network(each.strip()) for each in text.split(",")),
)
token = secret(
    N_(
        "Give it at least {least} letters, digits and signs, with no space and no accent among "
        "them, and start Freio again."
    ),
    re.compile(rf"[!-~]{{{_LEAST_TOKEN},}}").fullmatch,
)
# The path of a webhook address can contain a secret, so the whole address is secret.
safe_webhook = secret(
    N_(
        "Give it an address such as https://bridge.example.com/aborts (HTTP only on this machine), "
        "and start Freio again."
    ),
    _is_safe,
)
webhook_secret = secret(
    N_(
        "Give it 24 to 64 bytes in Base64, such as the output of openssl rand -base64 32, and "
        "start Freio again."
    ),
    lambda text: 24 <= len(b64decode(text.removeprefix("whsec_"), validate=True)) <= 64,
)
# Apprise checks the addresses later.
alert_urls = secret(
    N_(
        "Give it addresses such as mailto://user:password@host, with spaces or commas between "
        "them, and start Freio again."
    ),
    lambda text: all("://" in url for url in re.split(r"[\s,]+", text) if url),
)

SECRETS: Final = (token, safe_webhook, webhook_secret, alert_urls)
