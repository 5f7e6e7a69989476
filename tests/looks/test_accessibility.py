"""axe-core finds no barrier on any page, and each page has its landmarks."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.journeys.windows import Windows
from tests.looks.conftest import PAGES, WALL, reading, visit

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

#: Barriers of Streamlit itself that Freio cannot correct: rule and element.
STREAMLITS_OWN = {
    # The place to drop a file is a section with role=presentation and a name; its button is fine.
    ("presentation-role-conflict", "section"): "minor",
}


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds, serious or not, one line each."""
    page.evaluate(f"{AXE};0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
        if (rule["id"], node["html"].split(" ")[0].strip("<>")) not in STREAMLITS_OWN
    ]


@pytest.mark.parametrize(
    ("width", "scheme"), [pytest.param(1440, "light", marks=pytest.mark.long), (390, "dark")]
)
def test_axe_finds_no_barrier_on_any_page(
    windows: Windows, busy: Site, width: int, scheme: str
) -> None:
    found = {}
    window = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with reading(windows, **window) as page:
        for path in PAGES:
            visit(page, busy, path)
            found[path] = barriers(page)
            if path != WALL:
                expect(page.get_by_role("main")).to_have_count(1)
                expect(page.get_by_role("banner")).to_have_count(1)
                expect(page.get_by_role("navigation", name="Language")).to_have_count(1)
                expect(page.get_by_role("heading", level=1)).to_have_count(1)
        visit(page, busy, "configurations")
        page.get_by_role("button", name="Abort Recordatorio de otoño", exact=True).click()
        page.get_by_role("dialog").wait_for()
        page.wait_for_timeout(400)
        found["dialog"] = barriers(page)
        visit(page, busy, "configurations")
        page.get_by_role("checkbox", name="Select Recordatorio de otoño").click()
        found["selection"] = barriers(page)
        page.get_by_role("button", name="Abort 1…").click()
        confirm = page.get_by_role("dialog").get_by_role("button", name="Abort 1 send")
        expect(confirm).to_be_enabled()
        page.wait_for_timeout(400)
        found["bulk dialog"] = barriers(page)
        confirm.click()
        expect(page.get_by_role("heading", name="Bulk abort of 1 send")).to_be_visible()
        found["bulk result"] = barriers(page)
        visit(page, busy, "aborts")
        found["bulk abort in the log"] = barriers(page)
    assert {path: said for path, said in found.items() if said} == {}


@pytest.mark.long
def test_reduced_motion_is_respected(windows: Windows, site: Site) -> None:
    with reading(windows, reduced_motion="reduce") as page:
        visit(page, site, "configurations")
        # Wait for the style of the page, which arrives after its first elements.
        page.wait_for_function(
            "[...document.querySelectorAll('*')].every(e => {"
            " const s = getComputedStyle(e);"
            " return [s.transitionDuration, s.animationDuration].every("
            "   d => d.split(',').every(t => parseFloat(t) <= 0.05)); })"
        )
