"""What was agreed about a product, frozen when it was bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.catalog import Product, StockKind
from core.ground.messages import Local


@dataclass(frozen=True)
class Terms:
    """A product as it was when it was bought."""

    slug: str
    name: Local
    region: str
    face_value: str
    noun: str
    measure: str
    kind: str
    after_sale_days: int
    redeem_url: str
    hand_minutes: int | None
    shortage: Sequence[str] = ()  # what may be chosen when it is paid for and gone: wait, substitute
    together: bool = False  # a bundle whose parts are handed over all at once or not at all
    asked: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # what it asked of the buyer: name, label
    supplier: str | None = None  # on demand: whom it is bought from
    sku: str | None = None
    delivery_text: Mapping[str, str] = field(default_factory=dict)  # said with its codes, by language
    reminders: Sequence[str] = ()  # likewise, as core/delivery_texts.py names them
    brand: Mapping[str, str] = field(default_factory=dict)  # what the brand is called, by language
    logo: str | None = None  # the picture of the brand

    def packed(self) -> dict[str, Any]:
        return {**vars(self), "name": dict(self.name.texts)}

    @classmethod
    def unpacked(cls, stored: Mapping[str, Any]) -> Terms:
        return cls(**{**stored, "name": Local(stored["name"]), "shortage": tuple(stored.get("shortage", ()))})


def terms_of(product: Product) -> Terms:
    """The product as it is now, to be frozen."""
    return Terms(
        slug=product.slug,
        name=product.name,
        region=product.region,
        face_value=product.face_value,
        noun=product.noun,
        measure=product.measure,
        kind=product.kind,
        after_sale_days=product.after_sale_days,
        redeem_url=product.redeem_url,
        hand_minutes=None if product.hand_within is None else int(product.hand_within.total_seconds() // 60),
        shortage=product.shortage,
        together=product.kind is StockKind.BUNDLE and product.together,
        asked={field.name: dict(field.label.texts) for field in product.form},
        supplier=product.supplier if product.is_bought else None,
        sku=product.sku if product.is_bought else None,
        delivery_text=dict(product.delivery_text.texts),
        reminders=list(product.reminders),
        brand=dict(product.brand_name.texts),
        logo=product.logo,
    )
