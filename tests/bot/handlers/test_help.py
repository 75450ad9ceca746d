"""Help, the terms, help with a payment: each word in each language, and true of what is sold."""

from __future__ import annotations

import pytest

from core import catalog_changes
from core.ground.words import LOCALES
from tests.bot.test_router import world
from tests.world import Somebody, World

__all__ = ["world"]


@pytest.mark.parametrize("typed", ["terms", "/terms", "条款", "условия", "Terms of service"])
async def test_the_terms(world: World, lin: Somebody, steam, typed):
    said = await lin.says(typed)
    assert "7 天内" in said.text
    assert "无理由" in said.text
    assert said.choices == ["看货架", "付款帮助", "找人工"]


async def test_the_terms_name_the_days_only_where_they_are_the_same_for_all(world: World, lin: Somebody, steam):
    other = await world.make("netflix", after_sale_days=30)
    assert "写明的天数" in (await lin.says("条款")).text
    await world.db.write(catalog_changes.switch, other.slug, False)
    assert "7 天内" in (await lin.says("条款")).text
    await world.db.write(catalog_changes.switch, steam.slug, False)
    assert "写明的天数" in (await lin.says("条款")).text


@pytest.mark.parametrize("typed", ["paysupport", "/paysupport", "付款帮助", "支付问题", "оплата", "payment problem"])
async def test_help_with_a_payment(world: World, lin: Somebody, typed):
    said = await lin.says(typed)
    assert "不要再付一次" in said.text
    assert "付款单号" in said.text
    assert said.choices == ["我的订单", "找人工", "购买条款"]


@pytest.mark.parametrize("locale", LOCALES)
async def test_help_leads_to_both(world: World, locale):
    buyer = world.meet(f"buyer-{locale}", locale)
    for place in (4, 5):
        said = await buyer.says("help")
        assert (await buyer.says(said.choices[place])).text != said.text
    for word in {"zh-CN": ("付款帮助", "条款"), "en": ("paysupport", "terms"), "ru": ("оплата", "условия")}[locale]:
        said = await buyer.says("help")
        assert word in said.text
        assert (await buyer.says(word)).text != said.text
