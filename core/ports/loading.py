"""Port for loading files into the store, and for past imports."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.imports import DryRun, ImportSummary, Reject
from core.ports.batches import Feed, ProgressCallback, ignore_progress
from core.ports.shared_state import Facts


class FactsChangedError(Exception):
    """A fact about the store is not what the caller expects. Nothing was written."""


class ImportLog(Protocol):
    """Reads about past imports."""

    def imports(self, limit: int) -> Sequence[ImportSummary]:
        """Return the last imports, newest first."""

    def has_import(self, id: str) -> bool:
        """Return whether an import was written."""

    def drop_polls(self, before: datetime) -> None:
        """Drop the imports by polls of the platform before `before`. The newest import stays."""

    def rejects(self, import_id: str, limit: int) -> Sequence[Reject]:
        """Return the rejected rows of an import, in order of line."""

    def facts_as_of(self) -> datetime | None:
        """Return when the source last confirmed the data, or None if there is no import."""


class LoadStore(ImportLog, Facts, Protocol):
    """What the loader needs: a dry run, the load, and the origin of the data."""

    @property
    def revision(self) -> int:
        """A number that rises with every committed write to what pages show."""

    def is_empty(self) -> bool:
        """Return whether the store has no sends."""

    def load(
        self,
        summary: ImportSummary,
        feed: Feed,
        *,
        replace_demo: bool = False,
        is_full: bool = False,
        facts: Mapping[str, str] | None = None,
        expects: Mapping[str, str] | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> ImportSummary:
        """Merge a file, all or nothing; return the summary with its counts filled in.

        With `replace_demo`, all data is dropped first if it is demo data at that moment. Other data
        is never dropped. `facts` are written in the same transaction. With `is_full`, sends that
        the file leaves out are marked as no longer reported. Newer facts replace older ones: a send
        that was cancelled here stays cancelled, a newer report can reopen a send that the platform
        ended, and no send is moved back in time (I6).

        `progress` gets "comparing" and "writing", more than once if the data was replaced in
        between: then the file is read and compared again. An exception of `progress` or of the
        feed ends the load, and nothing is changed. Raise FactsChangedError if a fact differs
        from `expects` ("" means that the fact does not exist).
        """

    def compare(
        self,
        summary: ImportSummary,
        feed: Feed,
        *,
        replace_demo: bool = False,
        is_full: bool = False,
        progress: ProgressCallback = ignore_progress,
    ) -> DryRun:
        """Do a dry run: return what `load` would do with a file now, and write nothing."""
