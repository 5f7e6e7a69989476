"""Update the catalogues in core/locale from the code: `make messages`.

New texts are added without a translation, and texts that are no longer in the code are removed.
Afterwards the tests list the texts that have no translation.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from core.locale import LANGUAGES, SOURCE_LANGUAGE, catalogue_path
from core.settings import ROOT

#: The languages that have a catalogue.
TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE_LANGUAGE)

#: The functions that mark a text in the code, with the arguments that hold singular and plural.
KEYWORDS = {"_": None, "N_": None, "plural": (1, 2), "forms": (1, 2), "_plural": (1, 2)}
HEADER = """\
# Freio's texts, in {name}. `make messages` keeps this file in step with the code.
"""


def extract() -> Catalog:
    """Return every text that is marked in the code."""
    found = Catalog()
    for folder in ("core", "pages"):
        for name, line, text, _, context in extract_from_dir(
            str(ROOT / folder), keywords=KEYWORDS, method_map=[("**.py", "python")]
        ):
            found.add(text, locations=[(f"{folder}/{name}", line)], context=context)
    return found


def read(language: str) -> Catalog:
    """Return the catalogue file of a language."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=LANGUAGES[language])


def update(catalogue: Catalog, source: Catalog) -> None:
    """Bring a catalogue up to date. A changed text is a new text, which has no translation."""
    catalogue.update(source, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.header_comment = HEADER.format(name=catalogue.locale.english_name).rstrip()
    for message in catalogue:
        if message.id and message.fuzzy:
            # The text now has a plural or no longer has one, so it must be translated again.
            message.string = ("",) * catalogue.num_plurals if message.pluralizable else ""
        message.flags.discard("fuzzy")


def written(catalogue: Catalog) -> bytes:
    """Return the bytes of a catalogue file, without line numbers, which change with every edit."""
    text = BytesIO()
    write_po(text, catalogue, no_location=True, sort_output=True, width=100)
    # Dates and tools change without the texts, and would cause merge conflicts.
    kept = [
        line
        for line in text.getvalue().decode().splitlines(keepends=True)
        if not line.startswith(('"POT-Creation', '"PO-Revision', '"Generated-By', '"Last-Tr'))
        and not line.startswith(('"Project-Id', '"Report-Msgid', '"Language-Team'))
    ]
    return "".join(kept).encode()


def main() -> None:
    source = extract()
    for language in TRANSLATED:
        catalogue = read(language)
        update(catalogue, source)
        path = catalogue_path(language)
        path.write_bytes(written(catalogue))
        left = sum(1 for m in catalogue if m.id and not all(strings(m.string)))
        shown = path.relative_to(Path(ROOT))
        print(f"{shown}: {len(catalogue)} texts, {left} to translate")


def strings(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (text or "",)


if __name__ == "__main__":
    main()
