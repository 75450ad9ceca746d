"""What is answered to a question, to this buyer: the entry's text, how their own order stands, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core import cards, catalog, faq, ledger, orders, shortage
from core.catalog import Product
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, Text, words
from core.orders import GIVEN_BACK, LIVE, UNPAID, Order, State

NEWEST = 20  # orders that are looked through for the one that is meant
SHELF, MY_ORDERS, HUMAN = cards.SHELF, cards.MY_ORDERS, cards.HUMAN
TERMS = Choice(words("choose-terms"), "terms")
LINK = Choice(words("choose-link"), "link")

OF_REFUND = frozenset({"refund-status"})
HANDED_OVER = frozenset(
    {
        "redeem-how",
        "find-code",
        "code-invalid",
        "code-used",
        "wrong-region",
        "code-expiry",
        "mistyped-code",
        "refund-policy",
        "several-codes",
        "account-change",
        "gift",
    }
)
AFTER_SALE = frozenset({"code-invalid", "code-used", "wrong-region"})
LAPSED = (State.EXPIRED, State.CANCELLED)
WAITED_FOR = {  # about an order in which state each of these may be asked
    "paid-no-code": (*UNPAID, *LIVE, *LAPSED, *GIVEN_BACK),  # of a lapsed one the money may have come too late
    "delivery-time": LIVE,
    "review-hold": LIVE,
    "payment-failed": UNPAID,
}
BUYING = frozenset({"out-of-stock", "limit", "bulk", "coupon", "payment-methods", "delivery-time", "genuine"})


@dataclass(frozen=True)
class About:
    """Which of the buyer's orders a question is about, and which product; None where that isn't known."""

    order: Order | None = None
    product: Product | None = None


def about(tx: Tx, person: Person, slug: str, asked: str = "") -> About:
    """The order whose number they wrote, if it is theirs; else the newest that the question fits.

    A brand they named narrows it down. What others ordered is never looked at.
    """
    own = orders.newest(tx, person.customer, person.id, NEWEST)
    told = asked.upper()
    for order in own:
        if order.number in told:
            return _about(tx, order)
    brand = _brand(tx, asked)
    found = next((order for order in own if _fits(order, slug) and (not brand or _is_of(tx, order, brand))), None)
    if found:
        return _about(tx, found)
    sold = catalog.of_brand(tx, brand) if brand else []
    return About(product=sold[0] if len(sold) == 1 else None)


def _about(tx: Tx, order: Order) -> About:
    return About(order, catalog.by_id(tx, order.lines[0].product))


def _brand(tx: Tx, asked: str) -> str:
    """The brand somebody named, by its short name; the longest name that is found in what they wrote."""
    said = "".join(asked.casefold().split())
    named = [
        (len(bare), brand.slug)
        for brand in catalog.on_sale(tx)
        for name in brand.name.texts.values()
        if len(bare := "".join(name.casefold().split())) > 1 and bare in said
    ]
    return max(named)[1] if named else ""


def _is_of(tx: Tx, order: Order, brand: str) -> bool:
    return catalog.by_id(tx, order.lines[0].product).brand == brand


def _fits(order: Order, slug: str) -> bool:
    handed = any(unit.may_be_shown for unit in order.units)
    if slug in WAITED_FOR:
        return order.state in WAITED_FOR[slug] or (handed and slug == "paid-no-code")
    if slug in OF_REFUND:
        return order.state in GIVEN_BACK or order.going_back.amount > 0
    return slug in HANDED_OVER and handed


def answer(tx: Tx, person: Person, slug: str, of: About) -> Message:
    """The entry, and what it says of this buyer's order. Raises UnknownEntry for none."""
    found = faq.entry(tx, slug, of.product.id if of.product else None)
    said: Text = found.text if found.text is not None else words(f"faq-{slug}")
    stands = _stands(tx, of.order, slug) if of.order else None
    paragraphs = (said, *(stands.paragraphs if stands else ()))
    choices = [*(stands.choices if stands else ()), *_ways(slug, of)]
    if found.link:
        choices.insert(0, Choice(words("choose-open"), link=found.link))
    shows = found.title if found.picture else None
    return Message(paragraphs, _once(choices), picture=found.picture, shows=shows)


def _once(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Each way once, the first of its kind; and not so many that nobody reads them."""
    seen = dict.fromkeys((choice.says or choice.link) for choice in choices)
    return tuple(next(each for each in choices if (each.says or each.link) == one) for one in list(seen)[:6])


def _stands(tx: Tx, order: Order, slug: str) -> Message | None:
    """How the order stands, as far as the question is about that."""
    if slug in OF_REFUND:
        return _refunds(tx, order)
    if slug not in WAITED_FOR:
        return Message(_named(order)) if slug in HANDED_OVER else None
    if order.state in (*UNPAID, *LAPSED):
        paid = Choice(words("choose-paid"), f"paid {order.number}", main=True)
        return Message(words("faq-unpaid", number=order.number, total=order.total), (paid, _open(order)))
    sent = [unit.sent_at for unit in order.units if unit.may_be_shown and unit.sent_at]
    if sent:
        return Message(words("faq-sent", number=order.number, time=max(sent)), (_open(order),))
    stands = shortage.stands(tx, order)
    return replace(stands, choices=(*stands.choices, _open(order)))


def _named(order: Order) -> Text:
    return words("faq-about", number=order.number, product=order.terms.name)


def _refunds(tx: Tx, order: Order) -> Message:
    """Each refund of the order with how far it is, the newest three."""
    made = ledger.refunds_of(tx, order.id)[-3:]
    if not made:
        return shortage.stands(tx, order)
    lines = tuple(
        words(
            "faq-refund",
            amount=refund.total,
            number=order.number,
            state=refund.state if refund.state in ("done", "failed") else "going",
            reference=refund.reference or refund.key,
        )
        for refund in made
    )
    return Message(lines, (_open(order),))


def _open(order: Order) -> Choice:
    """The order's card: with its codes, once they were handed over."""
    label = "choose-see-again" if any(unit.may_be_shown for unit in order.units) else "choose-status"
    return Choice(words(label), f"order {order.number}")


def _ways(slug: str, of: About) -> list[Choice]:
    """What to do next."""
    found: list[Choice] = []
    if slug in AFTER_SALE:
        found.append(Choice(words("choose-problem"), f"claim {of.order.number if of.order else ''}".strip(), main=True))
    if of.product and slug in HANDED_OVER:
        found.append(Choice(words("choose-guide"), f"guide {of.product.slug}"))
    if of.product and slug in BUYING:
        found.append(Choice(words("choose-product-again"), f"product {of.product.slug}"))
    if of.order and slug in HANDED_OVER:
        found.append(_open(of.order))
    found += WAYS.get(slug, (MY_ORDERS,))
    return [*found, HUMAN]


WAYS: dict[str, tuple[Choice, ...]] = {
    "find-code": (MY_ORDERS, LINK),
    "payment-methods": (SHELF,),
    "out-of-stock": (SHELF,),
    "coupon": (SHELF,),
    "limit": (SHELF,),
    "bulk": (SHELF,),
    "genuine": (SHELF, TERMS),
    "delivery-time": (SHELF, MY_ORDERS),
    "refund-policy": (MY_ORDERS, TERMS),
    "account-change": (LINK, MY_ORDERS),
    "human": (),
    "invoice": (MY_ORDERS,),
}
