"""How an act ended, as facts that can be counted: what is missing after a crash was lost, what is extra came twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from core import disputes, inventory, ledger, orders, purchases, reconcile
from core.ground import inbox, outbox
from core.ground.db import Tx
from core.purchases import Bought
from proofs.crash_play import Outside, Play

ORDERS = select(orders.orders).order_by(orders.orders.c.id)
UNITS = select(orders.units).order_by(orders.units.c.order_id, orders.units.c.position)
RECEIPTS = select(ledger.receipts)
REFUNDS = select(ledger.refunds)
DISPUTES = select(disputes.disputes.c.amount, disputes.disputes.c.state)
CONFIRMED = select(purchases.purchases.c.sku).where(purchases.purchases.c.state == Bought.CONFIRMED)
CODES = select(inventory.codes.c.product_id, inventory.codes.c.state)
BALANCES = select(ledger.entries.c.account, func.sum(ledger.entries.c.amount).label("amount")).group_by(
    ledger.entries.c.account
)
BATCHES = select(inventory.batches.c.state, inventory.batches.c.size)
LONGER = "preparing"  # says only that it takes longer: after a crash it may, and need not
WORK = (
    ("inbox", select(inbox.inbox.c.source, inbox.inbox.c.state)),
    (
        "outbox",  # a purchase is looked up as often as it takes
        select(outbox.outbox.c.kind, outbox.outbox.c.state).where(
            outbox.outbox.c.kind != "buy", outbox.outbox.c.effect_key.not_like(f"say {LONGER} %")
        ),
    ),
)


async def ending(play: Play) -> dict[str, Any]:
    """Facts with how often each is so; what must hold and does not; how often each message came again."""
    facts = Counter(await play.shop.db.read(_inside))
    facts.update(_at_the_provider(play.outside))
    facts.update(_at_the_supplier(play.outside))
    told, repeated = _told(play.outside)
    facts.update(told)
    findings = [str(finding) for finding in await play.shop.db.read(reconcile.check)]
    return {"facts": dict(facts), "broken": findings, "repeated": repeated}


def _inside(tx: Tx) -> list[str]:
    """What the shop has written down, without what differs from run to run."""
    units = tx.all(UNITS)
    found = []
    for order in tx.all(ORDERS):
        states = " ".join(unit.state for unit in units if unit.order_id == order.id)
        found.append(f"{order.person_id}'s order over {order.total} is {order.state}, its units {states}")
    found += [f"a receipt of {receipt.amount}" for receipt in tx.all(RECEIPTS)]
    found += [f"a refund of {refund.amount} ({refund.why}) is {refund.state}" for refund in tx.all(REFUNDS)]
    found += [f"a batch of {batch.size} is {batch.state}" for batch in tx.all(BATCHES)]
    found += [f"a dispute over {dispute.amount} is {dispute.state}" for dispute in tx.all(DISPUTES)]
    found += [f"{bought.sku} is bought" for bought in tx.all(CONFIRMED)]
    found += [f"a code of {code.product_id} is {code.state}" for code in tx.all(CODES)]
    found += [f"{kept.account.partition(':')[0]} has {kept.amount}" for kept in tx.all(BALANCES) if kept.amount]
    for queue, rows in WORK:
        found += [f"{queue}: {kind} is {state}" for kind, state in tx.all(rows)]
    return found


def _at_the_provider(outside: Outside) -> list[str]:
    with sqlite3.connect(outside.books) as books:
        taken = books.execute("SELECT amount FROM payments WHERE state = 'paid'").fetchall()
        back = books.execute("SELECT amount, state FROM refunds").fetchall()
    return [f"the provider took {amount}" for (amount,) in taken] + [
        f"the provider's refund of {amount} is {state}" for amount, state in back
    ]


def _at_the_supplier(outside: Outside) -> list[str]:
    with sqlite3.connect(outside.supplies) as books:
        sold = books.execute("SELECT sku, state FROM purchases").fetchall()
    return [f"the supplier's sale of {sku} is {state}" for sku, state in sold]


def _told(outside: Outside) -> tuple[list[str], list[int]]:
    """Who was told what (a message that came again word for word counts once), and who got to see which code."""
    received = outside.received()
    sent = Counter((line["to"], " ".join(line["says"]), line["text"]) for line in received if line["how"] == "sent")
    told = [f"{to} was told {says}" for to, says, _ in sent if says != LONGER]
    seen = {f"{line['to']} has seen {code}" for line in received for code in line["codes"]}
    return [*told, *seen], [times - 1 for times in sent.values() if times > 1]
