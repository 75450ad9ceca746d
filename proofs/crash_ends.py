"""How an act ended, as facts that can be counted: what is missing after a crash was lost, what is extra came twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Any

from sqlalchemy import select

from core import inventory, ledger, orders, reconcile
from core.ground import inbox, outbox
from core.ground.db import Tx
from proofs.crash_play import Outside, Play

ORDERS = select(orders.orders).order_by(orders.orders.c.id)
UNITS = select(orders.units).order_by(orders.units.c.order_id, orders.units.c.position)
RECEIPTS = select(ledger.receipts)
REFUNDS = select(ledger.refunds)
BATCHES = select(inventory.batches.c.state, inventory.batches.c.size)
WORK = (
    ("inbox", select(inbox.inbox.c.source, inbox.inbox.c.state)),
    ("outbox", select(outbox.outbox.c.kind, outbox.outbox.c.state)),
)


async def ending(play: Play) -> dict[str, Any]:
    """Facts with how often each is so; what must hold and doesn't; how many messages came twice, word for word."""
    facts = Counter(await play.shop.db.read(_inside))
    facts.update(_at_the_provider(play.outside))
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


def _told(outside: Outside) -> tuple[list[str], int]:
    """Who was told what (a message that came again word for word counts once), and who got to see which code."""
    received = outside.received()
    sent = Counter((line["to"], " ".join(line["says"]), line["text"]) for line in received if line["how"] == "sent")
    told = [f"{to} was told {says}" for to, says, _ in sent]
    seen = {f"{line['to']} has seen {code}" for line in received for code in line["codes"]}
    return [*told, *seen], sum(sent.values()) - len(sent)
