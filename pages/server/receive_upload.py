"""Receiving a file over HTTP: bounded in size and in time, and named as it may be stored."""

from __future__ import annotations

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
from pages.server.upload_slots import Place, UploadSlots

_IN_MEMORY: Final = 1 << 20
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What a body may take: bytes, seconds without a byte, seconds in all, and bytes a second.

    The pace is an average: who falls behind by the seconds of silence is too slow.
    """

    bytes: int
    silence: float
    total: float
    pace: float


@asynccontextmanager
async def received(
    request: Request, limits: Limits, places: UploadSlots, place: Place
) -> AsyncIterator[tuple[BinaryIO, str]]:
    """Receive the file of a request; yield it with its name. Raises Problem where it has none."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.bytes:
        raise _too_large(limits)
    if length.isdecimal():
        require_room(temporary_file(), int(length))
    bounded = Request(request.scope, _bounded(request.receive, limits, places, place))
    asked = request.query_params.get("name", "")
    if _kind(request) == "multipart/form-data":
        async with _form_file(bounded) as (file, name):
            yield file, _checked(asked or name)
        return
    name = _checked(asked or _disposition_name(request))
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        async for chunk in bounded.stream():
            # What goes to the disk must not keep the pages waiting.
            await asyncio.to_thread(_write, copy, chunk)
        await asyncio.to_thread(copy.seek, 0)
        yield cast(BinaryIO, copy), name


def _write(copy: SpooledTemporaryFile[bytes], chunk: bytes) -> None:
    require_room(temporary_file(), len(chunk))
    copy.write(chunk)


def _bounded(receive: Receive, limits: Limits, places: UploadSlots, place: Place) -> Receive:
    """Return `receive` with the limits kept on what it brings."""
    ends = place.began + limits.total
    # Bytes buy time, up to the silence that is allowed.
    until = place.began + limits.silence

    async def bounded() -> Message:
        nonlocal until
        try:
            async with place.within(max(min(until, ends) - time.monotonic(), 0)):
                message = await receive()
        except TimeoutError:
            raise _too_slow(limits, place) from None
        size = len(message.get("body", b""))
        places.add(place, size, limits.bytes)
        if place.got > limits.bytes:
            raise _too_large(limits)
        until = min(until + size / limits.pace, time.monotonic() + limits.silence)
        place.is_whole = not message.get("more_body", False)
        return message

    return bounded


def _too_slow(limits: Limits, place: Place) -> Problem:
    close = {"Connection": "close"}
    if place.makes_way:
        return Problem(
            408,
            N_("The file came more slowly than all others, and another one needed its place."),
            N_("Send it again."),
            headers=close,
        )
    return Problem(
        408,
        N_("The file did not arrive in time: {pace} KB a second are needed at least."),
        N_("Send it again."),
        headers=close,
        pace=int(limits.pace // 1_000),
    )


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
        raise Problem(
            422, N_("The form cannot be read."), N_("Send one file, in the field named file.")
        ) from error
    try:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise Problem(
                422, N_("The form has no file."), N_("Send one file, in the field named file.")
            )
        yield file.file, file.filename or ""
    finally:
        await form.close()


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _disposition_name(request: Request) -> str:
    headers = Headers()
    # A header set from raw text must be one line; h11 lets no other through.
    headers["Content-Disposition"] = request.headers.get("content-disposition", "")
    return headers.get_filename() or ""


def _checked(name: str) -> str:
    """Return the last part of a name, with nothing in it that a log or a list stumbles over."""
    last = re.split(r"[/\\]", name)[-1].strip()
    clean = "".join(c if c.isprintable() else "�" for c in last)
    if not clean or len(clean) > _LONGEST_NAME:
        raise Problem(422, N_("The file has no name."), N_("Give it one with ?name=export.csv."))
    return clean
