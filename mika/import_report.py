"""The report of moving in: the checks, what came over beside what is here, and what stays behind. No code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core import moving_in, old_credit, old_orders
from core.ground.money import Money
from core.old_shops import Check, OldShop
from core.shop import Shop
from mika import moving
from mika.moving import Came, Scope

MARKED = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|#"})


@dataclass(frozen=True)
class Line:
    """One thing counted there and here."""

    what: str
    there: int
    here: int
    why: str = ""  # it may differ, for this reason

    @property
    def adds_up(self) -> bool:
        return self.there == self.here or bool(self.why)

    @property
    def text(self) -> str:
        verdict = "ok" if self.there == self.here else self.why or "DIFFERS"
        return f"{self.what}: {self.there:,} there, {self.here:,} here: {verdict}"


@dataclass
class Report:
    """What a run has found and done."""

    old: OldShop
    scope: Scope
    checks: Sequence[Check]
    fresh: Mapping[str, int]
    came: Came | None = None
    lines: Sequence[Line] = ()
    on_sale: Mapping[str, int] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        return all(line.adds_up for line in self.lines)

    def markdown(self) -> str:
        """All of it, for people to keep."""
        parts = [f"# Moving in from {self.old.name}", f"From {tame(self.old.source)}.", *self._checks(), *self._came()]
        return "\n".join([*parts, *self._stays(), ""])

    def _checks(self) -> Iterator[str]:
        yield "\n## The twelve checks"
        for check in self.checks:
            yield f"\n{check.number}. **{check.name}**: {check.level}"
            yield from (f"   - {tame(line)}" for line in check.lines)
        yield f"\nNew since an earlier run: {counts(self.fresh)}."

    def _came(self) -> Iterator[str]:
        if self.came is None:
            return
        yield "\n## There and here\n"
        yield "| what | there | here | |\n|---|---|---|---|"
        for line in self.lines:
            verdict = "ok" if line.there == line.here else line.why or "**differs**"
            yield f"| {tame(line.what)} | {line.there} | {line.here} | {verdict} |"
        yield f"\nCodes: {counts(self.came.all_codes())}. Products: {counts(self.came.products)}."
        yield from (f"- guide not taken, write it anew: {tame(name)}" for name in self.came.without_guide)
        yield from (f"- balance claimed, and otherwise there now: member {tame(each)}" for each in self.came.claimed)
        if both := self.came.all_codes()["both"]:
            yield f"- **{both} codes were sold in both shops.** Replace them where buyers complain."
        yield f"\nOn sale by this run: {sum(self.on_sale.values())} codes."

    def _stays(self) -> Iterator[str]:
        """What is not carried over, and whom it is owed to."""
        currency = self.old.currency
        if owed := self.old.owed():
            yield "\n## Owed there: settle these in the old shop\n"
            for order in owed:
                total = Money(order.total, currency).plain()
                about = f"{tame(order.number)}, {tame(order.title)}, {total} {currency}"
                yield f"- {about}, {order.at:%Y-%m-%d}: {order.why}"
        if coupons := self.old.coupons():
            yield "\n## Coupons there: listed only\n"
            yield from (f"- {tame(each.code)}: {tame(each.says)}, {each.left} left" for each in coupons)
        banned = [member for member in self.old.members() if member.banned and member.balance]
        if banned:
            yield "\n## Members who are banned there: nothing is kept for them\n"
            yield from (f"- {tame(each.id)}: {Money(each.balance, currency).plain()} {currency}" for each in banned)


def counts(counted: Mapping[str, int]) -> str:
    """ "12 new, 3 twice"."""
    return ", ".join(f"{many:,} {what}" for what, many in sorted(counted.items()) if many) or "nothing"


def tame(text: str) -> str:
    """As it stands there, and no markup."""
    return " ".join(text.split()).translate(MARKED)


async def compared(shop: Shop, old: OldShop, what: Scope, came: Came) -> list[Line]:
    """Everything that was read, counted anew over our own tables."""
    source = moving.source_of(old)
    numbers = [product.id for product in what.products]
    lines = [Line("products", len(numbers), await shop.db.read(moving_in.products_here, source, numbers))]
    for product in what.products:
        if product.id in came.read:
            here = await shop.db.read(moving_in.counted, source, product.id)
            why = "say --uses" if came.codes[product.id]["uses"] else ""
            lines.append(Line(f"codes of {product.id} {product.name}", came.read[product.id], here.rows, why))
            lines.append(Line(f"codes of {product.id}, each once", here.rows - here.twice, here.codes))
    if what.whole:
        lines += await _whole(shop, old, came)
    return lines


async def _whole(shop: Shop, old: OldShop, came: Came) -> list[Line]:
    source = moving.source_of(old)
    orders, total = await shop.db.read(old_orders.sums, source)
    members, credit = await shop.db.read(old_credit.sums, source)
    why = "claimed before it changed there" if came.claimed else ""
    more = "kept, though gone there since" if orders > came.orders["read"] else ""
    return [
        Line("finished orders", came.orders["read"], orders, more),
        Line("their sum", came.orders["total"], total, more),
        Line("balances", came.members["with"], members, why),
        Line("their sum", came.members["total"], credit, why),
    ]
