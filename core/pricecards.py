"""A price change in words: what it is about, how much, and where it stands."""

from __future__ import annotations

from core import catalog, product_fields
from core.ground.db import Tx
from core.ground.messages import Local, Words, words
from core.repricing import EVERYTHING, Change


def row(tx: Tx, change: Change) -> Words:
    """In a list of them."""
    about = {"number": str(change.id), "what": what(tx, change), "state": change.state, "time": change.due_at}
    return words("price-change-row", **about)


def what(tx: Tx, change: Change) -> Words:
    """ "Steam: +5 %", "Steam 20: 128.00"."""
    return words("price-change-what", product=called(tx, change.scope) or "-", text=_how(change))


def _how(change: Change) -> str:
    if change.percent is not None:
        return f"{change.percent:+f} %"
    steps = change.prices.items()
    return ", ".join(f"{code} {product_fields.prices_shown(each, code) or '-'}" for code, each in steps)


def called(tx: Tx, scope: str) -> Local | Words | None:
    """What a change is about, by name; None for nothing there is."""
    kind, _, slug = scope.partition(" ")
    if scope == EVERYTHING:
        return words("choose-all-products")
    among = {"brand": catalog.all_brands, "product": catalog.everything}.get(kind)
    return next((each.name for each in among(tx) if each.slug == slug), None) if among else None
