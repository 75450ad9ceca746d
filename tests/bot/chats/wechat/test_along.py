"""What goes along in one answer: codes before words, the newest words before old ones, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.chats.wechat import along
from bot.chats.wechat.along import Taken
from bot.chats.wechat.render import Pages
from core import customers, speaking, staff
from core.delivery import Parcel
from core.ground import outbox
from core.ground.messages import Message, Spoken, words
from core.ground.outbox import OutboxRow
from tests.locales.samples import order
from tests.world import World

PAGES = Pages(lambda number: f"https://shop.example/{number}", lambda number: f"https://shop.example/{number}/pay")
LIN = "wechat:o-lin-0123456789"


@pytest.fixture
def store() -> str:
    return "sqlite"


def taken(number: int, text: str, *, codes: bool = False) -> Taken:
    said = Spoken((text,) if text else (), (), "zh-CN", Message(""))
    row = OutboxRow(number, f"say {number}", "deliver" if codes else "say", {}, 0)
    return Taken(row, said, Parcel(LIN, said.source, (1,), order()) if codes else None)


def fitted(*them: Taken) -> tuple[list[int], list[int]]:
    goes, stays = along.fitting(them, PAGES)
    return [one.row.id for one in goes], [one.row.id for one in stays]


def test_all_that_fits_goes_in_its_order():
    assert fitted(taken(1, "a"), taken(2, "b", codes=True), taken(3, "c")) == ([1, 2, 3], [])


def test_where_not_all_fits_codes_go_before_words_and_the_answer_before_old_words():
    them = taken(1, "a" * 900), taken(2, "b" * 900, codes=True), taken(3, "c" * 900), taken(4, "d" * 900)
    assert fitted(*them) == ([2, 4], [1, 3])
    assert fitted(them[0], them[2], them[3]) == ([3, 4], [1])


def test_what_fits_beside_something_larger_that_stays_goes():
    assert fitted(taken(1, "a"), taken(2, "b" * 2040), taken(3, "c" * 40)) == ([1, 3], [2])


def test_one_that_is_too_long_by_itself_still_goes_alone():
    assert fitted(taken(1, "a" * 3000), taken(2, "b")) == ([2], [1])
    assert fitted(taken(1, "a" * 3000)) == ([1], [])


def test_pictures_stay():
    assert fitted(taken(1, ""), taken(2, "b")) == ([2], [1])
    assert fitted(taken(1, "")) == ([], [1])


@pytest.fixture
async def lin(world: World) -> str:
    chat, _, address = LIN.partition(":")
    await world.db.write(customers.meet, chat, address, "Lin", "zh-CN", None)
    return LIN


async def say(world: World, key: str, card: str | None = None, text: str = "choose-shelf") -> None:
    await world.db.write(lambda tx: staff.say(tx, key, LIN, replace(Message((words(text),)), card=card)))


async def gather(world: World, event: str = "wechat 9") -> tuple[Any, list[str]]:
    before, found = await world.db.write(along.gather, LIN, event)
    return before, [one.row.effect_key for one in found]


async def test_of_one_card_only_the_newest_goes_and_the_older_are_over(world: World, lin: str):
    for key, card in (("a 1", "order A"), ("b 1", "order B"), ("a 2", "order A"), ("none 1", None), ("none 2", None)):
        await say(world, key, card)
    assert (await gather(world))[1] == ["say b 1", "say a 2", "say none 1", "say none 2"]
    states = {row.effect_key: row.state for row in await world.db.read(lambda tx: tx.all(outbox.outbox.select()))}
    assert states == {
        "say a 1": "done", "say b 1": "new", "say a 2": "new", "say none 1": "new", "say none 2": "new"
    }  # fmt: skip


async def test_the_answer_to_the_word_comes_last(world: World, lin: str):
    await say(world, "wechat 9")
    await say(world, "later news")
    assert (await gather(world))[1] == ["say later news", "say wechat 9"]


async def test_what_went_along_is_over_and_is_said_again_to_the_same_call_alone(world: World, lin: str):
    await say(world, "wechat 9", text="choose-orders")
    await say(world, "news")
    _, found = await world.db.write(along.gather, LIN, "wechat 9")
    news, answer = found
    await world.db.write(along.settled, LIN, "wechat 9", [answer], [news])
    before, again = await gather(world)
    assert [one.source for one in before] == [answer.spoken.source]
    assert again == []
    assert await gather(world, "wechat 10") == (None, ["say news"]), "what stayed is anybody's"
    assert await world.db.read(speaking.again, "wechat 10") is None
