"""Agreeing to a file of codes, stopping one, and the passphrase that opens it; the evidence of an order."""

from __future__ import annotations

from bot.staff import staff
from core import evidence, exports, reveals
from core.authority import Right
from core.customers import Person
from core.exports import Export
from core.ground.messages import Choice, Message, OneTime, words
from core.shop import Shop


@staff.hears("agree-export", right=Right.EXPORT)
async def agree(shop: Shop, person: Person, number: str) -> Message:
    """Somebody else than who asked says yes: the link goes to who asked."""
    agreed = await shop.db.write(exports.agree, numbered(number), person.id)
    return Message(words("export-agreed", n=agreed.about["n"]), staff.choices, card=card_of(agreed))


@staff.hears("stop-export", right=Right.EXPORT)
async def stop(shop: Shop, person: Person, number: str) -> Message:
    stopped = await shop.db.write(exports.stop, numbered(number), person.id)
    return Message(words("export-ended"), staff.choices, card=card_of(stopped))


@staff.hears("passphrase", right=Right.EXPORT, private=True)
async def passphrase(shop: Shop, person: Person, number: str) -> Message:
    """Shown once, to who asked."""
    if not await shop.db.write(exports.show_phrase, numbered(number), person.id):
        return Message(words("passphrase-shown-before"))
    return Message(words("passphrase", phrase=OneTime("passphrase", int(number))))


@staff.hears("evidence", right=Right.EXPORT, private=True)
async def take_evidence(shop: Shop, person: Person, number: str) -> Message:
    """What the payment provider wants to see of a disputed order, as a file."""
    file = await shop.db.write(evidence.ask, number, person.id)
    back = Choice(words("choose-back"), f"order {number}")
    return Message(words("staff-evidence", number=number.upper()), (back,), document=file)


def card_of(export: Export) -> str:
    return f"export {export.id}"


def numbered(said: str) -> int:
    """Raises LinkUsed for what is no number of ours."""
    if not reveals.is_number(said):
        raise reveals.LinkUsed()
    return int(said)
