"""Products, prices and the catalogue as staff change them: nobody over another unseen, all of a file or nothing."""

from __future__ import annotations

import asyncio
import itertools
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError

from core import (
    catalog,
    catalog_changes,
    catalogue,
    catalogue_drafts,
    guides,
    product_fields,
    repricing,
    sheets,
    shelving,
    staff,
)
from core.catalog import Product
from core.catalogue import Plan
from core.catalogue_drafts import COMMAND_LINE, CatalogueWrong
from core.ground.db import Tx
from core.guides import Place
from core.product_fields import NotTaken
from core.repricing import ChangeEnded, NothingToReprice
from core.sheets import NoSheet
from core.shelving import EditedMeanwhile, KindStays
from tests.core.counter import ask

NOBODY: dict[str, frozenset[str]] = {}
keys = itertools.count()


async def now(world, product: Product) -> Product:
    return await world.db.read(catalog.product, product.slug)


async def edit(world, by: str, product: Product, **changes: Any) -> Product:
    return await world.db.write(shelving.change, by, product.slug, product.version, changes)


# One field


async def test_a_change_is_written_down_with_what_was_and_what_is(world, chen, steam):
    after = await edit(world, chen.id, steam, most_per_order=3, prices={"USDT": {1: 15_000_000}})
    assert (after.version, after.most_per_order) == (2, 3)
    assert after.steps == {"CNY": {1: 10000}, "USDT": {1: 15_000_000}}
    [detail] = await ask(world, "SELECT detail FROM audit WHERE action = 'edit product'")
    told = detail if isinstance(detail, dict) else json.loads(detail)
    assert told["before"] == {"most_per_order": 10, "prices": {"CNY": {"1": 10000}}}
    assert told["after"]["most_per_order"] == 3


async def test_a_repeat_and_what_is_so_already_change_nothing(world, chen, steam):
    after = [await edit(world, chen.id, steam, most_per_order=3) for _ in range(2)][-1]
    assert after.version == 2
    assert (await edit(world, chen.id, after, most_per_order=3)).version == 2
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE action = 'edit product'") == [1]


async def test_who_may_not_changes_nothing(world, lin, steam):
    with pytest.raises(staff.NotStaff):
        await edit(world, lin.id, steam, most_per_order=3)
    with pytest.raises(staff.NotStaff):
        await world.db.write(repricing.plan, lin.id, "all", Decimal(5), {}, None, "e1")
    with pytest.raises(staff.NotStaff):
        await drafted(world, lin.id, sheets.read_text("product,order\nsteam,3"), "e2")
    with pytest.raises(staff.NotStaff):
        await world.db.write(catalogue.export_for, lin.id)
    assert (await now(world, steam)).version == 1


async def test_a_kind_stays_while_there_is_stock(world, chen, steam):
    assert (await edit(world, chen.id, steam, kind="shared")).kind == "shared"
    steam = await edit(world, chen.id, await now(world, steam), kind="unique")
    await world.stock(steam, 1)
    with pytest.raises(KindStays):
        await edit(world, chen.id, steam, kind="by_hand")


async def both(world, chen, wu, steam: Product, *most: int) -> list[Any]:
    changes = zip((chen.id, wu.id), most, strict=True)
    edits = (edit(world, by, steam, most_per_order=each) for by, each in changes)
    return await asyncio.gather(*edits, return_exceptions=True)


async def test_of_two_who_edit_at_once_exactly_one_does(world, chen, steam):
    wu = await world.hire("wu")
    for number in range(20):
        hers, his = 100 + number, 200 + number
        outcomes = await both(world, chen, wu, await now(world, steam), hers, his)
        [refused] = [each for each in outcomes if isinstance(each, EditedMeanwhile)]
        winner = "chen" if refused is outcomes[1] else "wu"
        assert refused.facts["who"] == winner
        assert (await now(world, steam)).most_per_order == (hers if winner == "chen" else his)


async def test_without_the_guard_the_second_overwrites_the_first(world, chen, steam, monkeypatch):
    """The negative control: with any version taken, nobody is told, and one of the two changes is lost."""

    def lax(tx: Tx, product: Product, who: str, columns: Any, steps: Any = None) -> bool:
        current = catalog.product(tx, product.slug)
        return bool(tx.changed(catalog_changes.EDIT.values({**columns, **catalog_changes.EDITED}), product=current.id,
                               known=current.version, who=who, at=tx.now))  # fmt: skip

    wu = await world.hire("wu")
    monkeypatch.setattr(catalog_changes, "edit", lax)
    monkeypatch.setattr(shelving, "changed_by", unguarded(shelving.changed_by))
    outcomes = [await edit(world, one.id, steam, most_per_order=most) for one, most in ((chen, 7), (wu, 8))]
    assert [each.most_per_order for each in outcomes] == [7, 8]  # both were told that theirs counts
    assert (await now(world, steam)).most_per_order == 8


def unguarded(guarded: Any) -> Any:
    def changed_by(tx: Tx, by: str, who: str, slug: str, version: int, changes: Any) -> Product:
        return guarded(tx, by, who, slug, catalog.product(tx, slug).version, changes)

    return changed_by


async def test_a_product_is_made_once_and_off_the_shelf(world, chen, steam):
    about = {"names": {"en": "Steam $50"}, "face_value": "$50", "region": "US", "kind": "unique", "noun": "code"}
    made = [
        await world.db.write(shelving.make, chen.id, "STEAM", "any", about, {"CNY": {1: 30000}}, "e1") for _ in "12"
    ]
    assert made[0] == made[1]
    assert (made[0].slug, made[0].brand, made[0].on_sale) == ("steam-us-50", "steam", False)
    again = await world.db.write(shelving.make, chen.id, "steam", "any", about, {}, "e2")
    assert again.slug == "steam-us-50-2"
    new = await world.db.write(shelving.make, chen.id, "京东", "礼品卡", about, {}, "e3")
    assert new.brand == "brand"
    assert [brand.name.in_("ru") for brand in await world.db.read(catalog.all_brands)][-1] == "京东"


# Prices


@pytest.mark.parametrize(
    ("said", "percent"),
    [
        ("+5%", "5"),
        ("-3 %", "-3"),
        ("５％", "5"),
        ("−2.5%", "-2.5"),
        ("0%", None),
        ("5", None),
        ("900%", None),
        ("1e3%", None),
    ],
)
def test_percentages_as_people_write_them(said, percent):
    assert repricing.percent_said(said) == (None if percent is None else Decimal(percent))


@pytest.mark.parametrize(("price", "percent", "made"), [(10000, 5, 10500), (999, 5, 1049), (1, -90, 0), (50, 1, 51)])
def test_a_percentage_rounds_to_the_minor_unit(price, percent, made):
    assert repricing.scaled(price, Decimal(percent)) == made


async def test_every_step_in_every_currency_changes(world, chen, steam):
    await edit(world, chen.id, steam, prices={"CNY": {1: 12800, 5: 12500}, "XTR": {1: 990}})
    await world.db.write(repricing.plan, chen.id, "all", Decimal(10), {}, None, "e1")
    assert (await now(world, steam)).steps == {"CNY": {1: 14080, 5: 13750}, "XTR": {1: 1089}}


async def test_a_planned_change_comes_once_and_not_before_its_time(world, clock, chen, steam):
    at = clock.now() + timedelta(hours=1) if hasattr(clock, "now") else None
    at = at or await world.db.read(lambda tx: tx.now + timedelta(hours=1))
    change = await world.db.write(repricing.plan, chen.id, "product steam", None, {"CNY": {1: 8800}}, at, "e1")
    assert await world.db.read(repricing.due, 10) == []
    clock.forward(timedelta(hours=1, minutes=1))
    assert await world.db.read(repricing.due, 10) == [change.id]
    for _ in range(2):
        await world.db.write(repricing.apply, change.id)
    assert (await now(world, steam)).steps == {"CNY": {1: 8800}}
    assert (await now(world, steam)).version == 2
    with pytest.raises(ChangeEnded):
        await world.db.write(repricing.cancel, chen.id, change.id)


async def test_of_two_clocks_one_changes_the_prices(world, chen, steam):
    change = await world.db.write(repricing.plan, chen.id, "all", Decimal(10), {}, None, "e1")
    at = await world.db.read(lambda tx: tx.now + timedelta(seconds=1))
    later = await world.db.write(repricing.plan, chen.id, "all", Decimal(10), {}, at, "e2")
    await asyncio.gather(*(world.db.write(repricing.apply, later.id) for _ in range(4)))
    assert change.state == "done"
    assert (await now(world, steam)).steps == {"CNY": {1: 12100}}


async def test_a_cancelled_change_never_comes(world, clock, chen, steam):
    at = await world.db.read(lambda tx: tx.now + timedelta(hours=1))
    change = await world.db.write(repricing.plan, chen.id, "all", Decimal(10), {}, at, "e1")
    for _ in range(2):
        assert (await world.db.write(repricing.cancel, chen.id, change.id)).state == "cancelled"
    clock.forward(timedelta(hours=2))
    assert await world.db.read(repricing.due, 10) == []
    await world.db.write(repricing.apply, change.id)
    assert (await now(world, steam)).steps == steam.steps


async def test_taking_back_leaves_alone_what_was_changed_since(world, chen, steam):
    other = await world.make("other")
    change = await world.db.write(repricing.plan, chen.id, "all", Decimal(10), {}, None, "e1")
    await edit(world, chen.id, await now(world, other), prices={"CNY": {1: 7777}})
    for _ in range(2):
        assert (await world.db.write(repricing.undo, chen.id, change.id)).state == "undone"
        assert [product.slug for product in await world.db.read(repricing.left, change.id)] == ["other"]
    assert (await now(world, steam)).steps == {"CNY": {1: 10000}}
    assert (await now(world, other)).steps == {"CNY": {1: 7777}}


@pytest.fixture
async def five(world, monkeypatch) -> list[Product]:
    """More products than one transaction changes."""
    monkeypatch.setattr(repricing, "PIECE", 2)
    return [await world.make(f"of-five-{number}", brand="five") for number in range(5)]


async def prices(world, those: list[Product]) -> list[int]:
    return [(await now(world, each)).steps["CNY"][1] for each in those]


async def test_many_prices_change_some_at_a_time_and_come_back_likewise(world, chen, five):
    change = await world.db.write(repricing.plan, chen.id, "brand five", Decimal(10), {}, None, "e1")
    assert (change.state, await prices(world, five)) == ("going", [11000, 11000, 10000, 10000, 10000])
    with pytest.raises(ChangeEnded):
        await world.db.write(repricing.undo, chen.id, change.id)
    await world.runner.drain()
    assert (await world.db.read(repricing.one, change.id)).state == "done"
    assert await prices(world, five) == [11000] * 5
    assert "已全部生效，共 5 个商品" in (await chen.gets()).text
    await edit(world, chen.id, await now(world, five[3]), prices={"CNY": {1: 7777}})
    assert (await world.db.write(repricing.undo, chen.id, change.id)).state == "undoing"
    await world.runner.drain()
    assert await prices(world, five) == [10000, 10000, 10000, 7777, 10000]
    assert [each.slug for each in await world.db.read(repricing.left, change.id)] == ["of-five-3"]
    assert "已恢复原价" in (await chen.gets()).text


async def test_a_change_that_was_cut_off_goes_on_and_no_price_rises_twice(world, chen, five, monkeypatch):
    change = await world.db.write(repricing.plan, chen.id, "brand five", Decimal(10), {}, None, "e1")
    with monkeypatch.context() as dying, pytest.raises(RuntimeError):
        dying.setattr(repricing, "_reprice", dies)
        await world.db.write(repricing.go_on, change.id, chen.id)
    await asyncio.gather(*(world.db.write(repricing.go_on, change.id, chen.id) for _ in range(6)))
    while await world.db.write(repricing.go_on, change.id, chen.id):
        pass
    assert await prices(world, five) == [11000] * 5
    assert (await world.db.read(repricing.one, change.id)).state == "done"


def dies(*args: Any) -> None:
    raise RuntimeError("the process has died")


async def test_without_knowing_how_far_it_is_it_would_never_end(world, chen, five, monkeypatch):
    monkeypatch.setattr(repricing, "GO", repricing.GO.values(reached=0))
    change = await world.db.write(repricing.plan, chen.id, "brand five", Decimal(10), {}, None, "e1")
    with pytest.raises(IntegrityError):  # the schema lets no product of a change be repriced twice
        await world.db.write(repricing.go_on, change.id, chen.id)


async def test_what_changes_nothing_is_refused(world, chen, steam):
    with pytest.raises(NothingToReprice):
        await world.db.write(repricing.plan, chen.id, "product steam", None, {"CNY": {1: 10000}}, None, "e1")
    with pytest.raises(NothingToReprice):
        await world.db.read(repricing.look, "brand nobody", Decimal(5), {}, NOBODY)
    assert await ask(world, "SELECT COUNT(*) FROM price_changes") == [0]


# What is written of a product


@pytest.mark.parametrize("said", ["1.234", "-1", "", "5: 4", "1;1", "12 12", "1e3", "NaN", "0: 5", "9" * 15])
def test_what_is_no_price_is_refused(said):
    with pytest.raises(NotTaken):
        product_fields.prices(said, "CNY")


def test_prices_as_people_write_them():
    assert product_fields.prices("１２８；5＋：125", "CNY") == {"CNY": {1: 12800, 5: 12500}}
    assert product_fields.prices("usdt 18.5\njpy 3000\neur -", "CNY") == {
        "USDT": {1: 18_500_000}, "JPY": {1: 3000}, "EUR": {},
    }  # fmt: skip


# The catalogue


async def export(world) -> tuple[list[str], list[list[str]]]:
    return await world.db.read(catalogue.export)


async def drafted(world, by: str, sheet: sheets.Sheet, key: str) -> int:
    plan = await world.db.read(catalogue.look, sheet)
    return await world.db.write(catalogue_drafts.draft, by, sheet, plan, key)


async def bring_in(world, sheet: sheets.Sheet) -> Plan:
    """Returns what was seen of it before."""
    plan = await world.db.read(catalogue.look, sheet)
    number = await drafted(world, COMMAND_LINE, sheet, f"key {next(keys)}")
    assert await world.db.read(catalogue_drafts.check, number) == 0
    assert await world.db.read(catalogue_drafts.check, number, 0) is None
    await world.db.write(catalogue_drafts.take, COMMAND_LINE, number)
    while await world.db.write(catalogue_drafts.go_on, number):
        pass
    return plan


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_what_goes_out_comes_back_unchanged(world, chen, steam, kind):
    await edit(world, chen.id, steam, names={"en": "=1+1", "zh-CN": '"a", b'},
               prices={"USDT": {1: 15_000_000, 5: 14_000_000}}, most_per_buyer=3)  # fmt: skip
    old = "1. go\n2. http://not.https/any/more <b>"  # from before such a guide was refused: it stays as it is
    await world.db.write(guides.put, Place.of(steam), "en", old, "Chen")
    await world.make("second")
    content = sheets.written(kind, *await export(world))
    plan = await bring_in(world, sheets.read(content))
    assert [row.what for row in plan.rows] == ["unchanged", "unchanged"]
    assert (await now(world, steam)).version == 2
    if kind == "csv":
        assert "'=1+1" in content.decode("utf-8-sig")


async def test_a_file_makes_and_changes_all_at_once_and_a_repeat_nothing(world, steam):
    sheet = sheets.read_text(
        "product,brand,category,name zh-CN,face,region,price CNY,price USDT,shelf\n"
        "steam,,,Steam 二十,,,,15.5,\n"
        "psn-hk-100,PSN,Games,PSN 100,HK$100,hk,98; 5: 96,,on\n"
        ",PSN,,PSN 200,HK$200,hk,196,,\n"
    )
    plan = await bring_in(world, sheet)
    assert [row.what for row in plan.rows] == ["changed", "new", "new"]
    changed = await now(world, steam)
    assert changed.name.in_("zh-CN") == "Steam 二十"
    assert changed.steps == {"USDT": {1: 15_500_000}}  # an empty price's cell takes it away
    found = {product.slug: product for product in await world.db.read(catalog.everything)}
    assert found["psn-hk-100"].steps == {"CNY": {1: 9800, 5: 9600}}
    assert (found["psn-hk-100"].on_sale, found["psn-hk-hk-200"].on_sale) == (True, False)
    again = sheets.Sheet(sheet.heading, sheet.rows[:2])
    assert [row.what for row in (await bring_in(world, again)).rows] == ["unchanged", "unchanged"]


async def test_one_wrong_row_and_nothing_is_taken(world, steam):
    sheet = sheets.read_text("product,order,price CNY\nsteam,5,99\nnew-one,5,99\nsteam,6,99\n")
    plan = await world.db.read(catalogue.look, sheet)
    assert [(row.number, row.what) for row in plan.rows] == [(2, "changed"), (3, "wrong"), (4, "wrong")]
    with pytest.raises(CatalogueWrong):
        await bring_in(world, sheet)
    assert (await now(world, steam)).version == 1
    assert len(await world.db.read(catalog.everything)) == 1


@pytest.mark.parametrize(
    "written",
    [
        "product,colour\nsteam,red",
        "product,price XYZ\nsteam,1",
        "name en\nSteam",
        "product,order,order\nsteam,1,1",
        "product",
        "a\x00b",
    ],
)
async def test_a_table_that_is_none_of_ours_is_refused_whole(world, steam, written):
    with pytest.raises(NoSheet):
        await world.db.read(lambda tx: catalogue.look(tx, sheets.read_text(written)))


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"PK\x03\x04zip", b"\x80\xff\xff\xff", b"\x00" * 9, b"%PDF-1.7\n"]
)
async def test_a_file_of_the_wrong_kind_is_refused(world, content):
    with pytest.raises(NoSheet):
        await world.db.read(lambda tx: catalogue.look(tx, sheets.read(content)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_tables_in_the_encodings_of_spreadsheets(encoding):
    assert sheets.read("product,name zh-CN\nsteam,充值卡\n".encode(encoding)).rows == ((2, ("steam", "充值卡")),)


async def test_who_edited_between_look_and_yes_is_not_overwritten(world, chen, steam):
    wu = await world.hire("wu")
    number = await drafted(world, chen.id, sheets.read_text("product,order\nsteam,5"), "e1")
    await edit(world, wu.id, steam, most_per_order=7)
    with pytest.raises(EditedMeanwhile) as refusal:
        await world.db.read(catalogue_drafts.check, number)
    assert refusal.value.facts["who"] == "wu"
    it = await world.db.write(catalogue_drafts.take, chen.id, number)  # edited just after it was checked
    assert it and (it.changed, it.left) == (0, ("steam",))
    assert (await now(world, steam)).most_per_order == 7


async def test_a_draft_is_taken_once_and_erased(world, chen, steam):
    sheet = sheets.read_text("product,order\nsteam,5")
    number = await drafted(world, chen.id, sheet, "e1")
    assert await drafted(world, chen.id, sheet, "e1") == number
    assert await world.db.write(catalogue_drafts.take, chen.id, number)
    assert await world.db.write(catalogue_drafts.take, chen.id, number) is None
    assert await ask(world, "SELECT COUNT(*) FROM catalogue_pieces") == [0]


async def test_a_draft_that_was_thrown_away_can_not_be_taken(world, chen, steam):
    number = await drafted(world, chen.id, sheets.read_text("product,order\nsteam,5"), "e1")
    for _ in range(2):
        await world.db.write(catalogue_drafts.discard, number)
    for refused in (world.db.read(catalogue_drafts.check, number),
                    world.db.write(catalogue_drafts.take, chen.id, number)):  # fmt: skip
        with pytest.raises(catalogue_drafts.DraftGone):
            await refused
    assert await ask(world, "SELECT COUNT(*) FROM catalogue_pieces") == [0]


async def test_a_kind_that_can_not_change_is_a_wrong_row(world, steam):
    await world.stock(steam, 1)
    with pytest.raises(CatalogueWrong):
        await bring_in(world, sheets.read_text("product,order,kind\nsteam,5,shared"))
    assert (await now(world, steam)).most_per_order == steam.most_per_order


async def test_a_product_named_twice_far_apart_is_told(world, steam, monkeypatch):
    monkeypatch.setattr(catalogue, "PART", 1)
    parts = catalogue.parts(sheets.read_text("product,order\nsteam,5\nsteam,6"))
    rows = [row for part in parts for row in (await world.db.read(catalogue.look, part)).rows]
    assert [row.what for row in rows] == ["changed", "changed"]
    assert [row.what for row in catalogue.whole(rows).rows] == ["changed", "wrong"]


LONG = "product,brand,name en,face,region,price CNY\n" + "".join(f",PSN,PSN,HK${n},hk,{n}\n" for n in range(1, 8))


async def test_a_long_file_is_brought_in_some_rows_at_a_time(world, chen, steam, monkeypatch):
    monkeypatch.setattr(catalogue_drafts, "PIECE", 2)
    number = await drafted(world, chen.id, sheets.read_text(f"{LONG}steam,,,,,55\n"), "e1")
    begun = await world.db.write(catalogue_drafts.take, chen.id, number)
    assert begun and (begun.over, begun.made) == (False, 2)
    with monkeypatch.context() as dying, pytest.raises(RuntimeError):
        dying.setattr(catalogue, "bring_in", dies)
        await world.db.write(catalogue_drafts.go_on, number)
    assert len(await world.db.read(catalog.everything)) == 3
    await asyncio.gather(*(world.db.write(catalogue_drafts.go_on, number) for _ in range(2)))
    await edit(world, chen.id, steam, most_per_order=3)  # before its row's turn has come
    await world.runner.drain()
    assert len(await world.db.read(catalog.everything)) == 8  # each is made once
    told = (await chen.gets()).text
    assert "新增 7 个，修改 0 个" in told and "没有动：steam" in told
    assert (await now(world, steam)).steps == steam.steps
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE action = 'import catalogue'") == [1]


async def test_were_its_rows_kept_a_cut_off_file_would_make_products_twice(world, chen, monkeypatch):
    monkeypatch.setattr(catalogue_drafts, "PIECE", 2)
    rows = catalogue_drafts.pieces.c
    kept = update(catalogue_drafts.pieces).where(rows.id == bindparam("piece")).values(place=rows.place)
    monkeypatch.setattr(catalogue_drafts, "TAKE", kept)
    number = await drafted(world, chen.id, sheets.read_text(LONG), "e1")
    await world.db.write(catalogue_drafts.take, chen.id, number)
    await world.db.write(catalogue_drafts.go_on, number)
    made = [product.face_value for product in await world.db.read(catalog.everything)]
    assert sorted(made) == ["HK$1", "HK$1", "HK$2", "HK$2"]
