"""What is known about a code that is complained of, and what follows from it by the shop's rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, func, or_, select

from core import (
    aftersales,
    claims,
    delivery,
    gifts,
    inventory,
    listings,
    orders,
    redemptions,
    refunding,
    resending,
    units,
)
from core.catalog import by_id, made_by_staff
from core.claims import Claim, Kind, Why
from core.ground.db import Tx
from core.ground.money import Money
from core.orders import Order, State
from core.units import Unit, UnitState

BAD = select(func.count()).where(
    orders.orders.c.customer_id == bindparam("customer"),
    or_(
        orders.orders.c.disputed_at.is_not(None),
        orders.orders.c.suspected_at.is_not(None),
        orders.orders.c.rejected_at.is_not(None),
    ),
)
SENT_AS = select(units.units.c.sent_as).where(units.units.c.id == bindparam("unit"))
BEFORE = select(func.count()).where(  # codes the unit had
    inventory.grants.c.unit_id == bindparam("unit"), inventory.grants.c.superseded_by.is_not(None)
)
CODE = select(inventory.grants.c.code_id).where(inventory.grants.c.id == bindparam("grant"))


class Step(StrEnum):
    """What is done about a claim. Its name is a sentence where staff read what happens otherwise: claim-else-refund."""

    REPLACE = "replace"
    REFUND = "refund"
    REFUSE = "refuse"
    RESEND = "resend"
    WITHDRAW = "withdraw"
    ASK = "ask"  # the buyer, for what shows it
    PERSON = "person"  # decides


@dataclass(frozen=True)
class Facts:
    """As they stand now; what hangs on the day hangs on the one on which it was reported."""

    price: Money
    sent_at: datetime | None
    sent_as: str  # in which message; empty where none is known
    until: datetime | None  # what is reported later is late
    inside: bool
    may_be_replaced: bool  # by the shop's rules: in time, not made by hand, not too many
    left: int  # codes in stock
    back: Money  # what a refund of it would be now
    replaced: int  # codes of this buyer's, lately
    claimed: int  # how often this buyer complained, lately
    before: int  # codes this unit had
    may_be_resent: bool
    resent: int  # times it was sent again because it never arrived
    others: int  # other buyers who complained of the same code
    redeemed_at: datetime | None  # after it was sent, as the shop itself or an issuer has told
    told_at: datetime | None  # since when an issuer tells that it was redeemed, but not when that was
    answered: bool  # a person refused the same code before, or its price went back
    worked: bool  # the buyer said once that it did
    verdict: str | None  # the supplier's
    good: bool  # the buyer has no trouble behind them
    anywhere: bool  # it was sold for every region
    given: bool  # whoever it was given to has opened it: it arrived

    @property
    def objections(self) -> bool:
        """Whether something speaks against giving another code without a person."""
        redeemed = self.redeemed_at or self.told_at or self.worked
        return bool(redeemed or self.before or self.answered or self.verdict == "refused")


def gather(tx: Tx, claim: Claim, order: Order) -> Facts:
    unit = next(unit for unit in order.units if unit.id == claim.unit)
    terms = order.line_of(unit).terms
    until = unit.sent_at + timedelta(days=terms.after_sale_days) if unit.sent_at else None
    code = tx.value(CODE, grant=claim.grant)
    known = redemptions.known(tx, unit.id)
    told = [one for one in known if one.source is not redemptions.Source.BUYER]
    by_hand = made_by_staff(terms.kind, terms.supplier)
    return Facts(
        price=Money(unit.price, order.total.currency),
        sent_at=unit.sent_at,
        sent_as=tx.value(SENT_AS, unit=unit.id) or "",
        until=until,
        inside=until is None or claim.opened_at < until,
        may_be_replaced=unit.state is UnitState.SENT and delivery.is_replaceable(tx, order, unit, claim.opened_at),
        left=0 if by_hand else inventory.spare(tx, by_id(tx, order.line_of(unit).product), code),
        back=refundable(tx, order, unit),
        replaced=tx.value(orders.REPLACED_OF, customer=order.customer, after=tx.now - tx.rules.replaced_in),
        claimed=claims.lately(tx, claim.customer),
        before=tx.value(BEFORE, unit=unit.id),
        may_be_resent=resending.may_be_sent(tx, order, unit),
        resent=sum(one.state is claims.State.RESENT for one in claims.of_unit(tx, unit.id)),
        others=claims.reported(tx, code, claim.customer),
        redeemed_at=next((one.at for one in told if one.dated and unit.sent_at and one.at >= unit.sent_at), None),
        told_at=next((one.at for one in told if not one.dated), None),
        answered=claims.answered(tx, claim),
        worked=any(one.source is redemptions.Source.BUYER for one in known),
        verdict=claims.verdict(tx, claim),
        good=not tx.value(BAD, customer=claim.customer) and not listings.of_customer(tx, claim.customer),
        anywhere=terms.region == "global",
        given=unit.id in gifts.opened_of(tx, order.id),
    )


def refundable(tx: Tx, order: Order, unit: Unit) -> Money:
    """What of the unit's price can go back now: nothing before all of its order is delivered, nothing twice."""
    nothing = Money(0, order.total.currency)
    if order.state is not State.DELIVERED or unit.id not in [one.id for one in aftersales.not_yet_back(tx, order)]:
        return nothing
    try:
        whole = refunding.refundable(tx, order.number).whole
    except refunding.NothingToRefund:
        return nothing
    return Money(min(unit.price, whole.amount), order.total.currency)


# What follows


def at_first(claim: Claim, facts: Facts) -> tuple[Step, Why | None]:
    """When it is reported. What never arrived is sent again, once; what was sold for one region is explained."""
    if claim.kind is Kind.MISSING:
        return (Step.PERSON, None) if facts.resent or not facts.may_be_resent else (Step.RESEND, None)
    if not facts.inside:
        return Step.REFUSE, Why.WINDOW
    if claim.kind is Kind.REGION and not facts.anywhere:
        return Step.REFUSE, Why.REGION
    return Step.ASK, None


def with_evidence(tx: Tx, claim: Claim, facts: Facts) -> Step:
    """When the buyer has sent what shows it: replaced by the shop itself only as far as its owner lets it."""
    most = tx.rules.claims_alone
    if most is None or claim.appealed or not claim.evidence or claim.kind not in (Kind.INVALID, Kind.USED):
        return Step.PERSON
    alone = facts.good and facts.may_be_replaced and facts.left > 0 and not facts.objections
    cheap = most.currency == facts.price.currency and facts.price.amount <= most.amount
    return Step.REPLACE if alone and cheap else Step.PERSON


def at_last(tx: Tx, claim: Claim, order: Order, facts: Facts) -> tuple[Step, Why | None]:
    """When its time is over: what becomes of it if nobody does anything. It always ends."""
    if claim.state is claims.State.OPEN:
        return Step.WITHDRAW, Why.SILENT
    if order.state not in (State.FULFILLING, State.DELIVERED):
        return Step.REFUSE, Why.DISPUTED
    if claim.kind is Kind.MISSING and facts.resent < 2 and facts.may_be_resent:
        return Step.RESEND, None
    if not facts.inside:
        return Step.REFUSE, Why.WINDOW
    if facts.redeemed_at:
        return Step.REFUSE, Why.REDEEMED
    if claim.kind is Kind.MISSING and facts.given:
        return Step.REFUSE, Why.UNDECIDED
    if tx.rules.claim_default != "replace" or not claim.evidence or facts.objections or not facts.may_be_replaced:
        return Step.REFUSE, Why.UNDECIDED
    if facts.left > 0:
        return Step.REPLACE, None
    return (Step.REFUND, None) if facts.back.amount else (Step.REFUSE, Why.UNDECIDED)
