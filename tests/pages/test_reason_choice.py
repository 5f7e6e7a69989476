"""The reasons in the dialog: own presets, the reader's language, and required reasons."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State
from core.runtime import instance
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import ROOT, Settings
from tests.pages.dialog import confirm, shown
from tests.pages.test_pages import FEED
from tests.sends import receipts_in

FILE = """
[price]
en = "Wrong price"
pt_BR = "Preço errado"
es = "Precio equivocado"
"""


@pytest.fixture
def freio(tmp_path: Path) -> Iterator[Application]:
    path = tmp_path / "reasons.toml"
    path.write_text(FILE, encoding="utf-8")
    settings = Settings(
        database="duckdb:///:memory:", demo=False, reasons=path, reason_required=True
    )
    made = build(settings)
    instance.use(made)
    made.loader.load(BytesIO(FEED.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))
    yield made
    instance.use(None)
    made.stop()


def asking(**params: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=30)
    at.switch_page("configurations.py")
    for key, value in params.items():
        at.query_params[key] = value
    # Do it in one run, because AppTest cannot run again in another language.
    at.session_state["page"] = "configurations"
    at.session_state["abort_pending"] = "s1"
    return at.run()


@pytest.mark.parametrize(
    ("language", "label", "reason"),
    [
        ("en", "Reason (required)", "Wrong price"),
        ("pt", "Motivo (obrigatório)", "Preço errado"),
        ("es", "Motivo (obligatorio)", "Precio equivocado"),
    ],
)
def test_the_dialog_offers_them_in_the_readers_language(
    freio: Application, language: str, label: str, reason: str
) -> None:
    form = shown(asking(lang=language))
    assert form["reason_label"] == label
    assert form["reasons"] == [["price", reason]]
    assert form["needs_reason"]


def test_nothing_is_stopped_before_one_is_chosen(freio: Application) -> None:
    at = confirm(asking())
    assert "No reason is chosen" in at.error[0].value
    assert state(freio) is State.SCHEDULED
    confirm(asking(), reason="price")
    assert state(freio) is State.CANCELLED
    assert receipts_in(freio.store)[0].reason == "price"


def state(freio: Application) -> State:
    found = freio.queries.configuration(ConfigurationId("s1"))
    assert found is not None
    return found.state
