"""The documents name files, settings and metrics that exist, link to what exists, and stay short."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from core.settings import ROOT, Settings

DOCUMENTS = ("README.md", "OPERATING.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")
#: A path in one of the three source folders, and the name of a Python file.
_PATH = re.compile(r"(?<![\w./])(?:core|pages|tests)(?:/[\w.-]*\w)+|(?<=`)[\w/]+\.py(?=`)")
_LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def section(document: str, heading: str) -> str:
    """Return a section of the second level, from its heading to the next one."""
    _, found, rest = text(document).partition(f"\n## {heading}")
    assert found, f"{document} has no section {heading}"
    return found.lstrip() + rest.partition("\n## ")[0]


def anchors(document: str) -> set[str]:
    """Return the anchors of a document that links can use, as GitHub makes them from headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", text(document)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def files_with_code() -> Iterator[Path]:
    for folder in ("core", "pages", "tests"):
        yield from (ROOT / folder).rglob("*.py")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    names = {path.name for path in files_with_code()} | {"dashboard.py"}
    missing = [
        path
        for path in _PATH.findall(text(document))
        if not (ROOT / path).exists()
        and not (ROOT / "tests" / path).exists()
        and not ("/" not in path and path in names)
    ]
    assert not missing


def test_a_name_without_a_folder_in_the_table_of_changes_is_beside_the_name_before_it() -> None:
    table = text("README.md").split("which file to open first", 1)[1].split("## More", 1)[0]
    missing = []
    for row in table.splitlines():
        folder = ROOT
        for path in _PATH.findall(row):
            named = ROOT / path if "/" in path else folder / path
            folder = named if named.is_dir() else named.parent
            if not list(named.parent.glob(named.name)):
                missing.append(path)
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file_or_a_section(document: str) -> None:
    for path, anchor in _LINK.findall(text(document)):
        target = path or document
        assert (ROOT / target).exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_that_a_document_names_exists(document: str) -> None:
    known = {f"FREIO_{field.name.upper()}" for field in fields(Settings)}
    assert set(re.findall(r"FREIO_[A-Z_]*[A-Z](?![A-Z_])", text(document))) <= known


def test_every_metric_that_the_documents_name_exists() -> None:
    code = text("core/infrastructure/metrics.py")
    named = re.findall(r"\bfreio_([a-z_]+)", section("OPERATING.md", "Probes and metrics"))
    assert named
    for name in named:
        assert f'{re.sub("_(bucket|total)$", "", name)}"' in code, name


def test_readme_glossary_and_history_stay_short() -> None:
    assert len(text("README.md").splitlines()) <= 120
    assert len(section("CONTRIBUTING.md", "Glossary").splitlines()) <= 40
    assert len(section("CHANGELOG.md", "[0.1.0]").splitlines()) <= 60


def test_every_rule_that_code_cites_by_number_is_defined_once() -> None:
    defined = re.findall(r"^- \*\*(I\d)\*\* ", text("CONTRIBUTING.md"), re.MULTILINE)
    assert defined == [f"I{number}" for number in range(1, 9)]
    cited = {
        rule
        for path in files_with_code()
        for rule in re.findall(r"\((I\d)\)", path.read_text(encoding="utf-8"))
    }
    assert cited <= set(defined)
