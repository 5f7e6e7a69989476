"""The URL and the page agree, also after Back and Forward."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import FEED, Site


@pytest.fixture
def filled(quiet_site: Site) -> Site:
    quiet_site.seed(FEED)
    return quiet_site


def field(page: Page, name: str) -> Locator:
    """Return the input of the filter with this name in the URL."""
    return page.locator(f".st-key-filter_{name} input, .st-key-log_{name} input").first


def choose(page: Page, name: str, option: str) -> None:
    field(page, name).click()
    page.get_by_role("option", name=option, exact=True).click()
    expect(field(page, name)).to_have_value(option)


def search(page: Page, text: str) -> None:
    field(page, "q").fill(text)
    field(page, "q").press("Tab")  # Enter would open a single hit


def may_see(page: Page, rows: list[str], search: str = "", **filters: str) -> None:
    """Expect these rows, a URL with only these filters, and widgets that show the filters."""
    expect(page.locator("table tr[data-id]")).to_have_count(len(rows))
    for id in rows:
        expect(page.locator(f"tr[data-id={id}]")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/configurations" + (r"\?" if search else r"$")))
    for part in filter(None, search.split("&")):
        expect(page).to_have_url(re.compile(rf"[?&]{part}(&|$)"))
    expect(field(page, "q")).to_have_value(filters.get("q", ""))
    expect(field(page, "account")).to_have_value(filters.get("account", "All accounts"))
    expect(field(page, "time")).to_have_value(filters.get("time", "Any time"))
    chips = len(filters)
    expect(page.locator("[class*=st-key-chip_]")).to_have_count(chips)


ALL = ["a", "b", "c", "d"]


def test_back_and_forward_undo_and_redo_a_filter_in_list_chips_and_widgets(
    page: Page, filled: Site
) -> None:
    page.goto(filled.address + "/configurations")
    may_see(page, ALL)
    choose(page, "account", "Sul")
    may_see(page, ["c", "d"], "account=Sul", account="Sul")
    search(page, "encuesta")
    may_see(page, ["d"], "account=Sul&q=encuesta", account="Sul", q="encuesta")
    page.go_back()
    may_see(page, ["c", "d"], "account=Sul", account="Sul")
    page.go_back()
    may_see(page, ALL)
    page.go_forward()
    may_see(page, ["c", "d"], "account=Sul", account="Sul")
    # A click now changes the current filters, and no filter that was undone comes back.
    choose(page, "account", "All accounts")
    may_see(page, ALL)


@pytest.mark.long
def test_a_link_opened_over_a_filtered_list_shows_its_own_filters(page: Page, filled: Site) -> None:
    page.goto(filled.address + "/configurations?account=Sul&q=encuesta")
    may_see(page, ["d"], "account=Sul&q=encuesta", account="Sul", q="encuesta")
    page.goto(filled.address + "/configurations?account=Norte")
    may_see(page, ["a", "b"], "account=Norte", account="Norte")
    page.go_back()
    may_see(page, ["d"], "account=Sul&q=encuesta", account="Sul", q="encuesta")


@pytest.mark.long
def test_a_filter_on_an_account_that_is_not_there_is_shown_as_applied(
    page: Page, filled: Site
) -> None:
    page.goto(filled.address + "/configurations?account=Oeste")
    may_see(page, [], "account=Oeste", account="Oeste")


@pytest.mark.long
def test_two_filters_chosen_faster_than_the_server_answers_are_both_applied(
    page: Page, filled: Site
) -> None:
    page.goto(filled.address + "/configurations")
    may_see(page, ALL)
    with filled.late(0.8):
        field(page, "q").fill("encuesta")
        field(page, "account").click()  # a search is sent when it loses the focus
        page.get_by_role("option", name="Sul", exact=True).click()
        may_see(page, ["d"], "account=Sul&q=encuesta", account="Sul", q="encuesta")


@pytest.mark.long
def test_a_state_takes_the_outlook_of_another_one_off_the_list_and_off_the_page(
    page: Page, filled: Site
) -> None:
    page.goto(filled.address + "/configurations?state=IN-PROGRESS&outlook=uncertain")
    both = page.get_by_role("button", name="State: IN-PROGRESS · Uncertain")
    both.click()
    page.locator("button[data-value=SCHEDULED]").click()
    may_see(page, ["a"], "state=SCHEDULED")
    # The menu is closed again.
    expect(page.locator("button[data-value=SCHEDULED]")).to_be_hidden()
    page.go_back()
    expect(both).to_be_visible()
    expect(page.locator("table tr[data-id]")).to_have_count(1)


@pytest.mark.long
def test_each_tab_shows_the_filters_of_its_own_address(page: Page, filled: Site) -> None:
    page.goto(filled.address + "/configurations?account=Sul")
    other = page.context.new_page()
    other.goto(filled.address + "/configurations?account=Norte")
    choose(other, "account", "All accounts")
    may_see(other, ALL)
    may_see(page, ["c", "d"], "account=Sul", account="Sul")
    page.reload()
    may_see(page, ["c", "d"], "account=Sul", account="Sul")


@pytest.mark.long
def test_back_undoes_a_filter_of_the_log_of_aborts(page: Page, filled: Site) -> None:
    filled.abort("a")
    page.goto(filled.address + "/aborts")
    expect(field(page, "outcome")).to_have_value("Any outcome")
    choose(page, "outcome", "Refused, for any reason")
    expect(page).to_have_url(re.compile("outcome=refused"))
    expect(page.get_by_text("0 attempts")).to_be_visible()
    page.go_back()
    expect(field(page, "outcome")).to_have_value("Any outcome")
    expect(page.get_by_text("1 attempt")).to_be_visible()


@pytest.mark.long
def test_back_from_another_page_finds_the_list_as_it_was(page: Page, filled: Site) -> None:
    page.goto(filled.address + "/configurations?account=Sul&q=encuesta")
    may_see(page, ["d"], "account=Sul&q=encuesta", account="Sul", q="encuesta")
    page.get_by_role("link", name="Aborts").first.click()
    expect(page).to_have_url(re.compile(r"/aborts$"))
    page.get_by_role("link", name="Sends").first.click()
    may_see(page, ALL)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/aborts$"))
    page.go_back()
    may_see(page, ["d"], "account=Sul&q=encuesta", account="Sul", q="encuesta")


@pytest.mark.long
def test_a_heading_sorts_the_list_in_both_directions_and_the_address_says_so(
    page: Page, filled: Site
) -> None:
    page.goto(filled.address + "/configurations")
    may_see(page, ALL)
    heading = page.get_by_role("columnheader", name="Recipients")
    rows = page.locator("table tr[data-id]")
    arrow = "button => getComputedStyle(button, '::after').content"
    for code, direction, sign, first in (
        ("recipients", "descending", "▼", "b"),
        ("fewest", "ascending", "▲", "c"),
        ("recipients", "descending", "▼", "b"),
    ):
        heading.get_by_role("button").click()
        expect(rows.first).to_have_attribute("data-id", first)
        expect(heading).to_have_attribute("aria-sort", direction)
        assert sign in heading.get_by_role("button").evaluate(arrow)
        expect(page).to_have_url(re.compile(rf"[?&]sort={code}(&|$)"))
    expect(field(page, "sort")).to_have_value("Most recipients")
    expect(heading.get_by_role("button")).to_be_focused()
    page.go_back()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    for name, code, direction in (
        ("Time left", "closing", "ascending"),
        ("Time left", "closing-last", "descending"),
        ("Verdict · State", "state", "ascending"),
        ("Verdict · State", "state-down", "descending"),
        ("Name", "name", "ascending"),
        ("Name", "name-down", "descending"),
    ):
        heading = page.get_by_role("columnheader", name=name)
        heading.get_by_role("button").click()
        expect(heading).to_have_attribute("aria-sort", direction)
        expect(page).to_have_url(re.compile(rf"[?&]sort={code}(&|$)"))
    # A heading that does not sort does not look like a button.
    expect(page.locator("thead th:has(button)")).to_have_count(5)
