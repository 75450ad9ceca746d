"""What happens between a word and the next: what is not shown binds no number, and hides nothing that comes after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.chats.wechat.calls import Refused
from core import cards, orders, speaking, staff
from core.catalog import Product
from core.ground.messages import Message, words
from tests.bot.chats.wechat.house import Follower, Office, lin, office
from tests.bot.chats.wechat.test_calling import ask
from tests.world import World

__all__ = ["lin", "office"]


async def says_by_itself(lin: Follower, world: World, key: str, *choices: object) -> None:
    message = Message(words("choose-shelf"), choices)  # type: ignore[arg-type]
    await world.db.write(lambda tx: staff.say(tx, key, lin.id, message))


async def test_a_parked_message_holds_back_neither_the_codes_nor_the_bell(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    await world.db.write(speaking.no_more, lin.id)
    await says_by_itself(lin, world, "held")
    await office.settled()
    await lin.pays()
    bell = await lin.gets()
    assert bell.via == "template"
    assert code in (await lin.says("你好")).text
    await world.becomes(lin.as_somebody(), orders.State.DELIVERED)


async def test_a_number_means_what_was_shown_last(lin: Follower, office: Office, world: World, steam: Product) -> None:
    """And not what could not be said since."""
    await world.stock(steam, 1)
    await lin.says(f"product {steam.slug}")
    await world.db.write(speaking.no_more, lin.id)
    await says_by_itself(lin, world, "unseen", cards.HUMAN, cards.MY_ORDERS)
    await office.settled()
    assert lin.number_of("买 1") == "1"
    assert "前付款" in (await lin.says("1")).text


async def test_what_is_pushed_binds_its_numbers(lin: Follower, office: Office, world: World, steam: Product) -> None:
    await world.stock(steam, 1)
    await lin.says(f"product {steam.slug}")
    await says_by_itself(lin, world, "seen", cards.MY_ORDERS, cards.SHELF)
    assert (await lin.gets()).via == "push"
    await office.settled()
    assert "Steam" in (await lin.says("2")).text


async def test_a_secret_that_was_replaced_loses_no_delivery(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    office.account.secret = "another-secret-of-the-same-account"
    office.calls._client.session.delete(office.calls._client.access_token_key)
    await lin.pays()
    await world.until(lambda: _was_tried(world))
    assert await ask(world, "SELECT state FROM outbox WHERE kind = 'deliver'") == ["new"]
    assert code in (await lin.says("你好")).text


async def _was_tried(world: World) -> bool:
    return any(await ask(world, "SELECT trouble FROM outbox WHERE kind = 'deliver'"))


async def test_one_who_wants_answers_only_silences_nobody_else(
    lin: Follower, office: Office, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """48002: they have switched the account's messages off."""
    bao = office.meet("bao")
    await lin.says("你好")
    await bao.says("你好")
    push = office.calls._push

    async def switched_off(what: str, message: Mapping[str, Any]) -> None:
        if message["touser"] != lin.person.openid:
            return await push(what, message)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(office.calls, "_call", refused)
            await push(what, message)

    async def refused(*_: object, **__: object) -> None:
        raise Refused("say", 48002)

    monkeypatch.setattr(office.calls, "_push", switched_off)
    await says_by_itself(lin, world, "to lin")
    await office.settled()
    await world.db.write(lambda tx: staff.say(tx, "to bao", bao.id, Message(words("choose-orders"))))
    assert "订单" in (await bao.gets()).text
    assert "货架" in (await lin.says("订单")).text  # it came along


async def test_a_refusal_of_before_takes_nothing_of_a_newer_word(lin: Follower, office: Office, world: World) -> None:
    await lin.says("你好")
    known = await world.db.write(speaking.spend, lin.id)
    world.clock.forward(timedelta(seconds=5))
    await lin.says("订单")
    assert await world.db.write(speaking.no_more, lin.id, known) == 5
