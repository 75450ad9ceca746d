"""Moving in: all of an old shop comes over once, sealed and off sale, however often it is run and wherever it ends."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select, text

from core import catalog, catalog_changes, inventory, ledger, moving_in, old_credit, old_orders, reconcile
from core.catalog import Product, StockKind
from core.ground.columns import metadata
from core.ground.db import Tx
from core.moving_in import Ways
from core.old_shops import OldShop
from mika import moving
from mika.moving import Came
from tests import oldshop
from tests.core import counter
from tests.core.conftest import bao, chen, clock, lin, rules, shop_db, store, world
from tests.oldshop import Listed
from tests.world import World

__all__ = ["bao", "chen", "clock", "lin", "rules", "shop_db", "store", "world"]

NOTHING_SAID = Ways({}, {})


async def brought(world: World, old: Listed, only: str | None = None, ways: Ways = NOTHING_SAID) -> Came:
    return await moving.bring(world.shop, old, moving.scope(old, only), ways)


async def opened(world: World, old: Listed) -> int:
    return sum((await moving.open_up(world.shop, old, moving.scope(old, None))).values())


async def ours(world: World, old: OldShop, number: str) -> Product:
    return await world.db.read(_ours, old, number)


def _ours(tx: Tx, old: OldShop, number: str) -> Product:
    row = moving_in.moved.one(tx, moving.source_of(old), "product", number)
    assert row is not None
    return catalog.by_id(tx, row.our_id)


async def everything(world: World) -> str:
    """A digest of every row of every table."""

    def looked(tx: Tx) -> str:
        rows = [
            (table.name, sorted(repr(tuple(row)) for row in tx.all(select(table)))) for table in metadata.sorted_tables
        ]
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    return await world.db.read(looked)


async def states(world: World, product: Product) -> Counter[str]:
    rows = await counter.ask(world, f"SELECT state FROM codes WHERE product_id = {product.id}")
    return Counter(rows)


async def test_everything_comes_over_and_nothing_is_on_sale(world):
    old = oldshop.small()
    came = await brought(world, old)
    steam = await ours(world, old, "17")
    assert (came.brands, came.products, came.all_codes()["new"]) == (2, Counter(new=3), 235)
    assert (came.orders["new"], came.members["new"], came.members["banned"]) == (10, 2, 1)
    assert steam.name.in_("zh-CN") == "Steam 点卡 17"
    assert steam.prices == {"CNY": ((1, 10000), (10, 9500))}
    assert not steam.on_sale
    assert await world.db.read(inventory.available, steam) == 0
    assert (await ours(world, old, "19")).kind is StockKind.BY_HAND
    assert await world.db.read(catalog.on_sale) == []
    await counter.holds(world)


async def test_the_owners_word_puts_it_on_sale_in_the_order_it_stood_there(world):
    old = oldshop.small()
    await brought(world, old)
    assert await opened(world, old) == 235
    steam = await ours(world, old, "17")
    assert steam.on_sale
    assert await world.db.read(inventory.available, steam) == 230
    lin = await counter.meet(world, "lin")
    sold = await counter.sold(world, lin, steam, 2)
    codes = await world.db.read(inventory.reveal, [unit.id for unit in sold.units])
    assert [code.normal() for code in codes.values()] == ["P17-00001-OLDCODE", "P17-00002-OLDCODE"]
    await counter.holds(world)


async def test_a_second_run_changes_nothing_at_all(world):
    old = oldshop.small()
    await brought(world, old)
    before = await everything(world)
    again = await brought(world, old)
    assert await everything(world) == before
    assert again.all_codes() == Counter(known=235)
    await opened(world, old)
    before = await everything(world)
    await brought(world, old)
    assert await opened(world, old) == 0
    assert await everything(world) == before


@pytest.mark.parametrize("breaks_at", [0, 50, 99, 100, 150, 200, 232])
async def test_ended_anywhere_and_begun_again_it_is_as_if_it_had_not_ended(world, breaks_at):
    old = oldshop.small()
    old.breaks_at = breaks_at
    with pytest.raises(ConnectionError):
        await brought(world, old)
    old.breaks_at = -1
    await brought(world, old)
    assert await opened(world, old) == 235
    assert await counter.ask(world, "SELECT COUNT(*) FROM codes") == [235]
    assert await counter.ask(world, "SELECT COUNT(*) FROM batches") == [2]
    await counter.holds(world)


async def test_a_price_that_changed_there_changes_here_and_an_owners_own_price_stays(world):
    old = oldshop.small()
    await brought(world, old)
    steam, video = await ours(world, old, "17"), await ours(world, old, "18")
    await world.db.write(catalog_changes.edit, video, "chen", {}, {"CNY": {1: 7777}})
    old.changes("17", prices={1: 8800})
    came = await brought(world, old)
    assert came.products == Counter(changed=1, same=2)
    assert (await ours(world, old, "17")).prices == {"CNY": ((1, 8800),)}
    assert (await ours(world, old, "18")).prices == {"CNY": ((1, 7777),)}
    assert steam.slug == (await ours(world, old, "17")).slug


async def test_a_code_that_was_pasted_there_since_comes_too_and_waits_for_the_owner(world):
    old = oldshop.small()
    await brought(world, old)
    await opened(world, old)
    old.its_codes["18"] += oldshop.codes("18", 2, start=50)
    assert (await brought(world, old)).all_codes()["new"] == 2
    video = await ours(world, old, "18")
    assert await world.db.read(inventory.available, video) == 5
    assert await opened(world, old) == 2
    assert await world.db.read(inventory.available, video) == 7
    await counter.holds(world)


async def test_what_was_sold_there_meanwhile_is_not_sold_here(world):
    old = oldshop.small()
    await brought(world, old)
    await opened(world, old)
    old.sells("17", 120)
    came = await brought(world, old)
    assert came.codes["17"]["voided"] == 120
    steam = await ours(world, old, "17")
    assert await states(world, steam) == Counter(available=110, voided=120)
    assert await world.db.read(inventory.available, steam) == 110
    await counter.holds(world)


async def test_without_looking_again_it_would_be_sold_twice(world, monkeypatch):
    """The control of the one above."""

    async def nothing(*_: Any) -> Counter[str]:
        return Counter()

    monkeypatch.setattr(moving, "_gone", nothing)
    old = oldshop.small()
    await brought(world, old)
    await opened(world, old)
    old.sells("17", 120)
    await brought(world, old)
    assert await world.db.read(inventory.available, await ours(world, old, "17")) == 230


async def test_who_had_one_set_aside_that_was_sold_there_is_given_another(world, lin):
    old = oldshop.small()
    await brought(world, old)
    await opened(world, old)
    steam = await ours(world, old, "17")
    order = await counter.place(world, lin, steam, 1)
    [first] = old.sells("17")
    await brought(world, old)
    held = await counter.ask(world, "SELECT code_id FROM reservations")
    assert len(held) == 1
    code = (await world.db.read(inventory.reveal_codes, held))[held[0]]
    assert code.normal() != first.text.reveal()
    assert (await counter.now(world, order)).state == "awaiting_payment"
    await counter.holds(world)


async def test_what_was_sold_in_both_shops_is_named(world, lin):
    old = oldshop.small()
    await brought(world, old)
    await opened(world, old)
    await counter.sold(world, lin, await ours(world, old, "17"), 1)
    old.sells("17", 2)
    assert (await brought(world, old)).codes["17"] == Counter(known=228, both=1, voided=1)


async def test_a_product_that_is_gone_there_sells_nothing_here(world):
    old = oldshop.small()
    await brought(world, old)
    await opened(world, old)
    old.its_products = [each for each in old.its_products if each.id != "18"]
    assert (await brought(world, old)).codes["18"] == Counter(voided=5)


async def test_one_category_alone_touches_no_other(world):
    old = oldshop.small()
    await brought(world, old)
    old.sells("17", 3)
    came = await brought(world, old, only="视频会员")
    assert came.codes == {"18": Counter(known=5)}
    assert not came.orders
    with pytest.raises(moving.NoSuchCategory):
        moving.scope(old, "没有这个")


async def test_the_same_code_twice_comes_once(world):
    old = oldshop.small()
    old.its_codes["18"] += [oldshop.OldCode("x1", "18", each.text) for each in old.its_codes["17"][:3]]
    old.its_codes["18"] += [oldshop.OldCode("x2", "18", old.its_codes["18"][0].text)]
    came = await brought(world, old)
    assert came.codes["18"] == Counter(new=5, twice=4)
    assert await counter.ask(world, "SELECT COUNT(*) FROM codes") == [235]


async def test_what_is_not_to_be_sold_is_kept_apart(world):
    old = oldshop.small()
    old.its_codes["18"] += oldshop.codes("18", 1, start=20, why="locked")
    old.its_codes["18"] += oldshop.codes("18", 2, start=30, why="picked", batch="靓号")
    old.its_codes["18"] += oldshop.codes("18", 1, start=40, why="delivered")
    came = await brought(world, old)
    assert came.codes["18"] == Counter(new=5, held=3, delivered=1)
    await opened(world, old)
    video = await ours(world, old, "18")
    assert await world.db.read(inventory.available, video) == 5
    waiting = "SELECT id FROM batches WHERE state = 'importing' ORDER BY id"
    batches = await counter.ask(world, waiting)
    assert len(batches) == 2
    assert await world.db.write(moving_in.release, batches[1]) == 2
    assert await world.db.read(inventory.available, video) == 7
    with pytest.raises(moving_in.NotMovedIn):
        await world.db.write(moving_in.release, batches[1])
    await counter.holds(world)


async def test_what_turns_out_to_have_been_delivered_is_taken_out_of_sale(world):
    old = oldshop.small()
    await brought(world, old)
    await opened(world, old)
    old.its_codes["18"][0] = oldshop.replace(old.its_codes["18"][0], why="delivered")
    assert (await brought(world, old)).codes["18"] == Counter(known=5, taken=1)
    assert await world.db.read(inventory.available, await ours(world, old, "18")) == 4
    before = await everything(world)
    await brought(world, old)
    assert await everything(world) == before


async def test_a_shared_code_comes_when_the_owner_says_how_often_it_may_be_used(world):
    old = oldshop.small()
    old.its_products.append(oldshop.product("20", kind="shared"))
    old.its_codes["20"] = oldshop.codes("20", 1, shared=True)
    assert (await brought(world, old)).codes["20"] == Counter(uses=1)
    assert (await brought(world, old, ways=Ways({"20": 50}, {}))).codes["20"] == Counter(new=1)
    await opened(world, old)
    shared = await ours(world, old, "20")
    assert (shared.kind, shared.most_per_buyer) == (StockKind.SHARED, 1)
    assert await world.db.read(inventory.available, shared) == 50


async def test_fields_of_a_code_stand_apart_where_the_owner_says_what_by(world):
    old = oldshop.small()
    old.its_codes["18"] = [oldshop.OldCode("1", "18", oldshop.Secret("lin@example.org----pa-ss"))]
    await brought(world, old, ways=Ways({}, {"18": "----"}))
    [code] = (
        await world.db.read(
            inventory.reveal_codes,
            await counter.ask(world, "SELECT id FROM codes WHERE product_id = (SELECT MAX(product_id) FROM codes)"),
        )
    ).values()
    assert [(label, secret.reveal()) for label, secret in code.fields] == [
        ("number", "lin@example.org"),
        ("pin", "pa-ss"),
    ]


async def test_the_books_hold_balances_and_stay_balanced(world, lin):
    old = oldshop.small()
    came = await brought(world, old)
    source = moving.source_of(old)
    assert await world.db.read(old_credit.sums, source) == (2, 1734)
    assert came.members["total"] == 1734
    assert await world.db.read(ledger.balance, "migrated") == 1734
    old.its_members[0] = oldshop.replace(old.its_members[0], balance=1000)
    assert (await brought(world, old)).members["changed"] == 1
    assert await world.db.read(ledger.balance, "migrated") == 1500
    assert [finding.check.id for finding in await world.db.read(reconcile.check)] == []


async def test_who_is_not_listed_there_any_more_has_nothing_to_claim(world):
    old = oldshop.small()
    await brought(world, old)
    await opened(world, old)
    gone = old.its_members.pop(0)
    assert (await brought(world, old)).members["changed"] == 1
    assert await world.db.read(old_credit.sums, moving.source_of(old)) == (1, 500)
    assert await world.db.read(ledger.balance, "migrated") == 500
    assert gone.id not in [owner.credit.member for owner, _ in await world.db.read(old_credit.waiting, 0, 50)]
    before = await everything(world)
    await brought(world, old)
    assert await everything(world) == before
    await counter.holds(world)


async def test_without_looking_for_them_they_could_claim_what_they_spent(world, monkeypatch):
    """The control of the one above."""

    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(moving, "_spent", nothing)
    old = oldshop.small()
    await brought(world, old)
    old.its_members.pop(0)
    await brought(world, old)
    assert await world.db.read(old_credit.sums, moving.source_of(old)) == (2, 1734)


async def test_a_shared_code_that_was_withdrawn_there_is_not_sold_on_here(world, lin):
    old, ways = oldshop.small(), Ways({"20": 50}, {})
    old.its_products.append(oldshop.product("20", kind="shared"))
    old.its_codes["20"] = oldshop.codes("20", 1, shared=True)
    await brought(world, old, ways=ways)
    await opened(world, old)
    shared = await ours(world, old, "20")
    await counter.sold(world, lin, shared, 1)
    old.its_codes["20"] = []
    assert (await brought(world, old, ways=ways)).codes["20"] == Counter(both=1)
    assert await world.db.read(inventory.available, shared) == 0
    await counter.holds(world)


async def test_no_code_and_no_name_stands_in_the_database_as_it_is(world):
    old = oldshop.small()
    await brought(world, old)

    def all_of_it(tx: Tx) -> str:
        return repr([tuple(row) for table in metadata.sorted_tables for row in tx.all(select(table))])

    stored = await world.db.read(all_of_it)
    for canary in ("OLDCODE", "OLDTEXT", "a&b", "buyer1@", "Lin@example.org", "13800000000"):
        assert canary not in stored
    assert await world.db.read(lambda tx: tx.value(text("SELECT COUNT(*) FROM old_orders"))) == 10
    assert await world.db.read(old_orders.sums, moving.source_of(old)) == (10, 100000)
