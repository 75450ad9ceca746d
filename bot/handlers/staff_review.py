"""Held orders: the queue, and the one tap that decides."""

from __future__ import annotations

from dataclasses import replace

from bot.staff import staff
from core import orders, review
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Message
from core.shop import Shop


@staff.hears("reviews", right=Right.LOOK)
async def queue(shop: Shop, person: Person) -> Message:
    """Every held order, the oldest first."""
    return await shop.db.read(_queue)


def _queue(tx: Tx) -> Message:
    return replace(review.queue(tx), card=None)  # asked for, it is said below


@staff.hears("review", right=Right.LOOK)
async def show(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.read(_card, number)


@staff.hears("approve", right=Right.DECIDE)
async def approve(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.write(_approve, number, person)


@staff.hears("reject", right=Right.DECIDE)
async def reject(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.write(_reject, number, person)


def _card(tx: Tx, number: str) -> Message:
    return review.card(tx, orders.numbered(tx, number))


def _approve(tx: Tx, number: str, person: Person) -> Message:
    review.approve(tx, orders.numbered(tx, number), person.id)
    return _card(tx, number)


def _reject(tx: Tx, number: str, person: Person) -> Message:
    review.reject(tx, orders.numbered(tx, number), person.id)
    return _card(tx, number)
