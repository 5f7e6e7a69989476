"""Which list of a JSON document has the sends: a clear one, or else a person or a mapping decides."""

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.domain.load_results import ImportSummary
from core.domain.model import Actor, ConfigurationId, Role
from core.errors import FeedError
from core.feed.ambiguous_values import OpenQuestionError
from core.feed.interpreting.headings import FieldSource
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping
from tests.feed.test_tried_files import tried

ME = Actor("t", Role.ADMINISTRATOR)
SEND = {
    "id": 1,
    "name": "a",
    "status": "scheduled",
    "total_records": 5,
    "scheduled_at": "2030-01-01T10:00:00Z",
}
OTHER = SEND | {"id": 2}
TWO = {"waiting": [SEND], "done": {"sent": [OTHER]}}


def load(loader: Loader, document: Any, **options: Any) -> ImportSummary:
    data = BytesIO(json.dumps(document, indent=1).encode())
    return loader.load(data, "f.json", ME, LoadOptions(**options))


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in OTHER.items() if name not in names}


@pytest.mark.parametrize("other", [OTHER, without("total_records"), without("scheduled_at")])
def test_two_lists_of_sends_are_a_question(loader: Loader, other: dict[str, Any]) -> None:
    document = {"waiting": [SEND], "done": {"sent": [other]}}
    with pytest.raises(
        OpenQuestionError, match=r"several lists .*: waiting, done\.sent\."
    ) as asked:
        load(loader, document)
    (question,) = asked.value.questions
    assert question.kind == "list"
    assert [each.answer for each in question.readings] == ["waiting", "done.sent"]
    assert loader.store.is_empty()


def test_the_page_can_offer_the_lists(loader: Loader) -> None:
    layout = loader.first_rows(BytesIO(json.dumps(TWO).encode()), "f.json").layout
    assert layout.likely_lists == layout.lists == ("waiting", "done.sent")


def test_a_given_or_a_saved_mapping_chooses_the_list(loader: Loader) -> None:
    done = load(loader, TWO, mapping=FeedMapping(list="done.sent"))
    assert done.meaning.first_send is not None
    assert done.meaning.first_send.id == "2"
    assert "list “done.sent”; the file also has: waiting" in " ".join(map(str, done.notes))
    loader.mappings.save(FeedMapping(name="own", list="waiting", headings=("id", "scheduled_at")))
    done = load(loader, TWO)
    assert done.meaning.first_send is not None
    assert done.meaning.first_send.id == "1"


@pytest.mark.parametrize(
    "document",
    [
        {"lists": [{"id": 7, "name": "x"}] * 9, "campaigns": [SEND]},
        {"users": [{"id": 7, "name": "x", "status": "ok"}], "campaigns": [SEND]},
        {"id": "r1", "name": "me", "status": "ok", "campaigns": [SEND]},
        [SEND | {"lists": [{"id": 7, "name": "x"}]}],
    ],
)
def test_a_list_of_other_things_is_no_question(loader: Loader, document: Any) -> None:
    done = load(loader, document)
    assert done.new == 1
    if isinstance(document, dict):
        assert "in the list “campaigns”" in " ".join(map(str, done.notes))


def test_a_profile_finds_its_list_among_others(loader: Loader) -> None:
    campaign = {
        "id": 9,
        "name": "S",
        "campaignState": "Running",
        "startAt": 1893499200000,
        "sendSize": 5.0,
        "messageMedium": "Email",
    }
    channels = [{"id": 1, "name": "x", "status": "ok"}]
    done = load(loader, {"channels": channels, "campaigns": [campaign]})
    assert "list “campaigns”; the file also has: channels" in " ".join(map(str, done.notes))
    assert done.new == 1


def test_objects_on_several_lines_are_read_one_after_the_other(loader: Loader) -> None:
    text = json.dumps(SEND, indent=2) + "\n" + json.dumps(OTHER, indent=2) + "\n"
    done = loader.load(BytesIO(text.encode()), "f.json", ME)
    assert (done.new, done.rejected) == (2, 0)


@pytest.mark.parametrize("between", ["", " ", "\n"])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("path", ["", "results"])
def test_several_documents_are_read_one_after_the_other(
    loader: Loader, path: str, indent: int | None, between: str
) -> None:
    pages = [{path: [each]} if path else [each] for each in (SEND, OTHER)]
    text = between.join(json.dumps(each, indent=indent) for each in pages)
    done = loader.load(BytesIO(text.encode()), "f.json", ME)
    assert (done.new, done.rejected) == (2, 0)
    for end in ("{oops", "Done."):
        with pytest.raises(FeedError, match="breaks off or is damaged after its first object"):
            loader.load(BytesIO((json.dumps(pages[0], indent=1) + end).encode()), "f.json", ME)


@pytest.mark.parametrize("pages", [[SEND], [SEND, OTHER]])
def test_a_page_without_rows_may_be_null_and_an_error_in_place_of_a_page_refuses_the_file(
    loader: Loader, pages: list[Any]
) -> None:
    def text(*last: Any) -> BytesIO:
        answers = [*({"data": [each]} for each in pages), *last]
        return BytesIO("\n".join(map(json.dumps, answers)).encode())

    with pytest.raises(FeedError, match=f"Answer {len(pages) + 1} of several .*: “rate limited”"):
        loader.load(text({"error": "rate limited"}), "f.json", ME)
    done = loader.load(text({"data": None}), "f.json", ME)
    assert (done.new, done.rejected) == (len(pages), 0)


@pytest.mark.parametrize("around", [{}, {"total_items": 0}])
def test_null_in_place_of_the_list_is_named(loader: Loader, around: dict[str, Any]) -> None:
    with pytest.raises(FeedError, match="The list “campaigns” in the file is empty"):
        load(loader, {"campaigns": None} | around)


@pytest.mark.parametrize("payload", [SEND, [SEND]])
def test_json_in_a_cell_is_named(loader: Loader, payload: Any) -> None:
    text = 'id,body\n1,"' + json.dumps(payload).replace('"', '""') + '"\n'
    with pytest.raises(FeedError, match="the cells of its column “body” have JSON, such as “"):
        loader.load(BytesIO(text.encode()), "f.csv", ME)


@pytest.mark.parametrize(
    ("around", "said"),
    [
        ({"timezone": "America/New_York"}, "timezone: America/New_York"),
        ({"meta": {"time_zone": "America/New_York"}}, "time zone: America/New_York"),
        ({"account": {"timezone": {"id": "UTC"}}}, "timezone: UTC"),
    ],
)
@pytest.mark.parametrize("is_before", [True, False])
def test_a_zone_around_the_list_is_a_question_if_times_have_no_offset(
    loader: Loader, around: dict[str, Any], said: str, is_before: bool
) -> None:
    sends = {"campaigns": [SEND | {"scheduled_at": "2030-01-01 10:00"}]}
    document = around | sends if is_before else sends | around
    for each in (document, [document]):
        with pytest.raises(OpenQuestionError, match=f"America/Sao_Paulo, but .*: “{said}”"):
            load(loader, each)
    chosen = load(loader, document, zone=ZoneInfo("America/New_York"))
    assert said in " ".join(map(str, chosen.notes))
    assert load(loader, around | {"campaigns": [SEND]}).rejected == 0


def test_an_unknown_zone_around_the_list_is_refused(loader: Loader) -> None:
    sends = [SEND | {"scheduled_at": "2030-01-01 10:00"}]
    with pytest.raises(FeedError, match="“BRT” is not a zone that Freio knows"):
        load(loader, {"timezone": "BRT", "campaigns": sends})


def test_a_state_and_a_time_may_be_objects(loader: Loader) -> None:
    at = {"date": "2030-01-01 10:00:00.000000", "timezone_type": 3, "timezone": "UTC"}
    done = load(loader, [SEND | {"status": {"id": 3, "name": "Scheduled"}, "scheduled_at": at}])
    assert done.meaning.first_send is not None
    assert done.meaning.first_send.state == "SCHEDULED"
    assert done.meaning.first_send.scheduled_at == datetime(2030, 1, 1, 10, tzinfo=UTC)


def test_an_empty_answer_is_reported_as_empty(loader: Loader) -> None:
    with pytest.raises(FeedError, match=r"The list “data\.results” in the file is empty"):
        load(loader, {"data": {"results": [], "total": 0}})


def pages(*answers: Any) -> BytesIO:
    return BytesIO("\n".join(json.dumps(each) for each in answers).encode())


@pytest.mark.parametrize(
    ("answers", "mark"),
    [
        ([{"page": 1, "pages": 2, "sends": [SEND]}, {"page": 2, "pages": 2, "sends": [OTHER]}], ""),
        ([{"total": 2, "sends": [SEND]}, {"total": 2, "sends": [OTHER]}], ""),
        ([{"sends": [SEND]}, {"previous": "x", "next": None, "sends": [OTHER]}, {"sends": []}], ""),
        ([{"page": 1, "pages": 3, "sends": [SEND]}, {"pages": 3, "sends": [OTHER]}], "pages: 3"),
        ([{"total": 3, "sends": [SEND]}, {"total": 3, "sends": [OTHER]}], "total: 3"),
        ([{"sends": [SEND]}, {"next": "x", "sends": [OTHER]}], "next: x"),
    ],
)
def test_each_line_may_be_a_page_of_an_answer(loader: Loader, answers: Any, mark: str) -> None:
    done = loader.load(pages(*answers), "f.ndjson", ME, LoadOptions(is_full=True))
    assert (done.new, done.rejected) == (2, 0)
    notes = " ".join(map(str, done.notes))
    assert "The sends are in the list “sends”." in notes
    assert ("seems to have only some of the sends" in notes) == bool(mark)
    assert mark in notes


def test_pages_have_their_list_inside_objects_too_and_damaged_lines_are_rejected(
    loader: Loader,
) -> None:
    data = pages({"data": {"results": [SEND]}}, {"data": {"results": [OTHER, {"id": 3}]}})
    text = data.getvalue() + b'\n{"data": {"results": [{"id"'
    done = loader.load(BytesIO(text), "f.json", ME)
    assert (done.new, done.rejected) == (2, 2)


def test_sends_with_lists_inside_are_no_pages(loader: Loader) -> None:
    lists = [{"id": 7, "name": "x"}, {"id": 8, "name": "y"}]
    done = loader.load(pages(SEND | {"lists": lists}, OTHER | {"lists": lists}), "f.json", ME)
    assert (done.new, done.rejected) == (2, 0)


@pytest.mark.parametrize("key", ["account", "user", "list", "campaign", "updated_at", "generated"])
@pytest.mark.parametrize("nested", [{"id": 3}, [{"id": 3, "name": "x"}], [["x"]], ["1", {"b": 2}]])
@pytest.mark.parametrize("place", [0, 1, 1_200])
def test_an_object_in_a_column_that_nobody_chose_rejects_no_row(
    loader: Loader, key: str, nested: Any, place: int
) -> None:
    sends = [SEND | {"id": n} for n in range(1_300)]
    sends[place] |= {key: nested}
    done = load(loader, sends)
    assert (done.new, done.rejected) == (1_300, 0)


def test_an_object_among_values_leaves_its_field_empty_and_a_note_says_so(loader: Loader) -> None:
    done = load(loader, [SEND | {"user": "Ana"}, OTHER | {"user": {"id": 3}}])
    assert (done.new, done.rejected) == (2, 0)
    (note,) = [each for each in done.notes if each.column == "created_by"]
    assert "Created by is left empty where the file has an object or a list." in str(note)


def test_objects_in_two_columns_of_one_meaning_are_no_contradiction(loader: Loader) -> None:
    done = load(loader, [SEND | {"account": {"id": 1}, "client": {"id": 2}, "user": [{"id": 3}]}])
    assert (done.new, done.rejected) == (1, 0)


@pytest.mark.parametrize("first", [{}, {"account": "x"}, {"account": {"id": 1}}])
def test_an_object_in_a_column_that_a_mapping_chose_is_a_problem_of_its_field(
    loader: Loader, first: dict[str, Any]
) -> None:
    mapping = FeedMapping(fields={"account": FieldSource(("account",))})
    data = BytesIO(json.dumps([SEND | first, OTHER | {"account": {"id": 3}}, OTHER]).encode())
    rejects = loader.preview(data, "f.json", ME, LoadOptions(mapping=mapping)).rejects
    reason = rejects[-1].reasons[0]
    assert reason.column == "account"
    assert (
        str(reason)
        == "Account contains an object or a list and not a value; choose one of its parts"
    )


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([{"results": [SEND]}, {"results": [OTHER]}], "list “results”"),
        ([{"results": [SEND, OTHER]}], "list “results”"),
        ([{"results": [], "page": 1}, {"results": [SEND, OTHER], "page": 2}], "list “results”"),
        ([{"data": {"results": [SEND]}}, {"data": {"results": [OTHER]}}], "list “data.results”"),
        ([[SEND], [OTHER]], ""),
        ([{"error": "x", "campaign": None}, {"campaign": SEND}, {"campaign": OTHER}], "campaign"),
        ([{"status": "ok", "campaign": SEND}, {"campaign": OTHER}], "the part “campaign” of"),
        ([{"campaign": SEND}, {"campaign": OTHER}], "the part “campaign” of its object"),
        ([{"type": "x", "data": {"send": SEND}}, {"data": {"send": OTHER}}], "part “data.send”"),
        ({"campaigns": [{"campaign": SEND}, {"campaign": OTHER}]}, "the part “campaign”"),
        ({"data": {"edges": [{"cursor": "x", "node": SEND}, {"node": OTHER}]}}, "part “node”"),
        ([{"results": [{"send": SEND}]}, {"results": [{"send": OTHER}]}], "the part “send”"),
    ],
)
def test_sends_are_found_in_pages_and_in_wrappers(
    loader: Loader, document: Any, where: str, indent: int | None
) -> None:
    data = BytesIO(json.dumps(document, indent=indent).encode())
    done = loader.load(data, "f.json", ME, LoadOptions(is_full=True))
    assert (done.new, done.rejected) == (2, 1 if "error" in str(document) else 0)
    notes = " ".join(map(str, done.notes))
    assert where in notes
    assert "only some of the sends (" not in notes


@pytest.mark.parametrize("lists", [[], [{"id": 7, "name": "x", "status": "y"}]])
def test_a_wrapped_send_may_be_on_a_line_and_have_lists_of_its_own(
    loader: Loader, lists: list[Any]
) -> None:
    sends = [{"campaign": each | {"lists": lists}} for each in (SEND, OTHER)]
    done = loader.load(pages(*sends), "f.ndjson", ME)
    assert (done.new, done.rejected) == (2, 0)
    done = load(loader, {"data": SEND | {"id": 3, "lists": lists}})
    assert (done.new, done.rejected) == (1, 0)


def test_each_line_may_be_an_array_of_sends(loader: Loader) -> None:
    done = loader.load(pages([SEND], [OTHER, SEND | {"id": 3}]), "f.ndjson", ME)
    assert (done.new, done.rejected) == (3, 0)


def test_a_page_of_drafts_alone_is_a_page(loader: Loader) -> None:
    draft = {"id": 7, "name": "a", "status": "draft"}
    done = load(loader, [{"campaigns": [draft]}, {"campaigns": [SEND, OTHER]}])
    assert (done.new, done.rejected) == (3, 0)


def test_pages_in_an_array_that_are_not_all_are_no_full_file(loader: Loader) -> None:
    found = [{"results": [SEND], "total": 3}, {"results": [OTHER], "total": 3}]
    assert "only some of the sends (total: 3)" in " ".join(map(str, load(loader, found).notes))


@pytest.mark.parametrize(
    "send",
    [
        # The time and the recipients are named in another way: a mapping has to say how.
        {"nr": 1, "title": "x", "lists": [{"id": 7, "name": "x", "status": "ok"}]},
        {"nr": 1, "a": 1, "b": 2, "c": 3, "list": {"id": 7, "name": "x", "status": "ok"}},
    ],
)
def test_other_things_inside_a_send_are_not_taken_for_the_send(
    loader: Loader, send: dict[str, Any]
) -> None:
    with pytest.raises(FeedError, match=r"no column for .* Its headings are: nr, "):
        load(loader, [send, send])


def test_lists_of_values_are_named_as_the_problem(loader: Loader) -> None:
    with pytest.raises(FeedError, match="lists of values instead of JSON objects"):
        load(loader, [[1, "a"], [2, "b"]])


NAMES, VALUES = list(SEND), [list(SEND.values()), list(OTHER.values())]
NO_ID = {name: value for name, value in SEND.items() if name != "id"}


def jsonapi(send: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in send.items() if name != "id"}
    return {"type": "campaign", "id": str(send["id"]), "attributes": own, "links": {"self": "x"}}


def firestore(send: dict[str, Any], id: str) -> dict[str, Any]:
    kinds = {"total_records": "integerValue", "scheduled_at": "timestampValue"}
    values = {name: {kinds.get(name, "stringValue"): str(each)} for name, each in send.items()}
    tags = {"arrayValue": {"values": [{"stringValue": "x"}]}}
    values |= {"campaign": {"nullValue": None}, "tags": {"mapValue": {"fields": {"all": tags}}}}
    path = f"projects/p/databases/(default)/documents/sends/{id}"
    return {"name": path, "fields": values, "createTime": "2026-01-01T00:00:00Z"}


def columns(kind: type, *sends: dict[str, Any]) -> dict[str, Any]:
    found = {name: [each[name] for each in sends] for name in sends[0]}
    return {
        n: {str(k): v for k, v in enumerate(c)} if kind is dict else c for n, c in found.items()
    }


def hit(send: dict[str, Any]) -> dict[str, Any]:
    return {"_index": "c", "_id": f"x{send['id']}", "_score": 1.5, "_source": send}


@pytest.mark.parametrize(
    ("document", "note"),
    [
        ({"data": [jsonapi(SEND), jsonapi(OTHER)]}, "Each send is the part “attributes” of"),
        ({"hits": {"total": {"value": 2}, "hits": [hit(SEND), hit(OTHER)]}}, "part “_source” of"),
        ({"records": [{"id": "1", "fields": NO_ID}, {"id": "2", "fields": NO_ID}]}, "“fields”"),
        ({"1": NO_ID, "2": NO_ID}, "The ID of each send is its key in the file."),
        ({"campaigns": {"1": NO_ID, "2": NO_ID}, "ok": True}, "in the list “campaigns”"),
        ({"a": SEND, "b": OTHER}, "Columns that are not read: _key."),
        ({"columns": NAMES, "rows": VALUES}, "in the list “rows”"),
        ({"fields": [{"name": n, "type": "x"} for n in NAMES], "values": VALUES}, "list “values”"),
        ({"result": {"data": VALUES, "columns": NAMES, "index": [0, 1]}}, "list “result.data”"),
        ({"range": "A1:E3", "values": [NAMES, *VALUES]}, "in the list “values”"),
        ([NAMES, *VALUES], ""),
        ({"data": {"campaigns": {"edges": [{"node": SEND}, {"node": OTHER}]}}}, "“node”"),
        ({"statusCode": 200, "body": json.dumps([SEND, OTHER])}, "in the list “body”"),
        ({"body": json.dumps({"sends": [SEND, OTHER], "total": 3})}, "(body.total: 3)"),
        (json.dumps({"sends": [SEND, OTHER]}), "in the list “sends”"),
        ({"x": json.dumps({"y": json.dumps({"z": [SEND, OTHER]})})}, "in the list “x.y.z”"),
        ({"response": {"body": json.dumps([SEND, OTHER])}}, "in the list “response.body”"),
        ({"data": columns(dict, SEND, OTHER), "ok": True}, "in the list “data”"),
        ({"total": 2, "1": NO_ID, "2": NO_ID}, "The ID of each send is its key in the file."),
        ({"total": 3, "next": None, "1": NO_ID, "2": NO_ID}, "some of the sends (total: 3)"),
        ({"1": NO_ID, "2": NO_ID, "total": 3}, "some of the sends (total: 3)"),
        ({"ok": True, "sends": {"total": 3, "1": NO_ID, "2": NO_ID}}, "some of the sends (total"),
        ({"documents": [firestore(NO_ID, "1"), firestore(NO_ID, "2")]}, "send is its key in the"),
        (
            [{"document": firestore(each, "x"), "readTime": "x"} for each in (SEND, OTHER)],
            "“fields”",
        ),
        (columns(dict, SEND, OTHER), ""),
        (columns(list, SEND, OTHER), ""),
    ],
)
def test_sends_are_found_in_the_forms_of_common_answers(
    loader: Loader, document: Any, note: str
) -> None:
    done = load(loader, document)
    assert (done.new, done.rejected) == (2, 0)
    assert note in " ".join(map(str, done.notes))
    stored = [loader.store.configuration(ConfigurationId(id)) for id in ("1", "2")]
    assert all(each and each.total_records and each.scheduled_at for each in stored)


def test_one_send_under_its_id_is_read_too(loader: Loader) -> None:
    assert load(loader, {"campaigns": {"101": NO_ID}}).new == 1
    assert loader.store.configuration(ConfigurationId("101")) is not None


def test_the_recipients_of_a_send_in_a_wrapper_are_no_number_of_sends(loader: Loader) -> None:
    done = load(loader, {"ok": True, "campaign": SEND})
    assert done.new == 1
    assert "only some of the sends" not in " ".join(map(str, done.notes))


def test_values_under_the_id_of_a_send_are_no_values_beside_the_sends(loader: Loader) -> None:
    done = load(loader, {"total": 2, "1": NO_ID, "2": "error", "3": NO_ID})
    assert (done.new, done.rejected) == (2, 1)


@pytest.mark.parametrize(
    "document",
    [
        columns(list, SEND, OTHER) | {"name": ["a"]},
        {name: {"label": name, "value": each} for name, each in SEND.items()},
        {"body": "[not JSON"},
    ],
)
def test_a_document_that_has_no_rows_in_columns_is_refused(loader: Loader, document: Any) -> None:
    with pytest.raises(FeedError, match="The file has no column for"):
        load(loader, document)


def test_objects_under_their_ids_are_found_whatever_their_columns_are(loader: Loader) -> None:
    emails = {"7": {"id": 7, "name": "a", "isPublished": True, "publishUp": "2030-01-01T10:00Z"}}
    with pytest.raises(FeedError, match="Its headings are: _key, id, name, isPublished, publishUp"):
        load(loader, {"total": 1, "emails": emails})


@pytest.mark.parametrize("rows", [[[1, "a"]], [["1", "a", "sent", 5, "2026-01-01", "more"]]])
def test_values_without_a_name_reject_their_row(loader: Loader, rows: Any) -> None:
    done = load(loader, {"columns": NAMES, "rows": [*VALUES, *rows]})
    assert (done.new, done.rejected) == (2, 1)
    if len(rows[0]) > len(NAMES):
        (reject,) = loader.store.rejects(done.id, 10)
        assert reject.reason == "its number of cells (6) is not that of the headings (5)"


def test_a_name_that_is_there_twice_is_not_decided_silently(loader: Loader) -> None:
    values = [[*row, "2031-01-01"] for row in VALUES]
    with pytest.raises(FeedError, match="two columns with the name “scheduled_at”"):
        load(loader, {"columns": [*NAMES, "scheduled_at"], "rows": values})


def test_a_key_that_each_object_has_twice_is_named(loader: Loader) -> None:
    text = json.dumps(SEND)[:-1] + ', "id": 2}'
    with pytest.raises(FeedError, match="two columns with the name “id”"):
        loader.load(BytesIO(text.encode()), "f.json", ME)


@pytest.mark.parametrize("before", ["", '{"data": ['])
def test_a_file_that_breaks_off_after_a_key_twice_is_refused(loader: Loader, before: str) -> None:
    text = before + json.dumps(SEND)[:-1] + ', "id": 2}, {"id": 3'
    with pytest.raises(FeedError):
        loader.load(BytesIO(text.encode()), "f.json", ME)


@pytest.mark.parametrize("lists", [[12], [12, 14], [{"id": 3}]])
def test_a_list_in_the_place_of_the_recipients_is_no_number_of_them(
    loader: Loader, lists: Any
) -> None:
    with pytest.raises(FeedError, match=r"no column for Recipients\."):
        load(loader, [without("total_records") | {"recipients": lists}])
    reason = "contains an object or a list and not a value"
    data = BytesIO(json.dumps([SEND, OTHER | {"total_records": lists}]).encode())
    (reject,) = loader.preview(data, "f.json", ME).rejects
    assert reason in str(reject.reasons[0])


def test_an_answer_with_lists_and_a_number_of_recipients_gives_that_number(loader: Loader) -> None:
    found = without("total_records") | {"recipients": {"total": 55, "lists": [1]}}
    assert load(loader, [found]).meaning.largest == 55


def test_a_value_that_is_no_number_is_no_id(loader: Loader) -> None:
    text = json.dumps([SEND, OTHER | {"id": float("nan")}])
    assert loader.load(BytesIO(text.encode()), "f.json", ME).rejected == 1


@pytest.mark.parametrize("end", [",\n", ", ", ""])
def test_objects_may_be_separated_and_ended_by_commas(loader: Loader, end: str) -> None:
    text = json.dumps(SEND) + ",\n" + json.dumps(OTHER) + end
    assert loader.load(BytesIO(text.encode()), "f.json", ME).new == 2


def test_a_state_beside_the_part_with_the_send_is_not_that_of_the_send(loader: Loader) -> None:
    done = load(loader, {"data": [jsonapi(SEND) | {"status": "published"}]})
    assert [each.word for each in done.meaning.states] == ["scheduled"]
    assert "Columns that are not read: type, status, links.self." in " ".join(map(str, done.notes))


def test_a_zone_in_the_part_with_the_send_is_used(loader: Loader) -> None:
    send = SEND | {"scheduled_at": "2030-01-01T10:00:00", "timezone": "Europe/Madrid"}
    done = load(loader, {"data": [jsonapi(send)]})
    assert done.meaning.earliest == datetime(2030, 1, 1, 9, tzinfo=UTC)


def test_the_fields_of_a_send_count_before_those_in_a_part_of_it(loader: Loader) -> None:
    done = load(loader, [SEND | {"data": {"status": "sent", "id": 9, "recipients": 7}}])
    assert done.meaning.first_send is not None
    assert (done.meaning.first_send.id, done.meaning.largest) == ("1", 5)
    assert [each.word for each in done.meaning.states] == ["scheduled"]


@pytest.mark.parametrize("form", ["array", "lines", "lists"])
def test_a_page_may_be_larger_than_a_record(loader: Loader, form: str) -> None:
    name = "n" * 1_000
    found = [[SEND | {"id": f"{p}-{n}", "name": name} for n in range(1_500)] for p in range(3)]
    answers = found if form == "lists" else [{"results": each} for each in found]
    text = "\n".join(map(json.dumps, answers)) if form == "lines" else json.dumps(answers)
    done = loader.load(BytesIO(text.encode()), "f.json", ME)
    assert (done.new, done.rejected) == (4_500, 0)


def test_values_in_the_form_of_dynamodb_are_values(loader: Loader) -> None:
    send = {
        name: {"N": str(each)} if isinstance(each, int) else {"S": each}
        for name, each in SEND.items()
    }
    done = load(loader, {"Items": [send], "Count": 1})
    assert (done.new, done.meaning.largest) == (1, 5)


def test_values_in_the_form_of_mongodb_are_values(loader: Loader) -> None:
    send = {
        "_id": {"$oid": "65f0"},
        "name": "a",
        "status": "scheduled",
        "recipients": {"$numberLong": "5"},
        "scheduled_at": {"$date": {"$numberLong": "1893499200000"}},
    }
    done = load(loader, [send, send | {"_id": {"$oid": "65f1"}}])
    assert (done.new, done.rejected) == (2, 0)
    assert done.meaning.earliest == datetime(2030, 1, 1, 12, tzinfo=UTC)
    stored = loader.store.configuration(ConfigurationId("65f1"))
    assert stored is not None
    assert stored.total_records == 5


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"error": "unauthorized"}, "unauthorized"),
        ({"message": "Invalid key", "code": 401}, "Invalid key"),
        ({"errors": [{"message": "Not signed in", "path": ["campaigns"]}]}, "Not signed in"),
        ({"errors": [{"id": "a", "status": 401, "code": "x", "detail": "Missing"}]}, "Missing"),
        ({"data": {"campaigns": None}, "errors": [{"message": "boom"}]}, "boom"),
        ({"type": "u", "title": "Key Invalid", "status": 401, "detail": "Wrong key"}, "Wrong key"),
        ({"error": {"code": 403, "message": "Forbidden", "status": "DENIED"}}, "Forbidden"),
        ({"success": False, "message": "Token expired"}, "Token expired"),
        ({"status": "error", "error": "slow down", "campaigns": []}, "slow down"),
        ({"error": "invalid_token", "error_description": "It expired"}, "It expired"),
        ({"fault": {"faultstring": "Quota"}}, "Quota"),
        ({"response": {"status": "error", "message": "Wrong key"}}, "Wrong key"),
        ({"erro": "não autorizado"}, "não autorizado"),
        ({"detail": [{"loc": ["query"], "msg": "field required"}]}, "field required"),
        ([{"error": "x y"}], "x y"),
        ("unauthorized", "unauthorized"),
    ],
)
@pytest.mark.parametrize("name", ["f.json", "f.csv"])
def test_an_error_answer_is_no_list_and_its_message_is_quoted(
    loader: Loader, answer: Any, text: str, name: str
) -> None:
    if isinstance(answer, str) and name == "f.csv":
        return
    expected = f"an error answer of an API and not a list of sends: “{text}”"
    with pytest.raises(FeedError, match=expected):
        loader.load(BytesIO(json.dumps(answer).encode()), name, ME)


@pytest.mark.parametrize(
    "document",
    [
        [SEND | {"error": "soft bounces"}],
        {"error": None, "message": "ok", "campaigns": [SEND]},
        {"errors": [], "status": 200, "campaigns": [SEND]},
        {"errors": [{"message": "one list was left out"}], "campaigns": [SEND]},
    ],
)
def test_sends_beside_an_error_are_read(loader: Loader, document: Any) -> None:
    assert load(loader, document).new == 1


@pytest.mark.parametrize(
    "document", [42, {"id": 1, "name": "a", "status": "failed", "error": "x"}, {"message": ""}]
)
def test_what_is_no_error_answer_is_not_called_one(loader: Loader, document: Any) -> None:
    with pytest.raises(FeedError) as refused:
        load(loader, document)
    assert "error answer" not in str(refused.value)


@pytest.mark.parametrize("name", ["f.json", "f.csv"])
@pytest.mark.parametrize("before", ["", "\n<!-- x -->\n"])
def test_a_page_to_sign_in_is_quoted_by_its_title(loader: Loader, name: str, before: str) -> None:
    page = f"{before}<!DOCTYPE html><html><head><title>Sign in – Sender</title></head></html>"
    with pytest.raises(FeedError, match="a web page with the title “Sign in – Sender”, and not a"):
        loader.load(BytesIO(page.encode()), name, ME)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("between", ["\n", ""])
@pytest.mark.parametrize("is_list", [False, True])
def test_large_documents_one_after_the_other_are_all_read(
    loader: Loader,
    monkeypatch: pytest.MonkeyPatch,
    indent: int | None,
    between: str,
    is_list: bool,
) -> None:
    pages = [[SEND | {"id": 10 * page + n} for n in range(9)] for page in range(3)]
    documents = [page if is_list else {"page": n, "data": page} for n, page in enumerate(pages)]
    text = between.join(json.dumps(each, indent=indent) for each in documents).encode()
    for searched in (len(text) + 1, len(text) // 2, len(text) // 4):
        monkeypatch.setattr("core.feed.formats.json_reader._SEARCHED", searched)
        done = loader.preview(BytesIO(text), "f.json", ME).summary
        assert (done.new, done.rejected) == (27, 0)


def test_a_name_that_was_cut_in_the_middle_of_a_character_is_read(loader: Loader) -> None:
    row = '{"id": "1", "name": "A \\ud83d", "state": "scheduled", "total": 5, "scheduled_at": '
    found = tried(loader, f'[{row}"2030-01-01T12:00Z"}}]', name="f.json")
    assert found.startswith("1 new, 0 rejected: 1 A \ufffd SCHEDULED"), found
