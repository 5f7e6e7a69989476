"""What the columns of a feed are called."""

from __future__ import annotations

from core.feed.interpreting.headings import REQUIRED
from pages.text.i18n import _


def column_name(column: str) -> str:
    """Return what a canonical column is called where one is chosen for it."""
    name = column_word(column)
    return _("{name} (needed)", name=name) if column in REQUIRED else name


def column_word(column: str) -> str:
    """Return what a canonical column is called."""
    return {
        "id": _("Number (id)"),
        "name": _("Name"),
        "campaign": _("Campaign"),
        "channel": _("Channel"),
        "account": _("Account"),
        "audience": _("Audience"),
        "state": _("State"),
        "total_records": _("Recipients"),
        "generated_records": _("Generated"),
        "scheduled_at": _("Scheduled time"),
        "processing_started_at": _("Processing started"),
        "in_progress_at": _("In progress since"),
        "generation_started_at": _("Generation started"),
        "finished_at": _("Finished"),
        "updated_at": _("Last report"),
        "created_by": _("Created by"),
    }[column]
