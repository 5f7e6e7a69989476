"""Pictures of every page, wide and narrow, light and dark, for review and for README.md.

Run with `make screenshots`; they go to tests/.screenshots/. README.md shows a copy of
overview-1440-light.png, kept as tests/pictures/overview.png.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys.browser import launch, serving

FOLDER = Path(__file__).parent / ".screenshots"
PAGES = ("overview", "configurations", "aborts", "feeds", "system")
SETTLE_MS = 2_500


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        serving("dashboard:app", Path(place)) as address,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for scheme in ("light", "dark"):
            for width in (1440, 390):
                page = browser.new_page(
                    viewport={"width": width, "height": 1200},
                    color_scheme=scheme,
                    timezone_id="America/Sao_Paulo",
                )
                for name in PAGES:
                    page.goto(f"{address}/{'' if name == 'overview' else name}")
                    page.get_by_role("heading", level=1).wait_for()
                    page.wait_for_timeout(SETTLE_MS)
                    page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png")
                page.goto(f"{address}/configurations?state=SCHEDULED")
                sends = page.locator("th a")
                sends.first.wait_for()
                one = sends.first.get_attribute("href")
                page.goto(f"{address}/{one}")
                page.get_by_role("heading", level=1).wait_for()
                page.wait_for_timeout(SETTLE_MS)
                page.screenshot(path=FOLDER / f"configuration-{width}-{scheme}.png")
                page.goto(f"{address}/configurations?state=SCHEDULED")
                page.locator("tr button:visible").first.click()
                page.get_by_role("dialog").wait_for()
                page.wait_for_timeout(SETTLE_MS)
                page.screenshot(path=FOLDER / f"dialog-{width}-{scheme}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
