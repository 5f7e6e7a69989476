"""Load files as a person does: dry run, mapping, rejects, contradiction."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browser import choose_file, serving
from tests.journeys.conftest import Site
from tests.journeys.test_abort_journeys import ask, confirm

EXPORT = """Codigo;Qual;Estado de envio;Destinatarios;Data de envio
1;Promoção de verão;agendado;12.500;24/11/2030 18:30
2;"Black Friday; SMS";em andamento;8.000;24/11/2030 15:30
3;Boletim;enviado;abc;24/11/2026 10:30
"""
SAVE_AS = "Save how it is read, for the next files like this, as"
LATER = (
    "id,name,state,total_records,generated_records,scheduled_at\n"
    "a,Promoção de verão,IN-PROGRESS,7000,5000,2030-01-01T12:00Z\n"
)


def choose(page: Page, site: Site, name: str, text: str) -> None:
    page.goto(site.address + "/feeds")
    choose_file(page, {"name": name, "mimeType": "text/csv", "buffer": text.encode()})


def tell_the_name(page: Page) -> None:
    """Choose the column with the name, because its heading in `EXPORT` is unknown."""
    page.get_by_role("combobox", name="Name (required)").click()
    page.get_by_role("option", name="Qual · Promoção de verão").click()


def name_the_mapping(page: Page, site: Site) -> None:
    """Choose a file, map its unknown heading, and enter a name for the mapping."""
    choose(page, site, "export.csv", EXPORT)
    tell_the_name(page)
    expect(page.get_by_text("If you load it")).to_be_visible()
    page.get_by_label(SAVE_AS).fill("Icomm")


def test_a_file_is_mapped_tried_loaded_and_its_rejects_taken_away(
    page: Page, site: Site, tmp_path: Path
) -> None:
    choose(page, site, "export.csv", EXPORT)
    expect(page.get_by_text("Missing: Name")).to_be_visible()
    tell_the_name(page)
    expect(page.get_by_text("If you load it: 2 new, 1 could not be read.")).to_be_visible()
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("export.csv is loaded: 2 new, 1 could not be read.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download these rows as CSV").click()
    download.value.save_as(tmp_path / "rejected.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "rejected.csv").read_text("utf-8-sig"))))
    assert rows[1][:4] == ["3", "Boletim", "enviado", "abc"]
    page.goto(site.address + "/configurations")
    expect(page.get_by_text("Black Friday; SMS")).to_be_visible()


@pytest.mark.long
def test_a_file_is_uploaded_although_a_run_of_the_page_begins(page: Page, site: Site) -> None:
    site.let_a_run_begin_at_the_next_upload()
    choose(page, site, "export.csv", EXPORT)
    expect(page.get_by_text("Missing: Name")).to_be_visible()


@pytest.mark.long
def test_a_mapping_is_remembered_for_the_next_file_of_its_kind(page: Page, site: Site) -> None:
    name_the_mapping(page, site)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The mapping “Icomm” is saved.")).to_be_visible()
    choose(page, site, "next.csv", EXPORT.replace("Boletim", "Boletim 2"))
    expect(page.get_by_text("The file is read by the mapping “Icomm”.")).to_be_visible()
    expect(page.get_by_text("If you load it")).to_be_visible()


@pytest.mark.long
def test_enter_in_the_name_of_a_mapping_remembers_it_too(page: Page, site: Site) -> None:
    name_the_mapping(page, site)
    page.get_by_label(SAVE_AS).press("Enter")
    expect(page.get_by_text("The mapping “Icomm” is saved.")).to_be_visible()


@pytest.mark.long
def test_a_file_without_anything_to_read_changes_nothing(page: Page, site: Site) -> None:
    choose(page, site, "export.csv", EXPORT.replace("12.500", "x").replace("8.000", "y"))
    tell_the_name(page)
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    expect(page.get_by_role("button", name="Load it")).not_to_be_visible()
    expect(page.locator(".cells", has_text="“x” is not a whole number")).to_be_visible()
    assert site.look("a")["state"] == "SCHEDULED"


@pytest.mark.long
def test_a_person_who_leaves_the_page_during_a_load_finds_its_result_later(
    page: Page, site: Site
) -> None:
    choose(page, site, "later.csv", LATER)
    expect(page.get_by_text("If you load it")).to_be_visible()
    with site.files_waiting():
        page.get_by_role("button", name="Load it").click()
        expect(page.get_by_text("later.csv is being loaded.")).to_be_visible()
        page.get_by_role("link", name="Sends").click()
        expect(page.get_by_text("Recordatorio de otoño")).to_be_visible()
        page.get_by_role("link", name="Imports").click()
        expect(page.get_by_text("this one is next")).to_be_visible()
    expect(page.get_by_text("later.csv is loaded")).to_be_visible()


@pytest.mark.long
def test_a_load_that_is_cancelled_leaves_no_trace(page: Page, site: Site) -> None:
    choose(page, site, "later.csv", LATER)
    expect(page.get_by_text("If you load it")).to_be_visible()
    with site.files_waiting():
        page.get_by_role("button", name="Load it").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled. Nothing was changed.")).to_be_visible()
    assert site.look("a")["state"] == "SCHEDULED"
    page.reload()
    expect(page.get_by_role("heading", name="Loaded files")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("later.csv")


@pytest.mark.long
def test_a_contradicted_abort_is_on_every_page_until_it_is_acknowledged(
    page: Page, site: Site
) -> None:
    ask(page, site, "Promoção de verão")
    confirm(page)
    site.own_feed()
    choose(page, site, "later.csv", LATER)
    expect(page.get_by_text("went on although it was aborted here")).to_be_visible()
    aborts = page.locator(".cells", has_text="contradicted")
    expect(aborts).to_contain_text("IN-PROGRESS, 5,000 generated")
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("later.csv is loaded")).to_be_visible()
    page.goto(site.address)
    expect(page.get_by_text("5,000 generated")).to_be_visible()
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("What did you find or do").fill("told the customer")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Went on anyway", exact=False).first).not_to_be_visible()
    page.goto(site.address + "/configuration?id=a")
    expect(page.get_by_text("told the customer")).to_be_visible()


@pytest.mark.long
def test_an_open_page_does_not_call_it_demo_data_after_a_file_has_replaced_it(
    page: Page, tmp_path: Path
) -> None:
    settings = {"FREIO_REFRESH_SECONDS": "1", "FREIO_INBOX": "off"}
    with serving("tests.journeys.server:app", tmp_path, **settings) as address:
        page.goto(f"{address}/configurations")
        expect(page.get_by_text("Demo data")).to_be_visible()
        Site(address).own_feed()
        expect(page.get_by_text("Demo data")).to_be_hidden()
        expect(page.locator("tbody tr").first).to_be_visible()
        page.goto("about:blank")
