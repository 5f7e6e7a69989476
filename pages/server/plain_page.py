"""Pages of plain HTML, without scripts and without a Streamlit session."""

from collections.abc import Iterator
from html import escape
from string import Template
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection

from core.locale import LANGUAGES, NAMES
from pages import scripts
from pages.text.i18n import _
from pages.viewer.language import LANGUAGE_PARAMETER, reader_language


def page(connection: HTTPConnection, title: str, body: str) -> str:
    """Return a page in the reader's language. `body` is HTML."""
    return Template(scripts.text("server/plain_page.html")).substitute(
        locale=str(reader_language().locale).replace("_", "-"),
        mark="data:image/svg+xml," + quote(scripts.text("shell/mark.svg")),
        title=escape(title),
        language=escape(_("Language")),
        languages="".join(_languages(connection.query_params)),
        body=body,
    )


def _languages(params: QueryParams) -> Iterator[str]:
    # Leave out the access token, because the browser history keeps each URL.
    kept = {name: value for name, value in params.items() if name != "token"}
    for code in LANGUAGES:
        query = escape(urlencode(kept | {LANGUAGE_PARAMETER: code}))
        chosen = ' aria-current="true"' if code == reader_language().code else ""
        name = f"{code.upper()}: {NAMES[code]}"
        yield (
            f'<a href="?{query}" lang="{code}" hreflang="{code}" aria-label="{name}"{chosen}>'
            f"{code.upper()}</a>"
        )
