"""Run coroutines in tests whose browser already has an event loop in the main thread."""

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
            # The loop needs a moment to close a connection that a task has left.
            await asyncio.sleep(0.05)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()
