"""Errors that a person is meant to read.

Each carries its sentence as a template and the values apart from it, so that pages can translate
the template. `N_` marks a template for extraction and returns it unchanged.
"""

from __future__ import annotations

from typing import Any


class Text(str):
    """A text that a person sees, in English: the source of its translations."""

    __slots__ = ()


class Place(str):
    """A path, a host, a user or what names one: for people who keep the installation, and for logs.

    Pages show it to nobody else. A `Path` in an error's values counts as one by itself.
    """

    __slots__ = ()


def N_(message: str) -> Text:  # noqa: N802 - the name that gettext tools look for
    """Mark `message` as a text that a person sees."""
    return Text(message)


class FreioError(Exception):
    """Something went wrong that a person can understand and act on.

    It is told in three parts, in this order: what happened, what it means for the recipients, and
    what to do now. `means` is a class's own where an error gives none; a page that knows more of
    what it means puts that in its place.

    A value that is a `Text` or an error itself is translated with its sentence; a number is written
    as the reader's language writes numbers, so what is a name (a process's number) comes as text.
    """

    means: str = ""

    def __init__(self, happened: str, todo: str, /, means: str = "", **values: object) -> None:
        self.happened, self.todo = happened, todo
        self.means = means or type(self).means
        self.values: dict[str, Any] = values
        super().__init__(" ".join(part.format(**values) for part in self.parts))

    @property
    def parts(self) -> tuple[str, str, str]:
        """The templates of the three parts."""
        return self.happened, self.means, self.todo


#: What most errors mean.
UNCHANGED = N_("Nothing was changed; sends go on as planned.")
#: What it means that Freio cannot work at all.
CLOSED = N_("Until this is put right, no send can be stopped here; sends go on as planned.")


class AccessError(FreioError):
    """Whoever asked may not do this, and nothing was changed."""

    means = UNCHANGED


class DemoOverError(AccessError):
    """Somebody who may act on demo data only finds other data in its place."""

    def __init__(self) -> None:
        super().__init__(
            N_("The demo data has made way for other data."),
            N_("Enter the access token to see it."),
        )


class SettingsError(FreioError):
    """A setting holds something that Freio cannot work with."""

    means = CLOSED


class FeedError(FreioError):
    """A file cannot be read at all, and nothing was changed."""

    means = N_("Nothing was changed; what is shown stays as it was.")


class StoreError(FreioError):
    """The store cannot do what was asked, and nothing was changed."""

    means = UNCHANGED


class StoreBusyError(StoreError):
    """The store did not get its turn to write in time; nothing was changed."""


class StoreAwayError(StoreError):
    """The store does not answer. The log says it once when that begins and once when it ends."""


class StoreLockedError(StoreError):
    """Another process holds the database file."""

    means = N_("Nothing was changed. This Freio can stop no send; sends go on as planned.")


class StoreDamagedError(StoreError):
    """The database's files cannot be read as what they should be."""

    means = N_("Freio has changed nothing in it, and can stop no send; sends go on as planned.")


class StoreNewerError(StoreError):
    """The database was written by a newer Freio."""

    means = CLOSED


class StoreDiskError(StoreError):
    """The disk did not take a write; nothing was changed."""


class SpaceFreedError(StoreDiskError):
    """The disk was full, and there is some space now: the same write may be tried again."""


class ConflictError(StoreError):
    """Another write came first; nothing was changed, and the same write may be tried again."""


class CommitUnknownError(StoreError):
    """A commit failed in its answer: what was written must be looked up before anything is said.

    `cause` is what to say where it turns out that nothing was written.
    """

    def __init__(self, cause: StoreError) -> None:
        super().__init__(cause.happened, cause.todo, cause.means, **cause.values)
        self.cause = cause


class OutcomeUnknownError(FreioError):
    """Nobody can say whether something was written, because the store stays away."""

    means = N_("An abort may have been recorded or not: take its send as going out.")
