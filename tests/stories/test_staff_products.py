"""Chen makes a product, changes it field by field, and looks at it as a buyer does."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.said import File, Said
from bot.staff import staff as staff_router
from core import batches, catalog, pasted, pictures, repricing
from core.catalog import Product
from core.ground.errors import PartyError
from core.ground.money import Money
from tests.world import Answer, Somebody, World


async def product(world: World, slug: str) -> Product:
    return await world.db.read(catalog.product, slug)


async def test_a_new_product_from_its_name_to_the_shelf(world: World, chen: Somebody, lin: Somebody):
    await chen.says("商品管理")
    await chen.presses("新商品")
    assert "哪个品牌" in (await chen.says("任天堂 70 美元")).text
    assert "哪一类" in (await chen.says("任天堂")).text
    assert "面值" in (await chen.says("点卡")).text
    assert "哪个地区" in (await chen.says("$70")).text
    await chen.presses("港区")
    await chen.presses("一卡一密")
    made = await chen.says("488；5：480")
    assert "已建好：任天堂 70 美元" in made.text
    assert "CNY：488.00; 5: 480.00" in made.text
    [only] = await world.db.read(catalog.everything)
    assert (only.on_sale, only.region, only.steps) == (False, "HK", {"CNY": {1: 48800, 5: 48000}})
    assert "已上架" in (await chen.presses("上架")).text
    assert "任天堂" in str((await lin.says("货架")).choices)


async def test_each_field_is_one_question_and_the_card_shows_it(world: World, chen: Somebody, steam: Product):
    await chen.says(f"product-edit {steam.slug}")
    asked = await chen.presses("每单限购")
    assert "现在是：10" in asked.text
    assert "1 到 1,000" in (await chen.says("一千零一")).text
    card = await chen.says("５")
    assert card.spoken.source.card == f"product-edit {steam.slug}"
    assert "已改：每单限购" in card.text
    assert "每单最多 5 件" in card.text
    assert "Chen" not in card.text and "chen改于" in card.text.casefold()
    await chen.presses("每人限购")
    assert "每人最多 3 件" in (await chen.says("3")).text
    await chen.presses("每人限购")
    assert "每人不限" in (await chen.presses("没有")).text
    await chen.presses("缺货处理")
    assert "直接退款" in (await chen.presses("直接退款")).text
    await chen.presses("商品类别")
    assert "实物商品" in (await chen.presses("实物")).text
    await chen.presses("变现难易")
    assert "容易变现" in (await chen.presses("容易变现")).text
    await chen.presses("兑换网址")
    assert "https://" in (await chen.says("javascript:alert(1)")).text
    assert "https://shop.example/go" in (await chen.says("https://shop.example/go")).text
    found = await product(world, steam.slug)
    assert (found.most_per_order, found.most_per_buyer, found.shortage, found.goods) == (5, None, (), "physical")
    assert found.resale == "high"


async def test_a_name_in_another_language_goes_on_after_a_restart(world: World, chen: Somebody, steam: Product):
    await chen.says(f"edit {steam.slug} name")
    assert "现在是：Steam $20" in (await chen.presses("English")).text
    again = Somebody(world, chen.name, staff_router)  # another process: all it knows is in the database
    again.keys = chen.keys
    assert "已改：名称" in (await again.says("Steam Wallet $20")).text
    assert (await product(world, steam.slug)).name.texts == {**steam.name.texts, "en": "Steam Wallet $20"}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("x" * 81, "最多 80 个"),
        ("<b>Steam</b>", "HTML"),
        ("Steam &lt;b&gt;", "HTML"),
        ("Ste\x07am", "看不见"),
        ("Ste\u202eam", "看不见"),
        ("   \n ", "什么也没写"),
    ],
)
async def test_a_name_that_is_none_is_asked_for_again(world: World, chen: Somebody, steam: Product, written, told):
    await chen.says(f"edit {steam.slug} name")
    await chen.presses("中文")
    assert told in (await chen.says(written)).text
    assert (await product(world, steam.slug)).name == steam.name
    assert "已改：名称" in (await chen.says("好名字")).text


@pytest.mark.parametrize("written", ["-5", "1e5", "12.345", "abc", "5: 120", "9" * 16, "XYZ 5", "USDT", "", "128; 5"])
async def test_a_price_that_is_none_is_asked_for_again(world: World, chen: Somebody, steam: Product, written):
    await chen.says(f"edit {steam.slug} price")
    again = (await chen.says(written)).text
    assert "看不懂价格" in again or "没有“" in again
    assert (await product(world, steam.slug)).steps == steam.steps


async def test_prices_in_two_currencies(world: World, chen: Somebody, steam: Product):
    await chen.says(f"edit {steam.slug} price")
    card = await chen.says("128，5：125\nUSDT 18.5")
    assert "CNY：128.00; 5: 125.00" in card.text
    assert "USDT：18.500000" in card.text
    await chen.presses("价格")
    assert "USDT" not in (await chen.says("USDT -")).text
    assert (await product(world, steam.slug)).steps == {"CNY": {1: 12800, 5: 12500}}


async def test_a_price_below_cost_wants_a_second_look(world: World, chen: Somebody, steam: Product):
    await cost(world, steam, 9000)
    await chen.says(f"edit {steam.slug} price")
    warned = await chen.says("80")
    assert "低于成本" in warned.text
    assert "¥80.00" in warned.text and "¥90.00" in warned.text
    assert (await product(world, steam.slug)).steps == steam.steps
    assert "CNY：80.00" in (await chen.presses("照改")).text


async def cost(world: World, of: Product, each: int) -> None:
    def stock(tx):
        batch = batches.open_batch(tx, of, "bought", "test", unit_cost=each)
        batches.add(tx, of, batch, pasted.read([f"COST-{each}-0001"]).codes)
        batches.finish_import(tx, batch)

    await world.db.write(stock)


async def test_what_the_buyer_sees_is_the_buyers_own_card(world: World, chen: Somebody, lin: Somebody, steam: Product):
    await world.stock(steam, 2)
    own = await lin.says(press=f"product {steam.slug}")
    seen = await chen.says(f"product-look {steam.slug}")
    assert own.text in seen.text
    assert all(label in seen.text for label in own.choices)
    assert seen.choices == ["返回"]


async def test_of_two_who_edit_at_once_the_second_is_told_who_was_first(world: World, chen: Somebody, steam: Product):
    wu = await world.hire("wu")
    for one in (chen, wu):
        await one.says(f"edit {steam.slug} order")
    answers: list[Answer] = [*await asyncio.gather(chen.says("7"), wu.says("8"))]
    told = [answer.text for answer in answers]
    assert sum("已改" in text for text in told) == 1
    [second] = [text for text in told if "没有生效" in text]
    first = "chen" if "已改" in told[0] else "wu"
    assert f"刚被{first}改过" in second
    assert (await product(world, steam.slug)).most_per_order == (7 if first == "chen" else 8)


async def test_of_two_opposite_presses_one_counts(world: World, chen: Somebody, steam: Product):
    """Both look at the same card: on the shelf. One takes it off and puts it on again; the other's press is old."""
    wu = await world.hire("wu")
    for one in (chen, wu):
        await one.says(f"product-edit {steam.slug}")
    await chen.presses("下架")
    await chen.presses("上架")
    assert "刚被chen改过" in (await wu.presses("下架")).text
    assert (await product(world, steam.slug)).on_sale


PNG = pictures.to_scan("a picture")


async def sends(chen: Somebody, content: bytes, name: str = "photo.png") -> Answer:
    """A file, as the chat's own way of fetching has it."""

    class Here:
        async def fetch(self, reference: str) -> bytes:
            if reference != "here":
                raise PartyError("gone", permanent=True)
            return content

    chen.world.shop.files = {"test": Here()}
    said = Said("test", chen.name, f"file-{next(chen.keys)}", file=File(name, len(content), "here"), locale="zh-CN")
    return await chen._read(await chen.router.answer(chen.world.shop, said))


async def test_a_picture_that_was_sent_is_the_products(world: World, chen: Somebody, steam: Product, tmp_path: Path):
    world.shop.pictures = tmp_path / "pictures"
    await chen.says(f"edit {steam.slug} picture")
    assert "不是文字" in (await chen.says("hello")).text
    assert "用不了" in (await sends(chen, b"%PDF-1.7")).text
    assert "商品图：有" in (await sends(chen, PNG)).text
    name = (await product(world, steam.slug)).picture
    assert name and await world.shop.picture(name) == PNG
    await chen.presses("商品图")
    assert "商品图：无" in (await chen.presses("没有")).text


async def test_delivery_text_goes_with_the_codes_and_stays_with_the_order(
    world: World, chen: Somebody, lin: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await chen.says(f"edit {steam.slug} delivery")
    await chen.presses("中文")
    await chen.says("只能在美国账号兑换。")
    await lin.buys(steam)
    await chen.says(f"edit {steam.slug} delivery")
    await chen.presses("中文")
    await chen.says("后来改的话。")
    await lin.pays()
    arrived = (await lin.gets()).text
    assert "只能在美国账号兑换。" in arrived
    assert "后来改的话" not in arrived


async def test_all_prices_of_a_brand_rise_at_a_time_and_come_back(
    world: World, chen: Somebody, lin: Somebody, steam: Product
):
    other = await world.make("xbox")
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    await chen.says("批量调价")
    await chen.presses("Steam")
    assert "百分比" in (await chen.says("五块")).text
    assert "什么时候" in (await chen.says("+5%")).text
    assert "看不懂这个时间" in (await chen.says("昨天")).text
    preview = await chen.says("23:59")
    assert "100.00 → 105.00" in preview.text
    planned = await chen.presses("确定调价")
    assert "安排" in planned.text and "已下的订单价格不变" in planned.text
    assert (await product(world, steam.slug)).steps == {"CNY": {1: 10000}}
    await world.later(timedelta(days=1))
    await world.runner.tick()
    assert (await product(world, steam.slug)).steps == {"CNY": {1: 10500}}
    assert (await product(world, other.slug)).steps == {"CNY": {1: 10000}}
    assert (await world.order(lin)).total == order.total == Money(10000, "CNY")
    await chen.says("调价记录")
    await chen.presses("第 1 次")
    assert "恢复原价" in (await chen.presses("恢复原价")).text
    assert (await product(world, steam.slug)).steps == {"CNY": {1: 10000}}


async def test_a_planned_change_is_cancelled_before_its_time(world: World, chen: Somebody, steam: Product):
    await chen.says(f"reprice product {steam.slug}")
    await chen.says("88")
    await chen.says("23:59")
    await chen.presses("确定")
    assert "取消" in (await chen.presses("取消这次")).text
    assert await world.db.read(repricing.due, 10) == []


async def test_bulk_prices_below_cost_want_another_word(world: World, chen: Somebody, steam: Product):
    await cost(world, steam, 9800)
    await chen.says("reprice all")
    await chen.says("-5%")
    warned = await chen.presses("现在")
    assert "低于成本" in warned.text
    assert "低于成本" in (await chen.says("yes")).text  # the other button's word is no word for this
    assert (await product(world, steam.slug)).steps == {"CNY": {1: 10000}}
    assert "已生效" in (await chen.presses("照改")).text
    assert (await product(world, steam.slug)).steps == {"CNY": {1: 9500}}


async def test_the_catalogue_goes_out_and_comes_back_edited(world: World, chen: Somebody, steam: Product):
    out = await chen.says("catalogue-export")
    assert out.spoken.source.document == "catalogue.xlsx"
    await chen.says("catalogue-import")
    table = f"product\tprice CNY\tprice USDT\n{steam.slug}\t110\t15.5\n"
    preview = await chen.says(table)
    assert "修改 1 个" in preview.text
    assert (await product(world, steam.slug)).steps == steam.steps
    assert "已导入" in (await chen.presses("确定导入")).text
    assert (await product(world, steam.slug)).steps == {"CNY": {1: 11000}, "USDT": {1: 15_500_000}}
    await chen.says("catalogue-import")
    assert "没有要改的" in (await chen.says(table)).text


async def test_a_wrong_table_is_told_by_its_rows_and_nothing_is_taken(world: World, chen: Somebody, steam: Product):
    await chen.says("catalogue-import")
    wrong = await chen.says(f"product,price CNY,order\n{steam.slug},120,5\nother,abc,5\n{steam.slug},1,1")
    assert "第 3 行：price CNY：看不懂价格“abc”" in wrong.text
    assert "第 4 行" in wrong.text
    assert "没有“colour”" in (await chen.says("product,colour\nsteam,red")).text
    assert "不是能用的表" in (await sends(chen, b"\x00\x01\x02", "a.csv")).text
    assert "不是能用的表" in (await sends(chen, b"PK\x03\x04nonsense", "a.xlsx")).text
    assert (await product(world, steam.slug)).version == steam.version


async def test_english(world: World, steam: Product):
    lee = await world.hire("lee")
    lee.locale = "en"
    await lee.says("language en")
    await lee.says("edit products")
    card = await lee.presses("Steam $20")
    assert "Face value: $20 · Region: US" in card.text
    await lee.presses("Price")
    assert "is no price" in (await lee.says("cheap")).text
    card = await lee.says("120; 10: 115")
    assert "Changed: Price" in card.text
    assert "CNY: 120.00; 10: 115.00" in card.text
    assert "What the buyer sees:" in (await lee.presses("As the buyer")).text
