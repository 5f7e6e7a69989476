"""A mapping can be written as TOML and read again, and errors name the mistakes in it."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State, squeeze
from core.errors import FeedError
from core.feed.interpreting.derived_columns import DerivedColumn
from core.feed.interpreting.headings import CANONICAL, FieldSource, match_headings
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping, from_toml, to_toml
from core.feed.saved_mappings import SavedMappings
from core.settings import Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.sql_store import SqlStore
from tests.levels import examples

ME = Actor("t", Role.ADMINISTRATOR)
NOW = datetime(2026, 11, 28, tzinfo=UTC)
TEXT = st.text(min_size=1, max_size=12).filter(str.strip)
COLUMN = st.one_of(TEXT, st.integers(1, 1000))
SOURCE = st.one_of(
    st.builds(FieldSource, st.lists(COLUMN, min_size=1, max_size=3).map(tuple)),
    st.builds(FieldSource, value=TEXT),
)
MAPPING = st.builds(
    FeedMapping,
    name=TEXT,
    based_on=st.text(max_size=5),
    headings=st.lists(TEXT, max_size=3).map(tuple),
    files=st.sampled_from(["", "*.csv"]),
    zone=st.sampled_from([None, ZoneInfo("Europe/Madrid")]),
    day_first=st.sampled_from([None, True, False]),
    year_first=st.booleans(),
    decimal=st.sampled_from(["", ".", ","]),
    heading_line=st.integers(0, 9),
    sheet=st.text(max_size=5),
    list=st.sampled_from(["", "data.results"]),
    ignored=st.lists(COLUMN, max_size=3).map(tuple),
    fields=st.dictionaries(st.sampled_from(CANONICAL), SOURCE, max_size=4),
    states=st.dictionaries(TEXT, st.sampled_from(State), max_size=3).filter(
        lambda states: len(set(map(squeeze, states))) == len(states)
    ),
)


@examples(150)
@given(MAPPING)
def test_a_mapping_written_as_toml_is_read_as_the_same(mapping: FeedMapping) -> None:
    assert from_toml(to_toml(mapping)) == mapping


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = ", "not valid TOML"),
        ("name = 'x'\nnome = 'y'", "nome"),
        ("[fields]\nid = 0", "id"),
        ("[fields]\nid = {}", "id"),
        ("[fields]\nid = []", "id"),
        ("[fields]\nnumber = 'x'", "fields"),
        ("fields = 3", "fields"),
        ("[states]\nrunning = 'RUNNING'", "running"),
        ("states = 'x'", "states"),
        ("zone = 'Mars/Olympus'", "zone"),
        ("zone = '../../etc/passwd'", "zone"),
        ("decimal = ';'", "decimal"),
        ("day_first = 'yes'", "day_first"),
        ("heading_line = -1", "heading_line"),
        ("ignored = 'x'", "ignored"),
        ("ignored = [0]", "ignored"),
        ("ignored = [true]", "ignored"),
        ("headings = [1]", "headings"),
        ("day_first = 1", "day_first"),
        ("files = ['*.csv', '*.txt']", "files"),
        ("name = 'x'\nfields = ]", r"not valid TOML \(line 2\)"),
        ("nome = 'y'", "there is no setting “nome”.* name, based_on, headings, files, zone"),
        ("[fields]\ntotal = 'x'", "Use one of these: id, name, campaign"),
        ("[states]\nx = 'paused'", "Use one of these: DRAFT, WAITING-CONFIRMATION"),
        ("[states]\nRunning = 'PAUSED'\nrunning = 'DRAFT'", "running cannot be “DRAFT”.* PAUSED"),
        ("a = " + "[" * 5000, "not valid TOML"),
    ],
)
def test_a_mistake_in_a_mapping_is_named(text: str, problem: str) -> None:
    with pytest.raises(FeedError, match=problem):
        from_toml(text)


@pytest.mark.parametrize(
    "name", ["Sendões “Plus”", "a \"b\" 'c'", "tab\there", "back\\slash", "#1 [x] = y", "çã ñ 日本"]
)
def test_a_mapping_moves_to_another_freio_by_its_file(tmp_path: Path, name: str) -> None:
    stores = [SqlStore(DuckDBEngine(tmp_path / f"{n}.duckdb")) for n in range(2)]
    one, other = (Loader(store, Settings(), lambda: NOW) for store in stores)
    column = f"{name}: número"
    fields = {"id": FieldSource((column,)), "name": FieldSource(("x", 3), takes_first=True)}
    made = FeedMapping(
        name=name, files="relatório-*.csv", fields=fields, states={name: State.PAUSED}
    )
    one.mappings.save(made)
    file = to_toml(one.mappings.named(name)).replace("\n", "\r\n").encode("utf-8-sig")
    other.mappings.save(from_toml(file))
    assert other.mappings.named(unicodedata.normalize("NFD", f" {name} ")) == made
    assert other.mappings.for_file(unicodedata.normalize("NFD", "Relatório-1.CSV")) == made
    heading = column.replace('"', '""')
    text = f'"{heading}",x,y,state,total_records,scheduled_at\n7,a,b,"{name}",5,2030-01-01\n'
    text = text.replace(f'"{name}"', '"' + name.replace('"', '""') + '"')
    done = other.load(BytesIO(text.encode()), "f.csv", ME, LoadOptions(mapping_name=name))
    assert done.meaning.first_send is not None
    assert (done.meaning.first_send.id, done.meaning.first_send.state) == ("7", State.PAUSED)
    for store in stores:
        store.close()


def test_a_sheet_may_be_named_by_a_number() -> None:
    assert from_toml("name = 'x'\nsheet = 2026").sheet == "2026"


class OneFact:
    def __init__(self, text: str) -> None:
        self.text = text

    def fact(self, _name: str) -> str:
        return self.text


def test_a_mapping_that_an_earlier_version_saved_is_still_read() -> None:
    saved = '{"Icomm": {"columns": {"Qual": "name", "Obs": ""}, "zone": "Europe/Madrid"}}'
    assert SavedMappings(OneFact(saved)).all() == [
        FeedMapping(
            name="Icomm",
            fields={"name": FieldSource(("Qual",))},
            ignored=("Obs",),
            zone=ZoneInfo("Europe/Madrid"),
        )
    ]


def test_positions_are_recognised_only_in_files_with_the_same_headings() -> None:
    mapping = FeedMapping(headings=("id", "name", "name"), fields={"name": FieldSource((3,))})
    assert mapping.recognises(("ID", "Name", "name"))
    assert not mapping.recognises(("id", "name"))
    assert not FeedMapping(fields={"name": FieldSource((3,))}).recognises(("a", "b", "c"))
    assert not FeedMapping().recognises(("id",))
    assert mapping.recognises(("id", "name", "name", "added"))
    ignoring = FeedMapping(headings=("id", "a", "b"), ignored=(2,))
    assert ignoring.recognises(("id", "a", "b"))
    assert not ignoring.recognises(("id", "b", "a"))


@pytest.mark.parametrize("name", ["erp-1.csv", "f.csv"])
def test_a_saved_mapping_with_positions_is_refused_if_columns_have_moved(
    tmp_path: Path, name: str
) -> None:
    headings = "id,total_records,name,name,state,scheduled_at"
    row = "1,5,One,Uno,scheduled,2030-01-02T12:00Z"
    fields = {"name": FieldSource((4,)), "total_records": FieldSource((2,))}
    made = FeedMapping(headings=tuple(headings.split(",")), fields=fields)
    store = SqlStore(DuckDBEngine(tmp_path / "a.duckdb"))
    loader = Loader(store, Settings(), lambda: NOW)
    loader.mappings.save(replace(made, name="ERP", files="erp-*.csv"))
    options = LoadOptions(mapping_name="" if name == "erp-1.csv" else "ERP")

    def load(text: str) -> str | None:
        loader.load(BytesIO(text.encode()), name, ME, options)
        found = store.configuration(ConfigurationId("1"))
        return found and found.name

    with pytest.raises(FeedError, match="“ERP” has positions of columns, but it was saved for"):
        load(f"clicks,{headings}\n9,{row}")
    assert load(f"{headings},added\n{row},x") == "Uno"
    store.close()


def test_the_columns_of_an_id_are_also_read_as_their_own_fields() -> None:
    headings = ("Name", "Send date", "Recipients", "State")
    for columns in (("Name", "Send date"), ("Name",)):
        mapping = FeedMapping(fields={"id": FieldSource(columns)})
        found = match_headings(headings, mapping)
        assert not found.missing
        assert (found.places["name"], found.places["scheduled_at"]) == (0, 1)


def test_a_field_may_be_a_position_a_fixed_value_or_joined_columns() -> None:
    mapping = FeedMapping(
        fields={
            "name": FieldSource((2,)),
            "state": FieldSource(value="SENT-DONE"),
            "id": FieldSource(("Nome", "Quando")),
        }
    )
    found = match_headings(("Nome", "Nome", "Quando", "Registros"), mapping)
    assert dict(found.places) == {"name": 1, "state": 4, "id": 5, "total_records": 3}
    assert found.derived == (DerivedColumn(value="SENT-DONE"), DerivedColumn((0, 2)))
    assert found.missing == ("scheduled_at",)


def test_an_id_is_never_joined_from_a_part_of_its_columns() -> None:
    mapping = FeedMapping(fields={"id": FieldSource(("name", "Time"))})
    found = match_headings(("name",), mapping)
    assert "id" in found.missing
    assert found.lost == ("Time",)


@pytest.mark.parametrize("zone", ["+05:30", "-03:30", "Etc/GMT+5", "America/Lima"])
def test_a_zone_is_written_and_read_again(zone: str) -> None:
    mapping = from_toml(f'zone = "{zone}"')
    assert from_toml(to_toml(mapping)).zone is mapping.zone
    assert mapping.zone is not None
    assert mapping.zone.key == zone
