"""Codes shown to staff: by right, with a reason, so many a day, to one account, for minutes; written down and told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core import composing, hiring, old_orders, orders, reveals, rooms
from core.authority import Role
from core.ground.messages import Codes, Message, OneTime, Revealed, pack, words
from core.moved import Source
from core.reveals import EnoughRevealed, Found, LinkUsed, NothingToReveal, ReasonNeeded
from core.staff import NotAllowed, NotStaff
from tests import oldshop
from tests.core import counter
from tests.core.counter import ask

KAMI = Source.of("dujiaoka", "db.example/kami")
WHY = "the buyer says it does not open"


@pytest.fixture
def rules(rules):
    return replace(rules, reveals_a_day=3)


@pytest.fixture
async def sold(world, lin, steam) -> Any:
    """Lin's order of three codes, delivered; and two that are in stock."""
    await world.stock(steam, 5)
    return await counter.sold(world, lin, steam, 3)


async def codes_of(world, order) -> list[str]:
    message = Message(words("browser-codes", codes=Codes(order.id)))
    return [code.reveal() for code in (await world.db.read(composing.compose, order.person, message)).codes]


async def revealed(world, order, position, person, key="e1", why=WHY, **how: Any) -> int:
    found = await world.db.read(reveals.of_order, order, position)
    return await world.db.write(reveals.reveal, found, why, person, key, **how)


async def read(world, number: int, person: str) -> str:
    message = Message(words("revealed", codes=Revealed(number), time=None))
    return (await world.db.read(composing.compose, person, message)).revealed()


async def manager(world, bao) -> str:
    token = await world.db.write(hiring.invite, "Bao", {Role.MANAGER})
    await world.db.write(hiring.enter, token, bao.id)
    return bao.id


async def test_a_colleague_reads_what_was_handed_over(world, sold, chen):
    made = await revealed(world, sold, 2, chen.id)
    code = (await codes_of(world, sold))[1]
    assert code in await read(world, made, chen.id)
    assert [row for row in await ask(world, "SELECT detail FROM audit WHERE actor = 'test:chen' AND action = 'reveal'")]
    stored = await world.db.read(lambda tx: [tx.all(counter.text(f"SELECT * FROM {t}")) for t in ("reveals", "audit")])
    assert code not in str(stored)


async def test_nobody_else_reads_it_and_after_minutes_nobody(world, clock, sold, chen, bao):
    made = await revealed(world, sold, 1, chen.id)
    code = (await codes_of(world, sold))[0]
    other = await manager(world, bao)
    assert code not in await read(world, made, other)
    assert code in await read(world, made, chen.id)
    clock.forward(reveals.SHOWN)
    assert code not in await read(world, made, chen.id)


async def test_who_may_not_any_more_reads_nothing(world, sold, chen, bao):
    other = await manager(world, bao)
    made = await revealed(world, sold, 1, other)
    code = (await codes_of(world, sold))[0]
    assert code in await read(world, made, other)
    (colleague,) = [one.id for one in await world.db.read(hiring.members) if one.name == "Bao"]
    await world.db.write(hiring.give, colleague, frozenset({Role.SUPPORT}), chen.id)
    assert code not in await read(world, made, other)


async def test_a_room_never_reads_it(world, sold, chen):
    code = await world.db.write(rooms.code)
    assert await world.db.write(rooms.use, code, "test:-100")
    await world.db.write(rooms.enter, "test:-100", "en")
    made = await revealed(world, sold, 1, chen.id)
    for fact in (Revealed(made), OneTime("reveal", made)):
        with pytest.raises(rooms.NotInARoom):
            await world.db.read(composing.compose, "test:-100", Message(words("revealed", codes=fact, time=None)))
    (told,) = await ask(world, "SELECT payload FROM outbox WHERE effect_key LIKE 'say reveal%'")
    assert WHY in str(told)
    assert all(one not in str(told) for one in await codes_of(world, sold))


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STOCK_KEEPER, Role.VIEWER])
async def test_the_right_is_asked_for_in_the_transaction(world, sold, bao, role):
    with pytest.raises(NotStaff):
        await revealed(world, sold, 1, bao.id)
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Bao", {role}), bao.id)
    with pytest.raises(NotAllowed):
        await revealed(world, sold, 1, bao.id)
    assert await ask(world, "SELECT COUNT(*) FROM reveals") == [0]


async def test_so_many_a_day_and_no_more(world, clock, sold, chen):
    await revealed(world, sold, None, chen.id)
    with pytest.raises(EnoughRevealed) as refusal:
        await revealed(world, sold, 1, chen.id, "e2")
    assert refusal.value.facts == {"left": 0, "most": 3}
    clock.forward(reveals.DAY)
    await revealed(world, sold, 1, chen.id, "e3")


async def test_two_at_once_don_t_pass_the_limit(world, sold, chen):
    asking = [revealed(world, sold, None, chen.id, f"e{number}") for number in range(4)]
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert await ask(world, "SELECT SUM(many) FROM reveals") == [3]


async def test_without_the_quota_more_pass(world, sold, chen, monkeypatch):
    """The control: it is the quota that stops them."""
    monkeypatch.setattr(reveals, "_must_have_left", lambda tx, who, many: None)
    for number in range(3):
        await revealed(world, sold, None, chen.id, f"e{number}")
    assert await ask(world, "SELECT SUM(many) FROM reveals") == [9]


async def test_without_the_lock_two_at_once_would_pass(world, store, sold, chen, monkeypatch):
    """The control: on PostgreSQL each would see room for its own; SQLite lets one write after the other."""
    monkeypatch.setattr(reveals, "LOCK", counter.text("SELECT 1 WHERE :colleague > 0"))
    monkeypatch.setattr(reveals, "left", counter.slowly(reveals.left) if store == "postgresql" else reveals.left)
    asking = [revealed(world, sold, None, chen.id, f"e{number}") for number in range(4)]
    await asyncio.gather(*asking, return_exceptions=True)
    assert (await ask(world, "SELECT SUM(many) FROM reveals"))[0] > 3 or store == "sqlite"


async def test_a_repeat_is_the_same_reveal(world, sold, chen):
    first = await revealed(world, sold, 1, chen.id)
    assert await revealed(world, sold, 1, chen.id) == first
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE actor = 'test:chen' AND action = 'reveal'") == [1]
    assert await ask(world, "SELECT COUNT(*) FROM outbox WHERE effect_key LIKE 'say reveal%'") == [1]


@pytest.mark.parametrize("why", ["", "  x ", "\n", "x" * 201])
async def test_a_reason_is_needed(world, sold, chen, why):
    with pytest.raises(ReasonNeeded):
        await revealed(world, sold, 1, chen.id, why=why)


async def test_a_code_in_the_reason_is_covered(world, sold, chen):
    code = (await codes_of(world, sold))[0]
    await revealed(world, sold, 1, chen.id, why=f"is {code} right?")
    stored = await world.db.read(lambda tx: [tx.all(counter.text(f"SELECT * FROM {t}")) for t in TABLES])
    assert code not in str(stored)


TABLES = ("reveals", "audit", "outbox")


# Once, on a page


async def test_the_page_shows_it_once(world, sold, chen):
    made = await revealed(world, sold, 1, chen.id, on_page=True)
    token = await world.db.read(reveals.link, made, chen.id)
    assert token is not None
    looked = await world.db.write(reveals.look, token.reveal())
    assert [secret.reveal() for _, secret in looked.codes[0].fields] == (await codes_of(world, sold))[:1]
    with pytest.raises(LinkUsed):
        await world.db.write(reveals.look, token.reveal())
    assert await world.db.read(reveals.link, made, chen.id) is None
    assert (await codes_of(world, sold))[0] not in await read(world, made, chen.id)  # not in the chat as well


async def test_of_two_who_press_at_once_one_sees_it(world, sold, chen):
    made = await revealed(world, sold, 1, chen.id, on_page=True)
    token = await world.db.read(reveals.link, made, chen.id)
    assert token is not None
    looking = [world.db.write(reveals.look, token.reveal()) for _ in range(5)]
    outcomes = await asyncio.gather(*looking, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkUsed"] * 4 + ["Looked"]


async def test_an_old_a_strange_and_a_changed_token_open_nothing(world, clock, sold, chen, bao):
    made = await revealed(world, sold, 1, chen.id, on_page=True)
    token = await world.db.read(reveals.link, made, chen.id)
    assert token is not None
    assert await world.db.read(reveals.link, made, bao.id) is None
    plain = token.reveal()
    other = "A" if plain[-5] != "A" else "B"
    for wrong in ("", "reveal", "reveal.1.", plain[:-1], plain[:-5] + other + plain[-4:], plain + "A", "reveal.1.ключ"):
        with pytest.raises(LinkUsed):
            await world.db.write(reveals.look, wrong)
    in_chat = await revealed(world, sold, 2, chen.id, "e2")
    with pytest.raises(LinkUsed):
        await world.db.write(reveals.look, plain.replace(f"reveal.{made}.", f"reveal.{in_chat}."))
    clock.forward(timedelta(minutes=10))
    with pytest.raises(LinkUsed):
        await world.db.write(reveals.look, plain)


async def test_a_message_names_it_and_holds_none(world, sold, chen):
    made = await revealed(world, sold, 1, chen.id, on_page=True)
    message = Message(words("reveal-link", way=OneTime("reveal", made, "https://shop.example/once?t="), time=None))
    spoken = await world.db.read(composing.compose, chen.id, message)
    token = await world.db.read(reveals.link, made, chen.id)
    assert token is not None
    assert f"https://shop.example/once?t={token.reveal()}" in spoken.revealed()
    assert token.reveal() not in str(pack(message)) + spoken.plain()


# Stock


async def test_a_code_in_stock_is_found_by_its_place_and_by_its_end(world, steam, chen):
    made = await world.stock(steam, 4)
    (batch,) = await ask(world, "SELECT id FROM batches")
    third = await world.db.read(reveals.in_batch, batch, 3)
    number = await world.db.write(reveals.reveal, third, WHY, chen.id, "e1")
    assert made[2] in await read(world, number, chen.id)
    for nowhere in (0, 5):
        with pytest.raises(NothingToReveal):
            await world.db.read(reveals.in_batch, batch, nowhere)
    found, after = await world.db.read(reveals.ending, batch, made[1][-9:], 0)
    assert (len(found), after) == (1, None)
    number = await world.db.write(reveals.reveal, Found(f"batch {batch}", tuple(found)), WHY, chen.id, "e2")
    assert made[1] in await read(world, number, chen.id)
    assert (await world.db.read(reveals.ending, batch, "code", 0))[0] == [1, 2, 3, 4]
    assert (await world.db.read(reveals.ending, batch, "code", 0, 2)) == ([1, 2], 2)


async def test_an_order_without_codes_reveals_none(world, lin, steam, chen):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    with pytest.raises(NothingToReveal):
        await world.db.read(reveals.of_order, order)
    with pytest.raises(orders.UnknownOrder):
        await world.db.read(reveals.numbered, "AAAA-AAAA", "")
    with pytest.raises(NothingToReveal):
        await world.db.read(reveals.numbered, order.number, "x")


async def test_what_the_old_shop_delivered_is_looked_at_like_a_code(world, clock, chen, bao):
    await world.db.write(old_orders.keep, KAMI, [oldshop.order(1, quantity=2)])
    found = await world.db.read(reveals.numbered, "old", "oldorder00000001")
    made = await world.db.write(reveals.reveal, found, WHY, chen.id, "e1")
    other = await manager(world, bao)
    assert "SOLD-00001-OLDTEXT" in await read(world, made, chen.id)
    assert "OLDTEXT" not in await read(world, made, other)
    stored = await world.db.read(lambda tx: [tx.all(counter.text(f"SELECT * FROM {t}")) for t in ("reveals", "audit")])
    assert "OLDTEXT" not in str(stored)
    clock.forward(reveals.SHOWN)
    assert "OLDTEXT" not in await read(world, made, chen.id)


async def test_it_counts_as_many_codes_as_were_bought_there(world, chen):
    await world.db.write(old_orders.keep, KAMI, [oldshop.order(n, quantity=2) for n in (1, 2)])
    found = [await world.db.read(reveals.of_old_order, f"OLDORDER0000000{n}") for n in (1, 2)]
    await world.db.write(reveals.reveal, found[0], WHY, chen.id, "e1")
    with pytest.raises(EnoughRevealed):
        await world.db.write(reveals.reveal, found[1], WHY, chen.id, "e2")
    with pytest.raises(ReasonNeeded):
        await world.db.write(reveals.reveal, found[1], "", chen.id, "e3")


@pytest.mark.parametrize("said", ["", "#", "#99", "#x", "NOSUCH"])
async def test_an_old_order_that_is_none_is_not_looked_at(world, said):
    with pytest.raises(NothingToReveal):
        await world.db.read(reveals.of_old_order, said)
