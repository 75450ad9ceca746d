"""An export (.sql, .sql.gz) becomes a database of our own for a while, so that one reader is enough.

Only tables are made and filled, and only those that a reader asks for: whatever else stands in the file is not run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pymysql

from oldshops import mysql
from oldshops.mysql import Database
from oldshops.refused import BadExport
from oldshops.statements import AGAIN, Export
from oldshops.throwaway import Throwaway

TABLES = (
    *("goods_group", "goods", "carmis", "coupons", "coupons_goods", "orders", "pays", "classifys", "products", "cards"),
    *(
        "category",
        "commodity",
        "commodity_group",
        "card",
        "coupon",
        "order",
        "user_group",
        "bill",
        "cash",
        "pay",
        "user",
    ),
)
TAKEN = re.compile(
    r"(CREATE TABLE(?: IF NOT EXISTS)?|INSERT(?: IGNORE)? INTO|ALTER TABLE)\s+(?:[`\w]+\.)?[`\"]?(\w+)", re.IGNORECASE
)
FOREIGN_COLLATION = re.compile(r"\butf8mb4_0900_\w+|\butf8mb4_uca1400_\w+")
FOREIGN_KEY = re.compile(r"^\s*ADD CONSTRAINT\b|\bFOREIGN KEY\b", re.IGNORECASE)
CREDENTIALS = ("pays", "pay", "user")  # whole tables hold more than is wanted


@dataclass
class Loaded(Database):
    """A database that ends with its server."""

    server_of_ours: Any = None

    def close(self) -> None:
        super().close()
        self.server_of_ours.stop()


def load(path: Path, old_zone: str | None) -> tuple[Database, str]:
    """The database, open for reading, and what the shop is called in the books. Raises BadExport, NoServer."""
    export = Export(path)
    for _ in export.statements():
        pass  # one that is cut is refused before anything is started for it
    server = Throwaway()
    try:
        _fill(server, export)
        zone = _zone(server, export, old_zone)
        database = mysql.connect(server.address, server.password, zone)
    except BaseException:
        server.stop()
        raise
    said = f"an export, loaded into {database.server}; the file holds all codes as plaintext: delete it afterwards"
    rule = database.zone_rule if zone else "as they stand in the export"
    fields = {**vars(replace(database, server=said, zone_rule=rule)), "server_of_ours": server}
    return Loaded(**fields), f"export:{export.name}"


def _fill(server: Throwaway, export: Export) -> None:
    """Every table that matters, in one transaction: nothing else of the file is run."""
    connection = server.connect()
    number = 0
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0, unique_checks = 0")
            for number, statement in enumerate(export.statements(), start=1):
                if number == 1:
                    _keep_zone(cursor, export)
                if wanted := taken(statement):
                    cursor.execute(wanted)
        connection.commit()
    except pymysql.Error as failed:
        raise BadExport(f"its statement {number} can't be read (error {failed.args[0]})", AGAIN) from None
    finally:
        connection.close()


def _keep_zone(cursor: Any, export: Export) -> None:
    """Its times are in the zone that it names, or in none: then in ours, by which they are read again."""
    try:
        cursor.execute("SET time_zone = %s", (export.zone or "+00:00",))
    except pymysql.Error:
        raise BadExport(f"it names a time zone that is not known here: {export.zone}", AGAIN) from None


def taken(statement: str) -> str | None:
    """The statement as it is run here, or None for what is not run."""
    found = TAKEN.match(statement)
    if found is None or not found.group(2).lower().endswith(TABLES):
        return None
    verb = found.group(1).upper()
    if verb.startswith("INSERT"):
        return statement
    if verb == "ALTER TABLE" and FOREIGN_KEY.search(statement):
        return None
    return FOREIGN_COLLATION.sub("utf8mb4_unicode_ci", statement)


def _zone(server: Throwaway, export: Export, old_zone: str | None) -> str | None:
    """By which its times are read. One that holds moments must be told the zone of the clock they were taken from."""
    if export.zone is None:
        return None
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.columns "
            "WHERE table_schema = DATABASE() AND data_type = 'timestamp'"
        )
        (count,) = cursor.fetchone() or (0,)
    connection.close()
    if count and old_zone is None:
        raise BadExport(
            f"its times are written in the zone {export.zone}, and not by the old server's clock",
            "Export with --skip-tz-utc, or name the zone the old server runs in with --old-zone, as +00:00 or +08:00.",
        )
    return old_zone if count else None
