"""Serve Streamlit's scripts and styles compressed.

Streamlit does not compress files (no upstream issue found). At the start of Freio, a thread
compresses the files. Until a compressed file exists, Freio serves the original file.
"""

import gzip
import logging
import os
import re
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import brotli
import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

from core.settings import ROOT

log = logging.getLogger("core.static")

_ROUTE: Final = "/static"
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
#: A file with this header never changes: the address of the file contains a hash of the content.
CACHE: Final = "public, immutable, max-age=31536000"
#: The end of a file name for each encoding. The best encoding comes first.
_ENDS: Final = {"br": ".br", "gzip": ".gz"}
COMPRESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": lambda data: brotli.compress(data, quality=9),
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
}


class CompressedStatic:
    """Middleware that serves the compressed files in `folder`."""

    def __init__(self, app: ASGIApp, folder: Path | None) -> None:
        self._app = app
        self._folder = folder
        self._files = None if folder is None else StaticFiles(directory=folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        path = Path(scope["path"] if scope["type"] == "http" else "")
        if not path.is_relative_to(_ROUTE) or path.suffix not in _TYPES:
            await self._app(scope, receive, send)
            return
        encoding = self._encoding_for(path.name, Headers(scope=scope).get("accept-encoding", ""))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Accept-Encoding")
                if encoding and message["status"] < 400:
                    headers["Cache-Control"] = CACHE
                    headers["Content-Encoding"] = encoding
                    headers["Content-Type"] = f"{_TYPES[path.suffix]}; charset=utf-8"
            await send(message)

        if encoding is None or self._files is None:
            await self._app(scope, receive, send_with_headers)
            return
        name = "/" + path.name + _ENDS[encoding]
        await self._files({**scope, "path": name, "root_path": ""}, receive, send_with_headers)

    def _encoding_for(self, name: str, accepted: str) -> str | None:
        if self._folder is None:
            return None
        wanted = [each for each in _ENDS if each in accepted_encodings(accepted)]
        return next((e for e in wanted if (self._folder / (name + _ENDS[e])).is_file()), None)


def accepted_encodings(header: str) -> set[str]:
    """Return the encodings in an Accept-Encoding header. Leave out encodings with `q=0`."""
    refused = set(re.findall(r"([\w*-]+)\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", header))
    return set(re.findall(r"[\w*-]+", header)) - refused


def cache_folder(data: Path = ROOT / "data") -> Path | None:
    """Return a writable folder for the compressed files, or None.

    Try `data` first, then the system's temporary folder, then `/dev/shm` (memory).
    """
    folder = data / "compressed" / f"streamlit-{streamlit.__version__}"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    for parent in (None, "/dev/shm"):  # noqa: S108 - mkdtemp makes a folder for this user only
        with suppress(OSError):
            return Path(tempfile.mkdtemp(prefix="freio-compressed-", dir=parent))
    log.warning("no folder can be written: scripts and styles are not compressed")
    return None


def compress_in_background(folder: Path | None) -> None:
    """Start a thread that compresses the missing files."""
    if folder is not None:
        work = threading.Thread(target=_compress_all, args=(folder,), daemon=True)
        work.start()


def _compress_all(folder: Path) -> None:
    # Pages are more urgent than this thread.
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    try:
        for file in _originals():
            for encoding, end in _ENDS.items():
                target = folder / (file.name + end)
                if not target.exists():
                    # Another dashboard may write the file too, so write to a temporary file first.
                    part = target.with_name(f"{target.name}.{os.getpid()}")
                    part.write_bytes(COMPRESS[encoding](file.read_bytes()))
                    part.replace(target)
    except OSError as error:
        log.warning("scripts and styles are not compressed: %s", error)


def _originals() -> list[Path]:
    """Return Streamlit's files, the smallest first. Freio's pages do not use the largest files."""
    folder = Path(file_util.get_static_dir()) / "static"
    files = [file for file in folder.rglob("*") if file.suffix in _TYPES]
    return sorted(files, key=lambda file: file.stat().st_size)
