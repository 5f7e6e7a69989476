"""Start the browser and the server, for browser tests and pictures."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, FilePayload, Page, Playwright

from core.settings import ROOT
from tests.access import TOKEN

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


def launch(playwright: Playwright) -> Browser:
    """Start the machine's Chromium, or else Playwright's own; fail if there is none."""
    names = (os.environ.get("FREIO_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=_FLAGS)


def choose_file(page: Page, file: FilePayload) -> None:
    """Choose a file as a person does. An uploader that has just appeared does not notice files."""
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("stFileUploader").first.get_by_role("button").last.click()
    chooser.value.set_files(file)


def free_port() -> int:
    """Return a port on which no program listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(target: str, folder: Path, **settings: str) -> Iterator[str]:
    """Serve `target` on a free port with a database in `folder`; yield its address.

    `{address}` in a setting stands for that address.
    """
    environment = {"FREIO_DATABASE": f"duckdb:///{folder}/test.duckdb"} | settings
    command = ["-m", "uvicorn", target, "--host", "127.0.0.1", "--port"]
    with running(command, "/readyz", folder / "server.log", ROOT, environment) as address:
        yield address


@contextmanager
def running(
    command: list[str], ready: str, log: Path, place: Path, settings: dict[str, str]
) -> Iterator[str]:
    """Run Python with `command` and a free port as its last argument; yield the server's address.

    It is ready when it answers at the path `ready`.
    """
    with started(command, ready, log, place, settings) as (address, _):
        yield address


@contextmanager
def started(
    command: list[str], ready: str, log: Path, place: Path, settings: dict[str, str]
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Do as `running` does; yield the server's address and its process."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {name: value.replace("{address}", address) for name, value in settings.items()}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *command, str(port)],
            cwd=place,
            env=os.environ | {"FREIO_ACCESS_TOKEN": TOKEN} | settings,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_ready(address + ready, process, log)
            yield address, process
        finally:
            process.terminate()
            process.wait(20)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until a server that has just been started answers; fail if it ends before."""
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text()}")
