"""Save, edit, delete, export and import mappings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath

import streamlit as st

from core.access import permissions
from core.access.permissions import Right
from core.feed.loader import Loader
from core.feed.mapping import MAX_TEXT, FeedMapping, from_toml, to_toml
from core.feed.profiles import profiles
from pages.files import file_upload
from pages.files.chosen_file import Chosen
from pages.files.layout_choices import zone_of
from pages.files.load_result import MESSAGE
from pages.shell.messages import reporting_errors, set_message
from pages.shell.page_run import view
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

_IMPORTS = "feed_toml_imports"


def mapping_names(loader: Loader) -> list[str]:
    """Return the names of the saved mappings, then the names of the profiles."""
    return list(dict.fromkeys(each.name for each in (*loader.mappings.all(), *profiles())))


def draw_save(chosen: Chosen) -> None:
    """Draw the form that saves the mapping of this file."""
    # In a form, both Enter and a click on the button submit the typed texts.
    with (
        st.form("feed_saved_form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name, files = chosen.mapping.name, chosen.mapping.files
        for field, value, label in (
            ("name", name, _("Save how it is read, for the next files like this, as")),
            ("files", files, _("For files in the folder with names such as erp-*.csv (optional)")),
        ):
            key = f"feed_mapping_{field}_{chosen.key}"
            st.text_input(label, value=value, key=key, width=340, max_chars=80)
        st.form_submit_button(_("Save"), key="feed_save", on_click=_save, args=(chosen,))


def _save(chosen: Chosen) -> None:
    name = str(st.session_state.get(f"feed_mapping_name_{chosen.key}") or "")
    made = chosen.mapping.made_for(chosen.headings, chosen.first_rows.layout.list)
    files = str(st.session_state.get(f"feed_mapping_files_{chosen.key}") or "").strip()
    made = replace(made, name=name.strip(), files=files, zone=zone_of(chosen))
    reads_nothing = file_upload.cannot_be_loaded(chosen)
    if _keep(made):
        chosen.base = chosen.mapping = made
        if reads_nothing:
            text = _(
                "The mapping “{name}” is saved, but this file cannot be loaded with it. The reason "
                "is below.",
                name=escape_markdown(made.name),
            )
            set_message(MESSAGE, "warning", text)


def _keep(mapping: FeedMapping) -> bool:
    known = [each.name for each in view().app.loader.mappings.all()]
    name = escape_markdown(mapping.name)
    text = _("The mapping “{name}” is saved.", name=name)
    if mapping.name in known:
        text = _("The mapping “{name}” is saved. It replaces the earlier one.", name=name)
    return _do(lambda: view().app.loader.mappings.save(mapping), text)


def _do(change: Callable[[], None], text: str) -> bool:
    """Return False after an error."""
    with reporting_errors(MESSAGE):
        permissions.require(view().actor, Right.LOAD)
        change()
        set_message(MESSAGE, "success", text)
        return True
    return False


def draw_mappings() -> None:
    """Draw the controls to export, edit, delete and import mappings."""
    loader = view().app.loader
    saved = {each.name: each for each in loader.mappings.all()}
    shown = {each.name: each for each in profiles()} | saved
    with st.expander(_("Mappings: how files are read")):
        name = st.selectbox(
            _("Mapping"),
            [*saved, *(each for each in shown if each not in saved)],
            format_func=lambda each: (
                each if each in saved else _("{name} (comes with Freio)", name=each)
            ),
            key="feed_known",
            width=420,
        )
        text = to_toml(shown[name])
        with st.container(horizontal=True):
            st.download_button(
                _("Export as TOML"),
                data=text,
                file_name=f"{_file_name(name)}.toml",
                mime="application/toml",
                key="feed_toml_export",
                on_click="ignore",
            )
            if name in saved:
                st.button(_("Delete"), key="feed_delete", on_click=_delete, args=(name,))
        _draw_text(text)
        key = f"{_IMPORTS}_{st.session_state.get(_IMPORTS, 0)}"
        st.file_uploader(
            _("Import a mapping (TOML)"),
            type=["toml"],
            key=key,
            max_upload_size=1,
            on_change=_import,
            args=(key,),
        )


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)


def _draw_text(text: str) -> None:
    key = f"feed_toml_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    with st.form("feed_toml_form", border=False):
        st.text_area(_("Its text, to edit"), value=text, key=key, height=260, max_chars=MAX_TEXT)
        st.form_submit_button(
            _("Save the text"), key="feed_toml_save", on_click=_save_text, args=(key,)
        )


def _save_text(key: str) -> None:
    _read_and_keep(str(st.session_state.get(key) or ""))


def _import(key: str) -> None:
    found = st.session_state.get(key)
    if found is None:
        return
    # With a new key, the uploader is empty again.
    st.session_state[_IMPORTS] = st.session_state.get(_IMPORTS, 0) + 1
    _read_and_keep(found.getvalue(), PurePath(found.name).stem)


def _read_and_keep(text: str | bytes, name: str = "") -> None:
    with reporting_errors(MESSAGE):
        mapping = from_toml(text)
        _keep(mapping if mapping.name.strip() else replace(mapping, name=name))


def _delete(name: str) -> None:
    text = _("The mapping “{name}” is deleted.", name=escape_markdown(name))
    _do(lambda: view().app.loader.mappings.delete(name), text)
