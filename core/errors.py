"""Errors that a person is meant to read.

Each carries its sentence as a template and the values apart from it, so that pages can translate
the template. `N_` marks a template for extraction and returns it unchanged.
"""

from __future__ import annotations


class Text(str):
    """A text that a person sees, in English: the source of its translations."""

    __slots__ = ()


def N_(message: str) -> Text:  # noqa: N802 - the name that gettext tools look for
    """Mark `message` as a text that a person sees."""
    return Text(message)


class FreioError(Exception):
    """Something went wrong that a person can understand and act on.

    A value that is a `Text` or an error itself is translated with its sentence; a number is written
    as the reader's language writes numbers, so what is a name (a process's number) comes as text.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values = values


class AccessError(FreioError):
    """Whoever asked may not do this, and nothing was changed."""


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


class StoreDamagedError(StoreError):
    """The database's files cannot be read as what they should be."""


class StoreNewerError(StoreError):
    """The database was written by a newer Freio."""


class StoreDiskError(StoreError):
    """The disk did not take a write; nothing was changed."""


class ConflictError(StoreError):
    """Another write came first; nothing was changed, and the same write may be tried again."""


class CommitUnknownError(StoreError):
    """A commit failed in its answer: what was written must be looked up before anything is said.

    `cause` is what to say where it turns out that nothing was written.
    """

    def __init__(self, cause: StoreError) -> None:
        super().__init__(cause.template, **cause.values)
        self.cause = cause


class OutcomeUnknownError(FreioError):
    """Nobody can say whether an abort was written, because the store stays away."""
