"""The rights of each role (I7). Each action checks rights, because a client can forge requests."""

from collections.abc import Mapping
from enum import StrEnum

from core.domain.model import Accounts, Actor, Role
from core.errors import N_, AccessError


class Right(StrEnum):
    """What an actor is allowed to do."""

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

#: Rights only for actors who see all accounts.
_OF_ALL_ACCOUNTS = frozenset({Right.LOAD, Right.ADMINISTER})

_REFUSALS: Mapping[Right, tuple[str, str] | tuple[str, str, str]] = {
    Right.VIEW: (
        N_("You are not logged in, or your session has ended."),
        N_("Log in, then try again."),
    ),
    Right.STOP: (
        N_("Your role does not allow you to abort sends; the attempt is recorded."),
        N_("Ask a person with the role operator to abort it, or abort it in the platform."),
        N_("It was not stopped and may still go out."),
    ),
    Right.ACKNOWLEDGE: (
        N_("Your role does not allow you to acknowledge aborts."),
        N_("Ask a person with the role operator to do it."),
    ),
    Right.LOAD: (
        N_("Only an administrator for all accounts can load files."),
        N_("Ask an administrator to load it, or to give you the role."),
    ),
    Right.ADMINISTER: (
        N_("Only an administrator for all accounts can do this."),
        N_("Ask an administrator to do it, or to give you the role."),
    ),
}

TOKEN_WAY = N_("Open the link that the terminal shows where Freio was started, or enter its token.")


def may(actor: Actor, right: Right, account: str | None = None) -> bool:
    """Return whether an actor has a right. With `account`, the actor must also see the account."""
    if actor.role is None or right not in _RIGHTS[actor.role]:
        return False
    if right in _OF_ALL_ACCOUNTS and actor.accounts is not None:
        return False
    return account is None or may_see(actor.accounts, account)


def require(actor: Actor, right: Right) -> None:
    """Raise AccessError if an actor lacks a right."""
    if not may(actor, right):
        raise refusal(actor, right)


def refusal(actor: Actor, right: Right) -> AccessError:
    """Return the error for an actor without the right."""
    if actor.only_demo:
        return AccessError(N_("This needs the access token."), TOKEN_WAY)
    return AccessError(*_REFUSALS[Right.VIEW if actor.role is None else right])


def may_see(accounts: Accounts, account: str) -> bool:
    """Return whether `accounts` includes an account."""
    return accounts is None or account in accounts


def visible_accounts(actor: Actor) -> Accounts:
    """Return the accounts that an actor sees."""
    return actor.accounts if may(actor, Right.VIEW) else frozenset()
