"""Handing over: the codes to their owner and to nobody else, once paid for, and written down each time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from fluent.runtime import FluentBundle
from sqlalchemy import bindparam, select

from core import aftersales, batches, composing, delivery, inventory, ledger, orders, pasted, pickup, staff
from core.catalog import Product
from core.customers import Person
from core.delivery import NothingToHandOver
from core.ground.messages import Codes, Message, Note, Phrase, words
from core.ground.vault import KeyRing, Secret, Vault
from core.ground.words import LOCALES
from core.orders import Order, State, UnknownOrder
from core.units import Obligation, UnitState
from tests.core import counter
from tests.core.counter import ask, run
from tests.world import Somebody, World


@pytest.fixture
async def sold(world: World, lin: Person, steam: Product) -> tuple[Order, list[str]]:
    """Lin's delivered order of two codes."""
    codes = await world.stock(steam, 3)
    return await counter.sold(world, lin, steam, 2), codes[:2]


def about(*facts: Codes | Phrase) -> Message:
    """A message that would say all of them."""
    return Message(tuple(words("pickup-phrase", phrase=fact) for fact in facts))


# Nobody else's codes


async def test_the_owner_reads_the_codes_again_and_again(world, lin, sold):
    order, codes = sold
    for _ in range(2):
        assert await counter.codes_of(world, lin, about(Codes(order.id))) == codes
        assert await counter.codes_of(world, lin, await world.db.write(delivery.shown, order, lin)) == codes


Path = Callable[[World, Person, Order], Awaitable[object]]


def composed(make: Callable[[Order], Message]) -> Path:
    return lambda world, who, order: counter.read(world, who, make(order))


PATHS: dict[str, Path] = {
    "all codes": composed(lambda order: about(Codes(order.id))),
    "some codes": composed(lambda order: about(Codes(order.id, tuple(unit.id for unit in order.units)))),
    "no code of it": composed(lambda order: about(Codes(order.id, ()))),
    "the phrase": composed(lambda order: about(Phrase(order.id))),
    "within a sentence": composed(
        lambda order: Message(words("staff-review-why", why=words("pickup-phrase", phrase=Codes(order.id))))
    ),
    "the delivery itself": composed(lambda order: delivery.cards.delivered(order, Codes(order.id))),
    "the pay page": composed(lambda o: delivery.cards.pay_here(o, None, several_rails=False, with_phrase=True)),
    "a message that comes by itself": lambda world, who, order: world.db.write(
        composing.address, who.id, about(Codes(order.id))
    ),
    "by its number": lambda world, who, order: world.db.read(orders.own, order.number, who.customer, who.id),
    "shown, then read": lambda world, who, order: _shown(world, who, order),
}


async def _shown(world: World, who: Person, order: Order) -> object:
    return await counter.read(world, who, await world.db.write(delivery.shown, order, who))


async def test_nobody_else_reads_them_on_any_path(world, lin, bao, chen, sold):
    """A2: neither another buyer nor staff."""
    order, _ = sold
    for path, reads in PATHS.items():
        for somebody in (bao, await counter.meet(world, "chen")):
            with pytest.raises(UnknownOrder):
                await reads(world, somebody, order)
        assert await reads(world, lin, order), path  # the control: it is not that nobody could


async def test_without_the_owner_in_the_query_anybody_would(world, bao, sold, monkeypatch):
    careless = select(orders.orders.c.id).where(orders.orders.c.id == bindparam("order"))
    monkeypatch.setattr(orders, "OWN_BY_ID", careless)
    order, codes = sold
    assert await counter.codes_of(world, bao, about(Codes(order.id))) == codes


async def test_units_of_another_order_are_not_opened_along_with_ones_own(world, bao, steam, sold):
    theirs, _ = sold
    await world.stock(steam, 1)
    mine = await counter.sold(world, bao, steam)
    asked = Codes(mine.id, (*(unit.id for unit in theirs.units), *(unit.id for unit in mine.units)))
    assert len(await counter.codes_of(world, bao, about(asked))) == 1


async def test_nothing_is_read_before_it_is_granted(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    assert await counter.codes_of(world, lin, about(Codes(order.id))) == []
    paid = await counter.pay(world, order)
    assert await counter.codes_of(world, lin, about(Codes(order.id))) == []
    await counter.weigh(world, paid)
    assert len(await counter.codes_of(world, lin, about(Codes(order.id)))) == 1


async def test_a_note_is_read_by_its_buyer_and_by_staff(world, lin, bao, chen):
    from core import enquiries

    note = await world.db.write(enquiries.keep, "event 1", lin.id, chen.id, "CANARY")
    said = Message(words("human-says", text=Note(note)))
    for reader in (lin, await counter.meet(world, "chen")):
        assert "CANARY" in (await counter.read(world, reader, said)).revealed()
    with pytest.raises(LookupError):
        await counter.read(world, bao, said)
    assert "CANARY" not in (await counter.read(world, lin, said)).plain()


async def test_what_a_product_asked_is_read_by_staff_only(world, lin, bao, chen):
    """Not even its buyer is shown it again: a chat's history may be read by others."""
    form = [{"name": "account", "label": {"en": "Account"}}]
    topup = await world.make("topup", kind="by_hand", form=form)
    order = await counter.place(world, lin, topup, answers={"account": "CANARY"})
    card = delivery.staffcards.by_hand(order)
    assert "CANARY" in (await counter.read(world, await counter.meet(world, "chen"), card)).revealed()
    for somebody in (lin, bao):
        with pytest.raises(staff.NotStaff):
            await counter.read(world, somebody, card)
    await run(world, "UPDATE colleagues SET left_at = since")
    with pytest.raises(staff.NotStaff):
        await counter.read(world, await counter.meet(world, "chen"), card)


# How a code is said


async def test_a_code_stands_alone_and_its_fields_on_lines_of_their_own(world, lin, steam):
    batch = await world.db.write(batches.open_batch, steam, "made up", "test")
    lines = ["AAAA-1", "6220----9988", "6221----9989----A1----2099-01-31"]
    await world.db.write(batches.add, steam, batch, pasted.read(lines).codes)
    await world.db.write(batches.finish_import, batch)
    order = await counter.sold(world, lin, steam, 3)
    english = await counter.meet(world, "lin", "en")
    await world.db.write(lambda tx: delivery.customers.speak(tx, english.id, "en"))
    spoken = await counter.read(world, lin, about(Codes(order.id)))
    said = spoken.revealed().splitlines()
    assert "AAAA-1" in said
    assert [code.reveal() for code in spoken.codes] == ["AAAA-1", "6220 9988", "6221 9989 A1"]
    for value in ("6220", "9988", "6221", "9989"):
        [line] = [line for line in said if value in line]
        assert line.endswith(value)
    assert "2099-01-31" in spoken.revealed()
    assert "AAAA" not in spoken.plain()
    assert "6220" not in spoken.plain()


async def test_no_field_of_a_code_goes_through_the_formatter(world, lin, steam, monkeypatch):
    """What a formatter is handed may end in its errors, its caches, its logs."""
    seen: list[str] = []
    real = FluentBundle.format_pattern

    def format_pattern(self: FluentBundle, pattern: object, facts: object = None) -> object:
        made = real(self, pattern, facts)  # type: ignore[arg-type]
        seen.extend((repr(facts), str(made)))
        return made

    batch = await world.db.write(batches.open_batch, steam, "made up", "test")
    await world.db.write(batches.add, steam, batch, pasted.read(["CANARY-1", "CANARY-2----CANARY-3"]).codes)
    await world.db.write(batches.finish_import, batch)
    order = await counter.sold(world, lin, steam, 2)
    monkeypatch.setattr(FluentBundle, "format_pattern", format_pattern)
    spoken = await counter.read(world, lin, about(Codes(order.id)))
    assert "CANARY-3" in spoken.revealed()
    assert seen
    assert [line for line in seen if "CANARY" in line] == []


# The pick-up phrase


async def test_a_phrase_is_the_orders_own_and_stays_the_same(world, lin, bao, steam, sold):
    order, _ = sold
    other = await counter.sold(world, bao, steam)
    phrases = {
        (one.id, locale): await world.db.read(pickup.phrase, one, locale)
        for one, locale in itertools.product((order, other), LOCALES)
    }
    assert len(set(phrases.values())) == 6
    assert all(len(phrase.split()) == pickup.PHRASE_WORDS for phrase in phrases.values())
    assert await world.db.read(pickup.phrase, order, "en") == phrases[order.id, "en"]
    spoken = await counter.read(world, lin, about(Phrase(order.id)))
    assert phrases[order.id, "zh-CN"] in spoken.revealed()
    assert spoken.codes == ()


async def test_a_phrase_needs_the_vaults_key(world, sold):
    order, _ = sold

    def elsewhere(tx):
        tx.vault = Vault(KeyRing.fresh())
        return pickup.phrase(tx, order, "en")

    assert await world.db.read(elsewhere) != await world.db.read(pickup.phrase, order, "en")


WAYS = [str, str.upper, str.title, lambda s: s.replace(" ", "-"), lambda s: s.replace(" ", ""), lambda s: f" {s}。\n"]


async def test_a_phrase_opens_its_order_however_it_is_typed(world, bao, sold):
    order, codes = sold
    for locale, typed in itertools.product(LOCALES, WAYS):
        phrase = typed(await world.db.read(pickup.phrase, order, locale))
        opened = await world.db.write(pickup.pick_up, f" {order.number.lower()} ", phrase, bao)
        assert (opened.id, opened.person) == (order.id, bao.id)
    assert await counter.codes_of(world, bao, about(Codes(order.id))) == codes


async def test_a_wrong_phrase_and_a_wrong_number_are_the_same(world, lin, bao, steam, sold):
    order, _ = sold
    other = await counter.sold(world, lin, steam)
    phrase = await world.db.read(pickup.phrase, order, "en")
    wrong = await world.db.read(pickup.phrase, other, "en")
    first, *rest = phrase.split()
    tries = [
        (order.number, wrong),
        (order.number, ""),
        (order.number, first),
        (order.number, " ".join(rest)),
        (order.number, " ".join([*rest, first])),
        (order.number, f"{phrase} {phrase}"),
        (other.number, phrase),
        ("ZZZZ-ZZZZ", phrase),
        ("", phrase),
    ]
    for number, said in tries:
        with pytest.raises(UnknownOrder) as refusal:
            await world.db.write(pickup.pick_up, number, said, bao)
        assert refusal.value.facts == {}
    assert await ask(world, "SELECT person_id FROM pickups") == []
    with pytest.raises(UnknownOrder):
        await counter.codes_of(world, bao, about(Codes(order.id)))


async def test_from_the_pick_up_on_its_messages_go_there_and_its_buyer_reads_it_still(world, lin, bao, steam):
    await world.stock(steam, 1)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam)))
    phrase = await world.db.read(pickup.phrase, order, "ru")
    await world.db.write(pickup.pick_up, order.number, phrase, bao)
    parcel = await world.db.read(delivery.parcel, order.id)
    assert parcel is not None
    assert parcel.person == bao.id
    for owner in (lin, bao):
        assert len(await counter.codes_of(world, owner, about(Codes(order.id)))) == 1
        assert (await world.db.read(orders.own, order.number, owner.customer, owner.id)).id == order.id
    assert await ask(world, "SELECT what FROM order_events ORDER BY id DESC LIMIT 1") == ["picked_up"]


# Granting and sending


async def test_nothing_is_handed_over_but_of_a_fulfilling_order(world, lin, steam):
    """M6."""
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    for state in set(State) - {State.FULFILLING}:
        await run(world, f"UPDATE orders SET state = '{state}', review_due_at = expires_at, paid_at = placed_at")
        with pytest.raises(RuntimeError, match="nothing may be granted"):
            await world.db.write(delivery.hand_over, await counter.now(world, order))
    assert await world.count(inventory.grants) == 0
    await run(world, "UPDATE orders SET state = 'fulfilling'")
    await world.db.write(delivery.hand_over, await counter.now(world, order))  # the control


async def test_what_is_sent_is_earned_and_delivered_once(world, lin, steam):
    await world.stock(steam, 2)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam, 2)))
    assert {unit.state for unit in order.units} == {UnitState.GRANTED}
    parcel = await world.db.read(delivery.parcel, order.id)
    assert parcel is not None
    assert (parcel.person, parcel.units) == (lin.id, tuple(unit.id for unit in order.units))
    for _ in range(2):
        await world.db.write(delivery.sent, order.id, parcel.units, "message 1")
        now = await counter.now(world, order)
        assert (now.state, {unit.state for unit in now.units}) == (State.DELIVERED, {UnitState.SENT})
        assert await world.db.read(ledger.balance, "sales") == -20000
        assert await world.db.read(delivery.parcel, order.id) is None
    await world.holds()


async def test_many_who_send_at_once_earn_it_once(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam)))
    units = [unit.id for unit in order.units]
    await asyncio.gather(*(world.db.write(delivery.sent, order.id, units, f"message {n}") for n in range(6)))
    assert await world.db.read(ledger.balance, f"owed:{order.number}") == 0
    await world.holds()


async def test_what_is_sent_in_part_is_delivered_with_its_last_part(world, lin, steam):
    await world.stock(steam, 2)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam, 2)))
    first, second = (unit.id for unit in order.units)
    await world.db.write(delivery.sent, order.id, [first], "message 1")
    assert (await counter.now(world, order)).state is State.FULFILLING
    parcel = await world.db.read(delivery.parcel, order.id)
    assert parcel is not None
    assert parcel.units == (second,)
    await world.holds()
    await world.db.write(delivery.sent, order.id, [second], "message 2")
    assert (await counter.now(world, order)).state is State.DELIVERED


async def test_a_closed_chat_keeps_the_codes_until_they_are_asked_for(world, lin, steam):
    codes = await world.stock(steam, 1)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam)))
    units = [unit.id for unit in order.units]
    await world.db.write(delivery.unreachable, order.id, units, "blocked")
    waiting = await counter.now(world, order)
    assert [unit.obligation for unit in waiting.units] == [Obligation.PICKUP]
    assert await world.db.read(delivery.parcel, order.id) is None
    assert await ask(world, "SELECT COUNT(*) FROM people WHERE unreachable_since IS NOT NULL") == [1]
    await world.holds()
    assert await counter.codes_of(world, lin, await world.db.write(delivery.shown, waiting, lin)) == codes
    assert (await counter.now(world, order)).state is State.DELIVERED
    await world.holds()


async def test_each_showing_is_in_the_audit(world, lin, sold):
    """P3."""
    order, _ = sold
    revealed = "SELECT COUNT(*) FROM audit WHERE action = 'reveal' AND subject = :subject"
    before = await ask(world, revealed, subject=f"order {order.number}")
    await world.db.write(delivery.shown, order, lin)
    assert await ask(world, revealed, subject=f"order {order.number}") == [before[0] + 1]


# By hand


async def by_hand(world: World, lin: Person, many: int = 1) -> Order:
    topup = await world.make("topup", kind="by_hand")
    return await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, topup, many)))


async def test_units_are_made_one_after_the_other(world, lin, chen):
    order = await by_hand(world, lin, 2)
    assert [unit.obligation for unit in order.units] == [Obligation.BY_HAND] * 2
    for text in ("done 1", "done 2"):
        order = await world.db.write(delivery.made_by_hand, order, Secret(text), chen.id, f"event {text}")
        spoken = await counter.send(world, order)
        assert spoken is not None
        assert [code.reveal() for code in spoken.codes] == [text]
        await world.holds()
    assert (await counter.now(world, order)).state is State.DELIVERED
    assert await counter.codes_of(world, lin, about(Codes(order.id))) == ["done 1", "done 2"]
    with pytest.raises(NothingToHandOver):
        await world.db.write(delivery.made_by_hand, order, Secret("done 3"), chen.id, "event 3")


async def test_only_who_works_here_makes_them(world, lin, bao, chen: Somebody):
    order = await by_hand(world, lin)
    for stranger in (lin.id, bao.id, "test:nobody"):
        with pytest.raises(staff.NotStaff):
            await world.db.write(delivery.made_by_hand, order, Secret("mine"), stranger, "event 1")
    await run(world, "UPDATE colleagues SET left_at = since")
    with pytest.raises(staff.NotStaff):
        await world.db.write(delivery.made_by_hand, order, Secret("mine"), chen.id, "event 1")
    assert await world.count(inventory.grants) == 0


async def test_two_who_make_the_last_unit_at_once_make_one(world, lin, chen):
    order = await by_hand(world, lin)
    making = [world.db.write(delivery.made_by_hand, order, Secret(f"done {n}"), chen.id, f"event {n}") for n in "123"]
    outcomes = await asyncio.gather(*making, return_exceptions=True)
    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NothingToHandOver) for outcome in outcomes) == 2
    await world.holds()


async def test_the_part_that_is_not_made_in_time_is_refunded(world, clock, lin, chen):
    order = await by_hand(world, lin, 2)
    order = await world.db.write(delivery.made_by_hand, order, Secret("done 1"), chen.id, "event 1")
    await counter.send(world, order)
    clock.forward(world.shop.rules.hand_within + timedelta(minutes=1))
    assert await world.db.read(aftersales.overdue) == [order.id]
    for _ in range(2):
        await world.db.write(aftersales.give_up, order.id)
    refunds = await world.db.read(ledger.refunds_of, order.id)
    assert [refund.total.amount for refund in refunds] == [10000]
    with pytest.raises(NothingToHandOver):
        await world.db.write(delivery.made_by_hand, order, Secret("done 2"), chen.id, "event 2")
    ended = await counter.refunds_end(world, order)
    assert (ended.state, [unit.state for unit in ended.units]) == (
        State.DELIVERED,
        [UnitState.SENT, UnitState.REFUNDED],
    )
    assert await world.db.read(ledger.balance, f"owed:{order.number}") == 0


async def test_of_what_came_in_two_parts_a_part_goes_back(world, clock, lin, chen):
    """No more than the unit that was not made, whichever receipt it is taken from."""
    topup = await world.make("topup", kind="by_hand")
    placed = await counter.place(world, lin, topup, 2)
    await counter.pay(world, placed, 12000)
    order = await counter.weigh(world, await counter.pay(world, placed, 8000))
    order = await world.db.write(delivery.made_by_hand, order, Secret("done 1"), chen.id, "event 1")
    clock.forward(world.shop.rules.hand_within + timedelta(minutes=1))
    await world.db.write(aftersales.give_up, order.id)
    refunds = await world.db.read(ledger.refunds_of, order.id)
    assert sum(refund.total.amount for refund in refunds) == 10000
    await counter.send(world, order)
    await counter.refunds_end(world, order)
    assert await world.db.read(ledger.balance, f"owed:{order.number}") == 0
