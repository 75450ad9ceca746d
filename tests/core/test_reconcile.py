"""The invariants: each finds its violation, made behind the schema's back, and none is found where all is well."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import TextClause, text

from core import aftersales, kin, reconcile
from core.catalog import Product
from core.customers import Person
from core.ground import audit, inbox
from core.ground.db import Tx
from core.ground.triggers import TRIGGERS, Trigger
from core.pasts import Fate
from core.reconcile import CHECKS, SHOWN, Broken, Finding
from tests.core import counter
from tests.core.counter import run
from tests.world import World

LONG_AGO = "'2020-01-01 00:00:00.000000'"
MOMENT = "'2026-01-01 00:00:00.000000'"
LATER = "'2026-06-01 00:00:00.000000'"
SOLD = "(SELECT MIN(id) FROM codes WHERE state = 'granted' AND max_uses = 1)"
STOCKED = "(SELECT MIN(id) FROM codes WHERE state = 'available' AND max_uses = 1)"
WAITING = "(SELECT MIN(id) FROM orders WHERE state = 'awaiting_payment')"
DELIVERED = "(SELECT MIN(id) FROM orders WHERE state = 'delivered')"
PAID = "(SELECT MIN(id) FROM orders WHERE state = 'paid')"
GRANT = "INSERT INTO grants (unit_id, code_id, kind, granted_at) SELECT {}, {}, 'one', " + MOMENT


def in_store(statement: str, dialect: str) -> str:
    """`NOCHECK table.constraint` is said differently."""
    if not statement.startswith("NOCHECK "):
        return statement
    table, _, constraint = statement.removeprefix("NOCHECK ").partition(".")
    if dialect == "sqlite":
        return "PRAGMA ignore_check_constraints = ON"
    return f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{constraint}"


MAILED = (
    "INSERT INTO attempts (order_id, way, what, outcome, contact_id, shown, reference, at) "
    f"SELECT {DELIVERED}, 'email', 'codes', 'sent', MAX(id), '', '', {MOMENT} FROM contacts"
)


def _gives(person: str, proved: str) -> str:
    """An address of somebody's, that has ended; the order is lin's."""
    return (
        "INSERT INTO contacts (key, person_id, fingerprint, masked, at, until, guesses, proved_at, ended_at) "
        f"SELECT 'given', '{person}', fingerprint, '', {MOMENT}, {MOMENT}, 0, {proved}, {MOMENT} FROM codes LIMIT 1"
    )


def _claim(number: str, state: str, due: str, ended: str) -> str:
    """A claim about a code of the delivered order, which nothing took the place of."""
    by = "'chen'" if ended != "NULL" else "NULL"
    return (
        "INSERT INTO claims (number, request_key, order_id, unit_id, grant_id, customer_id, buyer, kind, state, "
        "version, evidence, appealed, opened_at, due_at, ended_at, decided_by) "
        f"SELECT '{number}', '{number}', o.id, u.id, g.id, o.customer_id, o.person_id, 'invalid', '{state}', "
        f"1, 0, FALSE, {MOMENT}, {due}, {ended}, {by} "
        "FROM orders o JOIN units u ON u.order_id = o.id JOIN grants g ON g.unit_id = u.id "
        f"WHERE o.id = {DELIVERED} LIMIT 1"
    )


def _event(what: str, detail: str) -> str:
    """In the delivered order's story."""
    return (
        "INSERT INTO order_events (order_id, at, what, actor, detail) "
        f"SELECT {DELIVERED}, {MOMENT}, '{what}', 'chen', '{detail}'"
    )


# By check: ways to break it, each a few statements.
BROKEN: dict[str, list[list[str]]] = {
    "S1": [
        [
            "DROP INDEX uq_grants_code_id_one",
            GRANT.format(f"(SELECT MIN(id) FROM units WHERE order_id = {WAITING})", SOLD),
        ],
    ],
    "S2": [["DROP INDEX uq_grants_unit_id_live", GRANT.format("(SELECT MIN(unit_id) FROM grants)", STOCKED)]],
    "S3": [
        [f"DELETE FROM codes WHERE id = {STOCKED}"],
        ["UPDATE batches SET size = size + 1 WHERE id = (SELECT MIN(id) FROM batches)"],
    ],
    "S4": [
        [f"UPDATE codes SET state = 'available', uses = 0 WHERE id = {SOLD}"],
        [f"UPDATE codes SET state = 'reserved' WHERE id = {STOCKED}"],
        ["UPDATE codes SET state = 'available' WHERE state = 'reserved'"],
    ],
    "S5": [
        [f"UPDATE orders SET state = 'expired' WHERE id = {WAITING}"],
        [f"UPDATE orders SET state = 'cancelled' WHERE id = {WAITING}"],
        [f"UPDATE orders SET expires_at = {LONG_AGO} WHERE id = {WAITING}"],
        [f"UPDATE orders SET state = 'refunded' WHERE id = {PAID}"],
    ],
    "S6": [
        ["UPDATE codes SET uses = uses - 1 WHERE max_uses > 1"],
        ["UPDATE codes SET held = held + 1 WHERE max_uses > 1"],
        ["UPDATE codes SET held = 0 WHERE state = 'reserved'"],
    ],
    "S8": [
        [
            "UPDATE units SET state = 'granted', obligation = 'deliver', owner = 'shop', due_at = "
            f"{MOMENT} WHERE order_id = {PAID}"
        ],
        [f"DELETE FROM reservations WHERE unit_id IN (SELECT id FROM units WHERE order_id = {WAITING})"],
        [f"DELETE FROM reservations WHERE unit_id IN (SELECT id FROM units WHERE order_id = {PAID})"],
    ],
    "M1": [
        ["DELETE FROM entries WHERE account LIKE 'owed:%' AND amount > 0"],
        ["UPDATE refunds SET state = 'done'"],
        ["UPDATE refunds SET amount = amount - 1"],
        [
            f"UPDATE units SET state = 'sent', obligation = NULL, owner = NULL, due_at = NULL WHERE order_id = {PAID}",
        ],
        [f"UPDATE units SET price = price + 1 WHERE order_id = {PAID}"],
    ],
    "M3": [["UPDATE refunds SET amount = amount + 1000000"], ["UPDATE refunds SET currency = 'USD'"]],
    "M4": [
        [f"UPDATE orders SET paid_at = {MOMENT} WHERE id = {WAITING}"],
        [f"UPDATE orders SET total = total + 1000 WHERE id = {DELIVERED}"],
        [f"UPDATE receipts SET currency = 'USD' WHERE order_id = {DELIVERED}"],
    ],
    "M5": [
        [f"INSERT INTO entries (posting, account, amount, currency, at) SELECT 'p', 'sales', 1, 'CNY', {MOMENT}"],
        ["UPDATE entries SET currency = 'USD' WHERE amount > 0"],
        ["DELETE FROM entries WHERE amount > 0"],
    ],
    "M6": [
        [f"UPDATE orders SET paid_at = NULL WHERE id = {DELIVERED}"],
        [f"UPDATE units SET state = 'refunded' WHERE order_id = {DELIVERED}"],
    ],
    "M7": [
        [
            "NOCHECK receipts.never_lost",
            "UPDATE receipts SET obligation = NULL, owner = NULL, due_at = NULL WHERE order_id IS NULL",
        ],
    ],
    "M10": [
        [
            "UPDATE receipts SET obligation = NULL, owner = NULL, due_at = NULL, kept_at = received_at "
            "WHERE order_id IS NULL",
        ],
    ],
    "M8": [
        [
            "INSERT INTO entries (posting, account, amount, currency, at) "
            f"SELECT 'p', 'credit:1:CNY', 1, 'CNY', {MOMENT}",
        ],
    ],
    "M9": [
        [
            "INSERT INTO old_credits (shop, source, member, sealed, fingerprint, amount, currency, posted, state, at) "
            f"SELECT 'csv', 'x', '7', sealed, fingerprint, 100, 'CNY', 1, 'waits', {MOMENT} FROM codes LIMIT 1",
        ],
    ],
    "L1": [
        [f"UPDATE units SET obligation = NULL, owner = NULL, due_at = NULL WHERE order_id = {PAID}"],
        [f"UPDATE units SET state = 'granted' WHERE order_id = {DELIVERED}"],
    ],
    "L2": [[f"UPDATE units SET due_at = {LONG_AGO} WHERE obligation IS NOT NULL"]],
    "L3": [
        [f"UPDATE outbox SET due_at = {LONG_AGO}"],
        [f"UPDATE inbox SET due_at = {LONG_AGO}"],
        [f"UPDATE outbox SET due_at = {LONG_AGO}, leased_until = {LONG_AGO}"],
    ],
    "E3": [
        [
            "DROP INDEX uq_purchases_unit_id_not_failed",
            "INSERT INTO purchases (unit_id, product_id, supplier, sku, reference, attempt, state, looks, not_found, "
            "seen, due_at, made_at) SELECT unit_id, product_id, supplier, sku, 'another', 2, 'intent', 0, 0, seen, "
            "due_at, made_at FROM purchases",
        ],
    ],
    "L5": [
        ["DELETE FROM purchases"],
        [f"UPDATE purchases SET state = 'confirmed', called_at = {MOMENT}, ended_at = {MOMENT}"],
        [f"UPDATE purchases SET state = 'failed', ended_at = {MOMENT}"],
    ],
    "C1": [[_claim("C-1", "in_review", LONG_AGO, "NULL")]],
    "C2": [
        [
            "DROP INDEX uq_claims_unit_id_going_on",
            _claim("C-1", "open", LATER, "NULL"),
            _claim("C-2", "in_review", LATER, "NULL"),
        ],
    ],
    "C3": [[_claim("C-1", "replaced", "NULL", MOMENT)]],
    "C4": [[_event("goodwill", '{"units": [1]}'), _event("replaced", '{"unit": 1}')]],
    "E2": [
        [_gives("test:lin", "NULL"), MAILED],
        [_gives("test:lin", LATER), MAILED],
        [_gives("test:bao", MOMENT), MAILED],
    ],
    "A2": [[f"UPDATE orders SET customer_id = (SELECT MAX(id) FROM customers) WHERE id = {DELIVERED}"]],
    "A3": [
        ["UPDATE people SET customer_id = (SELECT MIN(id) FROM customers) WHERE id = 'test:eve'"],
        ["UPDATE people SET customer_id = (SELECT MAX(began_as) FROM linked) WHERE id = 'test:fay'"],
    ],
    "G1": [
        [  # whoever opened it had never come by its link
            "INSERT INTO gifts (key, order_id, unit_id, giver, fingerprint, made_at, expires_at, state, opened_by, "
            f"ended_at) SELECT 'forged', u.order_id, u.id, 'test:lin', c.fingerprint, {MOMENT}, {MOMENT}, 'opened', "
            f"'test:bao', {MOMENT} FROM units u, codes c WHERE c.id = {SOLD} AND u.order_id = {DELIVERED}"
        ],
    ],
    "G2": [
        [
            "INSERT INTO redemptions (unit_id, code_id, source, told_by, told_at, key) "
            f"SELECT MIN(id), {STOCKED}, 'seller', 'test:lin', {MOMENT}, 'forged' FROM units"
        ],
    ],
    "S9": [
        [
            "INSERT INTO waiting (product_id, person_id, since, state, code_id, until) "
            f"SELECT product_id, 'test:bao', {MOMENT}, 'told', id, {LONG_AGO} FROM codes WHERE id = {STOCKED}"
        ],
    ],
    "R1": [
        [f"UPDATE orders SET {forged} WHERE id = {DELIVERED}"]
        for forged in (
            "units = units + 1",
            "product_id = NULL",
            "product_id = (SELECT MAX(id) FROM products)",
            "delivered_at = NULL",
            *(f"{fate} = {MOMENT}" for fate in Fate),
        )
    ]
    + [
        [f"UPDATE refunds SET why = 'staff' WHERE order_id = {DELIVERED}"],
        [
            "INSERT INTO order_events (order_id, at, what, actor, detail) "
            f"SELECT {DELIVERED}, {MOMENT}, 'replaced', 'nobody', '{{}}'"
        ],
    ],
    "P3": [["UPDATE audit SET actor = 'nobody' WHERE link = 1"], ["DELETE FROM audit WHERE link = 1"]],
    "T0": [[]],  # the triggers are off anyway
}


@pytest.fixture
async def shop(world: World, lin: Person, bao: Person, steam: Product) -> World:
    """One of everything: sold, shared, paid, waiting, refunded in part, unmatched, to be bought, to be heard."""
    await world.stock(steam, 5)
    shared = await world.make("shared", kind="shared", most_per_order=2, most_per_buyer=None)
    await world.stock(shared, 1, uses=5)
    delivered = await counter.sold(world, lin, steam)
    await counter.sold(world, bao, shared, 2)
    await counter.pay(world, await counter.place(world, bao, steam))
    await counter.pay(world, delivered, 700)
    await counter.pay(world, delivered, key="nothing")
    await counter.place(world, lin, steam)
    bought = await world.make("bought", kind="on_demand", supplier="sandbox")
    await counter.weigh(world, await counter.pay(world, await counter.place(world, bao, bought)))
    await world.db.write(inbox.store, "chat", "event 1", "{}", person=lin.id)
    dan, eve, _ = [await counter.meet(world, name) for name in ("dan", "eve", "fay")]
    await world.db.write(lambda tx: kin.join(tx, kin.company(tx, dan.customer), kin.company(tx, eve.customer)))
    await world.db.write(audit.chain)
    assert await world.db.read(reconcile.check) == []
    return world


async def unguard(world: World) -> None:
    """Every trigger off: what remains are constraints and the checks."""
    postgres = await world.db.read(lambda tx: tx.dialect) == "postgresql"
    await run(world, *(f"DROP TRIGGER {one.name}" + f" ON {one.table}" * postgres for one in TRIGGERS))


def broken_by(tx: Tx, way: list[str]) -> None:
    """What is found when it is broken that way; nothing stays broken."""
    changed = [tx.changed(text(in_store(statement, tx.dialect))) for statement in way]
    assert not way or changed[-1] > 0, way
    raise Undone({finding.check.id: finding for finding in reconcile.check(tx)})


class Undone(Exception):
    def __init__(self, found: dict[str, Finding]) -> None:
        self.found = found


async def test_each_violation_is_found(shop):
    await unguard(shop)
    assert [finding.check.id for finding in await shop.db.read(reconcile.check)] == ["T0"]
    for check, ways in BROKEN.items():
        for way in ways:
            with pytest.raises(Undone) as undone:
                await shop.db.write(broken_by, way)
            assert check in undone.value.found, way
            finding = undone.value.found[check]
            assert finding.rows
            assert finding.check.sentence in str(finding)
    assert [finding.check.id for finding in await shop.db.read(reconcile.check)] == ["T0"]


def test_every_check_is_tried():
    assert list(BROKEN) == [check.id for check in CHECKS]


class Explains:
    """A transaction in which SQLite also says how it finds each answer."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.again: list[str] = []  # tables gone through once for each row of something else

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def all(self, statement: Any, /, **params: Any) -> Any:
        if isinstance(statement, TextClause):
            asked = statement.bindparams()
            asked.text = f"EXPLAIN QUERY PLAN {statement.text}"
            self.again += _again([tuple(row) for row in self._tx.all(asked, **params)])
        return self._tx.all(statement, **params)


def _again(plan: list[tuple[int, int, int, str]]) -> list[str]:
    within = {step: parent for step, parent, _, _ in plan}
    said = {step: what for step, _, _, what in plan}
    found, loops = [], set[int]()
    for _, parent, _, what in plan:
        above, over = parent, []
        while above:
            over.append(said[above])
            above = within[above]
        repeated = parent in loops or any(one.startswith("CORRELATED") for one in over)
        if repeated and (what.startswith("SCAN") or ("AUTOMATIC" in what and parent not in loops)):
            found.append(what)
        if what.startswith(("SCAN", "SEARCH")):
            loops.add(parent)
    return found


def explained(tx: Tx, check: reconcile.Check) -> list[str]:
    asked = Explains(tx)
    check.broken(asked)  # type: ignore[arg-type]
    return asked.again


@pytest.mark.parametrize("store", ["sqlite"])
async def test_no_check_goes_through_a_table_for_each_row_of_another(world):
    """With a million codes it would not end. The control is a check that does."""
    assert {check.id: again for check in CHECKS if (again := await world.db.read(explained, check))} == {}
    slow = "SELECT c.id FROM codes c WHERE NOT EXISTS (SELECT 1 FROM grants g WHERE g.code_id = c.id)"
    control = reconcile.Check(
        "X", "Every code is granted.", lambda tx: [Broken(str(row)) for row in tx.all(text(slow))]
    )
    assert await world.db.read(explained, control) == ["SCAN g"]


def without(tx: Tx, trigger: Trigger) -> None:
    on = f" ON {trigger.table}" if tx.dialect == "postgresql" else ""
    tx.changed(text(f"DROP TRIGGER {trigger.name}{on}"))
    raise Undone({finding.check.id: finding for finding in reconcile.check(tx)})


async def test_a_missing_trigger_is_named(world):
    for trigger in TRIGGERS:
        with pytest.raises(Undone) as undone:
            await world.db.write(without, trigger)
        assert undone.value.found["T0"].rows == (trigger.name,)


@pytest.mark.parametrize("store", ["postgresql"])
async def test_a_trigger_that_is_switched_off_is_a_missing_one(world):
    await run(world, "ALTER TABLE grants DISABLE TRIGGER grants_stay")
    [finding] = await world.db.read(reconcile.check)
    assert (finding.check.id, finding.rows) == ("T0", ("grants_stay",))


async def test_what_is_under_way_is_not_late(shop, clock):
    """The control of L3: a row within its minute, or leased, waits for nobody."""
    await run(shop, f"UPDATE outbox SET due_at = {LONG_AGO}, leased_until = '2999-01-01 00:00:00.000000'")
    assert await shop.db.read(reconcile.check) == []


async def test_a_refund_that_failed_is_still_owed(shop):
    """M1: the money is here, the debt too."""
    oldest_first = reversed(await shop.db.read(counter.orders.latest, 99))
    delivered = next(one for one in oldest_first if one.state is counter.orders.State.DELIVERED)
    [refund] = await shop.db.read(counter.ledger.refunds_of, delivered.id)
    await shop.db.write(aftersales.refund_ended, refund.id, aftersales.RefundOutcome("failed"))
    assert await shop.db.read(reconcile.check) == []


def test_a_finding_names_a_few_rows_and_counts_the_rest():
    rows = tuple(Broken(str(number)) for number in range(SHOWN + 2))
    assert str(Finding(CHECKS[0], rows)).endswith("Not so: 0, 1, 2, 3, 4 and 2 more")
    assert str(Finding(CHECKS[0], rows[:2])).endswith("Not so: 0, 1")
