"""If PostgreSQL does not answer or refuses Freio, an error with the cause comes soon."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from core.domain.model import ConfigurationId
from core.errors import OutcomeUnknownError, StoreError
from core.store.postgres.engine import PostgresEngine
from core.store.postgres.errors import refused
from core.store.sql_store import SqlStore
from tests.faults.proxy import Proxy
from tests.faults.test_postgres import ID, in_the_middle, is_whole, through, wait_for
from tests.postgres_server import Server
from tests.sends import ME, actions, load, send

#: The limit for what should take less than two seconds, because a test machine may be busy.
SOON = 4.0


def as_user(server: Server, url: str, user: str, password: str = "") -> str:
    """Return a URL for a user who needs a password."""
    server.run(f"CREATE ROLE {user} LOGIN PASSWORD 'right'")
    rules = Path(server._data) / "pg_hba.conf"
    rules.write_text(f"host all {user} 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    server.run("SELECT pg_reload_conf()")
    time.sleep(0.3)  # the server needs a moment to read it
    return url.replace("//freio@", f"//{user}:{password}@" if password else f"//{user}@")


def test_a_wrong_password_is_named_and_neither_it_nor_the_right_one_is_shown(
    server: Server, url: str
) -> None:
    with pytest.raises(StoreError, match="does not accept the user or the password") as raised:
        PostgresEngine(as_user(server, url, "ana", "wrong"))
    assert "wrong" not in str(raised.value)
    assert "Correct FREIO_DATABASE" in str(raised.value)
    with pytest.raises(StoreError, match="does not accept the user or the password"):
        PostgresEngine(url.replace("//freio@", "//ana@"))
    PostgresEngine(url.replace("//freio@", "//ana:right@")).close()


def test_a_database_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(StoreError, match=r"nowhere does not exist on its server\. Nothing was"):
        PostgresEngine(url.rpartition("/")[0] + "/nowhere")


def test_a_server_with_too_many_connections_is_named(server: Server, url: str) -> None:
    theirs = as_user(server, url, "rui", "right")
    server.run(f"ALTER DATABASE {url.rpartition('/')[2]} CONNECTION LIMIT 0")
    with pytest.raises(StoreError, match="accepts no more connections"):
        PostgresEngine(theirs)


@pytest.mark.long
def test_a_server_that_takes_no_more_connections_later_is_named(server: Server, url: str) -> None:
    theirs = as_user(server, url, "otto", "right")
    store = SqlStore(PostgresEngine(url))
    server.run("ALTER ROLE otto SUPERUSER")
    engine = PostgresEngine(theirs)
    server.run("ALTER ROLE otto NOSUPERUSER")
    server.run(f"ALTER DATABASE {url.rpartition('/')[2]} CONNECTION LIMIT 0")
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'otto'"
    server.run(cut)
    with pytest.raises(StoreError, match="accepts no more connections"):
        for _ in range(3):
            engine.rows("SELECT 1")
    engine.close()
    store.close()


def test_a_server_without_tls_is_named_where_tls_is_asked_for(url: str) -> None:
    with pytest.raises(StoreError, match="offers no TLS"):
        PostgresEngine(url + "?sslmode=require")


def test_an_error_names_the_machine_that_the_server_refuses(server: Server, url: str) -> None:
    theirs = as_user(server, url, "eva", "right")
    rules = Path(server._data) / "pg_hba.conf"
    rules.write_text("host all eva 127.0.0.1/32 reject\n" + rules.read_text())
    server.run("SELECT pg_reload_conf()")
    time.sleep(0.3)
    with pytest.raises(StoreError, match="does not accept this machine, user or database"):
        PostgresEngine(theirs)


def test_a_host_that_has_no_address_is_named() -> None:
    with pytest.raises(StoreError, match=r"host of the database .* cannot be found"):
        PostgresEngine("postgresql://freio@nowhere.invalid/freio")


def test_a_user_without_rights_is_named(server: Server, url: str) -> None:
    engine = PostgresEngine(as_user(server, url, "vera", "right"))
    with pytest.raises(StoreError, match=r"user may not do what Freio needs \(permission denied"):
        SqlStore(engine)
    engine.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("FATAL:  la autentificación password falló para el usuario «freio»", "the password"),
        ("FATAL:  no existe la base de datos «freio»", "does not exist on its server"),
        ("FATAL:  lo siento, ya tenemos demasiados clientes", "accepts no more connections"),
        ("FATAL:  sorry, too many clients already", "accepts no more connections"),
        (
            "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "accepts no more connections",
        ),
        ("FATAL:  the database system is starting up", "is starting or stopping"),
        (
            "FATAL:  terminating connection due to administrator command",
            "is starting or stopping. Nothing was changed",
        ),
        ("FATAL:  no pg_hba.conf entry for host “h”, user “u”, no encryption", "without TLS"),
        (
            "FATAL:  no pg_hba.conf entry for host “h”, SSL encryption\n"
            "connection to server at “h” failed: FATAL:  no pg_hba.conf entry for “h”, no encryption",
            "does not accept this machine, user or database.",
        ),
        ("SSL error: certificate verify failed", "TLS certificate"),
        ("FATAL:  something new", r"does not accept Freio (something new)"),
        ("could not receive data from server: Connection timed out", "does not answer"),
        ("Connection refused\n\tIs the server running on that host?", "does not answer"),
    ],
)
def test_each_cause_is_named(words: str, said: str) -> None:
    error = psycopg.OperationalError(f'connection to server at "h", port 5432 failed: {words}')
    assert said in str(refused(error, "postgresql://freio@h/freio"))


def took(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def all_at_once(work: Callable[[], object], count: int = 4) -> list[float]:
    """Return the seconds that each of several threads took. Each must end with a StoreError."""
    times: list[float] = []

    def one() -> None:
        with pytest.raises(StoreError, match="does not answer"):
            times.append(0.0)
            began = time.monotonic()
            try:
                work()
            finally:
                times[times.index(0.0)] = time.monotonic() - began

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(times) == count
    return times


@pytest.mark.long
def test_if_a_server_hangs_every_reader_gets_an_error_soon_and_it_recovers_by_itself(
    server: Server, url: str, proxy: Proxy
) -> None:
    store = through(proxy, server, url)
    proxy.flows.clear()
    assert max(all_at_once(store.ping)) < SOON
    # Freio knows now that the server does not answer.
    assert max(all_at_once(store.ping)) < SOON / 2
    proxy.flows.set()
    wait_for(store)
    store.close()


def test_if_a_server_stops_every_reader_gets_an_error_soon_and_it_recovers_by_itself(
    server: Server, url: str, proxy: Proxy
) -> None:
    store = through(proxy, server, url)
    proxy.is_down = True
    for line in proxy._lines:
        line.shutdown(2)
    assert max(all_at_once(store.ping)) < SOON
    proxy.is_down = False
    wait_for(store)
    store.close()


def test_an_abort_on_a_server_that_hangs_is_soon_an_error_and_not_called_stopped(
    server: Server, url: str, proxy: Proxy
) -> None:
    store = through(proxy, server, url)
    load(store, send("s1"))
    proxy.flows.clear()

    def abort() -> None:
        with pytest.raises(StoreError, match="does not answer"):
            actions(store).abort(ID, ME)

    assert took(abort) < SOON
    proxy.flows.set()
    wait_for(store)
    assert not is_whole(store, "s1")
    store.close()


@pytest.mark.long
def test_a_commit_that_meets_a_server_that_hangs_is_called_unknown_and_what_came_of_it_is_whole(
    server: Server, url: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = through(proxy, server, url)
    load(store, send("s1"))
    in_the_middle(monkeypatch, proxy.flows.clear)
    with pytest.raises((OutcomeUnknownError, StoreError)) as raised:
        actions(store).abort(ID, ME)
    proxy.flows.set()
    wait_for(store)
    stopped = is_whole(store, "s1")
    assert isinstance(raised.value, OutcomeUnknownError) or not stopped
    store.close()


@pytest.mark.long
def test_a_long_statement_of_a_server_that_answers_is_waited_for(url: str) -> None:
    engine = PostgresEngine(url)
    assert engine.rows("SELECT 1 FROM pg_sleep(2.5)") == [(1,)]
    engine.close()


@pytest.mark.long
def test_a_row_that_another_transaction_holds_is_waited_for(url: str) -> None:
    store = SqlStore(PostgresEngine(url))
    load(store, send("s1"))
    with psycopg.connect(url) as other:
        other.execute("SELECT * FROM configurations WHERE id = 's1' FOR UPDATE")
        threading.Timer(2.0, other.rollback).start()
        assert actions(store).abort(ConfigurationId("s1"), ME).accepted
    store.close()


@pytest.mark.long
def test_that_a_server_is_away_and_back_is_logged_once(
    server: Server, url: str, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    store = through(proxy, server, url)
    with caplog.at_level("WARNING", "core"):
        proxy.flows.clear()
        for _ in range(3):
            all_at_once(store.ping)
        proxy.flows.set()
        wait_for(store)
    said = [r.getMessage() for r in caplog.records if r.name.startswith("core.store")]
    assert len(said) == 2
    assert " is away: " in said[0]
    assert said[1].endswith("answers again")
    store.close()


def test_while_freio_cannot_start_it_is_logged_once_that_the_server_is_away(
    url: str, proxy: Proxy, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.is_down = True
    with caplog.at_level("WARNING", "core"):
        for _ in range(3):
            with pytest.raises(StoreError, match="does not answer"):
                through(proxy, server, url)
        proxy.is_down = False
        through(proxy, server, url).close()
    said = [r.getMessage() for r in caplog.records if r.name.startswith("core.store")]
    assert len(said) == 2
    assert said[1].endswith("answers again")
