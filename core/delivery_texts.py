"""What the shop says with its codes: a text of the product's, with variables, and short reminders. Pure.

No variable is the code: it stands by itself in the message, and no text that is kept or logged can hold it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from core.ground.messages import Local, Text, Words, words
from core.ground.rules import Rules
from core.ground.words import Hearer, known, render
from core.orders import Order
from core.product_fields import CHOICES, NotTaken
from core.terms import Terms

VARIABLE = re.compile(r"\{\s*([^{}\n]*?)\s*\}")
VARIABLES = ("product", "brand", "face", "number", "n", "noun", "region", "redeem_url", "days", "shop")
REMINDERS = CHOICES["reminders"]  # each a sentence: remind-private


def checked(text: str) -> str:
    """The same text, if every variable in it is one. Raises NotTaken, which names those there are."""
    for name in VARIABLE.findall(text):
        if name not in VARIABLES:
            allowed = " ".join(f"{{{one}}}" for one in VARIABLES)
            raise NotTaken(why=words("delivery-no-variable", text=f"{{{name[:30]}}}", options=allowed))
    return text


def filled(order: Order, terms: Terms, handed: int, rules: Rules) -> Local | None:
    """The product's text for this delivery, by language; None where it has none."""
    texts = {}
    for locale, text in terms.delivery_text.items():
        texts[locale] = VARIABLE.sub(partial(_put, _values(order, terms, handed, rules, locale)), text)
    return Local(texts) if texts else None


def _put(values: Mapping[str, str], found: re.Match[str]) -> str:
    """What is no variable, in a text from before they were checked, stays as it stands."""
    return values.get(found[1], found[0])


def _values(order: Order, terms: Terms, handed: int, rules: Rules, locale: str) -> Mapping[str, str]:
    return {
        "product": terms.name.in_(locale),
        "brand": Local(terms.brand).in_(locale) or terms.name.in_(locale),
        "face": terms.face_value,
        "number": order.number,
        "n": str(handed),
        "noun": _said(f"noun-{terms.noun}", terms.noun, locale),
        "region": _said(f"region-{terms.region.lower()}", terms.region, locale),
        "redeem_url": terms.redeem_url,
        "days": str(terms.after_sale_days),
        "shop": rules.shop_name.in_(locale),
    }


def _said(key: str, otherwise: str, locale: str) -> str:
    return render(words(key), Hearer(locale, datetime.now(UTC))) if known(key) else otherwise


def reminders(terms: Terms, region: Words | str) -> Iterator[Text]:
    """A line for each that the product has."""
    named = [name for name in REMINDERS if name in terms.reminders]
    for name in named:
        if name != "region" or terms.region != "global":
            yield words(f"remind-{name}", region=region)


def toggled(now: Iterable[str], name: str) -> list[str]:
    """With this one, or without it where it was there. Raises NotTaken."""
    if name not in REMINDERS:
        raise NotTaken(why=words("wrong-choice", options=", ".join(REMINDERS)))
    kept = {*now} ^ {name}
    return [one for one in REMINDERS if one in kept]
