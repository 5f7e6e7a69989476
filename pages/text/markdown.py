"""Escape a text from a file for Markdown, and write **bold** as HTML."""

import re


def escape_markdown(text: str) -> str:
    """Escape a text from a file, so that it is not read as Markdown."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()<>#+-.!|$~:^=&" else c for c in text).replace(
        "\n", " "
    )


def bold(html: str) -> str:
    """Return HTML in which **words** are bold."""
    return re.sub(r"[*]{2}(.+?)[*]{2}", r"<strong>\1</strong>", html)
