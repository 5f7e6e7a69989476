"""The help page agrees with the rules, because it is drawn from the table that decides."""

import re
from html import unescape

import pytest

from core.domain.states import Outlook
from core.platforms import icomm
from core.runtime.application import Application
from pages.text import names
from tests.pages.test_pages import opened


def tables(**params: str) -> list[list[list[str]]]:
    """Return the cells of each table's lines on the help page."""
    found = []
    for each in opened("help", **params).get("html"):
        if "class='rules'" in each.proto.body:
            body = each.proto.body.split("<tbody>")[1]
            found.append(
                [
                    [unescape(re.sub("<[^>]+>", "", cell)) for cell in re.split("<t[hd]", line)[1:]]
                    for line in body.split("<tr>")[1:]
                ]
            )
    return [[[cell.split(">", 1)[-1] for cell in line] for line in table] for table in found]


def test_the_help_page_has_every_row_of_the_abort_table(freio: Application) -> None:
    rules, _, signs = tables()
    assert sorted(line[0] for line in rules) == sorted(
        rule.state.value for rule in icomm.PLATFORM.table
    )
    assert [line[2][2:] for line in rules] == [
        names.outlook_name(rule.outlook)
        for rule in sorted(icomm.PLATFORM.table, key=lambda rule: rule.refusal is not None)
    ]
    assert len(signs) == len(Outlook) - 1  # all outlooks except the one of the rest of a send


def test_one_record_more_than_a_batch_makes_the_difference(freio: Application) -> None:
    _, batches, _ = tables()
    assert [line[:2] for line in batches] == [
        ["4,999", "1 batch"],
        ["5,000", "1 batch"],
        ["5,001", "2 batches"],
    ]
    begun = [line[3] for line in batches]
    assert ["goes out completely" in each for each in begun] == [True, True, False]
    assert "5,000 of 5,001 records are generated" in begun[2]
    assert all("none of its" in line[2] for line in batches)


@pytest.mark.parametrize(("language", "number"), [("pt", "5.001"), ("es", "5.001")])
def test_the_help_is_there_in_each_language(freio: Application, language: str, number: str) -> None:
    rules, batches, _ = tables(lang=language)
    assert batches[2][0] == number
    assert not any("reaches" in line[3] for line in rules)


def test_an_empty_system_explains_itself(freio: Application) -> None:
    for page in ("overview", "configurations"):
        at = opened(page)
        assert any("what can still be stopped" in each.value for each in at.markdown)
        links = [link.proto.page for link in at.get("page_link")]
        assert {"feeds", "help"} <= set(links)


def test_help_begins_with_three_lines_before_the_table(freio: Application) -> None:
    bodies = [each.proto.body for each in opened("help").get("html")]
    short = next(n for n, body in enumerate(bodies) if "class='short'" in body)
    table = next(n for n, body in enumerate(bodies) if "class='rules'" in body)
    assert short < table
    assert bodies[short].count("<p class='short'>") == 3
    assert (
        "PROCESANDO (the platform prepares the data; nothing goes out in this state)"
        in bodies[short]
    )
