"""The version of Freio, read from pyproject.toml."""

import tomllib
from typing import Final

from core.settings import ROOT


def _version() -> str:
    try:
        return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    except (OSError, KeyError, ValueError):
        return "unknown"


VERSION: Final = _version()
