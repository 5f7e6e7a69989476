"""Numbers with words: units are left out; rounded numbers and numbers in thousands are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.feed.interpreting.counts import parse_count
from core.feed.interpreting.reading_rules import UnreadableValue
from core.feed.loader import Loader
from tests.feed.test_tried_files import AT, HEAD, ROW, one, tried
from tests.feed.workbooks import workbook
from tests.levels import examples


def counts(loader: Loader, *texts: str) -> str:
    rows = (f'{n},A{n},scheduled,"{text}",{AT}' for n, text in enumerate(texts, start=1))
    return tried(loader, "\n".join([HEAD, *rows]))


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("1,200 recipients",), "A1 SCHEDULED 1200"),
        (("12 000 clientes",), "A1 SCHEDULED 12000"),
        (("12.000 contatos", "1.234.567 contatos"), "“12.000” is read as 12000, because of"),
        (("12.000 contatos",), "not clear: “12.000” is 12 or 12000"),
        (("12.000 contatos", "500 contatos"), "not clear: “12.000” is 12 or 12000"),
    ],
)
def test_a_word_for_recipients_does_not_hide_the_meaning_of_its_number(
    loader: Loader, texts: tuple[str, ...], found: str
) -> None:
    assert found in counts(loader, *texts)


@pytest.mark.parametrize(
    "text",
    [
        *("12 mil", "1,2 mil", "12k", "12K contatos", "1.2M", "12.5k", "2 millones", "5 thousand"),
        *("1,5 milhões", "~12000", ">5000", ">= 5000", "5000+", "5.000+", "aprox. 5000"),
        *("cerca de 5000", "more than 5000", "até 5000", "5000 (est.)", "≈5000"),
    ],
)
def test_a_rounded_number_is_rejected_with_the_reason(loader: Loader, text: str) -> None:
    found = counts(loader, text, "7")
    assert found.startswith("1 new, 1 rejected: 2 A2 SCHEDULED 7")
    assert f"“{text}” is not an exact number: export the number with all its digits" in found


@examples(300)
@given(
    st.integers(0, 10**7),
    st.sampled_from(["{}", "{},5", "{}.25"]),
    st.sampled_from(["~{}", "{}k", "{} mil", "{}M", "> {}", "{}+", "{} million", "aprox {}"]),
)
def test_a_number_that_is_not_exact_is_never_read(count: int, form: str, words: str) -> None:
    with pytest.raises(UnreadableValue):
        parse_count(words.format(form.format(count)), "any")


SCALES = ("in thousands", "em milhares", "en miles", "000", "000s", "'000", "k", "mil", "x 1,000")


@pytest.mark.parametrize("words", SCALES)
@pytest.mark.parametrize("name", ["Recipients", "Destinatários", "Total Recipients"])
def test_a_heading_with_thousands_is_refused_also_if_a_mapping_names_it(
    loader: Loader, words: str, name: str
) -> None:
    heading = f"{name} ({words})"
    text = f'id,name,state,"{heading}",scheduled_at\n1,A,scheduled,12,{AT}'
    refused = f"The heading “{heading}” says that its numbers are in thousands"
    assert refused in tried(loader, text)
    assert refused in tried(loader, text, f'[fields]\ntotal_records = "{heading}"')
    beside = f'id,name,state,"{heading}",total records,scheduled_at\n1,A,scheduled,12,12000,{AT}'
    assert tried(loader, beside).startswith("1 new, 0 rejected: 1 A SCHEDULED 12000")


@pytest.mark.parametrize(
    "heading",
    [
        *("Recipients in thousands", "Destinatários em milhares", "recipients_thousands"),
        *("Milhares de destinatários", "recipients_k", "Recipients '000", "Recipients, thousands"),
    ],
)
def test_thousands_are_found_without_brackets_too(loader: Loader, heading: str) -> None:
    text = f'id,name,state,"{heading}",scheduled_at\n1,A,scheduled,12,{AT}'
    assert f"The heading “{heading}” says that" in tried(loader, text)


@pytest.mark.parametrize(
    "line",
    [
        *("Recipients in thousands", "Números em milhares", "Cifras en miles", "(000)"),
        *(
            "All figures in thousands (000s)",
            "Valores en miles de destinatarios",
            "Unit: thousands",
        ),
        *("Campaign report (in thousands)", "Unidade: milhares", "Quantities x 1000", "Em milhões"),
        *("(thousands)", "[miles]", "Valores (miles)", "miles", "mil"),
    ],
)
def test_a_title_or_a_footer_with_thousands_refuses_the_file(loader: Loader, line: str) -> None:
    refused = f"The file says “{line}”: its numbers seem to be in thousands"
    assert refused in tried(loader, f"{line}\n{HEAD}\n{ROW}")
    assert refused in tried(loader, f"{HEAD}\n{ROW}\n{line}")
    assert refused in tried(loader, f"{HEAD}\n{ROW}\n{line},,,,")
    rows = [[line], HEAD.split(","), ["1", "A", "scheduled", "5", AT]]
    assert refused in tried(loader, workbook({"S": rows}), name="f.xlsx")
    none = "[fields]\ntotal_records = { reported = false }"
    assert tried(loader, f"{line}\n{HEAD}\n{ROW}\n{line}", none).startswith("1 new")


@pytest.mark.parametrize(
    "line",
    [
        "Acme 1000 report",
        "Sold in thousands of shops",
        "Miles de clientes felices",
        "(000) 555-0100",
    ],
)
def test_a_title_about_something_else_does_not_refuse_the_file(loader: Loader, line: str) -> None:
    assert tried(loader, f"{line}\n{HEAD}\n{ROW}").startswith("1 new, 0 rejected")


@pytest.mark.parametrize("name", ["Sold in thousands", "Promo (000)", "Miles (in thousands)"])
def test_the_name_of_a_send_says_nothing_about_the_numbers(loader: Loader, name: str) -> None:
    found = tried(loader, f"{HEAD}\n{one(name=name)}\n{one(name=name, total='x')}")
    assert found.startswith("1 new, 1 rejected")
