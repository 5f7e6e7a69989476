"""The table of settings in OPERATING.md."""

import re

from core.settings import VARIABLES, plain

_BLOCK = re.compile(r"(<!-- settings -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def settings_table() -> str:
    """Return the settings as a Markdown table."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, each in VARIABLES.items():
        default = f"{each.default:g}" if isinstance(each.default, float) else each.default
        text = each.metadata["unset"] or ("" if default is None else plain(default))
        shown = f"`{text}`" if text else "not set"
        rows.append(f"| `{name}` | {shown} | {each.metadata['about']} |")
    return "\n".join(rows)


def with_settings_table(document: str) -> str:
    """Return a document with the current table between the markers."""
    return _BLOCK.sub(lambda block: f"{block[1]}\n{settings_table()}\n\n{block[2]}", document)
