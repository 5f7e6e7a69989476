"""Readers share prepared content only with readers who would see the same."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from core.domain.list_query import ListQuery
from core.domain.model import Actor, ConfigurationId, Role, SendConfiguration
from core.runtime.actor_view import view_for
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
from pages.shell import page_run
from pages.text.i18n import _
from pages.viewer.language import ReaderLanguage, using_language
from tests.sends import NOW, load, send

ACCOUNTS = ("Alfa", "Beta", "Gama")


@dataclass(frozen=True)
class Reader:
    """A person: the accounts that they may see (None: all), their role, their language."""

    accounts: frozenset[str] | None
    role: Role
    language: str


readers = st.builds(
    Reader,
    st.none() | st.frozensets(st.sampled_from(ACCOUNTS)),
    st.sampled_from(Role),
    st.sampled_from(("en", "pt", "es")),
)


def of_account(id: str, account: str) -> SendConfiguration:
    return replace(send(id), account=account)


@pytest.fixture(scope="module")
def freio() -> Iterator[Application]:
    made = build(Settings(database="duckdb:///:memory:", demo=False), lambda: NOW)
    load(made.store, *(of_account(account, account) for account in ACCOUNTS))
    yield made
    made.stop()


def content() -> tuple[frozenset[str], Role | None, str]:
    current = page_run.view()
    rows = current.queries.page(ListQuery()).rows
    return frozenset(row.account for row in rows), current.actor.role, _("Sends")


def seen_by(reader: Reader, freio: Application) -> tuple[frozenset[str], Role | None, str]:
    actor = Actor("A person", reader.role, reader.accounts)
    language = ReaderLanguage(reader.language, Locale(reader.language))
    with using_language(language), page_run._using(view_for(freio, actor).in_step()):
        return page_run.shared(content)


@given(st.lists(readers, min_size=2, max_size=8))
def test_each_reader_gets_the_content_of_their_own_accounts_role_and_language(
    freio: Application, people: list[Reader]
) -> None:
    words = {"en": "Sends", "pt": "Envios", "es": "Envíos"}
    for reader in people:
        allowed = frozenset(ACCOUNTS) if reader.accounts is None else reader.accounts
        assert seen_by(reader, freio) == (allowed, reader.role, words[reader.language])


def test_equal_readers_share_one_preparation_until_the_store_changes(freio: Application) -> None:
    runs = []

    def counted() -> int:
        runs.append(1)
        return len(runs)

    def read(accounts: frozenset[str] | None) -> int:
        actor = Actor("A person", Role.VIEWER, accounts)
        with page_run._using(view_for(freio, actor).in_step()):
            return page_run.shared(counted)

    assert [read(None), read(None), read(frozenset({"Alfa"})), read(None)] == [1, 1, 2, 1]
    load(freio.store, of_account("later", "Alfa"))
    assert [read(None), read(None)] == [3, 3]
    assert freio.queries.configuration(ConfigurationId("later")) is not None


#: A reader, and what `shared` is asked for.
ONE: dict[str, Any] = {
    "role": Role.VIEWER,
    "only_demo": False,
    "accounts": frozenset({"Alfa"}),
    "now": NOW,
    "language": "pt",
    "locale": "pt_BR",
    "zone": "America/Sao_Paulo",
    "theme": "light",
    "question": "first",
    "option": 1,
}


def read_as(reader: dict[str, Any], freio: Application, monkeypatch: pytest.MonkeyPatch) -> object:
    actor = Actor("A person", reader["role"], reader["accounts"])
    # The view is of a person of this role; only the demo is missing here.
    current = replace(
        view_for(freio, actor),
        actor=replace(actor, only_demo=reader["only_demo"]),
        now=reader["now"],
    )
    theme = SimpleNamespace(type=reader["theme"])
    context = SimpleNamespace(timezone=reader["zone"], theme=theme)
    monkeypatch.setattr(streamlit, "context", context)
    language = ReaderLanguage(reader["language"], Locale.parse(reader["locale"]))
    with using_language(language), page_run._using(current):
        return page_run.shared(new_object, reader["question"], option=reader["option"])


def new_object(question: str, *, option: int) -> object:
    return object()


@pytest.mark.parametrize(
    "other",
    [
        {"role": Role.OPERATOR},
        {"only_demo": True},
        {"accounts": frozenset({"Beta"})},
        {"accounts": None},
        {"now": NOW + timedelta(seconds=5)},
        {"language": "es"},
        {"locale": "pt_PT"},
        {"zone": "America/Manaus"},
        {"theme": "dark"},
        {"question": "second"},
        {"option": 2},
    ],
    ids=str,
)
def test_readers_who_differ_in_one_thing_share_nothing(
    freio: Application, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    mine = read_as(ONE, freio, monkeypatch)
    assert read_as(ONE | other, freio, monkeypatch) is not mine
    assert read_as(ONE, freio, monkeypatch) is mine
