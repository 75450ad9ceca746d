"""Restocking: paste the codes or send a file, look at what they are, say what they cost, put them on sale or not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import STOCK
from bot.staff import staff
from core import batches, catalog, drafts, inventory, restock, stock_files, uploads
from core.authority import Right
from core.catalog import Product, StockKind
from core.drafts import Report
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.money import Money, parse
from core.pasted import PastedCode

restocking = Conversation("restocking", Right.STOCK, private=True)
staff.talks(restocking)

AT_ONCE = 5 * drafts.PIECE  # codes a transaction: sealed in pieces, they hold nothing up

LEAVE = Choice(words("choose-leave"), "leave")


@restocking.opens("restock")
async def begin(talk: Talk, slug: str) -> Message:
    product = await talk.read(catalog.product, slug)
    if product.kind is not StockKind.UNIQUE:
        return talk.end("restock-not-here", (STOCK,), product=product.name)
    talk.answers["product"] = product.slug
    return _ask(talk, product)


def _ask(talk: Talk, product: Product) -> Message:
    key = "restock-paste-or-file" if talk.person.chat in talk.shop.files else "restock-paste"
    return talk.ask_with(codes, Message(words(key, product=product.name), (LEAVE,), numbered=False))


@restocking.file_step
async def codes(talk: Talk) -> Message:
    """What is pasted or sent is sealed at once; from here on only counts are spoken of."""
    if talk.text.strip().casefold() in ("leave", "discard"):
        return talk.end("restock-discarded", (STOCK,))
    product = await talk.read(catalog.product, talk.answers["product"])
    return await _by_file(talk, product) if talk.said.file else await _pasted(talk, product)


async def _by_file(talk: Talk, product: Product) -> Message:
    file = talk.said.file
    assert file is not None  # noqa: S101
    if stock_files.kind_of(file.name) is None:
        return talk.ask(codes, "stock-file-kind", (LEAVE,), numbered=False)
    if file.size > uploads.MOST_BYTES:
        most = uploads.MOST_BYTES >> 20
        return talk.ask(codes, "stock-file-too-big", (LEAVE,), numbered=False, most=most)
    if not file.size:
        return talk.ask(codes, "stock-file-empty", (LEAVE,), numbered=False)
    talk.answers["batch"] = await talk.write(restock.by_file, product, talk.person.id, file.name, file.reference)
    return talk.ask_with(decide, await talk.read(restock.card, talk.answers["batch"]))


async def _pasted(talk: Talk, product: Product) -> Message:
    """A repeat finds the draft of this event, and what is in it stays."""
    batch = await talk.write(_open, product, talk.person.id)
    found, place = Report(), 0
    lines = _codes(talk.text, found)
    if (await talk.read(batches.batch, batch)).report is None:
        while chunk := await asyncio.to_thread(list, islice(lines, AT_ONCE)):
            found.known += await talk.read(inventory.known, chunk)
            await talk.shop.db.write(drafts.keep, batch, place, chunk)
            place += len(chunk)
        await talk.shop.db.write(_read, batch, found, talk.person.id)
    card = await talk.read(restock.card, batch)
    if (await talk.read(batches.batch, batch)).state == "discarded":  # nothing new was in it
        return talk.ask_with(codes, replace(card, choices=(LEAVE,)))
    talk.answers["batch"] = batch
    return talk.ask_with(decide, card)


def _open(tx: Tx, product: Product, by: str, *, request_key: str) -> int:
    return restock.opened(tx, product, f"pasted ({request_key})", by)


def _read(tx: Tx, batch: int, found: Report, by: str) -> None:
    restock.read(tx, batch, found, by, says=False)


def _codes(text: str, told: Report) -> Iterator[PastedCode]:
    for number, line in enumerate(text.splitlines(), 1):
        if code := told.take(stock_files.line_of(line, number)):
            yield code


@restocking.step
async def decide(talk: Talk) -> Message:
    """What one cost and by which receipt, in one line. Putting on sale and discarding are the card's own buttons."""
    batch, said = talk.answers["batch"], talk.text.strip()
    match said.casefold():
        case "import":
            return await talk.shop.db.write(restock.put_on_sale, batch, talk.person.id)
        case "discard":
            return await talk.shop.db.write(restock.throw_away, batch, talk.person.id)
        case "leave":
            return talk.end("restock-kept", (STOCK,))
    told = cost_and_proof(said, talk.shop.rules.currency)
    if told is None:
        return talk.ask(decide, "restock-bought-again", (LEAVE,), numbered=False, most=restock.LONGEST_PROOF)
    return talk.ask_with(decide, await talk.write(restock.bought_for, batch, *told, talk.person.id))


def cost_and_proof(said: str, currency: str) -> tuple[Money | None, str | None] | None:
    """ "12.50 INV-2041", "12.50", "- INV-2041": what one cost, and what shows it. None if it is neither."""
    amount, _, proof = said.partition(" ")
    proof = " ".join(proof.split())
    if len(proof) > restock.LONGEST_PROOF or not (proof or amount).isprintable():
        return None
    if amount in ("-", "—"):
        return (None, proof) if proof else None
    try:
        return parse(amount, currency), proof or None
    except ValueError:
        return None


telling = Conversation("telling-cost", Right.STOCK)
staff.talks(telling)


@telling.opens("bought")
async def of_batch(talk: Talk, number: str) -> Message:
    """What a batch cost, told later."""
    talk.answers["batch"] = (await talk.read(restock.found, number)).id
    return talk.ask(told, "restock-bought", (LEAVE,), numbered=False)


@telling.step
async def told(talk: Talk) -> Message:
    if talk.text.strip().casefold() == "leave":
        return talk.end("talk-left", (STOCK,))
    found = cost_and_proof(talk.text.strip(), talk.shop.rules.currency)
    if found is None:
        return talk.ask(told, "restock-bought-again", (LEAVE,), numbered=False, most=restock.LONGEST_PROOF)
    return await talk.write(restock.bought_for, talk.answers["batch"], *found, talk.person.id)
