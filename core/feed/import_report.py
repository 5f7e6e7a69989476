"""What came of a file, in a form that other programs read."""

from __future__ import annotations

from dataclasses import fields

from core.domain.imports import ImportSummary


def as_report(done: ImportSummary) -> dict[str, object]:
    """Return an import's id, name, time and every count that it has."""
    values = {each.name: getattr(done, each.name) for each in fields(done)}
    return {
        "id": done.id,
        "name": done.name,
        "loaded_at": done.loaded_at.isoformat(),
        "rows": done.rows,
        # bool is an int in Python, but not a count.
        **{name: value for name, value in values.items() if type(value) is int},
    }
