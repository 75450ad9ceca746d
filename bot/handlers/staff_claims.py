"""Claims: what waits for an answer, and the one tap that decides."""

from __future__ import annotations

from dataclasses import replace

from bot.staff import staff
from core import claimcards, claiming, claims, inventory
from core.authority import Right
from core.claims import Claim, Why
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Message, words
from core.shop import Shop


@staff.hears("claims", right=Right.LOOK)
async def waiting(shop: Shop, person: Person) -> Message:
    """Those that go on, the one due first in front."""
    return await shop.db.read(claimcards.waiting)


@staff.hears("claim", right=Right.LOOK)
async def show(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.read(_card, number)


@staff.hears("claim-replace", right=Right.ANSWER)
async def replace_it(shop: Shop, person: Person, number: str) -> Message:
    """Another code for it; where the last one has gone, the card as it stands now."""
    try:
        return await shop.db.write(_replaced, number, person)
    except inventory.OutOfStock:
        card = await shop.db.read(_card, number)
        return replace(card, text=(words("staff-claim-none-left"), *card.paragraphs))


@staff.hears("claim-refund", right=Right.MONEY)
async def refund(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.write(_refunded, number, person)


@staff.hears("claim-refuse", right=Right.ANSWER)
async def refuse(shop: Shop, person: Person, number: str, why: str = "") -> Message:
    """Without a reason: which?"""
    if why not in list(claimcards.REFUSALS):
        return await shop.db.read(_why, number)
    return await shop.db.write(_refused, number, Why(why), person)


@staff.hears("claim-resend", right=Right.ANSWER)
async def resend(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.write(_resent, number, person)


@staff.hears("supplier-claim", right=Right.ANSWER)
async def supplier_ruled(shop: Shop, person: Person, number: str, becomes: str = "") -> Message:
    """What a supplier says of a code that was bought there."""
    if becomes not in ("accepted", "refused"):
        return await shop.db.read(_card, number)
    return await shop.db.write(_ruled, number, becomes, person)


def _card(tx: Tx, number: str) -> Message:
    return claimcards.card(tx, claims.numbered(tx, number))


def _why(tx: Tx, number: str) -> Message:
    claim = claims.numbered(tx, number)
    return claimcards.refusals(claim) if claim.goes_on else claimcards.card(tx, claim)


def _stands(tx: Tx, claim: Claim) -> Message:
    return claimcards.card(tx, claim)


def _replaced(tx: Tx, number: str, person: Person) -> Message:
    return _stands(tx, claiming.replace(tx, number, person.id))


def _refunded(tx: Tx, number: str, person: Person) -> Message:
    return _stands(tx, claiming.refund(tx, number, person.id))


def _refused(tx: Tx, number: str, why: Why, person: Person) -> Message:
    return _stands(tx, claiming.refuse(tx, number, why, person.id))


def _resent(tx: Tx, number: str, person: Person) -> Message:
    return _stands(tx, claiming.resend(tx, number, person.id))


def _ruled(tx: Tx, number: str, becomes: str, person: Person) -> Message:
    return _stands(tx, claiming.supplier_ruled(tx, number, becomes, person.id))
