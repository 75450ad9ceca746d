"""The shop in which every act of the proof of crashes begins: what is on its shelf, who is there, how one buys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core import batches, catalog, catalog_changes, customers, hiring, pasted, staff
from core.ground.db import Tx
from proofs.crash_play import RULES, Heard, Play

LIN, BAO = "chat:lin", "chat:bao"  # they buy
CHEN, WEI = "desk:chen", "desk:wei"  # Chen is staff; Wei only where an act says so
LAPSE = RULES.hold + timedelta(minutes=1)
THOUGHT = timedelta(seconds=5)  # nobody is faster than a person, or a crash in between would make them slower


@dataclass(frozen=True)
class Good:
    """A product and what of it is in stock."""

    price: int = 10000
    stock: int = 0
    uses: int = 1
    columns: Mapping[str, Any] = field(default_factory=dict)
    instead: str | None = None  # its substitute, which stands before it
    parts: tuple[str, ...] = ()  # of a bundle, which stand before it


FORM = [{"name": "account", "label": {"en": "Account"}, "pattern": r"\S{3,40}"}]
MAIL = [{"name": "mail", "label": {"en": "E-mail"}, "pattern": r"\S+@\S+"}]
SHELF: Mapping[str, Good] = {
    "steam": Good(stock=3),
    "last": Good(stock=1, columns={"shortage": []}),
    "rare": Good(stock=1, instead="steam"),
    "shared": Good(stock=1, uses=2, columns={"kind": "shared"}),
    "dear": Good(price=90000, stock=1),
    "topup": Good(columns={"kind": "by_hand", "form": FORM}),
    "made": Good(columns={"kind": "by_hand"}),
    "both": Good(columns={"kind": "bundle", "together": True}, parts=("steam", "made")),
    "bought": Good(columns={"kind": "on_demand", "supplier": "sandbox"}),
    "frozen": Good(stock=1),
    "resold": Good(price=20000, stock=2, columns={"resale": "high", "form": MAIL}),
    "empty": Good(),
}


def furnish(tx: Tx) -> None:
    """Shelves, stock and the cast, as every act finds them."""
    category = catalog_changes.add_category(tx, "cards", {"en": "Cards"}, 1)
    made: dict[str, int] = {}
    for slug, good in SHELF.items():
        made[slug] = _add(tx, category, slug, good, made)
    catalog_changes.freeze(tx, made["frozen"], "somebody has to look at it")
    for who in (LIN, BAO, WEI):
        meets(tx, who)
    works_here(tx, CHEN)


def meets(tx: Tx, who: str) -> None:
    chat, _, name = who.partition(":")
    customers.meet(tx, chat, name, name, "en", None)


def works_here(tx: Tx, who: str) -> None:
    """A repeat changes nothing."""
    meets(tx, who)
    if not staff.is_staff(tx, who):
        hiring.enter(tx, hiring.invite(tx, who.partition(":")[2]), who)


def _add(tx: Tx, category: int, slug: str, good: Good, made: Mapping[str, int]) -> int:
    brand = catalog_changes.add_brand(tx, slug, category, {"en": slug.title()}, 1)
    about = {
        "slug": slug,
        "names": {"en": slug.title()},
        "region": "us",
        "face_value": "$20",
        "noun": "code",
        "measure": "zhang",
        "kind": "unique",
        "redeem_url": "https://redeem.example/now",
        "substitute_id": made[good.instead] if good.instead else None,
        **good.columns,
    }
    added = catalog_changes.add_product(tx, brand, {"CNY": {1: good.price}}, **about)
    if good.parts:
        catalog_changes.add_parts(tx, added, {made[part]: 1 for part in good.parts})
    if good.stock:
        product = catalog.product(tx, slug)
        codes = pasted.read([f"{slug.upper()}-{number:04}-CODE" for number in range(good.stock)]).codes
        batch = batches.open_batch(tx, product, "made up", "proof")
        batches.add(tx, product, batch, codes, good.uses)
        batches.finish_import(tx, batch)
    return added


async def buys(play: Play, who: str, slug: str, step: str = "buy") -> Heard:
    """As far as the pay page, if there is something to pay."""
    shown = await play.says(who, f"{step}: look", press=f"product {slug}")
    await play.thinks(f"{who} {step}", THOUGHT)
    return await play.presses(who, f"{step}: one", "Buy 1", shown)


async def gets_one(play: Play, who: str, slug: str, step: str = "buy") -> None:
    """Bought, paid and delivered."""
    await play.pays((await buys(play, who, slug, step)).link)
    await play.gets(who, "delivered")
