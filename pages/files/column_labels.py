"""Labels for the columns of Freio's own format."""

from __future__ import annotations

from core.feed.interpreting.headings import REQUIRED
from core.runtime.instance import platform
from pages.text.i18n import _

#: The fields at the top of the form.
FIRST = ("id", "name", "state", "total_records", "scheduled_at")


def option_label(column: str) -> str:
    """Return the label of a column, with a note if the column is required."""
    name = column_label(column)
    return _("{name} (required)", name=name) if column in REQUIRED else name


def column_label(column: str) -> str:
    """Return the label of a column."""
    return {
        "id": _("ID"),
        "name": _("Name"),
        "campaign": _("Campaign"),
        "channel": _("Channel"),
        "account": _("Account"),
        "audience": _("Audience"),
        "state": _("State"),
        "total_records": _("Recipients"),
        "generated_records": _(platform().generated),
        "scheduled_at": _("Scheduled time"),
        "processing_started_at": _("Processing started"),
        "in_progress_at": _("In progress since"),
        "generation_started_at": _(platform().generation_started),
        "finished_at": _("Finished"),
        "updated_at": _("Last report"),
        "created_by": _("Created by"),
    }[column]
