"""A shop whose runner works when a test says so."""

from __future__ import annotations

import pytest

from core.catalog import Product
from core.ground.clock import TestClock
from core.ground.db import Database
from core.shop import Shop
from doubles.sandbox import Sandbox as Provider
from jobs.runner import Runner
from payments.sandbox import Sandbox
from tests.doors import RULES, clock, db, empty_database, empty_file, provider, rail, url
from tests.world import Chat, Somebody, World

__all__ = ["clock", "db", "empty_database", "empty_file", "provider", "rail", "url"]


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
def shop(db: Database, rail: Sandbox, chat: Chat) -> Shop:
    return Shop(db, RULES, "https://shop.example", {"sandbox": rail}, {"test": chat.send})


@pytest.fixture
def runner(shop: Shop) -> Runner:
    return Runner(shop, {})


@pytest.fixture
def world(db: Database, shop: Shop, runner: Runner, provider: Provider, chat: Chat, clock: TestClock) -> World:
    return World(db, shop, runner, provider, chat, clock, "")


@pytest.fixture
def lin(world: World) -> Somebody:
    """Lin buys."""
    return world.meet("lin")


@pytest.fixture
async def chen(world: World) -> Somebody:
    """Chen is staff."""
    return await world.hire("chen")


@pytest.fixture
async def steam(world: World) -> Product:
    return await world.make("steam")
