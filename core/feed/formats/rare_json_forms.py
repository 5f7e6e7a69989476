"""Convert JSON documents of rare forms for `json_reader`."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.feed.interpreting.headings import LIKE_A_SEND, required_in

#: The search goes _DEEPEST objects deep. It skips objects with more than _MOST_KEYS keys.
_DEEPEST: Final = 3
_MOST_KEYS: Final = 20


def rewritten(document: Any, parse: Callable[[str], Any], depth: int = 0) -> Any:
    """Convert two rare forms to objects and lists. Return None if the document has neither form.

    - sends inside a text: `{"body": "[{…}]"}`
    - a table from pandas, column by column: `{"id": {"0": 1, "1": 2}, …}` or `{"id": [1, 2], …}`

    `parse` parses JSON. `depth` is the number of objects around `document`.
    """
    if isinstance(document, str):
        found = parse(document) if document.lstrip()[:1] in ("{", "[") else None
        if not isinstance(found, dict | list):
            return None
        inner = rewritten(found, parse, depth)
        return found if inner is None else inner
    if not isinstance(document, dict):
        return None
    if len(required_in(document)) >= LIKE_A_SEND:
        return _rows(document)
    if depth == _DEEPEST or len(document) > _MOST_KEYS:
        return None
    changed = {key: rewritten(each, parse, depth + 1) for key, each in document.items()}
    changed = {key: each for key, each in changed.items() if each is not None}
    return document | changed if changed else None


def _rows(columns: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Convert columns to rows. Return None if their row numbers differ."""
    cells = [_cells(each) for each in columns.values()]
    numbers = [*cells[0]]
    if not numbers or any([*each] != numbers for each in cells):
        return None
    return [{name: each[n] for name, each in zip(columns, cells, strict=True)} for n in numbers]


def _cells(column: Any) -> Mapping[str, Any]:
    """Return the cells by row number. Return {} if a cell is an object or a list."""
    found = column if isinstance(column, dict) else {}
    if isinstance(column, list):
        found = {str(n): each for n, each in enumerate(column)}
    has_nested = any(isinstance(each, dict | list) for each in found.values())
    return found if all(map(str.isdecimal, found)) and not has_nested else {}
