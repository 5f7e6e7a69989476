"""Workbooks and Parquet files, read in a process of its own.

Their libraries take whatever memory a file asks for, and end the process where they do not get it:
a workbook of two cells in opposite corners is enough. So a child process reads them, with limits
on its memory and its time, and sends the rows through a pipe, a block at a time.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, Final

import pyarrow as pa

from core.errors import N_, FeedError
from core.feed.formats.protocols import ANYTHING, Damage, Expected, Rows
from core.feed.formats.table_block import CellsBlock
from core.feed.limits import MAX_RAW

#: Megabytes and seconds of work that the child may take.
MEMORY_MB: Final = 800
SECONDS: Final = 300

#: How the child ends where it got no more memory, beside what the system does to it.
_NO_MEMORY: Final = 77
_BY_MEMORY: Final = (_NO_MEMORY, -signal.SIGABRT, -signal.SIGKILL)
_GO: Final = b"blocks\n"
_ROOT: Final = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))


class ChildProcessRows:
    """A file behind the `Rows` protocol that a child process reads. Raises FeedError."""

    def __init__(self, stream: BinaryIO, kind: str) -> None:
        self._kind = kind
        self.share = 0.0
        self._file, self._copy = _real_file(stream)
        self._start()
        self._is_fresh = True

    def blocks(self, _expected: Expected = ANYTHING) -> Iterator[CellsBlock]:
        """Return the rows in the order of the file."""
        if not self._is_fresh:
            self._end()
            self._start()
        self._is_fresh = False
        with suppress(BrokenPipeError):
            self._in.write(_GO)
            self._in.flush()
        while (told := self._next())["kind"] == "block":
            table = pa.ipc.open_stream(self._out.read(told["size"])).read_all()
            lines = table.column(table.num_columns - 1).to_pylist()
            damaged = [Damage(*each) for each in told["damaged"]]
            self.share = told["share"]
            yield CellsBlock(table.remove_column(table.num_columns - 1), lines, damaged)
        self.share = 1.0

    def close(self) -> None:
        """End the child. The source itself stays open."""
        self._end()
        if self._copy is not None:
            self._copy.close()

    def _start(self) -> None:
        os.lseek(self._file, 0, os.SEEK_SET)
        child = subprocess.Popen(  # noqa: S603 - our own module, and no text of others
            [sys.executable, "-m", __name__, self._kind, str(self._file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[self._file],
            cwd=_ROOT,
            env=_environment(),
        )
        assert child.stdin is not None
        assert child.stdout is not None
        self._child, self._in, self._out = child, child.stdin, child.stdout
        try:
            self.headings: tuple[str, ...] = tuple(self._next()["headings"])
        except BaseException:
            self.close()
            raise

    def _next(self) -> dict[str, Any]:
        """Return what the child says next. Raises FeedError where that is an error, or nothing."""
        line = self._out.readline()
        if not line:
            raise self._died()
        told: dict[str, Any] = json.loads(line)
        if told["kind"] == "error":
            happened, todo, means, values = told["error"]
            raise FeedError(happened, todo, means, **values)
        return told

    def _died(self) -> FeedError:
        code = self._child.wait()
        if code in _BY_MEMORY:
            return FeedError(
                N_("The file takes more than {most} MB of memory to be read."),
                N_("Export it as CSV, or in several files."),
                most=MEMORY_MB,
            )
        if code == -signal.SIGXCPU:
            return FeedError(
                N_("The file takes more than {most} seconds to be read."),
                N_("Export it as CSV, or in several files."),
                most=SECONDS,
            )
        return FeedError(N_("The file is damaged."), N_("Export it again."))

    def _end(self) -> None:
        self._child.kill()
        self._child.wait()
        with suppress(BrokenPipeError):
            self._in.close()
        self._out.close()


def excel_rows(stream: BinaryIO) -> Rows:
    """Return the rows of a workbook."""
    return ChildProcessRows(stream, "excel")


def parquet_rows(stream: BinaryIO) -> Rows:
    """Return the rows of a Parquet file."""
    return ChildProcessRows(stream, "parquet")


def _real_file(stream: BinaryIO) -> tuple[int, IO[bytes] | None]:
    """Return a file of the system with the content of a stream, and the copy if one was made."""
    try:
        return stream.fileno(), None
    except OSError:
        copy = TemporaryFile()  # noqa: SIM115 - it is closed with the rows
    stream.seek(0)
    shutil.copyfileobj(stream, copy, 1 << 20)
    copy.flush()
    return copy.fileno(), copy


def _environment() -> Mapping[str, str]:
    """Return the environment without Freio's secrets, and with memory that is given back."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FREIO_")}
    return kept | {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}


# What the child does


def main(kind: str, file: int) -> None:
    """Say the headings, then the rows each time that they are asked for."""
    _limit()
    try:
        with os.fdopen(file, "rb", closefd=False) as stream:
            rows = _format(kind)(stream)
            _say({"kind": "headings", "headings": rows.headings})
            while sys.stdin.buffer.readline() == _GO:
                for block in rows.blocks():
                    _say_block(block.table, block.lines, block.damaged, rows.share)
                _say({"kind": "end"})
    except FeedError as error:
        _say({"kind": "error", "error": [error.happened, error.todo, error.means, error.values]})
    except MemoryError:
        os._exit(_NO_MEMORY)


def _limit() -> None:
    try:
        import resource
    except ImportError:
        return  # a system without such limits
    for what, most in (("RLIMIT_DATA", MEMORY_MB << 20), ("RLIMIT_CPU", SECONDS)):
        # A ceiling that is lower already stays.
        with suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, what), (most, most))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _format(kind: str) -> Callable[[BinaryIO], Rows]:
    if kind == "excel":
        from core.feed.formats.excel_reader import ExcelRows

        return ExcelRows
    from core.feed.formats.parquet_reader import ParquetRows

    return ParquetRows


def _say(told: Mapping[str, object], more: bytes | pa.Buffer = b"") -> None:
    out = sys.stdout.buffer
    out.write(json.dumps(told, default=str).encode() + b"\n")
    out.write(more)
    out.flush()


def _say_block(
    table: pa.Table, lines: Sequence[int], damaged: Sequence[Damage], share: float
) -> None:
    table = table.append_column("line", pa.array(lines, pa.int64()))
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    content = out.getvalue()
    wrong = [[d.line, d.raw[: MAX_RAW + 1], d.template, d.values] for d in damaged]
    told = {"kind": "block", "share": share, "damaged": wrong, "size": content.size}
    _say(told, content)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
