"""Each name of Streamlit's that Freio relies on exists in the installed version.

The names are collected from the sources. After an upgrade of Streamlit, each failure shows one name
that has disappeared, with the files that use it.
"""

import ast
import importlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from inspect import isclass, ismodule
from pathlib import Path

import pytest
import streamlit
from streamlit import config

from core.settings import ROOT
from pages.shell.streamlit_texts import streamlit_texts

PACKAGE = Path(streamlit.__file__).parent
#: Values of attributes of stApp and a title that our scripts compare, and a variable that they set.
VALUES = ("CONNECTED", "notRunning", "BACKEND_BASE_URL", "Connection error")
#: Texts that Streamlit composes, and their parts.
COMPOSED = {
    "Press Enter to apply": ("Press Enter to ", "apply"),
    "Press Enter to submit form": ("Press Enter to ", "submit form"),
    "Press Ctrl+Enter to submit form": ("Ctrl", "+Enter to ", "submit form"),
    "Press ⌘+Enter to submit form": ("⌘", "+Enter to ", "submit form"),
    "The page that you have requested does not seem to exist. Running the app's main page.": (
        "The page that you have requested does not seem to exist",
        ". Running the app",
    ),
    "AxiosError: Request failed with status code 421": ("Request failed with status code ",),
    "AxiosError: Request failed with status code 403": ("Request failed with status code ",),
    "AxiosError: Network Error": ("Network Error", "AxiosError"),
}

TEST_ID = re.compile(r"data-testid=[\"'](\w[\w-]*)|\b(st[A-Z]\w+(?:-[a-z]+)?)\b")
TEST_ID_IN_PYTHON = re.compile(r"data-testid=\\?[\"'](\w[\w-]*)|get_by_test_id\(\"(\w[\w-]*)\"")
ATTRIBUTE = re.compile(r"\bdata-([a-z-]+)")
DATASET = re.compile(r"\bdataset\.(\w+)")
DATASET_WRITTEN = re.compile(r"\bdataset\.(\w+) (?:\?\?)?= ")
VARIABLE = re.compile(r"--st-[a-z-]+")
ROUTE = re.compile(r"_stcore/[a-z][a-z/.-]*[a-z]")


def sources(*patterns: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            if path != Path(__file__):
                yield str(path.relative_to(ROOT)), path.read_text("utf-8")


@cache
def frontend() -> bytes:
    """Return all scripts and styles that Streamlit sends to a browser."""
    files = [*PACKAGE.glob("static/static/js/*.js"), *PACKAGE.glob("static/static/css/*.css")]
    return b"\n".join(file.read_bytes() for file in files)


@cache
def server() -> str:
    text = "\n".join(file.read_text("utf-8") for file in PACKAGE.glob("web/**/*.py"))
    return text.replace("{BASE_ROUTE_CORE}", "_stcore")


def camel(name: str) -> str:
    return re.sub("-([a-z])", lambda found: found[1].upper(), name)


def kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"-{found[0].lower()}", name)


def in_frontend(name: str) -> bool:
    parts: tuple[str, ...] = COMPOSED.get(name, (name,))
    if name.startswith("--st-"):  # the front end makes these from the names of the theme's options
        parts = ("`--st`", f"{camel(name.removeprefix('--st-'))}:")
    elif match := re.fullmatch(r"(st[A-Z]\w+-)(.+)", name):  # such as stBaseButton-primary
        parts = (f"`{match[1]}${{", f"`{match[2]}`")
    return all(part.encode() in frontend() for part in parts)


def browser_names() -> dict[str, set[str]]:
    """Return the names that styles and scripts use, each with its files."""
    names: dict[str, set[str]] = defaultdict(set)
    written = {"testid"}  # attributes that Freio writes itself
    for _, text in sources("pages/**/*.py", "pages/**/*.html"):
        written |= {*ATTRIBUTE.findall(text)}
    for _, text in sources("pages/**/*.js"):
        written |= {kebab(name) for name in DATASET_WRITTEN.findall(text)}
    for file, text in sources("pages/**/*.css", "pages/**/*.js"):
        read = {*ATTRIBUTE.findall(text), *map(kebab, DATASET.findall(text))}
        found = {one or other for one, other in TEST_ID.findall(text)}
        found |= {f"data-{name}" for name in read - written} | {*VARIABLE.findall(text)}
        found |= {"st-key-"} if "st-key-" in text else set()
        found |= {value for value in VALUES if f'"{value}"' in text}
        for name in found:
            names[name].add(file)
    for file, text in sources("pages/**/*.py", "tests/**/*.py"):
        for one, other in TEST_ID_IN_PYTHON.findall(text):
            names[one or other].add(file)
    for text in streamlit_texts():
        names[text].add("pages/shell/streamlit_texts.py")
    return names


def python_names() -> dict[str, set[str]]:
    """Return the dotted names that our modules import from Streamlit or read from these imports."""
    names: dict[str, set[str]] = defaultdict(set)
    for file, text in sources("dashboard.py", "core/**/*.py", "pages/**/*.py", "tests/**/*.py"):
        tree = ast.parse(text if "streamlit" in text else "")
        known: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for each in node.names:
                    if each.name.partition(".")[0] == "streamlit":
                        known[each.asname or "streamlit"] = (
                            each.name if each.asname else "streamlit"
                        )
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streamlit"):
                for each in node.names:
                    known[each.asname or each.name] = f"{node.module}.{each.name}"
        for name in known.values():
            names[name].add(file)
        for node in ast.walk(tree):
            chain = dotted(node)
            root, _, rest = chain.partition(".")
            if rest and root in known:
                names[f"{known[root]}.{rest}"].add(file)
    return names


def dotted(node: ast.AST) -> str:
    """Return a chain of attributes such as "st.components.v2", or "" if it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def in_python(name: str) -> bool:
    """Return whether a dotted name leads to something. Attributes of instances are not followed."""
    value: object = streamlit
    path = "streamlit"
    for part in name.split(".")[1:]:
        if not (ismodule(value) or isclass(value)):
            return True
        path = f"{path}.{part}"
        if not hasattr(value, part):
            try:
                importlib.import_module(path)
            except ImportError:
                return False
        value = getattr(value, part)
    return True


def option_names() -> dict[str, set[str]]:
    names = {}
    for file, text in sources(".streamlit/config.toml"):
        # Each section has its own line: [server], [theme.light].
        for section in re.findall(r"^\[(.+)\]", text, re.MULTILINE):
            values = tomllib.loads(text)
            for part in section.split("."):
                values = values[part]
            names |= {
                f"{section}.{key}": {file}
                for key, value in values.items()
                if not isinstance(value, dict)
            }
    return names


def routes() -> dict[str, set[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for file, text in sources("pages/**/*.py", "pages/**/*.js", "tests/**/*.py"):
        for name in ROUTE.findall(text):
            names[name].add(file)
    return names


def missing(names: dict[str, set[str]], exists: Callable[[str], bool]) -> dict[str, set[str]]:
    return {name: files for name, files in sorted(names.items()) if not exists(name)}


def test_the_frontend_has_each_name_that_styles_and_scripts_use() -> None:
    names = browser_names()
    assert {"stApp", "stDialog", "st-key-", "--st-text-color", "data-test-script-state"} <= {*names}
    assert missing(names, in_frontend) == {}


def test_the_package_has_each_name_that_python_imports_or_reads() -> None:
    names = python_names()
    assert {"streamlit.App", "streamlit.logger.setup_formatter"} <= {*names}
    assert missing(names, in_python) == {}


def test_the_server_has_each_route_that_is_closed_or_called() -> None:
    assert missing(routes(), server().__contains__) == {}


def test_streamlit_knows_each_option_that_is_set() -> None:
    assert missing(option_names(), config.get_config_options().__contains__) == {}


@pytest.mark.parametrize(
    "name", ["stMadeUp", "stBaseButton-made-up", "--st-made-up", "data-made-up", "A made-up text"]
)
def test_a_made_up_name_is_missing_in_the_frontend(name: str) -> None:
    assert missing({name: {"x.css"}}, in_frontend) == {name: {"x.css"}}


@pytest.mark.parametrize(
    "name", ["streamlit.made_up", "streamlit.runtime.made_up", "streamlit.App.x"]
)
def test_a_made_up_name_is_missing_in_python(name: str) -> None:
    assert missing({name: {"x.py"}}, in_python) == {name: {"x.py"}}
