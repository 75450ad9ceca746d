"""How an act ended, as facts that can be counted: what is missing after a crash was lost, what is extra came twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from core import (
    broadcasts,
    catalog,
    customers,
    disputes,
    exports,
    inventory,
    joining,
    ledger,
    linking,
    listings,
    marks,
    orders,
    purchases,
    reconcile,
    reveals,
    risk_policy,
    staff,
    switches,
    threads,
    units,
    verdicts,
)
from core.ground import audit, inbox, outbox
from core.ground.db import Tx
from core.purchases import Bought
from proofs.crash_play import Outside, Play

ORDERS = select(orders.orders).order_by(orders.orders.c.id)
UNITS = select(units.units).order_by(units.units.c.order_id, units.units.c.position)
RECEIPTS = select(ledger.receipts)
REFUNDS = select(ledger.refunds)
DISPUTES = select(disputes.disputes.c.amount, disputes.disputes.c.state)
CONFIRMED = select(purchases.purchases.c.sku).where(purchases.purchases.c.state == Bought.CONFIRMED)
CODES = select(inventory.codes.c.product_id, inventory.codes.c.state)
BALANCES = select(ledger.entries.c.account, func.sum(ledger.entries.c.amount).label("amount")).group_by(
    ledger.entries.c.account
)
BATCHES = select(inventory.batches.c.state, inventory.batches.c.size)
ACTS = select(audit.audit.c.actor, audit.audit.c.action).where(  # what a crash may well make needed again is not here
    audit.audit.c.actor != "shop",
    audit.audit.c.actor.not_like("chat:%"),
    audit.audit.c.action.not_in(("broadcast again", "export catalogue")),
)
PRODUCTS = select(catalog.products.c.slug, catalog.products.c.face_value, catalog.products.c.on_sale)
PRICES = select(catalog.products.c.slug, catalog.prices.c.unit_price, catalog.prices.c.currency).join(catalog.prices)
EXPORTS = select(exports.exports.c.kind, exports.exports.c.state)
REVEALS = select(reveals.reveals.c.many, reveals.reveals.c.looked_at)
THREADS = select(threads.threads.c.buyer, threads.threads.c.state)
NEWS = select(broadcasts.recipients.c.person_id, broadcasts.recipients.c.state)
STAFF = select(staff.colleagues.c.name, staff.colleagues.c.roles, staff.colleagues.c.left_at)
ACCOUNTS = select(customers.people.c.id, customers.people.c.customer_id)
LINKS = select(joining.links.c.asked_by, joining.links.c.said_by)
SAID = select(linking.link_codes.c.person_id, linking.link_codes.c.used_at)
LISTINGS = select(listings.listings.c.verdict, listings.listings.c.kind, listings.listings.c.ended_at)
MARKS = select(marks.marks.c.kind)
VERDICTS = select(verdicts.verdicts.c.outcome, verdicts.verdicts.c.score)
VERSIONS = select(risk_policy.versions.c.preset, risk_policy.versions.c.text)
SWITCHES = select(switches.switches.c.name)
HOW_FAR = ("preparing", "news-card")  # say only how far something is: after a crash they may come oftener
WORK = (
    ("inbox", select(inbox.inbox.c.source, inbox.inbox.c.state)),
    (
        "outbox",  # a purchase is looked up as often as it takes
        select(outbox.outbox.c.kind, outbox.outbox.c.state).where(
            outbox.outbox.c.kind != "buy",
            *(outbox.outbox.c.effect_key.not_like(f"say {key.removesuffix('-card')} %") for key in HOW_FAR),
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
    found = [*_at_the_desk(tx), *_doubted(tx)]
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


def _at_the_desk(tx: Tx) -> list[str]:
    """What staff did, each as often as it is in the audit, and how things stand by that."""
    found = [f"{actor} did: {action}" for actor, action in tx.all(ACTS)]
    found += [f"{one.slug} is worth {one.face_value}, on sale {one.on_sale}" for one in tx.all(PRODUCTS)]
    found += [f"{row.slug} costs {row.unit_price} {row.currency}" for row in tx.all(PRICES)]
    found += [f"a file of {kind} is {state}" for kind, state in tx.all(EXPORTS)]
    found += [f"{many} codes may be looked at, on a page {at is not None}" for many, at in tx.all(REVEALS)]
    found += [f"{buyer}'s thread is {state}" for buyer, state in tx.all(THREADS)]
    found += [f"{person}'s news is {state}" for person, state in tx.all(NEWS)]
    found += [f"{one.name} is {sorted(one.roles)}, has left {one.left_at is not None}" for one in tx.all(STAFF)]
    found += [f"{name} is switched on" for (name,) in tx.all(SWITCHES)]
    return found


def _doubted(tx: Tx) -> list[str]:
    """What was found of orders, by which rules, and who is one customer or on a list."""
    found = [f"an order is to {outcome}, by a score of {score}" for outcome, score in tx.all(VERDICTS)]
    found += [f"an order is marked by {kind}" for (kind,) in tx.all(MARKS)]
    found += [f"rules are set: {preset} {text}" for preset, text in tx.all(VERSIONS)]
    found += [f"{of.verdict} of a {of.kind}, ended {of.ended_at is not None}" for of in tx.all(LISTINGS)]
    found += [f"{asked_by} was linked with {said_by}" for asked_by, said_by in tx.all(LINKS)]
    found += [f"{person}'s code is used {at is not None}" for person, at in tx.all(SAID)]
    accounts: dict[int, list[str]] = {}  # a customer's number may be skipped, where a crash takes an insert back
    for person, customer in tx.all(ACCOUNTS):
        accounts.setdefault(customer, []).append(person)
    found += [f"{' and '.join(sorted(each))} are one customer" for each in accounts.values()]
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
    told = [f"{to} was told {says}" for to, says, _ in sent if says not in HOW_FAR]
    seen = {f"{line['to']} has seen {code}" for line in received for code in line["codes"]}
    return [*told, *seen], [times - 1 for times in sent.values() if times > 1]
