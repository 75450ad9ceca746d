"""Buttons that act: a token says nothing, belongs to one person, and stands for one press."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import bindparam, select

from core.ground import presses
from core.ground.messages import Choice, Message, words
from core.ground.presses import VALID, Press
from tests.core import counter
from tests.world import World

LIN, BAO = "test:lin", "test:bao"
CARD = Message(
    words("card"),
    (
        Choice("Approve", "approve K7M2-94QF", acts=True),
        Choice("Reject", "reject K7M2-94QF", acts=True),
        Choice("Details", "order K7M2-94QF"),
        Choice("Pay", link="https://pay.example"),
    ),
)


async def offer(world: World, person: str = LIN) -> list[str]:
    message = await world.db.write(presses.offer, CARD, person)
    return [choice.says for choice in message.choices]


async def pressed(world: World, person: str, token: str) -> Press | None:
    return await world.db.read(presses.pressed, person, token)


async def test_only_what_acts_gets_a_token(world):
    approve, reject, details, link = await offer(world)
    assert (details, link) == ("order K7M2-94QF", "")
    assert approve != reject
    for token in (approve, reject):
        assert token.startswith(presses.MARK)
        assert "K7M2" not in token
        assert len(token.encode()) <= 64  # what a Telegram button carries


async def test_the_rest_of_the_message_stays(world):
    message = await world.db.write(presses.offer, CARD, LIN)
    assert [replace(choice, says="") for choice in message.choices] == [
        replace(choice, says="") for choice in CARD.choices
    ]
    assert replace(message, choices=()) == replace(CARD, choices=())
    assert await world.db.write(presses.offer, message, LIN) == message  # its tokens are not wrapped again


async def test_a_press_is_what_the_button_stood_for(world):
    approve, *_ = await offer(world)
    press = await pressed(world, LIN, approve)
    assert press == Press("approve K7M2-94QF", f"press {approve}", old=False)
    assert await pressed(world, LIN, approve) == press  # pressed twice, it is the same event


async def test_every_offer_has_tokens_of_its_own(world):
    tokens = [token for _ in range(20) for token in (await offer(world))[:2]]
    assert len(set(tokens)) == 40


async def test_somebody_elses_button_is_no_button(world):
    approve, *_ = await offer(world)
    assert await pressed(world, BAO, approve) is None
    assert await pressed(world, BAO, approve) == await pressed(world, BAO, "~" + "A" * 22)
    assert await pressed(world, LIN, approve) is not None


async def test_without_its_person_anybody_could_press_it(world, monkeypatch):
    table = presses.presses
    careless = select(table.c.says, table.c.acts, table.c.expires_at).where(table.c.token == bindparam("token"))
    monkeypatch.setattr(presses, "PRESSED", careless)
    approve, *_ = await offer(world)
    assert await pressed(world, BAO, approve) is not None


async def test_tokens_that_nobody_offered_are_nothing(world):
    approve, *_ = await offer(world)
    for token in ("", "~", approve[:-1], approve + "A", approve.swapcase(), approve.lstrip("~"), "%", "approve"):
        assert await pressed(world, LIN, token) is None


async def test_a_button_grows_old(world, clock):
    approve, *_ = await offer(world)
    clock.forward(VALID - timedelta(minutes=1))
    press = await pressed(world, LIN, approve)
    assert press is not None
    assert not press.old
    clock.forward(timedelta(minutes=1))
    press = await pressed(world, LIN, approve)
    assert press is not None
    assert press.old


async def test_old_buttons_are_forgotten_a_week_later(world, clock):
    approve, reject, *_ = await offer(world)
    clock.forward(VALID + timedelta(days=6))
    fresh, *_ = await offer(world)
    assert await world.db.write(presses.forget) == 0
    clock.forward(timedelta(days=1, minutes=1))
    assert await world.db.write(presses.forget) == 2
    assert [await pressed(world, LIN, token) for token in (approve, reject)] == [None, None]
    assert await pressed(world, LIN, fresh) is not None
    assert await counter.ask(world, "SELECT COUNT(*) FROM presses") == [2]
