"""The throw-away MariaDB starts, keeps strangers outside, and leaves nothing behind however its user ends."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pymysql
import pytest

from doubles import old_shops
from doubles.mariadb import MariaDB

ABANDON = """
import os, signal
from doubles.mariadb import MariaDB

server = MariaDB()
print(server.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nobody_comes_in_without_the_password(mariadb: MariaDB) -> None:
    with pytest.raises(pymysql.OperationalError, match="1045"):
        mariadb.connect(password="guess")


def test_it_listens_on_no_port(mariadb: MariaDB) -> None:
    with mariadb.connect().cursor() as cursor:
        cursor.execute("SELECT @@skip_networking, @@time_zone")
        assert cursor.fetchall() == ((1, "+08:00"),)


def test_its_temporary_tables_lie_in_its_own_folder(mariadb: MariaDB) -> None:
    """Each server removes at its start what it finds of such tables: of any other's, in a folder they share."""
    with mariadb.connect().cursor() as cursor:
        cursor.execute("SELECT @@tmpdir")
        assert cursor.fetchall() == ((str(mariadb.folder),),)


def test_whoever_forgets_to_stop_leaves_nothing(mariadb: MariaDB) -> None:
    folder = Path(subprocess.run([sys.executable, "-c", ABANDON], stdout=subprocess.PIPE, text=True).stdout.strip())
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


@pytest.mark.parametrize("shop", old_shops.SHOPS)
def test_an_old_shop_is_made_and_grown_the_same_each_time(mariadb: MariaDB, shop: str) -> None:
    found = [grown(mariadb, shop), grown(mariadb, shop)]
    assert found[0] == found[1]
    assert (found[0][0]["codes"], found[0][0]["orders"]) == (200, 30)


def grown(mariadb: MariaDB, shop: str) -> tuple[dict[str, int], list[int]]:
    """What was said of it, and a checksum of each table."""
    mariadb.create("grown", reader=False)
    connection = mariadb.connect("grown")
    try:
        said = old_shops.grow(connection, shop, codes=200, orders=30, seed=7)
        with connection.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            cursor.execute(f"CHECKSUM TABLE {', '.join(row[0] for row in cursor.fetchall())}")
            return said, [checksum for _, checksum in cursor.fetchall()]
    finally:
        connection.close()
        mariadb.drop("grown")
