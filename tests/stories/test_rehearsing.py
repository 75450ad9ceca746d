"""Staff try the shop as a buyer: answered at once, played beside the shop, told where they are told things."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from core import rehearsals
from core.authority import Role
from core.catalog import Product
from core.ground.outbox import outbox
from core.rehearsals import BeingRehearsed, Rehearsed
from tests.world import Somebody, World

LINES = ({"who": "buyer", "text": "hi"}, {"does": "pays", "n": 0}, {"who": "shop", "text": "Order K delivered\n…WXYZ"})


@dataclass
class Beside:
    """Stands in for the process beside the shop, which tests/mika/test_tried.py has: it ends when it is let."""

    found: Rehearsed = field(default_factory=lambda: Rehearsed(True, LINES))
    chats: tuple[str, ...] = ("browser",)
    played: list[tuple[str, str | None, str, str | None]] = field(default_factory=list)
    ends: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self, play: str, slug: str | None, locale: str, chat: str | None) -> Rehearsed:
        self.played.append((play, slug, locale, chat))
        await self.ends.wait()
        return self.found


@pytest.fixture
def beside(world: World) -> Beside:
    world.shop.rehearsal = made = Beside()
    return made


async def test_one_tap_and_the_conversation_comes(world: World, chen: Somebody, steam: Product, beside: Beside):
    offered = await chen.says("/try")
    assert "普通购买" in offered.choices
    assert len(offered.choices) == len(rehearsals.PLAYS)
    assert "正在演" in (await chen.presses("普通购买")).text
    beside.ends.set()
    told = (await chen.gets()).text
    assert "结果正确" in told
    assert "买家：hi\n（买家付款）\n店：Order K delivered\n…WXYZ" in told
    assert beside.played == [("purchase", None, "zh-CN", "browser")]


async def test_a_purchase_is_played_in_each_connected_chat(world: World, chen: Somebody, beside: Beside):
    beside.chats = ("browser", "telegram", "wechat")
    assert "3 个聊天渠道" in (await chen.says("/play purchase")).text
    beside.ends.set()
    told = [(await chen.gets()).text.splitlines()[0] for _ in beside.chats]
    assert told == [f"普通购买，{chat}：结果正确。副本已删除。" for chat in ("网站", "Telegram", "微信")]
    assert [chat for *_, chat in beside.played] == ["browser", "telegram", "wechat"]
    await chen.gets_nothing()


async def test_nothing_else_begins_before_the_last_chat_is_played(world: World, chen: Somebody, beside: Beside):
    beside.chats = ("browser", "telegram")
    await chen.says("/play purchase")
    assert "正在演一场" in (await chen.says("/play held")).text
    waiting = select(outbox.c.id).where(outbox.c.kind == "rehearse")
    assert len(await world.db.read(lambda tx: tx.all(waiting))) == 1  # for a second process there is none to begin
    beside.ends.set()
    await chen.gets()
    await chen.gets()
    await world.runner.drain()
    assert len(await world.db.read(lambda tx: tx.all(waiting))) == 2
    assert "正在演：" not in (await chen.says("/play held")).text


async def test_of_a_product_from_its_card(world: World, chen: Somebody, steam: Product, beside: Beside):
    await world.stock(steam, 1)
    await chen.says(press=f"stock-of {steam.slug}")
    assert steam.name.in_("zh-CN") in (await chen.presses("像买家一样试一遍")).text
    await chen.presses("过了保留时间才付")
    beside.ends.set()
    await chen.gets()
    assert beside.played == [("late-payment", steam.slug, "zh-CN", None)]


async def test_one_at_a_time(world: World, chen: Somebody, beside: Beside):
    await chen.says("/play held")
    assert "正在演一场" in (await chen.says("/play purchase")).text
    beside.ends.set()
    await chen.gets()
    await world.runner.drain()
    assert "正在演：" not in (await chen.says("/play purchase")).text
    await chen.gets()
    assert [play for play, *_ in beside.played] == ["held", "purchase"]


async def test_two_who_ask_at_the_same_moment_have_one(world: World, chen: Somebody, beside: Beside):
    dana = await world.hire("dana")
    asked = (world.db.write(rehearsals.ask, who.id, "purchase", None, ("browser", "telegram")) for who in (chen, dana))
    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(map(type, ends), key=str) == sorted([BeingRehearsed, int], key=str)
    rows = await world.db.read(lambda tx: tx.all(select(outbox.c.id).where(outbox.c.kind == "rehearse")))
    assert len(rows) == 1
    beside.ends.set()


async def test_what_went_wrong_is_said(world: World, chen: Somebody, beside: Beside):
    beside.found = Rehearsed(False, LINES, detail="the order is delivered: it is not so")
    beside.ends.set()
    await chen.says("/play held")
    told = (await chen.gets()).text
    assert "结果不对" in told
    assert "the order is delivered: it is not so" in told


async def test_a_long_conversation_is_told_from_its_end(world: World, chen: Somebody, beside: Beside):
    lines = [{"who": "shop", "text": f"{number} " + "x" * 200} for number in range(100)]
    beside.found = Rehearsed(True, lines)
    beside.ends.set()
    await chen.says("/play held")
    told = (await chen.gets()).text
    assert len(told) < 4000
    assert "99 xxx" in told
    assert "店：0 " not in told
    assert "（前面还有" in told


async def test_it_is_told_once_though_it_was_played_twice(world: World, chen: Somebody, beside: Beside):
    beside.ends.set()
    await chen.says("/play held")
    await chen.gets()
    [row] = await world.db.read(lambda tx: tx.all(select(outbox.c.id).where(outbox.c.kind == "rehearse")))
    await world.db.write(rehearsals.tell, row.id, {"play": "held", "board": chen.id}, Rehearsed(True))
    await chen.gets_nothing()


async def test_whoever_may_not_touch_stock_plays_nothing(world: World, beside: Beside):
    viewer = await world.hire("vera", Role.VIEWER)
    await viewer.says("/play held")
    assert await world.count(outbox) == 0


async def test_there_is_no_other(world: World, chen: Somebody, beside: Beside):
    assert "没有这种演练" in (await chen.says("/play hamlet")).text
