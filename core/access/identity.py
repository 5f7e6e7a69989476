"""Who it is that asks: from a token, a proxy's header, or a login's claims. No I/O.

Every way ends in an Actor. One without a role may nothing, and `NoRole` says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from core.access.access_token import AccessToken
from core.access.roles import Grant, Roles
from core.domain.model import Actor, Role

#: Addresses, one or a range of them.
Network = IPv4Network | IPv6Network
Headers = Sequence[tuple[bytes, bytes]]

#: The name of people with the token, where no login is configured.
LOCAL = "local operator"

#: The name of people who see the demo without the token.
VISITOR = "demo visitor"

#: Claims that one login has and no other.
_OF_A_LOGIN = ("iss", "sub", "iat", "nonce", "sid", "jti", "at_hash")


class NoRole(StrEnum):
    """Why somebody has no role."""

    NO_ACCESS = "no_access"
    LOGGED_OUT = "logged_out"
    EXPIRED = "expired"
    NOT_LISTED = "not_listed"
    NOT_BY_PROXY = "not_by_proxy"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a connection comes from, and what it proves.

    `is_local` tells that the other end of the connection, and the name that was asked for, are this
    machine's own. That may be a proxy too, so it proves nothing about the person. `has_access`
    tells that its cookie proves access; `user` is what a trusted proxy says, "" where there is
    none.
    """

    address: str = ""
    is_local: bool = False
    user: str = ""
    has_access: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is; `why` is None exactly where the actor has a role."""

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
    """Tell where a request comes from, and whether it proves `access`.

    `peer` is the connection's other end as the server reports it.
    """
    host, port = peer or ("", 0)
    # Uvicorn puts a forwarded address, with port 0, in the place of a proxy at this machine.
    was_replaced = port == 0 and bool(host)
    proxy = "127.0.0.1" if was_replaced else host
    is_trusted = _is_in(proxy, proxies)
    forwarded = _values(headers, b"x-forwarded-for")
    said = _values(headers, user_header.lower().encode("latin-1")) if user_header else []
    cookies = "; ".join(_values(headers, b"cookie"))
    return Caller(
        # What stands in its place can be claimed, unless Freio trusts that proxy.
        address=_origin(forwarded, proxies) or proxy if is_trusted else proxy,
        is_local=is_loopback(host) and _asks_for_loopback(headers),
        # Two such headers: one of them may be the caller's own.
        user=said[0].strip() if is_trusted and len(said) == 1 else "",
        has_access=access is not None and access.is_proven_by(cookies),
    )


def _asks_for_loopback(headers: Headers) -> bool:
    """Tell whether a request asks for a name of this machine, and not for one that leads here.

    A page elsewhere can let a name of its own lead to 127.0.0.1, and then counts as the same site.
    """
    asked = _values(headers, b"host")
    return len(asked) == 1 and is_loopback(_hostname(f"//{asked[0]}"))


def is_cross_origin(headers: Headers, allowed: Collection[str] = ()) -> bool:
    """Tell whether a page of another site, or of another port, sends this request.

    Browsers say so in `Origin`; other programs send none. `allowed` are origins that may.
    """
    origins, hosts = _values(headers, b"origin"), _values(headers, b"host")
    if not origins or (len(origins) == 1 and origins[0] in allowed):
        return False
    return len(origins) != 1 or len(hosts) != 1 or _netloc(origins[0]) != hosts[0]


def _netloc(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Tell whether a host name or an address is this machine's own."""
    if host == "localhost":
        return True
    found = _address(host)
    return found is not None and found.is_loopback


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
    """Return the last address that is no proxy of ours: what stands before it can be claimed."""
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    return next((hop for hop in reversed(hops) if _address(hop) and not _is_in(hop, proxies)), "")


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("utf-8", "replace") for key, value in headers if key.lower() == name]


def by_access(caller: Caller, shows_demo: Callable[[], bool]) -> Identity:
    """Return who it is where no login is configured.

    Somebody with the token may do everything. Without it, somebody at this machine may look at the
    demo and stop its sends, as long as `shows_demo` tells that nothing else is here.
    """
    if caller.has_access:
        return Identity(Actor(LOCAL, Role.ADMINISTRATOR, address=caller.address))
    if caller.is_local and shows_demo():
        return Identity(Actor(VISITOR, Role.OPERATOR, address=caller.address, only_demo=True))
    return Identity(Actor("", address=caller.address), NoRole.NO_ACCESS)


def by_header(caller: Caller, roles: Roles) -> Identity:
    """Return who it is by what a trusted proxy says."""
    if not caller.user:
        return Identity(Actor("", address=caller.address), NoRole.NOT_BY_PROXY)
    return _granted(caller.user, roles.grant(caller.user), caller)


def by_login(
    claims: Mapping[str, object],
    caller: Caller,
    roles: Roles,
    now: datetime,
    lasts: timedelta,
    has_ended: Callable[[str], bool] = lambda _: False,
    *,
    trusts_email: bool = False,
) -> Identity:
    """Return who it is by a login's claims, which hold for a time from when they were issued.

    `has_ended` tells of a login (`login_of`) whether somebody has logged out of it. With
    `trusts_email`, an address counts although its provider does not say that it is verified.
    """
    if not claims.get("is_logged_in"):
        return Identity(Actor("", address=caller.address), NoRole.LOGGED_OUT)
    email, subject = _verified_email(claims, trusts_email), subject_of(claims)
    name = email or subject
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or datetime.fromtimestamp(issued, UTC) + lasts <= now:
        return Identity(Actor(name, address=caller.address), NoRole.EXPIRED)
    if has_ended(login_of(claims)):
        return Identity(Actor(name, address=caller.address), NoRole.LOGGED_OUT)
    grant = roles.grant(email, _texts(claims.get(roles.claim)), subject)
    return _granted(name, grant, caller)


def _verified_email(claims: Mapping[str, object], trusts_email: bool) -> str:
    """Return a login's address where it is known to be theirs, "" otherwise.

    With many providers people write into their profile whatever address they like.
    """
    said = claims.get("email_verified")
    # An address that its provider calls unverified never counts.
    is_sure = said is True or (trusts_email and said is None)
    return str(claims.get("email") or "") if is_sure else ""


def subject_of(claims: Mapping[str, object]) -> str:
    """Return issuer#sub, which the provider gives to one person only; "" where it is not whole.

    A `sub` by itself may be any text, an address too, and means another person elsewhere.
    """
    issuer, sub = str(claims.get("iss") or ""), str(claims.get("sub") or "")
    return f"{issuer}#{sub}" if issuer and sub and "#" not in issuer else ""


def login_of(claims: Mapping[str, object]) -> str:
    """Return what tells a login from all others, as a hash that tells nothing else."""
    told = [[name, str(claims[name])] for name in _OF_A_LOGIN if claims.get(name) is not None]
    return sha256(json.dumps(told).encode()).hexdigest()


def _granted(name: str, grant: Grant | None, caller: Caller) -> Identity:
    if grant is None:
        return Identity(Actor(name, address=caller.address), NoRole.NOT_LISTED)
    return Identity(Actor(name, grant.role, grant.accounts, caller.address))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
