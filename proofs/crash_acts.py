"""The acts of the proof of crashes: each a short story of the shop, told so that it can be told again after a crash.

To add one: a function that drives a Play through a story of its own people and products, and its line in ACTS; what
is on its shelf goes into SHELF. The good run of an act says how it must end; after any crash it must end the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core import catalog, customers, inventory, pasted, staff
from core.ground.db import Tx
from proofs.crash_play import RULES, Heard, Play

LIN, BAO, CHEN = "chat:lin", "chat:bao", "desk:chen"  # Lin and Bao buy, Chen is staff
LAPSE = RULES.hold + timedelta(minutes=1)


@dataclass(frozen=True)
class Good:
    """A product and what of it is in stock."""

    price: int = 10000
    stock: int = 0
    uses: int = 1
    columns: Mapping[str, Any] = field(default_factory=dict)


FORM = [{"name": "account", "label": {"en": "Account"}, "pattern": r"\S{3,40}"}]
SHELF: Mapping[str, Good] = {
    "steam": Good(stock=3),
    "last": Good(stock=1),
    "shared": Good(stock=1, uses=2, columns={"kind": "shared"}),
    "dear": Good(price=90000, stock=1),
    "topup": Good(columns={"kind": "by_hand", "form": FORM}),
    "empty": Good(),
}


def furnish(tx: Tx) -> None:
    """Shelves, stock and the cast, as every act finds them."""
    category = catalog.add_category(tx, "cards", {"en": "Cards"}, 1)
    for slug, good in SHELF.items():
        brand = catalog.add_brand(tx, slug, category, {"en": slug.title()}, 1)
        about = {
            "slug": slug,
            "names": {"en": slug.title()},
            "region": "us",
            "face_value": "$20",
            "noun": "code",
            "measure": "zhang",
            "kind": "unique",
            "redeem_url": "https://redeem.example/now",
            **good.columns,
        }
        catalog.add_product(tx, brand, {"CNY": {1: good.price}}, **about)
        product = catalog.product(tx, slug)
        if good.stock:
            made = pasted.read([f"{slug.upper()}-{number:04}-CODE" for number in range(good.stock)]).codes
            batch = inventory.open_batch(tx, product, "made up", "proof")
            inventory.add(tx, product, batch, made, good.uses)
            inventory.finish_import(tx, batch)
    for who in (LIN, BAO, CHEN):
        chat, _, name = who.partition(":")
        customers.meet(tx, chat, name, name, "en", None)
    staff.enter(tx, staff.invite(tx, "chen"), CHEN)


# The acts


async def buys(play: Play, who: str, slug: str, step: str = "buy") -> Heard:
    """As far as the pay page."""
    shown = await play.says(who, f"{step}: look", press=f"product {slug}")
    return await play.presses(who, f"{step}: one", "Buy 1", shown)


async def bought(play: Play) -> None:
    """Two codes, the number typed; the notice comes twice."""
    await play.says(LIN, "wish", press="buy steam")
    page = await play.says(LIN, "two", "2")
    await play.pays(page.link)
    await play.gets(LIN, "delivered")


async def shared(play: Play) -> None:
    """Two people buy one code that may be used twice."""
    for who in (LIN, BAO):
        await play.pays((await buys(play, who, "shared")).link)
        await play.gets(who, "delivered")


async def made_by_hand(play: Play) -> None:
    """The buyer fills a form, staff make it and write what is to be handed over."""
    shown = await play.says(LIN, "look", press="product topup")
    await play.presses(LIN, "one", "Buy 1", shown)
    page = await play.says(LIN, "form", "lin@game")
    await play.pays(page.link)
    card = await play.gets(CHEN, "staff-by-hand")
    await play.presses(CHEN, "begin", "Do it", card)
    await play.says(CHEN, "result", "Topped up, receipt 42")
    await play.gets(LIN, "delivered-by-hand")


async def approved(play: Play) -> None:
    """A dear order is held, and staff approve it."""
    await play.pays((await buys(play, LIN, "dear")).link)
    card = await play.gets(CHEN, "staff-review")
    await play.presses(CHEN, "approve", "Approve", card)
    await play.gets(LIN, "delivered")


async def rejected(play: Play) -> None:
    """A dear order is held, and staff reject it."""
    await play.pays((await buys(play, LIN, "dear")).link)
    card = await play.gets(CHEN, "staff-review")
    await play.presses(CHEN, "reject", "Reject", card)
    await play.gets(LIN, "refunded")


async def answer_lost(play: Play) -> None:
    """The same, and the provider's answer to the refund is lost: it is asked what became of it."""

    async def lose() -> None:
        await play.ask_provider("/trouble", call="refund", trouble="lost", times=1)

    await play.once("the answer is lost", lose)
    await rejected(play)


async def late(play: Play) -> None:
    """Paid after the hold, and still in stock."""
    page = await buys(play, LIN, "steam")
    await play.later("the hold ends", LAPSE)
    await play.gets(LIN, "expired")
    await play.pays(page.link)
    await play.gets(LIN, "delivered")


async def too_late(play: Play) -> None:
    """Paid after the hold, when somebody else has bought the last one."""
    page = await buys(play, LIN, "last")
    await play.later("the hold ends", LAPSE)
    other = await buys(play, BAO, "last")
    await play.pays(other.link)
    await play.gets(BAO, "delivered")
    await play.pays(page.link)
    await play.gets(LIN, "refunded")


async def short(play: Play) -> None:
    """Too little comes, then the rest."""
    page = await buys(play, LIN, "steam")
    await play.once("it is short", _worth(play, 4000))
    await play.pays(page.link)
    told = await play.gets(LIN, "underpaid")
    rest = await play.presses(LIN, "rest", "Pay", told)
    await play.pays(rest.link)
    await play.gets(LIN, "delivered")


async def short_for_good(play: Play) -> None:
    """Too little comes, and nothing after it."""
    page = await buys(play, LIN, "steam")
    await play.once("it is short", _worth(play, 4000))
    await play.pays(page.link)
    await play.gets(LIN, "underpaid")
    await play.later("the hold ends", 2 * LAPSE)
    await play.gets(LIN, "refunded")


async def too_much(play: Play) -> None:
    """More comes than was asked for."""
    page = await buys(play, LIN, "steam")
    await play.once("it is too much", _worth(play, 15000))
    await play.pays(page.link)
    await play.gets(LIN, "delivered")
    await play.gets(LIN, "refunded")


async def cancelled(play: Play) -> None:
    """The buyer gives the order up, and buys again."""
    page = await buys(play, LIN, "last")
    await play.presses(LIN, "cancel", "Cancel", page)
    await play.pays((await buys(play, LIN, "last", "again")).link)
    await play.gets(LIN, "delivered")


async def asked(play: Play) -> None:
    """No notice ever comes: the buyer says "I've paid", and the rail is asked."""
    page = await buys(play, LIN, "steam")

    async def in_silence() -> None:
        with sqlite3.connect(play.outside.books) as books:
            books.execute("UPDATE payments SET state = 'paid', paid_at = 1, transaction_id = 'silent' || rowid")

    await play.once("paid in silence", in_silence)
    await play.presses(LIN, "paid", "I've paid", page)
    await play.gets(LIN, "delivered")


async def restocked(play: Play) -> None:
    """Staff paste codes, look at them, put them on sale; one is bought at once."""
    await play.says(CHEN, "restock", press="restock empty")
    preview = await play.says(CHEN, "paste", "AAAA-1\nAAAA-2\nAAAA-1\n\nBBBB----pin9----2030-01-31")
    await play.presses(CHEN, "import", "Put on sale", preview)
    await play.pays((await buys(play, LIN, "empty")).link)
    await play.gets(LIN, "delivered")


def _worth(play: Play, amount: int) -> Callable[[], Awaitable[None]]:
    """At the provider, the payments that are open are about another sum from now on."""

    async def change() -> None:
        with sqlite3.connect(play.outside.books) as books:
            books.execute("UPDATE payments SET amount = ? WHERE state = 'open'", (amount,))

    return change


Act = Callable[[Play], Awaitable[None]]
ACTS: Mapping[str, Act] = {  # the first passes through most, and is all that the tiny size plays
    act.__name__: act
    for act in (
        rejected,
        bought,
        shared,
        made_by_hand,
        approved,
        answer_lost,
        late,
        too_late,
        short,
        short_for_good,
        too_much,
        cancelled,
        asked,
        restocked,
    )
}
