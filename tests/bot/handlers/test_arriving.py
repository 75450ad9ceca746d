"""Arriving by a deep link, and with any other word."""

from __future__ import annotations

import pytest

from core import catalog_changes, links
from core.catalog import Product
from tests.bot.test_router import world
from tests.core import counter
from tests.world import Somebody, World

__all__ = ["world"]


@pytest.mark.parametrize("says", ["arrive {}", "start {}", "/start {}"])
async def test_a_link_to_a_product_opens_its_card(world: World, lin: Somebody, steam: Product, says: str):
    await world.stock(steam, 1)
    arrived = await lin.says(press=says.removeprefix("/").format(links.payload_for(steam)))
    assert "现货 1 张" in arrived.text
    assert (
        "现货 1 张" in (await lin.says(says.format(links.payload_for(steam)))).text
    )  # typed, as some chats pass it on


async def test_a_link_to_what_is_sold_no_more_says_so_and_shows_what_is(world: World, lin: Somebody, steam: Product):
    await world.make("netflix")
    await world.db.write(catalog_changes.switch, steam.slug, False)
    arrived = await lin.says(press="arrive p-steam")
    assert "Steam 20 美元现在不卖" in arrived.text
    assert arrived.choices == ["Netflix"]


async def test_a_frozen_product_is_not_shown_either(world: World, lin: Somebody, steam: Product):
    await world.db.write(catalog_changes.freeze, steam.id, "a test")
    assert "现在不卖" in (await lin.says(press="arrive p-steam")).text


async def test_a_link_to_what_never_was(world: World, lin: Somebody, steam: Product):
    arrived = await lin.says(press="arrive p-nothing")
    assert "不在货架上了" in arrived.text
    assert arrived.choices == ["Steam"]


async def test_a_link_to_a_brand(world: World, lin: Somebody, steam: Product):
    assert "Steam 20 美元" in (await lin.says(press="arrive b-steam")).choices[0]
    assert (await lin.says(press="arrive b-nothing")).choices == ["Steam"]


async def test_a_link_to_an_order_opens_it_for_its_buyer_only(world: World, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    order = await counter.sold(world, await counter.meet(world, "lin"), steam)
    assert (await lin.says(press=f"arrive {links.payload_for(order)}")).codes == [code]
    bao = world.meet("bao")
    refused = await bao.says(press=f"arrive {links.payload_for(order)}")
    assert "没有找到这个订单" in refused.text
    assert code not in refused.text


@pytest.mark.parametrize(
    "payload", ["", "ref_17", "x-steam", "p-", "b-", "p-" + "a" * 80, "../..", "p-steam p-steam", "p-\x00", "o-"]
)
async def test_any_other_payload_is_a_hello(world: World, lin: Somebody, steam: Product, payload: str):
    hello = await lin.says(press="start")
    for says in (f"start {payload}", f"arrive {payload}" if " " not in payload else "arrive"):
        arrived = await lin.says(press=says)
        assert (arrived.text, arrived.choices) == (hello.text, hello.choices)


async def test_somebody_known_is_offered_the_same_again_however_many_they_left_unpaid(world, lin, steam):
    await world.stock(steam, 1)
    person = await counter.meet(world, "lin")
    await counter.sold(world, person, steam)
    other = await world.make("netflix", kind="by_hand")
    for _ in range(7):
        order = await counter.place(world, person, other)
        await lin.says(press=f"cancel {order.number}")
    assert "上次买的是Steam 20 美元" in (await lin.says("你好")).text
