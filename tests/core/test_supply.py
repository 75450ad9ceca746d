"""What is bought when it is paid for: handed over once, looked up when nobody answers, never bought twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from core import aftersales, cards, catalog, inventory, orders, pasted, purchases, reconcile, supply, units
from core.catalog import Product
from core.customers import Person
from core.ground import outbox
from core.ground.money import Money
from core.orders import Order, State
from core.pasted import PastedCode
from core.purchases import Bought, Purchase
from core.supply import BuyingOutcome, SupplierCall
from core.units import Obligation, UnitState
from tests.core import counter
from tests.core.counter import ask
from tests.world import World

SETTLES = timedelta(minutes=1)
COST = Money(9000, "CNY")
ROWS = select(outbox.outbox.c.due_at, outbox.outbox.c.made_at).where(outbox.outbox.c.kind == "buy")
LAST_ROW = ROWS.order_by(outbox.outbox.c.id.desc()).limit(1)


@pytest.fixture
async def roblox(world: World) -> Product:
    """Bought from the supplier when it is paid for."""
    return await world.make("roblox", kind="on_demand", supplier="sandbox", sku="RBX-10")


async def ordered(world: World, person: Person, product: Product, many: int = 1) -> Order:
    """Paid and passed: the supplier owes its units."""
    return await counter.weigh(world, await counter.pay(world, await counter.place(world, person, product, many)))


async def purchase(world: World, order: Order, unit: int = 0) -> Purchase:
    return (await world.db.read(purchases.of_unit, order.units[unit].id))[-1]


async def begins(world: World, order: Order, unit: int = 0) -> SupplierCall | None:
    return await world.db.write(supply.buying_begins, (await purchase(world, order, unit)).id)


async def ends(world: World, call: SupplierCall | Purchase, *args: Any, **facts: Any) -> None:
    number = call.purchase if isinstance(call, SupplierCall) else call.id
    await world.db.write(supply.buying_ended, number, BuyingOutcome(*args, **facts), SETTLES)
    await holds(world)


async def holds(world: World) -> None:
    """Every invariant, but for what waits because nobody works here."""
    found = await world.db.read(reconcile.check)
    assert [str(finding) for finding in found if finding.check.id != "L3"] == []


def codes(*lines: str) -> tuple[PastedCode, ...]:
    return pasted.read(lines).codes


async def alarms(world: World) -> list[str]:
    return await ask(world, "SELECT effect_key FROM outbox WHERE effect_key LIKE 'say alarm supplier%' ORDER BY id")


async def stock(world: World) -> dict[str, int]:
    counts = await world.db.read(inventory.counts)
    return dict(sum((Counter(of) for of in counts.values()), Counter()))


async def looks(world: World) -> list[str]:
    return await ask(world, "SELECT effect_key FROM outbox WHERE kind = 'buy' ORDER BY id")


# The good way


async def test_a_code_is_bought_and_goes_to_its_buyer(world, lin, roblox):
    order = await ordered(world, lin, roblox)
    [unit] = order.units
    assert (order.state, unit.state, unit.obligation) == (State.FULFILLING, UnitState.BACKORDER, Obligation.SUPPLIER)
    call = await begins(world, order)
    assert call is not None
    assert (call.supplier, call.sku, call.ask_first) == ("sandbox", "RBX-10", False)
    assert call.reference == f"{order.number}-1-1"
    await ends(world, call, "done", codes("AAAA-1|0001"), COST, "RBX-10")

    found = await purchase(world, order)
    assert found.state is Bought.CONFIRMED
    assert await ask(world, "SELECT cost FROM purchases") == [9000]
    assert await ask(world, "SELECT unit_cost FROM batches") == [9000]
    spoken = await counter.send(world, order)
    assert spoken is not None
    assert [code.reveal() for code in spoken.codes] == ["AAAA-1 0001"]
    assert (await counter.now(world, order)).state is State.DELIVERED
    await holds(world)


async def test_each_unit_is_bought_by_itself(world, lin, roblox):
    order = await ordered(world, lin, roblox, 3)
    assert await looks(world) == [f"buy {order.number}-{n}-1 0" for n in (1, 2, 3)]
    for n in (2, 0, 1):
        call = await begins(world, order, n)
        assert call is not None
        await ends(world, call, "done", codes(f"CODE-{n}"), COST)
    spoken = await counter.send(world, order)
    assert spoken is not None
    assert [code.reveal() for code in spoken.codes] == ["CODE-0", "CODE-1", "CODE-2"]
    assert (await counter.now(world, order)).state is State.DELIVERED


async def test_what_the_product_asked_of_the_buyer_goes_along(world, lin):
    form = [{"name": "uid", "label": {"en": "UID"}, "pattern": r"\d+"}]
    topup = await world.make("topup", kind="on_demand", supplier="sandbox", form=form, hand_minutes=30)
    placed = await counter.place(world, lin, topup, answers={"uid": "42"})
    order = await counter.weigh(world, await counter.pay(world, placed))
    call = await begins(world, order)
    assert call is not None
    assert call.answers == {"uid": "42"}
    assert "42" not in repr(call)
    assert call.sku == "topup"  # the supplier calls it as we do
    [(due, paid)] = await world.db.read(
        lambda tx: tx.all(select(units.units.c.due_at, orders.orders.c.paid_at).join(orders.orders))
    )
    assert timedelta(minutes=30) <= due - paid < timedelta(minutes=31)


async def test_without_a_supplier_staff_make_it(world, lin, chen):
    """The kind alone buys nothing."""
    made = await world.make("made", kind="on_demand")
    assert made.made_by_staff
    assert not made.is_bought
    order = await ordered(world, lin, made)
    assert order.units[0].obligation is Obligation.BY_HAND
    assert await world.count(purchases.purchases) == 0
    for kind, supplier, staff in [("by_hand", None, True), ("by_hand", "x", True), ("unique", "x", False)]:
        assert catalog.made_by_staff(kind, supplier) is staff


async def test_what_lies_in_stock_is_sold_first(world, lin, roblox):
    stocked = await world.stock(roblox, 1)
    order = await ordered(world, lin, roblox, 2)
    assert [unit.obligation for unit in order.units] == [Obligation.DELIVER, Obligation.SUPPLIER]
    spoken = await counter.send(world, order)
    assert spoken is not None
    assert [code.reveal() for code in spoken.codes] == stocked
    await holds(world)


async def test_a_repeat_changes_nothing(world, lin, roblox):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    for _ in range(2):
        await ends(world, call, "done", codes("AAAA-1"), COST)
    await ends(world, call, "silent")
    await ends(world, call, "failed")
    assert await stock(world) == {"granted": 1}
    assert await begins(world, order) is None
    assert len(await looks(world)) == 1


# No answer


async def test_silence_is_looked_up_and_never_bought_anew(world, lin, roblox, clock):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    for n in range(1, 9):
        await ends(world, call, "silent", why="no answer")
        assert (await purchase(world, order)).state is Bought.UNKNOWN
        assert (await looks(world))[-1] == f"buy {call.reference} {n}"
        clock.forward(timedelta(minutes=10))
        again = await begins(world, order)
        assert again is not None
        assert (again.reference, again.ask_first) == (call.reference, True)
    assert await world.count(purchases.purchases) == 1
    await ends(world, call, "done", codes("AAAA-1"), COST)
    assert (await counter.now(world, order)).units[0].state is UnitState.GRANTED


async def test_looks_are_due_as_the_schedule_says(world, lin, roblox):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    for wait in purchases.LOOKS:
        await ends(world, call, "silent")
        due, made = await world.db.read(lambda tx: tx.one(LAST_ROW))
        assert due - made == wait


async def test_the_buyer_hears_that_it_takes_longer(world, lin, roblox):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    said = [f"say preparing {order.number}"]
    await ends(world, call, "silent")
    assert await ask(world, "SELECT effect_key FROM outbox WHERE effect_key LIKE 'say preparing%'") == []
    for _ in range(4):
        await ends(world, call, "silent")
    assert await ask(world, "SELECT effect_key FROM outbox WHERE effect_key LIKE 'say preparing%'") == said
    shown = await counter.read(world, lin, cards.status(await counter.now(world, order)))
    assert order.number in shown.revealed()


async def test_done_without_codes_is_not_done(world, lin, roblox):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    await ends(world, call, "done", ())
    found = await purchase(world, order)
    assert (found.state, found.seen) == (Bought.UNKNOWN, True)
    await ends(world, call, "done", codes("AAAA-1"), COST)
    assert (await purchase(world, order)).state is Bought.CONFIRMED


async def test_never_heard_of_it_is_believed_twice_after_its_time(world, lin, roblox, clock):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    for _ in range(3):  # too early: it may not know yet itself
        await ends(world, call, "not_found")
    clock.forward(SETTLES)
    await ends(world, call, "not_found")
    assert (await purchase(world, order)).attempt == 1
    await ends(world, call, "silent")
    await ends(world, call, "not_found")
    found = await purchase(world, order)
    assert (found.attempt, found.state, found.reference) == (2, Bought.INTENT, f"{order.number}-1-2")
    assert await ask(world, "SELECT state FROM purchases ORDER BY id") == ["failed", "intent"]


async def test_a_clock_that_jumps_makes_nobody_believe_it(world, lin, roblox, clock):
    """By the clock two hours are over; the supplier has had a few seconds."""
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    clock.forward(timedelta(hours=2))
    for _ in range(3):
        await ends(world, call, "not_found")
    found = await purchase(world, order)
    assert (found.attempt, found.not_found) == (1, 0)


async def test_what_it_once_had_it_cannot_never_have_heard_of(world, lin, roblox, clock):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    await ends(world, call, "pending")
    clock.forward(timedelta(hours=1))
    for _ in range(5):
        await ends(world, call, "not_found")
    assert (await purchase(world, order)).attempt == 1


async def test_a_supplier_that_was_not_reached_is_called_again_under_the_same_reference(world, lin, roblox):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    await ends(world, call, "not_begun", why="not reached")
    again = await begins(world, order)
    assert again is not None
    assert (again.reference, again.ask_first) == (call.reference, False)
    assert (await looks(world))[-1] == f"buy {call.reference} 1"


# Definite failures


async def test_a_refusal_is_tried_again_so_many_times_and_then_the_money_goes_back(world, lin, chen, roblox):
    order = await ordered(world, lin, roblox)
    for attempt in range(1, world.shop.rules.supplier_tries + 1):
        call = await begins(world, order)
        assert call is not None
        assert call.reference == f"{order.number}-1-{attempt}"
        await ends(world, call, "failed", why="out-of-stock")
    assert len(await alarms(world)) == 1
    assert await begins(world, order) is None
    order = await counter.refunds_end(world, order)
    assert (order.state, order.units[0].state) == (State.REFUNDED, UnitState.REFUNDED)
    await holds(world)


async def test_one_unit_goes_back_and_the_others_are_delivered(world, lin, chen, roblox):
    order = await ordered(world, lin, roblox, 2)
    for _ in range(world.shop.rules.supplier_tries):
        call = await begins(world, order, 1)
        assert call is not None
        await ends(world, call, "failed")
    call = await begins(world, order, 0)
    assert call is not None
    await ends(world, call, "done", codes("AAAA-1"), COST)
    await counter.send(world, order)
    order = await counter.refunds_end(world, order)
    assert [unit.state for unit in order.units] == [UnitState.SENT, UnitState.REFUNDED]
    assert order.state is State.DELIVERED
    await holds(world)


async def test_units_that_go_back_one_by_one_end_as_refunded(world, lin, chen, roblox):
    order = await ordered(world, lin, roblox, 2)
    for n in (0, 1):
        for _ in range(world.shop.rules.supplier_tries):
            call = await begins(world, order, n)
            assert call is not None
            await ends(world, call, "failed")
        order = await counter.refunds_end(world, order)
    assert order.state is State.REFUNDED
    await holds(world)


@pytest.mark.parametrize(
    ("lines", "sku", "why"),
    [
        (("AAAA-1", "AAAA-2"), None, "supply-wrong-count"),
        (("AAAA-1",), "RBX-100", "supply-wrong-sku"),
        (("AAAA-1|2020-01-01",), None, "supply-expired"),
    ],
)
async def test_what_is_not_what_was_bought_is_kept_apart_and_not_delivered(world, lin, chen, roblox, lines, sku, why):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    for _ in range(2):
        await ends(world, call, "done", codes(*lines), COST, sku)
    assert await stock(world) == {"quarantined": len(lines)}
    assert await world.count(purchases.purchases) == 1  # it is paid for: no second one is bought
    assert [key for key in await alarms(world) if why in key]
    assert await counter.send(world, order) is None
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    await holds(world)


async def test_a_code_the_shop_has_or_had_is_not_delivered_again(world, lin, bao, chen, roblox):
    """S7: sold to Lin, and once more to Bao."""
    for person in (lin, bao):
        order = await ordered(world, person, roblox)
        call = await begins(world, order)
        assert call is not None
        await ends(world, call, "done", codes("AAAA-1"), COST)
    assert await stock(world) == {"granted": 1}
    assert (await purchase(world, order)).state is Bought.FAILED
    assert len(await alarms(world)) == 1
    assert await counter.send(world, order) is None
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED


# Time


async def test_what_does_not_come_in_time_is_refunded_and_still_looked_up(world, lin, bao, chen, roblox, clock):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    await ends(world, call, "silent")
    assert await world.db.read(supply.overdue) == []
    await world.db.write(supply.give_up, order.id)
    assert (await counter.now(world, order)).state is State.FULFILLING
    clock.forward(world.shop.rules.supply_within + timedelta(minutes=1))
    assert await world.db.read(supply.overdue) == [order.id]
    for _ in range(2):
        await world.db.write(supply.give_up, order.id)
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED

    again = await begins(world, order)
    assert again is not None
    assert again.ask_first
    await world.db.write(supply.buying_ended, again.purchase, BuyingOutcome("silent"), SETTLES)
    late = BuyingOutcome("done", codes("AAAA-1"), COST)
    await world.db.write(supply.buying_ended, again.purchase, late, SETTLES)
    assert await stock(world) == {"available": 1}  # not to the buyer, who has the money
    assert await counter.send(world, order) is None

    other = await ordered(world, bao, roblox)
    assert other.units[0].obligation is Obligation.DELIVER  # and is sold to the next one
    spoken = await counter.send(world, other)
    assert spoken is not None
    assert [code.reveal() for code in spoken.codes] == ["AAAA-1"]


async def test_what_nobody_waits_for_any_more_is_not_bought(world, lin, roblox):
    order = await ordered(world, lin, roblox)
    await world.db.write(aftersales.refund, order.id, "buyer", lin.id)
    assert await begins(world, order) is None
    assert (await purchase(world, order)).state is Bought.FAILED


async def test_a_purchase_that_was_given_up_and_comes_after_all_goes_to_stock(world, lin, chen, roblox, clock):
    order = await ordered(world, lin, roblox)
    first = await begins(world, order)
    assert first is not None
    clock.forward(SETTLES)
    while (await purchase(world, order)).attempt == 1:
        await ends(world, first, "not_found")
    second = await begins(world, order)
    assert second is not None
    assert second.reference != first.reference
    await ends(world, second, "done", codes("BBBB-2"), COST)
    for _ in range(2):
        await ends(world, first, "done", codes("AAAA-1"), COST)
    assert await stock(world) == {"available": 1, "granted": 1}
    assert [key for key in await alarms(world) if "supply-late" in key]
    spoken = await counter.send(world, order)
    assert spoken is not None
    assert [code.reveal() for code in spoken.codes] == ["BBBB-2"]


async def test_after_a_month_staff_are_asked(world, lin, chen, roblox, clock):
    order = await ordered(world, lin, roblox)
    call = await begins(world, order)
    assert call is not None
    for _ in range(len(purchases.LOOKS)):
        await world.db.write(supply.buying_ended, call.purchase, BuyingOutcome("silent"), SETTLES)
    clock.forward(purchases.LONGEST + timedelta(days=1))
    many = len(await looks(world))
    await world.db.write(supply.buying_ended, call.purchase, BuyingOutcome("silent"), SETTLES)
    assert len(await looks(world)) == many
    assert [key for key in await alarms(world) if "supply-unknown" in key]
    assert (await purchase(world, order)).state is Bought.UNKNOWN


# Races


async def test_of_two_workers_one_buys_and_the_other_asks(world, lin, roblox):
    for _ in range(10):
        order = await ordered(world, lin, roblox)
        number = (await purchase(world, order)).id
        calls = await asyncio.gather(*(world.db.write(supply.buying_begins, number) for _ in range(4)))
        assert sorted(call.ask_first for call in calls) == [False, True, True, True]
        await asyncio.gather(
            *(
                world.db.write(
                    supply.buying_ended, number, BuyingOutcome("done", codes(f"C-{number}"), COST, "RBX-10"), SETTLES
                )
                for _ in range(4)
            )
        )
        await counter.send(world, order)
        assert (await counter.now(world, order)).state is State.DELIVERED
    assert await stock(world) == {"granted": 10}
    await holds(world)


async def test_without_the_guard_two_workers_both_buy(world, lin, roblox, monkeypatch):
    """The control: a call that doesn't ask what state it found."""

    def careless(tx: Any, purchase: int) -> bool:
        tx.changed(text("UPDATE purchases SET state = 'called', called_at = made_at WHERE id = :p"), p=purchase)
        return True

    monkeypatch.setattr(purchases, "call", careless)
    order = await ordered(world, lin, roblox)
    number = (await purchase(world, order)).id
    calls = await asyncio.gather(*(world.db.write(supply.buying_begins, number) for _ in range(4)))
    assert [call.ask_first for call in calls] == [False] * 4


async def test_a_code_and_a_refund_meet(world, lin):
    """Either the buyer gets the code or the money; never both, never neither."""
    ends_seen = set()
    for n in range(12):
        # one product a round: what comes too late is sold to the next buyer of it
        product = await world.make(f"meet-{n}", kind="on_demand", supplier="sandbox")
        order = await ordered(world, lin, product)
        call = await begins(world, order)
        assert call is not None
        done = BuyingOutcome("done", codes(f"MEET-{n}"), COST)
        both = [
            world.db.write(supply.buying_ended, call.purchase, done, SETTLES),
            world.db.write(aftersales.refund, order.id, "buyer", lin.id),
        ]
        await asyncio.gather(*(both if n % 2 else reversed(both)))
        await counter.send(world, order)
        order = await counter.refunds_end(world, order)
        ends_seen.add((order.state, order.units[0].state))
    assert ends_seen <= {(State.DELIVERED, UnitState.SENT), (State.REFUNDED, UnitState.REFUNDED)}
    found = await stock(world)
    assert sum(found.values()) == 12
    assert set(found) <= {"granted", "available"}
    await holds(world)


async def test_two_attempts_are_never_under_way(world, lin, roblox):
    order = await ordered(world, lin, roblox)
    unit = order.units[0]
    with pytest.raises(IntegrityError):
        await world.db.write(purchases._intend, order, unit, 2, unit.due_at, unit.due_at)
    assert (await world.db.read(orders.get, order.id)).units[0].obligation is Obligation.SUPPLIER
