"""What staff are told: an order to decide or something to make, and products by names that tell them apart."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from core import cards
from core.catalog import Product
from core.ground.messages import Answer, Choice, Lines, Local, Message, Words, unpack_texts, words
from core.ground.words import LOCALES
from core.orders import Order, State
from core.units import Obligation


def told_apart(among: Sequence[Product]) -> dict[int, Local | Words]:
    """Each product's name for staff, by its number: with face value and region where another has the same name.

    Where even those are the same, its short name says which it is.
    """
    named = Counter((locale, product.name.in_(locale)) for product in among for locale in LOCALES)
    alike = [product for product in among if any(named[locale, product.name.in_(locale)] > 1 for locale in LOCALES)]
    same = Counter((product.face_value, product.region.lower()) for product in alike)
    found: dict[int, Local | Words] = {product.id: product.name for product in among}
    for each in alike:
        which = each.slug if same[each.face_value, each.region.lower()] > 1 else ""
        found[each.id] = in_full(each, which)
    return found


def in_full(product: Product, which: str = "") -> Words:
    """A product that can't be taken for another: "Steam · $20 · US", and "Steam $20 · US" where its name says it."""
    said = {locale: _bare(product.face_value) in _bare(product.name.in_(locale)) for locale in LOCALES}
    face = Local({locale: "none" if known else product.face_value for locale, known in said.items()})
    facts = {"product": product.name, "face": face, "region": cards.region(product.region)}
    return words("product-in-full", **facts, which=which or "none")


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def review(
    order: Order, history: Sequence[Words], now: datetime, talk: Sequence[Words] = (), *, default: str = "refund"
) -> Message:
    """What, why, who, what was asked, and what happens if nobody presses; once decided, who and when, and no choices.

    `history` is told by core/histories.py; `default` is what becomes of it at the end of its time.
    """
    if order.state is not State.IN_REVIEW:
        decided = words(
            "staff-decided-passed" if default == "deliver" else "staff-decided",
            number=order.number,
            amount=order.total,
            staff=order.decided_by or "-",
            time=order.decided_at or now,
            state=words(f"state-{order.state.value.replace('_', '-')}"),
        )
        return Message(decided, card=f"review {order.number}")
    left = max(int(((order.review_due_at or now) - now).total_seconds() // 60), 0)
    sentence = words(
        "staff-review",
        amount=order.total,
        left=left,
        number=order.number,
        product=order.terms.name,
        n=order.quantity,
        time=order.paid_at or now,
    )
    why = (words("staff-review-why", why=why) for why in unpack_texts(order.findings) if isinstance(why, Words))
    key = "staff-review-else-deliver" if default == "deliver" else "staff-review-else"
    otherwise = words(key, deadline=order.review_due_at or now)
    return Message(
        Lines((sentence, *why, *history, *talk, otherwise)),
        (
            Choice(words("choose-approve"), f"approve {order.number}", acts=True, main=True),
            Choice(words("choose-reject", amount=order.total), f"reject {order.number}", acts=True),
            Choice(words("choose-ask"), f"ask {order.number}"),
            Choice(words("choose-why"), f"why {order.number}"),
            Choice(words("choose-block-order"), f"block order {order.number}"),
            Choice(words("choose-details"), f"order {order.number}"),
        ),
        card=f"review {order.number}",
    )


def by_hand(order: Order) -> Message:
    """Something staff must make: what, for whom, by when."""
    owed = order.owing(Obligation.BY_HAND)
    due = min((unit.due_at for unit in owed if unit.due_at), default=order.placed_at)
    sentence = words(
        "staff-by-hand", number=order.number, product=order.terms.name, n=len(owed), amount=order.total, time=due
    )
    told = (
        words("staff-answer", label=Local(label), answer=Answer(order.id, name))
        for name, label in order.terms.asked.items()
    )
    return Message(
        Lines((sentence, *told)),
        (
            Choice(words("choose-fulfil"), f"fulfil {order.number}", main=True),
            Choice(words("choose-cant"), f"cant {order.number}"),
            Choice(words("choose-details"), f"order {order.number}"),
        ),
        card=f"hand {order.number}",
    )
