"""Every text for people is marked for translation and exists in three languages."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from core.domain.states import State
from core.errors import N_, FeedError, FreioError
from core.locale import (
    choose_language,
    choose_locale,
    translation,
    wanted_languages,
)
from core.settings import ROOT
from pages.text import i18n
from tests.messages import TRANSLATED, extract, read, strings, update, written

#: How a text is excluded from translation, and how a text is marked.
LAYER = {"_", "N_", "plural"}
#: Texts for programs, logs and browsers, and keys that no page shows.
SILENT = {"log", "re", "logging", "session_state", "query_params"}
#: Names, and texts that are the same in every language.
NAMES = {"Freio", "OK"}


@cache
def source() -> Catalog:
    return extract()


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def places(text: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.slow
def test_each_marked_text_is_found_by_the_extraction() -> None:
    """The extraction ignores f-strings, so a text in one would stay English on every page."""
    found = {text for message in messages(source()) for text in strings(message.id)}
    marked = [
        (path.name, call.lineno, call.args[0].value)
        for folder in ("core", "pages")
        for path in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", getattr(call.func, "id", "")) in LAYER
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]
    assert len(marked) > 1_000
    assert [each for each in marked if each[2] not in found] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_in_step_with_the_code(language: str) -> None:
    """It fails for texts that are no longer in the code, or not yet in the catalogue."""
    kept = read(language)
    wanted = {m.id for m in messages(source())}
    found = {m.id for m in messages(kept)}
    assert sorted(map(str, wanted - found)) == [], "run `make messages`, then translate"
    assert sorted(map(str, found - wanted)) == [], "run `make messages`"
    assert not kept.obsolete
    before = written(kept)
    update(kept, source())
    assert written(kept) == before, "run `make messages`"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_for_certain(language: str) -> None:
    kept = messages(read(language))
    assert [m.id for m in kept if m.fuzzy] == []
    assert [m.id for m in kept if not all(s.strip() for s in strings(m.string))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_every_placeholder_and_every_mark(language: str) -> None:
    """Each form has the placeholders of its source, and as many signs of bold and code."""
    wrong = []
    for message in messages(read(language)):
        forms = list(zip(strings(message.id), strings(message.string), strict=True))
        for wanted, said in forms:
            same = places(wanted) == places(said)
            marks = all(wanted.count(mark) == said.count(mark) for mark in ("**", "`"))
            ends = wanted[-1:] not in ".:?" or wanted[-1:] == said[-1:]
            if not (same and marks and ends):
                wrong.append((wanted, said))
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_left_in_english(language: str) -> None:
    """Single words may be the same (Canal); sentences may not."""
    same = [
        m.id
        for m in messages(read(language))
        if m.id == m.string and len(re.findall(r"[a-z]{3,}", re.sub(r"\{\w+\}", "", str(m.id)))) > 2
    ]
    assert same == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_three_states_keep_the_platforms_spelling(language: str) -> None:
    names = (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)
    for message in messages(read(language)):
        for wanted, said in zip(strings(message.id), strings(message.string), strict=True):
            for name in names:
                assert (name.value in wanted) == (name.value in said), said


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_text_that_names_a_page_names_it_as_the_navigation_does(language: str) -> None:
    kept = read(language)
    navigation = (ROOT / "pages" / "main.py").read_text("utf-8")
    titles = {name: kept[name].string for name in re.findall(r'title=_\("(\w+)"\)', navigation)}
    named = [
        (name, translated)
        for message in messages(kept)
        for source, translated in zip(strings(message.id), strings(message.string), strict=True)
        for name in re.findall(r"\bpage ([A-Z]\w+)", source)
    ]
    assert {"Aborts", "Imports"} <= {name for name, _ in named}
    assert [(n, text) for n, text in named if f"página {titles[n]}" not in text] == []


def test_the_english_verb_for_the_act_of_a_person_is_abort() -> None:
    """*Stopped* is the result; *can be stopped* says what is still possible."""
    act = re.compile(
        r"\bstop (it|them|sends?|no|nothing|any|an?|another|the send|what|urgent|simulated|here"
        r"|\{n\})\b",
        re.IGNORECASE,
    )
    texts = [text for message in messages(source()) for text in strings(message.id)]
    assert [text for text in texts if act.search(text)] == []


@pytest.mark.parametrize(("language", "other"), [("pt", "cancelamento"), ("es", "cancelaci")])
def test_an_abort_is_a_parada_or_detencion_everywhere(language: str, other: str) -> None:
    """The platform cancels a send; the act of a person in Freio has one noun.

    It is not *aborto*, because people think of an abortion first.
    """
    texts = [text for message in messages(read(language)) for text in strings(message.string)]
    others = re.compile(rf"{other}|\babortos?\b", re.IGNORECASE)
    assert [text for text in texts if others.search(text)] == []


def calls_of(tree: ast.AST, inside: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the texts of a module that are not inside a call of LAYER."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        held = inside
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            owner = getattr(called.value, "id", "") if isinstance(called, ast.Attribute) else ""
            held = inside or name in LAYER or owner in SILENT
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not inside:
            if is_prose(node.value):
                yield node.lineno, node.value
            continue
        if isinstance(node, ast.Dict):
            for value in node.values:  # the keys are not shown
                yield from calls_of(ast.Expression(value), held)
            continue
        yield from calls_of(node, held)


def is_prose(text: str) -> bool:
    """Return whether a literal is words for people: not a key, a style, an element or a pattern."""
    if re.search(r"[<>{};=\\]|--|://|^\.|^[a-z-]+: |\[data", text):
        return False
    return bool(re.search(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}", text))


#: The arguments of Streamlit's calls that a person sees.
SHOWN = {"label", "help", "placeholder", "text", "body", "title", "alt", "page_title"}
DRAWS = {
    "title",
    "header",
    "subheader",
    "caption",
    "markdown",
    "text",
    "write",
    "info",
    "warning",
    "error",
    "success",
    "toast",
    "button",
    "selectbox",
    "text_input",
    "number_input",
    "checkbox",
    "radio",
    "pills",
    "multiselect",
    "toggle",
    "file_uploader",
    "download_button",
    "datetime_input",
    "date_input",
    "metric",
    "expander",
    "popover",
    "dialog",
    "progress",
    "segmented_control",
    "text_area",
    "tabs",
    "spinner",
    "status",
}


def shown_literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield literals that a call of Streamlit shows unchanged, also single words."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if getattr(node.func.value, "id", "") != "st":
            continue
        first = node.args[:1] if node.func.attr in DRAWS else []
        for argument in [*first, *(k.value for k in node.keywords if k.arg in SHOWN)]:
            if isinstance(argument, ast.Constant):
                parts = [argument.value]
            elif isinstance(argument, ast.JoinedStr):
                parts = [p.value for p in argument.values if isinstance(p, ast.Constant)]
            else:
                continue
            for said in parts:
                if isinstance(said, str) and re.search(r"[^\W\d_]{2,}", bare(said)):
                    yield argument.lineno, said


def bare(text: str) -> str:
    """Return a text without names and Markdown directives such as `:small[`."""
    without = re.sub(r":[a-z-]+\[|<[^>]*>?|[a-z-]+:[^;'\"]*;?|'>", "", text)
    return "" if without.strip() in NAMES else without


#: Modules with texts for a monitoring system or the terminal only.
FOR_MACHINES = {"metrics_api.py", "startup_message.py"}
MODULES = sorted([*(ROOT / "pages").rglob("*.py"), ROOT / "dashboard.py"])


@pytest.mark.parametrize(
    "path",
    [m for m in MODULES if m.name not in FOR_MACHINES],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_text_in_pages_passes_by_the_layer(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [*calls_of(tree), *shown_literals(tree)]
    assert [each for each in found if each[1] not in ALLOWED] == []


#: Texts that are not Freio's: the platform's own words, and formats of other programs.
ALLOWED = {
    "d MMM HH:mm",
    "local operator",
    "not ready",
    "Not found",
    "Programar Envios → Listar Configurações → Estado de Envio → opções avançadas → Abortar",
}


def test_the_check_finds_unmarked_texts() -> None:
    """This shows that the check above finds texts."""
    code = (
        'st.button("Stop now")\nst.caption(f"{n} sends left")\nx = "Some words for people"\n'
        'st.metric(label="Sends")\nst.title(_("Fine as it is"))\nlog.info("words for a log")\n'
    )
    tree = ast.parse(code)
    assert {line for line, _ in [*calls_of(tree), *shown_literals(tree)]} == {1, 2, 3, 4}


def test_every_error_of_core_is_marked_for_translation() -> None:
    """An error that is raised with a bare literal would stay English."""
    bare_ones = []
    for path in sorted((ROOT / "core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            name = getattr(node.exc.func, "id", "")
            first = node.exc.args[0] if node.exc.args else None
            if issubclass(_class(name), FreioError) and isinstance(first, ast.Constant):
                bare_ones.append((path.name, first.value))
    assert bare_ones == []


@cache
def _class(name: str) -> type:
    found = [FreioError]
    for each in found:
        if each.__name__ == name:
            return each
        found += each.__subclasses__()
    return object


def test_an_errors_own_texts_are_said_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    portuguese = i18n.reader_language().__class__("pt", choose_locale("pt", ()))
    monkeypatch.setattr(i18n, "reader_language", lambda: portuguese)
    inner = FeedError(N_("The file is empty."), N_("Export it again."))
    outer = FeedError("{n}: {what}", "{why}", n=12000, what=N_("on or off"), why=inner)
    unchanged = "Nada foi alterado; o que é mostrado continua como estava."
    assert i18n.error(outer) == (
        f"12.000: on ou off {unchanged} O arquivo está vazio. {unchanged} Exporte-o de novo."
    )


@pytest.mark.parametrize(
    ("accepted", "language", "locale"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt", "pt_BR"),
        ("pt-PT", "pt", "pt_PT"),
        ("es-AR,es;q=0.9", "es", "es_AR"),
        ("fr-FR, es-MX;q=0.7, en;q=0.3", "es", "es_MX"),
        ("en-US", "en", "en_US"),
        ("de, *;q=0.1", "en", "en"),
        ("", "en", "en"),
        ("nonsense;q=x,,;q=1, pt;q=0", "en", "en"),
    ],
)
def test_the_browser_gives_language_and_locale(accepted: str, language: str, locale: str) -> None:
    wanted = wanted_languages(accepted)
    assert choose_language(wanted) == language
    assert str(choose_locale(language, wanted)) == locale


def test_plural_forms_follow_each_language() -> None:
    def said(language: str, count: int) -> str:
        return translation(language).ngettext("{n} recipient", "{n} recipients", count)

    # Zero needs the plural in speech, but Babel's rule for pt_BR uses the singular.
    assert said("pt", 0) == said("pt", 2) == "{n} destinatários"
    assert said("pt", 1) == "{n} destinatário"
    assert said("es", 0) == said("es", 2) == "{n} destinatarios"
    assert said("en", 1) == "{n} recipient"
    assert said("en", 0) == said("en", 2) == "{n} recipients"
