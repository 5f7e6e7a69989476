"""Read the texts of the cells of tables that pages draw as HTML."""

import re
from html import unescape

from streamlit.testing.v1 import AppTest


def lines_of(at: AppTest, kind: str, heading: str) -> list[dict[str, str]]:
    """Return the lines of the first table of this class that has this heading."""
    for each in at.get("html"):
        body = each.proto.body
        if re.search(f'class="[^"]*\\b{kind}\\b', body) and heading in (
            heads := _cells(body, "th")
        ):
            lines = re.split("<tbody[^>]*>", body)[1].split("<tr")[1:]
            return [dict(zip(heads, _cells(line, "td"), strict=True)) for line in lines]
    raise AssertionError(f"no table has the heading {heading}")


def _cells(html: str, tag: str) -> list[str]:
    found = re.findall(f"<{tag}[ >].*?</{tag}>", html, re.DOTALL)
    return [" ".join(unescape(re.sub("<[^>]*>", " ", cell)).split()) for cell in found]
