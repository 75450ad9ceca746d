"""A held order's card blocks where the order came from, and nobody has to know what that was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from bot.buyers import buyers
from bot.said import Said
from core import listings
from core.authority import PRESETS
from core.catalog import Product
from core.orders import State
from tests.world import Answer, Somebody, World

OURS = {"ip": "203.0.113.7", "device": "the-device-cookie"}
MAIL = [{"name": "account", "label": {"en": "account"}}]


@dataclass
class At(Somebody):
    """One of the cast, at a device the shop's site knows again."""

    origin: Mapping[str, str] = field(default_factory=dict)

    async def says(self, text: str = "", *, press: str | None = None, key: str | None = None) -> Answer:
        event = key or f"{self.name}-{next(self.keys)}"
        said = Said("test", self.name, event, text, press, self.name, self.locale, origin=self.origin)
        return await self._read(await self.router.answer(self.world.shop, said))


@pytest.fixture
async def dear(world: World) -> Product:
    return await world.make("dear", prices={"CNY": {1: 90000}})


async def held(world: World, who: Somebody, product: Product) -> str:
    """What they bought waits for a person."""
    await who.buys(product)
    await who.pays()
    await world.becomes(who, State.IN_REVIEW)
    return (await world.order(who)).number


async def listed(world: World) -> list[tuple[str, str]]:
    return [(each.kind, each.label) for each in await world.db.read(listings.standing, 9)]


async def test_the_device_of_a_held_order_is_blocked_from_its_card(
    world: World, chen: Somebody, dear: Product, steam: Product
):
    await world.stock(dear, 2)
    await world.stock(steam, 2)
    lin, bao = (At(world, name, buyers, origin=OURS) for name in ("lin", "bao"))
    number = await held(world, lin, dear)
    assert "拉黑来源" in (await chen.gets()).choices
    asked = await chen.presses("拉黑来源")
    assert asked.choices == ["买家", "设备", "先不办"]  # what the order bears, and never its address on the net
    await chen.presses("设备")
    await chen.says("三次拒付")
    done = next(choice.says for choice in chen.choices if "7 天" in choice.label)
    put = await chen.says(press=done, key="pressed")
    assert f"不接单：设备 {number}" in put.text
    assert "the-device-cookie" not in put.text
    await chen.says(press=done, key="pressed")  # the chat tells it twice
    assert await listed(world) == [("device", number)]

    await bao.buys(steam)
    await bao.pays()
    await world.becomes(bao, State.REFUNDED)
    told = await chen.says(f"/why {(await world.order(bao)).number}")
    assert "在黑名单上（设备）：三次拒付" in told.text
    assert "三次拒付" not in (await bao.gets()).text

    await chen.says("名单")
    assert "已撤销" in (await chen.presses("撤销")).text
    await bao.buys(steam)
    await bao.pays()
    await world.becomes(bao, State.DELIVERED)  # the control


async def test_the_mailbox_and_the_account_an_order_goes_to_are_blocked(world: World, chen: Somebody):
    topup = await world.make("topup", prices={"CNY": {1: 90000}}, kind="by_hand", noun="topup", form=MAIL)
    lin = At(world, "lin", buyers)
    await lin.says(press=f"product {topup.slug}")
    await lin.presses("买 1")
    await lin.says("lin@example.com")
    await lin.pays()
    await world.becomes(lin, State.IN_REVIEW)
    number = (await world.order(lin)).number
    for kind, label in (("email", "邮箱"), ("destination", "充值账号")):
        assert label in (await chen.says(f"/block order {number}")).choices
        await chen.presses(label)
        await chen.says("同一个人")
        await chen.presses("不限期")
        assert (kind, number) in await listed(world)
    assert "lin@example.com" not in (await chen.says("名单")).text


async def test_who_doesn_t_keep_the_lists_has_no_such_button(world: World, chen: Somebody, dear: Product):
    await world.stock(dear, 1)
    number = await held(world, At(world, "lin", buyers, origin=OURS), dear)
    helper = await world.hire("helper", *PRESETS["helper"])
    for card in ("review", "order"):
        assert "拉黑来源" not in (await helper.says(f"/{card} {number}")).choices
        assert "拉黑来源" in (await chen.says(f"/{card} {number}")).choices
    assert "管理名单" in (await helper.says(f"/block order {number}")).text
    assert await listed(world) == []
