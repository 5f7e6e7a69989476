"""Escape a text from a file for Markdown, and write **bold** as HTML."""

import re

#: Streamlit draws ":material/home:" as an icon, even in an escaped text.
_SHORTCODE = re.compile(r":(?=[a-zA-Z+_-][\w+/-]*:)")
_WORD_JOINER = "\u2060"
_DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def without_direction_controls(text: str) -> str:
    """Remove characters that can reverse the following text."""
    return _DIRECTION_CONTROLS.sub("", text)


def escape_markdown(text: str) -> str:
    """Escape a text from a file for Streamlit's Markdown."""
    text = without_direction_controls(text).replace("\n", " ")
    text = _SHORTCODE.sub(f":{_WORD_JOINER}", text)
    return "".join(f"\\{c}" if c in r"\`*_{}[]()<>#+-.!|$~:^=&" else c for c in text)


def bold(html: str) -> str:
    """Return HTML in which **words** are bold."""
    return re.sub(r"[*]{2}(.+?)[*]{2}", r"<strong>\1</strong>", html)
