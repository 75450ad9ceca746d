"""Lin gives a code away, and Bao opens it in a chat of his own: in each language, typed and pressed."""

from __future__ import annotations

import re

import pytest

from core.catalog import Product
from core.orders import State
from tests.world import Somebody, World

SAID = {
    "zh-CN": ("送人", "生成链接", "收下", "打开了你的礼物", "这里不再显示", "已经被别人打开", "礼物"),
    "en": (
        "Give it away",
        "Make the link",
        "Accept it",
        "opened your gift",
        "isn't shown here",
        "Somebody else",
        "gift",
    ),
    "ru": ("Подарить", "Создать ссылку", "Принять", "подарок открыт", "больше не виден", "кто-то другой", "подарок"),
}


async def bought(world: World, who: Somebody, product: Product) -> str:
    [code] = await world.stock(product, 1)
    await who.says(f"buy {product.slug} 1")
    await who.pays()
    assert (await who.gets()).codes == [code]
    await world.becomes(who, State.DELIVERED)
    return code


@pytest.mark.parametrize("locale", sorted(SAID))
async def test_a_gift_from_chat_to_chat(world: World, steam: Product, locale: str):
    lin, bao, wei = (world.meet(name, locale) for name in ("lin", "bao", "wei"))
    give, make, accept, told, gone, late, mine = SAID[locale]
    code = await bought(world, lin, steam)
    number = (await world.order(lin)).number
    await lin.says(press=f"order {number}")
    await lin.presses(give)
    made = await lin.presses(make)
    assert code not in made.text
    [payload] = set(re.findall(r"g-[A-Za-z0-9_-]{27}", made.text))
    assert f"http://shop.example/gift?t={payload}" in made.text
    looked = await bao.says(press=f"arrive {payload}")
    assert "lin" in looked.text
    assert code not in looked.text
    await wei.says(f"gift {payload}")
    opened = await bao.presses(accept)
    assert opened.codes == [code]
    assert told in (await lin.gets()).text
    assert late in (await wei.presses(accept)).text
    again = await lin.says(press=f"order {number}")
    assert gone in again.text
    assert (code in again.text, again.codes) == (False, [])
    await bao.says(mine)
    listed = await bao.presses("Steam")
    assert listed.codes == [code]
    await world.holds()


async def test_lin_takes_it_back(world: World, lin: Somebody, steam: Product):
    code = await bought(world, lin, steam)
    number = (await world.order(lin)).number
    await lin.says(press=f"give {number}")
    made = await lin.presses("生成链接")
    [payload] = set(re.findall(r"g-[A-Za-z0-9_-]{27}", made.text))
    assert "已收回" in (await lin.presses("收回")).text
    assert "打不开了" in (await world.meet("bao").says(f"礼物 {payload}")).text
    assert (await lin.says(press=f"order {number}")).codes == [code]


async def test_the_friend_asks_a_person_about_it(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await bought(world, lin, steam)
    await lin.says(press=f"give {(await world.order(lin)).number}")
    made = await lin.presses("生成链接")
    [payload] = set(re.findall(r"g-[A-Za-z0-9_-]{27}", made.text))
    bao = world.meet("bao")
    await bao.says(press=f"arrive {payload}")
    await bao.presses("收下")
    await bao.presses("有问题")
    await bao.says("兑换不了，提示地区不对")
    asked = await chen.gets()
    assert (await world.order(lin)).number in asked.text
