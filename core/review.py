"""A paid order is weighed; where a person must look, staff decide, or the buyer, or the deadline does.

By the same rules it is told whether an order that isn't paid yet should be set aside.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from core import (
    aftersales,
    cards,
    histories,
    hours,
    later,
    meanwhile,
    order_events,
    orders,
    pasts,
    risk,
    risk_facts,
    risk_policy,
    shortage,
    staff,
    staffcards,
    units,
    verdicts,
)
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Choice, Message, Note, Words, pack_texts, words
from core.orders import Order, State
from core.pasts import Fate
from core.quiet import Kind
from core.risk import Finding, Outcome, Verdict
from core.units import Obligation, UnitState

CROWD = 5  # held orders that each have a card of their own; of more there is one list
SHOWN = 10  # of the list, as buttons
MOST = 200  # orders by which it is told apart from how it stood before
REASONS = 5  # on a card
UNWEIGHED = "unweighed"  # in a rule's place, where the order could not be weighed at all


def weigh(tx: Tx, order_id: int) -> None:
    """Paid becomes fulfilling, in review, or refused and refunded. A repeat changes nothing.

    Units whose buyer still has to choose what becomes of them are weighed when they have.
    """
    order = orders.locked(tx, order_id)
    if order.state not in orders.UNWEIGHED or not order.owing(Obligation.RISK):
        return
    version, verdict = judged(tx, order)
    verdicts.keep(tx, order.id, version, verdict)
    match verdict.outcome:
        case Outcome.PASS:
            shortage.fulfil(tx, order, "shop")
        case Outcome.DELAY:
            later.until(tx, order, verdict)
        case Outcome.REFUSE:
            aftersales.refund(tx, order.id, "refused", "shop")
        case _:
            hold(tx, order, verdict)


def judged(tx: Tx, order: Order) -> tuple[int, Verdict]:
    """The verdict on it, and by which version of the rules.

    Fails closed: where the rules can't be read or the facts not be gathered, a person looks. What the database
    itself refuses ends the transaction and is tried again by the job: the money is booked, whatever happens here.
    """
    version = risk_policy.version(tx)
    try:
        return version.id, risk.assess(risk_facts.gather(tx, order), risk_policy.read(version.text, tx.rules))
    except Exception:
        if tx.error:
            raise
        broken = Finding(UNWEIGHED, words("risk-unweighed"), 0, Outcome.REVIEW)
        return version.id, Verdict(Outcome.REVIEW, (broken,))


def away_until(tx: Tx, order: Order) -> datetime | None:
    """Until when an order that isn't paid should not be set aside, by the rules; None: it may.

    Rules that can't be asked turn nobody away: once it is paid, a person looks.
    """
    try:
        facts = risk_facts.gather(tx, order)
        verdict = risk.assess(facts, risk_policy.read(risk_policy.version(tx).text, tx.rules))
    except Exception:
        if tx.error:
            raise
        return None
    return risk.away_until(facts, verdict)


def hold(tx: Tx, order: Order, verdict: Verdict) -> None:
    """Paid becomes in review: the buyer is told until when, staff get the card with the reasons."""
    due = hours.after(tx.rules, tx.now, tx.rules.review_within)
    findings = pack_texts(verdicts.reasons(verdict.findings, REASONS))
    if not tx.changed(orders.HOLD_FOR_REVIEW, order=order.id, why=findings, due=due):
        return
    counted = [finding for finding in verdict.findings if not finding.shadow]
    hard = any(finding.outcome for finding in counted)
    order_events.record(tx, order.id, "held", "shop", rules=[finding.rule for finding in counted], hard=hard)
    for unit in order.owing(Obligation.RISK):
        units.owe(tx, unit.id, UnitState.RESERVED, Obligation.REVIEW, "staff", due)
    held = orders.get(tx, order.id)
    key = f"{order.number} v{held.version}"  # it is held again when a dispute in between was won
    staff.say(tx, f"held {key}", order.person, cards.held(held))
    if not _is_crowded(tx):
        staff.tell(tx, f"review {key}", card(tx, held), Kind.REVIEWS)


def _is_crowded(tx: Tx) -> bool:
    """So many are held that a card for each would be too much to say in a group: they are in the one list."""
    return orders.how_many(tx, State.IN_REVIEW) > CROWD


def queue(tx: Tx) -> Message:
    """Every held order on one card, the oldest first; it changes as they are decided."""
    held = orders.held(tx, SHOWN)
    if not held:
        return Message(words("staff-reviews-none"), card="reviews")
    choices = (Choice(words("choose-held", number=o.number, amount=o.total), f"review {o.number}") for o in held)
    return Message(words("staff-reviews", n=orders.how_many(tx, State.IN_REVIEW)), tuple(choices), card="reviews")


def long_queue(tx: Tx) -> tuple[str, Message] | None:
    """Where many are held, the list as it stands and the key of standing so. Reads only: tell_queue says it."""
    if not _is_crowded(tx):
        return None
    held = [row.id for row in tx.all(orders.HELD, most=MOST)]
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:24], queue(tx)


def tell_queue(tx: Tx, which: str, listed: Message) -> None:
    """Staff see the list, once for each way it stands."""
    staff.tell(tx, f"reviews {which}", listed, Kind.REVIEWS)


def card(tx: Tx, order: Order) -> Message:
    """The review card as it stands now, with what the buyer was asked and has answered."""
    if order.state is State.IN_REVIEW:
        default = "deliver" if _passes_by_default(tx, order) else "refund"
        return staffcards.review(order, histories.told(tx, order), tx.now, _talk(tx, order), default=default)
    return staffcards.review(order, (), tx.now, default="deliver" if _was_passed_by_the_clock(tx, order) else "refund")


def _passes_by_default(tx: Tx, order: Order) -> bool:
    """Whether it goes out when nobody decides: as the shop has set it, and never against a hard rule."""
    if tx.rules.review_default != "deliver":
        return False
    held = order_events.events_of(tx, order.id, "held")
    return bool(held) and held[-1].detail.get("hard") is False


def _was_passed_by_the_clock(tx: Tx, order: Order) -> bool:
    return any(event.actor == "clock" for event in order_events.events_of(tx, order.id, "approved"))


def _talk(tx: Tx, order: Order) -> list[Words]:
    """The last question, and what was answered to it."""
    talk: list[Words] = []
    for event in tx.all(order_events.HISTORY_OF, order=order.id):
        if event.what == "questioned":
            talk = [words("staff-asked", staff=staff.called(tx, event.actor), text=Note(event.detail["note"]))]
        elif event.what == "replied" and talk:
            talk.append(words("staff-replied", time=event.at, text=Note(event.detail["note"])))
    return talk


def tell_again(tx: Tx, order: Order) -> None:
    """The card has news: in a room it changes, in a chat it is said again."""
    staff.tell(tx, f"review again {order.number} {meanwhile.seen(tx, order)}", card(tx, order), Kind.REVIEWS)


def approve(tx: Tx, order: Order, person: str) -> None:
    """In review becomes fulfilling, and what is set aside is handed over.

    Raises NotStaff, and AlreadyDecided when somebody, the clock or the buyer was first.
    """
    colleague = staff.may(tx, person, Right.DECIDE)
    orders.decide(tx, order.id, State.FULFILLING, person, colleague.name)
    audit.write(tx, person, "approve", f"order {order.number}")
    shortage.hand_over(tx, orders.get(tx, order.id))
    _tell_decided(tx, order)


def reject(tx: Tx, order: Order, person: str) -> None:
    """In review becomes rejected, and the money goes back. Raises as approve."""
    colleague = staff.may(tx, person, Right.DECIDE)
    orders.decide(tx, order.id, State.REJECTED, person, colleague.name)
    pasts.came(tx, order.id, Fate.REJECTED)
    audit.write(tx, person, "reject", f"order {order.number}")
    aftersales.refund(tx, order.id, "rejected", person)
    _tell_decided(tx, order)


def _tell_decided(tx: Tx, order: Order) -> None:
    decided = orders.get(tx, order.id)
    if _is_crowded(tx):  # the list changes, and says it
        return
    staff.tell(tx, f"decided {order.number} v{decided.version}", card(tx, decided), Kind.REVIEWS)


def give_up(tx: Tx, order: Order, person: str) -> None:
    """The buyer would rather have the money than wait. Raises AlreadyDecided when it is decided."""
    orders.decide(tx, order.id, State.REJECTED, person, "buyer")
    aftersales.refund(tx, order.id, "buyer", person)
    _tell_decided(tx, order)


def undecided(tx: Tx, most: int = 50) -> list[int]:
    """Held orders nobody decided in time."""
    return [row.id for row in tx.all(orders.OVERDUE_REVIEWS, now=tx.now, most=most)]


def run_out(tx: Tx, order_id: int) -> None:
    """Nobody decided in time: the money goes back, or it goes out if the shop has set it so and no hard rule objects.

    An order decided meanwhile is left as it is.
    """
    order = orders.locked(tx, order_id)
    if order.state is State.IN_REVIEW and order.review_due_at and order.review_due_at <= tx.now:
        if _passes_by_default(tx, order):
            orders.decide(tx, order.id, State.FULFILLING, "clock", "clock")
            shortage.hand_over(tx, orders.get(tx, order.id))
        else:
            orders.decide(tx, order.id, State.REJECTED, "clock", "clock")
            aftersales.refund(tx, order.id, "undecided", "clock")
        _tell_decided(tx, order)
