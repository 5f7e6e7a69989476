"""The result of an import as JSON values, for the watched folder's reports and the HTTP API."""

from dataclasses import fields

from core.domain.imports import ImportSummary


def as_report(done: ImportSummary) -> dict[str, object]:
    """Return the id, name and time of an import, and all its counts."""
    values = {each.name: getattr(done, each.name) for each in fields(done)}
    return {
        "id": done.id,
        "name": done.name,
        "loaded_at": done.loaded_at.isoformat(),
        "rows": done.rows,
        # bool is a subclass of int, but not a count.
        **{name: value for name, value in values.items() if type(value) is int},
    }
