"""dujiaoka 1.8: other names for the same things."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.old_shops import OldShop
from tests.oldshops.test_dujiaoka import brought, figures, lines, verdicts
from tests.oldshops.traps import DUJIAOKA_1_CODES, DUJIAOKA_1_OWED, GUIDE


@pytest.fixture
def shop(trapped: Callable[[str], str], opened: Callable[..., OldShop]) -> OldShop:
    return opened("dujiaoka", trapped("dujiaoka 1.8"))


def test_the_catalogue(shop: OldShop) -> None:
    assert [category.name for category in shop.categories()] == ["游戏 点卡"]
    card, by_hand = shop.products()
    assert (card.name, card.face_value, dict(card.prices), card.guide) == (
        "点卡 50元",
        "50 CNY",
        {1: 1000, 5: 950},
        GUIDE,
    )
    assert (by_hand.kind, by_hand.form) == ("by-hand", (("uid", "账号"),))


def test_each_code_is_judged_as_it_must_be(shop: OldShop) -> None:
    assert verdicts(shop) == brought(DUJIAOKA_1_CODES)


def test_orders_that_wait_for_codes_are_owed_whatever_their_status(shop: OldShop) -> None:
    assert {order.number: order.why for order in shop.owed()} == DUJIAOKA_1_OWED
    assert [(order.number, order.rail) for order in shop.orders()] == [("D1", "微信")]


def test_coupons_and_figures(shop: OldShop) -> None:
    assert [(coupon.code, coupon.left) for coupon in shop.coupons()] == [("MANY", 5)]
    assert "GONE" in lines(shop, 11)
    found = figures(shop)
    assert (found["codes_read"], found["unsold"], found["orders_read"]) == (5, 1, 6)
