"""An uploaded file is kept on the disk for the session, and then deleted."""

import gc
import io
import os

import pytest

from core.errors import StoreDiskError
from core.infrastructure import disk_space
from pages.files.kept_file import KeptFile


def test_readers_of_a_kept_file_do_not_move_each_other() -> None:
    kept = KeptFile(io.BytesIO(b"one two three"))
    first, second = kept.open(), kept.open()
    assert first.read(3) == b"one"
    assert second.read() == b"one two three"
    assert first.read() == b" two three"
    assert first.seek(-5, os.SEEK_END) == 8
    assert first.read() == b"three"


def test_a_file_is_deleted_with_its_last_reader() -> None:
    kept = KeptFile(io.BytesIO(b"one"))
    reader, descriptor = kept.open(), kept.descriptor
    del kept
    gc.collect()
    assert reader.read() == b"one"
    del reader
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_file_is_not_kept_if_the_disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: disk_space.MARGIN)
    with pytest.raises(StoreDiskError):
        KeptFile(io.BytesIO(b"one"))
