"""Canaries that buyers are known by: an e-mail, an address on the net, a browser, who paid; and the codes by which they
link accounts.

They go through what is doubted, listed and linked, as people write and are written of. Then every column of every table
is searched, and the log. Who paid is kept as the rail says it, in the receipt, and told to staff where a refund by hand
goes there. While a buyer is asked for more, the talk holds what they have answered; an order keeps it sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.said import Said
from core import catalog, catalog_changes, customers, linking, marks, orders, risk_policy, settling, ways
from core.checkout import Merchant
from core.ground import chatlog, inbox
from core.ground.columns import metadata
from core.ground.tx import Tx
from core.orders import Order
from core.settling import PaymentNotice
from mika.wiring import House
from proofs import shop
from proofs.canary_desk import CHEN, Desk
from proofs.guards import guard, replaced
from proofs.proof import Broken

MARK, PAYS = "prvt7qxk", "pyrs7qxk"
EMAIL = f"{MARK}@mailinator.com"  # thrown away, so that it is spoken of
IP = "2001:db8:cafe:7177::1"
NETWORK = "cafe:7177"  # in whatever is made of it
DEVICE, PAYER, INSTRUMENT = f"{MARK}-device", f"{PAYS}-payer", f"{MARK}-instrument"
ORIGIN = {"ip": IP, "device": DEVICE, "country": "DE"}
READ = ("receipts.payer", "staff_notices.message")  # where it is meant to be read who paid
CHECKS = "[thresholds]\ndelay = 0\nreview = 10\n"  # everything goes out later, and what has any objection is looked at


@guard("marks as fingerprints")
def _as_they_are() -> Iterator[None]:
    with replaced(marks, "value_of", lambda tx, kind, said: said.strip().encode()):
        yield


def furnish(tx: Tx, brand: int, about: Mapping[str, Any]) -> None:
    """Something that asks where it goes to, and so for an e-mail."""
    form = [{"name": "mail", "label": {"en": "E-mail"}, "pattern": r"\S+@\S+"}]
    catalog_changes.add_product(
        tx, brand, {"CNY": {1: 1}}, **{**about, "slug": "mailed", "kind": "by_hand", "form": form}
    )
    goods = catalog.product(tx, "mailed").goods
    ways.permit(tx, "sandbox", "test", goods, CHEN, "its money buys nothing")


@dataclass
class Buyers:
    """Who buys and links in this chat."""

    house: House
    merchant: Merchant
    said: int = 0

    async def says(self, who: str, *words: str) -> None:
        for word in words:
            self.said += 1
            heard = Said("test", who, f"{who}-{self.said}", word, None, who, "en", origin=ORIGIN)
            await self.house.shop.db.write(inbox.store, "test", heard.key, heard.packed(), person=heard.person)
            await self.house.shop.db.write(chatlog.append_theirs, heard.person, heard.key, heard.text)
            await self.house.runner.drain()

    async def buys(self, who: str) -> Order:
        """As far as the verdict."""
        db = self.house.shop.db
        await self.says(who, "/buy mailed 1", EMAIL)
        person = await db.read(customers.person, f"test:{who}")
        (order,) = await db.read(orders.newest, person.customer, person.id, 1)
        notice = PaymentNotice(
            "sandbox",
            f"e {order.number}",
            f"t {order.number}",
            f"{order.number}-sandbox",
            self.merchant.account,
            "test",
            "paid",
            order.total,
            payer=PAYER,
            instrument=INSTRUMENT,
            payer_country="DE",
        )
        await db.write(settling.settle, notice)
        await self.house.runner.drain()
        return order


async def among_buyers(house: House, folder: Path, merchant: Merchant, code: str) -> str:
    """`code` is what Chen quotes, as people do. Returns the code by which two accounts were linked."""
    buyers, desk, db = Buyers(house, merchant), Desk(house, folder, said=1000), house.shop.db
    await db.write(risk_policy.apply, CHECKS, CHEN)
    first = await buyers.buys("mei")
    await desk.says(f"order {first.number}", f"why {first.number}", f"buyer {first.number}")
    await desk.says(f"block email {EMAIL}", f"resells {code}", "30 days")
    await desk.says(f"block ip {IP}", f"resells {code}", "30 days")
    await desk.says(f"allow customer {first.number}", f"{code} was bad", "30 days", "lists")
    second = await buyers.buys("bao")
    await desk.says(f"order {second.number}", f"why {second.number}")
    await buyers.says("mei", "link", "Get a code")
    asked = await shop.count(db, "SELECT id FROM link_codes")
    linked = await db.read(linking.shown, asked, "test:mei")
    if linked is None:
        raise Broken("there was no code to link by")
    await buyers.says("bao", f"link {linked.reveal()}", "It's mine, link")
    await buyers.says("mei", "link", "Yes, that was me")
    await _came_about(house)
    return linked.reveal()


async def _came_about(house: House) -> None:
    """Raises Broken where something was not done that is to be looked for."""
    kinds = [marks.Kind.EMAIL, marks.Kind.IP, marks.Kind.DEVICE, marks.Kind.PAYER, marks.Kind.DESTINATION]
    for what, sql, least in (
        *((f"marks of {kind}", f"SELECT COUNT(*) FROM marks WHERE kind = '{kind}'", 2) for kind in kinds),
        ("refused", "SELECT COUNT(*) FROM risk_verdicts WHERE outcome = 'refuse'", 1),
        ("held", "SELECT COUNT(*) FROM risk_verdicts WHERE outcome = 'review'", 1),
        ("listings", "SELECT COUNT(*) FROM listings", 3),
        ("links", "SELECT COUNT(*) FROM links", 1),
    ):
        if (many := await shop.count(house.shop.db, sql)) < least:
            raise Broken(f"{what}: {many}, and not {least}")


def in_tables(tx: Tx, code: str) -> list[str]:
    """The columns in which one of them, or the code by which accounts were linked, can be read."""
    found: set[str] = set()
    for table in metadata.sorted_tables:
        for row in tx.all(text(f'SELECT * FROM "{table.name}"')):
            for column, value in row._mapping.items():
                name = f"{table.name}.{column}"
                found |= {name} if _is_in(value, code, *(() if name in READ else (PAYS,))) else set()
    return sorted(found)


def in_log(file: Path, code: str) -> bool:
    return _is_in(file.read_bytes(), code, PAYS)


def _is_in(value: Any, code: str, *more: str) -> bool:
    seen = (bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)).casefold()
    return any(each.casefold() in seen for each in (MARK, NETWORK, code, code.replace("-", ""), *more))
