"""Check requirements.lock against the ranges, or write it: `make lock`.

The lock pins every package with its hashes, for Python 3.11 and newer on any platform. The packages
that Freio needs to run come first. Packages that only tests and checks need follow the line MARK.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
MARK = "# Development only: the Makefile and the Dockerfile leave out what follows for run time."
_HEADER = "# Written by `make lock` from requirements.txt and requirements-dev.txt. Do not edit.\n"
_COMPILE = ["-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11"]
_OUTPUT = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--annotation-style=line"]
_PIN = re.compile(r"^([a-z0-9-]+)==([^ ]+)( ; [^\\]+)? \\$")
_OTHER = re.compile(r"^    (--hash=sha256:[0-9a-f]{64}( \\)?|# via [a-z0-9 .,-]+)$")


def main() -> int:
    """Check the lock, or write it first; return 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="resolve the ranges and write the lock"
    )
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    arguments = parser.parse_args()
    if arguments.write:
        (ROOT / "requirements.lock").write_text(_resolve(arguments.upgrade))
    problems = find_problems(
        (ROOT / "requirements.lock").read_text(),
        (ROOT / "requirements.txt").read_text(),
        (ROOT / "requirements-dev.txt").read_text(),
    )
    for problem in problems:
        print(f"requirements.lock: {problem}. Run `make lock`.")
    return 1 if problems else 0


def find_problems(lock: str, runtime: str, development: str) -> list[str]:
    """Return the differences between the lock and the two lists of ranges."""
    first, mark, second = lock.partition(MARK)
    problems = [] if mark else ["the line that starts the development packages is missing"]
    problems += _misfits(_pins(first), runtime)
    problems += _misfits(_pins(first + second), development)
    blocks = _blocks(first) + _blocks(second)
    for name, block in blocks:
        if "--hash=sha256:" not in block:
            problems.append(f"{name} has no hash")
    for line in lock.splitlines():
        if not (line in (MARK, _HEADER.strip(), "") or _PIN.match(line) or _OTHER.match(line)):
            problems.append(f"a line that is neither a pin nor a hash: {line!r}")
    return problems


def _misfits(pins: dict[str, list[str]], ranges: str) -> list[str]:
    problems = []
    for line in ranges.splitlines():
        text = line.partition("#")[0].strip()
        if not text or text.startswith("-r "):
            continue
        wanted = Requirement(text)
        versions = pins.get(canonicalize_name(wanted.name))
        if not versions:
            problems.append(f"{wanted.name} is missing")
        problems += [
            f"{wanted.name} {version} is outside {wanted.specifier}"
            for version in versions or []
            if version not in wanted.specifier
        ]
    return problems


def _pins(text: str) -> dict[str, list[str]]:
    pins: dict[str, list[str]] = {}
    for line in text.splitlines():
        if match := _PIN.match(line):
            pins.setdefault(match[1], []).append(match[2])
    return pins


def _blocks(text: str) -> list[tuple[str, str]]:
    """Return the name of each pinned package with its lines."""
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    return [(block.partition("==")[0], block) for block in blocks]


def _resolve(upgrade: bool) -> str:
    with tempfile.TemporaryDirectory() as folder:
        everything = Path(folder, "development.txt")
        if not upgrade and (ROOT / "requirements.lock").exists():
            # uv keeps the versions that it finds in its output file.
            everything.write_text((ROOT / "requirements.lock").read_text())
        _uv("requirements-dev.txt", *_OUTPUT, "--output-file", str(everything))
        needed = _uv("requirements.txt", "--no-annotate", "--constraints", str(everything))
        names = {line.partition("==")[0] for line in needed.splitlines()}
        blocks = _blocks(everything.read_text())
    runtime = "".join(block for name, block in blocks if name in names)
    development = "".join(block for name, block in blocks if name not in names)
    return f"{_HEADER}{runtime}{MARK}\n{development}"


def _uv(*arguments: str) -> str:
    command = [sys.executable, *_COMPILE, *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
