"""Taking unsold codes out of sale, voiding them, or moving them to another product: which, why, and a second look."""

from __future__ import annotations

import asyncio

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import STOCK
from bot.staff import staff
from core import catalog, enquiries, pasted, restock, withdrawals
from core.authority import Right
from core.catalog import UnknownProduct
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.vault import Secret

withdrawing = Conversation("withdrawing", Right.STOCK, private=True)
staff.talks(withdrawing)

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
SURE = {what: Choice(words(f"choose-sure-{what}"), "sure", acts=True) for what in withdrawals.WHATS}


@withdrawing.opens("withdraw")
async def begin(talk: Talk, what: str, batch: str = "") -> Message:
    if what not in withdrawals.WHATS:
        return talk.end("withdraw-what", (STOCK,))
    await talk.read(withdrawals.allowed, what, talk.person.id)
    talk.answers["what"] = what
    if not batch:
        return talk.ask(codes, "withdraw-list", (LEAVE,), numbered=False, most=withdrawals.LONGEST_LIST)
    one = await talk.read(restock.found, batch)
    talk.answers |= {"batch": one.id, "products": [one.product]}
    return await _where_or_why(talk)


@withdrawing.free_step
async def codes(talk: Talk) -> Message:
    """A list of codes, of which only their numbers are kept."""
    if talk.text.strip() == "leave":
        return talk.end("talk-left", (STOCK,))
    found = (await asyncio.to_thread(pasted.read, talk.text.splitlines())).codes
    if not 0 < len(found) <= withdrawals.LONGEST_LIST:
        return talk.ask(codes, "withdraw-list", (LEAVE,), numbered=False, most=withdrawals.LONGEST_LIST)
    known = await talk.read(withdrawals.listed, found)
    if not await talk.read(withdrawals.many, talk.answers["what"], None, known.codes):
        return talk.ask(codes, "withdraw-none-of-these", (LEAVE,), numbered=False)
    talk.answers |= {"codes": list(known.codes), "products": sorted(known.products)}
    return await _where_or_why(talk)


async def _where_or_why(talk: Talk) -> Message:
    if not await talk.read(_many, talk.answers):
        return talk.end("withdraw-nothing", (STOCK,))
    if talk.answers["what"] == "move":
        return talk.ask(where, "withdraw-where", (LEAVE,), numbered=False)
    return talk.ask(why, "withdraw-why", (LEAVE,), numbered=False)


@withdrawing.free_step
async def where(talk: Talk) -> Message:
    """The other product, by its short name or by any of its names."""
    said = " ".join(talk.text.split())
    if said == "leave":
        return talk.end("talk-left", (STOCK,))
    try:
        slug = await talk.read(_slug, said)
        to = await talk.read(withdrawals.look_where, slug, talk.answers["products"])
    except (UnknownProduct, withdrawals.CantMoveThere):
        return talk.ask(where, "withdraw-where-again", (LEAVE,), numbered=False)
    talk.answers |= {"to": to.id}
    return talk.ask(why, "withdraw-why", (LEAVE,), numbered=False)


def _slug(tx: Tx, said: str) -> str:
    named = [one.slug for one in catalog.everything(tx) if said in (one.slug, *one.name.texts.values())]
    return named[0] if len(named) == 1 else said


@withdrawing.free_step
async def why(talk: Talk) -> Message:
    said = " ".join(talk.text.split())
    if said == "leave":
        return talk.end("talk-left", (STOCK,))
    if not said.isprintable() or not 0 < len(said) <= withdrawals.LONGEST_WHY:
        return talk.ask(why, "withdraw-why-again", (LEAVE,), numbered=False, most=withdrawals.LONGEST_WHY)
    talk.answers["why"] = enquiries.covered(Secret(said))  # people quote the code they complain of
    return await talk.read(_second_look, talk)


def _second_look(tx: Tx, talk: Talk) -> Message:
    """How many it would be at this moment, and what stays as it is."""
    told, n = talk.answers, _many(tx, talk.answers)
    names = catalog.by_id(tx, told["products"][0]).name if len(told["products"]) == 1 else words("several-products")
    facts = {"n": n, "product": names, "why": told["why"]}
    if told["what"] == "move":
        facts["to"] = catalog.by_id(tx, told["to"]).name
    return talk.ask_with(sure, Message(words(f"withdraw-sure-{told['what']}", **facts), (SURE[told["what"]], LEAVE)))


def _many(tx: Tx, told: dict[str, object]) -> int:
    return withdrawals.many(tx, str(told["what"]), told.get("batch"), told.get("codes", ()))  # type: ignore[arg-type]


@withdrawing.step
async def sure(talk: Talk) -> Message:
    if talk.text != "sure":
        return talk.end("talk-left", (STOCK,))
    told = talk.answers
    await talk.write(
        withdrawals.order,
        told["what"],
        talk.person.id,
        told["why"],
        batch=told.get("batch"),
        listed=told.get("codes", ()),
        to=told.get("to"),
    )
    return talk.end("withdraw-begun", (STOCK,))
