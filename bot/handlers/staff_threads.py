"""Buyers who asked for a person: who waits, and who of us looks after it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.handlers.staff_help import REVIEWS
from bot.staff import staff
from core import cards, customers, threads
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.shop import Shop
from core.threads import Thread


@staff.hears("threads", right=Right.LOOK)
async def waiting(shop: Shop, person: Person) -> Message:
    """Whoever waits for an answer, the longest first."""
    return await shop.db.read(_waiting)


def _waiting(tx: Tx) -> Message:
    found = threads.waiting(tx, 10)
    if not found:
        return Message(words("staff-threads-none"), (REVIEWS,))
    return Message(words("staff-threads", n=len(found)), tuple(_listed(tx, thread) for thread in found))


def _listed(tx: Tx, thread: Thread) -> Choice:
    buyer = customers.person(tx, thread.buyer)
    name = buyer.name or cards.handle(buyer.id)
    return Choice(words("choose-one-thread", buyer=name, time=thread.changed_at), f"thread {thread.id}")


@staff.hears("thread", right=Right.LOOK)
async def show(shop: Shop, person: Person, thread: str) -> Message:
    return await shop.db.read(_card, _number(thread))


@staff.hears("take", right=Right.ANSWER)
async def take(shop: Shop, person: Person, thread: str) -> Message:
    """One of us looks after it; whoever presses second is told who."""
    return await shop.db.write(_decided, threads.take, _number(thread), person.id)


@staff.hears("close", right=Right.ANSWER)
async def close(shop: Shop, person: Person, thread: str, taken: str = "") -> Message:
    """`taken`: the card said that somebody looks after it."""
    decide = partial(threads.close, anyway=bool(taken))
    return await shop.db.write(_decided, decide, _number(thread), person.id)


def _number(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 15 else 0


def _card(tx: Tx, thread: int) -> Message:
    return threads.card(tx, threads.get(tx, thread))


def _decided(tx: Tx, decide: Callable[[Tx, int, str], Thread], thread: int, person: str) -> Message:
    return threads.card(tx, decide(tx, thread, person))
