"""Who may do what (I7). Checked here at the action, whatever a page showed or a message claims."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.domain.model import Accounts, Actor, Role
from core.errors import N_, UNCHANGED, AccessError


class Right(StrEnum):
    """What can be allowed: seeing, stopping sends, noting concerns, loading files, upkeep."""

    VIEW = "view"
    STOP = "stop"
    ACKNOWLEDGE = "acknowledge"
    LOAD = "load"
    ADMINISTER = "administer"


_RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.VIEW}),
    Role.OPERATOR: frozenset({Right.VIEW, Right.STOP, Right.ACKNOWLEDGE}),
    Role.ADMINISTRATOR: frozenset(Right),
}

#: What touches the data of every account, so that nobody bound to some may do it.
_OF_ALL_ACCOUNTS = frozenset({Right.LOAD, Right.ADMINISTER})

#: What happened, what it means, and what to do.
_REFUSALS: Mapping[Right, tuple[str, str, str]] = {
    Right.VIEW: (
        N_("You are not logged in, or your session has ended."),
        UNCHANGED,
        N_("Log in, then try again."),
    ),
    Right.STOP: (
        N_("Your role does not allow to stop sends; the attempt is recorded."),
        N_("It was not stopped and may still go out."),
        N_("Ask somebody with the role operator to stop it, or stop it in the platform."),
    ),
    Right.ACKNOWLEDGE: (
        N_("Your role does not allow to take aborts off the top."),
        UNCHANGED,
        N_("Ask somebody with the role operator to do it."),
    ),
    Right.LOAD: (
        N_("Loading files takes the role administrator, for all accounts."),
        UNCHANGED,
        N_("Ask an administrator to load it, or to give you the role."),
    ),
    Right.ADMINISTER: (
        N_("This takes the role administrator, for all accounts."),
        UNCHANGED,
        N_("Ask an administrator to do it, or to give you the role."),
    ),
}

#: How somebody without a login gets in.
TOKEN_WAY = N_("Open the link that the terminal shows where Freio was started, or enter its token.")


def may(actor: Actor, right: Right, account: str | None = None) -> bool:
    """Tell whether somebody may do something, to what belongs to `account` if it is given."""
    if actor.role is None or right not in _RIGHTS[actor.role]:
        return False
    if right in _OF_ALL_ACCOUNTS and actor.accounts is not None:
        return False
    return account is None or may_see(actor.accounts, account)


def require(actor: Actor, right: Right, account: str | None = None) -> None:
    """Raise AccessError, with what it takes, where somebody may not do something."""
    if not may(actor, right, account):
        raise refusal(actor, right)


def refusal(actor: Actor, right: Right) -> AccessError:
    """Return the error that says what it takes to do something."""
    if actor.only_demo:
        return AccessError(N_("This takes the access token."), TOKEN_WAY)
    happened, means, todo = _REFUSALS[Right.VIEW if actor.role is None else right]
    return AccessError(happened, todo, means)


def may_see(accounts: Accounts, account: str) -> bool:
    """Tell whether an account is among those that somebody sees."""
    return accounts is None or account in accounts


def visible_accounts(actor: Actor) -> Accounts:
    """Return the accounts that somebody sees: none at all without a role."""
    return actor.accounts if may(actor, Right.VIEW) else frozenset()
