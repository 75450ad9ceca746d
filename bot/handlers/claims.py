"""A buyer's claims: the list, one of them, and what may be done about it by one press."""

from __future__ import annotations

from bot.buyers import buyers
from core import claimcards, claiming
from core import claims as cases
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Message
from core.shop import Shop

SHOWN = 8


@buyers.hears("claims")
async def my_claims(shop: Shop, person: Person) -> Message:
    """The buyer's claims, the newest first."""
    return await shop.db.read(_listed, person)


def _listed(tx: Tx, person: Person) -> Message:
    return claimcards.listed(tx, cases.of_customer(tx, person.customer, SHOWN))


@buyers.hears("case")
async def show(shop: Shop, person: Person, number: str) -> Message:
    """Where it stands."""
    return await shop.db.read(_card, person, number)


def _card(tx: Tx, person: Person, number: str) -> Message:
    return claimcards.to_buyer(tx, claiming.own(tx, person, number))


@buyers.hears("claim-none")
async def nothing_to_show(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.write(_nothing, person, number)


@buyers.hears("claim-withdraw")
async def withdraw(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.write(_withdraw, person, number)


@buyers.hears("claim-person")
async def appeal(shop: Shop, person: Person, number: str) -> Message:
    """A person looks at what the shop alone has refused."""
    return await shop.db.write(_appeal, person, number)


def _nothing(tx: Tx, person: Person, number: str) -> Message:
    return claimcards.to_buyer(tx, claiming.nothing_to_show(tx, person, number))


def _withdraw(tx: Tx, person: Person, number: str) -> Message:
    return claimcards.to_buyer(tx, claiming.withdraw(tx, person, number))


def _appeal(tx: Tx, person: Person, number: str) -> Message:
    return claimcards.to_buyer(tx, claiming.appeal(tx, person, number))
