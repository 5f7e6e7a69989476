"""An error says what happened, what it means for the recipients, and what to do now."""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

# Imported, so that their errors are among the subclasses.
import pages.server.receive_upload  # noqa: F401
from core.errors import (
    CLOSED,
    UNCHANGED,
    ConnectorError,
    FeedError,
    FreioError,
    OutcomeUnknownError,
    StoreError,
)
from core.operations import (
    move,  # noqa: F401
)
from core.services import aborts
from core.services.bulk_aborts import UnknownBatchError
from core.services.bulk_limits import NONE_STOPPED
from core.settings import ROOT
from pages.text import i18n
from tests.messages import extract, strings

MODULES = [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]

#: All meanings of errors. Before you add one, check whether Freio can know it.
MEANINGS = {
    UNCHANGED,
    CLOSED,
    FeedError.means,
    ConnectorError.means,
    NONE_STOPPED,
    OutcomeUnknownError.means,
    UnknownBatchError.means,
    "Freio does not show these aborts any more, and their sends may go out.",
    "Freio has changed nothing in it, and cannot abort a send; sends go on as planned.",
    "It was not stopped and may still go out.",
    "Nothing was changed. This Freio cannot abort a send; sends go on as planned.",
    "Nothing was moved, and both databases are as they were; sends go on as planned.",
    "Nothing was noted; the abort stays where it was, and its send may go out.",
    "Nothing was stopped; if it exists in the platform, it may go out.",
    "Nothing was stopped; it may still go out.",
    "It is unknown whether the file was loaded.",
    "The answer may not be recorded.",
    "Their sends may look here as if they had never been stopped.",
    "New files may not be loaded, so sends that start from now on are not shown here.",
    "This one was not read, and changed nothing.",
    "Until then no send can be stopped here; sends go on as planned.",
    "People who could abort sends still can; changes in the file have no effect, and after a restart "
    "no one could log in.",
    "Do not rely on what it says about stopped sends: check in the platform.",
}

#: Errors and warnings of pages themselves, with the same three parts.
NOTICES: Sequence[tuple[str, str, str]] = (
    (
        "The abort is recorded, but it is not known yet whether generation had begun:",
        "it may still reach up to {r}.",
        "The abort stays open until it is confirmed. Check in the platform: {path}.",
    ),
    (
        "The abort is recorded here,",
        "and the send goes on until it is stopped in the platform.",
        "**Now abort it there too:** {path}.",
    ),
    (
        "The abort is recorded here,",
        "and it may still go out to its {r} until a file confirms it.",
        "**Now abort it in the platform too:** {path}.",
    ),
    # a file with unknown state words
    (
        "Freio does not know the state of {n} send.",
        "As long as it is unknown, the send cannot be stopped here.",
        "Choose below what the word means.",
    ),
    # no person gets in
    (
        "**The login provider does not answer.**",
        "Until it does, no one can log in and abort a send here; sends go on as planned.",
        "Try again in a minute. If a send cannot wait, abort it in the platform.",
    ),
    (
        "**You are not logged in:** the login was cancelled or refused.",
        "Until you log in, you cannot abort a send here; sends go on as planned.",
        "Try again.",
    ),
    (
        "**You are not logged in:** this login was started too long ago, in another "
        "browser, or at another dashboard.",
        "Until you log in, you cannot abort a send here; sends go on as planned.",
        "Try again. If it happens again, ask your administrator whether all dashboards "
        "have the same FREIO_COOKIE_SECRET.",
    ),
    (
        "**Your session has ended.**",
        "Stopped sends stay recorded; you cannot abort another send until you log in again.",
        "Log in to continue.",
    ),
    (
        "**Freio no longer knows who you are.**",
        "Nothing is shown, and you cannot abort a send here; sends go on as planned.",
        "Open Freio's address again.",
    ),
    (
        "**{name} has no role here.**",
        "Nothing is shown, and you cannot abort a send; all sends go on as planned.",
        "Ask your administrator to add you to the list of roles.",
    ),
    (
        "**Freio does not know who you are.** It opens only through the company's proxy, "
        "which identifies people.",
        "Nothing is shown, and you cannot abort a send from here.",
        "Open the address that you were given.",
    ),
    (
        "**Freio needs its access token.**",
        "Until you enter it, nothing is shown and you cannot abort a send here; sends go on "
        "as planned.",
        "Open the link in the terminal where Freio was started, or enter the token.",
    ),
    # aborts
    (
        "This send is no longer in Freio, and nothing was stopped.",
        "Only the platform shows whether it goes out.",
        "Look for it there.",
    ),
    (
        "These facts are old.",
        "The send may have begun since then;",
        "check in the platform too.",
    ),
    (
        "**The data is old.**",
        "A send that looks stoppable may have begun since then, and reach its recipients.",
        "Check in the platform before you rely on it, or load a newer export.",
    ),
    (
        "**It was stopped.** After that, the platform reported it as {state}.",
        "It may go out to its {r}.",
        "If it must not, abort it again.",
    ),
    # answers that do not come
    (
        "The server has not answered for a while.",
        "What you see may have changed since then, and nothing can be stopped from here "
        "until the server answers.",
        "If a send cannot wait, abort it in the platform.",
    ),
    (
        "The server has not answered this click.",
        "It may have been carried out or not: nothing is confirmed as stopped, and the "
        "send may still go out.",
        "Check the send before you click again.",
    ),
    (
        "The server does not answer, so this click was not sent and aborted nothing.",
        "The send may still go out.",
        "Click again when the server answers, or abort the send in the platform.",
    ),
    # files
    (
        "**No row of {name} could be read.**",
        "Nothing was changed; what is shown stays as it was.",
        "Correct what the list below shows, or choose above which column is which.",
    ),
    (
        "This file shows that {n} send went on although it was aborted here.",
        "Its recipients may get it.",
        "Load the file, then acknowledge it at the top of the page.",
    ),
    # the record
    (
        "**The receipt journal cannot be written ({reason}).**",
        "Aborts still work, but they are kept in the database only.",
        "Free space on its disk, or make it writable.",
    ),
    (
        "**The receipts of aborts need attention:** one may be lost,",
        "and its send may go out.",
        "Ask your administrator, who sees here what to do.",
    ),
    (
        "**The database has lost {n} abort that was accepted here.**",
        "Its send may go out.",
        "Restore it now: Freio decides again by the current facts.",
    ),
    (
        "The database has lost the receipt of {n} refused abort.",
        "No send is affected.",
        "Restore it with the button below.",
    ),
    (
        "**The database has lost {n} receipt that is in the receipt journal.**",
        "Its send may look as if it had never been stopped.",
        "Restore the receipt with the notice at the top.",
    ),
    (
        "**{n} accepted abort was dropped when other data replaced its send.**",
        "Freio no longer shows it, and its send may go out:",
        "check in the platform whether it was stopped.",
    ),
    (
        "**The audit log was changed from outside Freio: {n} problem.**",
        "Do not rely on what it says about stopped sends:",
        "check in the platform. Keep the database and the receipt journal as they are, and find "
        "out who can write to them.",
    ),
    # what no page expected
    (
        "Something went wrong on this page.",
        "This did not abort any send: sends still go out, unless a notice says that they "
        "are stopped.",
        "Reload the page; if it happens again, give the code {code} to your administrator.",
    ),
)

#: Texts around an error's own three parts, or around the reason of a flag.
FRAMES = {
    "The platform cannot be read since {time}: {why}",
    "**Check this send.** {why}",
    "**No backup was made.** {why}",
    "**Not everything was restored.** {why}",
    "**Not loaded.** {why}",
    "**Not stopped.** {why}",
    "**Unknown.** {why}",
}


@cache
def errors() -> dict[str, type[FreioError]]:
    found: list[type[FreioError]] = [FreioError]
    for each in found:
        found += each.__subclasses__()
    return {each.__name__: each for each in found}


@cache
def raised() -> list[tuple[str, type[FreioError], ast.Call]]:
    """Return every place in the code that makes an error of Freio's, with its class."""
    return [
        (f"{path.name}:{node.lineno}", errors()[node.func.id], node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in errors()
    ]


def literals(node: ast.AST) -> list[str]:
    """Return the texts that a call marks for translation in an argument."""
    return [
        each.args[0].value
        for each in ast.walk(node)
        if isinstance(each, ast.Call)
        and getattr(each.func, "id", "") in ("N_", "_")
        and isinstance(each.args[0], ast.Constant)
        and isinstance(each.args[0].value, str)
    ]


def test_every_error_has_three_parts() -> None:
    """An error has its own meaning if its class has none."""
    places = raised()
    assert len(places) > 80
    silent = [
        where
        for where, kind, call in places
        if not kind.means
        and len(call.args) < (4 if kind.__name__ == "Problem" else 3)
        and not any(k.arg == "means" for k in call.keywords)
        and kind.__name__ not in ("CommitUnknownError", "NothingReadError")
    ]
    assert silent == []


def test_no_part_says_what_belongs_into_another() -> None:
    """Each part consists of whole sentences, and the meaning is in one part only."""
    wrong = []
    for where, _kind, call in raised():
        for said in [text for argument in call.args[:3] for text in literals(argument)]:
            whole = said.rstrip("\n").endswith((".", "}", "…"))
            doubled = "hing was changed" in said and said not in MEANINGS
            if not whole or doubled:
                wrong.append((where, said))
    assert wrong == []


def test_what_errors_mean_is_listed_here() -> None:
    """For a new meaning, check whether Freio can know it."""
    found = {kind.means for kind in errors().values()} - {""}
    for _where, kind, call in raised():
        at = 3 if kind.__name__ == "Problem" else 2
        found |= {text for argument in call.args[at : at + 1] for text in literals(argument)}
    named = (aborts.NOT_STOPPED, aborts.NOT_HERE)
    assert found | set(named) <= MEANINGS


def notices() -> Iterator[tuple[str, str]]:
    """Yield the texts of errors and warnings that pages write themselves."""
    for path in (ROOT / "pages").rglob("*.py"):
        yield from _notices(path)


def _notices(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        shown: list[ast.expr] = []
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("error", "warning"):
            if getattr(node.func.value, "id", "") == "st":  # type: ignore[attr-defined]
                shown = node.args[:1]
        elif isinstance(node, ast.Dict) and path.name == "login_page.py":
            # The login page is no page of Streamlit's.
            shown = node.values
        elif isinstance(node, ast.Call) and _name(node) == "set_message":
            kind = node.args[1]
            if isinstance(kind, ast.Constant) and kind.value in ("error", "warning"):
                shown = node.args[2:]
        elif isinstance(node, ast.Call) and _name(node) == "warn_when_old":
            shown = node.args[:1]
        elif isinstance(node, ast.FunctionDef) and node.name == "_notices":
            shown = [
                each.value for each in node.body if isinstance(each, ast.Return) and each.value
            ]
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
            kind = node.elts[0]
            if isinstance(kind, ast.Constant) and kind.value in ("error", "warning"):
                shown = node.elts[1:]
        elif isinstance(node, ast.Dict) and path.name == "abort_form.py":
            shown = [
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value in ("old", "sentence")
            ]
        for text in shown:
            for call in ast.walk(text):
                if isinstance(call, ast.Call) and _name(call) in ("_", "plural"):
                    first = call.args[0]
                    if isinstance(first, ast.Constant):
                        yield path.name, str(first.value)


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def test_every_notice_of_trouble_has_three_parts() -> None:
    listed = {" ".join(part for part in parts if part) for parts in NOTICES}
    found = {text for _, text in notices()}
    inner = {
        "It may still go out to its recipients.",
        "A send whose abort is not restored may still go out.",
    }
    assert sorted(found - listed - FRAMES - inner) == [], "say all three parts, and list them here"
    assert sorted(listed - found) == [], "no error says this any more"
    kept = {text for m in extract() if m.id for text in strings(m.id)}
    assert listed | FRAMES <= kept


def test_a_page_that_knows_more_says_so_in_the_errors_place() -> None:
    busy = StoreError("The database is busy.", "Try again in a moment.")
    assert str(busy) == f"The database is busy. {UNCHANGED} Try again in a moment."
    assert i18n.error(busy) == str(busy)
    said = i18n.error(busy, "It may still go out to its recipients.")
    assert said == (
        "The database is busy. It may still go out to its recipients. Try again in a moment."
    )


@pytest.mark.parametrize("kind", errors().values(), ids=errors())
def test_values_are_filled_into_every_part(kind: type[FreioError]) -> None:
    if kind.__init__ is not FreioError.__init__:
        return
    found = kind("{a} happened.", "Do {b}.", "It means {c}.", a="A", b="B", c="C")
    assert str(found) == "A happened. It means C. Do B."
