"""The roles file: a TOML file with the roles of people.

Freio reads the file again after each change. If the new content cannot be used, the last usable
content stays valid in this process. A person who is not in the file has no role.
"""

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

_TODO = N_("Correct the file; make check-roles says what is wrong. Freio reads it again by itself.")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for some accounts (None: all accounts)."""

    role: Role
    accounts: Accounts = None


@dataclass(frozen=True, slots=True)
class Roles:
    """The content of a roles file. `claim`: the name of the claim with a person's groups."""

    claim: str = "roles"
    people: Mapping[str, Grant] = field(default_factory=dict)
    groups: Mapping[str, Grant] = field(default_factory=dict)
    subjects: Mapping[str, Grant] = field(default_factory=dict)

    def grant(self, name: str, groups: Iterable[str] = (), subject: str = "") -> Grant | None:
        """Return the grant of a person, or None.

        A grant in `subjects` comes before a grant in `people`. Both come before grants in `groups`.
        A person in several groups gets the highest role. The accounts come from all groups with
        this role.
        """
        own = self.subjects.get(subject)
        if own is None and name:
            own = self.people.get(_lower(name))
        return own or _highest([self.groups[g] for g in groups if g in self.groups])


def _lower(name: str) -> str:
    """Turn only the letters A to Z into lower case.

    `str.lower` also turns the Kelvin sign into `k`, so two different addresses could become equal.

    >>> _lower("Ana@EXAMPLE.com"), _lower("\N{KELVIN SIGN}im@example.com").isascii()
    ('ana@example.com', False)
    """
    return name.encode("utf-8", "replace").lower().decode("utf-8")


def _highest(grants: list[Grant]) -> Grant | None:
    if not grants:
        return None
    order = list(Role)
    best = max(grants, key=lambda grant: order.index(grant.role)).role
    accounts = [grant.accounts for grant in grants if grant.role is best]
    known = [each for each in accounts if each is not None]
    return Grant(best, frozenset().union(*known) if len(known) == len(accounts) else None)


_last_good: dict[Path, Roles] = {}
_unusable: dict[Path, SettingsError] = {}


def read_roles(path: Path | None) -> Roles:
    """Return the roles in the file, or no roles if `path` is None.

    If the file cannot be used, return the last usable content. Raise SettingsError if this process
    has never read usable content.
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
    """Return why the file cannot be used now, or None."""
    with suppress(SettingsError):
        read_roles(path)
    return None if path is None else _unusable.get(path)


def _note(path: Path, error: SettingsError | None) -> None:
    """Log each change of the error once."""
    before = _unusable.get(path)
    if error is None:
        if _unusable.pop(path, None) is not None:
            log.warning("the list of roles %s can be used again", path)
        return
    if path in _last_good:
        error = SettingsError(
            N_(
                "The list of roles {path} cannot be used ({reason}); the last "
                "good list is still used."
            ),
            _TODO,
            N_(
                "People who could abort sends still can; changes in the file have no "
                "effect, and after a restart no one could log in."
            ),
            **error.values,
        )
    if before is None or str(before) != str(error):
        log.error("%s", error)
    _unusable[path] = error


def check_roles(path: Path) -> Roles:
    """Return the roles in a file. Raise SettingsError if the file cannot be used."""
    try:
        stamp = path.stat()
        return _read(path, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            N_("The list of roles {path} cannot be used ({reason}), so no one can log in."),
            _TODO,
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
        raise ValueError("[people] names a person twice, in capital and small letters")
    return people


def _subject(name: str) -> str:
    issuer, _, sub = name.partition("#")
    if not issuer or not sub:
        raise ValueError(f"write a subject as issuer#sub: {name}")
    return name


def _grant(value: object) -> Grant:
    if isinstance(value, str):
        return Grant(Role(value))
    if not isinstance(value, dict) or set(value) - {"role", "accounts"}:
        raise ValueError(f"not a role: {value}")
    accounts = value.get("accounts")
    if accounts is None:
        return Grant(Role(value["role"]))
    if not isinstance(accounts, list) or not all(isinstance(each, str) for each in accounts):
        raise ValueError(f"accounts are a list of names: {accounts}")
    return Grant(Role(value["role"]), frozenset(accounts))
