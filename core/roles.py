"""The list of who has which role, as a TOML file that the setting FREIO_ROLES names.

    claim = "groups"                 # the login's claim that names groups; "roles" if left out

    [people]                         # by e-mail address, or by what the proxy calls somebody
    "ana@example.com" = "administrator"
    "rui@example.com" = { role = "operator", accounts = ["Loja Sul"] }

    [groups]                         # by a value of that claim
    "stop-the-press" = "operator"

Whoever is not in it gets no role. It is read again when it has changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from core.errors import N_, Place, SettingsError
from core.model import Accounts, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, for some accounts or (None) for all."""

    role: Role
    accounts: Accounts = None


@dataclass(frozen=True, slots=True)
class Roles:
    """Who has which role: people by their names in lower case, and groups."""

    claim: str = "roles"
    people: Mapping[str, Grant] = field(default_factory=dict)
    groups: Mapping[str, Grant] = field(default_factory=dict)

    def grant(self, names: Iterable[str], groups: Iterable[str] = ()) -> Grant | None:
        """Return what somebody with these names and groups is granted, or None.

        A person's own line says all; of groups, the strongest role counts, for all its accounts.
        """
        for name in names:
            if (own := self.people.get(name.casefold())) is not None:
                return own
        return _strongest([self.groups[g] for g in groups if g in self.groups])


def _strongest(grants: list[Grant]) -> Grant | None:
    if not grants:
        return None
    order = list(Role)
    best = max(grants, key=lambda grant: order.index(grant.role)).role
    accounts = [grant.accounts for grant in grants if grant.role is best]
    known = [each for each in accounts if each is not None]
    return Grant(best, frozenset().union(*known) if len(known) == len(accounts) else None)


def read_roles(path: Path | None) -> Roles:
    """Return the roles as the file has them now; none without a file.

    Raises SettingsError where it cannot be read or understood: then nobody has a role.
    """
    if path is None:
        return Roles()
    try:
        stamp = path.stat()
        return _read(path, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            N_("The list of roles {path} cannot be used ({reason}), so nobody gets in."),
            N_("Correct the file; Freio reads it again by itself."),
            path=path,
            reason=Place(getattr(error, "strerror", None) or error),
        ) from error


@lru_cache(maxsize=4)
def _read(path: Path, *_stamp: int) -> Roles:
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    if unknown := set(found) - {"claim", "people", "groups"}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return Roles(
        str(found.get("claim", "roles")),
        {name.casefold(): _grant(each) for name, each in found.get("people", {}).items()},
        {name: _grant(each) for name, each in found.get("groups", {}).items()},
    )


def _grant(said: object) -> Grant:
    if isinstance(said, str):
        return Grant(Role(said))
    if not isinstance(said, dict) or set(said) - {"role", "accounts"}:
        raise ValueError(f"not a role: {said}")
    accounts = said.get("accounts")
    if accounts is None:
        return Grant(Role(said["role"]))
    if not isinstance(accounts, list) or not all(isinstance(each, str) for each in accounts):
        raise ValueError(f"accounts are a list of names: {accounts}")
    return Grant(Role(said["role"]), frozenset(accounts))
