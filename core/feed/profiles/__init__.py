"""Profiles: mappings that Freio ships for exports and API answers of platforms.

A profile is a TOML file without code. If a TOML file is not enough, extend `FeedMapping`.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from core.feed.mapping import FeedMapping, from_toml

_FOLDER = Path(__file__).parent


@cache
def profiles() -> Sequence[FeedMapping]:
    """Return all profiles, ordered by name."""
    files = sorted(_FOLDER.glob("*.toml"))
    return tuple(from_toml(file.read_text(encoding="utf-8")) for file in files)
