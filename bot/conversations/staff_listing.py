"""Putting somebody or something on a list, why and for how long; and parting accounts that were linked wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.conversation import Conversation, Talk
from bot.handlers import staff_buyers
from bot.handlers.staff_buyers import LISTS
from bot.staff import staff
from core import joining, linking, listings
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, Words, words
from core.listings import CUSTOMER, LONGEST, TYPED, Entry, Listed, Verdict

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
LASTS: Mapping[str, timedelta | None] = {"week": timedelta(days=7), "month": timedelta(days=30), "always": None}
HOW_LONG = (
    Choice(words("choose-for-days", days=7), "week", acts=True),
    Choice(words("choose-for-days", days=30), "month", acts=True),
    Choice(words("choose-for-always"), "always", acts=True),
    LEAVE,
)

blocking = Conversation("blocking", Right.BLOCK, private=True)
allowing = Conversation("allowing", Right.BLOCK, private=True)
for each in (blocking, allowing):
    staff.talks(each)


@blocking.opens("block")
async def block(talk: Talk, kind: str = "", *said: str) -> Message:
    return await _begin(talk, "block", kind, " ".join(said))


@allowing.opens("allow")
async def allow(talk: Talk, kind: str = "", *said: str) -> Message:
    return await _begin(talk, "allow", kind, " ".join(said))


async def _begin(talk: Talk, verdict: Verdict, kind: str, said: str) -> Message:
    if kind not in (CUSTOMER, *TYPED) or not said:
        return talk.end("listing-what", (LISTS,))
    value, label = await talk.read(_meant, kind, said)
    talk.answers |= {"verdict": verdict, "kind": kind, "value": value, "label": label}
    return _ask_why(talk)


def _meant(tx: Tx, kind: str, said: str) -> tuple[int | str, str]:
    """What is kept, and how staff read it. Raises UnknownOrder, NotToBeListed."""
    if kind != CUSTOMER:
        return listings.readable(kind, said), listings.readable(kind, said)
    buyer = staff_buyers.of(tx, said)
    return buyer.customer, f"{buyer.name or '-'} {buyer.id}"


def _ask_why(talk: Talk) -> Message:
    return talk.ask(why, "listing-why", (LEAVE,), numbered=False, what=_what(talk.answers), most=LONGEST)


def _what(answers: Mapping[str, Any]) -> Words:
    return words("listing-of", what=words(f"listing-kind-{answers['kind']}"), label=answers["label"])


async def why(talk: Talk) -> Message:
    said = " ".join(talk.text.split())
    if said == "leave":
        return talk.end("talk-left", (LISTS,))
    if not said.isprintable() or not 0 < len(said) <= LONGEST:
        return _ask_why(talk)
    talk.answers["why"] = said
    return _ask_how_long(talk)


def _ask_how_long(talk: Talk) -> Message:
    sure = words("block-sure") if talk.answers["verdict"] == "block" else words("allow-sure")
    asked = Message((_what(talk.answers), sure), HOW_LONG)
    return talk.ask_with(how_long, asked)


async def how_long(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (LISTS,))
    if talk.text not in LASTS:
        return _ask_how_long(talk)
    return await talk.write(_put, talk.answers, talk.text, talk.person.id)


for each in (blocking, allowing):
    each.free_step(why)
    each.step(how_long)


def _put(tx: Tx, answers: Mapping[str, Any], lasts: str, person: str, *, request_key: str) -> Message:
    names = ("verdict", "kind", "value", "label", "why")
    about = Listed(*(answers[name] for name in names), lasts=LASTS[lasts])
    made: Entry = listings.put(tx, about, person, request_key)
    return Message(staff_buyers.row(tx, made), (LISTS,))


parting = Conversation("parting", Right.DECIDE)
staff.talks(parting)

PART = Choice(words("choose-part"), "part", acts=True)


@parting.opens("part")
async def whose(talk: Talk, account: str) -> Message:
    buyer = await talk.read(staff_buyers.of, account)
    others: Sequence[linking.Account] = await talk.read(linking.others, buyer)
    if not others:
        return talk.end("unlinked-already")
    talk.answers["account"] = buyer.id
    return talk.ask(really, "part-sure", (PART, LEAVE), name=buyer.name or "-", n=len(others))


@parting.step
async def really(talk: Talk) -> Message:
    if talk.text != "part":
        return talk.end("talk-left")
    parted = await talk.write(_part, talk.answers["account"], talk.person.id)
    return talk.end("unlinked" if parted else "unlinked-already")


def _part(tx: Tx, account: str, person: str, *, request_key: str) -> bool:
    return joining.unlink_for(tx, account, person)
