"""What a connection, a proxy or a login proves about a person, and what it does not prove."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from core.access.access_token import AccessToken
from core.access.identity import (
    LOCAL,
    VISITOR,
    Caller,
    Identity,
    NoRole,
    by_access,
    by_header,
    by_login,
    caller_of,
    is_cross_origin,
    login_of,
    with_current_role,
)
from core.access.permissions import Right, may
from core.access.roles_file import Grant, Roles
from core.domain.model import Role

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROXY = (ip_network("10.0.0.7"),)
HOST = (b"host", b"127.0.0.1:8501")
ROLES = Roles(
    claim="groups",
    people={"ana@example.com": Grant(Role.ADMINISTRATOR)},
    subjects={"https://login.example.com#S-7": Grant(Role.VIEWER)},
    groups={
        "desk": Grant(Role.OPERATOR, frozenset({"Sul"})),
        "north": Grant(Role.OPERATOR, frozenset({"Norte"})),
        "look": Grant(Role.VIEWER),
    },
)
CLAIMS: dict[str, object] = {
    "is_logged_in": True,
    "iat": NOW.timestamp(),
    "iss": "https://login.example.com",
    "sub": "1",
}
VERIFIED: dict[str, object] = {"email_verified": True}


def login(*, trusts: bool = False, **claims: object) -> Identity:
    caller, lasts = Caller("10.1.1.1"), timedelta(hours=1)
    return by_login(CLAIMS | claims, caller, ROLES, NOW, lasts, trusts_email=trusts)


ACCESS = AccessToken(b"a key", "a-token-of-some-length")
COOKIE = f"freio_access_8501={ACCESS.cookie_for('a-token-of-some-length')}".encode()


def came(
    peer: tuple[str, int] | None, *headers: tuple[bytes, bytes], is_demo: bool = False
) -> Identity:
    return by_access(caller_of(peer, headers, access=ACCESS), lambda: is_demo)


#: Addresses from which requests can come, and their headers.
ANYWHERE = [
    (("127.0.0.1", 4711), [HOST]),
    (("10.0.0.9", 4711), [(b"host", b"freio.example.com")]),
    (("127.0.0.1", 0), [HOST, (b"x-forwarded-for", b"127.0.0.1")]),
    (("192.0.2.5", 0), [HOST, (b"x-forwarded-for", b"192.0.2.5")]),
    (None, [HOST]),
]


@pytest.mark.parametrize(("peer", "headers"), ANYWHERE)
@pytest.mark.parametrize("is_demo", [True, False])
def test_a_person_with_the_cookie_is_the_local_operator_from_any_address(
    peer: tuple[str, int] | None, headers: list[tuple[bytes, bytes]], is_demo: bool
) -> None:
    found = came(peer, *headers, (b"Cookie", b"lang=pt; " + COOKIE), is_demo=is_demo)
    assert (found.actor.name, found.actor.role) == (LOCAL, Role.ADMINISTRATOR)
    assert not found.actor.only_demo


@pytest.mark.parametrize(("peer", "headers"), ANYWHERE)
def test_with_real_data_no_person_without_the_cookie_has_a_role(
    peer: tuple[str, int] | None, headers: list[tuple[bytes, bytes]]
) -> None:
    found = came(peer, *headers)
    assert (found.actor.name, found.actor.role, found.why) == ("", None, NoRole.NO_ACCESS)


@pytest.mark.parametrize(
    "cookie",
    [
        b"",
        b"freio_access_8501=",
        b"freio_access_8501=a-token-of-some-length",
        COOKIE[:-1],
        COOKIE + b"0",
        COOKIE.replace(b"freio_access", b"access"),
        b"freio_access_8501=" + AccessToken(b"a key", "another-token")._cookie.encode()[::-1],
        b"freio_access_8501=" + "ação".encode(),
        b"freio_access_8501=\xff\xfe",
    ],
)
def test_any_other_cookie_proves_nothing(cookie: bytes) -> None:
    assert came(("127.0.0.1", 4711), HOST, (b"cookie", cookie)).actor.role is None


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host", [b"127.0.0.1:8501", b"localhost:8501", b"[::1]:8501", b"localhost"]
)
def test_a_person_at_this_machine_sees_the_demo_and_stops_its_sends(peer: str, host: bytes) -> None:
    actor = came((peer, 4711), (b"host", host), is_demo=True).actor
    assert (actor.name, actor.only_demo) == (VISITOR, True)
    assert [right for right in Right if may(actor, right)] == [
        Right.VIEW,
        Right.STOP,
        Right.ACKNOWLEDGE,
    ]


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (("10.0.0.9", 4711), [HOST]),
        (("::ffff:10.0.0.9", 4711), [HOST]),
        (("192.0.2.5", 0), [HOST]),
        (None, [HOST]),
        (("", 0), [HOST]),
        (("127.0.0.1", 4711), []),
        (("127.0.0.1", 4711), [HOST, HOST]),
        (("127.0.0.1", 4711), [(b"host", b"freio.example.com")]),
        # The name of another person's domain that leads to this machine.
        (("127.0.0.1", 4711), [(b"host", b"localhost.example.com:8501")]),
        (("127.0.0.1", 4711), [(b"host", b"[::1")]),
    ],
)
def test_a_person_at_another_machine_does_not_see_the_demo(
    peer: tuple[str, int] | None, headers: list[tuple[bytes, bytes]]
) -> None:
    assert came(peer, *headers, is_demo=True).why is NoRole.NO_ACCESS


@pytest.mark.parametrize(
    ("origin", "is_one"),
    [
        (None, False),
        (b"http://127.0.0.1:8501", False),
        (b"http://127.0.0.1:3000", True),
        (b"http://localhost:8501", True),
        (b"https://elsewhere.example", True),
        (b"https://allowed.example", False),
        (b"null", True),
        (b"http://[::1", True),
        (b"", True),
    ],
)
def test_a_page_of_another_site_or_port_is_known_by_its_origin(
    origin: bytes | None, is_one: bool
) -> None:
    headers = [HOST] if origin is None else [HOST, (b"Origin", origin)]
    assert is_cross_origin(headers, ["https://allowed.example"]) is is_one


def test_two_origins_or_hosts_are_never_the_same_site() -> None:
    origin = (b"origin", b"http://127.0.0.1:8501")
    assert is_cross_origin([HOST, origin, origin])
    assert is_cross_origin([HOST, HOST, origin])
    assert is_cross_origin([origin])


def by_proxy(peer: str, *users: bytes, port: int = 4711, forwarded: bytes = b"") -> Caller:
    headers = [HOST, *[(b"X-Forwarded-User", user) for user in users]]
    headers += [(b"x-forwarded-for", forwarded)] if forwarded else []
    return caller_of((peer, port), headers, user_header="X-Forwarded-User", proxies=PROXY)


def test_a_listed_proxy_says_who_is_there_and_from_where() -> None:
    found = by_proxy("10.0.0.7", b"Ana@example.com", forwarded=b"1.1.1.1, 192.0.2.5, 10.0.0.7")
    assert by_header(found, ROLES).actor.role is Role.ADMINISTRATOR
    # A client can invent all addresses before the last one.
    assert found.address == "192.0.2.5"


@pytest.mark.parametrize(
    "caller",
    [
        by_proxy("10.0.0.8", b"ana@example.com"),
        by_proxy("127.0.0.1", b"ana@example.com"),
        by_proxy("10.0.0.7", port=0),
        by_proxy(
            "10.0.0.7", b"ana@example.com", port=0
        ),  # a forwarded address, not the proxy's own
        by_proxy("10.0.0.7", b"ana@example.com", b"rui@example.com"),
        by_proxy("10.0.0.7"),
        by_proxy("10.0.0.7", b" "),
        by_proxy("", b"ana@example.com"),
    ],
)
def test_a_header_from_elsewhere_or_a_doubtful_one_says_nothing(caller: Caller) -> None:
    assert by_header(caller, ROLES).why is NoRole.NOT_BY_PROXY


def test_a_proxy_at_this_machine_counts_although_the_server_puts_another_address_in_its_place() -> (
    None
):
    headers = [HOST, (b"x-forwarded-user", b"ana@example.com"), (b"x-forwarded-for", b"192.0.2.5")]
    found = caller_of(
        ("192.0.2.5", 0),
        headers,
        user_header="X-Forwarded-User",
        proxies=(ip_network("127.0.0.1"),),
    )
    assert (found.user, found.address) == ("ana@example.com", "192.0.2.5")


def test_a_login_gets_what_its_line_or_its_groups_say() -> None:
    assert login(email="Ana@Example.com", **VERIFIED).actor.role is Role.ADMINISTRATOR
    assert login(sub="S-7", email="x@example.com", **VERIFIED).actor.role is Role.VIEWER
    both = login(groups=["desk", "look", "north"]).actor
    assert (both.role, both.accounts) == (Role.OPERATOR, frozenset({"Sul", "Norte"}))
    assert login(groups="look").actor.accounts is None


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({}, id="missing"),
        pytest.param({"email_verified": False}, id="false"),
        pytest.param({"email_verified": None}, id="null"),
        pytest.param({"email_verified": "true"}, id="text"),
        pytest.param({"email_verified": 1}, id="number"),
    ],
)
def test_an_unverified_address_gives_no_role_and_no_name(
    said: dict[str, object],
) -> None:
    found = login(email="ana@example.com", **said)
    assert (found.why, found.actor.role) == (NoRole.NOT_LISTED, None)
    assert found.actor.name == "https://login.example.com#1"


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        pytest.param({}, True, id="missing"),
        pytest.param({"email_verified": None}, True, id="null"),
        pytest.param({"email_verified": True}, True, id="true"),
        pytest.param({"email_verified": False}, False, id="false"),
        pytest.param({"email_verified": "false"}, False, id="text"),
    ],
)
def test_a_provider_that_is_trusted_may_leave_the_claim_out_but_not_deny_it(
    said: dict[str, object], counts: bool
) -> None:
    found = login(trusts=True, email="ana@example.com", **said)
    assert found.actor.role is (Role.ADMINISTRATOR if counts else None)


def test_a_subject_that_looks_like_an_address_is_not_that_person() -> None:
    found = login(sub="ana@example.com")
    assert (found.actor.role, found.why) == (None, NoRole.NOT_LISTED)
    # Such a subject is not the name on a receipt either.
    assert found.actor.name == "https://login.example.com#ana@example.com"


def test_a_person_is_known_by_issuer_and_subject_without_any_address() -> None:
    found = login(sub="S-7").actor
    assert (found.name, found.role) == ("https://login.example.com#S-7", Role.VIEWER)
    assert login(sub="S-7", iss="https://other.example").why is NoRole.NOT_LISTED
    assert login(sub="S-7", iss=None).why is NoRole.NOT_LISTED
    assert login(sub="7", iss="https://login.example.com#S-").why is NoRole.NOT_LISTED


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({}, NoRole.NOT_LISTED),
        ({"email": "eve@example.com", "groups": ["others"]}, NoRole.NOT_LISTED),
        ({"email": "ana@example.com", "is_logged_in": False}, NoRole.LOGGED_OUT),
        (
            {"email": "ana@example.com", "iat": (NOW - timedelta(hours=1)).timestamp()},
            NoRole.EXPIRED,
        ),
        ({"email": "ana@example.com", "iat": None}, NoRole.EXPIRED),
    ],
)
def test_a_login_that_is_not_listed_not_sure_or_over_gets_nothing(
    claims: dict[str, object], why: NoRole
) -> None:
    found = login(**VERIFIED | claims)
    assert (found.why, found.actor.role) == (why, None)


def test_an_ended_login_gives_no_role_even_with_its_cookie() -> None:
    claims = CLAIMS | VERIFIED | {"email": "ana@example.com", "nonce": "n1"}
    ended = {login_of(claims)}

    def found(claims: dict[str, object]) -> Identity:
        caller, lasts = Caller("10.1.1.1"), timedelta(hours=1)
        return by_login(claims, caller, ROLES, NOW, lasts, ended.__contains__)

    assert (found(claims).actor.role, found(claims).why) == (None, NoRole.LOGGED_OUT)
    # Refused attempts are recorded under this name.
    assert found(claims).actor.name == "ana@example.com"
    assert found(claims | {"nonce": "n2"}).actor.role is Role.ADMINISTRATOR


def test_a_hash_that_reveals_no_claims_identifies_a_login() -> None:
    claims = CLAIMS | {"email": "ana@example.com", "nonce": "n1"}
    assert login_of(claims) == login_of(dict(reversed(claims.items())))
    assert login_of(claims) == login_of(claims | {"email": "other", "is_logged_in": False})
    others = [claims | {name: "x"} for name in ("iss", "sub", "iat", "nonce", "sid", "jti")]
    assert len({login_of(each) for each in [claims, *others]}) == 7
    assert len(login_of(claims)) == 64


def test_an_address_that_uvicorn_took_from_a_header_counts_only_by_a_trusted_proxy() -> None:
    headers = [HOST, (b"x-forwarded-for", b"203.0.113.9")]
    assert caller_of(("203.0.113.9", 0), headers).address == "127.0.0.1"
    trusted = [ip_network("127.0.0.1")]
    assert caller_of(("203.0.113.9", 0), headers, proxies=trusted).address == "203.0.113.9"


def test_a_role_is_looked_up_again_by_what_gave_it() -> None:
    of_group = login(sub="2", groups=["look", "desk", "unknown"]).actor
    of_subject = login(sub="S-7").actor
    assert (of_group.role, of_subject.role) == (Role.OPERATOR, Role.VIEWER)
    assert with_current_role(of_group, ROLES) == of_group
    later = Roles(groups={"look": Grant(Role.VIEWER)})
    assert with_current_role(of_group, later).role is Role.VIEWER
    assert with_current_role(of_subject, later).role is None
    assert with_current_role(of_subject, later).name == of_subject.name


def test_a_role_that_the_access_token_gave_does_not_depend_on_the_roles_file() -> None:
    local = came(("127.0.0.1", 1), HOST, (b"cookie", COOKIE)).actor
    assert with_current_role(local, Roles()) == local
    assert local.role is Role.ADMINISTRATOR
