"""Putting somebody or something on a list, why and for how long; and parting accounts that were linked wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.conversation import Conversation, Talk
from bot.handlers import staff_buyers
from bot.handlers.staff_buyers import LISTS
from bot.staff import staff
from core import customers, enquiries, joining, linking, listings, marks, orders
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Note, Words, words
from core.ground.vault import Secret
from core.listings import CUSTOMER, FROM_ORDER, LONGEST, TYPED, Listed, Verdict
from core.marks import Kind

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
LASTS: Mapping[str, timedelta | None] = {"week": timedelta(days=7), "month": timedelta(days=30), "always": None}
HOW_LONG = (
    Choice(words("choose-for-days", days=7), "week", acts=True),
    Choice(words("choose-for-days", days=30), "month", acts=True),
    Choice(words("choose-for-always"), "always", acts=True),
    LEAVE,
)

OF_ORDER = (CUSTOMER, *FROM_ORDER, "email")  # never its address on the net, behind which a whole town may live

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
    if kind not in ("order", CUSTOMER, *TYPED) or not said:
        return talk.end("listing-what", (LISTS,))
    talk.answers |= {"verdict": verdict, "kind": kind}
    if kind == "order":
        talk.answers["number"], talk.answers["among"] = await talk.read(_came_from, said)
        return _ask_which(talk)
    if kind == CUSTOMER:
        talk.answers["value"], talk.answers["label"] = await talk.read(_whom, said)
    else:  # no talk and no history keeps it as it was typed
        talk.answers["note"] = await talk.write(_keep, talk.person.id, listings.readable(kind, said))
    return _ask_why(talk)


def _whom(tx: Tx, said: str) -> tuple[int, str]:
    """Whose number is kept, and how staff read it. Raises UnknownOrder."""
    buyer = staff_buyers.of(tx, said)
    return buyer.customer, f"{buyer.name or '-'} {buyer.id}"


def _came_from(tx: Tx, number: str) -> tuple[str, list[str]]:
    """The order's number, and what of it can be listed. Raises UnknownOrder."""
    order = orders.numbered(tx, number)
    known = {CUSTOMER, *marks.of(tx, order.id)} - ({CUSTOMER} if customers.is_elsewhere(order.person) else set())
    return order.number, [kind for kind in OF_ORDER if kind in known]


def _ask_which(talk: Talk) -> Message:
    choices = [Choice(words(f"listing-kind-{kind}"), kind, acts=True) for kind in talk.answers["among"]]
    return talk.ask(which, "listing-which", (*choices, LEAVE), number=talk.answers["number"])


async def which(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (LISTS,))
    if talk.text not in talk.answers["among"]:
        return _ask_which(talk)
    talk.answers |= {"kind": talk.text, "label": talk.answers["number"]}
    if talk.text == CUSTOMER:
        talk.answers["value"], talk.answers["label"] = await talk.read(_whom, talk.answers["number"])
    return _ask_why(talk)


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
    each.step(which)
    each.free_step(why)
    each.step(how_long)


def _put(tx: Tx, answers: Mapping[str, Any], lasts: str, person: str, *, request_key: str) -> Message:
    label, values = _listed(tx, answers, person)
    rows: list[Words] = []
    for n, value in enumerate(values):
        about = Listed(answers["verdict"], answers["kind"], value, label, answers["why"], LASTS[lasts])
        rows.append(staff_buyers.row(tx, listings.put(tx, about, person, f"{request_key} {n}" if n else request_key)))
    return Message(Lines(tuple(rows)), (LISTS,))


def _listed(tx: Tx, answers: Mapping[str, Any], person: str) -> tuple[str, Sequence[str | bytes | int]]:
    """What staff will read, and what is listed: of an order's payer it may be an account and a card."""
    if "note" in answers:
        typed = enquiries.open_for(tx, answers["note"], person, staff=True).reveal()
        return typed, [typed]
    if "value" in answers:
        return answers["label"], [answers["value"]]
    return answers["label"], marks.of(tx, orders.numbered(tx, answers["number"]).id)[Kind(answers["kind"])]


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
