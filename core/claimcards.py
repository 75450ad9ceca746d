"""What is said of a claim: to its buyer, what happens next and by when; to staff, what is known and can be done."""

from __future__ import annotations

from collections.abc import Sequence

from core import cards, claim_facts, claims, customers, gifts, hours, order_events, staff
from core.claims import Claim, Kind, State, Why
from core.ground.db import Tx
from core.ground.messages import Choice, Fact, Lines, Message, Note, Words, words
from core.orders import Order
from core.quiet import Kind as Notice
from core.units import Unit

WRITTEN = 3  # of what was written last
LISTED = 8
MY_CLAIMS = Choice(words("choose-my-claims"), "claims")
ALL = Choice(words("choose-claims"), "claims")


def unit_of(order: Order, claim: Claim) -> Unit:
    return next(unit for unit in order.units if unit.id == claim.unit)


def kind(claim: Claim) -> Words:
    return words(f"claim-kind-{claim.kind}")


def _state(claim: Claim) -> Words:
    return words(f"claim-state-{claim.state.replace('_', '-')}")


def _why(claim: Claim) -> list[Words]:
    return [words(f"claim-why-{claim.reason}")] if claim.reason else []


# To the buyer


def card_of(claim: Claim) -> str:
    """What every message to the buyer about where a claim stands is the card of."""
    return f"case {claim.number}"


def to_buyer(tx: Tx, claim: Claim) -> Message:
    """Where it stands, what happens next, and by when."""
    order = claims.order_of(tx, claim)
    about: dict[str, Fact] = {"case": claim.number, "number": order.number}
    if claim.state is State.OPEN:
        return _asked(tx, claim, order)
    if claim.state is State.IN_REVIEW:
        said = words("claim-in-review", **about, time=claim.due_at or tx.now)
        return Message(said, (_more(claim), _withdraw(claim), cards.MY_ORDERS), card=card_of(claim))
    about["position"] = unit_of(order, claim).position
    theirs = claim.state is State.REPLACED and _was_given(tx, claim)
    said = words("claim-replaced-given", **about) if theirs else words(f"claim-{claim.state}", **about)
    return Message((said, *_explained(claim, order)), _afterwards(tx, claim, order), card=card_of(claim))


def passed_on(tx: Tx, claim: Claim) -> Message:
    """It has ended, and what they wrote since goes to a person."""
    said = (words("human-called"), *hours.told(tx))
    return Message(said, _afterwards(tx, claim, claims.order_of(tx, claim)), card=card_of(claim))


def _was_given(tx: Tx, claim: Claim) -> bool:
    """Whether its code was somebody else's by then, and so is what took its place."""
    gift = gifts.opened_of(tx, claim.order).get(claim.unit)
    return bool(gift and gift.ended_at and claim.ended_at and gift.ended_at <= claim.ended_at)


def _asked(tx: Tx, claim: Claim, order: Order) -> Message:
    """What would show it, and by when there is an answer if it is sent now."""
    unit = unit_of(order, claim)
    said = words(
        "claim-opened",
        number=order.number,
        position=unit.position,
        n=len(order.units),
        until=claim.due_at or tx.now,
        hours=int(tx.rules.claim_within.total_seconds() // 3600),
        case=claim.number,
    )
    return Message(said, (_nothing(claim), _withdraw(claim), cards.HUMAN), card=card_of(claim))


def _explained(claim: Claim, order: Order) -> list[Words]:
    terms = order.line_of(unit_of(order, claim)).terms
    if claim.reason is Why.REGION:
        return [words("claim-sold-for", region=cards.region(terms.region))]
    if claim.reason is Why.WINDOW:
        return [words("claim-too-late", days=terms.after_sale_days)]
    return _why(claim)


def _nothing(claim: Claim) -> Choice:
    return Choice(words("choose-no-evidence"), f"claim-none {claim.number}", acts=True)


def _more(claim: Claim) -> Choice:
    return Choice(words("choose-claim-more"), f"claim-more {claim.number}", main=True)


def _withdraw(claim: Claim) -> Choice:
    return Choice(words("choose-claim-withdraw"), f"claim-withdraw {claim.number}", acts=True)


def _afterwards(tx: Tx, claim: Claim, order: Order) -> tuple[Choice, ...]:
    """What the buyer can still do."""
    again = Choice(words("choose-problem"), f"claim {order.number} {unit_of(order, claim).position}")
    person = Choice(words("choose-human"), f"human {order.number}")
    match claim.state:
        case State.REFUSED if may_appeal(tx, claim):
            look = Choice(words("choose-claim-person"), f"claim-person {claim.number}", acts=True)
            return (look, cards.MY_ORDERS)
        case State.REFUSED | State.REFUNDED:
            return (person, cards.MY_ORDERS)
        case _:
            return (again, person, cards.MY_ORDERS)


def may_appeal(tx: Tx, claim: Claim) -> bool:
    """Whether no person has seen it or its code yet, which is still there: then one looks if the buyer wants."""
    unseen = claim.decided_by in ("shop", "clock") and not claim.appealed
    unseen = unseen and not claims.answered(tx, claim)
    return claim.state is State.REFUSED and unseen and claims.is_of_its_code(tx, claim)


def listed(tx: Tx, found: Sequence[Claim]) -> Message:
    """A buyer's claims."""
    if not found:
        return Message(words("claims-none"), (cards.MY_ORDERS, cards.HUMAN))
    choices = (
        Choice(words("choose-case", case=claim.number, state=_state(claim)), f"case {claim.number}") for claim in found
    )
    return Message(words("claims-mine"), (*choices, cards.MY_ORDERS))


def question(tx: Tx, claim: Claim, note: int) -> Message:
    """Staff want to know something."""
    said = words("claim-asked", case=claim.number, text=Note(note), time=claim.due_at or tx.now)
    more = Choice(words("choose-reply"), f"claim-more {claim.number}", main=True)
    return Message(said, (more, _withdraw(claim)), card=card_of(claim))


# To staff


def staff_card_of(claim: Claim) -> str:
    """A card for each time it begins to wait for staff: that is news."""
    return f"claim {claim.number} {'appeal' if claim.appealed else 'first'} {claim.evidence}"


def card(tx: Tx, claim: Claim) -> Message:
    """How much and how long, what, who, what is known, what was written, and what happens if nobody presses."""
    order = claims.order_of(tx, claim)
    if not claim.goes_on:
        ended = (_decided(tx, claim, order), *_why(claim), *_supplier(tx, claim), *_words(tx, claim))
        return Message(Lines(ended), card=staff_card_of(claim))
    facts = claim_facts.gather(tx, claim, order)
    lines = (
        *_head(tx, claim, order, facts),
        *_known(claim, facts),
        *_words(tx, claim),
        _otherwise(tx, claim, order, facts),
    )
    return Message(Lines(lines), _choices(claim, order, facts), card=staff_card_of(claim))


def _decided(tx: Tx, claim: Claim, order: Order) -> Words:
    return words(
        "staff-claim-decided",
        case=claim.number,
        number=order.number,
        state=_state(claim),
        staff=called(tx, claim.decided_by or "-"),
        time=claim.ended_at or tx.now,
    )


def called(tx: Tx, actor: str) -> str:
    """Who decided: by name where staff did; "shop", "clock" or "buyer" otherwise."""
    if actor in ("shop", "clock"):
        return actor
    return staff.called(tx, actor) if staff.called(tx, actor) != actor else "buyer"


def _head(tx: Tx, claim: Claim, order: Order, facts: claim_facts.Facts) -> list[Words]:
    unit, buyer = unit_of(order, claim), customers.person(tx, claim.buyer)
    left = max(int(((claim.due_at or tx.now) - tx.now).total_seconds() // 60), 0)
    return [
        words("staff-claim", amount=facts.price, left=left, case=claim.number, number=order.number),
        words(
            "staff-claim-what",
            what=kind(claim),
            product=order.line_of(unit).terms.name,
            position=unit.position,
            n=len(order.units),
            time=facts.sent_at or order.placed_at,
            reference=facts.sent_as or "-",
        ),
        words(
            "staff-claim-buyer",
            buyer=buyer.name or cards.handle(buyer.id),
            claimed=facts.claimed,
            replaced=facts.replaced,
            most=tx.rules.replacements,
        ),
    ]


def _known(claim: Claim, facts: claim_facts.Facts) -> list[Words]:
    found = []
    if facts.until and not facts.inside:
        found.append(words("staff-claim-late", time=facts.until))
    if facts.redeemed_at:
        found.append(words("staff-claim-redeemed", time=facts.redeemed_at))
    if facts.told_at:
        found.append(words("staff-claim-undated", time=facts.told_at))
    if facts.answered:
        found.append(words("staff-claim-answered"))
    if facts.worked:
        found.append(words("staff-claim-worked"))
    if facts.before or facts.resent or facts.others:
        about = {"replaced": facts.before, "sent": facts.resent, "others": facts.others}
        found.append(words("staff-claim-before", **about))
    if not facts.left:
        found.append(words("staff-claim-none-left"))
    if facts.verdict:
        found.append(words("staff-claim-supplier", how=facts.verdict))
    if not claim.evidence:
        waits = "yes" if claim.state is State.OPEN else "no"
        found.append(words("staff-claim-no-evidence", waits=waits))
    return found


def _supplier(tx: Tx, claim: Claim) -> list[Words]:
    stands = claims.verdict(tx, claim)
    return [words("staff-claim-supplier", how=stands)] if stands else []


def _words(tx: Tx, claim: Claim) -> list[Words]:
    rows = claims.written(tx, claim, WRITTEN)
    return [
        words("staff-thread-buyer", time=row.at, text=Note(row.id))
        if row.author == claim.buyer
        else words("staff-thread-us", time=row.at, staff=staff.called(tx, row.author), text=Note(row.id))
        for row in reversed(rows)
    ]


def _otherwise(tx: Tx, claim: Claim, order: Order, facts: claim_facts.Facts) -> Words:
    step, _ = claim_facts.at_last(tx, claim, order, facts)
    return words("staff-claim-else", what=words(f"claim-else-{step}"), deadline=claim.due_at or tx.now)


def _choices(claim: Claim, order: Order, facts: claim_facts.Facts) -> tuple[Choice, ...]:
    found = []
    if facts.may_be_replaced and facts.left:
        found.append(Choice(words("choose-replace"), f"claim-replace {claim.number}", acts=True, main=True))
    if facts.back.amount:
        refund = words("choose-claim-refund", amount=facts.back)
        found.append(Choice(refund, f"claim-refund {claim.number}", acts=True))
    found.append(Choice(words("choose-claim-refuse"), f"claim-refuse {claim.number}"))
    found.append(Choice(words("choose-ask"), f"claim-ask {claim.number}"))
    if claim.kind is Kind.MISSING and not facts.given:
        found.append(Choice(words("choose-resend"), f"claim-resend {claim.number}", acts=True))
    return (*found, Choice(words("choose-details"), f"order {order.number}"))


REFUSALS = (Why.EVIDENCE, Why.REDEEMED, Why.REGION, Why.WINDOW, Why.LIMIT)


def refusals(claim: Claim) -> Message:
    """Why it is refused, as the buyer will read it."""
    choices = (Choice(words(f"choose-why-{why}"), f"claim-refuse {claim.number} {why}", acts=True) for why in REFUSALS)
    back = Choice(words("choose-back"), f"claim {claim.number}")
    return Message(words("staff-claim-refuse", case=claim.number), (*choices, back))


def waiting(tx: Tx) -> Message:
    """Every claim that goes on, the one whose time ends first in front; and what suppliers have not answered."""
    found = claims.waiting(tx, LISTED)
    asked = claims.at_suppliers(tx, LISTED)
    if not found and not asked:
        return Message(words("staff-claims-none"))
    lines = [words("staff-claims", n=len(found))]
    lines += [
        words("staff-claim-at-supplier", case=claim.number, supplier=supplier, reference=reference)
        for claim, supplier, reference in asked
    ]
    choices = [
        Choice(words("choose-case", case=claim.number, state=_state(claim)), f"claim {claim.number}")
        for claim in (*found, *(claim for claim, _, _ in asked if not claim.goes_on))
    ]
    return Message(Lines(tuple(lines)), tuple(choices))


def tell(tx: Tx, claim: Claim) -> None:
    """Staff see the card as it stands: where it waits for them, or has ended."""
    staff.tell(tx, f"claim {claim.number} v{claim.version} {claim.evidence}", card(tx, claim), Notice.BUYERS)


def tell_ended(tx: Tx, claim: Claim, *, quietly: bool = False) -> None:
    """It has ended by what was done elsewhere, which the buyer hears of there. `quietly`: staff are not told."""
    order_events.record(
        tx, claim.order, "claim_ended", claim.decided_by or "shop", claim=claim.number, state=claim.state
    )
    if not quietly:
        tell(tx, claim)
