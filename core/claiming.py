"""Claims from beginning to end: reported by the buyer, decided by the shop's rules, by staff, or by the clock.

Every decision is made behind the order's lock and ends a claim that goes on: the second is told who was first.
"""

from __future__ import annotations

from datetime import datetime

from core import (
    chargebacks,
    claim_facts,
    claimcards,
    claims,
    customers,
    delivery,
    enquiries,
    hours,
    order_events,
    orders,
    refunding,
    resending,
    restores,
    staff,
    threads,
)
from core.authority import Right
from core.claim_facts import Step
from core.claims import Claim, ClaimDecided, Kind, State, Why
from core.customers import Person
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import words
from core.inventory import LIVE_GRANT
from core.orders import Order
from core.units import HANDED_OVER, Obligation, Unit, UnitState

CLAIMABLE = (orders.State.FULFILLING, orders.State.DELIVERED)


class NothingToClaim(ShopError):
    """Nothing of the order was handed over, or its money is asked back in another way. Facts: number."""


def claimable(order: Order, kind: Kind = Kind.MISSING) -> list[Unit]:
    """Units whose code the buyer has; if it never arrived, those too whose code waits to be fetched."""
    waits = Obligation.PICKUP if kind is Kind.MISSING else None
    there = (unit for unit in order.units if order.state in CLAIMABLE and unit.state in HANDED_OVER)
    return [unit for unit in there if unit.state is UnitState.SENT or (waits and unit.obligation is waits)]


# The buyer


def own(tx: Tx, person: Person, number: str) -> Claim:
    """A person's own claim. Raises UnknownClaim."""
    return claims.own(tx, number, person.customer, person.id)


def report(tx: Tx, person: Person, number: str, position: int, kind: Kind, key: str) -> Claim:
    """Something is wrong with a code: a claim about it, as far as the facts alone can bring it.

    While one goes on about that code it is found again; so it is by a repeat of the key. Raises UnknownOrder,
    NothingToClaim, TooManyClaims, ClaimedTooOften.
    """
    customers.lock(tx, person.customer)
    order = orders.locked(tx, orders.own(tx, number, person.customer, person.id).id)
    unit = next((unit for unit in claimable(order, kind) if unit.position == position), None)
    if known := claims.by_key(tx, key):
        return known
    if unit is None:
        raise NothingToClaim(number=order.number)
    if known := claims.going_on(tx, unit.id):
        return known
    _must_not_be_too_many(tx, order.customer)
    grant = tx.one(LIVE_GRANT, unit=unit.id).id
    until = tx.now + tx.rules.evidence_within
    claim = claims.add(tx, key, unit.id, order.customer, person.id, kind, until, order_id=order.id, grant_id=grant)
    order_events.record(tx, order.id, "claim_opened", person.id, claim=claim.number, unit=position)
    facts = claim_facts.gather(tx, claim, order)
    step, why = claim_facts.at_first(claim, facts)
    _take(tx, claim, order, step, why, "shop")
    return claims.get(tx, claim.id)


def _must_not_be_too_many(tx: Tx, customer: int) -> None:
    """At once, and lately: whoever opens one and takes it back again and again is helped by a person."""
    if claims.at_once(tx, customer) >= tx.rules.claims_open:
        raise claims.TooManyClaims(most=tx.rules.claims_open)
    if claims.lately(tx, customer) >= tx.rules.claims_lately:
        raise claims.ClaimedTooOften(most=tx.rules.claims_lately, days=tx.rules.replaced_in.days)


def tell_more(tx: Tx, person: Person, number: str, written: str, key: str, *, alone: bool = True) -> Claim:
    """The buyer writes what shows it: from here on it waits for staff, or is replaced where the owner lets the shop.

    Once per key; what is written about one that has ended is kept with it, and asks a person. `alone` is off where
    the shop has tried, and there was no code left. Raises UnknownClaim, NoteTooLong.
    """
    claim, order = _locked(tx, own(tx, person, number))
    note = enquiries.keep(tx, key, claim.buyer if claim.goes_on else person.id, person.id, written)
    if not claims.wrote(tx, claim, note):
        return claim
    if not claim.goes_on:
        threads.asked(tx, person, order.number, written, key)
        return claim
    claims.sent_evidence(tx, claim)
    return _heard(tx, claims.get(tx, claim.id), order, alone=alone)


def nothing_to_show(tx: Tx, person: Person, number: str) -> Claim:
    """The buyer has nothing that shows it: a person looks. A repeat changes nothing. Raises UnknownClaim."""
    claim, order = _locked(tx, own(tx, person, number))
    return _heard(tx, claim, order, alone=False) if claim.state is State.OPEN else claim


def withdraw(tx: Tx, person: Person, number: str) -> Claim:
    """It works after all. One that has ended stays as it is. Raises UnknownClaim."""
    claim, _ = _locked(tx, own(tx, person, number))
    if claims.end(tx, claim, State.WITHDRAWN, person.id):
        _ended(tx, claim, says=False)
    return claims.get(tx, claim.id)


def appeal(tx: Tx, person: Person, number: str) -> Claim:
    """What the shop alone has refused is looked at by a person, once. A repeat changes nothing. Raises UnknownClaim."""
    claim, _ = _locked(tx, own(tx, person, number))
    if (
        claimcards.may_appeal(tx, claim)
        and claims.going_on(tx, claim.unit) is None
        and claims.appeal(tx, claim, _by(tx))
    ):
        claim = claims.get(tx, claim.id)
        order_events.record(tx, claim.order, "claim_appealed", person.id, claim=claim.number)
        claimcards.tell(tx, claim)
    return claims.get(tx, claim.id)


def _by(tx: Tx) -> datetime:
    """When there is an answer."""
    return hours.after(tx.rules, tx.now, tx.rules.claim_within)


def _heard(tx: Tx, claim: Claim, order: Order, *, alone: bool) -> Claim:
    """The buyer has said what they can."""
    step = claim_facts.with_evidence(tx, claim, claim_facts.gather(tx, claim, order)) if alone else Step.PERSON
    if step is Step.PERSON and claim.state is State.IN_REVIEW:  # which it was promised an answer for
        claimcards.tell(tx, claim)
    else:
        _take(tx, claim, order, step, None, "shop")
    return claims.get(tx, claim.id)


def _locked(tx: Tx, claim: Claim) -> tuple[Claim, Order]:
    """The claim and its order as they stand, with everyone else who decides made to wait."""
    order = orders.locked(tx, claim.order)
    return claims.get(tx, claim.id), order


# Staff


def replace(tx: Tx, number: str, person: str) -> Claim:
    """Another code for it. Raises NotStaff, NotAllowed, UnknownClaim, ClaimDecided, NotReplaced, OutOfStock."""
    return _decided(tx, number, person, Right.ANSWER, Step.REPLACE)


def refund(tx: Tx, number: str, person: str) -> Claim:
    """Its price goes back. Raises as replace, and NothingToRefund."""
    return _decided(tx, number, person, Right.MONEY, Step.REFUND)


def refuse(tx: Tx, number: str, why: Why, person: str) -> Claim:
    """Nothing is given for it, and the buyer reads why. Raises as replace."""
    return _decided(tx, number, person, Right.ANSWER, Step.REFUSE, why)


def resend(tx: Tx, number: str, person: str) -> Claim:
    """The same code goes to the buyer again. Raises as replace, NothingToSend, MeanwhileChanged."""
    return _decided(tx, number, person, Right.ANSWER, Step.RESEND)


def _decided(tx: Tx, number: str, person: str, right: Right, step: Step, why: Why | None = None) -> Claim:
    """A repeat by the same person finds it as they left it."""
    staff.may(tx, person, right)
    claim, order = _locked(tx, claims.numbered(tx, number))
    if not claim.goes_on and claim.decided_by == person and claim.state is ENDS[step]:
        return claim
    _take(tx, claim, order, step, why, person)
    audit.write(tx, person, f"claim {step}", f"order {order.number}", claim=claim.number, why=why or "")
    return claims.get(tx, claim.id)


def ask(tx: Tx, number: str, written: str, person: str, key: str) -> Claim:
    """Staff want to know more: it waits for the buyer, and has an answer later. Once per key.

    Raises NotStaff, NotAllowed, UnknownClaim, ClaimDecided, NoteTooLong.
    """
    staff.may(tx, person, Right.ANSWER)
    claim, _ = _locked(tx, claims.numbered(tx, number))
    if enquiries.is_kept(tx, key):
        return claim
    if not claims.wait(tx, claim, State.OPEN, tx.now + tx.rules.evidence_within):
        raise decided(tx, claim)
    note = enquiries.keep(tx, key, claim.buyer, person, written)
    claims.wrote(tx, claim, note)
    claim = claims.get(tx, claim.id)
    audit.write(tx, person, "claim ask", claim.number)
    staff.say(tx, f"claim {claim.number} asked {note}", claim.buyer, claimcards.question(tx, claim, note))
    claimcards.tell(tx, claim)
    return claim


def supplier_ruled(tx: Tx, number: str, becomes: str, person: str) -> Claim:
    """What its supplier says of a code that was bought: "accepted" or "refused". A repeat changes nothing.

    Raises NotStaff, NotAllowed, UnknownClaim.
    """
    staff.may(tx, person, Right.ANSWER)
    claim = claims.numbered(tx, number)
    if claims.ruled(tx, claim, becomes, person):
        audit.write(tx, person, "supplier claim", claim.number, state=becomes)
    return claim


def decided(tx: Tx, claim: Claim) -> ClaimDecided:
    """The refusal that says who was first."""
    claim = claims.get(tx, claim.id)
    state = words(f"claim-state-{claim.state.replace('_', '-')}")
    by = claimcards.called(tx, claim.decided_by or "-")
    return ClaimDecided(case=claim.number, state=state, staff=by, time=claim.ended_at or tx.now)


# The clock


def overdue(tx: Tx, most: int = 50) -> list[int]:
    """Claims whose time is over."""
    return claims.overdue(tx, most)


def run_out(tx: Tx, claim_id: int) -> None:
    """Nobody decided in time: what was announced on its card. One that was decided meanwhile is left as it is.

    Raises ShopError where that can't be done: then end_anyway().
    """
    claim, order = _locked(tx, claims.get(tx, claim_id))
    if not claim.goes_on or claim.due_at is None or claim.due_at > tx.now:
        return
    facts = claim_facts.gather(tx, claim, order)
    step, why = claim_facts.at_last(tx, claim, order, facts)
    _take(tx, claim, order, step, why, "clock")


def end_anyway(tx: Tx, claim_id: int) -> None:
    """What was announced could not be done: it is refused, and a person looks if the buyer wants. Else as run_out."""
    claim, order = _locked(tx, claims.get(tx, claim_id))
    if claim.goes_on and claim.due_at and claim.due_at <= tx.now and not restores.unchecked(tx):
        _take(tx, claim, order, Step.REFUSE, Why.UNDECIDED, "clock")


# What is done


ENDS = {
    Step.REPLACE: State.REPLACED,
    Step.REFUND: State.REFUNDED,
    Step.REFUSE: State.REFUSED,
    Step.RESEND: State.RESENT,
    Step.WITHDRAW: State.WITHDRAWN,
}


def _take(tx: Tx, claim: Claim, order: Order, step: Step, why: Why | None, by: str) -> None:
    """The one place where a claim is decided. Raises ClaimDecided where it has ended."""
    if step is Step.ASK:
        return
    if step is Step.PERSON:
        claims.wait(tx, claim, State.IN_REVIEW, _by(tx))
        claims.take_up(tx, claim)
        claimcards.tell(tx, claims.get(tx, claim.id))
        return
    if not claims.end(tx, claim, ENDS[step], by, why):
        raise decided(tx, claim)
    unit = claimcards.unit_of(order, claim)
    key = f"claim {claim.number} v{claim.version}"
    match step:
        case Step.REPLACE:
            delivery.hand_another(
                tx, order.id, unit.position, f"{claim.kind}, {claim.number}", by, key, claim.opened_at
            )
            claims.take_up(tx, claim)
        case Step.REFUND:
            _refund(tx, order, unit, by, key)
        case Step.RESEND:
            resending.again(tx, order.id, by, [unit.id])
        case _:
            pass
    _ended(tx, claim, says=by != "shop")  # who has just written to us is answered there


def _refund(tx: Tx, order: Order, unit: Unit, by: str, key: str) -> None:
    """The unit's price, as far as it is here. Raises NothingToRefund."""
    back = claim_facts.refundable(tx, order, unit)
    if not back.amount:
        raise refunding.NothingToRefund(number=order.number, most=back)
    units = [unit.position]
    order_events.record(tx, order.id, "staff_refund", by, amount=back.amount, units=units, key=key)
    why = "whole" if back == order.total else "part"
    chargebacks.given(tx, order.id, back, by, why, as_credit=False, key=key, units=units)


def _ended(tx: Tx, claim: Claim, *, says: bool) -> None:
    """It is in the order's story; staff see it, and the buyer hears how it ended, unless they did it.

    Staff don't hear of what no card of theirs was about and nothing was given for.
    """
    unseen = claim.version == 1
    claim = claims.get(tx, claim.id)
    quietly = unseen and claim.state in (State.REFUSED, State.WITHDRAWN)
    claimcards.tell_ended(tx, claim, quietly=quietly)
    if says:
        message = claimcards.to_buyer(tx, claim)
        staff.say(tx, f"claim {claim.number} v{claim.version}", claim.buyer, message)
