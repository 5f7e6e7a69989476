"""Pictures of every page, in three languages, two themes and two widths, for review and for README.

Run with `make screenshots`. It writes them to tests/.screenshots/, with all of them on one sheet,
sheet.png. Those that README.md shows are in tests/pictures/.
"""

import shutil
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.access import admit
from tests.journeys.browser import launch, serving
from tests.looks.entries import ENTRIES, entry_servers

FOLDER = Path(__file__).parent / ".screenshots"
KEPT = Path(__file__).parent / "pictures"
SETTLE_MS = 1_200
LANGUAGES = {"en": "en-US", "pt": "pt-BR", "es": "es-AR"}
WIDTHS = {1440: 1000, 390: 844}
#: The pictures in README.md, and the screenshot that each is a copy of.
SHOWN = {"overview.png": "overview-1440-light-en.png"}
#: The width of one picture on the sheet.
SMALL = 320


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        tempfile.TemporaryDirectory() as beside,
        serving("dashboard:app", Path(place), FREIO_INBOX="off") as address,
        entry_servers(Path(beside)) as before,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for language, scheme, width in product(LANGUAGES, ("light", "dark"), WIDTHS):
            page = browser.new_page(
                viewport={"width": width, "height": WIDTHS[width]},
                color_scheme=scheme,
                locale=LANGUAGES[language],
                timezone_id="America/Sao_Paulo",
            )
            admit(page.context)
            ending = f"{width}-{scheme}-{language}.png"
            for name, show in SIGHTS.items():
                show(page, address)
                _keep(page, f"{name}-{ending}")
            # The first entry removes the cookie, so these entries come last.
            for name, entry in OUTSIDE.items():
                before.open(page, ENTRIES[entry])
                _keep(page, f"{name}-{ending}")
            page.close()
        browser.close()
    for kept, name in SHOWN.items():
        shutil.copyfile(FOLDER / name, KEPT / kept)
    _sheet().save(FOLDER / "sheet.png")


def _keep(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=FOLDER / name)


def _at(path: str) -> Callable[[Page, str], None]:
    def show(page: Page, address: str) -> None:
        page.goto(f"{address}/{path}")
        page.locator("h1").first.wait_for(state="attached")

    return show


def _list(page: Page, address: str) -> None:
    page.goto(f"{address}/configurations?state=SCHEDULED")
    page.locator("tbody tr button:visible").first.wait_for()


def _one(page: Page, address: str) -> None:
    _list(page, address)
    path = page.locator("th a").first.get_attribute("href")
    page.goto(f"{address}/{path}")
    page.locator("h1").first.wait_for()


def _dialog(page: Page, address: str) -> None:
    _list(page, address)
    page.locator("tbody tr button:visible").first.click()
    page.get_by_role("dialog").wait_for()


SIGHTS = {
    "overview": _at(""),
    "wall": _at("?wall=1"),
    "configurations": _list,
    "configuration": _one,
    "dialog": _dialog,
    "aborts": _at("aborts"),
    "feeds": _at("feeds"),
    "system": _at("system"),
    "help": _at("help"),
}

#: The pages of a person without access, or without access to a page.
OUTSIDE = {"login": "login needed", "no-role": "no role", "not-allowed": "not a viewer's page"}


def _sheet() -> Image.Image:
    """Return one sheet with all pages: a line for each page, wide pictures above narrow ones."""
    lines = []
    for name, width in product([*SIGHTS, *OUTSIDE], WIDTHS):
        found = [
            Image.open(FOLDER / f"{name}-{width}-{scheme}-{language}.png")
            for language, scheme in product(LANGUAGES, ("light", "dark"))
        ]
        lines.append([picture.resize(_small(picture)) for picture in found])
    tall = [max(picture.height for picture in line) + 8 for line in lines]
    sheet = Image.new("RGB", ((SMALL + 8) * len(lines[0]), sum(tall)), "#808080")
    for row, line in enumerate(lines):
        for column, picture in enumerate(line):
            sheet.paste(picture, (column * (SMALL + 8), sum(tall[:row])))
    return sheet


def _small(picture: Image.Image) -> tuple[int, int]:
    return SMALL, round(picture.height * SMALL / picture.width)


if __name__ == "__main__":
    main()
