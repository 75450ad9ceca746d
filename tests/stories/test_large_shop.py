"""A shop with three hundred brands and four hundred products: everything is found, nothing floods."""

from __future__ import annotations

import time

import pytest

from bot.buyers import buyers
from bot.paging import PAGE
from core import customers
from core.ground.messages import Message
from tests.large import ALL, furnish
from tests.world import Somebody, World

WAYS = 3  # on, back a page, back to where one came from


@pytest.fixture(autouse=True)
async def large(world: World) -> None:
    await world.db.write(furnish)


async def test_a_buyer_finds_one_of_four_hundred_by_pressing(world: World, lin: Somebody):
    shelf = await lin.says("货架")
    assert len(shelf.choices) == PAGE + 1
    assert shelf.choices[0] == "Category 1"
    await lin.presses("下一页")
    assert (await lin.presses("Category 12")).text.startswith("Category 12里有这些")
    await lin.presses("下一页")
    assert (await lin.presses("上一页")).choices[0] == "Maker 11"
    await lin.presses("返回")
    await lin.says("2")  # by number, as on WeChat
    brands = await lin.presses("Maker 1")
    assert brands.choices == ["港区", "土耳其区", "美区", "返回"]
    await lin.presses("港区")
    listed = await lin.presses("下一页")
    assert listed.choices[0] == "Maker 1 card 25 · ¥10.25"
    card = await lin.presses("Maker 1 card 37 ·")
    assert "¥10.37" in card.text
    assert (await lin.presses("返回")).choices == listed.choices  # the page it came from, not the first
    await lin.presses("Maker 1 card 37 ·")
    assert "前付款" in (await lin.presses("买 1")).text


async def test_back_from_a_brand_leads_to_the_page_it_stands_on(world: World, lin: Somebody):
    await lin.says("category category-1")
    third = await lin.says("category category-1 3")
    await lin.presses(third.choices[4])
    assert (await lin.presses("返回")).choices == third.choices


async def test_every_product_is_reached_by_pressing_and_no_message_has_too_much(world: World, lin: Somebody):
    await lin.says("hi")
    person = await world.db.read(customers.person, lin.id)
    met: dict[str, Message] = {}
    waiting = ["shelf"]
    while waiting:
        says = waiting.pop()
        verb, *arguments = says.split()
        met[says] = message = await buyers.handlers[verb](world.shop, person, *arguments)
        assert len(message.choices) <= PAGE + WAYS, says
        assert all(len(choice.says.encode()) <= 64 for choice in message.choices)
        waiting += {c.says for c in message.choices if not c.says.startswith("product ")} - met.keys() - set(waiting)
    found = {choice.says for message in met.values() for choice in message.choices}
    assert len({says for says in found if says.startswith("product ")}) == ALL


async def test_what_is_typed_is_found_a_page_at_a_time(world: World, lin: Somebody):
    first = await lin.says("  MAKER 1   card ")
    assert len(first.choices) == PAGE + 2
    second = await lin.presses("下一页")
    assert second.choices[0] not in first.choices
    assert (await lin.presses("上一页")).choices == first.choices
    seen = set(first.choices)
    while "下一页" in [choice.label for choice in lin.choices]:
        seen |= set((await lin.presses("下一页")).choices)
    every = {name for name in seen if "card" in name}
    assert len(every) == ALL  # one digit alone is no word to look for


async def test_to_buy_and_a_name_finds_it(world: World, lin: Somebody):
    for typed in ("我要买 Maker 299", "购买 maker 299", "shop maker 299", "витрина maker 299"):
        assert "Maker 299 card 1" in (await lin.says(typed)).text


@pytest.mark.parametrize("typed", ["maker " + "x" * 3000, "card " * 800, "card \x1b[2J ~token 'quotes\" <b> 🎁 \u202e"])
async def test_whatever_is_typed_is_carried_safely(world: World, lin: Somebody, typed: str):
    found = await lin.says(typed)
    assert all(len(choice.says) <= 200 for choice in found.spoken.choices)
    if "下一页" in found.choices:
        assert (await lin.presses("下一页")).choices


async def test_staff_see_stock_a_page_at_a_time(world: World, chen: Somebody):
    for number in range(10):
        await world.make(f"stocked-{number}", brand="stocked")
    first = await chen.says("库存")
    assert len(first.choices) == PAGE + 1
    second = await chen.presses("下一页")
    assert second.choices[-1] == "上一页"
    assert (first.text + second.text).count("Stocked-") == 10


async def test_it_is_as_quick_as_a_small_one(world: World, lin: Somebody):
    await lin.says("hi")
    began = time.perf_counter()
    for says in ("shelf", "category category-1 2", "brand brand-1 hk 2", "product item-1-37", "beside item-1-37"):
        await lin.says(press=says)
    assert time.perf_counter() - began < 5
    began = time.perf_counter()
    await lin.says("maker 299")
    assert time.perf_counter() - began < 2
