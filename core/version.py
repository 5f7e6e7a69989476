"""The version of Freio, read from pyproject.toml."""

import tomllib
from typing import Final

from core.settings import ROOT

_PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION: Final[str] = _PROJECT["version"]
