"""A live MySQL or MariaDB, read in one read-only transaction that sees one moment. Nothing is ever written there.

Rows come by pages of their key and not by an open cursor: the server cuts a cursor off whose reader is busy elsewhere,
and two questions may be under way at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql
from pymysql.constants import CR, ER
from pymysql.cursors import DictCursor

from core.ground.vault import Secret
from oldshops.refused import Unreadable

PAGE = 2000  # rows; some are whole orders of text
PATIENCE = 10  # seconds to connect
SYSTEM = ("information_schema", "performance_schema", "mysql", "sys", "test")
NAME = re.compile(r"[A-Za-z0-9_$\-\u0080-\uffff]{1,64}")

Row = dict[str, Any]


@dataclass(frozen=True)
class Address:
    """Where a database is. It has no password; that is asked for apart."""

    user: str
    host: str = "localhost"
    port: int = 3306
    database: str = ""
    socket: str = ""
    prefix: str | None = None  # of the tables, where it can't be told by looking

    @property
    def shown(self) -> str:
        return f"mysql://{self.host}{'' if self.socket else f':{self.port}'}/{self.database}"


def address(source: str) -> Address:
    """Reads mysql://USER@HOST:PORT/DATABASE, with ?socket=PATH for one on this machine. Raises Unreadable."""
    parts = urlsplit(source)
    asked = parse_qs(parts.query)
    database = unquote(parts.path.strip("/"))
    if parts.password is not None:
        raise Unreadable(
            "the address holds a password, which every program here can see", "Leave it out: it is asked for."
        )
    if parts.scheme not in ("mysql", "mariadb") or not parts.username or not NAME.fullmatch(database):
        raise Unreadable("the address is not whole", "Write it as mysql://USER@HOST:PORT/DATABASE.")
    try:
        port = parts.port or 3306
    except ValueError:
        raise Unreadable("its port is no number", "Write it as mysql://USER@HOST:PORT/DATABASE.") from None
    return Address(
        unquote(parts.username),
        parts.hostname or "localhost",
        port,
        database,
        asked.get("socket", [""])[0],
        asked.get("prefix", [None])[0],
    )


@dataclass
class Database:
    """What is open for reading. `zone` is only set where the owner says which one the old server had."""

    connection: pymysql.Connection[Any] = field(repr=False)
    name: str
    server: str
    columns: Mapping[str, Mapping[str, str]]  # table, column, type: those that may be read
    zone_rule: str = "read by the server's own zone"
    prefix: str | None = None  # of the tables, if the owner said one

    def has(self, table: str, column: str = "") -> bool:
        return table in self.columns and (not column or column in self.columns[table])

    def rows(self, table: str, *names: str, where: str = "", values: tuple[Any, ...] = ()) -> Iterator[Row]:
        """Those columns of every row, by its id, upwards. A column that this version doesn't have is None."""
        there = [name for name in ("id", *names) if self.has(table, name)]
        listed = ", ".join(f"`{name}`" for name in there)
        empty = dict.fromkeys(names)
        last: Any = -1
        while page := self.ask(
            f"SELECT {listed} FROM `{table}` WHERE `id` > %s {f'AND ({where})' if where else ''} "
            f"ORDER BY `id` LIMIT {PAGE}",
            (last, *values),
        ):
            yield from (empty | row for row in page)
            last = page[-1]["id"]

    def ask(self, statement: str, values: tuple[Any, ...] = ()) -> list[Row]:
        with self.connection.cursor(DictCursor) as cursor:
            try:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
            except pymysql.Error as failed:
                raise refused(failed, self.name) from None

    def require(self, *tables: str) -> None:
        """Raises Unreadable for a table that may not be read, or that isn't there."""
        for table in tables:
            self.ask(f"SELECT 1 FROM `{table}` LIMIT 1")

    def close(self) -> None:
        """A repeat does nothing."""
        if self.connection.open:
            self.connection.close()


def connect(where: Address, password: Secret | None, zone: str | None = None) -> Database:
    """Raises Unreadable, with the reason, when it can't be reached or read."""
    try:
        connection = pymysql.connect(
            host=where.host,
            port=where.port,
            unix_socket=where.socket or None,
            user=where.user,
            password=password.reveal() if password else "",
            database=where.database or None,
            charset="utf8mb4",
            connect_timeout=PATIENCE,
            autocommit=True,
            local_infile=False,
        )
    except (pymysql.Error, OSError, RuntimeError) as failed:
        raise refused(failed, where.database or where.socket) from None
    return replace(_begun(connection, where.database, zone), prefix=where.prefix)


def by_socket(path: Path, password: Secret | None) -> Address:
    """The one database that whoever we are sees behind a socket. Raises Unreadable when there are several."""
    import getpass

    where = Address(getpass.getuser(), socket=str(path))
    database = connect(where, password)
    names = [row["Database"] for row in database.ask("SHOW DATABASES") if row["Database"] not in SYSTEM]
    database.close()
    if len(names) != 1:
        raise Unreadable(
            f"behind the socket are {len(names)} databases",
            f"Name one: mysql://USER@localhost/DATABASE?socket={path}",
        )
    return Address(where.user, socket=where.socket, database=names[0])


def _begun(connection: pymysql.Connection[Any], name: str, zone: str | None) -> Database:
    """Read only, one moment, and the server's own time zone unless the owner has named another."""
    database = Database(connection, name, "", {})
    database.ask("SET SESSION TRANSACTION READ ONLY")
    database.ask("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    if zone is not None:
        database.ask("SET SESSION time_zone = %s", (zone,))
    database.ask("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    columns: dict[str, dict[str, str]] = {}
    for row in database.ask(
        "SELECT table_name AS t, column_name AS c, column_type AS k FROM information_schema.columns "
        "WHERE table_schema = %s ORDER BY table_name, ordinal_position",
        (name,),
    ):
        columns.setdefault(row["t"], {})[row["c"]] = row["k"]
    (said,) = database.ask(
        "SELECT VERSION() AS version, @@session.time_zone AS zone, @@character_set_server AS charset"
    )
    server = f"{said['version']}, charset {said['charset']}, time zone {said['zone']}"
    rule = "read by the server's own zone" if zone is None else f"read by the zone that was named, {zone}"
    return Database(connection, name, server, columns, rule)


def refused(failed: Exception, name: str) -> Unreadable:
    """What the server's number means to an owner. Its words are not repeated: they hold user and host."""
    number = failed.args[0] if failed.args else None
    said = str(failed.args[1]) if len(failed.args) > 1 else ""
    match number:
        case CR.CR_CONN_HOST_ERROR | CR.CR_CONNECTION_ERROR | CR.CR_SERVER_LOST | CR.CR_UNKNOWN_HOST:
            return Unreadable("its database can't be reached", "Check host and port, and that they are open from here.")
        case ER.ACCESS_DENIED_ERROR | 1698:
            return Unreadable("user or password are wrong", "Make an account for reading, and check its password.")
        case ER.BAD_DB_ERROR:
            return Unreadable(f"there is no database {name}", "Check the name at the end of the address.")
        case ER.DBACCESS_DENIED_ERROR:
            return Unreadable(f"this user may not read the database {name}", f"GRANT SELECT ON `{name}`.* to it.")
        case ER.TABLEACCESS_DENIED_ERROR | ER.COLUMNACCESS_DENIED_ERROR:
            table = (
                found.group(1) if (found := re.search(r"table [`'](?:[^`']*`\.`)?([^`']+)[`']", said)) else "a table"
            )
            return Unreadable(
                f"this user may not read the table {table}",
                f"GRANT SELECT ON `{name}`.`{table}` to it, for reading only.",
            )
        case ER.NO_SUCH_TABLE:
            return Unreadable(
                f"{name} is no such shop: a table is missing", "Check which shop and which database it is."
            )
        case _:
            return Unreadable(f"its database says no (error {number})", "Look for that number in the server's manual.")
