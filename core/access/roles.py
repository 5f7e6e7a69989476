"""The list of who has which role, as a TOML file that the setting FREIO_ROLES names.

    claim = "groups"                 # the login's claim that names groups; "roles" if left out

    [people]                         # by verified e-mail address, or by what the proxy calls one
    "ana@example.com" = "administrator"
    "rui@example.com" = { role = "operator", accounts = ["Loja Sul"] }

    [subjects]                       # by a login's issuer, "#" and its `sub`
    "https://login.example.com#248289761001" = "operator"

    [groups]                         # by a value of that claim
    "stop-the-press" = "operator"

People who are not in it get no role. It is read again when it has changed. While a changed file
cannot be used, the last list that could be read counts, in the memory of this process only: after a
start with an unusable file nobody has a role.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from core.domain.model import Accounts, Role
from core.errors import N_, AdminText, SettingsError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, for some accounts or (None) for all."""

    role: Role
    accounts: Accounts = None


@dataclass(frozen=True, slots=True)
class Roles:
    """Who has which role: people by name in lower case, subjects by issuer#sub, and groups."""

    claim: str = "roles"
    people: Mapping[str, Grant] = field(default_factory=dict)
    groups: Mapping[str, Grant] = field(default_factory=dict)
    subjects: Mapping[str, Grant] = field(default_factory=dict)

    def grant(
        self, name: str, groups: Iterable[str] = (), subject: str | None = None
    ) -> Grant | None:
        """Return what somebody with this name, these groups and this subject is granted, or None.

        A person's own line says all; of groups, the strongest role counts, for all its accounts.
        """
        own = self.subjects.get(subject) if subject else None
        if own is None and name:
            own = self.people.get(_lower(name))
        return own or _strongest([self.groups[g] for g in groups if g in self.groups])


def _lower(name: str) -> str:
    """Write the letters A to Z small.

    No others: a letter that only looks like one of them must not make the same address.

    >>> _lower("Ana@EXAMPLE.com"), _lower("\N{KELVIN SIGN}im@example.com").isascii()
    ('ana@example.com', False)
    """
    return name.encode("utf-8", "replace").lower().decode("utf-8")


def _strongest(grants: list[Grant]) -> Grant | None:
    if not grants:
        return None
    order = list(Role)
    best = max(grants, key=lambda grant: order.index(grant.role)).role
    accounts = [grant.accounts for grant in grants if grant.role is best]
    known = [each for each in accounts if each is not None]
    return Grant(best, frozenset().union(*known) if len(known) == len(accounts) else None)


#: The last list of each file that could be read, and why the present file cannot be used.
_last_good: dict[Path, Roles] = {}
_unusable: dict[Path, SettingsError] = {}


def read_roles(path: Path | None) -> Roles:
    """Return the roles as the file has them now; none without a file.

    Where it cannot be used, the last list that could be read counts. Raises SettingsError where
    there was none in this process: then nobody has a role.
    """
    if path is None:
        return Roles()
    try:
        roles = check_roles(path)
    except SettingsError as error:
        _note(path, error)
        if path not in _last_good:
            raise
        return _last_good[path]
    _note(path, None)
    _last_good[path] = roles
    return roles


def roles_trouble(path: Path | None) -> SettingsError | None:
    """Return why the file cannot be used now, None where it can."""
    with suppress(SettingsError):
        read_roles(path)
    return None if path is None else _unusable.get(path)


def _note(path: Path, error: SettingsError | None) -> None:
    """Keep why a file cannot be used, and log it once."""
    before = _unusable.get(path)
    if error is None:
        if _unusable.pop(path, None) is not None:
            log.warning("the list of roles %s can be used again", path)
        return
    if path in _last_good:
        error = SettingsError(
            N_("The list of roles {path} cannot be used ({reason}); the last good list holds."),
            N_(
                "Correct the file; make check-roles says what is wrong. Freio reads it again by "
                "itself."
            ),
            N_(
                "Who could stop sends still can; changes in it do not count, and after a restart "
                "nobody would get in."
            ),
            **error.values,
        )
    if before is None or str(before) != str(error):
        log.error("%s", error)
    _unusable[path] = error


def check_roles(path: Path) -> Roles:
    """Return the roles as the file has them. Raises SettingsError where it cannot be used."""
    try:
        stamp = path.stat()
        return _read(path, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            N_("The list of roles {path} cannot be used ({reason}), so nobody gets in."),
            N_(
                "Correct the file; make check-roles says what is wrong. Freio reads it again by "
                "itself."
            ),
            path=path,
            reason=AdminText(getattr(error, "strerror", None) or error),
        ) from error


@lru_cache(maxsize=4)
def _read(path: Path, *_stamp: int) -> Roles:
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    if unknown := set(found) - {"claim", "people", "groups", "subjects"}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return Roles(
        str(found.get("claim", "roles")),
        _people(found.get("people", {})),
        {name: _grant(each) for name, each in found.get("groups", {}).items()},
        {_subject(name): _grant(each) for name, each in found.get("subjects", {}).items()},
    )


def _people(found: Mapping[str, object]) -> dict[str, Grant]:
    people = {_lower(name): _grant(each) for name, each in found.items()}
    if len(people) < len(found):
        raise ValueError("[people] has somebody twice, in large and small letters")
    return people


def _subject(name: str) -> str:
    issuer, _, sub = name.partition("#")
    if not issuer or not sub:
        raise ValueError(f"a subject is written issuer#sub: {name}")
    return name


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
