"""It worked: Lin tells, is asked whether when and where may be kept, and takes it back. And Chen honours a voucher."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bot.said import Said
from bot.staff import staff
from core import redemptions
from core.catalog import Product
from core.orders import State
from core.redemptions import OURS
from tests.world import Somebody, World

SAID = {
    "zh-CN": ("用上了", "可以，记下", "删掉时间地点", "已记下", "删掉了"),
    "en": ("It worked", "Yes, keep it", "Forget when and where", "noted", "erased"),
    "ru": ("Сработало", "Да, запомнить", "Стереть место и время", "Отметили", "стёрты"),
}
KEPT = "SELECT COUNT(*) FROM redemptions WHERE place IS NOT NULL"


async def bought(world: World, who: Somebody, product: Product, many: int = 1) -> list[str]:
    await world.stock(product, many)
    await who.says(f"buy {product.slug} {many}")
    await who.pays()
    got = await who.gets()
    await world.becomes(who, State.DELIVERED)
    return got.codes


async def kept(world: World) -> int:
    return (await world.db.read(lambda tx: tx.value(text(KEPT)))) or 0


@pytest.mark.parametrize("locale", sorted(SAID))
async def test_it_worked_and_what_may_be_kept(world: World, steam: Product, locale: str):
    lin, (it_worked, keep, forget, noted, erased) = world.meet("lin", locale), SAID[locale]
    await bought(world, lin, steam)
    asked = await lin.presses(it_worked)
    assert noted in asked.text
    await lin.presses(keep)
    told = await lin.says("Steam, 在家")
    assert noted in told.text
    assert await kept(world) == 1
    gone = await lin.presses(forget)
    assert erased in gone.text or "已删" in gone.text
    assert await kept(world) == 0
    await world.holds()


async def test_of_several_she_says_which(world: World, lin: Somebody, steam: Product):
    await bought(world, lin, steam, 2)
    which = await lin.presses("用上了")
    assert which.choices[:3] == ["全部用上了", "1", "2"]
    assert "已记下" in (await lin.presses("2")).text
    assert "什么都不" not in (await lin.presses("不用记")).text
    assert await kept(world) == 0


async def test_chen_honours_a_voucher_once(world: World, lin: Somebody, chen: Somebody):
    voucher = await world.make("voucher")
    assert "本店自己兑付" in (await chen.says("issuer voucher shop")).text
    assert await world.db.read(redemptions.issuer, voucher.id) == OURS
    [code] = await bought(world, lin, voucher)
    assert "扫码" in (await chen.says("核销")).text
    assert "不是本店认的码" in (await chen.says("STEAM-0000-CODE")).text
    assert "已核销" in (await chen.says(code)).text
    assert "刚在我们这里核销了" in (await lin.gets()).text
    assert "之前已核销" in (await chen.says(f"核销 {code}")).text
    card = await chen.says(f"order {(await world.order(lin)).number}")
    assert "已知用掉：1 · 本店核销" in card.text
    assert code not in card.text


async def test_a_code_is_never_taken_in_a_group(world: World, chen: Somebody):
    said = Said("test", "chen", "in a group", "redeem ABCD-1234", name="chen", place="-100")
    answer = await staff.answer(world.shop, said)
    assert [getattr(part, "key", "") for part in answer.paragraphs] in (["not-here"], ["only-in-private"])
