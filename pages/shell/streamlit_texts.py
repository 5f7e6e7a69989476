"""Translations of Streamlit's English texts, for streamlit_texts.js.

Streamlit has no translations (streamlit #1353, "Streamlit should have support for
Internationalization (i18n)").
"""

from __future__ import annotations

from pages.text.i18n import _


def streamlit_texts() -> dict[str, str]:
    """Return the translations of Streamlit's texts."""
    return {
        "Close": _("Close"),
        "Upload": _("Choose a file"),
        " per file": " " + _("a file at most"),
        "Press Enter to apply": _("Press Enter to apply"),
        "Press Enter to submit form": _("Press Enter to save"),
        "Press Ctrl+Enter to submit form": _("Press Ctrl+Enter to save"),
        "Press ⌘+Enter to submit form": _("Press ⌘+Enter to save"),
        "Show/hide columns": _("Show or hide columns"),
        "Download as CSV": _("Download as CSV"),
        "Search": _("Search"),
        "Close fullscreen": _("Leave full screen"),
        "Fullscreen": _("Full screen"),
        "Scrollable table": _("Table"),
        "No results": _("Nothing found"),
        "App pages": _("Pages"),
        "Sidebar": _("Menu"),
        "Expand sidebar": _("Open the menu"),
        "Collapse sidebar": _("Close the menu"),
        "Clear value": _("Clear"),
        "Clear all": _("Clear"),
        "Open": _("Open"),
        "Increment": _("One more"),
        "Decrement": _("One less"),
        "Choose date and time": _("Choose day and time"),
        "yyyy": _("yyyy"),
        "Previous month": _("Previous month"),
        "Next month": _("Next month"),
        "Stop": _("Stop"),
        "file upload": _("Choose a file"),
        "App Logo": "Freio",
        "Navigate to home page": _("To the overview"),
        "Help": _("Help"),
        "Help for ": _("Help:") + " ",
        "Remove ": _("Remove:") + " ",
        "Add files": _("Choose another file"),
        "CONNECTING": _("Connecting"),
        "The page that you have requested does not seem to exist. Running the app's main page.": _(
            "There is no page at this address. The overview is shown instead."
        ),
        "Page not found": _("Page not found"),
        "AxiosError: Request failed with status code 421": _(
            "The file was not loaded, and nothing was changed: the load balancer sent it to "
            "another dashboard than this page. Reload the page and try again. If it happens again, "
            "report to your administrator that the load balancer needs sticky sessions."
        ),
        "AxiosError: Request failed with status code 403": _(
            "The file was not loaded, and nothing was changed: the server refused it. Reload the "
            "page and try again."
        ),
        "AxiosError: Network Error": _(
            "The file was not loaded, and nothing was changed: the server does not answer. "
            "Try again when it does."
        ),
        "Error: ": _("Error:") + " ",
    }
