"""acg-faka: what becomes of each row, each trap once, on a real MariaDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.old_shops import OldShop
from doubles.mariadb import MariaDB
from oldshops import acg_config, acg_faka
from oldshops.acg_variants import variants
from oldshops.refused import Unreadable
from tests.oldshops import traps
from tests.oldshops.test_dujiaoka import brought, codes, figures, lines, verdicts
from tests.oldshops.traps import ACG_CODES, ACG_DONE, ACG_OWED, ACG_SKU_CODES, GUIDE

Trapped = Callable[[str], str]
Opened = Callable[..., OldShop]

NEW, OLD = "acg-faka 3.6.0", "acg-faka 1.2.5"


def expected(verdicts: dict[str, str]) -> dict[str, str]:
    return {code: verdict for code, verdict in brought(verdicts).items() if verdict != "elsewhere"}


@pytest.fixture
def shop(trapped: Trapped, opened: Opened) -> OldShop:
    return opened("acg-faka", trapped(NEW))


def test_categories_are_a_tree_of_which_hidden_ones_stay_off(shop: OldShop) -> None:
    assert [(c.id, c.name, c.shown) for c in shop.categories()] == [("1", "游戏", True), ("2", "游戏 / 国际服", False)]


def test_each_kind_of_a_product_is_a_product(shop: OldShop) -> None:
    assert [(p.id, p.name, p.kind, p.on_sale, dict(p.prices)) for p in shop.products()] == [
        ("1", "点券 100元", "unique", True, {1: 1000}),
        ("2/月卡", "会员 月卡", "unique", True, {1: 1500, 10: 1350}),
        ("2/年卡", "会员 年卡", "unique", True, {1: 15000}),
        ("3", "靓号", "unique", True, {1: 1000}),
        ("4", "代充", "by-hand", True, {1: 1000}),
        ("6", "对接的", "supplier", False, {1: 1000}),
        ("7", "写坏的", "unique", True, {}),
        ("8", "老表单", "by-hand", True, {1: 1000}),
    ]


def test_a_product_comes_with_guide_limits_cost_and_form(shop: OldShop) -> None:
    products = {product.id: product for product in shop.products()}
    assert products["1"].guide == f"{GUIDE}\n\n请尽快使用"
    assert (products["1"].most, products["1"].face_value) == (5, "100 CNY")
    assert (products["2/月卡"].unit_cost, products["2/年卡"].unit_cost) == (900, 800)
    assert products["4"].form == (("uid", "游戏 UID"),)
    assert products["8"].form == (("qq", "QQ 号"),)


def test_a_product_on_sale_whose_prices_cannot_be_read_stops_the_move(shop: OldShop) -> None:
    assert shop.checks()[2].level == "stop"
    assert "product 7 (写坏的)" in lines(shop, 3)


@pytest.mark.parametrize("version", [NEW, OLD])
def test_each_code_is_judged_as_it_must_be(trapped: Trapped, opened: Opened, version: str) -> None:
    shop = opened("acg-faka", trapped(version))
    picked = {"7": "picked"}
    assert verdicts(shop) == expected(ACG_CODES) | picked
    first = codes(shop)["1"]
    assert (first.batch, first.since) == ("五月批", datetime(2024, 5, 1, 12, 30, tzinfo=UTC))
    assert first.unit_cost == (600 if version == NEW else None)
    assert figures(shop)["codes_read"] == 15


def test_a_choice_is_a_product_with_its_own_codes(
    mariadb: MariaDB, database: str, trapped: Trapped, opened: Opened
) -> None:
    source = trapped(NEW)
    traps.choose(mariadb.connect(database))
    shop = opened("acg-faka", source)
    prices = {product.id: dict(product.prices) for product in shop.products() if product.id.startswith("8")}
    assert prices == {"8//国服": {1: 1000, 5: 900}, "8//美服": {1: 1300, 5: 1200}}
    assert {code: why for code, why in verdicts(shop).items() if int(code) >= 20} == expected(ACG_SKU_CODES)
    assert [code.id for code in shop.codes("8//美服")] == ["21", "23"]


def test_finished_orders_are_those_that_were_served(shop: OldShop) -> None:
    orders = {order.number: order for order in shop.orders()}
    assert tuple(orders) == ACG_DONE
    assert orders[ACG_DONE[0]].paid_at == datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    assert orders[ACG_DONE[2]].title == "会员 月卡 x 1"
    assert orders[ACG_DONE[3]].title == "product 99 x 3"


def test_whose_an_order_is(shop: OldShop) -> None:
    """`owner` bought it: of a member the contact is the member's. `user_id` is a merchant: those stay there."""
    member = next(order for order in shop.orders() if order.number == ACG_DONE[2])
    assert (member.contact, member.rail) == ("lin@member.example", "余额")
    assert "1 of merchants" in lines(shop, 12)


def test_what_is_owed_is_told_with_its_reason(shop: OldShop) -> None:
    assert {order.number: order.why for order in shop.owed()} == ACG_OWED


def test_credit_is_what_the_last_bill_says_or_it_stops(trapped: Trapped, opened: Opened) -> None:
    source = trapped(NEW)
    shop = opened("acg-faka", source)
    assert [(m.name, m.balance, m.banned, m.differs) for m in shop.members()] == [
        ("lin", 2050, False, 0),
        ("bao", 500, True, 0),
        ("chen", 700, False, 100),
    ]
    found = figures(shop)
    assert (found["credit"], found["creditors"], found["banned"]) == (2750, 2, 1)
    assert (shop.checks()[10].level, opened("acg-faka", source, acknowledged=True).checks()[10].level) == (
        "stop",
        "look",
    )
    assert "3.00 of commission" in lines(shop, 11)
    assert "1 withdrawals of 8.00" in lines(shop, 11)


def test_coupons_of_what_is_gone_do_not_become_wider(shop: OldShop) -> None:
    assert [(coupon.code, coupon.says, coupon.left) for coupon in shop.coupons()] == [
        ("TWO-OFF", "¥ 2.00 off one of everything", 3),
        ("TENTH", "10.00 % off one of category 1", 3),
    ]
    assert "GONE" in lines(shop, 11)


def test_what_has_no_counterpart_is_named(shop: OldShop) -> None:
    assert "0.35 dearer" in lines(shop, 12)
    assert "only_user" in lines(shop, 12)
    assert "costs members 9.00" in lines(shop, 4)
    assert "GIFT-FOR-ALL" not in lines(shop, 5)
    assert "product 4 (代充) is served by hand with a fixed text" in lines(shop, 5)
    assert "2.00" in lines(shop, 5)
    assert "HUSH" not in "".join(line for check in shop.checks() for line in check.lines)


def test_tables_of_any_prefix_are_found_and_two_shops_are_told_apart(
    mariadb: MariaDB, database: str, trapped: Trapped, opened: Opened
) -> None:
    source = trapped(NEW)
    connection = mariadb.connect(database)
    with connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            cursor.execute(f"RENAME TABLE {table} TO shop_{table.removeprefix('acg_')}")
    assert len(list(opened("acg-faka", source).orders())) == len(ACG_DONE)
    mariadb.sql("CREATE TABLE other_card LIKE shop_card", database=database)
    with pytest.raises(Unreadable, match="several shops"):
        opened("acg-faka", source)
    assert len(list(opened("acg-faka", f"{source}&prefix=shop_").orders())) == len(ACG_DONE)


def test_a_shop_that_is_too_old_is_told_to_update(
    mariadb: MariaDB, database: str, trapped: Trapped, opened: Opened
) -> None:
    source = trapped(OLD)
    mariadb.sql("ALTER TABLE acg_commodity ADD lot_config text", database=database)
    with pytest.raises(Unreadable, match="too old"):
        opened("acg-faka", source)


def test_a_reader_that_takes_an_apology_for_a_code_brings_orders_that_were_never_served(
    trapped: Trapped, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What other words say is still found by counting, where codes are counted."""
    monkeypatch.setattr(acg_config, "is_apology", lambda text: False)
    shop = opened("acg-faka", trapped(NEW))
    assert {"000000000000000003"} == {order.number for order in shop.orders()} - set(ACG_DONE)


def test_a_reader_that_does_not_count_brings_an_order_that_was_never_served(
    trapped: Trapped, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acg_faka, "_has_codes", lambda product: False)
    shop = opened("acg-faka", trapped(NEW))
    assert {"000000000000000005", "000000000000000007"} <= {order.number for order in shop.orders()}


@pytest.mark.parametrize("text", ["[sku]\n区服.国服", "a=b=c", "=1"])
def test_a_config_with_one_bad_line_is_refused_whole(text: str) -> None:
    with pytest.raises(ValueError):
        acg_config.sections(text)


def test_prices_of_kinds_and_choices_add_up() -> None:
    config = acg_config.sections("[category]\nWin10.1=20\n[category_wholesale]\nWin10.1.5=18\n[sku]\na.x=1\nb.y=0.50")
    (variant,) = variants(config, "99", "0")
    assert (variant.race, variant.options, dict(variant.prices)) == ("Win10.1", ("x", "y"), {1: 2150, 5: 1950})
