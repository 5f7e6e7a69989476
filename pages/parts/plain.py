"""Pages of plain HTML, for where Streamlit does not or cannot run. They need no script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.locale import LANGUAGES, choose_language, choose_locale, wanted_languages
from pages.parts.reader import REMEMBERED, Reader, reader, reading_as

_HTML: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: #23282d; background: #fff; }}
main {{ max-width: 36rem; margin: 0 auto; padding: 3rem 1.25rem; }}
h1 {{ font-size: 1.9rem; }}
label {{ display: block; font-weight: 600; }}
input, button {{ box-sizing: border-box; width: 100%; margin-top: .5rem; padding: .6rem .75rem;
  border: 1px solid #6b7680; border-radius: .5rem; font: inherit; color: inherit;
  background: transparent; }}
button {{ border-color: #0f6674; background: #0f6674; color: #fff; cursor: pointer; }}
pre {{ overflow-x: auto; padding: .75rem; border: 1px solid #6b7680; border-radius: .5rem; }}
a {{ color: inherit; font-weight: 600; }}
[role=alert] {{ border-left: .25rem solid #b3261e; padding-left: .75rem; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #f0f3f4; background: #15181b; }}
}}
</style>
</head>
<body><main><h1>{title}</h1>
{body}
</main></body>
</html>
"""


@contextmanager
def reading(request: Request) -> Iterator[None]:
    """Say things in the language that was chosen before, or else that the browser asks for."""
    wanted = wanted_languages(request.headers.get("accept-language", ""))
    chosen = request.cookies.get(REMEMBERED, "")
    language = chosen if chosen in LANGUAGES else choose_language(wanted)
    with reading_as(Reader(language, choose_locale(language, wanted))):
        yield


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Return a page. `body` is HTML; the title is text."""
    language = str(reader().locale).replace("_", "-")
    text = _HTML.format(language=language, title=escape(title), body=body)
    headers = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language"}
    return HTMLResponse(text, status, headers)
