"""The login page for people without a role."""

from collections.abc import Iterator
from html import escape

import streamlit as st
from starlette.requests import HTTPConnection
from streamlit.url_util import make_url_path

from core.access.identity import Identity, NoRole
from core.access.roles_file import read_roles
from core.errors import FreioError
from core.runtime import instance
from pages.server import plain_page
from pages.server.login_routes import LOGIN, LOGOUT
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.markdown import bold
from pages.viewer import current_user
from pages.viewer.language import language_of, using_language


def login_page(connection: HTTPConnection, found: Identity) -> str:
    """Return the page as HTML. The page contains no data about sends."""
    with using_language(language_of(connection)):
        body = "\n".join(_body(found, connection.query_params.get("login", "")))
        return plain_page.page(connection, "Freio", body)


def _body(found: Identity, login: str) -> Iterator[str]:
    try:
        read_roles(instance.settings().roles)
    except FreioError as trouble:
        yield _warning(i18n.error(trouble))
        return
    failures = {
        "away": _(
            "**The login provider does not answer.** Until it does, no one can log in and abort a "
            "send here; sends go on as planned. Try again in a minute. If a send cannot wait, "
            "abort it in the platform."
        ),
        "failed": _(
            "**You are not logged in:** the login was cancelled or refused. Until you log in, you "
            "cannot abort a send here; sends go on as planned. Try again."
        ),
        "unknown": _(
            "**You are not logged in:** this login was started too long ago, in another browser, "
            "or at another dashboard. Until you log in, you cannot abort a send here; sends go on "
            "as planned. Try again. If it happens again, ask your administrator whether all "
            "dashboards have the same FREIO_COOKIE_SECRET."
        ),
    }
    if login in failures:
        yield _warning(failures[login])
    yield from _why(found)


def _why(found: Identity) -> Iterator[str]:
    text = {
        NoRole.NO_ACCESS: _(
            "**Freio needs its access token.** Until you enter it, nothing is shown and you cannot "
            "abort a send here; sends go on as planned. Open the link in the terminal where Freio "
            "was started, or enter the token."
        ),
        NoRole.EXPIRED: _(
            "**Your session has ended.** Stopped sends stay recorded; you cannot abort another "
            "send until you log in again. Log in to continue."
        ),
        NoRole.NOT_LISTED: _(
            "**{name} has no role here.** Nothing is shown, and you cannot abort a send; all sends "
            "go on as planned. Ask your administrator to add you to the list of roles.",
            name=names.person(found.actor.name) or "?",
        ),
        NoRole.NOT_BY_PROXY: _(
            "**Freio does not know who you are.** It opens only through the company's proxy, which "
            "identifies people. Nothing is shown, and you cannot abort a send from here. Open the "
            "address that you were given."
        ),
    }.get(found.why or NoRole.LOGGED_OUT)
    yield _warning(text) if text else _line(_("Log in to see and abort what is about to go out."))
    match found.why:
        case NoRole.NO_ACCESS:
            yield _button(_("Enter the access token"), "access")
            yield from _setup()
        case NoRole.NOT_LISTED if current_user.has_login():
            yield _button(_("Log in with another account"), LOGOUT)
        case NoRole.EXPIRED | NoRole.LOGGED_OUT:
            yield _button(_("Log in"), LOGIN)


def _setup() -> Iterator[str]:
    yield _line(
        _(
            "To give other people access, each with their own role, set up a login with "
            "any OpenID Connect provider and a list of roles. In the environment of Freio:"
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
    yield _line(_("If a proxy logs people in, set these instead of the first five lines:"))
    yield _code("FREIO_USER_HEADER=X-Forwarded-User\nFREIO_TRUSTED_PROXIES=10.0.0.7")
    yield _line(_("For more, see People and roles in OPERATING.md."))


def _line(text: str) -> str:
    return f"<p>{bold(escape(text))}</p>"


def _warning(text: str) -> str:
    return f'<p class="notice">{bold(escape(text))}</p>'


def _code(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _button(label: str, path: str) -> str:
    href = make_url_path(st.get_option("server.baseUrlPath") or "", path)
    return f'<p><a class="button" href="{escape(href)}">{escape(label)}</a></p>'
