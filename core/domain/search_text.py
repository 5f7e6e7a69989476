"""The text that a search compares: lower case, no accents.

DuckDB and PostgreSQL store the same text, so a search finds the same sends in both.
"""

from __future__ import annotations

import unicodedata
from typing import Final

#: The stored search text of a send consists of these fields, in this order. The account is left
#: out, because a search looks for accounts in the list of all accounts.
SEARCHED: Final = ("name", "id", "campaign", "audience")


def search_text(*texts: str) -> str:
    """Return the texts in lower case and without accents, separated by line feeds."""
    plain = unicodedata.normalize("NFKD", "\n".join(texts)).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))


def search_words(text: str) -> tuple[str, ...]:
    """Return the different words of a search, as the person typed them.

    Words that differ only in case or accents count as one word.

    >>> search_words("Ótica  óculos OTICA")
    ('Ótica', 'óculos')
    """
    first: dict[str, str] = {}
    for word in text.split():
        first.setdefault(search_text(word), word)
    return tuple(first.values())
