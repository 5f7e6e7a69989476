"""The text that a search compares: without case and accents, the same for every database."""

from __future__ import annotations

import unicodedata
from typing import Final

#: The fields of a send that the search compares, in this order.
SEARCHED: Final = ("name", "id", "campaign", "audience")


def search_text(*texts: str) -> str:
    """Return the texts without case and accents, joined by line ends."""
    plain = unicodedata.normalize("NFKD", "\n".join(texts)).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))
