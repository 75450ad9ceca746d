"""What may happen in a market, each a small function. To add one: write it, say how often, and it is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from core import aftersales, catalog, catalog_changes, checkout, customers, delivery, ledger, orders, pickup, review
from core.ground import audit, outbox
from core.ground.money import Money
from core.ground.vault import Secret
from core.ledger import PaymentRow
from core.orders import UNPAID, State
from core.settling import PaymentNotice
from proofs.holding import Violation
from proofs.market import CHATS, EFFECTS, RAILS, Happening, Market, Nothing
from proofs.stall import Watched

HAPPENINGS: dict[str, Happening] = {}
ENDED_UNPAID = (State.EXPIRED, State.CANCELLED)
Does = Callable[[Market, Watched], None]


def happens(often: int = 1) -> Callable[[Does], Does]:
    """It may happen, that often in comparison with the others."""

    def add(does: Does) -> Does:
        HAPPENINGS[does.__name__] = Happening(does, often)
        return does

    return add


# Buying


@happens(often=14)
def somebody_places(market: Market, tx: Watched) -> None:
    person, product = market.buyer(), market.dice.choice(market.products)
    many = market.dice.choice((1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 99))
    answers = {"account": market.dice.choice(("lin_1987", "lin_1987", "lin_1987", "?"))} if product.form else {}
    market.placed_by(tx, person, product, many, market.dice.choice(RAILS), f"{person.id} {market.number()}", **answers)


@happens()
def a_press_is_repeated(market: Market, tx: Watched) -> None:
    """The same request again, however long after: the same order."""
    order = market.placed[market.some()]
    (key,) = tx.rows("SELECT request_key FROM orders WHERE id = :a", order.id)[0]
    person = customers.person(tx, key.partition(" ")[0])
    again = checkout.place(tx, person, order.terms.slug, order.quantity, RAILS[0], {}, key)
    if again.id != order.id:
        raise Violation(f"pressed once more, bought once more: order {again.id} after {order.id}")


@happens(often=2)
def a_page_is_opened(market: Market, tx: Watched) -> None:
    found = checkout.pay_with(
        tx, market.placed[market.some(*market.dice.choice(((), UNPAID)))], market.dice.choice(RAILS)
    )
    ledger.opened(tx, found.key, f"page {found.key}", None)


@happens(often=3)
def somebody_cancels(market: Market, tx: Watched) -> None:
    order = market.placed[market.some(*market.dice.choice(((), UNPAID)))]
    checkout.cancel(tx, order, customers.person(tx, order.person))


@happens(often=3)
def somebody_new_comes(market: Market, tx: Watched) -> None:
    market.buyers.append(market.meet(tx, market.dice.choice(CHATS), f"buyer-{market.number()}"))


# Money


def payment(market: Market, tx: Watched, order: int) -> PaymentRow:
    asked = ledger.payments_of(tx, order)
    if not asked:  # store credit paid for all of it
        raise Nothing
    return market.dice.choice(asked)


def notice(market: Market, asked: PaymentRow, total: Money) -> PaymentNotice:
    number = market.number()
    mode = "live" if asked.mode == "live" else "test"
    return PaymentNotice(
        asked.rail, f"event {number}", f"transaction {number}", asked.key, asked.account, mode, "paid", total
    )


@happens(often=8)
def an_unpaid_order_is_paid(market: Market, tx: Watched) -> None:
    asked = payment(market, tx, market.some(*UNPAID))
    market.pays(tx, notice(market, asked, asked.total))


@happens(often=5)
def money_comes(market: Market, tx: Watched) -> None:
    """For whatever order, too little, enough or too much."""
    asked = payment(market, tx, market.some(*market.dice.choice(((), UNPAID, ENDED_UNPAID, ENDED_UNPAID))))
    percent = market.dice.choice((100, 30, 50, 70, 120, 200))
    market.pays(tx, notice(market, asked, Money(max(1, asked.total.amount * percent // 100), asked.total.currency)))


@happens(often=2)
def a_notice_is_repeated(market: Market, tx: Watched) -> None:
    """However late, and as another event of the same transaction, perhaps with another amount."""
    if not market.told:
        raise Nothing
    again = market.dice.choice(market.told[-50:])
    event, amount = market.dice.choice(((again.event, again.total.amount), (f"event {market.number()}", 777)))
    market.pays(tx, replace(again, event=event, total=Money(amount, again.total.currency)))


@happens()
def odd_money_comes(market: Market, tx: Watched) -> None:
    """In another currency, to another account, by another rail, for another mode, or for nothing we asked for."""
    asked = payment(market, tx, market.some())
    told = notice(market, asked, asked.total)
    market.pays(
        tx,
        market.dice.choice(
            (
                replace(told, total=Money(asked.total.amount, "USD")),
                replace(told, account="another-account"),
                replace(told, mode="test" if told.mode == "live" else "live"),
                replace(told, rail="stripe" if told.rail == "sandbox" else "sandbox"),
                replace(told, key=f"unknown-{told.event}"),
            )
        ),
    )


@happens()
def a_payment_fails(market: Market, tx: Watched) -> None:
    asked = payment(market, tx, market.some())
    state = market.dice.choice(("failed", "closed"))
    market.pays(tx, replace(notice(market, asked, asked.total), state="failed" if state == "failed" else "closed"))


# Time


@happens(often=4)
def time_passes(market: Market, tx: Watched) -> None:
    market.moves_on(timedelta(minutes=market.dice.choice((1, 5, 16, 16, 130))))


@happens()
def the_clock_jumps(market: Market, tx: Watched) -> None:
    market.moves_on(timedelta(days=market.dice.choice((1, -1))))


@happens(often=5)
def a_hold_ends(market: Market, tx: Watched) -> None:
    """By the job, or early, or again. What is due ends, what is not stays: nothing in between."""
    due = [number for number in _unpaid(market) if market.known[number].expires_at <= tx.now]
    if market.dice.choice((True, True, False)):
        found = checkout.lapsed(tx, 1)
        if bool(found) != bool(due):
            raise Violation(f"lapsed {found}, in truth {due}, T1")
        if not found:
            raise Nothing
        number = found[0]
    else:
        number = market.some()
    checkout.expire(tx, number)
    state = State(tx.rows("SELECT state FROM orders WHERE id = :a", number)[0][0])
    if (number in due) != (state is not market.known[number].state):
        raise Violation(f"order {number} is {state}, and was {market.known[number]} at {tx.now}, T1")


def _unpaid(market: Market) -> list[int]:
    return [number for state in UNPAID for number in market.states[state]]


@happens()
def staff_are_late(market: Market, tx: Watched) -> None:
    aftersales.give_up(tx, market.some(State.FULFILLING))


@happens()
def a_review_runs_out(market: Market, tx: Watched) -> None:
    review.run_out(tx, market.some(State.IN_REVIEW))


# Jobs


@happens(often=22)
def an_effect_is_carried_out(market: Market, tx: Watched) -> None:
    """Any kind first, and then the oldest of it, as a job takes it."""
    rows = outbox.claim(tx, [market.dice.choice(EFFECTS)], CHATS, 1)
    if not rows:
        raise Nothing
    market.carries_out(tx, rows[0])
    market.carried.append(rows[0])


@happens(often=2)
def an_effect_is_repeated(market: Market, tx: Watched) -> None:
    """The job's process died after the effect and before it was written down, or its lease ended."""
    if not market.carried:
        raise Nothing
    market.carries_out(tx, market.dice.choice(list(market.carried)))


@happens(often=2)
def somebody_else_was_first(market: Market, tx: Watched) -> None:
    """Weighed or delivered without its row: by another process, or early."""
    number = market.some(*market.dice.choice(((), (State.PAID,), (State.FULFILLING,))))
    if market.dice.choice((True, False)):
        review.weigh(tx, number)
    else:
        market.delivers(tx, number, closed=not market.dice.randint(0, 3))


@happens(often=2)
def messages_are_said(market: Market, tx: Watched) -> None:
    market.says(tx)


@happens()
def the_audit_is_chained(market: Market, tx: Watched) -> None:
    audit.chain(tx)


# Staff


@happens(often=2)
def staff_decide(market: Market, tx: Watched) -> None:
    decide = market.dice.choice((review.approve, review.reject))
    number = market.some(*market.dice.choice(((State.IN_REVIEW,), (State.IN_REVIEW,), ())))
    decide(tx, market.placed[number], market.dice.choice((market.staff, market.staff, market.staff, "test:lin")))


@happens(often=3)
def staff_make_one(market: Market, tx: Watched) -> None:
    key = f"event {market.number()}"
    order = market.placed[market.some(State.FULFILLING)]
    delivery.made_by_hand(tx, order, Secret(f"done {key}"), market.staff, key)


@happens()
def staff_refund_by_hand(market: Market, tx: Watched) -> None:
    market.refunds_by_hand(tx, market.some())


@happens(often=6)
def stock_comes(market: Market, tx: Watched) -> None:
    market.stock(tx, market.dice.choice(market.products[:3]), market.dice.randint(1, 4))


@happens()
def a_product_leaves_the_shelf(market: Market, tx: Watched) -> None:
    """For a while: the next time this happens it comes back."""
    off = [product.slug for product in catalog.everything(tx) if not product.on_sale]
    catalog_changes.switch(tx, off[0] if off else market.dice.choice(market.products).slug, bool(off))


# Buyers, afterwards


@happens()
def a_buyer_gives_up_waiting(market: Market, tx: Watched) -> None:
    order = market.placed[market.some(State.IN_REVIEW, State.PAID, State.FULFILLING)]
    review.give_up(tx, order, order.person)


@happens(often=2)
def codes_are_shown(market: Market, tx: Watched) -> None:
    market.picks_up(tx, market.some(State.FULFILLING, State.DELIVERED))


@happens()
def an_order_is_picked_up(market: Market, tx: Watched) -> None:
    order, person = market.placed[market.some()], market.buyer()
    phrase = market.dice.choice((pickup.phrase(tx, order, "en"), "not the phrase"))
    pickup.pick_up(tx, order.number, phrase, person)


@happens()
def a_buyer_looks(market: Market, tx: Watched) -> None:
    person = market.buyer()
    for found in orders.newest(tx, person.customer, person.id, 5):
        market.placed[found.id] = found
