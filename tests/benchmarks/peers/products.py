"""The steps of a person in each product. A step ends when its result is visible."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httpx
from playwright.sync_api import Page, expect


@dataclass(frozen=True, slots=True)
class Found:
    """What the screen must show: the send at the top, and the number of sends."""

    first: str
    count: int


class Product(Protocol):
    """A product with one page, which a browser opens by its address."""

    name: str

    def open(self, page: Page) -> None:
        """Open the list and wait for its first rows."""
        ...

    def filter(self, page: Page, state: str) -> Callable[[Found], None]:
        """Return a function that filters by a state and waits for the result. Prepare the filter now."""
        ...

    def search(self, page: Page, name: str) -> Callable[[Found], None]:
        """Type a name. Return a function that searches for the name and waits for the result."""
        ...

    def abort(self, page: Page, id: str) -> Callable[[], None]:
        """Wait until the only send in the list can be clicked. Return a function that stops the send.

        The function runs from the first click until the page says that the send is stopped.
        """
        ...


class Freio:
    """The real dashboard."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self._address = name, address

    def open(self, page: Page) -> None:
        page.goto(f"{self._address}/configurations", wait_until="commit")
        page.locator("tbody tr[data-id]").nth(24).wait_for()

    def wait_for_abort(self, page: Page) -> None:
        """Wait until the first *Abort* button of the list can be pressed. Do not press the button."""
        page.locator("tbody tr[data-id] button:enabled").first.click(trial=True)

    def follow(self, page: Page, name: str) -> Callable[[], None]:
        """Open the menu of a phone. Return a function that opens a page and waits for its heading."""
        page.get_by_role("button", name="Open the menu").tap()
        link = page.get_by_test_id("stSidebarNavLink").filter(has_text=name)
        link.tap(trial=True)
        return lambda: (link.tap(), page.locator("h1", has_text=name).wait_for())[1]

    def filter(self, page: Page, state: str) -> Callable[[Found], None]:
        page.locator(".st-key-states .menu").click()
        button = page.locator(f".st-key-states button[data-value='{state}']")
        button.wait_for()
        return lambda found: (button.click(), self._wait(page, found))[1]

    def search(self, page: Page, name: str) -> Callable[[Found], None]:
        box = page.get_by_label("Search")
        box.fill(name)
        # Enter would also open the only hit.
        return lambda found: (box.press("Tab"), self._wait(page, found))[1]

    def _wait(self, page: Page, found: Found) -> None:
        page.locator(f"tbody tr:first-child[data-id='{found.first}']").wait_for()
        page.get_by_text(f" of {found.count:,}", exact=False).first.wait_for()

    def abort(self, page: Page, id: str) -> Callable[[], None]:
        button = page.locator(f"tr[data-id='{id}'] button")
        button.wait_for()

        def stop() -> None:
            button.click()
            page.get_by_role("button", name="Abort this send").click()
            page.locator(".st-key-abort_notices").get_by_role("alert").wait_for()

        return stop

    def abort_all(self, page: Page, count: int) -> Callable[[], None]:
        """Return the function that stops all sends that match the filters and waits for the outcomes."""
        every = page.get_by_role("button", name=f"All {count} in this list that can be stopped")
        every.wait_for()

        def stop() -> None:
            every.click()
            page.get_by_role("button", name=f"Abort {count}…").click()
            dialog = page.get_by_role("dialog")
            dialog.get_by_label(f"Type {count}").fill(str(count))
            dialog.get_by_role("button", name=f"Abort {count} sends").click()
            # During a run, Streamlit may show two such buttons: one is from the last refresh.
            waiting = page.locator(".st-key-bulk_outcome_waiting")
            waiting.filter(has_text=str(count)).first.wait_for()

        return stop


class Pandas:
    """The page of pandas_page.py."""

    name = "pandas page"

    def __init__(self, address: str) -> None:
        self._address = address

    def open(self, page: Page) -> None:
        page.goto(self._address, wait_until="commit")
        self._wait(page, None)

    def filter(self, page: Page, state: str) -> Callable[[Found], None]:
        page.get_by_role("combobox").first.click()
        option = page.get_by_role("option", name=state, exact=True)
        option.wait_for()
        return lambda found: (option.click(), self._wait(page, found))[1]

    def search(self, page: Page, name: str) -> Callable[[Found], None]:
        box = page.get_by_label("Search by name")
        box.fill(name)
        return lambda found: (box.press("Enter"), self._wait(page, found))[1]

    def _wait(self, page: Page, found: Found | None) -> None:
        # Wait for the count, which appears after the table. The rows of the grid are no elements, and
        # their copy for screen readers appears late.
        page.locator("[data-testid='stDataFrame'] canvas").first.wait_for()
        counted = page.locator("[data-testid='stCaptionContainer']")
        counted.get_by_text(
            f"{found.count:,} sends" if found else " sends", exact=bool(found)
        ).wait_for()

    def abort(self, page: Page, id: str) -> Callable[[], None]:
        grid = page.locator("[data-testid='stDataFrame']")
        expect(grid).to_have_count(1, timeout=60_000)

        def stop() -> None:
            # The checkbox of the first row, below the headings.
            grid.click(position={"x": 18, "y": 52})
            page.get_by_role("button", name=f"Abort {id}").click()
            page.get_by_role("button", name="Yes, stop it").click()
            page.get_by_text(f"Stopped {id}.").wait_for()

        return stop


class Bare:
    """The page of bare_page.py. It reads no data and draws no row."""

    name = "Streamlit alone"

    def __init__(self, address: str) -> None:
        self._address = address

    def open(self, page: Page) -> None:
        page.goto(self._address, wait_until="commit")
        self._wait(page, "everything")

    def filter(self, page: Page, state: str) -> Callable[[Found], None]:
        button = page.locator(f".st-key-state_{state} button")
        button.wait_for()
        return lambda _: (button.click(), self._wait(page, state))[1]

    def search(self, page: Page, name: str) -> Callable[[Found], None]:
        box = page.get_by_label("Search")
        box.fill(name)
        return lambda _: (box.press("Enter"), self._wait(page, f"everything {name}"))[1]

    def _wait(self, page: Page, shown: str) -> None:
        page.get_by_text(f"Showing {shown}.", exact=True).wait_for()

    def abort(self, page: Page, id: str) -> Callable[[], None]:  # noqa: ARG002 - there is but one
        button = page.get_by_role("button", name="Abort", exact=True)

        def stop() -> None:
            button.click()
            page.get_by_role("button", name="Stop this send").click()
            page.get_by_text("Stopped.", exact=True).wait_for()

        return stop


class Django:
    """The list of django_site.py. All runs share the session cookie, but no cache of the browser."""

    name = "Django admin"

    def __init__(self, address: str) -> None:
        self._list = f"{address}/admin/admin/configuration/"
        self._cookies = _log_in(address)

    def open(self, page: Page) -> None:
        page.context.add_cookies(self._cookies)  # type: ignore[arg-type]
        page.goto(self._list, wait_until="commit")
        page.locator("#result_list tbody tr").nth(24).wait_for()

    def filter(self, page: Page, state: str) -> Callable[[Found], None]:
        link = page.locator("#changelist-filter").get_by_role("link", name=state, exact=True)
        link.wait_for()
        return lambda found: (link.click(no_wait_after=True), self._wait(page, found))[1]

    def search(self, page: Page, name: str) -> Callable[[Found], None]:
        box = page.locator("#searchbar")
        box.fill(name)
        return lambda found: (box.press("Enter", no_wait_after=True), self._wait(page, found))[1]

    def _wait(self, page: Page, found: Found) -> None:
        first = page.locator("#result_list tbody tr").first
        first.get_by_role("link", name=found.first, exact=True).wait_for()
        word = "configuration" if found.count == 1 else "configurations"
        # Django writes numbers above 999 without a separator here.
        expect(page.locator(".paginator").first).to_contain_text(
            f"{found.count} {word}", timeout=120_000
        )

    def abort(self, page: Page, id: str) -> Callable[[], None]:
        box = page.locator(f".action-select[value='{id}']")
        box.wait_for()

        def stop() -> None:
            box.check()
            page.locator("select[name=action]").select_option("abort")
            page.get_by_role("button", name="Go").click(no_wait_after=True)
            page.get_by_role("button", name="Yes, I’m sure").click(no_wait_after=True)
            page.locator(".messagelist .success").wait_for()

        return stop

    def abort_all(self, page: Page, count: int) -> Callable[[], None]:
        """Return the function that stops all sends that match the search and waits for their number."""
        every = page.locator("#action-toggle")
        every.wait_for()

        def stop() -> None:
            every.check()
            page.locator(".actions .question a").click()
            page.locator("select[name=action]").select_option("abort")
            page.get_by_role("button", name="Go").click(no_wait_after=True)
            page.get_by_role("button", name="Yes, I’m sure").click(no_wait_after=True)
            page.get_by_text(f"Stopped {count} sends.").wait_for()

        return stop


def _log_in(address: str) -> list[dict[str, str]]:
    with httpx.Client(base_url=address, follow_redirects=True) as client:
        client.get("/admin/login/")
        form = {"username": "operator", "password": "operator"}
        token = client.cookies["csrftoken"]
        client.post("/admin/login/", data=form | {"csrfmiddlewaretoken": token})
        assert "sessionid" in client.cookies
        return [{"name": n, "value": v, "url": address} for n, v in client.cookies.items()]
