"""The fingerprint of a file: a hash of the file, the options, and the code of Freio."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

_FEED: Final = Path(__file__).parent
#: The code that decides how a file is read.
_CODE: Final = (_FEED, _FEED.parent / "domain")


def fingerprint(source: BinaryIO, terms: Sequence[str]) -> str:
    """Return the SHA-256 of a file, the options `terms`, and the code in `_CODE`."""
    source.seek(0)
    # Each file has `readinto`, but the type BinaryIO does not declare this method.
    digest = hashlib.file_digest(source, "sha256")  # type: ignore[arg-type]
    digest.update(_code())
    for term in terms:
        digest.update(f"{len(term)}:{term}".encode())
    return digest.hexdigest()


@cache
def _code() -> bytes:
    digest = hashlib.sha256()
    for folder in _CODE:
        for file in sorted(folder.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.digest()
