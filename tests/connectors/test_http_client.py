"""The HTTP client of connectors: the error for each kind of wrong answer."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from core.errors import ConnectorError
from core.platforms.http_client import HttpClient
from tests.connectors.certificates import server_context
from tests.connectors.faulty_server import (
    Fault,
    FaultyServer,
    Request,
    Response,
    closed_port,
    silent_port,
)

SECRET = "token user:a-secret-of-the-tests"


class Echo(FaultyServer):
    def respond(self, request: Request) -> Response:  # noqa: ARG002
        return Response(200, b'{"done": true}')


@pytest.fixture
def server() -> Iterator[Echo]:
    made = Echo()
    with made.serving():
        yield made


def client(url: str, *, total: float = 5.0, connect: float = 5.0) -> HttpClient:
    headers = {"Authorization": SECRET}
    return HttpClient(
        url,
        "platform X",
        "FREIO_X_URL",
        headers,
        credentials="FREIO_X_TOKEN",
        total=total,
        connect=connect,
        max_bytes=100_000,
    )


def failed(
    url: str, method: str = "PUT", *, total: float = 5.0, connect: float = 5.0
) -> ConnectorError:
    """Return the error of one request. Fail if it lacks the platform or contains a credential."""
    http = client(url, total=total, connect=connect)
    with pytest.raises(ConnectorError) as found:
        http.json(http.request(method, "/x", body=b"{}" if method == "PUT" else None))
    http.close()
    assert "platform X" in str(found.value)
    assert "a-secret" not in str(found.value) + repr(found.value.values)
    return found.value


def answering(server: Echo, status: int, body: bytes = b"", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    server.faults.append(Fault(response=Response(status, body, named)))


def test_an_answer_has_its_status_and_its_content(server: Echo) -> None:
    http = client(server.url)
    answer = http.request("PUT", "/x", query={"status": ["a", "b"]}, body=b"{}")
    assert (answer.status, http.json(answer)) == (200, {"done": True})
    assert server.requests[0].query == {"status": ["a", "b"]}
    assert server.requests[0].headers["authorization"] == SECRET
    http.close()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 415, 422])
def test_the_connector_decides_what_a_refusal_means(server: Echo, status: int) -> None:
    answering(server, status, b"{}")
    http = client(server.url)
    answer = http.request("PUT", "/x")
    assert answer.status == status
    assert f"refused by platform X (HTTP {status})" in str(http.refused(answer))
    http.close()


def test_nothing_listens() -> None:
    error = failed(f"http://127.0.0.1:{closed_port()}")
    assert "Freio cannot connect to platform X" in str(error)
    assert "refused" in str(error)
    assert not error.may_have_arrived


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".invalid", "xn--.invalid"])
def test_an_unknown_host(host: str) -> None:
    error = failed(f"https://{host}")
    assert "Freio cannot connect to platform X" in str(error)
    assert not error.may_have_arrived


def test_a_server_that_never_answers() -> None:
    with silent_port() as port:
        begun = time.monotonic()
        error = failed(f"http://127.0.0.1:{port}", total=0.3)
    assert "No answer came from platform X within 1 seconds" in str(error)
    assert error.may_have_arrived
    assert time.monotonic() - begun < 2


def test_a_tls_handshake_that_never_ends() -> None:
    with silent_port() as port:
        error = failed(f"https://127.0.0.1:{port}", total=5, connect=0.3)
    assert "No answer came from platform X within 1 seconds" in str(error)
    assert not error.may_have_arrived


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_sends_a_byte_from_time_to_time(server: Echo, part: str) -> None:
    """Each byte arrives in time, but the whole answer does not."""
    if part == "headers":
        server.trickle_headers = 0.1
    server.faults.append(Fault(trickle=0.1, response=Response(200, b"x" * 1_000)))
    begun = time.monotonic()
    error = failed(server.url, total=0.5)
    assert "No answer came" in str(error)
    assert error.may_have_arrived
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("cut", ["before", "after", "middle"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_connection_that_is_cut(server: Echo, cut: str, method: str) -> None:
    server.faults.append(Fault(cut=cut))  # type: ignore[arg-type]
    error = failed(server.url, method)
    assert "was cut before the answer was complete" in str(error)
    assert error.may_have_arrived == (method == "PUT")
    assert len(server.requests) == 1


def test_a_request_is_never_sent_again_by_the_client(server: Echo) -> None:
    answering(server, 503)
    failed(server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Echo, status: int) -> None:
    other = Echo()
    with other.serving():
        answering(server, status, Location=f"{other.url}/steal")
        error = failed(server.url)
    assert "does not follow the redirect from platform X (127.0.0.1:" in str(error)
    assert error.may_have_arrived
    assert other.requests == []


def test_credentials_that_are_not_accepted(server: Echo) -> None:
    answering(server, 401, b'{"message": "no"}')
    error = failed(server.url)
    assert "credentials are not accepted by platform X" in str(error)
    assert "correct FREIO_X_TOKEN in Freio's settings, and start Freio again" in str(error)
    assert not error.may_have_arrived


def test_too_many_requests_with_the_seconds_to_wait(server: Echo) -> None:
    answering(server, 429, Retry_After="37")
    error = failed(server.url)
    assert "too many requests to platform X" in str(error)
    assert error.retry_after == 37
    assert not error.may_have_arrived


def test_too_many_requests_with_the_time_to_wait_for(server: Echo) -> None:
    answering(server, 429, Retry_After=format_datetime(datetime.now(UTC) + timedelta(minutes=2)))
    assert failed(server.url).retry_after == pytest.approx(120, abs=3)
    answering(server, 429, Retry_After=format_datetime(datetime.now(UTC) - timedelta(days=2)))
    assert failed(server.url).retry_after == 0


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "Wed, 99 Foo 2026 25:00:00 GMT"])
def test_a_time_to_wait_that_cannot_be_read_is_left_out(server: Echo, text: str) -> None:
    answering(server, 429, Retry_After=text)
    assert failed(server.url).retry_after is None


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_of_the_server(server: Echo, status: int) -> None:
    answering(server, status, b"<html>", Retry_After="5")
    error = failed(server.url)
    assert f"An internal error occurred in platform X (HTTP {status})" in str(error)
    assert error.retry_after == 5
    assert error.may_have_arrived


@pytest.mark.parametrize(
    "body", [b"", b"<html>Log in</html>", b'{"a":', b"\xff\xfe", b"[" * 90_000]
)
def test_an_answer_that_is_not_json(server: Echo, body: bytes) -> None:
    answering(server, 200, body)
    assert "The answer of platform X is not JSON" in str(failed(server.url))


def test_a_compressed_answer_is_not_unpacked(server: Echo) -> None:
    answering(server, 200, b"\x1f\x8b", Content_Encoding="gzip")
    assert "The answer of platform X is not JSON" in str(failed(server.url))
    assert server.requests[0].headers["accept-encoding"] == "identity"


def test_an_answer_that_is_too_large(server: Echo) -> None:
    answering(server, 200, b"x" * 100_001)
    error = failed(server.url)
    assert "The answer of platform X is larger than 1 MB" in str(error)
    assert error.may_have_arrived


def test_an_answer_that_is_not_http(server: Echo) -> None:
    answering(server, 200, b"{}", Bad="x\r\n\x00: y")
    assert "was cut before the answer was complete" in str(failed(server.url))


def test_a_certificate_of_an_unknown_authority(tmp_path: Path) -> None:
    server = Echo(server_context(tmp_path))
    with server.serving():
        error = failed(server.url)
    assert "TLS certificate of platform X is not accepted (self-signed certificate)" in str(error)
    assert not error.may_have_arrived
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [({}, ""), ({"host": "127.0.0.2"}, "IP address mismatch"), ({"days": -1}, "has expired")],
)
def test_a_certificate_of_a_known_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object], reason: str
) -> None:
    """A company adds its own certificates to those of the system, which Freio uses."""
    server = Echo(server_context(tmp_path, **options))  # type: ignore[arg-type]
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    with server.serving():
        if reason:
            assert reason in str(failed(server.url))
            assert server.requests == []
        else:
            http = client(server.url)
            assert http.request("PUT", "/x").status == 200
            http.close()


def test_a_proxy_and_credentials_of_the_environment_are_not_used(
    server: Echo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = Echo()
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password person\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with other.serving():
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, other.url)
        http = client(server.url)
        http.request("GET", "/x")
        http.close()
    assert other.requests == []
    assert server.requests[0].headers["authorization"] == SECRET
