"""Restocking: paste the codes, look at what they are, then put them on sale or throw them away."""

from __future__ import annotations

from typing import Any

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import STOCK
from bot.staff import staff
from core import catalog, inventory, pasted
from core import staff as people
from core.authority import Right
from core.catalog import Product, StockKind
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.inventory import Preview

restocking = Conversation("restocking", Right.STOCK, private=True)
staff.talks(restocking)

CHUNK = 200  # codes a transaction: nothing holds a sale up for longer than that takes
LINES_SHOWN = 10

PUT_ON_SALE = Choice(words("choose-import"), "import", acts=True, main=True)
THROW_AWAY = Choice(words("choose-discard"), "discard", acts=True)


@restocking.opens("restock")
async def begin(talk: Talk, slug: str) -> Message:
    product = await talk.read(catalog.product, slug)
    if product.kind is not StockKind.UNIQUE:
        return talk.end("restock-not-here", (STOCK,), product=product.name)
    talk.answers["product"] = product.slug
    return talk.ask(codes, "restock-paste", (THROW_AWAY,), numbered=False, product=product.name)


@restocking.free_step
async def codes(talk: Talk) -> Message:
    """The pasted lines are sealed at once; from here on only their counts are spoken of."""
    if talk.text.strip().casefold() == "discard":
        return talk.end("restock-discarded", (STOCK,))
    product = await talk.read(catalog.product, talk.answers["product"])
    found = await talk.write(_draft, product, talk.text, talk.person.id)
    if not found.new:
        await talk.shop.db.write(inventory.discard, found.batch)
        return talk.ask(codes, "restock-nothing-new", (THROW_AWAY,), numbered=False, **_counts(found))
    talk.answers["batch"] = found.batch
    facts = _counts(found)
    return talk.ask(decide, "restock-preview", (PUT_ON_SALE, THROW_AWAY), product=product.name, **facts)


def _draft(tx: Tx, product: Product, text: str, by: str, *, request_key: str) -> Preview:
    """The sealed draft of this event: a repeat looks at the same one again."""
    people.may(tx, by, Right.STOCK)
    source = f"pasted {request_key}"
    batch = inventory.batch_from(tx, source)
    if batch is None:
        batch = inventory.open_batch(tx, product, source, by, draft=text)
    return inventory.preview(tx, product, batch, pasted.read(text.splitlines()))


def _counts(found: Preview) -> dict[str, Any]:
    lines = ", ".join(map(str, found.malformed[:LINES_SHOWN])) or "-"
    return {
        "new": found.new,
        "duplicate": found.duplicate,
        "blank": found.blank,
        "malformed": len(found.malformed),
        "lines": lines + (" …" if len(found.malformed) > LINES_SHOWN else ""),
    }


@restocking.step
async def decide(talk: Talk) -> Message:
    said = talk.text.strip().casefold()
    batch = talk.answers["batch"]
    if said == "discard":
        await talk.shop.db.write(inventory.discard, batch)
        return talk.end("restock-discarded", (STOCK,))
    if said != "import":
        return talk.ask(decide, "restock-decide", (PUT_ON_SALE, THROW_AWAY))
    product = await talk.read(catalog.product, talk.answers["product"])
    text = await talk.read(inventory.drafted, batch)
    await talk.shop.db.write(inventory.begin_import, batch)
    found = pasted.read(text.splitlines()).codes
    for start in range(0, len(found), CHUNK):
        await talk.shop.db.write(inventory.add, product, batch, found[start : start + CHUNK])
    added = await talk.shop.db.write(_finish, batch, talk.person.id)
    return talk.end("restock-done", (STOCK,), product=product.name, n=added)


def _finish(tx: Tx, batch: int, by: str) -> int:
    added = inventory.finish_import(tx, batch)
    audit.write(tx, by, "import", f"batch {batch}", count=added)
    return added
