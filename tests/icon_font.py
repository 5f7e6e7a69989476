"""Reduce Streamlit's icon font to the icons that its front end and Freio use.

Run `python -m tests.icon_font` for a new icon, and after an upgrade of Streamlit that changes the font
or its icons. It writes the font, and the names of its icons beside it.
"""

import re
from hashlib import sha256
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from streamlit import file_util

from core.settings import ROOT
from pages.server.icon_font import FONT, ICONS, NAMES

#: The characters of the icons' names. The font's ligatures turn the names into icons.
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
_ICON = re.compile(r":material/([a-z0-9_]+)")


def original() -> Path:
    """Return Streamlit's own font."""
    return Path(file_util.get_static_dir()) / "static" / "media" / FONT


def used() -> set[str]:
    """Return the icons of Freio's pages and of Streamlit's front end."""
    scripts = (Path(file_util.get_static_dir()) / "static" / "js").glob("*.js")
    files = [*scripts, *(ROOT / "pages").rglob("*.py")]
    return {name for file in files for name in _ICON.findall(file.read_text("utf-8"))}


def main() -> None:
    font = TTFont(original())
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
    ICONS.parent.mkdir(exist_ok=True)
    subset.save_font(font, str(ICONS), options)
    made_from = sha256(original().read_bytes()).hexdigest()
    NAMES.write_text("\n".join([made_from, *glyphs]) + "\n", "utf-8")
    print(f"{len(glyphs)} icons, {ICONS.stat().st_size:,} bytes; none for {used() - set(glyphs)}")


if __name__ == "__main__":
    main()
