"""Receive a file over HTTP, within limits of size and time."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message as Headers
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive

from core.errors import N_
from core.infrastructure.disk_space import require_room, temporary_file
from pages.server.http_problem import Problem
from pages.server.upload_slots import Upload, UploadSlots

#: A file with more bytes than this is stored on the disk, not in memory.
_IN_MEMORY: Final = 1 << 20
#: The minimum average speed of a client, in bytes per second.
MIN_RATE: Final = 16_000
_LONGEST_NAME: Final = 200
_ONE_FILE: Final = N_("Send one file, in the field named file.")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on the body of a request.

    - `bytes`: the maximum size.
    - `idle`: the longest pause of the client, in seconds. If the client is slower than `MIN_RATE`,
      its longest pause is shorter.
    - `total`: the maximum time to receive the whole body, in seconds.
    """

    bytes: int
    idle: float
    total: float


@asynccontextmanager
async def received(
    request: Request, limits: Limits, slots: UploadSlots, upload: Upload
) -> AsyncIterator[tuple[BinaryIO, str]]:
    """Yield the file and its name. Raises Problem if the file cannot be received."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.bytes:
        raise _too_large(limits)
    if length.isdecimal():
        require_room(temporary_file(), int(length))
    limited = Request(request.scope, _limited(request.receive, limits, slots, upload))
    given_name = request.query_params.get("name", "")
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if content_type.strip().lower() == "multipart/form-data":
        async with _form_file(limited) as (file, name):
            yield file, _checked(given_name or name)
        return
    name = _checked(given_name or _disposition_name(request))
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        async for chunk in limited.stream():
            await asyncio.to_thread(_write, copy, chunk)
        await asyncio.to_thread(copy.seek, 0)
        yield cast(BinaryIO, copy), name


def _write(copy: SpooledTemporaryFile[bytes], chunk: bytes) -> None:
    require_room(temporary_file(), len(chunk))
    copy.write(chunk)


def _limited(receive: Receive, limits: Limits, slots: UploadSlots, upload: Upload) -> Receive:
    end = upload.began + limits.total
    # A client that sends MIN_RATE bytes per second never reaches the deadline. A faster client gets
    # more time, but never more than `idle` seconds from now.
    deadline = upload.began + limits.idle

    async def limited() -> Message:
        nonlocal deadline
        try:
            async with upload.timeout(max(min(deadline, end) - time.monotonic(), 0)):
                message = await receive()
        except TimeoutError:
            raise _too_slow(upload) from None
        size = len(message.get("body", b""))
        slots.add(upload, size, limits.bytes)
        if upload.received > limits.bytes:
            raise _too_large(limits)
        deadline = min(deadline + size / MIN_RATE, time.monotonic() + limits.idle)
        upload.is_complete = not message.get("more_body", False)
        return message

    return limited


def _too_slow(upload: Upload) -> Problem:
    if upload.is_replaced:
        text = N_("The file was the slowest of all uploads, and a new upload needed its slot.")
    else:
        text = N_("The file did not arrive in time: at least {pace} KB per second are required.")
    close, pace = {"Connection": "close"}, MIN_RATE // 1_000
    return Problem(408, text, N_("Send it again."), headers=close, pace=pace)


def _too_large(limits: Limits) -> Problem:
    return Problem(
        413,
        N_("The file is larger than {most} MB."),
        N_("Split it, or raise FREIO_MAX_FILE_MB."),
        most=limits.bytes // 1_000_000,
    )


@asynccontextmanager
async def _form_file(request: Request) -> AsyncIterator[tuple[BinaryIO, str]]:
    try:
        form = await request.form(max_files=1, max_fields=10)
    except (MultiPartException, HTTPException) as error:
        raise Problem(422, N_("The form cannot be read."), _ONE_FILE) from error
    try:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise Problem(422, N_("The form has no file."), _ONE_FILE)
        yield file.file, file.filename or ""
    finally:
        await form.close()


def _disposition_name(request: Request) -> str:
    headers = Headers()
    # The server has already refused headers with line breaks.
    headers["Content-Disposition"] = request.headers.get("content-disposition", "")
    return headers.get_filename() or ""


def _checked(name: str) -> str:
    """Return the name without folders: `a.csv` for `exports/a.csv`.

    Raises Problem if the result is empty or too long.
    """
    last = re.split(r"[/\\]", name)[-1].strip()
    clean = "".join(c if c.isprintable() else "�" for c in last)
    if not clean:
        raise Problem(422, N_("The file has no name."), N_("Give it one with ?name=export.csv."))
    if len(clean) > _LONGEST_NAME:
        raise Problem(
            422,
            N_("The name of the file has more than {most} characters."),
            N_("Give it a shorter name with ?name=export.csv."),
            most=_LONGEST_NAME,
        )
    return clean
