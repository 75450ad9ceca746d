"""What a live database may refuse, and that nothing is ever changed in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pymysql
import pytest

import oldshops
from core.ground.vault import Secret
from core.old_shops import OldShop
from doubles.mariadb import READER, MariaDB
from mika.refusals import Refusal
from oldshops import mysql
from oldshops.refused import Unreadable

Trapped = Callable[[str], str]
Opened = Callable[..., OldShop]

WHOLE = ("goods_group", "goods", "carmis", "coupons", "coupons_goods", "orders")


@pytest.fixture
def limited(mariadb: MariaDB, database: str) -> Iterator[Callable[..., str]]:
    """Somebody with these rights and no others; returns where they read."""

    def make(*grants: str) -> str:
        mariadb.account("limited", *(f"GRANT {grant} TO limited@localhost" for grant in grants))
        return mariadb.source(database, "limited")

    yield make
    mariadb.sql("DROP USER IF EXISTS limited@localhost")


def reason(source: str, password: str = READER, **options: Any) -> str:
    with pytest.raises(Unreadable) as told:
        oldshops.open("dujiaoka", source, password=Secret(password), **options)
    assert str(Refusal(told.value.code, **told.value.facts)).startswith("S035 The old shop can't be read: ")
    assert password not in repr(told.value.facts)
    return str(told.value)


def test_a_server_that_is_not_there(trapped: Trapped) -> None:
    assert "can't be reached" in reason("mysql://reader@127.0.0.1:1/shop")
    assert "can't be reached" in reason("mysql://reader@localhost/shop?socket=/nowhere/socket")


def test_a_wrong_password(trapped: Trapped) -> None:
    assert "user or password are wrong" in reason(trapped("dujiaoka 2.0.6"), "guess")


def test_a_database_that_is_not_there(mariadb: MariaDB, limited: Callable[..., str]) -> None:
    limited("SELECT ON *.*")
    assert "there is no database nothing" in reason(mariadb.source("nothing", "limited"))


def test_a_database_that_may_not_be_read(trapped: Trapped, limited: Callable[..., str]) -> None:
    trapped("dujiaoka 2.0.6")
    assert "may not read the database" in reason(limited())


def test_another_schema(mariadb: MariaDB, database: str) -> None:
    mariadb.sql("CREATE TABLE posts (id int)", database=database)
    assert "is no such shop" in reason(mariadb.source(database))


def test_a_table_that_may_not_be_read_is_named(trapped: Trapped, database: str, limited: Callable[..., str]) -> None:
    trapped("dujiaoka 2.0.6")
    source = limited(*(f"SELECT ON {database}.{table}" for table in WHOLE if table != "carmis"))
    assert "may not read the table carmis" in reason(source)


def test_rights_to_single_columns_are_enough(
    trapped: Trapped, opened: Opened, database: str, limited: Callable[..., str]
) -> None:
    whole = opened("dujiaoka", trapped("dujiaoka 2.0.6"))
    tables = (f"SELECT ON {database}.{table}" for table in WHOLE)
    part = opened("dujiaoka", limited(*tables, f"SELECT (id, pay_name) ON {database}.pays"))
    assert list(part.orders()) == list(whole.orders())
    assert [check.figures for check in part.checks()] == [check.figures for check in whole.checks()]


def test_an_order_from_the_future(mariadb: MariaDB, database: str, trapped: Trapped, opened: Opened) -> None:
    source = trapped("dujiaoka 2.0.6")
    mariadb.sql("UPDATE orders SET created_at = NOW() + INTERVAL 8 HOUR WHERE id = 1", database=database)
    assert "its newest order lies in the future" in reason(source)
    opened("dujiaoka", source, old_zone="+00:00")


@pytest.mark.parametrize(
    "source", ["mysql://reader:hush@localhost/shop", "mysql://localhost/shop", "mysql://r@h:x/shop"]
)
def test_an_address_that_is_not_whole_or_holds_a_password(source: str) -> None:
    assert "hush" not in reason(source)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Mars", "8"])
def test_a_zone_that_says_too_little(trapped: Trapped, zone: str) -> None:
    assert zone in reason(trapped("dujiaoka 2.0.6"), old_zone=zone)


def test_a_zone_by_its_name(trapped: Trapped, opened: Opened) -> None:
    source = trapped("dujiaoka 2.0.6")
    named, offset = (opened("dujiaoka", source, old_zone=zone) for zone in ("Asia/Shanghai", "+08:00"))
    assert list(named.orders()) == list(offset.orders())


def test_a_category_that_is_not_there(trapped: Trapped) -> None:
    assert "Steam 充值, 影音" in reason(trapped("dujiaoka 2.0.6"), only="Xbox")


def test_a_shop_that_nobody_knows() -> None:
    with pytest.raises(Unreadable, match="acg-faka, csv, dujiaoka"):
        oldshops.open("woocommerce", "mysql://reader@localhost/shop")


def test_the_password_is_nowhere(trapped: Trapped, opened: Opened) -> None:
    shop = opened("dujiaoka", trapped("dujiaoka 2.0.6"))
    assert shop.source.startswith("mysql://localhost/old_")
    assert READER not in repr(vars(shop)["database"])


def test_nothing_is_changed_and_nothing_could_be(
    mariadb: MariaDB, database: str, trapped: Trapped, opened: Opened
) -> None:
    """Also by an account that could: the transaction is read-only."""
    trapped("dujiaoka 2.0.6")
    before = checksums(mariadb, database)
    shop = oldshops.open("dujiaoka", mariadb.source(database, "root"), password=Secret(mariadb.password))
    shop.checks()
    assert list(shop.orders())
    with pytest.raises(Unreadable, match="error 1792"):
        shop.database.ask("UPDATE goods SET actual_price = 0")  # pyright: ignore[reportAttributeAccessIssue]
    shop.close()
    assert checksums(mariadb, database) == before


def test_the_account_that_reads_may_not_write(mariadb: MariaDB, database: str, trapped: Trapped) -> None:
    trapped("dujiaoka 2.0.6")
    with pytest.raises(pymysql.OperationalError, match="1142"):
        mariadb.connect(database, "reader", READER).cursor().execute("UPDATE goods SET actual_price = 0")


def test_all_that_is_read_is_of_one_moment(mariadb: MariaDB, database: str, trapped: Trapped, opened: Opened) -> None:
    shop = opened("dujiaoka", trapped("dujiaoka 2.0.6"))
    mariadb.sql("UPDATE orders SET status = 4, info = 'X' WHERE id = 7", database=database)
    assert "UNPAID0000000007" not in {order.number for order in shop.orders()}


def test_two_questions_may_be_under_way_at_once(
    trapped: Trapped, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "PAGE", 2)
    shop = opened("dujiaoka", trapped("dujiaoka 2.0.6"))
    pairs = list(zip(shop.orders(), shop.codes("1"), strict=False))
    assert [order.number for order, _ in pairs][:2] == ["DONE000000000001", "GONE000000000010"]
    assert [code.id for _, code in pairs] == ["1", "2", "3", "6"]


def checksums(mariadb: MariaDB, database: str) -> object:
    """Of every table's content."""
    connection = mariadb.connect(database)
    with connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"CHECKSUM TABLE {', '.join(tables)} EXTENDED")
        found = cursor.fetchall()
    connection.close()
    return found
