"""Run coroutines in tests in which the browser already has an event loop in the main thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def in_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in another thread, and return its result."""

    async def run() -> T:
        try:
            return await work
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            # A connection that a task gave up is closed in the next turns of the loop.
            await asyncio.sleep(0.05)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()
