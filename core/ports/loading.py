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
        """Drop the imports that polls wrote before `before`. Always keep the newest import."""

    def rejects(self, import_id: str, limit: int) -> Sequence[Reject]:
        """Return the rejected rows of an import, in order of line."""

    def facts_as_of(self) -> datetime | None:
        """Return when the source last confirmed the data, or None if there is no import."""


class LoadStore(ImportLog, Facts, Protocol):
    """What the loader needs: a dry run, the load, and the origin of the data."""

    @property
    def revision(self) -> int:
        """A number that rises when a committed write changes what pages show."""

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
        """Merge a file by rule I6, in one transaction. Return `summary` with the counts.

        - `replace_demo`: drop demo data first. Other data is never dropped.
        - `is_full`: mark sends as no longer reported if they are not in the file.
        - `facts`: facts to write in the same transaction.
        - `expects`: the expected facts ("": the fact does not exist). If a stored fact differs,
          raise FactsChangedError.
        - `progress` gets "comparing", then "writing", and both again if a concurrent load replaces
          all data.

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
        """Return what `load` would do with a file now. Write nothing."""
