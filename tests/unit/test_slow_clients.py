"""Connections that send no request or read no answer are closed; all others stay open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from pages.server.slow_clients import SlowClients
from tests.loops import in_a_loop

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]


class Answering(asyncio.Protocol):
    """A protocol like uvicorn's. Each line is a request for an answer with that number of bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.cycle: object = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\n"):
            self.cycle = type("Answered", (), {"response_complete": True})()
            self._transport.write(b"x" * self._size)


@asynccontextmanager
async def served(watch: SlowClients, size: int = 1) -> AsyncIterator[Connect]:
    loop = asyncio.get_running_loop()
    watch.watch(loop)
    server = await loop.create_server(lambda: Answering(size), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made: list[Streams] = []

    async def connect() -> Streams:
        made.append(await asyncio.open_connection("127.0.0.1", port, limit=1_000))
        return made[-1]

    try:
        yield connect
    finally:
        for _, writer in made:
            writer.close()
        server.close()


async def is_closed(streams: Streams, within: float) -> bool:
    reader, _ = streams
    with suppress(TimeoutError, ConnectionError):
        return await asyncio.wait_for(reader.read(), within) == b""
    return reader.at_eof() or reader.exception() is not None


@pytest.mark.slow
def test_a_connection_without_a_whole_request_is_closed_and_one_that_asks_is_kept() -> None:
    async def go() -> None:
        async with served(SlowClients(waits=0.5, look=0.05)) as connect:
            silent, asking = await connect(), await connect()
            silent[1].write(b"GET / HTT")
            for _ in range(10):
                asking[1].write(b"\n")
                assert await asyncio.wait_for(asking[0].read(1), 5) == b"x"
                await asyncio.sleep(0.1)
            assert await is_closed(silent, 5)
            assert await is_closed(asking, 5)

    in_a_loop(go())


@pytest.mark.slow
def test_a_client_that_reads_nothing_is_cut_off() -> None:
    async def go() -> None:
        async with served(SlowClients(stalls=0.5, look=0.05), size=30_000_000) as connect:
            reader, writer = await connect()
            writer.write(b"\n")
            # So asyncio's own reader reads nothing.
            reader._transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(1.5)
            reader._transport.resume_reading()  # type: ignore[attr-defined]
            taken = 0
            with suppress(ConnectionError):
                while part := await asyncio.wait_for(reader.read(100_000), 5):
                    taken += len(part)
            assert taken < 30_000_000

    in_a_loop(go())


@pytest.mark.slow
def test_a_download_that_is_read_slowly_is_completed() -> None:
    async def go() -> None:
        async with served(SlowClients(stalls=2, look=0.02), size=30_000_000) as connect:
            reader, writer = await connect()
            writer.write(b"\n")
            taken = 0
            while taken < 30_000_000:
                part = await asyncio.wait_for(reader.read(1_000_000), 5)
                assert part, f"cut after {taken} bytes"
                taken += len(part)
                await asyncio.sleep(0.0005)

    in_a_loop(go())


def test_where_there_are_too_many_the_oldest_make_room() -> None:
    async def go() -> None:
        async with served(SlowClients(most=60)) as connect:
            held = [await connect() for _ in range(61)]
            assert await is_closed(held[0], 5)
            held[-1][1].write(b"\n")
            assert await asyncio.wait_for(held[-1][0].read(1), 5) == b"x"

    in_a_loop(go())
