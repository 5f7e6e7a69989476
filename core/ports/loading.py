"""Port for loading files, and for past imports."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.load_results import DryRun, ImportSummary, Reject
from core.ports.feed_batches import Feed, ProgressCallback, ignore_progress
from core.ports.shared_state import Facts


class FactsChangedError(Exception):
    """A stored fact differs from the expected fact. Nothing was written."""


class ImportLog(Protocol):
    """Reads about past imports."""

    def imports(self, limit: int) -> Sequence[ImportSummary]:
        """Return the last imports, newest first."""

    def has_import(self, id: str) -> bool:
        """Return whether the store has the import with this id."""

    def drop_polls(self, before: datetime) -> None:
        """Drop the imports of polls that were loaded before `before`. Keep the newest import."""

    def rejects(self, import_id: str, limit: int) -> Sequence[Reject]:
        """Return the rejected rows of an import, sorted by line."""

    def facts_as_of(self) -> datetime | None:
        """Return the time at which the source last confirmed the data, or None."""


class LoadStore(ImportLog, Facts, Protocol):
    """What the loader needs."""

    @property
    def revision(self) -> int:
        """See `StoreStatus.revision`."""

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
        """Merge a file by rule I6, in a transaction. Return `summary` with the counts.

        - `replace_demo`: drop demo data first. Data from a feed is never dropped.
        - `is_full`: mark sends that are not in the file as no longer reported.
        - `facts`: facts to write in the same transaction.
        - `expects`: the expected stored facts. The value "" means: no fact. If a stored fact
          differs, raise FactsChangedError.
        - `progress` gets "comparing" and "writing". If a concurrent load replaces all data,
          `progress` gets both again.

        If `progress` or the feed raises an exception, the store does not change.
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
        """Return what `load` would do now. Write nothing."""
