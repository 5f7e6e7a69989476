"""Preset reasons of an abort: Freio's own reasons, or the reasons of a TOML file. Example:

[wrong_price]
en = "Wrong price"
pt_BR = "Preço errado"
es = "Precio equivocado"
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from core.errors import N_, AdminText, SettingsError

#: The codes of Freio's own reasons; `pages/text/names.py` has the names.
OWN = ("wrong_content", "wrong_audience", "wrong_time", "duplicate", "legal", "other")

#: The names of reasons: by code, then by language. The buttons keep the order of the codes.
Presets = Mapping[str, Mapping[str, str]]


def read_presets(path: Path | None) -> Presets:
    """Return the presets of a file, or Freio's own presets without names.

    Raise SettingsError if the file cannot be read or is wrong.
    """
    if path is None:
        return {code: {} for code in OWN}
    try:
        return _read(path)
    except (OSError, ValueError) as error:
        raise SettingsError(
            N_("The reasons in {path} cannot be used ({reason})."),
            N_("Correct the file and start Freio again."),
            path=path,
            reason=AdminText(getattr(error, "strerror", None) or error),
        ) from error


def name_of(presets: Presets, code: str, language: str) -> str:
    """Return the name of a reason, preferably in `language`; "" if the reason has no name.

    The second choice is a variant of the language. The last choice is any name.

    >>> name_of({"price": {"en": "Wrong price", "pt_BR": "Preço errado"}}, "price", "pt")
    'Preço errado'
    """
    names = presets.get(code, {})
    near = [text for key, text in names.items() if key[:2] == language[:2]]
    return names.get(language) or next(iter(near), next(iter(names.values()), ""))


# Read the file only once. Aborts must work even if the file becomes invalid while Freio runs.
@cache
def _read(path: Path) -> Presets:
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    for code, names in found.items():
        texts = isinstance(names, dict) and all(isinstance(n, str) and n for n in names.values())
        if not texts or not names or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", code):
            raise ValueError(f"[{code}] takes a name for each language")
    if not found:
        raise ValueError("there are none in it")
    return found
