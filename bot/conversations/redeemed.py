"""A buyer tells that their code worked; and, asked for by itself, when and where. That can be taken back."""

from __future__ import annotations

from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from core import cards, orders, redeeming, redemptions
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.orders import Order
from core.shop import Shop

SHOWN = 9  # codes that have a button of their own

telling = Conversation("telling", private=True)
buyers.talks(telling)


@telling.opens("worked")
async def begin(talk: Talk, number: str, position: str = "") -> Message:
    """Of several codes, which; of one, it is told at once."""
    order, untold = await talk.read(_untold, number, talk.person)
    talk.answers["number"] = order.number
    if position == "all" or not untold:
        return await _told(talk, [])
    if position.isascii() and position.isdigit() and len(position) < 5:
        return await _told(talk, [int(position)])
    if len(untold) == 1:
        return await _told(talk, untold)
    one_by_one = (Choice(str(each), f"worked {order.number} {each}") for each in untold[:SHOWN])
    every = Choice(words("choose-all-worked"), f"worked {order.number} all", main=True)
    return Message(words("worked-which", number=order.number), (every, *one_by_one, cards.MY_ORDERS), numbered=False)


def _untold(tx: Tx, number: str, person: Person) -> tuple[Order, list[int]]:
    order = orders.own(tx, number, person.customer, person.id)
    return order, [unit.position for unit in redeeming.untold(tx, order)]


async def _told(talk: Talk, positions: list[int]) -> Message:
    order = await talk.write(_worked, talk.answers["number"], positions, talk.person.id)
    if await talk.read(redeeming.is_kept, order):
        return talk.end("worked-kept", (forgets(order.number), cards.MY_ORDERS))
    talk.answers["key"] = talk.key
    keep = Choice(words("choose-keep-where"), "keep", acts=True)
    no = Choice(words("choose-keep-nothing"), "nothing", acts=True)
    return talk.ask(whether, "worked-noted", (keep, no, cards.MY_ORDERS))


def forgets(number: str) -> Choice:
    return Choice(words("choose-forget-where"), f"forgetwhere {number}", acts=True)


def _worked(tx: Tx, number: str, positions: list[int], person: str, *, request_key: str) -> Order:
    return redeeming.worked(tx, number, positions, person, request_key)


@telling.step
async def whether(talk: Talk) -> Message:
    if talk.text != "keep":
        return talk.end("worked-thanks", (cards.SHELF, cards.MY_ORDERS))
    no = Choice(words("choose-keep-nothing"), "nothing", acts=True)
    return talk.ask(where, "worked-where", (no,), numbered=False, most=redemptions.LONGEST)


@telling.free_step
async def where(talk: Talk) -> Message:
    if talk.text == "nothing":
        return talk.end("worked-thanks", (cards.SHELF, cards.MY_ORDERS))
    number = talk.answers["number"]
    await talk.write(_keep_where, number, talk.text, talk.person.id, talk.answers["key"])
    return talk.end("worked-kept", (forgets(number), cards.MY_ORDERS))


def _keep_where(tx: Tx, number: str, place: str, person: str, told: str, *, request_key: str) -> None:
    redeeming.keep_where(tx, number, place, person, told)


@buyers.hears("forgetwhere", private=True)
async def forget_where(shop: Shop, person: Person, number: str) -> Message:
    """When and where are erased, and only that it worked is left."""
    await shop.db.write(redeeming.forget_where, number, person.id)
    return Message(words("worked-forgotten"), (cards.MY_ORDERS, cards.HUMAN))
