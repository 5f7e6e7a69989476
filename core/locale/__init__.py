"""The one layer through which every text goes that a person sees. English is the source."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

SOURCE_LANGUAGE = "en"
_DOMAIN = "freio"


@cache
def translation(language: str) -> gettext.NullTranslations:
    """Return the texts in a language; where there is no catalogue, the English source."""
    return gettext.translation(_DOMAIN, Path(__file__).parent, [language], fallback=True)
