"""Translate English texts, and choose a language.

Each language except English has a catalogue `freio.po`. `make messages` updates the catalogues from
the code.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE: Final = "en"

#: The locale of each language. The keys, for example `pt`, are also the languages in URLs.
LANGUAGES: Final[Mapping[str, str]] = {"pt": "pt_BR", "es": "es", "en": "en"}

NAMES: Final[Mapping[str, str]] = {"pt": "Português", "es": "Español", "en": "English"}


def catalogue_path(language: str) -> Path:
    """Return the path of a language's catalogue."""
    return Path(__file__).parent / LANGUAGES[language] / "LC_MESSAGES" / "freio.po"


@cache
def translation(language: str) -> gettext.NullTranslations:
    """Return the translation into a language. Texts without a translation stay English."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGES[language])
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def wanted_languages(accept_language: str) -> list[str]:
    """Return the locales of an Accept-Language header, the preferred locale first.

    >>> wanted_languages("en;q=0.5, pt-BR, es-AR;q=0.8")
    ['pt-BR', 'es-AR', 'en']
    """
    weighted = []
    for each in accept_language.split(","):
        name, _, weight = each.strip().partition(";q=")
        with suppress(ValueError):
            weighted.append((float(weight or 1), name.strip()))
    return [name for weight, name in sorted(weighted, key=lambda w: -w[0]) if name and weight > 0]


def choose_language(wanted: Iterable[str]) -> str:
    """Return the first wanted language that Freio has, or English."""
    return negotiate_locale(list(wanted), list(LANGUAGES), sep="-") or SOURCE_LANGUAGE


def choose_locale(language: str, wanted: Iterable[str]) -> Locale:
    """Return the first wanted locale of a language, or the default locale.

    Countries with the same language write numbers differently: a thousand is 1.000 in Argentina and
    1,000 in Mexico.
    """
    for name in wanted:
        with suppress(ValueError, UnknownLocaleError):
            found = Locale.parse(name, sep="-")
            if found.language == language:
                return found
    return Locale.parse(LANGUAGES[language])
