"""The search text of a send: lower case, no accents.

Python makes the text, not the database. So a search finds the same sends in DuckDB and PostgreSQL.
"""

from __future__ import annotations

import unicodedata
from typing import Final

#: The fields in the stored search text, in order. Accounts are not in the text. A search compares
#: the words with the list of visible accounts.
SEARCHED: Final = ("name", "id", "campaign", "audience")


def search_text(*texts: str) -> str:
    """Return the texts in lower case and without accents, separated by line feeds."""
    plain = unicodedata.normalize("NFKD", "\n".join(texts)).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))


def search_words(text: str) -> tuple[str, ...]:
    """Split the text of a search into words. Of words with an equal `search_text`, keep the first.

    >>> search_words("Ótica  óculos OTICA")
    ('Ótica', 'óculos')
    """
    first: dict[str, str] = {}
    for word in text.split():
        first.setdefault(search_text(word), word)
    return tuple(first.values())
