"""Lin buys inside an Official Account: the real router, core and jobs, at a platform that is a server of its own."""

from __future__ import annotations

from datetime import timedelta

from core import orders, staff
from core.catalog import Product
from core.ground import outbox
from core.ground.messages import Message
from jobs.prune import prune
from tests.bot.chats.wechat.house import Follower, Office, lin, office
from tests.world import World

__all__ = ["lin", "office"]


async def test_from_a_word_to_the_code(lin: Follower, office: Office, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    hello = await lin.says("你好")
    assert "密卡小店" in hello.text
    assert hello.reply and hello.reply.via == "reply"
    await lin.picks("货架")
    assert "Steam" in lin.texts[-1]
    await lin.orders(steam)
    assert "前付款" in lin.texts[-1]
    await lin.pays()
    pushed = await lin.gets()
    assert code in pushed.text
    assert pushed.via == "push"
    await world.becomes(lin.as_somebody(), orders.State.DELIVERED)


async def test_what_can_not_be_pushed_comes_with_the_next_word(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    lin.person.chat(office.account)
    office.account.follower(lin.person.openid).rights.end()
    await lin.pays()
    rung = await lin.gets()
    assert rung.via == "template"
    assert code not in rung.text
    answer = await lin.says("你好")
    assert code in answer.text
    assert answer.text.index(code) < answer.text.index("想买")
    await world.becomes(lin.as_somebody(), orders.State.DELIVERED)
    assert sum(code in text for text in lin.texts) == 1


async def test_collecting_shows_the_code_once(lin: Follower, office: Office, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    office.account.follower(lin.person.openid).rights.end()
    await lin.pays()
    await lin.gets()
    answer = await lin.says("领取")
    assert answer.text.count(code) == 1
    again = await lin.says("领取")
    assert again.text.count(code) == 1
    await world.becomes(lin.as_somebody(), orders.State.DELIVERED)


async def test_what_nobody_came_for_is_not_said_any_more(lin: Follower, office: Office, world: World) -> None:
    await lin.says("你好")
    office.account.follower(lin.person.openid).rights.end()
    await world.db.write(lambda tx: staff.say(tx, "old news", lin.id, Message("旧闻")))
    await office.settled()
    world.clock.forward(outbox.HEARD_WITHIN + timedelta(minutes=1))
    await prune(world.shop)
    assert "旧闻" not in (await lin.says("你好")).text


async def test_what_was_said_meanwhile_comes_with_the_next_word(lin: Follower, office: Office, world: World) -> None:
    await lin.says("你好")
    office.account.follower(lin.person.openid).rights.end()
    await world.db.write(lambda tx: staff.say(tx, "news", lin.id, Message("新货到了")))
    await office.settled()
    answer = await lin.says("订单")
    assert answer.text.startswith("新货到了")
    assert "新货到了" not in (await lin.says("订单")).text
