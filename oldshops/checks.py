"""The twelve checks of a dry run, over what a reader has found. Codes are masked, and no code stands in a figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from core.old_shops import Check, Level, OldProduct
from oldshops.figures import SHANGHAI, yuan
from oldshops.shapes import STOPPING

if TYPE_CHECKING:
    from oldshops.reading import Reading

NAMES = (
    *("Source", "Rows", "Catalogue", "Prices", "Unsold by product", "Duplicates", "Unsold but delivered"),
    *("Shape of codes", "Orders", "Paid, not served", "Coupons and credit", "Unmapped, and cross-foot"),
)
MOST = 50  # lines of a kind in a report; the rest is counted
LEVELS: tuple[Level, ...] = ("ok", "look", "stop")


def twelve(shop: Reading) -> list[Check]:
    made = (source, rows, catalogue, prices, unsold, duplicates, delivered, shapes, orders, owed, credit, cross_foot)
    return [make(shop) for make in made]


def summary(checks: Sequence[Check]) -> str:
    """The last line: what would come, in one breath."""
    figures: Counter[str] = Counter()
    for check in checks:
        figures.update(check.figures)
    return " · ".join(
        (
            f"unsold {_many(figures['unsold'])} codes in {figures['stocked']} products",
            f"{_many(figures['shared'])} reusable",
            f"{_many(figures['quarantined'])} quarantined",
            f"{_many(figures['orders'])} orders for look-up (¥ {yuan(figures['orders_total'])})",
            f"{_many(figures['owed'])} orders owed (¥ {yuan(figures['owed_total'])})",
            f"credit ¥ {yuan(figures['credit'])} for {figures['creditors']} members",
        )
    )


def check(shop: Reading, number: int, lines: Iterable[str], level: Level = "ok", **figures: int) -> Check:
    """With what the reader noted for it. The worst level of all counts."""
    notes = shop.notes.get(number, [])
    noted = [f"{each}: {line}" for each, line in notes]
    return Check(number, NAMES[number - 1], worst(level, *_levels(notes)), (*lines, *_few(noted)), figures)


def worst(*levels: Level) -> Level:
    return LEVELS[max(map(LEVELS.index, levels))]


def source(shop: Reading) -> Check:
    newest = shop.seen.newest
    lines = [f"{shop.name}, {shop.source}", *shop.facts, f"read at {shop.now:%Y-%m-%d %H:%M} UTC"]
    if newest is not None:
        lines.append(
            f"newest order {newest + SHANGHAI:%Y-%m-%d %H:%M} by the shop's clock, {newest:%Y-%m-%d %H:%M} UTC"
        )
    if shop.only is not None:
        lines.append(f"only the category {shop.categories()[0].name}")
    ahead = newest is not None and newest.astimezone(UTC) > shop.now
    return check(shop, 1, lines, "stop" if ahead else "ok")


def rows(shop: Reading) -> Check:
    """An unknown status was noted by the reader, as a stop."""
    lines = [f"{table}: {_many(count)} rows" for table, count in shop.counted.items()]
    lines.append("codes: " + _counts(shop.survey.states))
    lines.append("orders by status: " + _counts(shop.seen.statuses))
    return check(shop, 2, lines)


def catalogue(shop: Reading) -> Check:
    products, categories = shop.products(), shop.categories()
    kinds = Counter(product.kind for product in products)
    lines = [f"{len(categories)} categories, {len(products)} products: {_counts(kinds)}"]
    lines.append(f"off: {sum(not product.on_sale for product in products)} products")
    names = Counter((product.category, product.name) for product in products)
    same = [name for (_, name), count in names.items() if count > 1]
    lines += _few([f"look: more than one product is called {name}" for name in same])
    priceless = [product for product in products if product.on_sale and not product.prices]
    lines += _few(
        [f"stop: product {product.id} ({product.name}) has no price that can be read" for product in priceless]
    )
    level: Level = "stop" if priceless else "look" if same else "ok"
    return check(shop, 3, lines, level, categories=len(categories), products=len(products))


def prices(shop: Reading) -> Check:
    priced = [product for product in shop.products() if product.prices]
    single = [product.prices[min(product.prices)] for product in priced]
    lines = [f"{len(single)} prices in {shop.currency}"]
    if single:
        lines = [f"{lines[0]}: lowest {yuan(min(single))}, highest {yuan(max(single))}, sum {yuan(sum(single))}"]
    odd = [line for product in priced for line in _odd_prices(product)]
    lines += _few([f"look: {line}" for line in odd])
    return check(shop, 4, lines, "look" if odd else "ok", prices_total=sum(single))


def _odd_prices(product: OldProduct) -> Iterable[str]:
    first = product.prices[min(product.prices)]
    if 0 in product.prices.values():
        yield f"product {product.id} ({product.name}) costs 0"
    if max(product.prices.values()) > first:
        yield f"product {product.id} ({product.name}) costs more by quantity than alone"
    if product.unit_cost is not None and product.unit_cost > first:
        yield f"product {product.id} ({product.name}) costs {yuan(product.unit_cost)} to buy and {yuan(first)} to sell"


def unsold(shop: Reading) -> Check:
    """Counted by going through what would be brought, product by product, and held against all that was read."""
    totals: Counter[str] = Counter()
    lines = []
    for product in shop.products():
        counts = Counter(code.why or ("shared" if code.shared else "unsold") for code in shop.codes(product.id))
        totals.update(counts)
        totals["stocked"] += bool(counts["unsold"])
        if counts:
            lines.append(f"{product.id} {product.name}: {_counts(counts)}")
    survey = shop.survey
    brought = totals["unsold"] + totals["shared"] + totals["locked"] + totals["picked"] + totals["delivered"]
    live = sum(survey.states[state] for state in ("unsold", "locked", "picked"))
    skipped = len(survey.left_out)
    level: Level = "ok"
    if shop.only is None and brought + skipped != live:
        level = "stop"
        lines.append(f"stop: {_many(brought)} brought and {_many(skipped)} left out: not the {_many(live)} read")
    if survey.surcharges:
        lines.append(f"surcharges of picked codes, given away at the base price: {yuan(survey.surcharges)}")
    lines += [f"shared code {code}: in {_many(uses)} orders so far" for code, uses in survey.uses.most_common(MOST)]
    if survey.states["stray"]:
        level = worst("look", level)
        lines.append(f"look: {_many(survey.states['stray'])} codes of no variant that is sold; they stay there")
    return check(
        shop, 5, lines, level,
        unsold=totals["unsold"], shared=totals["shared"], stocked=totals["stocked"],
        quarantined=totals["locked"] + totals["picked"] + totals["delivered"],
        locked=totals["locked"], picked=totals["picked"], delivered=totals["delivered"],
    )  # fmt: skip


def duplicates(shop: Reading) -> Check:
    survey = shop.survey
    lines = [
        f"{_many(survey.within)} within a product, {_many(survey.across)} across products: left out",
        f"{_many(survey.sold_before)} equal a code that was sold: quarantined",
        f"{_many(survey.alike)} differ from another in capital letters only: brought",
        *survey.examples["duplicates"],
        *survey.examples["sold before"],
    ]
    twice = survey.within + survey.across
    found = twice or survey.sold_before or survey.alike
    return check(shop, 6, lines, "look" if found else "ok", duplicates=twice)


def delivered(shop: Reading) -> Check:
    survey = shop.survey
    sent = [code for code, orders in survey.delivered.items() if orders]
    lines = [f"{_many(len(sent))} unsold codes were sent with an order: quarantined", *survey.examples["delivered"]]
    return check(shop, 7, lines, "look" if sent else "ok", sent_unsold=len(sent))


def shapes(shop: Reading) -> Check:
    lines = []
    odd: Counter[str] = Counter()
    for product, shape in sorted(shop.survey.shapes.items()):
        odd.update(shape.odd)
        said = [f"{_many(shape.count)} codes of {shape.shortest} to {shape.longest} characters"]
        if proposed := shape.proposed():
            separator, fields, agreeing = proposed
            said.append(
                f"{fields} fields by {separator!r} ({agreeing:.0%}): --separator {product}={separator} splits them"
            )
        if shape.odd:
            said.append(_counts(shape.odd))
        lines.append(f"{product}: {'; '.join(said)}")
    stops = [what for what in STOPPING if odd[what]]
    lines += [f"stop: {_many(odd[what])} codes: {what}" for what in stops]
    level: Level = "stop" if stops else "look" if odd else "ok"
    return check(shop, 8, lines, level, **{f"odd {what}": count for what, count in odd.items()})


def orders(shop: Reading) -> Check:
    seen = shop.seen
    lines = [
        f"status {status}: {_many(count)}, {yuan(seen.status_totals[status])}"
        for status, count in sorted(seen.statuses.items())
    ]
    lines += [
        f"{month}: {_many(seen.months[month])}, {yuan(seen.month_totals[month])}" for month in sorted(seen.months)
    ]
    lines.append(
        f"to look up: {_many(seen.chosen)} ({yuan(seen.chosen_total)}); "
        f"{_many(seen.without_product)} whose product is gone, {_many(seen.without_password)} without password, "
        f"{_many(seen.without_contact)} without contact"
    )
    left = seen.unpaid + seen.others + seen.binned + len(seen.owed) + seen.owed_elsewhere
    level: Level = "ok"
    if seen.finished + left != seen.read:
        level = "stop"
        lines.append(
            f"stop: {_many(seen.finished)} finished and {_many(left)} others are not the {_many(seen.read)} read"
        )
    if seen.without_time:
        level = worst("look", level)
        lines.append(f"look: {_many(seen.without_time)} orders say no time")
    return check(shop, 9, lines, level, orders=seen.chosen, orders_total=seen.chosen_total)


def owed(shop: Reading) -> Check:
    seen = shop.seen
    whys = Counter(order.why for order in seen.owed)
    lines = [f"{_many(len(seen.owed))} orders, {yuan(seen.owed_total)}" + (f": {_counts(whys)}" if whys else "")]
    lines += _few(
        [f"{order.number} {order.at + SHANGHAI:%Y-%m-%d} {yuan(order.total)} {order.why}" for order in seen.owed]
    )
    if seen.unpaid_now:
        lines.append(
            f"look: {_many(seen.unpaid_now)} orders of the last day are not paid. Hold them against the provider's "
            "list: money may be under way, or may have come for an order that was too large to save"
        )
    level: Level = "stop" if seen.owed and not shop.acknowledged else "look" if seen.owed or seen.unpaid_now else "ok"
    if level == "stop":
        lines.append("stop: settle them in the old shop, or acknowledge that you have seen them")
    return check(shop, 10, lines, level, owed=len(seen.owed), owed_total=seen.owed_total)


def credit(shop: Reading) -> Check:
    coupons = shop.coupons()
    members = shop.members()
    creditors = [member for member in members if member.balance and not member.banned]
    banned = [member for member in members if member.balance and member.banned]
    lines = [f"{len(coupons)} coupons with uses left, listed only"]
    lines += _few([f"coupon {coupon.code}: {coupon.says}, {coupon.left} left" for coupon in coupons])
    lines.append(f"{_many(len(creditors))} members with a balance, {yuan(sum(member.balance for member in creditors))}")
    lines += _few([f"look: member {member.id} is banned and has {yuan(member.balance)}" for member in banned])
    unreached = [member for member in creditors if not member.email and not member.phone]
    if unreached:
        lines.append(f"look: {_many(len(unreached))} of them have no e-mail and no phone number")
    differing = [member for member in members if member.differs]
    grave: Level = "look" if shop.acknowledged else "stop"
    lines += _few([f"{grave}: the balance of member {member.id} differs by {_signed(member.differs)} from the last bill"
                   for member in differing])  # fmt: skip
    apart = shop.apart()
    lines += [f"{each}: {line}" for each, line in apart]
    own: Level = grave if differing else "look" if banned or unreached else "ok"
    level = worst(own, *_levels(apart))
    return check(
        shop, 11, lines, level,
        coupons=len(coupons), creditors=len(creditors), credit=sum(member.balance for member in creditors),
        banned=len(banned),
    )  # fmt: skip


def cross_foot(shop: Reading) -> Check:
    """Read is brought and left out, for codes and orders. What was deliberately not read is named."""
    survey, seen = shop.survey, shop.seen
    codes = sum(survey.states.values())
    parts = [survey.states[state] for state in ("unsold", "locked", "picked", "sold", "bin", "stray", "elsewhere")]
    lines = [f"codes: {_many(codes)} read = {_counts(survey.states)}"]
    lines.append(
        f"of those not sold, {_many(survey.within + survey.across)} are there twice and {_many(survey.empty)} empty"
    )
    owing = len(seen.owed) + seen.owed_elsewhere
    lines.append(
        f"orders: {_many(seen.read)} read = {_many(seen.finished)} finished + {_many(owing)} owed + "
        f"{_many(seen.unpaid)} unpaid + {_many(seen.others)} of merchants + {_many(seen.binned)} deleted"
    )
    lines += [f"not read: {what}" for what in shop.unread]
    return check(shop, 12, lines, "ok" if codes == sum(parts) else "stop", codes_read=codes, orders_read=seen.read)


def _levels(noted: Sequence[tuple[Level, str]]) -> list[Level]:
    return [level for level, _ in noted]


def _few(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST
    return [*lines[:MOST], f"… and {_many(more)} more"] if more > 0 else list(lines)


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{_many(count)} {what}" for what, count in sorted(counted.items()) if count) or "none"


def _many(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def _signed(amount: int) -> str:
    return f"{'-' if amount < 0 else '+'}{yuan(abs(amount))}"
