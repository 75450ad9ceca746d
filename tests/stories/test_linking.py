"""One person in two chats: Lin buys on the site and in Telegram, and has all orders in both."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from bot.buyers import buyers
from bot.said import Said
from core import linking
from core.catalog import Product
from jobs.linking import unanswered
from tests.world import Answer, Somebody, World


@dataclass
class Elsewhere(Somebody):
    """One of the cast, in a chat of that name."""

    chat: str = "browser"

    @property
    def id(self) -> str:
        return f"{self.chat}:{self.name}"

    async def says(self, text: str = "", *, press: str | None = None, key: str | None = None) -> Answer:
        event = key or f"{self.name}-{next(self.keys)}"
        said = Said(self.chat, self.name, event, text, press, self.name, self.locale)
        return await self._read(await self.router.answer(self.world.shop, said))


@pytest.fixture
def site(world: World) -> Elsewhere:
    return _in(world, "browser", "lin-on-the-site")


@pytest.fixture
def telegram(world: World) -> Elsewhere:
    return _in(world, "telegram", "lin-in-telegram")


def _in(world: World, chat: str, name: str) -> Elsewhere:
    world.shop.senders[chat] = world.chat.send
    return Elsewhere(world, name, buyers, chat=chat)


def code_in(answer: Answer) -> str:
    """The code stands on a line of its own."""
    return next(line for line in answer.text.splitlines() if re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", line))


async def listed(one: Somebody) -> int:
    """How many orders "my orders" shows."""
    return sum("Steam" in choice for choice in (await one.says("我的订单")).choices)


async def say_code(site: Elsewhere, telegram: Elsewhere) -> None:
    """As far as the question to whoever asked for the code."""
    await site.says("帮助")
    assert "再发那个码" in (await site.presses("关联账号")).text
    given = await site.presses("拿关联码")
    assert "不要给任何人" in given.text
    assert "再发那个码" in (await telegram.says("关联")).text
    asked = await telegram.says(code_in(given).lower().replace("-", " "))
    assert "要和网站的“lin-on-the-site”关联吗" in asked.text
    assert "什么都不会关联" in (await telegram.presses("是我的")).text
    assert "Telegram的账号“lin-in-telegram”想和你的账号关联。是你本人吗" in (await site.gets()).text


async def link(site: Elsewhere, telegram: Elsewhere) -> None:
    await say_code(site, telegram)
    assert "订单都在" in (await site.presses("是我，关联")).text
    assert "网站的“lin-on-the-site”" in (await telegram.gets()).text


async def test_orders_of_both_chats_are_seen_in_both(
    world: World, steam: Product, site: Elsewhere, telegram: Elsewhere
):
    await world.stock(steam, 2)
    for one in (site, telegram):
        await one.buys(steam)
        assert await listed(one) == 1
    await link(site, telegram)
    assert [await listed(one) for one in (site, telegram)] == [2, 2]
    assert "已关联：网站的lin-on-the-site" in (await telegram.says("关联账号")).text


async def test_a_code_read_over_a_shoulder_shows_nothing(
    world: World, steam: Product, site: Elsewhere, telegram: Elsewhere
):
    await world.stock(steam, 1)
    await site.buys(steam)
    await say_code(site, telegram)
    assert await listed(telegram) == 0
    no = await site.says("关联")  # what it is asked stands there too, should the message have been passed over
    assert "是你本人吗" in no.text
    assert "没有关联" in (await site.presses("不是我")).text
    assert "说不是本人" in (await telegram.gets()).text
    assert [await listed(one) for one in (site, telegram)] == [1, 0]


async def test_a_question_nobody_answers_ends(world: World, steam: Product, site: Elsewhere, telegram: Elsewhere):
    await world.stock(steam, 1)
    await site.buys(steam)
    await say_code(site, telegram)
    yes = next(choice.says for choice in site.choices if "是我" in choice.label)
    world.clock.forward(linking.VALID)
    await unanswered(world.shop)
    for one in (site, telegram):
        assert "没有确认，所以没有关联" in (await one.gets()).text
    assert "过期" in (await site.says(press=yes)).text
    assert await listed(telegram) == 0


async def test_whoever_was_told_parts_them_again(world: World, steam: Product, site: Elsewhere, telegram: Elsewhere):
    """Whoever said yes by mistake, or was talked into it: each of both has a button that parts them, a week later."""
    await world.stock(steam, 2)
    for one in (site, telegram):
        await one.buys(steam)
    await link(site, telegram)
    way_back = next(choice.says for choice in telegram.choices if "不是我" in choice.label)
    assert "和“lin-on-the-site”分开" in (await telegram.says(press=way_back)).text
    assert "各归各的账号" in (await telegram.presses("确定分开")).text
    assert "已分开" in (await site.gets()).text
    assert [await listed(one) for one in (site, telegram)] == [1, 1]
    assert "没有关联" in (await telegram.says(press=way_back)).text


async def test_a_code_may_stand_behind_the_word(site: Elsewhere, telegram: Elsewhere):
    await site.says("关联")
    code = code_in(await site.presses("拿关联码"))
    assert "这个码不对" in (await telegram.says("关联 K7M2-94QF")).text
    assert "关联吗" in (await telegram.says(f"关联 {code}")).text
    assert "什么都没有改动" in (await telegram.presses("不用了")).text
    assert "就是从这里拿的" in (await site.says(f"/link {code}")).text


async def test_words_said_meanwhile_mean_what_they_mean(world: World, steam: Product, site: Elsewhere):
    await world.stock(steam, 1)
    await site.says("关联")
    assert "Steam 20 美元" in (await site.says("steam 20")).text


# Staff


async def test_staff_see_the_accounts_and_part_them(
    world: World, chen: Somebody, steam: Product, site: Elsewhere, telegram: Elsewhere
):
    await world.stock(steam, 1)
    await site.buys(steam)
    number = (await world.order(site)).number
    await link(site, telegram)
    assert "买家资料" in (await chen.says(f"/order {number}")).choices
    card = await chen.presses("买家资料")
    assert "关联账号：telegram:lin-in" in card.text
    assert "1 单" in card.text
    assert "另外 1 个账号" in (await chen.presses("和lin-in-telegram")).text
    assert "已分开" in (await chen.presses("确定分开")).text
    assert [await listed(one) for one in (site, telegram)] == [1, 0]


async def test_staff_stop_selling_to_somebody_and_end_that(
    world: World, chen: Somebody, steam: Product, site: Elsewhere, telegram: Elsewhere
):
    await world.stock(steam, 3)
    await site.buys(steam)
    await link(site, telegram)
    await chen.says(f"/buyer {site.id}")
    assert "为什么" in (await chen.presses("不再接单")).text
    assert "多久" in (await chen.says("三次拒付")).text
    assert "不接单：买家" in (await chen.presses("7 天")).text
    for one in (site, telegram):
        refused = await one.buys(steam)
        assert "这个账号现在不能下单" in refused.text
        assert "找人工" in refused.choices
        assert "三次拒付" not in refused.text
    assert "三次拒付" in (await chen.says("名单")).text
    assert "已撤销" in (await chen.presses("撤销")).text
    assert "前付款" in (await telegram.buys(steam)).text
    assert "名单是空的" in (await chen.says("名单")).text


async def test_staff_list_what_they_typed(chen: Somebody):
    assert "例如" in (await chen.says("/block")).text
    assert "看不出这是什么" in (await chen.says("/block ip 1.2.3")).text
    assert "IP 198.51.100.7" in (await chen.says("/allow ip 198.51.100.7")).text
    await chen.says("办公室")
    assert "放行：IP 198.51.100.7，不限期" in (await chen.presses("不限期")).text


async def test_what_staff_typed_is_kept_sealed(world: World, chen: Somebody):
    """It is read in the answers, which hold its number; a button hints at it; a code in the reason is covered."""
    await chen.says("/block email lin.the.first@example.com")
    await chen.says("转卖 STEAM-0001-CODE9")
    await chen.presses("7 天")
    listed = await chen.says("名单")
    assert "lin.the.first@example.com" in listed.text
    assert "转卖 •••" in listed.text
    assert "撤销 li…om" in listed.choices
    kept = await world.db.read(lambda tx: str(tx.all(text("SELECT message FROM chat_lines"))))
    kept += await world.db.read(lambda tx: str(tx.all(text("SELECT talk FROM people"))))
    assert "lin.the" not in kept
    assert "STEAM-0001" not in kept
