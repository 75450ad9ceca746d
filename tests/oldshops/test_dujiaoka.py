"""dujiaoka 2.x: what becomes of each row, each trap once, on a real MariaDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.old_shops import OldCode, OldShop
from doubles.mariadb import MariaDB
from oldshops import comparing, dujiaoka, dujiaoka_texts, mysql, survey
from tests.oldshops.traps import DUJIAOKA_CODES, DUJIAOKA_DONE, DUJIAOKA_OWED, GUIDE

Trapped = Callable[[str], str]
Opened = Callable[..., OldShop]

NEW, OLD = "dujiaoka 2.0.6", "dujiaoka 2.0.4"


def codes(shop: OldShop) -> dict[str, OldCode]:
    return {code.id: code for product in shop.products() for code in shop.codes(product.id)}


def verdicts(shop: OldShop) -> dict[str, str]:
    return {code.id: "shared" if code.shared else code.why for code in codes(shop).values()}


def brought(expected: dict[str, str]) -> dict[str, str]:
    return {code: verdict for code, verdict in expected.items() if verdict not in ("twice", "bin", "stray")}


def figures(shop: OldShop) -> dict[str, int]:
    return {name: figure for check in shop.checks() for name, figure in check.figures.items()}


def lines(shop: OldShop, number: int) -> str:
    return "\n".join(shop.checks()[number - 1].lines)


@pytest.fixture
def shop(trapped: Trapped, opened: Opened) -> OldShop:
    return opened("dujiaoka", trapped(NEW))


def test_categories_and_products_that_are_alive_come_in_their_order(shop: OldShop) -> None:
    assert [(category.name, category.position) for category in shop.categories()] == [("Steam 充值", -2), ("影音", -1)]
    assert [(p.id, p.name, p.kind, p.on_sale) for p in shop.products()] == [
        ("1", "Steam 美区 $25", "unique", True),
        ("2", "Netflix 月卡", "unique", True),
        ("3", "代充 100元", "by-hand", True),
        ("6", "共享账号", "shared", False),
        ("7", "Steam 美区 $25", "unique", True),
    ]


def test_a_product_comes_with_its_prices_guide_and_guesses(shop: OldShop) -> None:
    steam, netflix, by_hand = shop.products()[:3]
    assert dict(steam.prices) == {1: 17000, 10: 16500, 50: 16050}
    assert (steam.region, steam.face_value, steam.most) == ("US", "25 USD", 5)
    assert (steam.guide, steam.picture) == (GUIDE, "images/steam.png")
    assert dict(netflix.prices) == {1: 1000}
    assert "product 2 (Netflix 月卡): its prices by quantity" in lines(shop, 3)
    assert by_hand.form == (("steam_id", "Steam 账号"), ("region", "区服"))
    assert "says it has -3 left" in lines(shop, 3)


def test_each_code_is_judged_as_it_must_be(shop: OldShop) -> None:
    assert verdicts(shop) == brought(DUJIAOKA_CODES)
    found = codes(shop)
    assert found["2"].text.reveal() == "AAAA-2222-BBBB"
    assert found["10"].text.reveal() == "line one of ten\nline two of ten"
    assert found["18"].text.reveal() == "ZERO\u200bWIDTH-0018"
    assert found["1"].since == datetime(2024, 5, 1, 12, 30, tzinfo=UTC)


def test_before_codes_were_handed_out_again_none_is_shared(trapped: Trapped, opened: Opened) -> None:
    shop = opened("dujiaoka", trapped(OLD))
    assert verdicts(shop) == brought(DUJIAOKA_CODES | {"15": "delivered", "16": ""})
    assert "2.0.0 to 2.0.4" in lines(shop, 1)


def test_finished_orders_are_those_that_were_served(shop: OldShop) -> None:
    orders = {order.number: order for order in shop.orders()}
    assert tuple(orders) == DUJIAOKA_DONE
    order = orders["DONE000000000001"]
    assert (order.total, order.currency, order.rail, order.contact) == (17000, "CNY", "支付宝", "lin@example.com")
    assert (order.at, order.paid_at) == (datetime(2024, 5, 1, 12, 30, tzinfo=UTC), None)
    assert order.password is not None
    assert order.password.reveal() == "open"
    assert orders["GONE000000000010"].password is None


def test_what_is_owed_is_told_with_its_reason(shop: OldShop) -> None:
    assert {order.number: order.why for order in shop.owed()} == DUJIAOKA_OWED


def test_the_figures_add_up(shop: OldShop) -> None:
    found = figures(shop)
    expected = {
        **{"unsold": 9, "shared": 1, "locked": 1, "delivered": 3, "quarantined": 4, "duplicates": 2, "codes_read": 21},
        **{"orders": 4, "orders_total": 4 * 17000, "owed": 7, "orders_read": 14, "coupons": 1, "products": 5},
    }
    assert {name: found[name] for name in expected} == expected


def test_what_is_owed_stops_the_move_until_it_is_acknowledged(trapped: Trapped, opened: Opened) -> None:
    source = trapped(NEW)
    stops = [
        [c.number for c in opened("dujiaoka", source, acknowledged=seen).checks() if c.level == "stop"]
        for seen in (False, True)
    ]
    assert stops == [[10], []]


def test_coupons_of_products_that_are_gone_do_not_become_wider(shop: OldShop) -> None:
    assert [(coupon.code, coupon.left) for coupon in shop.coupons()] == [("WELCOME", 3)]
    assert "NOWHERE" in lines(shop, 11)


def test_a_report_holds_no_code_and_no_secret(shop: OldShop) -> None:
    report = "\n".join(line for check in shop.checks() for line in check.lines)
    whole = [row.text.reveal() for sold in (True, False) for row in shop._codes(sold)]  # pyright: ignore[reportAttributeAccessIssue]
    assert not [text for text in whole if text.strip() in report]
    assert "hush" not in report.lower()
    assert all(not line.startswith(("=", "+", "@")) for line in report.splitlines())


def test_one_category_alone_is_brought_by_name_or_id(trapped: Trapped, opened: Opened) -> None:
    source = trapped(NEW)
    for named in ("影音", "3"):
        part = opened("dujiaoka", source, only=named)
        assert [product.id for product in part.products()] == ["2", "6"]
        assert [order.number for order in part.orders()] == ["LOOP000000000014"]
        assert verdicts(part) == {"15": "shared", "16": "locked", "21": "delivered"}


def test_the_same_code_is_first_whichever_category_comes_first(trapped: Trapped, opened: Opened) -> None:
    """5 is 1's double in another category: it is left out there too."""
    source = trapped(NEW)
    parts = [opened("dujiaoka", source, only=category) for category in ("影音", "Steam 充值")]
    whole = opened("dujiaoka", source)
    assert verdicts(parts[0]) | verdicts(parts[1]) == verdicts(whole)


@pytest.mark.parametrize("text", ["AB\ufffdCD-0001", "", "â€™Ã©-0001"])
def test_a_code_that_was_damaged_stops_the_move(
    mariadb: MariaDB, database: str, trapped: Trapped, opened: Opened, text: str
) -> None:
    source = trapped(NEW)
    mariadb.sql(f"INSERT INTO carmis (goods_id, carmi) VALUES (1, '{text}')", database=database)
    assert opened("dujiaoka", source).checks()[7].level == "stop"


def test_a_status_that_is_not_known_stops_the_move(
    mariadb: MariaDB, database: str, trapped: Trapped, opened: Opened
) -> None:
    source = trapped(NEW)
    mariadb.sql("UPDATE orders SET status = 7 WHERE id = 1", database=database)
    check = opened("dujiaoka", source).checks()[1]
    assert check.level == "stop"
    assert "stop: orders of a status that is not known: 7" in check.lines


@pytest.mark.parametrize("zone", ["+00:00", "+08:00", "-05:00"])
def test_whatever_zone_the_server_has_the_wall_clock_is_shanghais(
    mariadb: MariaDB, trapped: Trapped, opened: Opened, zone: str
) -> None:
    mariadb.sql(f"SET GLOBAL time_zone = '{zone}'")
    try:
        shop = opened("dujiaoka", trapped(NEW))
        assert next(iter(shop.orders())).at == datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    finally:
        mariadb.sql("SET GLOBAL time_zone = '+08:00'")


# Without the guards


def test_a_reader_that_sets_a_zone_of_its_own_is_hours_wrong(trapped: Trapped, opened: Opened) -> None:
    shop = opened("dujiaoka", trapped(NEW), old_zone="+00:00")
    assert next(iter(shop.orders())).at != datetime(2024, 5, 1, 12, 30, tzinfo=UTC)


def test_the_databases_own_count_of_different_codes_is_wrong(trapped: Trapped, opened: Opened) -> None:
    shop = opened("dujiaoka", trapped(NEW))
    asked = "SELECT COUNT(DISTINCT carmi) AS n FROM carmis WHERE id IN (1, 3, 4)"
    assert shop.database.ask(asked) == [{"n": 1}]  # pyright: ignore[reportAttributeAccessIssue]
    assert {"1", "3"} <= set(codes(shop))


def test_a_reader_that_compares_as_the_database_does_loses_a_code(
    trapped: Trapped, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "normal", lambda text: comparing.normal(text).casefold())
    assert "3" not in codes(opened("dujiaoka", trapped(NEW)))


def test_a_reader_that_takes_a_status_for_yes_or_no_stops(
    trapped: Trapped, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = mysql.Database.rows

    def as_booleans(self: mysql.Database, table: str, *names: str, **where: object):
        for row in rows(self, table, *names, **where):  # pyright: ignore[reportArgumentType]
            yield row | {"status": bool(row["status"])} if row.get("status") is not None else row

    monkeypatch.setattr(mysql.Database, "rows", as_booleans)
    shop = opened("dujiaoka", trapped(NEW))
    assert {order.number for order in shop.owed()} != set(DUJIAOKA_OWED)
    assert shop.checks()[1].level == "stop"


def test_a_reader_that_takes_an_apology_for_a_code_brings_an_order_that_was_never_served(
    trapped: Trapped, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dujiaoka_texts, "is_apology", lambda text: False)
    shop = opened("dujiaoka", trapped(NEW))
    assert "APOLOGY000000002" in {order.number for order in shop.orders()}


def test_a_reader_that_looks_at_lines_only_puts_a_sent_code_on_sale(
    trapped: Trapped, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "pieces", lambda text, heights: iter(comparing.normal(text).split("\n")))
    shop = opened("dujiaoka", trapped(NEW))
    assert {code: verdict for code, verdict in verdicts(shop).items() if code in ("8", "21")} == {"8": "", "21": ""}


def test_a_version_is_told_by_its_columns(trapped: Trapped, opened: Opened) -> None:
    assert isinstance(opened("dujiaoka", trapped(NEW)), dujiaoka.Dujiaoka)
