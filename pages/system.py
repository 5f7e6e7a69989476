"""The page System: versions, settings without secrets, and row counts."""

import platform
from importlib.metadata import version

import streamlit as st

from core.access.permissions import Right
from core.settings import as_text, changed
from core.version import VERSION
from pages.admin import alert_channels, audit_log_check, backups, platform_connection
from pages.shell import freshness_line, page_run
from pages.text import i18n, tables
from pages.text.i18n import _

view = page_run.view()
app = view.app
page_run.require(Right.ADMINISTER, _("System"))


def _table(facts: dict[str, str]) -> None:
    tables.draw_cells((_("Name"), _("Value")), list(facts.items()))


st.title(_("System"))
freshness_line.draw_freshness()
texts, defaults = as_text(app.settings), changed(app.settings)
st.header(_("Settings that differ from the defaults"))
if defaults:
    tables.draw_cells(
        (_("Name"), _("Value"), _("Default")),
        [(name, i18n.value(texts[name]), i18n.value(each)) for name, each in defaults.items()],
    )
else:
    st.caption(_("None."))
info = app.store.info()
left, right = st.columns(2, gap="large")
with left:
    st.header(_("Store"))
    _table(
        {
            _("Engine"): f"{info.engine} {info.engine_version}",
            _("Place"): info.location,
            _("Schema"): str(info.schema_version),
            _("Whose data"): {"demo": _("demo"), "feed": _("loaded files")}.get(
                app.loader.origin(), _("none yet")
            ),
        }
    )
    st.header(_("Rows"))
    names = {
        "configurations": _("Send configurations"),
        "state_changes": _("Changes of state"),
        "receipts": _("Attempts to abort"),
        "imports": _("Loaded files"),
        "import_rejects": _("Rows that could not be read"),
    }
    _table({names.get(name, name): i18n.number(count) for name, count in info.counts.items()})
    audit_log_check.draw_audit_log_check()
with right:
    st.header(_("Versions"))
    _table(
        {"Freio": VERSION, "Python": platform.python_version()}
        | {name: version(name) for name in ("streamlit", "duckdb", "pandas")}
    )
platform_connection.draw_connection(app)
alert_channels.draw_alert_channels(app.outbox)
if app.backups is not None:
    backups.draw_backups(app.backups)
with st.expander(_("All settings")):
    _table({name: i18n.value(text) for name, text in texts.items()})
