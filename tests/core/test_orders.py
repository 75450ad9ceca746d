"""Orders: each change by one decider, each its owner's only, and the terms as they were when it was placed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from core import orders
from core.ground.db import Tx
from core.ground.errors import Tampered
from core.ground.money import Money
from core.orders import AlreadyDecided, Order, State, UnknownOrder
from core.units import Obligation, UnitState
from tests.core import counter
from tests.core.counter import ask, run
from tests.world import World


@pytest.fixture
async def order(world, lin, steam) -> Order:
    await world.stock(steam, 2)
    return await counter.place(world, lin, steam, 2)


async def in_review(world: World, order: Order) -> Order:
    held = "UPDATE orders SET state = 'in_review', review_due_at = expires_at WHERE id = :order"
    await run(world, held, order=order.id)
    return await counter.now(world, order)


# Whose it is


async def test_an_order_is_its_buyers_only(world, lin, bao, order):
    """A2: for anybody else it is the same as none."""
    assert (await world.db.read(orders.own, order.number, lin.customer, lin.id)).id == order.id
    assert [one.id for one in await world.db.read(orders.newest, lin.customer, lin.id, 10)] == [order.id]
    refusals = []
    for number in (order.number, "ZZZZ-ZZZZ", "", "%", "' OR 1=1 --", str(order.id)):
        with pytest.raises(UnknownOrder) as refusal:
            await world.db.read(orders.own, number, bao.customer, bao.id)
        refusals.append((refusal.value.key, refusal.value.facts, str(refusal.value)))
    assert len({repr(refusal) for refusal in refusals}) == 1
    assert await world.db.read(orders.newest, bao.customer, bao.id, 10) == []


async def test_a_number_is_known_however_it_is_typed(world, lin, order):
    for typed in (order.number, f" {order.number} ", order.number.lower(), f"\n{order.number.lower()}\t"):
        assert (await world.db.read(orders.own, typed, lin.customer, lin.id)).id == order.id
        assert (await world.db.read(orders.numbered, typed)).id == order.id


async def test_a_number_nobody_has_is_unknown_to_staff_too(world, order):
    with pytest.raises(UnknownOrder):
        await world.db.read(orders.numbered, "ZZZZ-ZZZZ")


async def test_newest_first_a_page_at_a_time(world, lin, bao, steam):
    await world.stock(steam, 10)
    placed = []
    for person in (lin, bao, lin, bao, lin):
        placed.append(await counter.place(world, person, steam))
    mine = [one.id for one in (placed[4], placed[2], placed[0])]
    assert [one.id for one in await world.db.read(orders.newest, lin.customer, lin.id, 2)] == mine[:2]
    assert [one.id for one in await world.db.read(orders.newest, lin.customer, lin.id, 2, 2)] == mine[2:]
    assert [one.id for one in await world.db.read(orders.latest, 2)] == [placed[4].id, placed[3].id]


async def test_what_waits_for_hands_is_found_by_what_is_owed_the_most_urgent_first(world, lin, chen, steam):
    """The oldest that were fulfilling stood in its way, however many of them owed nothing to anybody's hands."""
    held = 9
    await world.stock(steam, held)
    for number in range(held):  # their codes are on the way, and they are older
        buyer = await counter.meet(world, f"buyer{number}")
        await counter.weigh(world, await counter.pay(world, await counter.place(world, buyer, steam)))
    slow = await world.make("slow", kind="by_hand", hand_minutes=600)
    fast = await world.make("fast", kind="by_hand", hand_minutes=60)
    made = [
        await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, product)))
        for product in (slow, fast)
    ]
    owed = await world.db.read(orders.owing, Obligation.BY_HAND, 8)
    assert [one.id for one in owed] == [made[1].id, made[0].id]
    assert [one.id for one in await world.db.read(orders.owing, Obligation.BY_HAND, 1, 1)] == [made[0].id]
    assert await world.db.read(orders.how_many_owing, Obligation.BY_HAND) == 2
    assert await world.db.read(orders.how_many, State.FULFILLING) == held + 2


async def test_an_order_nobody_knows_is_a_bug(world):
    for look in (orders.get, orders.locked):
        with pytest.raises(LookupError):
            await world.db.write(look, 404)


# Changes


async def test_a_change_is_made_from_the_state_it_is_meant_for(world, order):
    def expire(tx: Tx) -> bool:
        return orders.move(tx, order.id, State.EXPIRED, State.AWAITING_PAYMENT, what="expired", actor="clock")

    assert [await world.db.write(expire) for _ in range(2)] == [True, False]
    after = await counter.now(world, order)
    assert (after.state, after.version) == (State.EXPIRED, order.version + 1)
    assert await ask(world, "SELECT what FROM order_events ORDER BY id") == ["placed", "expired"]


async def test_of_many_at_once_one_changes_it(world, order):
    def to(state: State) -> Any:
        return lambda tx: orders.move(tx, order.id, state, State.AWAITING_PAYMENT, what=state, actor="test")

    states = [State.PAID, State.CANCELLED] * 4
    done = await asyncio.gather(*(world.db.write(to(state)) for state in states))
    assert sorted(done) == [False] * 7 + [True]
    assert (await counter.now(world, order)).version == order.version + 1


async def test_without_its_guard_many_would(world, order, monkeypatch):
    careless = update(orders.orders).where(orders.orders.c.id == bindparam("order"))
    monkeypatch.setattr(orders, "MOVE", careless.values(state=bindparam("to_state")))

    def to(state: State) -> Any:
        return lambda tx: bool(tx.changed(orders.MOVE, order=order.id, to_state=state))

    assert [await world.db.write(to(state)) for state in (State.PAID, State.CANCELLED)] == [True, True]


async def test_a_decision_is_made_once_and_the_second_is_told_who_made_it(world, clock, order):
    await in_review(world, order)
    await world.db.write(orders.decide, order.id, State.FULFILLING, "test:chen", "Chen")
    before = await counter.now(world, order)
    clock.forward(timedelta(minutes=1))
    with pytest.raises(AlreadyDecided) as refusal:
        await world.db.write(orders.decide, order.id, State.REJECTED, "test:wang", "Wang")
    assert refusal.value.facts == {
        "staff": "Chen",
        "time": before.decided_at,
        "state": "fulfilling",
        "number": order.number,
    }
    assert await counter.now(world, order) == before
    assert await ask(world, "SELECT what FROM order_events ORDER BY id") == ["placed", "approved"]


async def test_a_hold_is_extended_once_and_only_when_it_is_needed(world, clock, order):
    def extend(tx: Tx) -> int:
        return tx.changed(orders.EXTEND, order=order.id, now=tx.now, until=tx.now + tx.rules.extension)

    assert await world.db.write(extend) == 0  # it lasts longer than that
    clock.forward(world.shop.rules.hold - timedelta(minutes=1))
    assert [await world.db.write(extend) for _ in range(2)] == [1, 0]
    assert (await counter.now(world, order)).expires_at > order.expires_at
    clock.forward(world.shop.rules.hold)
    assert await world.db.write(extend) == 0  # it is over


async def test_an_ended_hold_is_not_extended(world, clock, order):
    clock.forward(world.shop.rules.hold)
    until = timedelta(hours=1)
    late = await world.db.write(lambda tx: tx.changed(orders.EXTEND, order=order.id, now=tx.now, until=tx.now + until))
    assert late == 0


async def test_the_schema_refuses_an_order_that_can_not_be(world, order):
    for change in ("state = 'lost'", "total = -1", "state = 'in_review'", "number = NULL", "person_id = 'nobody'"):
        with pytest.raises(IntegrityError):
            await run(world, f"UPDATE orders SET {change}")


@pytest.mark.parametrize("column", ["number", "request_key"])
async def test_a_number_and_a_request_are_one_order(world, order, column):
    columns = [one.name for one in orders.orders.columns if one.name != "id"]
    other = {"number": "'AAAA-AAAA'", "request_key": "'another'"}
    copy = "INSERT INTO orders ({}) SELECT {} FROM orders"
    same = [name if name == column or name not in other else other[name] for name in columns]
    with pytest.raises(IntegrityError):
        await run(world, copy.format(", ".join(columns), ", ".join(same)))
    await run(world, copy.format(", ".join(columns), ", ".join(other.get(name, name) for name in columns)))


# What it was


async def test_an_order_says_what_was_bought(order):
    assert (order.terms.slug, order.quantity, order.total) == ("steam", 2, Money(20000, "CNY"))
    assert [(unit.position, unit.price, unit.state) for unit in order.units] == [
        (1, 10000, UnitState.RESERVED),
        (2, 10000, UnitState.RESERVED),
    ]


async def test_what_a_product_asked_is_sealed_and_bound_to_its_order(world, lin):
    form = [{"name": "account", "label": {"en": "Account"}}, {"name": "server", "label": {"en": "Server"}}]
    topup = await world.make("topup", kind="by_hand", form=form)
    told = {"account": "lin@game", "server": "eu", "unasked": "x"}
    one = await counter.place(world, lin, topup, answers=told)
    other = await counter.place(world, lin, topup, answers={**told, "account": "bao@game"})
    answers = await world.db.read(orders.answers_of, one)
    assert answers == {"account": "lin@game", "server": "eu"}
    assert one.terms.asked == {"account": {"en": "Account"}, "server": {"en": "Server"}}
    [sealed] = await ask(world, "SELECT answers FROM lines WHERE order_id = :order", order=one.id)
    assert b"game" not in sealed
    drop = "DROP TRIGGER lines_keep_their_terms"
    on = " ON lines" if await world.db.read(lambda tx: tx.dialect) == "postgresql" else ""
    move = "UPDATE lines SET answers = :sealed WHERE order_id = :order"
    await run(world, drop + on, move, sealed=sealed, order=other.id)
    with pytest.raises(Tampered):
        await world.db.read(orders.answers_of, other)


async def plan(world: World, statement: Any) -> str:
    """How SQLite would look for it."""
    written = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    rows = await world.db.read(lambda tx: tx.all(text(f"EXPLAIN QUERY PLAN {written}")))
    return str([row[-1] for row in rows])


@pytest.mark.parametrize("store", ["sqlite"])
async def test_held_orders_are_found_without_reading_every_order(world):
    limited = orders.HELD.limit(6)
    assert "ix_orders_in_review" in await plan(world, limited)
    by_id = limited.order_by(None).order_by(orders.orders.c.id)
    assert "ix_orders_in_review" not in await plan(world, by_id), "the control"
