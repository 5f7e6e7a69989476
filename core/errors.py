"""Errors that a person is meant to read.

Each carries its sentence as a template and the values apart from it, so that pages can translate
the template. `N_` marks a template for extraction and returns it unchanged.
"""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark `message` as a text that a person sees."""
    return message


class FreioError(Exception):
    """Something went wrong that a person can understand and act on."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values = values


class SettingsError(FreioError):
    """A setting holds something that Freio cannot work with."""


class FeedError(FreioError):
    """A file cannot be read at all, and nothing was changed."""


class StoreError(FreioError):
    """The store cannot do what was asked, and nothing was changed."""


class StoreBusyError(StoreError):
    """The store did not get its turn to write in time; nothing was changed."""


class StoreLockedError(StoreError):
    """Another process holds the database file."""
