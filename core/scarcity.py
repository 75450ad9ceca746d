"""How much unpaid orders may hold: a share of a product, less long while little of it is left; lapses make one wait.

What there is of a product is counted by its rows: what could be set aside now, and what unpaid orders hold. As long as
there is plenty nobody notices any of this. `rules.scarce_below` of 0 turns it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, case, exists, func, select

from core import catalog, inventory, orders, units
from core.catalog import Product, StockKind
from core.ground.columns import whole
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.rules import Rules
from core.orders import State

LAPSES_IN = timedelta(hours=24)
ENOUGH = 500  # codes: so far is counted before anything is looked at closely
NO_END = 2**31  # where nothing is counted
FREE = 2  # of what is scarce, one buyer may hold so many whatever the share: a third of three is one, and many want two


class TakenForNow(ShopError):
    """So many may not be held unpaid just now. Facts: product, most (0: none now), time to look again."""


class CoolDown(ShopError):
    """Orders of this buyer lapsed unpaid: the next may be placed after a while. Facts: n, time."""


_o, _u, _l = orders.orders, units.units, orders.lines
_paid, _delivered = _o.alias("paid"), _o.alias("delivered")
KNOWN = select(_o.c.id).where(_o.c.customer_id == bindparam("customer"), _o.c.state == State.DELIVERED)
LAPSES = select(func.count(_o.c.id), func.max(_o.c.expires_at)).where(  # what was paid since makes good for them
    _o.c.customer_id == bindparam("customer"),
    _o.c.state == State.EXPIRED,
    _o.c.expires_at > bindparam("yesterday"),
    ~exists().where(_paid.c.customer_id == _o.c.customer_id, _paid.c.paid_at > _o.c.expires_at),
)
_live = _o.c.expires_at > bindparam("now")  # what is past its hold is put back before anybody is refused
_of_newcomer = ~exists().where(_delivered.c.customer_id == _o.c.customer_id, _delivered.c.state == State.DELIVERED)
HELD = (  # of a product, by unpaid orders: all, the customer's, newcomers', and when the first of them ends
    select(
        func.count(),
        whole(func.sum(case((and_(_live, _o.c.customer_id == bindparam("customer")), 1)))),
        whole(func.sum(case((and_(_live, _of_newcomer), 1)))),
        func.min(case((_live, _o.c.expires_at))),
    )
    .select_from(_o)
    .join(_u, _u.c.order_id == _o.c.id)
    .join(_l, _l.c.id == _u.c.line_id)
    # Unpaid orders are few, and a product's lines are all that were ever sold: "+ 0" keeps SQLite from beginning there.
    .where(_o.c.state.in_(orders.UNPAID), _l.c.product_id + 0 == bindparam("product"))
)
_codes = inventory.codes
_set_aside = select(_codes.c.id).where(_codes.c.product_id == bindparam("product"), _codes.c.state == "reserved")
_sellable = select(_codes.c.id).where(*inventory.sellable())
AT_A_GLANCE = select(  # how many are set aside for whatever order, and how many are free: neither counted to its end
    *(
        select(func.count()).select_from(some.limit(bindparam("most")).subquery()).scalar_subquery()
        for some in (_set_aside, _sellable)
    )
)
IN_TURN = (
    select(catalog.products.c.id)
    .where(catalog.products.c.id.in_(bindparam("products", expanding=True)))
    .order_by(catalog.products.c.id)
    .with_for_update(key_share=True)  # what refers to the product needn't wait
)


@dataclass(frozen=True)
class Buyer:
    """What of a buyer counts here, as it is asked for each order."""

    customer: int
    known: bool  # something was delivered to them before
    lapses: int  # unpaid orders that lapsed in the last day, and nothing was paid since
    last_lapse: datetime | None


def must_have_cooled_down(rules: Rules, now: datetime, buyer: Buyer) -> None:
    """Raises CoolDown: from so many lapsed orders on, and with each of them for longer."""
    beyond = buyer.lapses - rules.lapses_free
    if beyond < 0 or not rules.cool_downs or buyer.last_lapse is None:
        return
    until = buyer.last_lapse + rules.cool_downs[min(beyond, len(rules.cool_downs) - 1)]
    if now < until:
        raise CoolDown(n=buyer.lapses, time=until)


def wait_turn(tx: Tx, buyer: Buyer, parts: Sequence[tuple[Product, int]]) -> None:
    """Newcomers place their orders of a product one after another: each counts what the one before has taken.

    To be called before anything else of these products is locked, or two could wait for each other. On SQLite everyone
    else waits anyway.
    """
    products = [part.id for part, _ in _limited(tx.rules, parts)]
    if products and not buyer.known and tx.dialect == "postgresql":
        tx.all(IN_TURN, products=products)


def hold(tx: Tx, buyer: Buyer, parts: Sequence[tuple[Product, int]], quantity: int) -> timedelta:
    """For how long the units may stay set aside unpaid: shorter, where little of a product is left.

    Raises TakenForNow when the buyer, or newcomers together, would hold more of one than their share.
    """
    scarce = [_must_fit(tx, buyer, part, quantity * many) for part, many in _limited(tx.rules, parts)]
    return min(tx.rules.hold, tx.rules.scarce_hold) if any(scarce) else tx.rules.hold


def is_known(tx: Tx, customer: int) -> bool:
    """Whether something was delivered to them before."""
    return tx.first(KNOWN, customer=customer) is not None


def newcomers_room(tx: Tx, product: Product, told: int, newcomers: int) -> int:
    """For how many more newcomers one may be set aside in the line, where `told` have one by now, `newcomers` of them.

    With what they hold in unpaid orders it is no more than their share, or many new accounts in a line were a way to
    have all of it.
    """
    if not tx.rules.scarce_below:
        return NO_END
    held, _, unpaid, _ = tx.one(HELD, product=product.id, customer=0, now=tx.now)
    there = inventory.few(tx, product, ENOUGH) + held + told
    return max(-(-there * tx.rules.newcomers_share // 100) - newcomers - unpaid, 0)


def _limited(rules: Rules, parts: Sequence[tuple[Product, int]]) -> list[tuple[Product, int]]:
    """What can run out: not what is made or bought on demand."""
    return [(part, many) for part, many in parts if rules.scarce_below and not part.made_to_order]


def _is_plenty(tx: Tx, part: Product, wanted: int) -> bool:
    """Whether nothing need be counted: there are many, and with all that is set aside it would be no large share."""
    if part.kind is StockKind.SHARED:  # set aside and free at once
        return False
    aside, free = tx.one(AT_A_GLANCE, product=part.id, today=tx.now.date(), most=ENOUGH)
    share = tx.rules.newcomers_share
    return tx.rules.scarce_below < free and aside < ENOUGH and (aside + wanted) * (100 - share) <= free * share


def _must_fit(tx: Tx, buyer: Buyer, part: Product, wanted: int) -> bool:
    """Whether little of it is left. Raises TakenForNow."""
    if _is_plenty(tx, part, wanted):
        return False
    rules = tx.rules
    held, mine, newcomers, ends = tx.one(HELD, product=part.id, customer=buyer.customer, now=tx.now)
    enough = -(-100 * (newcomers + wanted) // rules.newcomers_share)  # of this much it would be their share
    free = inventory.few(tx, part, max(enough - held, rules.scarce_below + 1))
    scarce, there = free <= rules.scarce_below, free + held
    most = max(there * rules.unpaid_share // 100, FREE) - mine if scarce else wanted
    if not buyer.known:
        most = min(most, -(-there * rules.newcomers_share // 100) - newcomers)
    if most < wanted <= free:
        raise TakenForNow(product=part.name, most=max(most, 0), time=ends or tx.now + rules.scarce_hold)
    return scarce
