"""The receipt journal: a second copy of every receipt, in a file next to the database.

If a byte of DuckDB's log is damaged, DuckDB 2.0.0 can lose all later commits without an error.
Therefore Freio writes each receipt to the database and to the journal, and then reports the abort
as accepted. If the write to the journal fails, the abort still counts (see `Journal.trouble`).

A line of the journal is the CRC-32 of a JSON text in hexadecimal, a space, and the JSON text.

Each receipt belongs to an *era* of the data. When the data is replaced, the journal gets a line to
close the era. If the database lacks receipts of a closed era, this is no loss.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.domain.model import Receipt
from core.infrastructure.disk_space import FULL, Reserve
from core.store.duckdb.files import unused_name
from core.store.rows import RECEIPT, to_params

log = logging.getLogger(__name__)

#: An era, and a receipt of the era.
Line = tuple[str, Receipt]


@dataclass(frozen=True, slots=True)
class JournalContent:
    """The content of a journal. `damaged` has the numbers of unreadable lines.

    If the file cannot be opened, `trouble` is the error text of the operating system.
    """

    exists: bool
    entries: Sequence[Line] = ()
    closed: frozenset[str] = frozenset()
    damaged: Sequence[int] = ()
    trouble: str = ""

    def open_lines(self, also_closed: Sequence[str] = ()) -> list[Line]:
        """Return the lines of all eras, except the eras in `closed` and in `also_closed`."""
        shut = self.closed | set(also_closed)
        return [(era, receipt) for era, receipt in self.entries if era not in shut]


class Journal:
    """A file of receipts. Only one process can use a journal.

    `add` and `close_era` never raise an exception. If a line cannot be written, `trouble` gives the
    reason, and the line waits in memory. The next call with a line writes the waiting lines first.
    """

    def __init__(self, path: Path, reserve: Reserve | None = None) -> None:
        self.path, self._reserve = path, reserve
        self.trouble = ""
        self._lock = threading.Lock()
        self._waiting: list[bytes] = []
        self._descriptor: int | None = None

    @classmethod
    def beside(cls, database: Path) -> Journal:
        path = database.with_name(database.name + ".receipts.jsonl")
        return cls(path, Reserve.beside(database))

    def read(self) -> JournalContent:
        """Read the whole journal. An incomplete last line does not count as damage."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return JournalContent(exists=False)
        except OSError as error:
            return JournalContent(exists=True, trouble=error.strerror or str(error))
        return _reading(text)

    def create(self) -> None:
        self._append([b""])

    def add(self, lines: Iterable[Line]) -> None:
        """Append receipts, and flush the file to disk."""
        self._append([_receipt_line(*each) for each in lines])

    def close_era(self, era: str) -> None:
        self._append([_closing_line(era)])

    def replace_file(self, lines: Callable[[JournalContent], Iterable[Line]]) -> Path | None:
        """Replace the journal by a new file. Keep the old file under another name.

        Return the path of the old file, or None if there was no file.
        `lines` gets the content of the old file, and returns the lines of the new file. If the new
        file cannot be written, raise OSError. The old file stays in use.
        """
        with self._lock:
            found = self.read()
            fresh = self._write_fresh(lines(found), found)
            kept = unused_name(self.path, "damaged") if self.path.exists() else None
            if self.path.is_file() and kept is not None:
                # Add a second name. If the file was renamed, there was no journal for a moment.
                os.link(self.path, kept)
            elif kept is not None:
                self.path.rename(kept)
            self._put_in_place(fresh)
        return kept

    def shorten(self, lines: Callable[[JournalContent], Iterable[Line]]) -> None:
        """Replace the file by a shorter file.

        If the old file has unreadable lines, or a write fails, the old file stays.
        """
        with self._lock:
            found = self.read()
            if found.trouble or found.damaged:
                log.warning("the receipt journal cannot be read in full, and is not shortened")
                return
            try:
                self._put_in_place(self._write_fresh(lines(found), found))
            except OSError as error:
                log.error("the receipt journal was not shortened: %s", error)

    def close(self) -> None:
        with self._lock:
            self._release()

    def _append(self, lines: list[bytes]) -> None:
        if not lines:
            return
        with self._lock:
            self._waiting += lines
            try:
                self._write_or_free_space(b"".join(self._waiting))
            except OSError as error:
                self.trouble = error.strerror or str(error)
                log.error("the receipt journal %s cannot be written: %s", self.path, self.trouble)
            else:
                self._waiting = []
                self.trouble = ""

    def _write_or_free_space(self, text: bytes) -> None:
        try:
            self._write(text)
        except OSError as error:
            if error.errno not in FULL or self._reserve is None or not self._reserve.release():
                raise
            self._write(text)

    def _write(self, text: bytes) -> None:
        if self._descriptor is None:
            self._descriptor = _open(self.path)
        end = os.fstat(self._descriptor).st_size
        try:
            view = memoryview(text)
            while view:
                view = view[os.write(self._descriptor, view) :]
            os.fsync(self._descriptor)
        except OSError:
            # Remove an incomplete line. The next line would continue it, and be unreadable.
            os.ftruncate(self._descriptor, end)
            raise

    def _write_fresh(self, lines: Iterable[Line], found: JournalContent) -> Path:
        """The caller must have `_lock`."""
        fresh = self.path.with_name(self.path.name + ".part")
        with fresh.open("wb") as file:
            file.writelines(_closing_line(era) for era in sorted(found.closed))
            file.writelines(_receipt_line(*each) for each in lines)
            file.writelines(self._waiting)
            file.flush()
            os.fsync(file.fileno())
        return fresh

    def _put_in_place(self, fresh: Path) -> None:
        self._release()
        fresh.replace(self.path)
        _sync_folder(self.path.parent)
        self._waiting, self.trouble = [], ""

    def _release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    if is_new:
        _sync_folder(path.parent)
    else:
        _mend_end(descriptor)
    return descriptor


def _sync_folder(place: Path) -> None:
    """Flush a folder. Without the flush, a crash can lose the name of a new file."""
    folder = os.open(place, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _mend_end(descriptor: int) -> None:
    """Remove an incomplete last line. Add a missing line break after a complete last line."""
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, size, 0)
    if not text or text.endswith(b"\n"):
        return
    tail = text.rsplit(b"\n", 1)[-1]
    if _parsed(tail) is None:
        os.ftruncate(descriptor, size - len(tail))
    else:
        os.write(descriptor, b"\n")


def _reading(text: bytes) -> JournalContent:
    *lines, tail = map(_parsed, text.split(b"\n"))
    known = [found for found in (*lines, tail) if found is not None]
    return JournalContent(
        exists=True,
        entries=[(str(each["era"]), each["receipt"]) for each in known if "closed" not in each],
        closed=frozenset(str(each["closed"]) for each in known if "closed" in each),
        damaged=[number for number, found in enumerate(lines, start=1) if found is None],
    )


def _receipt_line(era: str, receipt: Receipt) -> bytes:
    found = to_params(receipt, RECEIPT.names)
    if not receipt.bulk_id:
        del found["bulk_id"]  # a single abort belongs to no bulk abort
    return _line({"era": era, "receipt": found})


def _closing_line(era: str) -> bytes:
    return _line({"closed": era})


def _line(content: dict[str, object]) -> bytes:
    text = json.dumps(
        content, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat
    ).encode()
    return b"%08x %b\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> dict[str, Any] | None:
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        found = json.loads(text)
        if "receipt" in found:
            values = dict(found["receipt"])
            for name, value in values.items():
                if name.endswith("_at") and value is not None:
                    values[name] = datetime.fromisoformat(value)
            found["receipt"] = RECEIPT.make(values)
    except (ValueError, TypeError):
        return None
    return found if isinstance(found, dict) and ({"closed", "era"} & found.keys()) else None
