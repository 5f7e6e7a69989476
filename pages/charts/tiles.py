"""The figures at the top of the overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from core.domain.states import Outlook
from pages.text import ages, palette

_STYLE = f"""
<style>
.tiles {{ {palette.custom_properties()}
  display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 0.75rem;
  margin: 0; padding: 0; }}
.tiles > div {{ margin: 0; border: 1px solid color-mix(in srgb, currentColor 18%, transparent);
  border-radius: 0.5rem; padding: 0.7rem 0.9rem; border-top: 3px solid var(--tone); }}
.tiles .what {{ display: block; font-size: 0.8rem; opacity: 0.8; min-height: 2.3em; }}
.tiles .much {{ display: block; font-size: 1.75rem; font-weight: 650; line-height: 1.2;
  font-variant-numeric: tabular-nums; }}
.tiles .more {{ display: block; font-size: 0.8rem; opacity: 0.8; }}
.tiles .sign {{ color: var(--tone); }}
/* On a telephone the figures make room for what they are about. */
@media (max-width: 640px) {{
  .tiles {{ grid-template-columns: repeat(3, 1fr); gap: 0.375rem; }}
  .tiles > div {{ padding: 0.375rem 0.5rem; }}
  .tiles .what, .tiles .more {{ font-size: 0.75rem; line-height: 1.2; }}
  .tiles .much {{ font-size: 1.375rem; }}
}}
</style>
"""


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: what it counts, how much, a line of detail, and the meaning of its colour."""

    what: str
    much: str
    more: str
    outlook: Outlook


def draw_tiles(tiles: Sequence[Tile]) -> None:
    """Draw the figures side by side; they wrap where the screen is narrow."""
    drawn = "".join(_tile(tile) for tile in tiles)
    st.html(f"{_STYLE}<div class='tiles' role='list'>{drawn}</div>")


def _tile(tile: Tile) -> str:
    doubtful = ""
    if tile.outlook is Outlook.STOPPABLE:
        doubtful = f" data-doubtful='{palette.SIGNS[Outlook.UNCERTAIN]}'"
    return (
        f"<div role='listitem' {ages.tone(tile.outlook)}><span class='what'>"
        f"<span class='sign' aria-hidden='true'{doubtful}>"
        f"{palette.SIGNS[tile.outlook]}</span> {escape(tile.what)}</span>"
        f"<span class='much'>{escape(tile.much)}</span>"
        f"<span class='more'>{escape(tile.more)}</span></div>"
    )
