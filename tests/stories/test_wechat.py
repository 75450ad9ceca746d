"""Lin buys in an Official Account, in Chinese: by words alone, by numbers alone, by the account's menu alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from core import orders
from core.catalog import Product
from doubles.wechat_delivery import Exchange
from mika.wechat import menu_of
from tests.bot.chats.wechat.house import Follower, Office, lin, office
from tests.world import World

__all__ = ["lin", "office"]


async def is_delivered(lin: Follower, world: World, code: str) -> None:
    await world.becomes(lin.as_somebody(), orders.State.DELIVERED)
    assert sum(code in text for text in lin.texts) == 1


async def fetches(lin: Follower, office: Office, say: Callable[[], Awaitable[Exchange]], code: str) -> None:
    """Pays when no right to speak is left, and asks for the code."""
    office.account.follower(lin.person.openid).rights.end()
    await lin.pays()
    bell = await lin.gets()
    assert (bell.via, code in bell.text) == ("template", False)
    assert code in (await say()).text


async def test_by_words_alone(lin: Follower, office: Office, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    assert "密卡小店" in (await lin.says("你好")).text
    assert "Steam" in (await lin.says("货架")).text
    listed = await lin.says("Steam")
    assert "Steam 20 美元 · ¥100.00" in listed.text
    card = await lin.says("Steam 20 美元 · ¥100.00")
    assert "只能在美区账号上用" in card.text
    assert "前付款" in (await lin.says("买 1 张")).text
    await fetches(lin, office, lambda: lin.says("领取"), code)
    await is_delivered(lin, world, code)


async def test_by_numbers_alone(lin: Follower, office: Office, world: World, steam: Product) -> None:
    """In every way in which one may write a number."""
    (code,) = await world.stock(steam, 1)
    await lin.says("1")
    assert "1. " in lin.texts[-1]
    assert lin.number_of("货架") == "1"
    await lin.says("１")
    assert lin.number_of("Steam") == "1"
    await lin.says("一")
    assert lin.number_of("Steam 20") == "1"
    await lin.says("1")
    assert lin.number_of("买 1 张") == "1"
    placed = await lin.says("1")
    assert "前付款" in placed.text
    await fetches(lin, office, lambda: lin.says("2"), code)
    await is_delivered(lin, world, code)


async def test_by_the_menu_alone(lin: Follower, office: Office, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    await office.calls.menu(await world.db.read(menu_of, "zh-CN"))
    await lin.taps("全部商品")
    await lin.taps(f"选 {lin.number_of('Steam')}")
    await lin.taps(f"选 {lin.number_of('Steam 20')}")
    placed = await lin.taps(f"选 {lin.number_of('买 1 张')}")
    assert "前付款" in placed.text
    await fetches(lin, office, lambda: lin.taps("领取"), code)
    await is_delivered(lin, world, code)
