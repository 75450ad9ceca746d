"""Putting somebody or something on a list, why and for how long; and parting accounts that were linked wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.conversation import Conversation, Talk
from bot.handlers import staff_buyers
from bot.handlers.staff_buyers import LISTS
from bot.staff import staff
from core import enquiries, joining, linking, listings
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, Note, Words, words
from core.ground.vault import Secret
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
    talk.answers |= {"verdict": verdict, "kind": kind}
    if kind == CUSTOMER:
        talk.answers["value"], talk.answers["label"] = await talk.read(_whom, said)
    else:  # no talk and no history keeps it as it was typed
        talk.answers["note"] = await talk.write(_keep, talk.person.id, listings.readable(kind, said))
    return _ask_why(talk)


def _whom(tx: Tx, said: str) -> tuple[int, str]:
    """Whose number is kept, and how staff read it. Raises UnknownOrder."""
    buyer = staff_buyers.of(tx, said)
    return buyer.customer, f"{buyer.name or '-'} {buyer.id}"


def _keep(tx: Tx, person: str, typed: str, *, request_key: str) -> int:
    return enquiries.keep(tx, f"listing {request_key}", person, person, typed)


def _ask_why(talk: Talk) -> Message:
    return talk.ask(why, "listing-why", (LEAVE,), numbered=False, what=_what(talk.answers), most=LONGEST)


def _what(answers: Mapping[str, Any]) -> Words:
    label = Note(answers["note"]) if "note" in answers else answers["label"]
    return words("listing-of", what=words(f"listing-kind-{answers['kind']}"), label=label)


async def why(talk: Talk) -> Message:
    said = " ".join(talk.text.split())
    if said == "leave":
        return talk.end("talk-left", (LISTS,))
    if not said.isprintable() or not 0 < len(said) <= LONGEST:
        return _ask_why(talk)
    talk.answers["why"] = enquiries.covered(Secret(said))  # people quote the code it is about
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
    if "note" in answers:
        value = label = enquiries.open_for(tx, answers["note"], person, staff=True).reveal()
    else:
        value, label = answers["value"], answers["label"]
    about = Listed(answers["verdict"], answers["kind"], value, label, answers["why"], LASTS[lasts])
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
