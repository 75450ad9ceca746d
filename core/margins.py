"""What is left of a sale: its price on each rail, less what the rail keeps and what the code has cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import bindparam, func, select

from core.catalog import Product
from core.catalog_changes import Steps
from core.ground.columns import whole
from core.ground.db import Tx
from core.ground.money import Money, exponent
from core.ground.rules import Rules
from core.inventory import batches, codes

# What the codes in stock have cost, code by code; of those whose cost was told, in the shop's own currency.
COST = (
    select(whole(func.sum(batches.c.unit_cost)), func.count())
    .select_from(codes.join(batches, batches.c.id == codes.c.batch_id))
    .where(
        codes.c.product_id == bindparam("product"),
        codes.c.state.in_(("available", "reserved")),
        batches.c.unit_cost.is_not(None),
        batches.c.currency == bindparam("in_currency"),
    )
)


@dataclass(frozen=True)
class Margin:
    """Of one piece on one rail, in the shop's own currency."""

    price: Money  # as the buyer pays it
    net: Money | None  # after what the rail keeps; None where the rate of its currency is not set
    cost: Money | None  # on average; None where nobody has told it

    @property
    def left(self) -> Money | None:
        return None if self.net is None or self.cost is None else self.net - self.cost

    @property
    def below_cost(self) -> bool:
        return self.left is not None and self.left.amount < 0


@dataclass(frozen=True)
class Loss:
    """A price at which one piece leaves less than it has cost."""

    product: Product
    price: Money
    net: Money  # what arrives of it, in the shop's own currency
    cost: Money


def cost(tx: Tx, product: Product) -> Money | None:
    """What one in stock has cost on average, in the shop's own currency, rounded up. None where nobody has told it."""
    total, many = tx.one(COST, product=product.id, in_currency=tx.rules.currency)
    return Money(-(-total // many), tx.rules.currency) if many else None


def margin(price: Money, rail: str, cost: Money | None, rules: Rules) -> Margin:
    """What one sale by that rail leaves."""
    return Margin(price, net(price, rail, rules), cost)


def net(price: Money, rail: str, rules: Rules) -> Money | None:
    """What arrives, in the shop's own currency. None for a currency whose rate is not set."""
    rate = Decimal(1) if price.currency == rules.currency else rules.rates.get(price.currency)
    if rate is None:
        return None
    percent, fixed = rules.fees.get(rail, (Decimal(0), Decimal(0)))
    arrives = price.decimal * (1 - percent / 100) * rate - fixed
    scaled = arrives.scaleb(exponent(rules.currency)).to_integral_value(ROUND_HALF_UP)
    return Money(int(scaled), rules.currency)


def losses(tx: Tx, product: Product, prices: Steps, takes: Mapping[str, frozenset[str]]) -> list[Loss]:
    """Which of these prices would be below cost: of each currency the dearest rail's that takes it.

    `takes` are the rails that are set up, with their currencies; a price that none takes is held against its cost bare.
    """
    found = cost(tx, product)
    return list(_losses(tx, product, prices, takes, found)) if found else []


def _losses(
    tx: Tx, product: Product, prices: Steps, takes: Mapping[str, frozenset[str]], found: Money
) -> Iterator[Loss]:
    for currency, steps in prices.items():
        rails = [rail for rail, currencies in takes.items() if currency in currencies] or [""]
        price = Money(min(steps.values()), currency)
        worst = min((margin(price, rail, found, tx.rules) for rail in rails), key=_left)
        if worst.below_cost and worst.net:
            yield Loss(product, price, worst.net, found)


def _left(each: Margin) -> int:
    return each.left.amount if each.left else 0
