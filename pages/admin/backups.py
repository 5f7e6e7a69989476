"""Backups, on the System page."""

import streamlit as st

from core.errors import FreioError
from core.operations.backup import Backups
from core.runtime.administration import make_backup
from pages.shell.messages import draw_alert, set_message
from pages.shell.page_run import view
from pages.text import i18n, tables
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_NOTICE = "backup_notice"


def draw_backups(backups: Backups) -> None:
    """Draw the button for a backup, and the list of backups."""
    st.header(_("Backups"))
    st.markdown(
        _(
            "A backup is a complete copy of the database. Freio keeps running while it is "
            "made. To restore one, stop Freio and run `make restore FILE=…`; aborts that "
            "are newer than the backup are then shown from the receipt journal."
        )
    )
    st.button(_("Make a backup"), on_click=_make, key="backup_make")
    if notice := st.session_state.get(_NOTICE):
        draw_alert(*notice)
    found = backups.all()
    if not found:
        st.caption(_("None yet."))
        return
    rows = [
        {
            _("When"): i18n.exact(one.made_at),
            _("File"): str(one.path),
            _("Size"): _("{n} kB", n=i18n.number(one.size // 1024)),
        }
        for one in found
    ]
    tables.draw_records(rows, numbers=(_("Size"),), is_long=True)


def _make() -> None:
    current = view()
    try:
        made = make_backup(current.app, current.actor)
        set_message(_NOTICE, "success", _("Made {file}.", file=escape_markdown(made.path.name)))
    except FreioError as trouble:
        why = escape_markdown(i18n.error(trouble))
        set_message(_NOTICE, "error", _("**No backup was made.** {why}", why=why))
