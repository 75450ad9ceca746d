"""The shelf: a small shop's brands at once, a large one's categories first; old and odd words lead to what there is."""

from __future__ import annotations

import pytest

from bot.handlers.shelf import SMALL
from bot.paging import PAGE
from core import catalog, catalog_changes, guides
from tests.bot.test_router import world
from tests.large import furnish
from tests.world import Somebody, World

__all__ = ["world"]


async def test_a_small_shop_shows_every_brand_at_once(world: World, lin: Somebody):
    await world.db.write(furnish, 4, SMALL, 1)
    assert (await lin.says("货架")).choices == [f"Maker {number}" for number in (4, 8, 12, 1, 5, 9, 2, 6, 10, 3, 7, 11)]


async def test_one_brand_more_and_the_categories_come_first(world: World, lin: Somebody):
    await world.db.write(furnish, 4, SMALL + 1, 1)
    assert (await lin.says("货架")).choices == [f"Category {number}" for number in (1, 2, 3, 4)]
    assert (await lin.says("2")).choices == ["Maker 1", "Maker 5", "Maker 9", "Maker 13", "返回"]
    assert (await lin.presses("返回")).choices[0] == "Category 1"


async def test_with_one_category_there_is_none_to_choose(world: World, lin: Somebody):
    await world.db.write(furnish, 1, 20, 1)
    first = await lin.says("货架")
    assert len(first.choices) == PAGE + 1
    last = await lin.says("货架 3")
    assert last.choices == ["Maker 17", "Maker 18", "Maker 19", "Maker 20", "上一页"]
    await lin.presses("Maker 18")
    assert (await lin.presses("返回")).choices == last.choices


@pytest.mark.parametrize(
    ("says", "same_as"),
    [
        ("shelf 0", "shelf"),
        ("shelf 99999", "shelf 2"),
        ("category category-1 99", "category category-1 2"),
        ("category category-1 x", "category category-1"),
        ("category nothing", "shelf"),
        ("brand nothing", "shelf"),
        ("brand nothing us 3", "shelf"),
        ("brand brand-1 mars", "brand brand-1"),
        ("brand brand-2 mars", "brand brand-2"),
        ("brand brand-1 us 99", "brand brand-1 us 2"),
        ("around nothing", "shelf"),
    ],
)
async def test_what_is_no_longer_there_leads_to_what_is(world: World, lin: Somebody, says: str, same_as: str):
    await world.db.write(furnish, 10, 120, 27)
    wanted = await lin.says(press=same_as)
    found = await lin.says(press=says)
    assert (found.text, found.choices) == (wanted.text, wanted.choices)


async def test_back_leads_one_step_up(world: World, lin: Somebody):
    await world.db.write(furnish, 10, 120, 27)
    await lin.says(press="product item-1-5")
    assert "Maker 1 card 5 ·" in (await lin.presses("返回")).choices[1]
    assert (await lin.presses("返回")).choices[:3] == ["港区", "土耳其区", "美区"]
    assert "Maker 1" in (await lin.presses("返回")).choices
    assert "Category 1" in (await lin.presses("返回")).choices


async def test_back_from_what_is_sold_no_more(world: World, lin: Somebody):
    await world.db.write(furnish, 1, 2, 5)
    await lin.says(press="product item-1-5")
    await world.db.write(catalog_changes.switch, "item-1-5", False)
    assert [name for name in (await lin.presses("返回")).choices if "card 5" in name] == []


async def test_a_category_without_goods_is_not_shown(world: World, lin: Somebody):
    await world.db.write(furnish, 12, 24, 1)
    for slug in ("item-12-1", "item-24-1"):
        await world.db.write(catalog_changes.switch, slug, False)
    assert "Category 1" not in (await lin.says("货架")).choices


async def test_a_product_and_its_guide_show_their_pictures(world: World, lin: Somebody):
    await world.db.write(furnish, 1, 1, 1)
    assert (await lin.says(press="product item-1-1")).spoken.source.picture is None
    assert "教程还没写好" in (await lin.presses("怎么兑换")).text
    await world.db.write(catalog_changes.picture, "item-1-1", "a.png")
    made = await world.db.read(catalog.product, "item-1-1")
    await world.db.write(guides.put, guides.Place.of(made), "en", "1. Look\n   ![](b.png)", "Chen")
    shown = (await lin.says(press="product item-1-1")).spoken.source
    guide = (await lin.presses("怎么兑换")).spoken.source
    assert "教程还没写好" not in (await lin.presses("看商品")).text
    assert (shown.picture, guide.picture) == ("a.png", "b.png")
    product = await world.db.read(catalog.product, "item-1-1")
    assert shown.shows == guide.shows == product.name
