"""Arrow tables in a temporary file instead of memory."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile

import pyarrow as pa


class TemporaryTables:
    """Add all tables first. Read the tables only once."""

    def __init__(self, schema: pa.Schema) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - __exit__ closes it
        self._writer = pa.ipc.new_stream(self._file, schema)

    def __enter__(self) -> TemporaryTables:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def add(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def tables(self) -> Iterator[pa.Table]:
        self._writer.close()
        self._file.seek(0)
        for batch in pa.ipc.open_stream(self._file):
            yield pa.Table.from_batches([batch])
