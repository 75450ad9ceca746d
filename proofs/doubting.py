"""What else may happen in a market: rules change, orders go out later or after all not, lists, linked accounts."""

from __future__ import annotations

from core import customers, doubts, joining, later, linking, listings, orders, risk_policy
from core.customers import Person
from core.listings import CUSTOMER, Listed
from core.orders import State
from proofs.happenings import happens
from proofs.holding import Violation
from proofs.market import Market, Nothing
from proofs.stall import Watched

# Everything goes out later; everything is looked at; one that is let through by its score may still be too dear.
RULES = (
    *(f'preset = "{preset}"\n' for preset in risk_policy.PRESETS),
    "[thresholds]\ndelay = 0\n",
    "[thresholds]\ndelay = 0\nreview = 10\nrefuse = 60\n",
)
WAITING = "SELECT DISTINCT order_id FROM units WHERE obligation = 'later' ORDER BY 1"
PARTED_FROM = (  # a pick-up changes where an order's codes go, never whose it is
    "SELECT COUNT(*) FROM orders o JOIN order_events e ON e.order_id = o.id AND e.what = 'placed' "
    "JOIN people p ON p.id = e.actor WHERE o.customer_id <> p.customer_id"
)
CREDIT = (
    "SELECT account, SUM(amount) FROM entries WHERE account LIKE 'credit:%' GROUP BY account HAVING SUM(amount) <> 0"
)
OWNERLESS = (
    "SELECT COUNT(*) FROM customers c WHERE c.id = :a "
    "AND NOT EXISTS (SELECT 1 FROM people p WHERE p.customer_id = c.id)"
)
LISTED = "SELECT id FROM listings WHERE ended_at IS NULL ORDER BY 1"


def _waiting(market: Market, tx: Watched) -> int:
    """One that goes out later, if there is any; now and then any order at all."""
    found = [row[0] for row in tx.rows(WAITING)]
    return market.dice.choice(found) if found and market.dice.randint(0, 4) else market.some()


@happens()
def the_rules_change(market: Market, tx: Watched) -> None:
    risk_policy.apply(tx, market.dice.choice(RULES), market.staff)


# Goes out later


@happens(often=3)
def a_delay_ends(market: Market, tx: Watched) -> None:
    """By the job, or early, or again: before its time nothing goes out."""
    found = later.due(tx, 1) or [_waiting(market, tx)]
    due = later.due_at(orders.get(tx, found[0]))
    later.go_out(tx, found[0])
    before = market.known[found[0]]
    now = orders.get(tx, found[0])
    if (due is None or due > tx.now) and now.state is not before.state:
        raise Violation(f"order {now.number} goes out at {tx.now}, and should at {due}, T1")


@happens()
def staff_release_one(market: Market, tx: Watched) -> None:
    number = orders.get(tx, _waiting(market, tx)).number
    later.release(tx, number, market.dice.choice((market.staff, market.staff, "test:lin")))


@happens()
def staff_doubt_one(market: Market, tx: Watched) -> None:
    number = orders.get(tx, _waiting(market, tx)).number
    doubts.doubt(tx, number, market.dice.choice((market.staff, market.staff, "test:lin")))


@happens(often=2)
def a_buyer_rather_has_the_money(market: Market, tx: Watched) -> None:
    """Of what goes out later; of anything else nothing happens."""
    number = _waiting(market, tx)
    waited = later.due_at(orders.get(tx, number)) is not None
    left = later.take_money(tx, number, market.placed[number].person)
    if later.due_at(left) or (waited and left.state is State.PAID):
        raise Violation(f"order {left.number} still goes out at {later.due_at(left)}")


# Lists


@happens()
def somebody_is_listed(market: Market, tx: Watched) -> None:
    buyer = customers.person(tx, market.buyer().id)
    verdict = market.dice.choice(("block", "allow", "allow"))
    about = Listed(verdict, CUSTOMER, buyer.customer, buyer.name, "by dice")
    listings.put(tx, about, market.staff, f"event {market.number()}")


@happens(often=2)
def a_listing_ends(market: Market, tx: Watched) -> None:
    found = tx.rows(LISTED)
    if not found:
        raise Nothing
    listings.end(tx, market.dice.choice(found)[0], market.staff)


# Linked accounts


@happens()
def two_accounts_are_linked(market: Market, tx: Watched) -> None:
    """What both had before is one customer's."""
    one, other = _somebody_with_credit(market, tx), market.buyer()
    before = _credit(tx)
    asked = linking.ask(tx, one, f"event {market.number()}")
    code = linking.shown(tx, asked.id, one.id)
    if code is None or linking.say(tx, other, code.reveal(), f"event {market.number()}") is None:
        raise Violation("a code that was asked for just now is no good")
    linking.confirm(tx, asked.id, other.id)
    joining.link(tx, asked.id, one.id)
    _went_over(market, tx, before)
    if len({customers.person(tx, each.id).customer for each in (one, other)}) != 1:
        raise Violation("linked, and still two customers")


@happens()
def two_accounts_part(market: Market, tx: Watched) -> None:
    """By one of them, or by staff: what each brought goes with it, and nothing is lost or made by that."""
    person = market.dice.choice(market.buyers)
    before = _credit(tx)
    others = linking.others(tx, customers.person(tx, person.id))
    if not others:
        raise Nothing
    by_staff = market.dice.choice((True, False))
    which = market.dice.choice(others).person
    done = joining.unlink_for(tx, which, market.staff) if by_staff else joining.unlink(tx, person.id, which)
    if not done:
        raise Violation(f"{person.id} and {which} can't be parted")
    _went_over(market, tx, before)


def _somebody_with_credit(market: Market, tx: Watched) -> Person:
    """If there is anybody."""
    rich = {int(account.split(":")[1]) for account, _ in tx.rows(CREDIT)}
    return market.dice.choice([each for each in market.buyers if each.customer in rich] or [market.buyer()])


def _credit(tx: Watched) -> int:
    return sum(amount for _, amount in tx.rows(CREDIT))


def _went_over(market: Market, tx: Watched, before: int) -> None:
    """Every order is its account's customer's, no store credit came or went, and nobody has less than nothing."""
    market.buyers = [customers.person(tx, each.id) for each in market.buyers]
    accounts = tx.rows(CREDIT)
    if sum(amount for _, amount in accounts) != before:
        raise Violation(f"store credit was {before}, and is {accounts}, M1")
    if any(amount > 0 for _, amount in accounts):  # what a customer has is the shop's debt
        raise Violation(f"somebody has less store credit than nothing: {accounts}, M1")
    if left := [account for account, _ in accounts if tx.rows(OWNERLESS, int(account.split(":")[1]))[0][0]]:
        raise Violation(f"nobody has {left} any more, M1")
    if many := tx.rows(PARTED_FROM)[0][0]:
        raise Violation(f"{many} orders are another customer's than the account's that placed them")
