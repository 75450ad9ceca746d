"""Looking at a code: which, why, and where it is shown. Never in a group, and no chat of ours keeps it."""

from __future__ import annotations

from typing import Any

from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import reveals, selling
from core import staff as people
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, OneTime, Revealed, words
from core.reveals import Found

revealing = Conversation("revealing", Right.REVEAL, private=True)
staff.talks(revealing)

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
HERE = Choice(words("choose-show-here"), "in-chat", acts=True, main=True)
ON_PAGE = Choice(words("choose-show-once"), "once", acts=True)


@revealing.opens("reveal")
async def begin(talk: Talk, number: str, which: str = "") -> Message:
    """ "reveal K7M2-94QF 2": a code of an order; "reveal 12 3" and "reveal 12 …9XQF": one of a batch in stock.

    "reveal old 20240501AB": what was delivered with an order in the old shop.
    """
    found = await _found(talk, number, which)
    talk.answers["found"] = {**vars(found)}
    return talk.ask(why, "reveal-why", (LEAVE,), numbered=False, **await talk.read(_about, found, talk.person.id))


async def _found(talk: Talk, number: str, which: str) -> Found:
    """Raises NothingToReveal, SeveralCodes, UnknownOrder."""
    last = which.lstrip("…*.")
    if number.casefold() == reveals.OLD:
        return await talk.read(reveals.of_old_order, which)
    if not reveals.is_number(number) or (last == which and reveals.is_number(which)):
        return await talk.read(reveals.numbered, number, which)
    if len(last) < reveals.ENDING:
        raise reveals.NothingToReveal()
    same: list[int] = []
    after: int | None = 0
    while after is not None:
        found, after = await talk.read(reveals.ending, int(number), last, after)
        same += found
    if len(same) > 1:
        raise reveals.SeveralCodes()
    if not same:
        raise reveals.NothingToReveal()
    return Found(f"batch {number}", tuple(same))


def _about(tx: Tx, found: Found, person: str) -> dict[str, Any]:
    who = people.colleague(tx, person)
    return {"n": found.many, "left": reveals.left(tx, who), "what": found.about.partition(" ")[2]}


@revealing.free_step
async def why(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", staff.choices)
    try:
        talk.answers["why"] = reveals.reason_of(talk.text)
    except reveals.ReasonNeeded as refusal:
        return talk.ask(why, "reason-needed", (LEAVE,), numbered=False, **refusal.facts)
    return talk.ask(where, "reveal-where", (HERE, ON_PAGE, LEAVE))


@revealing.step
async def where(talk: Talk) -> Message:
    said = talk.text.strip().casefold()
    if said == "leave":
        return talk.end("talk-left", staff.choices)
    if said not in ("in-chat", "once"):
        return talk.ask(where, "reveal-where", (HERE, ON_PAGE, LEAVE))
    told = talk.answers["found"]
    found = Found(**{**told, "codes": tuple(told["codes"]), "units": tuple(told["units"])})
    made = await talk.write(_reveal, found, talk.answers["why"], talk.person.id, said == "once")
    until = await talk.read(lambda tx: tx.now + reveals.SHOWN)
    if said == "once":
        way = OneTime("reveal", made, f"{talk.shop.public_url}/once?t=")
        return talk.end("reveal-link", staff.choices, way=way, time=until)
    return talk.end("revealed", staff.choices, codes=Revealed(made, found.order, found.units), time=until)


def _reveal(tx: Tx, found: Found, why: str, person: str, on_page: bool, *, request_key: str) -> int:
    made = reveals.reveal(tx, found, why, person, request_key, on_page=on_page)
    if found.order is not None:
        selling.fetched(tx, found.order, found.units, person)
    return made
