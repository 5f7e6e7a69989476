"""What a search compares: texts without case and accents, the same in every engine."""

from __future__ import annotations

import unicodedata


def search_text(*texts: str) -> str:
    """Return the texts without case and accents, apart by line ends."""
    plain = unicodedata.normalize("NFKD", "\n".join(texts)).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))
