"""Chen answers a buyer by replying to the card in the group; what is said about any other card stays in the group."""

from __future__ import annotations

import pytest

from core import threads
from core.ground.money import Money
from core.ground.rules import Rules
from doubles.telegram_chats import Shown
from tests.bot.chats.telegram.house import Somebody, lin, telegraph
from tests.bot.chats.telegram.test_staff import Desk, desk
from tests.world import World

__all__ = ["desk", "lin", "telegraph"]


@pytest.fixture
def rules() -> Rules:
    return Rules(rehearsal=True, review_above=Money(1, "CNY"))


async def asked(desk: Desk, lin: Somebody) -> Shown:
    """Lin asks for a person; the card in the group."""
    await lin.writes("/start")
    await lin.writes("human")
    await lin.writes("It says invalid")
    return await desk.says("It says invalid")


async def test_a_reply_to_the_card_goes_to_the_buyer_and_stands_on_the_card(
    desk: Desk, lin: Somebody, world: World
) -> None:
    card = await asked(desk, lin)
    desk.chen.writes("Please send a screenshot", desk.group, reply_to=card)
    told = await lin.chat.until(
        lambda chat: next((one for one in chat.said() if "Please send a screenshot" in one.text), None)
    )
    await desk.chat.until(lambda chat: card.before)
    assert "taken by Chen" in card.text
    lin.person.writes("Here it is", lin.bot, reply_to=told)
    again = await desk.says("Here it is")
    assert again is not card


async def test_what_colleagues_say_to_each_other_goes_to_no_buyer(desk: Desk, lin: Somebody, world: World) -> None:
    card = await asked(desk, lin)
    hello = await desk.says("staff room")
    desk.chen.writes("Looks fine to me", desk.group, reply_to=hello)
    await desk.telegraph.settled()
    assert "Looks fine" not in str([one.text for one in lin.chat.said()])
    assert card.before == []
    found = await world.db.read(threads.with_buyer, lin.id)
    assert found is not None
    assert found.state == "open"
