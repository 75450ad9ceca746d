"""A world that takes money in one way, and in no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jobs.runner import Runner
from tests.world import World


@asynccontextmanager
async def paying_by(world: World, rail: Any) -> AsyncIterator[World]:
    """As if the shop had been opened with this rail: its runner knows from the beginning whose notices to settle."""
    world.runner.stop()
    world.shop.payments = {rail.name: rail}
    world.runner = Runner(world.shop, {})
    working = asyncio.create_task(world.runner.run())
    yield world
    world.runner.stop()
    await asyncio.wait([working], timeout=5)
    working.cancel()
    await rail.aclose()
