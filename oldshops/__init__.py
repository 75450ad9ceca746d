"""Shops that an owner moves in from, one file each: what stands in theirs becomes core/old_shops.py's plain data.

A reader only reads, in one read-only transaction that sees one moment, or from an export. It decides nothing: what
becomes of each row is said by core/moving_in.py. To add one: write a class that keeps `Reading` of oldshops/reading.py,
with a `read(opened, source, only)` beside it, and name that in SHOPS. It is imported when such a shop is opened.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from core.ground.vault import Secret
from core.old_shops import OldShop
from oldshops.refused import BadExport, Unreadable

SHOPS = {
    "acg-faka": "oldshops.acg_faka:read",
    "csv": "oldshops.csv_files:read",
    "dujiaoka": "oldshops.dujiaoka:read",
}


def open(  # as one opens a file
    kind: str,
    source: str,
    *,
    password: Secret | None = None,
    only: str | None = None,
    old_zone: str | None = None,
    acknowledged: bool = False,
    draw: Callable[[str], str] | None = None,
) -> OldShop:
    """Opens a shop for reading; close() it. Blocks: call it in a thread.

    `source` is mysql://USER@HOST:PORT/DATABASE (?socket=PATH for one on this machine), the path of a socket behind
    which there is one database, an export (.sql, .sql.gz), or for "csv" a folder. `only` is the name or id of the one
    category to bring. `old_zone` is the zone that the old database's server runs in, as +08:00; it is asked for when
    it is needed. Orders that are owed, and balances that differ, stop the checks until the owner has `acknowledged`
    them. `draw` makes a number for a code that has none, which is kept: let it be keyed. Raises Unreadable, whose
    `code` and `facts` make a Refusal: no password and no card's code is in them.
    """
    shop = _read(kind, source, password, only, old_zone, draw)
    shop.acknowledged = acknowledged
    return shop


def _read(
    kind: str,
    source: str,
    password: Secret | None,
    only: str | None,
    old_zone: str | None,
    draw: Callable[[str], str] | None,
) -> Any:
    if kind not in SHOPS:
        raise Unreadable(f"no shop is called {kind}", f"There are {', '.join(sorted(SHOPS))}.")
    if kind == "csv":
        return _load(SHOPS[kind])(Path(source), only, draw)
    opened, shown = _opened(source, password, old_zone)
    try:
        return _load(SHOPS[kind])(opened, shown, only)
    except BaseException:
        opened.close()
        raise


def _opened(source: str, password: Secret | None, old_zone: str | None) -> tuple[Any, str]:
    """The database that is meant, and what it is called in the books."""
    mysql = import_module("oldshops.mysql")
    if "://" in source:
        where = mysql.address(source)
        return mysql.connect(where, password, zone(old_zone)), where.shown
    path = Path(source)
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        where = mysql.by_socket(path, password)
        return mysql.connect(where, password, zone(old_zone)), where.shown
    if path.is_file():
        return import_module("oldshops.dump").load(path, zone(old_zone))
    raise BadExport(f"there is no file {source}", "Name an export, or mysql://USER@HOST:PORT/DATABASE.")


def zone(said: str | None) -> str | None:
    """As the server takes it. A name becomes its offset, if it has the same all year. Raises Unreadable."""
    return import_module("oldshops.zones").offset(said) if said is not None else None


def _load(dotted: str) -> Any:
    module, _, name = dotted.partition(":")
    return getattr(import_module(module), name)
