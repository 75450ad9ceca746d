"""Restocking: what was pasted or sent as a file is read into a draft, looked at, and put on sale piece by piece.

A batch's card says where it stands at each of these steps; it names no code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core import batches, catalog, drafts, quoted, staff
from core.authority import Right
from core.batches import Batch, BatchGone
from core.catalog import Product
from core.drafts import Report
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Message, Words, words
from core.ground.money import Money

LINES_SHOWN = 10
LONGEST_PROOF = 200  # characters
LONG = 2_000  # codes: while more are put in people look elsewhere, and are called when it is over
STOCK = Choice(words("choose-stock"), "stock")


class NotRead(ShopError):
    """The batch's lines are still being read."""


# A draft


def opened(tx: Tx, product: Product, source: str, by: str) -> int:
    """The draft of what comes from there: a repeat finds the same one. Raises NotStaff, NotAllowed."""
    staff.may(tx, by, Right.STOCK)
    found = batches.batch_from(tx, source)
    return batches.open_batch(tx, product, source, by, draft=True) if found is None else found


def by_file(tx: Tx, product: Product, by: str, name: str, reference: str, *, request_key: str) -> int:
    """A draft of a file, which a job fetches from the chat it was sent in and reads. A repeat finds the same one."""
    batch = opened(tx, product, f"{name[-100:]} ({request_key})", by)
    chat = by.partition(":")[0]
    outbox.put(tx, "intake", f"intake {batch}", via=chat, batch=batch, by=by, name=name, reference=reference)
    return batch


def read(tx: Tx, batch: int, found: Report, by: str, *, says: bool = True) -> Message:
    """All lines are in the draft. Says how it stands to whoever sent them."""
    drafts.is_read(tx, batch, found)
    if not found.new:
        _discarded(tx, batch, by)
    message = card(tx, batch)
    if says:
        staff.tell_one(tx, f"read {batch}", by, message)
    return message


def refuse(tx: Tx, batch: int, by: str, why: str, **facts: Any) -> None:
    """The file as a whole can't be taken: nothing of it was."""
    if batches.batch(tx, batch).state != "draft":
        return
    _discarded(tx, batch, by)
    again = Choice(words("choose-again"), f"restock {catalog.by_id(tx, batches.batch(tx, batch).product).slug}")
    told = (words(f"stock-file-{why}", **facts), words("stock-file-nothing"))
    staff.tell_one(tx, f"refused {batch}", by, Message(told, (again, STOCK), card=named(batch)))


def bought_for(tx: Tx, batch: int, cost: Money | None, proof: str | None, by: str, *, request_key: str) -> Message:
    """What one cost, and what shows that it was bought. A repeat changes nothing. Raises NotStaff, NotAllowed."""
    staff.may(tx, by, Right.STOCK)
    proof = quoted.covered(tx, proof, batch) if proof else None
    before = batches.batch(tx, batch)
    if (before.cost, before.proof) != (cost, proof):
        batches.bought_for(tx, batch, cost, proof)
        told = cost.plain() if cost else None
        audit.write(tx, by, "batch cost", f"batch {batch}", cost=told, proof=proof, key=request_key)
    return card(tx, batch)


def throw_away(tx: Tx, batch: int, by: str) -> Message:
    """A draft is gone, its lines with it. Raises NotStaff, NotAllowed, BatchGone."""
    staff.may(tx, by, Right.STOCK)
    _discarded(tx, batch, by)
    return card(tx, batch)


def _discarded(tx: Tx, batch: int, by: str) -> None:
    """Its lines are erased by the job, which takes as long as putting them in."""
    batches.discard(tx, batch)
    outbox.put(tx, "restock", f"erase {batch}", batch=batch, by=by)


# On sale


def put_on_sale(tx: Tx, batch: int, by: str) -> Message:
    """A draft that has been read begins to be put in, by a job. A repeat changes nothing.

    Raises NotStaff, NotAllowed, NotRead, BatchGone.
    """
    staff.may(tx, by, Right.STOCK)
    if batches.batch(tx, batch).report is None:
        raise NotRead()
    batches.begin_import(tx, batch)
    if outbox.put(tx, "restock", f"restock {batch}", batch=batch, by=by):
        audit.write(tx, by, "restock", f"batch {batch}", codes=drafts.left(tx, batch))
    return card(tx, batch)


def go_on(tx: Tx, batch: int) -> int:
    """Put the next piece in, or erase it if the draft was thrown away; how many codes that was, 0 at the end."""
    if batches.batch(tx, batch).state == "discarded":
        return drafts.forget(tx)
    return drafts.put_in(tx, batch)


def progress(tx: Tx, batch: int, by: str) -> None:
    """Says how far it is, on the card that stands there."""
    message = card(tx, batch)
    staff.tell_one(tx, f"batch {batch} with {drafts.left(tx, batch)} left", by, message)


def ended(tx: Tx, batch: int, by: str) -> None:
    """Every piece is in: all of it is on sale from this commit on. A repeat, and one thrown away, changes nothing.

    The card that told how far it was tells the result where it stands.
    """
    if batches.batch(tx, batch).state != "importing":
        return
    added = batches.finish_import(tx, batch)
    audit.write(tx, by, "import", f"batch {batch}", count=added)
    done = words("restock-done", product=catalog.by_id(tx, batches.batch(tx, batch).product).name, n=added)
    message = card(tx, batch)
    staff.tell_one(tx, f"restocked {batch}", by, replace(message, text=(done, *message.paragraphs[1:]), stays=True))
    if added > LONG:
        staff.tell_one(tx, f"called for {batch}", by, Message(done, (STOCK,)))


# How it stands


def named(batch: int) -> str:
    return f"batch {batch}"


def found(tx: Tx, number: str) -> Batch:
    """A batch as staff name it. Raises BatchGone for what is none."""
    row = int(number) if number.isascii() and number.isdigit() and len(number) < 15 else 0
    if not batches.is_batch(tx, row):
        raise BatchGone()
    return batches.batch(tx, row)


def card(tx: Tx, batch: int) -> Message:
    """Where a batch stands and what can be done with it."""
    one = batches.batch(tx, batch)
    product = catalog.by_id(tx, one.product)
    match one.state:
        case "draft" if one.report is None:
            says, choices = [words("restock-reading", product=product.name)], [_discard(one)]
        case "draft":
            says, choices = [_preview(product, one), _bought(one)], _decisions(one)
        case "importing":
            many = Report.unpacked(one.report).codes if one.report else 0
            says, choices = (
                [words("restock-going", product=product.name, done=many - drafts.left(tx, batch), n=many)],
                [],
            )
        case "discarded" if one.report and not Report.unpacked(one.report).new:
            again = Choice(words("choose-again"), f"restock {product.slug}")
            says, choices = [_nothing_new(one)], [again, *_lines_of(one), STOCK]
        case "discarded":
            says, choices = [words("restock-discarded")], [STOCK]
        case _:
            says, choices = _on_sale(tx, product, one)
    return Message(tuple(says), tuple(choices), card=named(batch), stays=one.state == "importing", numbered=False)


def _discard(one: Batch) -> Choice:
    return Choice(words("choose-discard"), f"discard {one.id}", acts=True)


def _decisions(one: Batch) -> list[Choice]:
    put = Choice(words("choose-import"), f"onsale {one.id}", acts=True, main=True)
    return [put, *_lines_of(one), _discard(one)]


def _lines_of(one: Batch) -> list[Choice]:
    bad = Report.unpacked(one.report).bad if one.report else 0
    return [Choice(words("choose-bad-lines"), f"badlines {one.id}")] if bad else []


def _preview(product: Product, one: Batch) -> Words:
    return words("restock-preview", product=product.name, **counts(Report.unpacked(one.report or {})))


def _nothing_new(one: Batch) -> Words:
    return words("restock-nothing-new", **counts(Report.unpacked(one.report or {})))


def counts(report: Report) -> dict[str, Any]:
    """What a preview tells of what was found."""
    shown = ", ".join(str(number) for number, _ in report.lines[:LINES_SHOWN]) or "-"
    return {
        "new": report.new,
        "duplicate": report.known + report.repeated,
        "blank": report.blank,
        "malformed": report.bad,
        "lines": shown + (" …" if report.bad > LINES_SHOWN else ""),
    }


def _bought(one: Batch) -> Words:
    if one.cost is None and one.proof is None:
        return words("restock-bought")
    return words("batch-bought", cost=one.cost.plain() if one.cost else "-", proof=one.proof or "-")


def _on_sale(tx: Tx, product: Product, one: Batch) -> tuple[list[Words], list[Choice]]:
    there = batches.in_batch(tx, one.id)
    stands = words(
        "batch",
        product=product.name,
        row=one.id,
        source=one.source.partition(" (")[0],
        n=one.size,
        available=there.get("available", 0),
        reserved=there.get("reserved", 0),
        sold=there.get("granted", 0),
        out=there.get("quarantined", 0) + there.get("voided", 0),
        time=one.made_at,
    )
    bought = words("batch-bought", cost=one.cost.plain() if one.cost else "-", proof=one.proof or "-")
    ways = [
        Choice(words(f"choose-withdraw-{what}"), f"withdraw {what} {one.id}") for what in ("quarantine", "void", "move")
    ]
    tell = Choice(words("choose-bought"), f"bought {one.id}")
    return [stands, bought], [*(ways if there.get("available") else ()), tell, STOCK]
