"""The first request to a server that has just started, by a person who is not logged in."""

from pathlib import Path

import pytest

from core.domain.states import State
from core.settings import ROOT
from core.store.duckdb.engine import DuckDBEngine
from core.store.sql_store import SqlStore
from tests.journeys.browser import running
from tests.journeys.provider import CLIENT_SECRET, COOKIE_SECRET, ROLES
from tests.journeys.websocket_client import login_page
from tests.sends import ME, actions, load, send

OTHER_PAGES = ["", "overview", "configuration", "aborts", "feeds", "system", "help"]
DATA = ("Promo", "operador 1", "FREIO_DATABASE", "duckdb", "Closing first", "Agendado")
WAYS = {
    "uvicorn": ["-m", "uvicorn", "dashboard:app", "--host", "127.0.0.1", "--port"],
    "streamlit": [
        *("-m", "streamlit", "run", str(ROOT / "dashboard.py"), "--server.headless", "true"),
        "--server.port",
    ],
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with sends and an abort in it."""
    path = tmp_path_factory.mktemp("filled") / "filled.duckdb"
    store = SqlStore(DuckDBEngine(path))
    load(store, send("a"), send("b", State.PROCESANDO))
    actions(store).abort(send("a").id, ME)
    store.set_fact("origin", "feed")
    store.close()
    return path


@pytest.mark.long
@pytest.mark.parametrize(
    ("way", "page"),
    [
        ("uvicorn", "configurations"),
        ("streamlit", "configurations"),
        *(pytest.param("uvicorn", page, marks=pytest.mark.long) for page in OTHER_PAGES),
    ],
)
def test_a_deep_link_to_a_cold_server_shows_nothing_to_who_is_not_logged_in(
    tmp_path: Path, filled: Path, way: str, page: str
) -> None:
    (tmp_path / "test.duckdb").write_bytes(filled.read_bytes())
    (tmp_path / "roles.toml").write_text(ROLES)
    settings = {
        "FREIO_DATABASE": f"duckdb:///{tmp_path}/test.duckdb",
        "FREIO_DEMO": "off",
        # No request goes to the provider before a person logs in.
        "FREIO_OIDC_URL": "http://127.0.0.1:9/.well-known/openid-configuration",
        "FREIO_OIDC_CLIENT": "freio",
        "FREIO_OIDC_SECRET": CLIENT_SECRET,
        "FREIO_COOKIE_SECRET": COOKIE_SECRET,
        "FREIO_PUBLIC_URL": "{address}",
        "FREIO_ROLES": str(tmp_path / "roles.toml"),
    }
    log = tmp_path / "server.log"
    with running(WAYS[way], "/healthz", log, ROOT, settings) as address:
        shown = login_page(address, page)
        for text in DATA:
            assert text not in shown
        assert "Log in" in shown
