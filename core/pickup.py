"""Picking an order up without the chat it was placed in, by its number and its phrase."""

from __future__ import annotations

import unicodedata

from core import order_events, orders
from core.customers import Person
from core.ground.db import Tx
from core.ground.words import LOCALES, sentence
from core.orders import Order

PHRASE_WORDS = 4  # of a list of 128: 28 bits beside the order's number, guessed at a handful of tries a minute


def phrase(tx: Tx, order: Order, locale: str) -> str:
    """The order's pick-up phrase: worked out from its number by the vault's key, stored nowhere."""
    digest = tx.vault.fingerprint(order.number, "pick-up")
    among = _phrase_words(locale)
    return " ".join(among[digest[place] % len(among)] for place in range(PHRASE_WORDS))


def _phrase_words(locale: str) -> list[str]:
    return sentence(locale, "pickup-words").split()


def pick_up(tx: Tx, number: str, said: str, person: Person) -> Order:
    """Open an order for whoever knows its number and phrase; from now on its messages come here.

    Raises UnknownOrder for a wrong number and a wrong phrase alike.
    """
    order = orders.numbered(tx, number)
    given = _normal(said)
    phrases = [_normal(phrase(tx, order, locale)) for locale in LOCALES]
    prints = [tx.vault.fingerprint(text, "compare") for text in (given, *phrases)]
    if prints[0] not in prints[1:]:
        raise orders.UnknownOrder()
    tx.changed(orders.PICKED_UP, order_id=order.id, person_id=person.id, at=tx.now)
    tx.changed(orders.PICK_UP, order=order.id, person=person.id)
    order_events.record(tx, order.id, "picked_up", person.id)
    return orders.get(tx, order.id)


def _normal(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
