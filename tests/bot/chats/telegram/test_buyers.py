"""Lin buys on Telegram: the real routers, core and jobs, by aiogram, at a Bot API that is a server of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.catalog import Product
from doubles.sandbox import press
from tests.bot.chats.telegram.house import Somebody, Telegraph, on_telegram
from tests.world import World


@pytest.fixture
async def telegraph(world: World) -> AsyncIterator[Telegraph]:
    async with on_telegram(world) as made:
        yield made


@pytest.fixture
def lin(telegraph: Telegraph) -> Somebody:
    return telegraph.meet(1, "Lin")


async def buy(lin: Somebody, world: World) -> None:
    """From hello to a paid order."""
    await lin.writes("/start")
    await lin.presses("Browse")
    await lin.presses("Steam")
    if "Buy 1" not in str(lin.chat.last.labels):
        await lin.presses("Steam")
    await lin.presses("Buy 1")
    link = next(button["url"] for button in lin.chat.last.buttons if "url" in button)
    await press(link, "pay")


async def test_from_hello_to_the_code_in_one_chat(lin: Somebody, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    await buy(lin, world)
    delivered = await lin.chat.until(lambda chat: next((one for one in chat.said() if code in one.text), None))
    assert delivered.marked("code") == [code]
    assert delivered.text.index("Order") < delivered.text.index(code)
    assert lin.person.presses("Copy", delivered).copied == code
    assert delivered.links == ["https://redeem.example/now"]
    menus = [one for one in lin.chat.said() if one is not delivered]
    assert len(menus) == 1  # menus changed in place: there is one beside the delivery
    assert len(menus[0].before) >= 3
    await world.runner.drain()
    await world.holds()


@pytest.mark.parametrize("receive", ["polling"])
async def test_asking_for_updates_does_as_well(world: World, steam: Product, receive: str) -> None:
    (code,) = await world.stock(steam, 1)
    async with on_telegram(world, receive="polling") as telegraph:
        lin = telegraph.meet(1, "Lin")
        await buy(lin, world)
        await lin.chat.until(lambda chat: any(code in one.text for one in chat.said()))


async def test_pressing_shows_that_it_was_heard(lin: Somebody, steam: Product) -> None:
    await lin.writes("/start")
    pressed = lin.person.presses("Browse", lin.chat.last)
    assert await pressed.answer() == ""
