"""Read the named statements in `sql/`."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "sql"
_STATEMENT: Final = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)


@cache
def named_sql(file: str) -> Mapping[str, str]:
    """Return the statements of `sql/<file>.sql` by name."""
    text = (_FOLDER / f"{file}.sql").read_text(encoding="utf-8")
    return {
        name: without_comments(body).strip().rstrip(";") for name, body in _STATEMENT.findall(text)
    }


def without_comments(sql: str) -> str:
    """Remove comments. Their braces would break `format`, their semicolons would break `split`."""
    return "\n".join(line.split("--")[0] for line in sql.splitlines())
