"""The page for whoever has no role: plain HTML without data, so that it starts no session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, urlencode

import streamlit as st
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection
from streamlit.url_util import make_url_path

from core import wiring
from core.errors import FreioError
from core.identity import Identity, Why
from core.locale import LANGUAGES, NAMES
from core.roles import read_roles
from pages.parts import say, who, words
from pages.parts.login_answers import LOGIN, LOGOUT
from pages.parts.reader import PARAMETER, reader, reader_of, reading_as
from pages.parts.say import _

_HERE = Path(__file__).parent


def sign_in_page(connection: HTTPConnection, found: Identity) -> str:
    """Return the page in the reader's language: why nothing is shown, and what to do."""
    with reading_as(reader_of(connection)):
        return _template().substitute(
            locale=str(reader().locale).replace("_", "-"),
            mark=_mark(),
            language=escape(_("Language")),
            languages="".join(_languages(connection.query_params)),
            body="\n".join(_body(found, connection.query_params.get("login", ""))),
        )


@cache
def _template() -> Template:
    return Template((_HERE / "sign_in.html").read_text(encoding="utf-8"))


@cache
def _mark() -> str:
    return "data:image/svg+xml," + quote((_HERE / "mark.svg").read_text(encoding="utf-8"))


def _languages(asked: QueryParams) -> Iterator[str]:
    for code in LANGUAGES:
        query = escape(urlencode(dict(asked) | {PARAMETER: code}))
        chosen = ' aria-current="true"' if code == reader().language else ""
        name = f"{code.upper()}: {NAMES[code]}"
        yield (
            f'<a href="?{query}" lang="{code}" hreflang="{code}" aria-label="{name}"{chosen}>'
            f"{code.upper()}</a>"
        )


def _body(found: Identity, login: str) -> Iterator[str]:
    if (trouble := _settings_trouble()) is not None:
        yield _warning(say.error(trouble))
        return
    if login == "away":
        yield _warning(
            _(
                "**The login provider does not answer.** Until it is back nobody can log in and "
                "stop a send here; sends go on as planned. Try again in a minute. What cannot "
                "wait, stop in the platform."
            )
        )
    elif login == "failed":
        yield _warning(
            _(
                "**You are not logged in:** the login was given up or refused. Until you are, you "
                "can stop no send here; sends go on as planned. Try again."
            )
        )
    elif login == "unknown":
        yield _warning(
            _(
                "**You are not logged in:** this login was begun too long ago, in another browser, "
                "or at another dashboard. Until you are, you can stop no send here; sends go on as "
                "planned. Try again. If it happens again, ask the people who run Freio whether all "
                "dashboards have the same FREIO_COOKIE_SECRET."
            )
        )
    yield from _why(found)


def _settings_trouble() -> FreioError | None:
    try:
        read_roles(wiring.settings().roles)
    except FreioError as trouble:
        return trouble
    return None


def _why(found: Identity) -> Iterator[str]:
    match found.why:
        case Why.NO_LOGIN:
            yield from _how()
        case Why.EXPIRED:
            yield _warning(
                _(
                    "**Your session has ended.** What was stopped stays recorded; you can stop no "
                    "other send until you log in again. Log in to go on."
                )
            )
            yield _button(_("Log in"), LOGIN)
        case Why.NOT_LISTED:
            yield _warning(
                _(
                    "**{name} has no role here.** Nothing is shown, and you can stop no send; all "
                    "go on as planned. Ask whoever keeps Freio running to add you to the list of "
                    "roles.",
                    name=words.person(found.actor.name) or "?",
                )
            )
            if who.has_login():
                yield _button(_("Log in with another account"), LOGOUT)
        case Why.NOT_BY_PROXY:
            yield _warning(
                _(
                    "**Freio does not know who you are.** It opens only through the company's "
                    "proxy, which tells it who is there. Nothing is shown, and you can stop no "
                    "send from here. Open the address that you were given."
                )
            )
        case _:
            yield _line(_("Log in to see what is about to go out, and to stop it."))
            yield _button(_("Log in"), LOGIN)


def _how() -> Iterator[str]:
    yield _warning(
        _(
            "**No login is configured, so Freio opens only on the machine that it runs on.** You "
            "come from elsewhere, or it listens to more than its own address. Nothing is shown, "
            "and no send can be stopped from here; sends go on as planned."
        )
    )
    yield _line(
        _(
            "To let people in from other machines, set up a login with any OpenID Connect "
            "provider, and list who may do what. In the environment of Freio:"
        )
    )
    yield _code(
        "FREIO_OIDC_URL=https://login.example.com/.well-known/openid-configuration\n"
        "FREIO_OIDC_CLIENT=freio\n"
        "FREIO_OIDC_SECRET=…\n"
        "FREIO_COOKIE_SECRET=…  # openssl rand -hex 24\n"
        "FREIO_PUBLIC_URL=https://freio.example.com\n"
        "FREIO_ROLES=/etc/freio/roles.toml"
    )
    yield _code('[people]\n"ana@example.com" = "operator"')
    yield _line(_("Behind a proxy that logs people in, set this in place of the first five lines:"))
    yield _code("FREIO_USER_HEADER=X-Forwarded-User\nFREIO_TRUSTED_PROXIES=10.0.0.7")
    yield _line(_("README.md says more, under People."))


def _line(text: str) -> str:
    return f"<p>{_html(text)}</p>"


def _warning(text: str) -> str:
    return f'<p class="said">{_html(text)}</p>'


def _code(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _button(label: str, path: str) -> str:
    href = make_url_path(st.get_option("server.baseUrlPath") or "", path)
    return f'<p><a class="button" href="{escape(href)}">{escape(label)}</a></p>'


def _html(text: str) -> str:
    """Return a text as HTML. `**Bold**` is all the markup there is."""
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
