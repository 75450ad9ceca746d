"""Price changes that are planned or were made: each a card, which cancels it or takes it back."""

from __future__ import annotations

from bot.handlers.staff_help import PRODUCTS
from bot.staff import staff
from core import pricecards, repricing
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, words
from core.repricing import Change
from core.shop import Shop

CHANGES = Choice(words("choose-price-changes"), "price-changes")


@staff.hears("price-changes", right=Right.SHELF)
async def changes(shop: Shop, person: Person) -> Message:
    """The last few, the newest first."""
    return await shop.db.read(_list)


def _list(tx: Tx) -> Message:
    found = repricing.latest(tx)
    if not found:
        return Message(words("price-changes-none"), (PRODUCTS,))
    choices = (Choice(words("choose-price-change", n=each.id), f"price-change {each.id}") for each in found)
    return Message(Lines((words("price-changes"), *(pricecards.row(tx, each) for each in found))), (*choices, PRODUCTS))


@staff.hears("price-change", right=Right.SHELF)
async def show(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.read(_show, _numbered(number))


def _show(tx: Tx, number: int) -> Message:
    return card(tx, repricing.one(tx, number))


def card(tx: Tx, change: Change) -> Message:
    """A change, what it left as it was when it was taken back, and the way to end it."""
    about = words(
        "price-change",
        number=str(change.id),
        what=pricecards.what(tx, change),
        state=change.state,
        time=change.due_at,
        who=change.ended_by or change.by,
    )
    end = {
        "planned": (Choice(words("choose-price-cancel"), f"price-cancel {change.id}", acts=True),),
        "done": (Choice(words("choose-price-undo"), f"price-undo {change.id}", acts=True),),
    }
    choices = (*end.get(change.state, ()), CHANGES, PRODUCTS)
    kept = (words("price-undo-left", product=product.name) for product in repricing.left(tx, change.id))
    return Message(Lines((about, *kept)), choices, card=f"price-change {change.id}")


def _numbered(said: str) -> int:
    """Raises NoSuchChange for what is no number of ours."""
    if not (said.isascii() and said.isdigit() and len(said) < 15):
        raise repricing.NoSuchChange()
    return int(said)


@staff.hears("price-cancel", right=Right.SHELF)
async def cancel(shop: Shop, person: Person, number: str) -> Message:
    """What is planned does not come."""
    return await shop.db.write(_cancel, person.id, _numbered(number))


def _cancel(tx: Tx, by: str, number: int) -> Message:
    return card(tx, repricing.cancel(tx, by, number))


@staff.hears("price-undo", right=Right.SHELF)
async def undo(shop: Shop, person: Person, number: str) -> Message:
    """What was done is taken back, but where somebody has changed a price again since."""
    return await shop.db.write(_undo, person.id, _numbered(number))


def _undo(tx: Tx, by: str, number: int) -> Message:
    return card(tx, repricing.undo(tx, by, number))
