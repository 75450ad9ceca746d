"""What else may happen in a market: choices, replacements, disputes, goodwill, lost money found, codes taken out."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from core import aftersales, chargebacks, dropped, keeping, ledger, orders, settling, shortage, withdrawals
from core.delivery import replace
from core.disputes import DisputeNotice
from core.ground.money import Money
from core.ledger import Receipt
from core.orders import State
from proofs.happenings import happens, notice, payment
from proofs.market import Market, Nothing
from proofs.stall import Watched


def _one(market: Market, tx: Watched, sql: str) -> int:
    """One of the rows a statement finds. Raises Nothing."""
    found = tx.rows(sql)
    if not found:
        raise Nothing
    return market.dice.choice(found)[0]


# Sold out


@happens(often=4)
def a_buyer_chooses(market: Market, tx: Watched) -> None:
    number = _one(
        market, tx, "SELECT DISTINCT order_id FROM units WHERE obligation IN ('choice', 'wait_stock') ORDER BY 1"
    )
    ways = (shortage.take_money, shortage.take_credit, shortage.wait, shortage.swap, shortage.deliver)
    market.dice.choice(ways)(tx, number, orders.get(tx, number).person)


@happens()
def a_choice_runs_out(market: Market, tx: Watched) -> None:
    for number in shortage.undecided(tx, 1) or [market.some()]:
        shortage.run_out(tx, number)


@happens(often=2)
def new_stock_goes_to_who_waits(market: Market, tx: Watched) -> None:
    for number in shortage.waiting(tx, 1) or [market.some()]:
        shortage.restocked(tx, number)


@happens()
def credit_is_to_be_money_after_all(market: Market, tx: Watched) -> None:
    number = _one(market, tx, "SELECT DISTINCT order_id FROM units WHERE state = 'credited' ORDER BY 1")
    shortage.take_money_after_all(tx, number, orders.get(tx, number).person)


# After the sale


@happens(often=2)
def a_code_is_replaced(market: Market, tx: Watched) -> None:
    """The bad one is not shown any more; the other never was anybody's."""
    order = orders.get(tx, market.some(State.DELIVERED, State.FULFILLING))
    unit = market.dice.choice(order.units)
    replace(tx, order.id, unit.position, "bad", market.staff, f"event {market.number()}")
    market.bad(unit.id)


@happens(often=2)
def staff_give_from_goodwill(market: Market, tx: Watched) -> None:
    number = market.some(State.DELIVERED)
    order = orders.get(tx, number)
    amount = Money(max(1, order.total.amount * market.dice.choice((10, 50, 100)) // 100), order.total.currency)
    as_credit = market.dice.choice((True, False))
    key = market.dice.choice((f"event {market.number()}", "the same event"))
    chargebacks.goodwill(tx, number, amount, market.staff, as_credit=as_credit, key=key)


def _whole_receipt(market: Market, tx: Watched) -> Receipt:
    """Money of which nothing has gone back or is disputed."""
    if not market.came:
        raise Nothing
    key = market.dice.choice(list(market.came)[-30:])
    found = ledger.received_before(tx, *key)
    disputed = {told.transaction for told in market.disputed.values()}
    if found is None or ledger.refundable(tx, found) != found.total or found.transaction in disputed:
        raise Nothing
    return found


@happens()
def a_payer_disputes(market: Market, tx: Watched) -> None:
    receipt = _whole_receipt(market, tx)
    state = market.dice.choice(("open", "open", "open", "won", "lost"))
    told = DisputeNotice(
        receipt.rail,
        receipt.account,
        receipt.transaction,
        f"dispute {market.number()}",
        "open" if state == "open" else "won" if state == "won" else "lost",
        receipt.total,
        tx.now + timedelta(days=7),
    )
    market.disputes(tx, told)


@happens(often=2)
def a_dispute_goes_on(market: Market, tx: Watched) -> None:
    """It is decided, or opened again, or told of once more."""
    if not market.disputed:
        raise Nothing
    told = market.disputed[market.dice.choice(list(market.disputed))]
    state = market.dice.choice(("won", "lost", "open"))
    market.disputes(tx, told, "open" if state == "open" else "won" if state == "won" else "lost")


@happens()
def money_goes_back_outside(market: Market, tx: Watched) -> None:
    receipt = _whole_receipt(market, tx)
    amount = Money(max(1, receipt.total.amount * market.dice.choice((100, 100, 40)) // 100), receipt.total.currency)
    reference = f"outside {market.number()}"
    for _ in range(market.dice.choice((1, 2))):
        chargebacks.refunded_outside(tx, receipt.rail, receipt.account, receipt.transaction, reference, amount)
    market.outside += amount.amount


# Money that was lost on its way


@happens()
def staff_find_out_whose_money_it_is(market: Market, tx: Watched) -> None:
    found = ledger.unmatched(tx)
    if not found:
        raise Nothing
    settling.match(tx, market.dice.choice(found).id, market.some(), market.staff)


@happens()
def staff_decide_what_becomes_of_it(market: Market, tx: Watched) -> None:
    """Kept, or sent back at once; and once more, which is told of what goes back already."""
    found = ledger.unmatched(tx)
    if not found:
        raise Nothing
    receipt, decide = market.dice.choice(found), market.dice.choice((keeping.keep, keeping.send_back))
    decide(tx, receipt.id, market.staff)
    with suppress(keeping.MoneyDecided):
        decide(tx, receipt.id, market.staff)


@happens()
def lost_money_goes_back(market: Market, tx: Watched) -> None:
    for receipt in aftersales.lost_money(tx, 1):
        aftersales.send_lost_money_back(tx, receipt)


@happens()
def a_dropped_payment_is_recovered(market: Market, tx: Watched) -> None:
    """Its notice never came: the rail is asked. And once more."""
    asked = payment(market, tx, market.some())
    truth = notice(market, asked, asked.total)
    first = dropped.recover(tx, truth, market.staff)
    if not first or dropped.recover(tx, truth, market.staff):
        raise AssertionError("recovered not once")
    market.came[truth.rail, truth.account, truth.transaction] = truth.total


@happens()
def staff_hear_of_what_is_overdue(market: Market, tx: Watched) -> None:
    for unit in aftersales.overdue_units(tx, 5):
        aftersales.alarm_overdue(tx, unit)


# Codes that turn out to be no good, or another product's


@happens()
def staff_take_codes_out(market: Market, tx: Watched) -> None:
    """A batch, or a few of whatever codes there are; to move them needs a product of their kind."""
    what = market.dice.choice(("quarantine", "void", "move", "move"))
    batch = _one(market, tx, "SELECT id FROM batches WHERE state = 'live' ORDER BY id DESC LIMIT 6")
    listed = [row[0] for row in tx.rows("SELECT id FROM codes WHERE batch_id = :a ORDER BY id LIMIT 3", batch)]
    if not listed:
        raise Nothing
    to = _moved_to(market, tx, batch) if what == "move" else None
    key = f"event {market.number()}"
    if market.dice.choice((True, False)):
        withdrawals.order(tx, what, market.staff, "bad", batch=batch, to=to, request_key=key)
    else:
        withdrawals.order(tx, what, market.staff, "bad", listed=listed, to=to, request_key=key)


def _moved_to(market: Market, tx: Watched, batch: int) -> int:
    """The other of the two products that have codes for one buyer each. Raises Nothing for what is of no such kind."""
    steam, scarce, *_ = market.products
    others = {steam.id: scarce.id, scarce.id: steam.id}
    ((of,),) = tx.rows("SELECT product_id FROM batches WHERE id = :a", batch)
    if of not in others:
        raise Nothing
    return others[of]


@happens()
def codes_that_were_given_back_follow(market: Market, tx: Watched) -> None:
    for code in withdrawals.given_back(tx, 1):
        withdrawals.follow(tx, code)
