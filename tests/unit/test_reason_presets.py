"""Own presets of reasons, and required reasons."""

from pathlib import Path

import pytest

from core.domain.states import State
from core.errors import SettingsError
from core.services.aborts import AbortService, ReasonMissingError
from core.services.reason_presets import OWN, name_of, read_presets
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, load, receipts_in, send

FILE = '[price]\nen = "Wrong price"\npt_BR = "Preço errado"\n[client]\nes = "Lo pidió el cliente"\n'


def test_a_file_names_its_reasons_in_each_language(tmp_path: Path) -> None:
    path = tmp_path / "reasons.toml"
    path.write_text(FILE, encoding="utf-8")
    found = read_presets(path)
    assert list(found) == ["price", "client"]
    assert name_of(found, "price", "pt_BR") == "Preço errado"
    assert name_of(found, "price", "fr") == "Wrong price"
    assert name_of(found, "client", "en") == "Lo pidió el cliente"
    assert name_of(found, "other", "en") == ""
    assert tuple(read_presets(None)) == OWN


@pytest.mark.parametrize("text", ["", "[a]", 'a = "b"', "[a]\nen = 1", '["<b>"]\nen = "x"', "[a"])
def test_an_invalid_file_of_reasons_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "reasons.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be used"):
        read_presets(path)


def test_where_a_reason_is_needed_nothing_is_stopped_without_one() -> None:
    store = SqlStore(DuckDBEngine(MEMORY))
    load(store, send("a"))
    strict = AbortService(
        store, lambda: NOW, lambda: True, lambda: NOW, reasons=("price",), needs_reason=True
    )
    for reason in ("", "legal"):
        with pytest.raises(ReasonMissingError, match="No reason is chosen"):
            strict.abort(send("a").id, ME, reason=reason)
    assert receipts_in(store) == []
    assert strict.abort(send("a").id, ME, reason="price").after.state is State.CANCELLED
    assert receipts_in(store)[0].reason == "price"
    store.close()
