"""Clients without a role cannot fill the memory, lock other people out, or fill the log."""

import asyncio
import contextlib
import resource
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.attacks.server import OUTSIDER, Target, attacked
from tests.journeys.websocket_client import connected
from tests.loops import in_a_loop

MEGABYTES = 1_000_000
#: Megabytes that an attack may add to the server's memory.
MORE = 100


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with attacked(tmp_path_factory.mktemp("attacked")) as found:
        # Open a page first, so that what it loads into memory does not count.
        with connected(found.address) as client:
            client.open()
        yield found


@pytest.fixture(autouse=True)
def unharmed(target: Target) -> Iterator[None]:
    """After each attack, check that the server answers and that its memory has not grown much."""
    before = target.memory()
    target.forget_peak()
    yield
    assert target.serves()
    assert target.peak() - before < MORE


def message(size: int) -> bytes:
    """Return a message of a browser with `size` bytes."""
    made = BackMsg()
    made.rerun_script.query_string = "x" * size
    return made.SerializeToString()


async def flood(target: Target, count: int, size: int, headers: dict[str, str]) -> Counter[str]:
    """Open `count` WebSockets at once and send a message in each; count the results."""
    payload = message(size)

    async def one() -> str:
        try:
            async with connect(
                target.address.replace("http", "ws") + "/_stcore/stream",
                subprotocols=["streamlit"],  # type: ignore[list-item]
                additional_headers=headers,
                proxy=None,
                max_size=None,
                open_timeout=60,
            ) as client:
                await client.send(payload)
                with contextlib.suppress(TimeoutError):
                    while True:
                        await asyncio.wait_for(client.recv(), 5)
                return "open"
        except InvalidStatus as refused:
            return str(refused.response.status_code)
        except ConnectionClosed as closed:
            return f"closed {closed.rcvd.code if closed.rcvd else ''}".strip()

    return Counter(await asyncio.gather(*(one() for _ in range(count))))


def test_a_flood_of_large_messages_without_a_role_is_refused_at_the_handshake(
    target: Target,
) -> None:
    assert in_a_loop(flood(target, 100, 20 * MEGABYTES, OUTSIDER)) == {"403": 100}


def test_a_message_larger_than_any_of_freios_is_not_taken_from_people_either(
    target: Target,
) -> None:
    found = in_a_loop(flood(target, 20, 20 * MEGABYTES, {}))
    assert set(found) <= {"closed 1009", "closed"}


def test_who_has_no_role_gets_a_plain_page_and_starts_no_session(target: Target) -> None:
    for path in ("", "configurations", "feeds", "configuration?id=a", "no/such/page"):
        answer = httpx.get(f"{target.address}/{path}", headers=OUTSIDER)
        assert answer.status_code == 403
        assert "<script" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PUT", "_stcore/upload_file/x/y"),
        ("POST", "_stcore/health"),
        ("POST", "api/feeds"),
        ("POST", "oauth2callback"),
    ],
)
def test_unrequested_bodies_are_not_kept(target: Target, method: str, path: str) -> None:
    async def send() -> None:
        async with httpx.AsyncClient(headers=OUTSIDER, timeout=30) as client:
            body = b"x" * (20 * MEGABYTES)
            with contextlib.suppress(httpx.TransportError):
                answer = await client.request(method, f"{target.address}/{path}", content=body)
                assert answer.status_code >= 400

    async def all_at_once() -> None:
        await asyncio.gather(*(send() for _ in range(10)))

    in_a_loop(all_at_once())


@pytest.mark.long
def test_connections_that_send_no_request_block_no_other_client(target: Target) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4_096), hard))
    held = [target.connect() for _ in range(1_500)]
    try:
        for each in held[:500]:
            with contextlib.suppress(OSError):
                each.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert target.serves()
        with connected(target.address) as client:
            client.open("configurations")
            assert client.session
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not all(map(is_closed, held)):
            time.sleep(1)
        assert all(map(is_closed, held))
    finally:
        for each in held:
            each.close()


def is_closed(held: socket.socket) -> bool:
    held.setblocking(False)
    try:
        return held.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_clients_that_do_not_read_their_answers_keep_nothing_in_memory(target: Target) -> None:
    held = [target.connect() for _ in range(100)]
    try:
        for each in held:
            # The same request many times on one connection, without reading an answer.
            each.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n" * 500)
        time.sleep(2)
        assert target.serves()
    finally:
        for each in held:
            each.close()


def test_a_client_that_reads_no_answers_to_its_pings_is_disconnected(target: Target) -> None:
    # This client has a role: without a role there is no WebSocket.
    upgrade = (
        "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    ping = b"\x89" + bytes([0x80 | 125]) + bytes(4) + b"x" * 125
    with target.connect() as one:
        one.sendall(upgrade.format(host=target.address.removeprefix("http://")).encode())
        assert one.recv(12) == b"HTTP/1.1 101"
        deadline = time.monotonic() + 60
        with pytest.raises(ConnectionError):
            while time.monotonic() < deadline:
                one.sendall(ping * 1_000)


def test_headers_without_an_end_are_cut_off(target: Target) -> None:
    for _ in range(20):
        with target.connect() as one, contextlib.suppress(OSError):
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            for _ in range(200):
                one.sendall(b"X-More: " + b"x" * 10_000 + b"\r\n")


def test_what_was_refused_does_not_fill_the_log(target: Target) -> None:
    before = target.log.stat().st_size
    in_a_loop(flood(target, 200, 0, OUTSIDER))
    assert target.log.stat().st_size - before < 5_000


@pytest.mark.long
def test_one_address_leaves_room_for_others(tmp_path: Path) -> None:
    roles = tmp_path / "roles.toml"
    roles.write_text('[people]\n"otto" = "operator"\n')
    settings = {
        "FREIO_MAX_PAGES": "10",
        "FREIO_USER_HEADER": "X-Forwarded-User",
        "FREIO_TRUSTED_PROXIES": "127.0.0.1",
        "FREIO_ROLES": str(roles),
    }
    otto = {"X-Forwarded-User": "otto"}

    async def from_two_places(target: Target) -> None:
        held = asyncio.create_task(flood(target, 12, 0, otto | {"X-Forwarded-For": "198.51.100.7"}))
        await asyncio.sleep(2)
        assert await flood(target, 1, 0, otto | {"X-Forwarded-For": "203.0.113.9"}) == {"open": 1}
        assert await held == {"open": 5, "403": 7}

    with attacked(tmp_path, **settings) as few:
        in_a_loop(from_two_places(few))
        assert few.log.read_text().count("refused") == 1
