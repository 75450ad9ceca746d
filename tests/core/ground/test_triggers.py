"""The guards only a trigger can keep: each refuses what it says, on both stores, and without it that goes through."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.catalog import Product
from core.customers import Person
from core.ground import audit
from core.ground.db import Tx
from core.ground.triggers import TRIGGERS, Trigger
from core.orders import Order
from tests.core import counter
from tests.world import World

# What each refuses, said so that it touches rows which are there: two sold codes and two unsold ones, one of them
# set aside for an order that awaits payment.
REFUSED: dict[str, list[str | tuple[str, ...]]] = {
    "grants_stay": ["DELETE FROM grants", "DELETE FROM grants WHERE id = (SELECT MAX(id) FROM grants)"],
    "grants_are_superseded_once": [
        "UPDATE grants SET granted_at = '2020-01-01 00:00:00.000000'",
        "UPDATE grants SET code_id = (SELECT MAX(id) FROM codes) WHERE id = (SELECT MIN(id) FROM grants)",
        "UPDATE grants SET unit_id = (SELECT MAX(id) FROM units) WHERE id = (SELECT MIN(id) FROM grants)",
        "UPDATE grants SET kind = 'multi'",
        "UPDATE grants SET superseded_by = NULL",
        "UPDATE grants SET superseded_by = id, kind = 'multi'",
    ],
    "grants_need_a_fulfilling_order": [
        "INSERT INTO grants (unit_id, code_id, kind, granted_at) SELECT unit_id, code_id, kind, "
        "'2026-01-01 00:00:00.000000' FROM reservations",
    ],
    "nothing_is_granted_in_unchecked_books": [
        (
            "INSERT INTO restores (backup, backed_up_at, restored_at) SELECT 'x', placed_at, placed_at FROM orders",
            "UPDATE orders SET state = 'fulfilling' WHERE state = 'awaiting_payment'",
            "INSERT INTO grants (unit_id, code_id, kind, granted_at) SELECT unit_id, code_id, kind, "
            "'2026-01-01 00:00:00.000000' FROM reservations",
        ),
    ],
    "granted_codes_stay_granted": [
        "UPDATE codes SET state = 'available', uses = 0 WHERE state = 'granted'",
        "UPDATE codes SET state = 'reserved' WHERE state = 'granted'",
    ],
    "codes_keep_what_they_are": [
        "UPDATE codes SET product_id = (SELECT MAX(id) FROM products)",
        "UPDATE codes SET max_uses = 9",
        "UPDATE codes SET product_id = (SELECT MAX(id) FROM products), sealed = fingerprint WHERE state = 'reserved'",
        "UPDATE codes SET product_id = (SELECT MAX(id) FROM products), sealed = fingerprint WHERE state = 'granted'",
        "UPDATE codes SET product_id = (SELECT MAX(id) FROM products) WHERE state = 'available' AND product_id = 1",
        "UPDATE codes SET fingerprint = sealed",
        "UPDATE codes SET batch_id = (SELECT MAX(id) FROM batches)",
    ],
    "batches_are_whole_on_sale": [
        (
            "UPDATE batches SET state = 'draft'",
            "INSERT INTO drafts (batch_id, place, size, known, sealed) SELECT MIN(id), 0, 1, 0, 'x' FROM batches",
            "UPDATE batches SET state = 'live'",
        ),
    ],
    "drafts_are_of_what_is_undecided": [
        "INSERT INTO drafts (batch_id, place, size, known, sealed) SELECT MIN(id), 0, 1, 0, 'x' FROM batches",
    ],
    "codes_stay": ["DELETE FROM codes WHERE state = 'available'"],
    "orders_keep_their_terms": [
        "UPDATE orders SET total = 1",
        "UPDATE orders SET total = total + 1 WHERE state = 'awaiting_payment'",
        "UPDATE orders SET currency = 'JPY'",
        "UPDATE orders SET number = 'AAAA-AAAA' WHERE state = 'awaiting_payment'",
        "UPDATE orders SET request_key = 'another' WHERE state = 'awaiting_payment'",
        "UPDATE orders SET placed_at = '2020-01-01 00:00:00.000000'",
    ],
    "orders_stay_with_their_account": ["UPDATE orders SET customer_id = (SELECT MAX(id) FROM customers)"],
    "lines_keep_their_terms": [
        "UPDATE lines SET unit_price = 1",
        "UPDATE lines SET quantity = 2",
        "UPDATE lines SET terms = '{}'",
    ],
    "receipts_stay": ["DELETE FROM receipts"],
    "receipts_keep_their_amount": [
        "UPDATE receipts SET amount = amount + 1",
        "UPDATE receipts SET currency = 'JPY'",
        "UPDATE receipts SET \"transaction\" = 'another'",
        "UPDATE receipts SET account = 'another'",
        "UPDATE receipts SET rail = 'another'",
    ],
    "receipts_keep_their_order": [
        "UPDATE receipts SET order_id = NULL, returned_at = received_at WHERE order_id IS NOT NULL",
        "UPDATE receipts SET order_id = (SELECT MAX(id) FROM orders) WHERE order_id IS NOT NULL",
    ],
    "units_keep_their_terms": [
        "UPDATE units SET order_id = (SELECT MAX(id) FROM orders) WHERE position = 2",
        "UPDATE units SET position = position + 100",
        "UPDATE units SET price = price + 1",
    ],
    "entries_stay": ["DELETE FROM entries"],
    "entries_keep": ["UPDATE entries SET amount = 0", "UPDATE entries SET account = 'mine' WHERE amount < 0"],
    "mail_goes_to_whoever_proved_it": [
        (
            "INSERT INTO contacts (key, person_id, fingerprint, masked, at, until, guesses, proved_at, ended_at) "
            "SELECT 'given', 'test:lin', fingerprint, '', '2026-01-01 00:00:00.000000', "
            "'2026-01-01 00:00:00.000000', 0, NULL, '2026-01-01 00:00:00.000000' FROM codes LIMIT 1",
            "INSERT INTO order_links (key, order_id, contact_id, at, expires_at) SELECT 'mail', MIN(orders.id), "
            "MAX(contacts.id), '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000' FROM orders, contacts",
        ),
    ],
    "events_stay": ["DELETE FROM order_events"],
    "events_keep": ["UPDATE order_events SET actor = 'nobody'", "UPDATE order_events SET detail = '{}'"],
    "audit_stays": ["DELETE FROM audit"],
    "audit_keeps": [
        "UPDATE audit SET actor = 'nobody' WHERE link IS NULL",
        "UPDATE audit SET action = 'nothing' WHERE link IS NULL",
        "UPDATE audit SET subject = 'nothing' WHERE link IS NULL",
        "UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE link IS NULL",
        "UPDATE audit SET detail = '{}' WHERE link IS NULL",
        "UPDATE audit SET detail = '{}' WHERE link IS NOT NULL",
        "UPDATE audit SET digest = NULL, link = NULL WHERE link IS NOT NULL",
    ],
}

# And what stays allowed, because the shop does it.
ALLOWED = [
    "UPDATE codes SET state = 'quarantined' WHERE state = 'granted'",
    "UPDATE codes SET state = 'voided' WHERE state = 'available'",
    "UPDATE codes SET product_id = (SELECT MAX(id) FROM products), sealed = fingerprint WHERE state = 'available'",
    "UPDATE orders SET state = state, version = version + 1, paid_at = placed_at",
    "UPDATE receipts SET obligation = 'admin_match_or_refund', owner = 'staff', due_at = received_at",
    "UPDATE audit SET link = 1000 WHERE id = (SELECT MAX(id) FROM audit WHERE link IS NULL)",
    "UPDATE units SET due_at = due_at",
    "UPDATE units SET price = price - 1, line_id = line_id",
]


@pytest.fixture
async def sold(world: World, lin: Person, bao: Person, steam: Product) -> Order:
    """Two codes sold, one set aside, one in stock; what has happened so far is in the audit's chain."""
    await world.stock(steam, 4)
    await world.stock(await world.make("other"), 1)
    delivered = await counter.sold(world, lin, steam, 2)
    await counter.place(world, bao, steam)
    await world.db.write(audit.chain)
    await world.db.write(audit.write, "test:chen", "note", "order", why="just so")
    return delivered


class Undone(Exception):
    def __init__(self, rows: int) -> None:
        self.rows = rows


def undone(tx: Tx, *statements: str) -> None:
    """How many rows the last of them changes; nothing stays changed."""
    *before, last = statements
    for statement in before:
        tx.changed(text(statement))
    raise Undone(tx.changed(text(last)))


def off(trigger: Trigger, dialect: str) -> str:
    return f"DROP TRIGGER {trigger.name}" + (f" ON {trigger.table}" if dialect == "postgresql" else "")


def test_every_trigger_is_tried():
    assert {trigger.name for trigger in TRIGGERS} == set(REFUSED)


async def test_each_refuses_what_it_says_and_nothing_else_does(world, sold):
    dialect = await world.db.read(lambda tx: tx.dialect)
    for trigger in TRIGGERS:
        for said in REFUSED[trigger.name]:
            statement = said if isinstance(said, tuple) else (said,)
            with pytest.raises(IntegrityError, match=trigger.says):
                await world.db.write(undone, *statement)
            with pytest.raises(Undone) as changed:  # the control
                await world.db.write(undone, off(trigger, dialect), *statement)
            assert changed.value.rows > 0, statement


async def test_what_the_shop_does_is_allowed(world, sold):
    for statement in ALLOWED:
        with pytest.raises(Undone) as changed:
            await world.db.write(undone, statement)
        assert changed.value.rows > 0, statement


async def test_a_grant_gets_one_successor_and_no_second(world, sold):
    """A replacement: the new grant's number first, then its row; the reference waits for the commit."""
    replaced = await counter.run(
        world,
        "UPDATE orders SET state = 'fulfilling' WHERE state = 'delivered'",
        "UPDATE grants SET superseded_by = 1000 WHERE id = (SELECT MIN(id) FROM grants)",
        "UPDATE codes SET state = 'granted', uses = 1 WHERE state = 'available'",
        "INSERT INTO grants (id, unit_id, code_id, kind, granted_at) SELECT 1000, unit_id, "
        "(SELECT MAX(id) FROM codes), 'one', granted_at FROM grants WHERE superseded_by = 1000",
    )
    assert replaced == 1
    for statement in (
        "UPDATE grants SET superseded_by = (SELECT MAX(id) - 1 FROM grants) WHERE superseded_by = 1000",
        "UPDATE grants SET superseded_by = NULL WHERE superseded_by = 1000",
        "DELETE FROM grants WHERE superseded_by = 1000",
    ):
        with pytest.raises(IntegrityError, match="a grant"):
            await counter.run(world, statement)


async def test_a_successor_that_never_comes_is_refused(world, sold):
    with pytest.raises(IntegrityError):
        await counter.run(world, "UPDATE grants SET superseded_by = 1000 WHERE id = (SELECT MIN(id) FROM grants)")
