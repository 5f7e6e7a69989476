"""Reduce Streamlit's fonts to the icons and the characters in use.

Run `python -m tests.small_fonts` for a new icon, and after an upgrade of Streamlit that changes the
fonts or its icons. It writes the fonts, the names of the icons, and the hashes of Streamlit's fonts.
"""

import re
from hashlib import sha256
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from streamlit import file_util

from core.settings import ROOT
from pages.server.small_fonts import FONTS, ICONS, TEXTS

#: The names of the icons in the small font, and the hash and name of each font of Streamlit.
NAMES = FONTS / "icons.txt"
MADE_FROM = FONTS / "made_from.txt"

#: The characters of the icons' names. The font's ligatures turn the names into icons.
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
_ICON = re.compile(r":material/([a-z0-9_]+)")

#: Letters of Western and Central Europe and their accents, punctuation, currencies and symbols.
_CHARACTERS = (
    *(range(0x20, 0x7F), range(0xA0, 0x180), range(0x2C6, 0x2DE), range(0x300, 0x329)),
    *(range(0x2000, 0x2070), range(0x20A0, 0x20C1), range(0x2100, 0x27C0)),
)
#: The name of the small fonts: their license reserves the names of the original fonts.
_NAME = "FreioText"
_NAMES_OF_FONTS = (1, 3, 4, 6, 16, 25)


def original(name: str) -> Path:
    """Return a font of Streamlit."""
    return Path(file_util.get_static_dir()) / "static" / "media" / name


def used() -> set[str]:
    """Return the icons of Freio's pages and of Streamlit's front end."""
    scripts = (Path(file_util.get_static_dir()) / "static" / "js").glob("*.js")
    files = [*scripts, *(ROOT / "pages").rglob("*.py")]
    return {name for file in files for name in _ICON.findall(file.read_text("utf-8"))}


def made_from() -> str:
    """Return the hash and the name of each font of Streamlit."""
    names = (ICONS, *TEXTS)
    return "".join(f"{sha256(original(n).read_bytes()).hexdigest()} {n}\n" for n in names)


def _save_icons() -> dict[str, str]:
    """Save the font of the icons. Return the name of each icon with its glyph."""
    font = TTFont(original(ICONS))
    letters = font.getBestCmap()
    tables = [t for look in font["GSUB"].table.LookupList.Lookup for t in look.SubTable]
    glyphs = {}
    for name in sorted(used()):
        first, *rest = (letters[ord(letter)] for letter in name)
        for table in tables:
            for each in getattr(table, "ExtSubTable", table).ligatures.get(first, ()):
                if each.Component == rest:
                    glyphs[name] = each.LigGlyph
    options = subset.Options(layout_closure=False, layout_features=["*"], flavor="woff2")
    cutter = subset.Subsetter(options)
    cutter.populate(glyphs=glyphs.values(), text=LETTERS)
    cutter.subset(font)
    subset.save_font(font, str(FONTS / ICONS), options)
    return glyphs


def _save_text(name: str) -> None:
    font = TTFont(original(name))
    options = subset.Options(flavor="woff2", hinting=False, name_IDs=["*"])
    options.layout_features += ["tnum"]  # page.css aligns the digits of columns
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[each for part in _CHARACTERS for each in part])
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in _NAMES_OF_FONTS:
            record.string = _NAME
    subset.save_font(font, str(FONTS / name), options)


def main() -> None:
    glyphs = _save_icons()
    for name in TEXTS:
        _save_text(name)
    NAMES.write_text("\n".join(glyphs) + "\n", "utf-8")
    MADE_FROM.write_text(made_from(), "utf-8")
    sizes = ", ".join(f"{(FONTS / name).stat().st_size:,}" for name in (ICONS, *TEXTS))
    print(f"{len(glyphs)} icons, none for {used() - set(glyphs)}; bytes: {sizes}")


if __name__ == "__main__":
    main()
