"""An API answer that is one page of more never marks sends as no longer reported."""

import json
from io import BytesIO
from typing import Any

import pytest

from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Role
from core.feed.formats.api_metadata import page_mark
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader

ME = Actor("t", Role.ADMINISTRATOR)
HEAD = "id,name,state,total_records,scheduled_at\n"
NOT_MARKED = "No send is marked as no longer reported, because the file has only some"

PARTS: list[tuple[dict[str, Any], str]] = [
    ({"total": 57, "per_page": 20, "page": 1}, "total: 57"),
    ({"data": {"total": 57}}, "data.total: 57"),
    ({"total_items": "57"}, "total_items: 57"),
    ({"totalCampaignsCount": 57}, "totalCampaignsCount: 57"),
    ({"meta": {"pagination": {"total_pages": 3}}}, "meta.pagination.total_pages: 3"),
    ({"page": 2, "total": 2}, "page: 2"),
    ({"offset": 100}, "offset: 100"),
    ({"hits": {"total": {"value": 57, "relation": "eq"}}}, "hits.total.value: 57"),
    ({"nbHits": 57, "page": 0}, "nbHits: 57"),
    ({"nbPages": 3}, "nbPages: 3"),
    ({"offset": "itr7/rec9"}, "offset: itr7/rec9"),
    ({"LastEvaluatedKey": {"id": {"S": "7"}}}, "LastEvaluatedKey.id.S: 7"),
    ({"@odata.count": 57}, "@odata.count: 57"),
    ({"nextMarker": "x"}, "nextMarker: x"),
    ({"continuationToken": "x"}, "continuationToken: x"),
    ({"timed_out": True}, "timed_out: true"),
    ({"incomplete_results": True}, "incomplete_results: true"),
    ({"data": {}, "errors": [{"message": "boom"}]}, "errors: boom"),
    ({"has_more": True}, "has_more: true"),
    ({"last": False, "number": 0}, "last: false"),
    ({"links": {"self": "a", "next": "https://x/?page=2"}}, "links.next: https://x/?page=2"),
    ({"_links": {"next": {"href": "b"}}}, "_links.next.href: b"),
    ({"links": [{"rel": "next", "href": "b"}]}, "links.next: b"),
    ({"paging": {"next": {"after": "7"}}}, "paging.next.after: 7"),
    ({"links": {"next": None, "prev": "a"}}, "links.prev: a"),
    ({"_metadata": {"count": 9, "next": "u"}}, "_metadata.count: 9"),
    ({"nextPageUrl": "/api/campaigns?page=2"}, "nextPageUrl: /api/campaigns?page=2"),
    ({"@odata.nextLink": "u"}, "@odata.nextLink: u"),
    ({"OverallStatus": "MoreDataAvailable"}, "OverallStatus: MoreDataAvailable"),
    ({"more": 1}, "more: 1"),
    ({"remaining": 5}, "remaining: 5"),
    ({"success": False}, "success: false"),
    ({"warnings": ["result limited to 100"]}, "warnings: result limited to 100"),
    # The page is full, and nothing says that it is the last one.
    ({"limit": 2}, "limit: 2"),
]
WHOLE: list[dict[str, Any]] = [
    {},
    {"total": 2, "per_page": 2, "page": 1},
    {"total": 2, "per_page": 20, "page": 1},
    {"has_more": False, "limit": 2},
    {"links": {"self": "a", "first": "a", "last": "a", "next": None, "prev": None}},
    {"_links": [{"rel": "self", "href": "a"}], "total_items": 2},
    {"limit": 100},
    {"took": 3, "timed_out": False, "hits": {"total": {"value": 2, "relation": "eq"}}},
    {"errors": []},
    {"OverallStatus": "OK", "more": 0, "remaining": 0, "success": True},
    {"rate_limit": {"remaining": 99}, "warnings": ["this version is deprecated"]},
    {"status": "success", "requestId": "77", "account": 99, "generated": True},
]


def row(id: int) -> dict[str, Any]:
    return {
        "id": id,
        "name": f"send {id}",
        "status": "scheduled",
        "total_records": 5,
        "scheduled_at": "2030-01-01T10:00:00Z",
    }


def load(loader: Loader, text: str, name: str = "f.json") -> ImportSummary:
    return loader.load(BytesIO(text.encode()), name, ME, LoadOptions(is_full=True))


def unreported(loader: Loader) -> set[int]:
    sends = {id: loader.store.configuration(str(id)) for id in (1, 2, 3)}  # type: ignore[arg-type]
    return {id for id, send in sends.items() if send and send.unreported_since}


@pytest.mark.parametrize(("around", "mark"), PARTS)
def test_an_answer_that_names_more_objects_is_a_page(around: dict[str, Any], mark: str) -> None:
    assert page_mark(around, 2) == mark


@pytest.mark.parametrize("around", WHOLE)
def test_an_answer_with_all_objects_is_not_a_page(around: dict[str, Any]) -> None:
    assert page_mark(around, 2) == ""


@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize(("around", "mark"), [PARTS[0], PARTS[9], PARTS[-1]])
def test_a_page_marks_no_send_as_no_longer_reported(
    loader: Loader, around: dict[str, Any], mark: str, is_before: bool
) -> None:
    load(loader, json.dumps({"results": [row(1), row(2), row(3)]}))
    page = {"results": [row(1), row(2)]}
    text = json.dumps(around | page if is_before else page | around)
    # A second load of the same file is recognised and compares fewer rows.
    for _ in range(2):
        done = load(loader, text)
        assert done.missing is None
        assert unreported(loader) == set()
    notes = " ".join(map(str, load(loader, text + " ").notes))
    assert f"only some of the sends ({mark})" in notes
    assert NOT_MARKED in notes


def test_all_of_a_list_still_marks_what_it_leaves_out(loader: Loader) -> None:
    load(loader, json.dumps({"results": [row(1), row(2), row(3)]}))
    done = load(loader, json.dumps({"results": [row(1), row(2)], "total": 2, "page": 1}))
    assert done.missing == 1
    assert unreported(loader) == {3}


def test_an_answer_that_breaks_off_after_its_list_marks_nothing(loader: Loader) -> None:
    load(loader, json.dumps({"results": [row(1), row(2), row(3)]}))
    done = load(loader, json.dumps({"results": [row(1), row(2)]})[:-1])
    assert "the end of the file cannot be read" in " ".join(map(str, done.notes))
    assert unreported(loader) == set()


@pytest.mark.parametrize(
    "footer", ["Page 1 of 3,,,,", "Página 2 de 2", '"Showing 1 to 50 of 1,230 records"']
)
def test_a_footer_that_names_more_pages_marks_nothing(loader: Loader, footer: str) -> None:
    rows = [f"{id},n,SCHEDULED,5,2030-01-01\n" for id in (1, 2, 3)]
    load(loader, HEAD + "".join(rows), "f.csv")
    done = load(loader, HEAD + rows[0] + footer + "\n", "f.csv")
    assert (done.missing, done.rejected) == (None, 0)
    assert NOT_MARKED in " ".join(map(str, done.notes))
    assert unreported(loader) == set()


CUT_OFF = [
    *("Results limited to 2 rows", "Resultados limitados a 2 linhas", "Showing first 2 rows"),
    *("Mostrando los primeros 2 resultados", "200 registros encontrados, exibindo 2"),
    *("Only the first 2 rows are shown", "Exibindo as 2 primeiras linhas", "... 350 more rows"),
    *("1.200 records found. Showing: 1-2", "Showing 2 rows of 200", "Output truncated to 2 rows"),
]


@pytest.mark.parametrize("is_first", [True, False])
def test_an_object_on_a_line_that_says_how_many_there_are_is_no_send(
    loader: Loader, is_first: bool
) -> None:
    load(loader, json.dumps([row(1), row(2), row(3)]))
    lines = [row(1), row(2), {"total": 3, "next": "x"}]
    done = load(loader, "\n".join(map(json.dumps, lines[::-1] if is_first else lines)))
    assert done.missing is None
    assert "only some of the sends (total: 3)" in " ".join(map(str, done.notes))
    assert unreported(loader) == set()


FILTERED = [
    *("Filter: status = scheduled", "Filtro: Agendadas", "Filtros: estado = agendado"),
    *("Total: 320 campaigns", "Total campaigns: 320", "320 results", "1.320 registros"),
]
ABOVE = [
    *("Status: Scheduled only", "Status: scheduled", "Search: promo", "Last 30 days"),
    *("Selected rows only", "Preview (10 rows)", "Últimos 7 días", "Account: North only"),
]


@pytest.mark.parametrize("is_above", [True, False])
@pytest.mark.parametrize(
    "line", [*ABOVE, *FILTERED, *CUT_OFF, "Page 1 of 2", "Mostrando 1-2 de 200"]
)
def test_a_file_that_says_that_it_is_cut_off_marks_nothing(
    loader: Loader, line: str, is_above: bool
) -> None:
    rows = [f"{id},n,SCHEDULED,5,2030-01-01\n" for id in (1, 2, 3)]
    load(loader, HEAD + "".join(rows), "f.csv")
    text = HEAD + rows[0] + rows[1]
    text = f"{line}\n{text}" if is_above or line in ABOVE else f"{text}{line}\n"
    done = load(loader, text, "f.csv")
    assert (done.missing, done.rejected) == (None, 0)
    assert "only some of the sends (" in " ".join(map(str, done.notes))
    assert NOT_MARKED in " ".join(map(str, done.notes))
    # A second load of the same file is recognised and compares fewer rows.
    assert load(loader, text, "f.csv").missing is None
    assert unreported(loader) == set()


@pytest.mark.parametrize(
    "line",
    [
        *("Page 1 of 1", "Showing 1 to 2 of 2 entries", "2 registros encontrados, exibindo 2"),
        *("Showing first 2 rows of 2", "Records of 2026", "Resultados de 2026", "2 records"),
        *("First quarter 2026", "Envios de 01/11/2026 a 30/11/2026", "Rows exported on 28/11/2026"),
        *("Filters: none", "Filtro: todos", "Internal use only", "Total: 2 campaigns"),
        *("Status: all", "Total campaigns: 2", "Total: 5000 recipients"),
    ],
)
@pytest.mark.parametrize("is_above", [True, False])
def test_a_file_that_says_that_it_has_all_rows_marks_the_others(
    loader: Loader, line: str, is_above: bool
) -> None:
    rows = [f"{id},n,SCHEDULED,5,2030-01-01\n" for id in (1, 2, 3)]
    load(loader, HEAD + "".join(rows), "f.csv")
    text = HEAD + rows[0] + rows[1]
    done = load(loader, f"{line}\n{text}" if is_above else f"{text}{line}\n", "f.csv")
    assert "only some of the sends (" not in " ".join(map(str, done.notes))
    assert done.rejected or unreported(loader) == {3}


def test_a_report_with_all_its_pages_has_all_sends(loader: Loader) -> None:
    rows = [f"{id},n,SCHEDULED,5,2030-01-01\n" for id in (1, 2, 3)]
    load(loader, HEAD + "".join(rows), "f.csv")
    done = load(loader, HEAD + rows[0] + "Page 1 of 2\n" + rows[1] + "Page 2 of 2\n", "f.csv")
    assert done.missing == 1
    text = f"Page 1 of 2\n{HEAD}{rows[0]}Page 2 of 2\n{HEAD}{rows[1]}"
    assert load(loader, text, "f.csv").missing == 0
    assert unreported(loader) == {3}
