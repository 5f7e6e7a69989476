"""Browser windows that tests reuse: a page opens in a third of the time of a new window.

Each window has the cookie of the access token. After a test, its pages, cookies, storage, routes
and size are reset. A page's clock and listeners cannot be reset: a test that sets a clock or adds
a listener has the marker `needs_new_window`, and gets a new window that is closed afterwards.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.access import admit

WIDE = {"width": 1440, "height": 1000}
#: The options of a window on a phone.
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
PATIENCE_MS = 20_000
# The default of 5 s is too short for a refresh on a busy machine.
expect.set_options(timeout=PATIENCE_MS)
#: How many unused windows stay open.
MOST_KEPT = 4
#: Seconds by which a page's clock may differ before a test must have set it.
CLOCK_IS_OFF = 5


class Windows:
    """A pool of windows, by the options that `Browser.new_context` takes."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._kept: list[tuple[dict[str, Any], Page]] = []

    @contextmanager
    def open(self, *, is_new: bool = False, **options: Any) -> Iterator[Page]:
        """Yield the empty page of a window. With `is_new`, the window is new and is closed afterwards."""
        options = {"viewport": WIDE} | options
        page = self._new(options) if is_new else self._take(options)
        try:
            yield page
            is_kept = not is_new and not page.is_closed()
            if is_kept:
                _clear(page, options)
        except BaseException:
            page.context.close()
            raise
        if not is_kept:
            page.context.close()
            return
        self._kept.append((options, page))
        if len(self._kept) > MOST_KEPT:
            self._kept.pop(0)[1].context.close()

    def _take(self, options: dict[str, Any]) -> Page:
        for at, (kept_options, page) in enumerate(self._kept):
            if kept_options == options:
                del self._kept[at]
                return page
        return self._new(options)

    def _new(self, options: dict[str, Any]) -> Page:
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        admit(context)
        return context.new_page()


def _clear(page: Page, options: dict[str, Any]) -> None:
    context = page.context
    for other in context.pages:
        if other is not page:
            other.close()
    page.mouse.up()
    page.mouse.move(0, 0)
    page.unroute_all(behavior="ignoreErrors")
    if page.url.startswith("http"):
        # Until the next page is open, this one still refreshes, and may store its selection again.
        page.evaluate(
            "() => { Storage.prototype.setItem = () => {}; "
            "localStorage.clear(); sessionStorage.clear(); }"
        )
    page.goto("about:blank")
    context.clear_cookies()
    admit(context)
    context.clear_permissions()
    page.set_viewport_size(options["viewport"])
    off = abs(page.evaluate("Date.now()") / 1_000 - time.time())
    assert off < CLOCK_IS_OFF, "a test that sets the clock of its window says so: needs_new_window"
