"""The text that a search compares: lower case, no accents. It is the same on both databases."""

from __future__ import annotations

import unicodedata
from typing import Final

#: The fields of a send that make its stored search text, in this order. The account is not among
#: them: a search compares its words with the list of all accounts.
SEARCHED: Final = ("name", "id", "campaign", "audience")


def search_text(*texts: str) -> str:
    """Return the texts in lower case and without accents, separated by line feeds."""
    plain = unicodedata.normalize("NFKD", "\n".join(texts)).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))


def search_words(text: str) -> tuple[str, ...]:
    """Return the words of a search as typed, without those that repeat an earlier word.

    Case and accents make no difference. A send is found if it contains all of the words, in any
    order.

    >>> search_words("Ótica  óculos OTICA")
    ('Ótica', 'óculos')
    """
    first: dict[str, str] = {}
    for word in text.split():
        first.setdefault(search_text(word), word)
    return tuple(first.values())
