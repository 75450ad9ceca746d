"""Marks: what an order is known by, kept so that nobody can read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import chargebacks, checkout, marks, notices, settling
from core.catalog import Product
from core.chargebacks import SuspicionNotice
from core.customers import Person
from core.ground.db import Tx
from core.marks import Kind, Origin
from core.orders import Order
from tests.core import counter
from tests.core.counter import RAIL
from tests.world import World

UID = [
    {"name": "server", "label": {"en": "server"}},
    {"name": "uid", "label": {"en": "UID"}, "pattern": r"\d{1,12}"},
]
MAIL = [{"name": "account", "label": {"en": "account"}}]
IP = "93.184.216.34"


async def ordered(world: World, who: Person, what: Product, answers: Mapping[str, str] = {}, **origin: Any) -> Order:
    key = f"request {next(counter.numbers)}"
    return await world.db.write(checkout.place, who, what.slug, 1, RAIL, answers, key, Origin(**origin))


async def of(world: World, order: Order) -> dict[str, list[bytes]]:
    """The order's marks by kind."""
    rows = await world.db.read(
        lambda tx: tx.all(select(marks.marks).where(marks.marks.c.order_id == order.id).order_by(marks.marks.c.kind))
    )
    found: dict[str, list[bytes]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row.value)
    return found


def value(tx: Tx, kind: Kind, text: str) -> bytes:
    return marks.value_of(tx, kind, text)


async def test_an_order_is_marked_by_where_it_came_from(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    shown = world.clock.now() - timedelta(seconds=3)
    found = await of(world, await ordered(world, lin, steam, ip=IP, device="d1", country="NL", shown_at=shown))
    assert found.keys() == {"country", "device", "ip", "pressed"}
    assert found["country"] == [b"NL"]
    assert 3000 <= int(found["pressed"][0]) < 60_000
    assert found["ip"] == [await world.db.read(value, Kind.IP, IP)]


async def test_an_address_is_nowhere_but_in_its_fingerprint(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    order = await ordered(world, lin, steam, ip=IP, device="the-device-cookie")
    for found in (await of(world, order)).values():
        assert not any(IP.encode() in each or b"device-cookie" in each for each in found)
    assert IP not in repr(Origin(IP))
    assert await world.db.read(value, Kind.IP, IP) != await world.db.read(value, Kind.DEVICE, IP)


async def test_nothing_is_kept_where_nothing_is_known(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    assert await of(world, await counter.place(world, lin, steam)) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("93.184.216.34", "::ffff:93.184.216.34", True),
        ("93.184.216.34", "93.184.216.35", False),
        ("2a00:1450:4001:80b::1", "2a00:1450:4001:80b:ffff::9", True),
        ("2a00:1450:4001:80b::1", "2a00:1450:4001:80c::1", False),
    ],
)
async def test_whom_an_address_belongs_to(world: World, one: str, other: str, same: bool):
    assert (await world.db.read(value, Kind.IP, one) == await world.db.read(value, Kind.IP, other)) is same


async def test_what_a_product_asks_tells_where_it_goes(world: World, lin: Person, bao: Person):
    uids = await world.make("genshin", kind="by_hand", form=UID)
    other = await world.make("honkai", kind="by_hand", form=UID)
    said = {"server": "Asia", "uid": "800123456"}
    first = await of(world, await ordered(world, lin, uids, said))
    again = await of(world, await ordered(world, bao, uids, {"server": " ASIA ", "uid": "800123456"}))
    elsewhere = await of(world, await ordered(world, bao, other, said))
    another = await of(world, await ordered(world, bao, uids, {**said, "uid": "800123457"}))
    assert first.keys() == {"destination"}
    assert first == again
    assert elsewhere["destination"] != first["destination"] != another["destination"]


async def test_an_e_mail_is_known_again_and_judged(world: World, lin: Person, bao: Person):
    netflix = await world.make("netflix", kind="by_hand", form=MAIL)
    first = await of(world, await ordered(world, lin, netflix, {"account": "L.in@gmail.com"}))
    again = await of(world, await ordered(world, bao, netflix, {"account": "lin+2@googlemail.com"}))
    thrown = await of(world, await ordered(world, bao, netflix, {"account": "x@mailinator.com"}))
    assert first == again
    assert first.keys() == {"email", "domain", "destination", "mail_kind"}
    assert (first["mail_kind"], thrown["mail_kind"]) == ([b"lasting"], [b"thrown_away"])


async def test_a_domain_is_all_of_its_names(world: World):
    one, other = await world.db.read(
        lambda tx: [value(tx, Kind.DOMAIN, each) for each in ("GoogleMail.com.", "gmail.com")]
    )
    assert one == other
    assert one != await world.db.read(value, Kind.DOMAIN, "example.com")


async def test_an_e_mail_asked_for_with_a_code_is_no_destination(world: World, lin: Person):
    steam = await world.make("steam", form=MAIL)
    await world.stock(steam, 1)
    found = await of(world, await ordered(world, lin, steam, {"account": "lin@example.com"}))
    assert found.keys() == {"email", "domain", "mail_kind"}


async def test_a_repeated_request_marks_once(world: World, lin: Person, steam: Product):
    await world.stock(steam, 2)
    order = await world.db.write(checkout.place, lin, "steam", 1, RAIL, {}, "one", Origin(ip=IP))
    await world.db.write(checkout.place, lin, "steam", 1, RAIL, {}, "one", Origin(ip="8.8.8.8"))
    await world.db.write(marks.keep, order.id, Kind.IP, IP)
    assert len((await of(world, order))["ip"]) == 1


async def test_a_payment_marks_its_order(world: World, lin: Person, bao: Person, steam: Product):
    await world.stock(steam, 3)
    told = {"payer": "buyer 1", "instrument": "fp_1", "payer_country": "SG", "marks": ("elevated", "score 70")}
    first = await counter.pay(world, await counter.place(world, lin, steam), **told)
    other = await counter.pay(world, await counter.place(world, bao, steam), instrument="fp_1")
    plain = await counter.pay(world, await counter.place(world, bao, steam))
    found, same = await of(world, first), await of(world, other)
    assert found["payer_country"] == [b"SG"] and sorted(found["rail_says"]) == [b"elevated", b"score 70"]
    assert len(found["payer"]) == 2 and same["payer"][0] in found["payer"]
    assert await of(world, plain) == {}


async def test_money_without_an_order_marks_it_once_it_is_matched(world: World, lin: Person, chen: Any, steam: Product):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    await world.db.write(settling.settle, await counter.notice(world, order, account="foreign", payer="buyer 1"))
    assert await of(world, order) == {}
    receipt, *_ = await counter.ask(world, "SELECT id FROM receipts")
    await world.db.write(settling.match, receipt, order.id, chen.id)
    assert (await of(world, order)).keys() == {"payer"}


async def test_a_payment_that_failed_is_remembered(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam), state="failed")
    assert order.state == "awaiting_payment"
    assert await of(world, order) == {"failed": [b"sandbox"]}


async def test_a_warning_of_the_rail_stays_with_the_order(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    notice = await counter.notice(world, placed := await counter.place(world, lin, steam))
    await world.db.write(settling.settle, notice)
    await counter.run(world, "UPDATE orders SET state = 'delivered'")  # it is told late: nothing is held any more
    warning = SuspicionNotice(notice.rail, "event 1", notice.account, notice.transaction, "made_with_stolen_card")
    for _ in range(2):
        await world.db.write(chargebacks.suspected, warning)
    assert await of(world, placed) == {"rail_says": [b"fraud_warning"]}


async def test_what_a_notice_tells_waits_whole_in_the_inbox(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    told = {"instrument": "fp_1", "payer_country": "SG", "marks": ("elevated", "score 70")}
    notice = await counter.notice(world, await counter.place(world, lin, steam), **told)
    assert notices.unpack(notices.pack(notice)) == notice
