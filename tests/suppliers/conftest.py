from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ground.clock import TestClock
from doubles.supplier import Supplier
from suppliers.sandbox import Sandbox

KEY = "the shop's key"


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def vendor(tmp_path: Path, clock: TestClock) -> AsyncIterator[Supplier]:
    """The other side, up and running."""
    made = Supplier(tmp_path / "supplier.db", api_key=KEY, clock=clock.now)
    async with made.served():
        yield made


@pytest.fixture
async def sandbox(vendor: Supplier) -> AsyncIterator[Sandbox]:
    made = Sandbox(vendor.url, api_key=KEY)
    yield made
    await made.aclose()
