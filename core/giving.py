"""Giving a code away: its buyer makes a link, a friend opens it in any chat, and from then on it is the friend's."""

from __future__ import annotations

from dataclasses import dataclass

from core import (
    attempts,
    cards,
    claims,
    customers,
    delivery,
    gift_notes,
    gifts,
    order_events,
    orders,
    redemptions,
    restores,
    staff,
)
from core.customers import Person
from core.gifts import Gift
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Message, OneTime, words
from core.orders import Order, State
from core.units import Obligation, Unit, UnitState

AT_THE_BANK = (State.DISPUTED, State.DISPUTE_LOST)


class NotToGive(ShopError):
    """This code can't be given away: there is none, it is being given, a claim goes on, or its payment is disputed.

    Facts: number.
    """


class RedeemedBefore(ShopError):
    """As far as we know the code was redeemed: it is no gift any more. Facts: number."""


class GiftGone(ShopError):
    """No gift, or none any more: taken back, or its time is over. It is the same for all."""


class GiftOpened(ShopError):
    """Somebody else was first. It is nobody's fault."""


class GiftIsYours(ShopError):
    """Whoever made it can't open it: it is for somebody else."""


class GiftNotNow(ShopError):
    """It can't be opened at this moment, and stays good. Facts: time, until when."""


@dataclass(frozen=True)
class Given:
    """A gift with what it is of."""

    gift: Gift
    order: Order
    unit: Unit
    giver: str  # as people call them
    seen: bool  # its buyer may have seen the code: then only their word says that it was not used


def _given(tx: Tx, gift: Gift) -> Given:
    order = orders.get(tx, gift.order)
    unit = next(unit for unit in order.units if unit.id == gift.unit)
    return Given(gift, order, unit, called(tx, gift.giver), _may_be_seen(tx, order, unit))


def _may_be_seen(tx: Tx, order: Order, unit: Unit) -> bool:
    """Whatever was tried may have arrived, be it that the answer was lost; so only what nobody tried to send is new."""
    waits = unit.state is UnitState.GRANTED and unit.obligation is Obligation.PICKUP
    return not waits or attempts.tried(tx, order.id)


def called(tx: Tx, person_id: str) -> str:
    return customers.person(tx, person_id).name or cards.handle(person_id)


# The giver


def to_give(tx: Tx, order: Order) -> list[Unit]:
    """The units whose codes can be given away now: none of which a claim goes on."""
    theirs, live = set(delivery.given(tx, order)), gifts.live(tx, order.id)
    taken = {unit for unit, gift in live.items() if gift.state == "opened" or gift.expires_at > tx.now}
    taken |= {claim.unit for claim in claims.of_order(tx, order.id) if claim.goes_on}
    if order.state in AT_THE_BANK:
        return []
    units = [unit for unit in order.units if unit.id in theirs - taken]
    return [unit for unit in units if unit.obligation is not Obligation.DELIVER]  # that is on its way to its buyer


def give(tx: Tx, number: str, position: int, person_id: str, key: str) -> Given:
    """The buyer makes a link by which a friend can have this code. Once per key.

    Raises UnknownOrder, NotToGive, RedeemedBefore, BooksBeingChecked.
    """
    person = customers.person(tx, person_id)
    order = orders.locked(tx, orders.own(tx, number, person.customer, person.id).id)
    if made := gifts.made_with(tx, key):
        return _given(tx, made)
    restores.must_be_checked(tx)
    unit = next((unit for unit in to_give(tx, order) if unit.position == position), None)
    if unit is None:
        raise NotToGive(number=order.number)
    _must_be_unused(tx, order, unit)
    made = gifts.make(tx, order.id, unit.id, person.id, key)
    order_events.record(tx, order.id, "gift_made", person.id, unit=unit.position)
    return _given(tx, made)


def _must_be_unused(tx: Tx, order: Order, unit: Unit) -> None:
    if redemptions.known(tx, unit.id):
        raise RedeemedBefore(number=order.number)


def take_back(tx: Tx, gift_id: int, person_id: str) -> Order:
    """Nobody can open it any more. A repeat changes nothing. Raises GiftGone for others', GiftOpened when it was."""
    gift, order = _of_the_giver(tx, gift_id, person_id)
    if tx.changed(gifts.TAKE_BACK, gift=gift.id, at=tx.now):
        order_events.record(tx, order.id, "gift_taken_back", person_id)
    elif gifts.get(tx, gift.id).state == "opened":
        raise GiftOpened()
    return order


def _of_the_giver(tx: Tx, gift_id: int, person_id: str) -> tuple[Gift, Order]:
    person = customers.person(tx, person_id)
    try:
        gift = gifts.get(tx, gift_id)
        return gift, orders.locked(tx, orders.own_by_id(tx, gift.order, person.customer, person.id).id)
    except (LookupError, orders.UnknownOrder):
        raise GiftGone() from None


# The friend


def look(tx: Tx, token: str, person_id: str) -> Given:
    """Somebody came by the link: from now on they may open it.

    Raises GiftGone, GiftOpened, GiftIsYours, RedeemedBefore.
    """
    gift = gifts.by_token(tx, token)
    if gift is None:
        raise GiftGone()
    person = customers.person(tx, person_id)
    given = _given(tx, gift)
    if gift.state == "opened" and gift.customer == person.customer:
        return given
    _must_wait(tx, gift)
    if person.customer == given.order.customer or person.id == gift.giver:
        raise GiftIsYours()
    _must_be_unused(tx, given.order, given.unit)
    tx.changed(gifts.LET_IN, gift_id=gift.id, person_id=person.id, at=tx.now)
    return given


def _must_wait(tx: Tx, gift: Gift) -> None:
    if gift.state == "opened":
        raise GiftOpened()
    if gift.state != "waits" or gift.expires_at <= tx.now:
        raise GiftGone()


def accept(tx: Tx, gift_id: int, person_id: str) -> Given:
    """The friend opens it: the code is theirs from this commit on, and no more its buyer's, who is told.

    Of two at once one gets it. A repeat finds it theirs.
    Raises GiftGone, GiftOpened, GiftNotNow, RedeemedBefore, BooksBeingChecked.
    """
    person, gift = customers.person(tx, person_id), _shown_to(tx, gift_id, person_id)
    order = orders.locked(tx, gift.order)
    unit = next(unit for unit in order.units if unit.id == gift.unit)
    if not tx.changed(gifts.OPEN, gift=gift.id, person=person.id, now=tx.now, at=tx.now):
        now = gifts.get(tx, gift.id)
        if now.state == "opened" and now.customer == person.customer:
            return _given(tx, now)
        _must_wait(tx, now)
        raise GiftGone()
    restores.must_be_checked(tx)
    on_its_way = unit.obligation is Obligation.DELIVER  # to its buyer: it would reach both
    if on_its_way or order.state in AT_THE_BANK or unit.id not in delivery.at_hand(tx, order):
        raise GiftNotNow(time=gift.expires_at)
    _must_be_unused(tx, order, unit)
    order_events.record(tx, order.id, "gift_opened", person.id, unit=unit.position)
    audit.write(tx, person.id, "open gift", f"order {order.number}", unit=unit.position)
    told = words(
        "told-gift-opened",
        product=order.line_of(unit).terms.name,
        number=order.number,
        position=unit.position,
        name=called(tx, person.id),
    )
    staff.say(tx, f"gift opened {gift.id}", gift.giver, Message(told, (cards.MY_ORDERS,)))
    return _given(tx, gifts.get(tx, gift.id))


def _shown_to(tx: Tx, gift_id: int, person_id: str) -> Gift:
    """The number of a gift opens nothing: only whoever came by its link."""
    if tx.first(gifts.IS_GUEST, gift=gift_id, person=person_id) is None:
        raise GiftGone()
    return gifts.get(tx, gift_id)


def own(tx: Tx, gift_id: int, person: Person) -> Given:
    """A gift that this person was given. Raises GiftGone for others'."""
    try:
        gift = gifts.get(tx, gift_id)
    except LookupError:
        raise GiftGone() from None
    if gift.customer != person.customer:
        raise GiftGone()
    return _given(tx, gift)


def shown(tx: Tx, gift_id: int, person: Person) -> Message:
    """What they were given, with its code: what waited to be sent has reached them by that. Raises GiftGone."""
    given = own(tx, gift_id, person)
    order = orders.locked(tx, given.order.id)
    if given.unit.id not in delivery.at_hand(tx, order):
        raise GiftNotNow(time=tx.now + delivery.HELD_WITHIN)
    audit.write(tx, person.id, "reveal", f"order {order.number}", to=person.id, count=1)
    if given.unit.obligation:
        delivery.sent(tx, order.id, (given.unit.id,), f"shown to {person.id}", way=None)
    return gift_notes.gift(order, given.unit, given.gift.id, given.giver)


# What is said of it


def made(given: Given, ways: dict[str, str]) -> Message:
    """The links, one for each chat, and how long they are good. `ways`: what stands before the token, by chat."""
    order, unit = given.order, given.unit
    head = words(
        "gift-made-seen" if given.seen else "gift-made",
        product=order.line_of(unit).terms.name,
        position=unit.position,
        number=order.number,
        time=given.gift.expires_at,
    )
    lines = tuple(words(f"gift-way-{chat}", way=OneTime("gift", given.gift.id, start)) for chat, start in ways.items())
    typed = words("gift-way-typed", way=OneTime("gift", given.gift.id, "gift "))
    back = Choice(words("choose-take-back"), f"ungift {given.gift.id}", acts=True)
    return Message((head, *lines, typed), (back, cards.MY_ORDERS))


def told(tx: Tx, order: Order) -> list[tuple[Gift, Unit]]:
    """What of an order is being given away, or was."""
    live = gifts.live(tx, order.id)
    return [(live[unit.id], unit) for unit in order.units if unit.id in live]
