"""Identify a person by an access cookie, a proxy header or a login. No I/O."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from core.access.access_token import AccessToken
from core.access.roles_file import Roles
from core.domain.model import Actor, Listing, Role

Network = IPv4Network | IPv6Network
Headers = Sequence[tuple[bytes, bytes]]

#: The actor name of every person with the access cookie.
LOCAL = "local operator"

VISITOR = "demo visitor"

#: The values of all these claims together identify a login.
_OF_A_LOGIN = ("iss", "sub", "iat", "nonce", "sid", "jti", "at_hash")


class NoRole(StrEnum):
    """Why a person has no role."""

    NO_ACCESS = "no_access"
    LOGGED_OUT = "logged_out"
    EXPIRED = "expired"
    NOT_LISTED = "not_listed"
    NOT_BY_PROXY = "not_by_proxy"


@dataclass(frozen=True, slots=True)
class Caller:
    """The origin of a connection.

    - `is_local`: the peer and the requested host are this machine. The peer can be a proxy, so
      `is_local` proves nothing about the person.
    - `user`: the person's name in the user header of a trusted proxy, or "".
    - `has_access`: the request has the access cookie.
    """

    address: str = ""
    is_local: bool = False
    user: str = ""
    has_access: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """An actor. `why`: why the actor has no role, or None."""

    actor: Actor
    why: NoRole | None = None


def caller_of(
    peer: tuple[str, int] | None,
    headers: Headers,
    *,
    access: AccessToken | None = None,
    user_header: str = "",
    proxies: Sequence[Network] = (),
) -> Caller:
    """Return the caller of a request. `peer` is the host and port that uvicorn reports."""
    host, port = peer or ("", 0)
    # If the peer is a proxy on this machine, uvicorn reports the forwarded address and the port 0
    # instead of the peer.
    was_replaced = port == 0 and bool(host)
    proxy = "127.0.0.1" if was_replaced else host
    is_trusted = _is_in(proxy, proxies)
    forwarded = _values(headers, b"x-forwarded-for")
    users = _values(headers, user_header.lower().encode("latin-1")) if user_header else []
    cookies = "; ".join(_values(headers, b"cookie"))
    return Caller(
        # Clients can forge a forwarded address. A trusted proxy sends the true address.
        address=_origin(forwarded, proxies) or proxy if is_trusted else proxy,
        is_local=is_loopback(host) and _asks_for_loopback(headers),
        # If a request has two user headers, the client could have sent one of them.
        user=users[0].strip() if is_trusted and len(users) == 1 else "",
        has_access=access is not None and access.is_proven_by(cookies),
    )


def _asks_for_loopback(headers: Headers) -> bool:
    """Return whether the header `Host` names this machine.

    This check prevents DNS rebinding: a website can let its own host name resolve to 127.0.0.1.
    """
    hosts = _values(headers, b"host")
    return len(hosts) == 1 and is_loopback(_split(f"//{hosts[0]}").hostname or "")


def is_cross_origin(headers: Headers, allowed: Collection[str] = ()) -> bool:
    """Return whether a page of another site or port sent a request.

    Only browsers send the header `Origin`. A request without `Origin` is not cross-origin. The
    origins in `allowed` are not cross-origin either.
    """
    origins, hosts = _values(headers, b"origin"), _values(headers, b"host")
    if not origins or (len(origins) == 1 and origins[0] in allowed):
        return False
    return len(origins) != 1 or len(hosts) != 1 or netloc(origins[0]) != hosts[0]


def netloc(url: str) -> str:
    """Return the host and port of a URL, or "" for an invalid URL."""
    return _split(url).netloc


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def is_loopback(host: str) -> bool:
    """Return whether a host name or an address means this machine."""
    found = _address(host)
    return host == "localhost" or (found is not None and found.is_loopback)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_in(host: str, networks: Sequence[Network]) -> bool:
    found = _address(host)
    return found is not None and any(found in each for each in networks)


def _origin(forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return the last address that is not a trusted proxy. Clients can forge earlier addresses."""
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    return next((hop for hop in reversed(hops) if _address(hop) and not _is_in(hop, proxies)), "")


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("utf-8", "replace") for key, value in headers if key.lower() == name]


def by_access(caller: Caller, shows_demo: Callable[[], bool]) -> Identity:
    """Return the identity of a caller if no login is configured."""
    if caller.has_access:
        return Identity(Actor(LOCAL, Role.ADMINISTRATOR, address=caller.address))
    if caller.is_local and shows_demo():
        return Identity(Actor(VISITOR, Role.OPERATOR, address=caller.address, only_demo=True))
    return Identity(Actor("", address=caller.address), NoRole.NO_ACCESS)


def by_header(caller: Caller, roles: Roles) -> Identity:
    """Return the identity of a caller by the user header."""
    if not caller.user:
        return Identity(Actor("", address=caller.address), NoRole.NOT_BY_PROXY)
    return _granted(caller.user, Listing(caller.user), roles, caller)


def by_login(
    claims: Mapping[str, object],
    caller: Caller,
    roles: Roles,
    now: datetime,
    valid_for: timedelta,
    has_ended: Callable[[str], bool] = lambda _: False,
    *,
    trusts_email: bool = False,
) -> Identity:
    """Return the identity of a caller by the claims of a login.

    - `valid_for`: the claims expire after this time, counted from the claim `iat`.
    - `has_ended` gets the result of `login_of`, and returns whether the person has logged out.
    - `trusts_email`: accept an e-mail address without the claim `email_verified`.
    """
    if not claims.get("is_logged_in"):
        return Identity(Actor("", address=caller.address), NoRole.LOGGED_OUT)
    email, subject = _verified_email(claims, trusts_email), subject_of(claims)
    name = email or subject
    issued = claims.get("iat")
    # A login without the claim `iat` counts as expired.
    seconds = issued if isinstance(issued, int | float) else 0
    if datetime.fromtimestamp(seconds, UTC) + valid_for <= now:
        return Identity(Actor(name, address=caller.address), NoRole.EXPIRED)
    if has_ended(login_of(claims)):
        return Identity(Actor(name, address=caller.address), NoRole.LOGGED_OUT)
    groups = frozenset(_texts(claims.get(roles.claim))) & roles.groups.keys()
    return _granted(name, Listing(email, subject, groups), roles, caller)


def _verified_email(claims: Mapping[str, object], trusts_email: bool) -> str:
    """Return the accepted e-mail address of a login, or "".

    With many providers, people can write any address into their own profile without a check.
    """
    verified = claims.get("email_verified")
    # If the claim is False, `trusts_email` has no effect.
    is_accepted = verified is True or (trusts_email and verified is None)
    return str(claims.get("email") or "") if is_accepted else ""


def subject_of(claims: Mapping[str, object]) -> str:
    """Return "issuer#sub", or "" if a part is missing or the issuer contains "#".

    Two issuers can use the same `sub`.
    """
    issuer, sub = str(claims.get("iss") or ""), str(claims.get("sub") or "")
    return f"{issuer}#{sub}" if issuer and sub and "#" not in issuer else ""


def login_of(claims: Mapping[str, object]) -> str:
    """Return a hash that identifies a login."""
    identifying = [
        [name, str(claims[name])] for name in _OF_A_LOGIN if claims.get(name) is not None
    ]
    return sha256(json.dumps(identifying).encode()).hexdigest()


def _granted(name: str, listing: Listing, roles: Roles, caller: Caller) -> Identity:
    actor = with_current_role(Actor(name, address=caller.address, listing=listing), roles)
    return Identity(actor, None if actor.role else NoRole.NOT_LISTED)


def with_current_role(actor: Actor, roles: Roles) -> Actor:
    """Return the actor with the current role from the roles file, or without a role.

    An actor without a `listing` has no role from the file, and stays unchanged.
    """
    listing = actor.listing
    if listing is None:
        return actor
    grant = roles.grant(listing.name, listing.groups, listing.subject)
    if grant is None:
        return replace(actor, role=None, accounts=None)
    return replace(actor, role=grant.role, accounts=grant.accounts)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
