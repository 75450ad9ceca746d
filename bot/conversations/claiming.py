"""Something is wrong with a code: which one, what happens, what shows it; then what is done and by when."""

from __future__ import annotations

from collections.abc import Sequence

from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from bot.paging import is_number
from bot.quantities import numeral
from core import cards, claimcards, claiming, enquiries, orders, shortage
from core.claims import Claim, Kind, State
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.inventory import OutOfStock
from core.orders import Order
from core.units import Unit

reporting = Conversation("claiming")
buyers.talks(reporting)

LATEST = 20  # orders that are looked through
LISTED = 5  # of those that something may be wrong with
MOST = 10  # codes that each have a button
LEAVE = Choice(words("choose-nothing"), "leave", acts=True)


@reporting.opens("claim")
async def begin(talk: Talk, number: str = "", position: str = "", *more: str) -> Message:
    if "-" not in number:
        return await _ask_which_order(talk)
    person = talk.person
    order = await talk.read(orders.own, number, person.customer, person.id)
    there = claiming.claimable(order)
    if not there:
        return await talk.read(shortage.stands, order)
    talk.answers["number"] = order.number
    wanted = int(position) if is_number(position) else 0
    if len(there) == 1 or wanted in _positions(there):
        return _ask_what(talk, wanted or there[0].position)
    return _ask_which(talk, order, there)


async def _ask_which_order(talk: Talk) -> Message:
    found = await talk.read(_with_codes, talk.person)
    if not found:
        return talk.end("claims-none", (cards.MY_ORDERS, cards.HUMAN))
    if len(found) == 1:
        return await begin(talk, found[0].number)
    return talk.end("claim-which-order", (*map(_listed, found), cards.HUMAN))


def _with_codes(tx: Tx, person: Person) -> list[Order]:
    newest = orders.newest(tx, person.customer, person.id, LATEST)
    return [order for order in newest if claiming.claimable(order)][:LISTED]


def _listed(order: Order) -> Choice:
    state = words(f"state-{order.state.value.replace('_', '-')}")
    label = words("choose-order", product=order.terms.name, n=order.quantity, state=state)
    return Choice(label, f"claim {order.number}")


def _positions(there: Sequence[Unit]) -> list[int]:
    return [unit.position for unit in there]


def _ask_which(talk: Talk, order: Order, there: Sequence[Unit]) -> Message:
    talk.answers["positions"] = _positions(there)
    buttons = (Choice(str(at), str(at)) for at in talk.answers["positions"][:MOST])
    many = {"number": order.number, "n": len(order.units)}
    return talk.ask(which, "claim-which", (*buttons, LEAVE), numbered=False, **many)


@reporting.step
async def which(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", buyers.choices)
    said = numeral(talk.text)
    if said is None or said not in talk.answers["positions"]:
        order = await talk.read(orders.own, talk.answers["number"], talk.person.customer, talk.person.id)
        return _ask_which(talk, order, claiming.claimable(order))
    return _ask_what(talk, said)


def _ask_what(talk: Talk, position: int) -> Message:
    talk.answers["position"] = position
    kinds = (Choice(words(f"claim-kind-{kind}"), kind) for kind in Kind)
    return talk.ask(what, "claim-what", (*kinds, LEAVE), number=talk.answers["number"], position=position)


@reporting.step
async def what(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", buyers.choices)
    if talk.text not in list(Kind):
        return _ask_what(talk, talk.answers["position"])
    about = (talk.answers["number"], talk.answers["position"], Kind(talk.text))
    claim = await talk.write(_report, talk.person, *about)
    talk.answers["case"] = claim.number
    said = await talk.read(claimcards.to_buyer, claim)
    return talk.ask_with(evidence, said) if claim.state is State.OPEN else said


def _report(tx: Tx, person: Person, number: str, position: int, kind: Kind, *, request_key: str) -> Claim:
    return claiming.report(tx, person, number, position, kind, request_key)


@reporting.file_step
async def evidence(talk: Talk) -> Message:
    return await _shows(talk)


@reporting.answers_card("case")
async def on_the_card(talk: Talk, case: str) -> Message:
    """Written as a reply to what was said about a claim: it belongs to it."""
    talk.answers["case"] = case
    return await _shows(talk)


async def _shows(talk: Talk) -> Message:
    """In words: what nobody could look at is not taken for evidence."""
    if not talk.text.strip():
        return talk.ask(evidence, "claim-in-words", (cards.HUMAN,), numbered=False)
    try:
        claim, ended = await _told(talk, talk.answers["case"])
    except enquiries.NoteTooLong as refusal:
        return talk.ask(evidence, "note-too-long", (cards.HUMAN,), numbered=False, **refusal.facts)
    return await talk.read(claimcards.passed_on if ended else claimcards.to_buyer, claim)


async def _told(talk: Talk, case: str) -> tuple[Claim, bool]:
    try:
        return await talk.write(_tell_more, talk.person, case, talk.text)
    except OutOfStock:  # the last code went to somebody else at this very moment
        return await talk.write(_tell_more, talk.person, case, talk.text, alone=False)


def _tell_more(
    tx: Tx, person: Person, case: str, text: str, *, alone: bool = True, request_key: str
) -> tuple[Claim, bool]:
    """The claim, and whether it had ended before this was written."""
    ended = not claiming.own(tx, person, case).goes_on and not enquiries.is_kept(tx, request_key)
    return claiming.tell_more(tx, person, case, text, request_key, alone=alone), ended


adding = Conversation("adding to a claim")
buyers.talks(adding)


@adding.opens("claim-more")
async def ask_more(talk: Talk, case: str) -> Message:
    talk.answers["case"] = (await talk.read(claiming.own, talk.person, case)).number
    return talk.ask(more, "claim-more-what", (LEAVE,), numbered=False)


@adding.file_step
async def more(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", buyers.choices)
    return await _shows(talk)
