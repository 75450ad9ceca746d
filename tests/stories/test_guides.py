"""Chen writes how it is redeemed; Lin reads it, in parts, after buying and before."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.staff import staff as staff_router
from core import guides, pictures
from core.authority import Role
from core.catalog import Product
from core.guides import Place
from tests.stories.test_staff_products import PNG, sends
from tests.world import Somebody, World

NAME = pictures.name_for(PNG)
STEPS = "1、打开 https://redeem.example/now\n2、填入兑换码"


@pytest.fixture(autouse=True)
def folder(world: World, tmp_path: Path) -> None:
    world.shop.pictures = tmp_path / "pictures"


async def opens(chen: Somebody, steam: Product, what: str = "Steam 20", language: str = "中文") -> str:
    await chen.says(f"product-edit {steam.slug}")
    assert "给什么写" in (await chen.presses("写教程")).text
    await chen.presses(what)
    return (await chen.presses(language)).text


async def test_from_the_first_line_to_the_buyer(world: World, chen: Somebody, lin: Somebody, steam: Product):
    assert "发文字" in await opens(chen, steam)
    seen = await chen.says(STEPS)
    assert "买家看到的是这样" in seen.text and "1. 打开 https://redeem.example/now" in seen.text
    assert "[去兑换] https://redeem.example/now" in seen.text
    with_picture = await sends(chen, PNG)
    assert f"![]({NAME})" in with_picture.text and with_picture.spoken.source.picture == NAME
    saved = await chen.presses("保存教程")
    assert "第 1 版" in saved.text and "兑换说明：zh-CN · 有配图" in saved.text
    read = await lin.says(press=f"guide {steam.slug}")
    for line in ("Steam 20 美元怎么兑换：", "2. 填入兑换码", "美区账号"):
        assert line in read.text and line in seen.text
    assert read.spoken.source.picture == NAME


async def test_what_cant_be_is_told_by_its_line_and_nothing_is_saved(world: World, chen: Somebody, steam: Product):
    await opens(chen, steam)
    assert "第 2 行" in (await chen.says("1. 好\n2. [点](javascript:x)")).text
    assert "没有“gone.png”" in (await chen.says("![](gone.png)")).text
    assert "用不了" in (await sends(chen, b"%PDF-1.7")).text
    assert "不是文字" in (await sends(chen, b"\xff\xfe\x00", "guide.md")).text
    assert await world.count(guides.guides) == 0
    assert "买家看到" in (await sends(chen, "1. 从文件来".encode(), "guide.md")).text
    await chen.presses("保存教程")
    assert (await world.db.read(guides.there, Place.of(steam), "zh-CN")).body == "1. 从文件来"


async def test_it_goes_on_from_what_stands_there_also_after_a_restart(world: World, chen: Somebody, steam: Product):
    for number in (1, 2):
        await opens(chen, steam)
        await chen.says(f"{number}. 第 {number} 次")
        await chen.presses("保存教程")
    assert "2. 第 2 次" in await opens(chen, steam)
    again = Somebody(world, chen.name, staff_router)  # another process: all it knows is in the database
    again.keys, again.choices = chen.keys, chen.choices
    assert "1. 第 1 次" in (await again.presses("用上一版")).text
    assert "第 3 版" in (await again.presses("保存教程")).text
    await opens(chen, steam)
    assert "已撤下" in (await chen.presses("不要教程")).text
    assert (await world.db.read(guides.find, steam)).texts == {}


async def test_a_brands_guide_is_for_all_its_products(world: World, chen: Somebody, lin: Somebody, steam: Product):
    other = await world.make("steam-two", brand="steam")
    elsewhere = await world.make("steam-hk", brand="steam", region="hk")
    await opens(chen, steam, "Steam全部美区")
    await chen.says("1. 美区的")
    await chen.presses("保存教程")
    await chen.says("写教程")
    await chen.presses("Steam全部商品")
    await chen.presses("中文")
    await chen.says("1. 都一样")
    await chen.presses("保存教程")
    for product, told in ((other, "美区的"), (elsewhere, "都一样")):
        assert told in (await lin.says(press=f"guide {product.slug}")).text


async def test_of_two_who_write_at_once_the_second_sees_the_firsts_first(world: World, chen: Somebody, steam: Product):
    wu = await world.hire("wu")
    for one in (chen, wu):
        await opens(one, steam)
        await one.says(f"1. {one.name} 写的")
    await chen.presses("保存教程")
    told = await wu.presses("保存教程")
    assert "chen刚存了另一版" in told.text and "1. chen 写的" in told.text and "1. wu 写的" in told.text
    assert "第 2 版" in (await wu.presses("保存教程")).text


async def test_who_may_not_change_the_shelf_is_not_let_in(world: World, steam: Product):
    bo = await world.hire("bo", Role.SUPPORT)
    assert "发文字" not in (await bo.says(f"guide-write {steam.slug}")).text
    assert await world.count(guides.guides) == 0


async def test_leaving_changes_nothing(world: World, chen: Somebody, steam: Product):
    await opens(chen, steam)
    await chen.says("1. 不存")
    await chen.presses("先不办")
    assert await world.count(guides.guides) == 0


async def test_a_long_one_is_read_part_by_part(world: World, lin: Somebody):
    body = "\n".join(f"{number}. {'字' * 120}" for number in range(1, 7))
    made = await world.make("long", guide={"zh-CN": body})
    first = await lin.says(press=f"guide {made.slug}")
    assert "（1/3）" in first.text and "3. " not in first.text
    assert "（2/3）" in (await lin.presses("往下看")).text
    last = await lin.presses("往下看")
    assert "6. 字" in last.text and "往下看" not in last.choices


async def test_the_delivery_has_logo_text_and_reminders_as_they_were_when_it_was_bought(
    world: World, chen: Somebody, lin: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await chen.says(f"edit {steam.slug} delivery")
    await chen.presses("中文")
    assert "没有{code}这个变量" in (await chen.says("你的码 {code}")).text
    await chen.says("{brand} 的{noun}，{number}，{region}专用")
    await chen.says(f"edit {steam.slug} reminders")
    assert "别给别人看" in (await chen.presses("别给别人看")).text
    await chen.says(f"edit {steam.slug} logo")
    assert "标志：有" in (await sends(chen, PNG)).text
    await lin.buys(steam)
    await chen.says(f"edit {steam.slug} logo")
    assert "标志：无" in (await chen.presses("没有")).text
    await chen.says(f"edit {steam.slug} reminders")
    assert "提醒语：-" in (await chen.presses("别给别人看")).text
    await lin.pays()
    arrived = await lin.gets()
    number = (await world.order(lin)).number
    assert f"Steam 的兑换码，{number}，美区专用" in arrived.text and "别转发" in arrived.text
    assert arrived.spoken.source.picture == NAME
    assert arrived.codes[0] in arrived.text.splitlines()
