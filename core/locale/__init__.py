"""The one layer through which every text goes that a person sees. English is the source.

A catalogue is a `freio.po` beside this file, read by Babel when its language is first asked for:
there is nothing to compile and nothing compiled to keep in step. `make messages` brings the
catalogues up to date with the code.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE: Final = "en"

#: Each language by its code in a URL, with its locale; the catalogue is in the folder so named.
LANGUAGES: Final[Mapping[str, str]] = {"pt": "pt_BR", "es": "es", "en": "en"}

#: What each language is called by those who speak it.
NAMES: Final[Mapping[str, str]] = {"pt": "Português", "es": "Español", "en": "English"}


def catalogue_path(language: str) -> Path:
    """Return where the texts of a language stand."""
    return Path(__file__).parent / LANGUAGES[language] / "LC_MESSAGES" / "freio.po"


@cache
def translation(language: str) -> gettext.NullTranslations:
    """Return the texts in a language of `LANGUAGES`; a text that has none there stays English."""
    with catalogue_path(language).open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGES[language])
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def wanted_languages(accept_language: str) -> list[str]:
    """Read an Accept-Language header: the locales that a browser asks for, the best first.

    >>> wanted_languages("en;q=0.5, pt-BR, es-AR;q=0.8")
    ['pt-BR', 'es-AR', 'en']
    """
    weighed = []
    for each in accept_language.split(","):
        name, _, weight = each.strip().partition(";q=")
        try:
            weighed.append((float(weight or 1), name.strip()))
        except ValueError:
            continue
    return [name for weight, name in sorted(weighed, key=lambda w: -w[0]) if name and weight > 0]


def choose_language(wanted: Iterable[str]) -> str:
    """Return the first language that Freio speaks among those wanted; English where it is none."""
    return negotiate_locale(list(wanted), list(LANGUAGES), sep="-") or SOURCE_LANGUAGE


def choose_locale(language: str, wanted: Iterable[str]) -> Locale:
    """Return the locale for numbers and times: the reader's own variety of the language, if told.

    Thousands are parted by a point in Argentina and by a comma in Mexico, both in Spanish.
    """
    for name in wanted:
        try:
            found = Locale.parse(name, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
        if found.language == language:
            return found
    return Locale.parse(LANGUAGES[language])
