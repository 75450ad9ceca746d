"""The figures that whoever watches the shop sees: what is owed and since when, what waits, what is there."""

from __future__ import annotations

from datetime import timedelta

from core import gauges, switches
from core.findings import LEVELS, Finding, Look, looked
from core.gauges import Counted, Standing, Stock
from core.ground import inbox, outbox
from core.ground.money import Money
from core.ground.tx import Tx
from core.units import Obligation
from tests.core.counter import pay, place, run, sold
from tests.world import World

MINUTE = timedelta(minutes=1)


async def standing(world: World) -> Standing:
    return await world.db.read(gauges.standing)


async def counted(world: World) -> Counted:
    return await world.db.read(gauges.counted)


def positive(figures):
    return {key: value for key, value in figures.items() if value}


async def test_a_new_shop_has_every_figure_and_all_are_nothing(world):
    now, there = await standing(world), await counted(world)
    assert not positive(now.owed)
    assert {what for what, _ in now.owed} == set(now.overdue) == set(Obligation)
    assert (now.oldest, now.queues, now.claims, now.unchecked) == (0.0, [], 0, False)
    assert now.findings == {"advice": 0, "error": 0, "down": 0}
    assert not positive(there.orders)
    assert (there.stock, there.money, there.unmatched) == ([], (), 0)


async def test_what_is_owed_grows_older_and_then_overdue(world, lin, steam):
    await world.stock(steam, 2)
    await pay(world, await place(world, lin, steam, 2))
    ages = []
    for wait in (MINUTE, 20 * MINUTE, 2 * 60 * MINUTE, 30 * 60 * MINUTE):
        world.clock.forward(wait)
        now = await standing(world)
        [(owed, many)] = positive(now.owed).items()
        ages.append((*owed, many, now.overdue["risk"] > 0))
    assert [age for _, age, *_ in ages] == ["under_15m", "under_1h", "under_1d", "over_1d"]
    assert {(what, many) for what, _, many, _ in ages} == {("risk", 2)}
    assert [late for *_, late in (ages[0], ages[-1])] == [False, True]
    assert now.oldest > 30 * 3600


async def test_a_sale_is_counted_where_it_belongs(world, lin, steam):
    await world.stock(steam, 3)
    await sold(world, lin, steam)
    await place(world, lin, steam)
    there = await counted(world)
    assert positive(there.orders) == {"delivered": 1, "awaiting_payment": 1}
    assert there.stock == [Stock("steam", 1, 1, False)]
    [flow] = there.money
    assert (flow.rail, flow.came, flow.back) == ("sandbox", Money(10000, "CNY"), Money(0, "CNY"))


async def test_what_can_not_be_sold_is_no_stock(world, lin, steam):
    """A figure that counted it would keep the alarm from ringing."""
    await world.stock(steam, 4)
    assert (await counted(world)).stock == [Stock("steam", 4, 0, False)]
    await run(
        world, "UPDATE codes SET expires_on = '2020-01-01' WHERE id IN (SELECT id FROM codes ORDER BY id LIMIT 3)"
    )
    assert (await counted(world)).stock == [Stock("steam", 1, 0, False)]
    await run(world, "UPDATE codes SET expires_on = '2020-01-01'")
    assert (await counted(world)).stock == [Stock("steam", 0, 0, True)]
    await run(world, "UPDATE products SET on_sale = false")
    assert (await counted(world)).stock == [Stock("steam", 0, 0, False)]


async def test_shared_codes_count_by_their_uses(world):
    await world.stock(await world.make("shared", kind="shared"), 1, uses=40)
    assert (await counted(world)).stock == [Stock("shared", 40, 0, False)]


async def test_only_what_is_due_makes_a_queue_late(world):
    def waits(tx: Tx) -> None:
        outbox.put(tx, "say", "now", person="test:a")
        outbox.put(tx, "refund", "tomorrow", due=tx.now + timedelta(days=1))
        inbox.store(tx, "stripe", "evt_1", "{}")

    await world.db.write(waits)
    world.clock.forward(90 * MINUTE)
    found = {(one.name, one.kind): (one.due, round(one.late, -2)) for one in (await standing(world)).queues}
    assert found == {("outbox", "say"): (1, 5400.0), ("inbox", "stripe"): (1, 5400.0)}


async def test_notices_are_told_apart_by_what_became_of_them_and_forgotten_after_a_day(world):
    def came(tx: Tx) -> None:
        for number in range(6):
            inbox.store(tx, "stripe", f"evt_{number}", "{}")
        inbox.done(tx, "stripe", "evt_0")
        [row, *_] = inbox.claim(tx, ["stripe"], 1)
        inbox.failed(tx, row, "no", permanent=True)
        inbox.refuse(tx, "stripe", "the signature is wrong")

    await world.db.write(came)
    there = await counted(world)
    assert there.notices == {
        ("stripe", "done"): 1,
        ("stripe", "dead"): 1,
        ("stripe", "waiting"): 4,
        ("stripe", "refused"): 1,
    }
    assert there.dead == {("inbox", "stripe"): 1}
    world.clock.forward(timedelta(hours=25))
    await world.db.write(inbox.store, "paypal", "evt_1", "{}")
    there = await counted(world)
    assert there.notices == {("paypal", "waiting"): 1}
    assert there.dead == {("inbox", "stripe"): 1}


async def test_deliveries_are_counted_by_chat_and_outcome(world):
    def went(tx: Tx) -> None:
        for number in range(4):
            outbox.put(tx, "deliver", f"deliver {number}", to=f"test:{number}", order=number)
        one, two, three = outbox.claim(tx, ["deliver"], ["test"], 3)
        outbox.done(tx, one.id)
        outbox.failed(tx, two, "closed", permanent=True)
        outbox.failed(tx, three, "busy")

    await world.db.write(went)
    world.clock.forward(10 * MINUTE)
    await world.db.write(lambda tx: [outbox.done(tx, row.id) for row in outbox.claim(tx, ["deliver"], ["test"], 9)])
    there = await counted(world)
    assert there.deliveries == {("test", "done"): 3, ("test", "failed"): 1}
    assert there.retried == {"test": 1}
    assert there.dead == {("outbox", "deliver"): 1}


async def test_what_is_found_and_switched_shows(world, chen):
    await world.db.write(looked, Look([Finding("D030", facts={"what": "no key"})], frozenset(LEVELS)))
    await run(world, "INSERT INTO switches VALUES ('shop', true, 'chen', '2026-01-01', NULL, NULL, 1)")
    now = await standing(world)
    assert now.findings["down"] == 1
    assert now.switches == [switches.SHOP]
