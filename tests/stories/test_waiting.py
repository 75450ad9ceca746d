"""Sold out: Lin says "tell me when it's back", is told in her turn, and one is hers for a while. In each language."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.catalog import Product
from core.orders import State
from tests.world import Somebody, World

SAID = {
    "zh-CN": ("到货提醒我", "第 1 位", "到货了", "现在买", "不等了", "到货提醒"),
    "en": ("Tell me when", "number 1 in line", "is back", "Buy it now", "Don't wait", "waiting list"),
    "ru": ("Сообщить о поступлении", "под номером 1", "снова есть", "Купить сейчас", "Больше не ждать", "очередь"),
}


async def comes_in(world: World, product: Product) -> str:
    [code] = await world.stock(product, 1)
    await world.later(timedelta(seconds=6))
    await world.runner.tick()
    return code


@pytest.mark.parametrize("locale", sorted(SAID))
async def test_told_in_turn_and_bought(world: World, steam: Product, locale: str):
    lin, bao = world.meet("lin", locale), world.meet("bao", locale)
    tell_me, first, back, buy, _, listed = SAID[locale]
    await lin.says(press="product steam")
    assert first in (await lin.presses(tell_me)).text
    await bao.says(press="product steam")
    await bao.presses(tell_me)
    code = await comes_in(world, steam)
    assert back in (await lin.gets()).text
    await bao.gets_nothing()
    refused = await bao.says("buy steam 1")
    assert not [choice.link for choice in refused.spoken.choices if choice.link]
    await bao.says(listed)
    await lin.presses(buy)
    await lin.pays()
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)
    await world.holds()


@pytest.mark.parametrize("locale", sorted(SAID))
async def test_who_lets_it_pass_makes_room(world: World, steam: Product, locale: str):
    lin, bao = world.meet("lin", locale), world.meet("bao", locale)
    tell_me, _, back, _, leave, _ = SAID[locale]
    for who in (lin, bao):
        await who.says(press="product steam")
        await who.presses(tell_me)
    await comes_in(world, steam)
    await lin.gets()
    await lin.presses(leave)
    await world.later(timedelta(seconds=6))
    await world.runner.tick()
    assert back in (await bao.gets()).text
    await world.holds()


async def test_what_is_there_has_no_line(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    assert "不用等" in (await lin.says("到货提醒 steam")).text
    assert "没有在等" in (await lin.says("到货提醒")).text
