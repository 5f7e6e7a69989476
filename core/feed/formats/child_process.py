"""Read Excel and Parquet files in a child process with limits on memory and time.

If memory runs out, calamine and Arrow end the process. A workbook with only two cells in opposite
corners can need too much memory.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

import pyarrow as pa

from core.errors import N_, FeedError
from core.feed.formats.rows import ANYTHING, Block, Damage, Expected, Layout, Rows
from core.feed.limits import MAX_RAW

#: Limits of the child process: memory and CPU time.
MEMORY_MB: Final = 800
SECONDS: Final = 300

_NO_MEMORY: Final = 77
#: Exit codes of a child without enough memory. The negative codes are signals.
_BY_MEMORY: Final = (_NO_MEMORY, -signal.SIGABRT, -signal.SIGKILL)
_ROOT: Final = Path(__file__).parents[3]


class ChildProcessRows(Rows):
    """The `Rows` from a child process. Raises FeedError if the reading fails."""

    def __init__(self, stream: BinaryIO, wanted: Layout, *, kind: str) -> None:
        super().__init__(stream)
        self._kind, self._wanted = kind, json.dumps(asdict(wanted))
        try:
            stream.fileno()
        except OSError:  # the stream is not a file
            self._stream = TemporaryFile()  # noqa: SIM115 - `close` closes it
            stream.seek(0)
            shutil.copyfileobj(stream, self._stream, 1 << 20)
            self._stream.flush()
        self._start()

    def blocks(self, expected: Expected = ANYTHING) -> Iterator[Block]:
        """See `Rows.blocks`."""
        if self._in.closed:
            self._end()
            self._start()
        with suppress(BrokenPipeError):
            self._in.write(json.dumps(dict(expected)).encode())
            self._in.close()
        while (message := self._receive())["kind"] == "block":
            table = pa.ipc.open_stream(self._out.read(message["size"])).read_all()
            damaged = [Damage(*each) for each in message["damaged"]]
            self.share = message["share"]
            if message["range"]:
                lines: Sequence[int] = range(*message["range"])
            else:
                lines = table.column(table.num_columns - 1).to_pylist()
                table = table.remove_column(table.num_columns - 1)
            yield Block(table, lines, damaged)
        self.share = 1.0

    def close(self) -> None:
        """End the child process."""
        self._end()
        super().close()

    def _start(self) -> None:
        file = self._stream.fileno()
        os.lseek(file, 0, os.SEEK_SET)
        child = subprocess.Popen(  # noqa: S603 - our own module, with fixed arguments
            [sys.executable, "-m", __name__, self._kind, str(file), self._wanted],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[file],
            cwd=_ROOT,
            # No FREIO_ variables: some are secrets. The two added variables save memory.
            env={name: value for name, value in os.environ.items() if not name.startswith("FREIO_")}
            | {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"},
        )
        assert child.stdin is not None
        assert child.stdout is not None
        self._child, self._in, self._out = child, child.stdin, child.stdout
        try:
            message = self._receive()
            self.headings = tuple(message["headings"])
            self.layout = _layout(message["layout"])
        except BaseException:
            self.close()
            raise

    def _receive(self) -> dict[str, Any]:
        """Return the next message. Raises FeedError if the child has sent an error or has ended."""
        line = self._out.readline()
        if not line:
            raise self._exit_error()
        message: dict[str, Any] = json.loads(line)
        if message["kind"] == "error":
            happened, todo, means, values = message["error"]
            raise FeedError(happened, todo, means, **values)
        return message

    def _exit_error(self) -> FeedError:
        code = self._child.wait()
        if code in _BY_MEMORY:
            happened, most = N_("Reading the file takes more than {most} MB of memory."), MEMORY_MB
        elif code == -signal.SIGXCPU:
            happened, most = N_("Reading the file takes more than {most} seconds."), SECONDS
        else:
            return FeedError(N_("The file is damaged."), N_("Export it again."))
        return FeedError(happened, N_("Export it as CSV, or in several files."), most=most)

    def _end(self) -> None:
        with self._child:  # closes the pipes
            self._child.kill()


def _layout(data: Mapping[str, Any]) -> Layout:
    values: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in data.items()
    }
    return Layout(**values)


# The child process runs the functions below.


def main(kind: str, file: int, wanted: Layout) -> None:
    """Send the headings, receive the expected kinds of values, and send the rows."""
    _limit()
    try:
        with os.fdopen(file, "rb", closefd=False) as stream:
            rows = _format(kind)(stream, wanted)
            layout = asdict(rows.layout)
            _send({"kind": "headings", "headings": rows.headings, "layout": layout})
            expected = {int(place): kind for place, kind in json.load(sys.stdin).items()}
            for block in rows.blocks(expected):
                _send_block(block, rows.share)
            _send({"kind": "end"})
    except FeedError as error:
        _send({"kind": "error", "error": [error.happened, error.todo, error.means, error.values]})
    except MemoryError:
        os._exit(_NO_MEMORY)


def _limit() -> None:
    memory = MEMORY_MB << 20
    limits = {
        resource.RLIMIT_DATA: (memory, memory),
        # At the first limit, the system sends SIGXCPU. At the second limit, it sends SIGKILL.
        resource.RLIMIT_CPU: (SECONDS, SECONDS + 5),
        resource.RLIMIT_CORE: (0, 0),
    }
    for limit, most in limits.items():
        # If the limit is already lower, the call fails. The lower limit stays.
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, most)


def _format(kind: str) -> Callable[[BinaryIO, Layout], Rows]:
    if kind == "excel":
        from core.feed.formats.excel_reader import ExcelRows

        return ExcelRows
    from core.feed.formats.parquet_reader import ParquetRows

    return ParquetRows


def _send(message: Mapping[str, object], data: bytes | pa.Buffer = b"") -> None:
    out = sys.stdout.buffer
    out.write(json.dumps(message, default=str).encode() + b"\n")
    out.write(data)
    out.flush()


def _send_block(block: Block, share: float) -> None:
    lines, table = block.lines, block.table
    first_and_end = [lines.start, lines.stop] if isinstance(lines, range) else []
    if not first_and_end:
        table = table.append_column("line", pa.array(lines, pa.int64()))
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    content = out.getvalue()
    wrong = [[d.line, d.raw[: MAX_RAW + 1], d.template, d.values] for d in block.damaged]
    message = {"share": share, "damaged": wrong, "range": first_and_end, "size": content.size}
    _send({"kind": "block", **message}, content)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), _layout(json.loads(sys.argv[3])))
