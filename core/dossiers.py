"""An order with its whole story, as staff see it: what, who, the money, what happened, and what can be done now."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from core import (
    attempts,
    cards,
    customers,
    gifts,
    later,
    ledger,
    meanwhile,
    order_events,
    orders,
    redemptions,
    review,
    staff,
    staffcards,
    threads,
    units,
)
from core.attempts import Outcome, Way
from core.authority import Right
from core.ground import outbox
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Note, Text, Words, unpack_texts, words
from core.ground.tx import AnyRow
from core.ledger import Refund
from core.orders import Order, State
from core.redemptions import Source
from core.units import Obligation, Unit

EVENTS = 5  # on the card; the rest is a page away
NOTES = 2
GIFTS = 5
PAGE = 20  # events
DISPUTED = (State.DISPUTED, State.DISPUTE_WON, State.DISPUTE_LOST)
REFUNDED = {"done": "done", "failed": "failed"}

UNSAID = select(func.count()).where(outbox.outbox.c.recipient == bindparam("person"), outbox.outbox.c.state == "new")


def card(tx: Tx, order: Order, rights: frozenset[Right]) -> Message:
    """The card as it stands, with the buttons of what can be done now by somebody who may so much."""
    head, main = _head(tx, order)
    said = (*_notes(tx, order), *_unsaid(tx, order), *_attempts(tx, order))
    about = (*_money(tx, order), *_owed(order), *_redeemed(tx, order), *_gifts(tx, order), *said)
    story = tx.all(order_events.HISTORY_OF, order=order.id)
    lines = tuple(_event(tx, row) for row in story[-EVENTS:])
    choices = (*main.choices, *_choices(tx, order, rights, many=len(story)))
    seen = {choice.says: choice for choice in reversed(choices) if choice.says != f"order {order.number}"}
    told = (Lines(about),) if about else ()
    return Message((*head, *told, Lines(lines)), tuple(reversed(seen.values())), card=main.card)


def _head(tx: Tx, order: Order) -> tuple[tuple[Text, ...], Message]:
    """What stands above: of a held order and of one made by hand their own cards."""
    if order.state is State.IN_REVIEW:
        found = review.card(tx, order)
        return found.paragraphs, found
    if later.due_at(order):
        found = later.card(tx, order)
        return found.paragraphs, found
    if order.owing(Obligation.BY_HAND):
        found = staffcards.by_hand(order)
        return found.paragraphs, found
    why = [words("staff-review-why", why=why) for why in unpack_texts(order.findings) if isinstance(why, Words)]
    return (Lines((about(tx, order), *why)),), Message("", card=f"order {order.number}")


def about(tx: Tx, order: Order) -> Words:
    """What was bought, by whom, where, when, and where it stands."""
    buyer = customers.person(tx, order.person)
    return words(
        "staff-order",
        number=order.number,
        product=order.terms.name,
        n=order.quantity,
        amount=order.total,
        buyer=called(buyer),
        account=order.channel if customers.is_elsewhere(buyer.id) else cards.handle(buyer.id),
        state=words(f"state-{order.state.value.replace('_', '-')}"),
        time=order.placed_at,
    )


def called(buyer: customers.Person) -> str:
    """A buyer's name, and what one can write to them by."""
    name = buyer.name or "-"
    return f"{name} @{buyer.handle}" if buyer.handle else name


def _money(tx: Tx, order: Order) -> list[Words]:
    """What came in, from where; and what went back."""
    came = [
        words(
            "staff-came", amount=receipt.total, rail=cards.rail_called(receipt.rail), reference=receipt.transaction[:40]
        )
        for receipt in ledger.receipts_of(tx, order.id)
    ]
    return came + went(ledger.refunds_of(tx, order.id))


def went(refunds: Sequence[Refund]) -> list[Words]:
    """What went back, and how far it has come."""
    return [
        words(
            "staff-went",
            amount=refund.total,
            how=REFUNDED.get(refund.state, "under-way"),
            reference=(refund.reference or refund.key)[:40],
        )
        for refund in refunds
    ]


def _owed(order: Order) -> list[Words]:
    """What is owed for which units, and until when."""
    kinds: dict[Obligation, list[Unit]] = {}
    for unit in order.units:
        if unit.obligation:
            kinds.setdefault(unit.obligation, []).append(unit)
    return [
        words(
            "staff-owed",
            lines=numbers([unit.position for unit in units]),
            what=words(f"owed-{kind.value.replace('_', '-')}"),
            time=min((unit.due_at for unit in units if unit.due_at), default=order.placed_at),
        )
        for kind, units in kinds.items()
    ]


def _redeemed(tx: Tx, order: Order) -> list[Words]:
    """Which codes are known to be redeemed, as whom told it. Of the others nothing is known, and nothing is said."""
    told = redemptions.known_of(tx, [unit.id for unit in order.units])
    known = [(unit.position, one) for unit in order.units for one in told.get(unit.id, ())]
    return [
        words(
            "staff-known-redeemed",
            lines=numbers([position for position, one in known if one.source is source]),
            source=words(f"redeemed-by-{source}"),
            time=max(one.at for _, one in known if one.source is source),
        )
        for source in Source
        if any(one.source is source for _, one in known)
    ]


def _gifts(tx: Tx, order: Order) -> list[Words]:
    """Which codes are being given away, or were: to whom, and when it was opened."""
    live = gifts.live(tx, order.id)
    return [
        words(
            "staff-gift",
            position=unit.position,
            name=cards.handle(gift.opened_by) if gift.opened_by else "none",
            time=gift.ended_at or gift.expires_at,
        )
        for unit in order.units
        if (gift := live.get(unit.id))
    ][:GIFTS]


def numbers(positions: Sequence[int]) -> str:
    """ "1, 2, 3", or of many "1–20"."""
    if len(positions) > 3 and positions[-1] - positions[0] + 1 == len(positions):
        return f"{positions[0]}–{positions[-1]}"
    return ", ".join(map(str, positions[:10])) + (" …" if len(positions) > 10 else "")


def _notes(tx: Tx, order: Order) -> list[Words]:
    noted = order_events.events_of(tx, order.id, "noted")[-NOTES:]
    return [_note(tx, event) for event in noted]


def _note(tx: Tx, event: AnyRow) -> Words:
    name = staff.called(tx, event.actor)
    return words("staff-note", time=event.at, staff=name, text=Note(event.detail["note"]))


def _unsaid(tx: Tx, order: Order) -> list[Words]:
    """How much still waits to be said to the buyer: their chat is closed, or slow."""
    many = tx.value(UNSAID, person=order.person)
    return [words("staff-unsaid", n=many)] if many else []


def _attempts(tx: Tx, order: Order) -> list[Words]:
    """By which ways the buyer was reached, where it took more than their chat."""
    made = attempts.of(tx, order.id)
    plain = all(one.way is Way.CHAT and one.outcome is Outcome.SENT for one in made)
    return [] if plain else [attempts.line(one) for one in made]


def _event(tx: Tx, row: AnyRow) -> Words:
    what = words(f"event-{row.what.replace('_', '-')}")
    return words("staff-event", time=row.at, what=what, actor=meanwhile.by_whom(tx, row.actor))


# What can be done now


def _choices(tx: Tx, order: Order, rights: frozenset[Right], *, many: int) -> list[Choice]:
    number = order.number
    found = [Choice(label, f"{verb} {number}") for label, verb, right in _acts(tx, order) if right in rights]
    if many > EVENTS:
        found.append(Choice(words("choose-story"), f"story {number}"))
    thread = threads.with_buyer(tx, order.person)
    if thread is not None:
        found.append(Choice(words("choose-thread"), f"thread {thread.id}"))
    return found


def _acts(tx: Tx, order: Order) -> list[tuple[Words, str, Right]]:
    """Every act that makes sense as it stands: its label, its verb, and whose it is."""
    handed = [unit for unit in order.units if unit.state in units.HANDED_OVER]
    afar = customers.is_elsewhere(order.person)
    acts: list[tuple[Words, str, Right, bool]] = [
        (words("choose-received"), "received", Right.MONEY, order.state in orders.UNPAID),
        (words("choose-recover"), "recover", Right.ANSWER, order.paid_at is None and not afar),
        (words("choose-call-off"), "cancel", Right.ANSWER, order.state in orders.UNPAID),
        (words("choose-fetch"), "reveal", Right.REVEAL, bool(order.owing(Obligation.PICKUP)) and afar),
        (
            words("choose-resend"),
            "resend",
            Right.ANSWER,
            bool(handed) and not afar and order.state is not State.DISPUTED,
        ),
        (words("choose-replace-one"), "replace", Right.ANSWER, order.state is State.DELIVERED and bool(handed)),
        (words("choose-refund"), "giveback", Right.MONEY, _has_money(order)),
        (words("choose-as-credit"), "credited", Right.MONEY, order.refund_stuck and not afar),
        (words("choose-ask"), "ask", Right.ANSWER, not afar),
        (words("choose-note"), "note", Right.ANSWER, True),
        (words("choose-notices"), "notices", Right.LOOK, not afar),
        (words("choose-evidence"), "evidence", Right.EXPORT, order.state in DISPUTED),
        (words("choose-buyer"), "buyer", Right.LOOK, not afar),
        (words("choose-block-order"), "block order", Right.BLOCK, not afar),
    ]
    return [(label, verb, right) for label, verb, right, now in acts if now]


def _has_money(order: Order) -> bool:
    return order.state is State.UNDERPAID or order.state is State.DELIVERED or order.state in orders.LIVE


# The story, a page at a time


def story(tx: Tx, order: Order, page: int) -> Message:
    """Everything that happened, the newest page first."""
    rows = tx.all(order_events.HISTORY_OF, order=order.id)
    pages = max(-(-len(rows) // PAGE), 1)
    at = min(max(page, 1), pages)
    until = len(rows) - (at - 1) * PAGE
    lines = [_told(tx, row) for row in rows[max(until - PAGE, 0) : until]]
    head = words("staff-story", number=order.number, page=at, pages=pages)
    before = [Choice(words("choose-next-page"), f"story {order.number} {at + 1}")] if at < pages else []
    after = [Choice(words("choose-page-before"), f"story {order.number} {at - 1}")] if at > 1 else []
    back = Choice(words("choose-back"), f"order {order.number}")
    return Message(Lines((head, *lines)), (*before, *after, back), card=f"order {order.number}")


def _told(tx: Tx, row: AnyRow) -> Words:
    """An event, with the note that belongs to it."""
    if row.what == "noted":
        return _note(tx, row)
    if row.what == "questioned":
        return words("staff-asked", staff=staff.called(tx, row.actor), text=Note(row.detail["note"]))
    if row.what == "replied":
        return words("staff-replied", time=row.at, text=Note(row.detail["note"]))
    return _event(tx, row)
