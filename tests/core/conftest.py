"""The core's tests share the shop of tests/world.py with its doors closed: nothing is served, nobody works unasked."""

from __future__ import annotations

from typing import Any, cast

import pytest

from core.catalog import Product
from core.customers import Person
from core.ground.clock import TestClock
from core.ground.db import Database
from core.ground.rules import Rules
from core.shop import Shop
from jobs.runner import Runner
from tests.core import counter
from tests.world import Chat, Somebody, World, clock, rules, store
from tests.world import db as shop_db  # in ground/ the name "db" stands for a database without the shop's tables

__all__ = ["clock", "rules", "shop_db", "store"]


@pytest.fixture
def world(shop_db: Database, clock: TestClock, rules: Rules) -> World:
    chat = Chat()
    shop = Shop(shop_db, rules, "https://shop.example", {}, {"test": chat.send})
    nobody = cast(Any, None)
    return World(shop_db, shop, Runner(shop, {}), nobody, chat, clock, "")


@pytest.fixture
async def lin(world: World) -> Person:
    """Lin buys."""
    return await counter.meet(world, "lin")


@pytest.fixture
async def bao(world: World) -> Person:
    """Bao is somebody else."""
    return await counter.meet(world, "bao")


@pytest.fixture
async def chen(world: World) -> Somebody:
    """Chen is staff."""
    return await world.hire("chen")


@pytest.fixture
async def steam(world: World) -> Product:
    return await world.make("steam", names={"en": "Steam $20", "zh-CN": "Steam 20 美元", "ru": "Steam 20 $"})
