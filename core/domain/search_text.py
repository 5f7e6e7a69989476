"""The text that a search compares. It has no case and no accents, on every database."""

from __future__ import annotations

import unicodedata
from typing import Final

#: The fields of a send that make its stored search text, in this order. The account is not among
#: them: a search compares its words with the list of all accounts.
SEARCHED: Final = ("name", "id", "campaign", "audience")


def search_text(*texts: str) -> str:
    """Return the texts without case and accents, joined by line ends."""
    plain = unicodedata.normalize("NFKD", "\n".join(texts)).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))


def search_words(text: str) -> tuple[str, ...]:
    """Return the words of a search as typed, without repeated ones.

    A send is found if it contains all of them, in any order.

    >>> search_words("Ótica  óculos OTICA")
    ('Ótica', 'óculos')
    """
    first: dict[str, str] = {}
    for word in text.split():
        first.setdefault(search_text(word), word)
    return tuple(first.values())
