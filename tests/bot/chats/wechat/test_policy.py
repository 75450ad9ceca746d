"""On iPhones nothing virtual may be sold inside WeChat, and a conversation can't know one: the owner decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import ways
from core.catalog import Product
from core.ground.rules import Rules
from tests.bot.chats.wechat.house import Follower, Office, lin, office
from tests.world import RULES, World

__all__ = ["lin", "office"]


@pytest.fixture
def rules() -> Rules:
    return replace(RULES, rehearsal=False)


async def test_nothing_has_a_price_until_the_owner_permits_it(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    await world.stock(steam, 1)
    await lin.says("货架")
    listed = await lin.picks("Steam")
    card = await lin.picks("Steam 20")
    bought = await lin.says(f"buy {steam.slug} 1")
    for said in (listed.text, card.text, bought.text):
        assert "¥" not in said
        assert "买 1" not in said
    assert "这里暂时不能购买" in card.text
    assert "这里暂时不能购买" in bought.text

    await world.db.write(ways.permit, "sandbox", "wechat", "digital", "owner", "as it was read")
    await lin.says(f"product {steam.slug}")
    assert "¥100.00" in lin.texts[-1]
    assert "前付款" in (await lin.picks("买 1 张")).text


async def test_what_is_no_digital_good_needs_no_permit(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    card = await world.make("voucher", goods="physical")
    await world.stock(card, 1)
    assert "¥100.00" in (await lin.says("product voucher")).text
