"""Whether the settings are those of a shop that sells: who reaches it, who works here, what lies beside what."""

from __future__ import annotations

import asyncio
import os
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from bot.ways import everywhere
from core import catalog, rooms, staff, ways
from core.authority import Role
from core.findings import Finding
from core.ground.db import Tx
from core.parties import PaymentRail
from mika.doctor_place import Check, Place, Said
from mika.parts import STAFF_BOT
from mika.settings import Settings


async def written(place: Place) -> Said:
    """What mika.toml and the environment say."""
    settings = place.settings
    found: list[Finding | str] = []
    if settings.demo and settings.public_url and not loopback(urlsplit(settings.public_url).hostname or ""):
        found.append(Finding("D001", facts={"address": settings.address}))
    if not loopback(settings.host):
        found.append(Finding("D002", facts={"host": settings.host}))
    if settings.public_url is None and not settings.demo:
        found.append(Finding("D007"))
    return found or [f"settings: {'a demo ' if settings.demo else ''}at {settings.address}"]


def loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def files(place: Place) -> Said:
    return await asyncio.to_thread(_files, place.settings)


def _files(settings: Settings) -> Said:
    """What one lost disk, or one stolen copy, would take together."""
    database = database_file(settings)
    if database is None:
        return ["files: the key and the journal lie apart from the database"]
    found: list[Finding | str] = []
    if settings.key_path.resolve().parent == database.resolve().parent:
        found.append(Finding("D003", facts={"folder": str(database.parent)}))
    if _disk(settings.journal_path) == _disk(database) and not _copied_away(settings, database):
        found.append(Finding("D004", facts={"file": str(settings.journal_path)}))
    return found or ["files: the key lies apart from the database, and so does the journal or its copy"]


def _copied_away(settings: Settings, database: Path) -> bool:
    """Whether the backups, which take the journal with them every few minutes, lie on another disk."""
    if settings.backups is None:
        return False
    return settings.backups.to.startswith("s3:") or _disk(Path(settings.backups.to)) != _disk(database)


def database_file(settings: Settings) -> Path | None:
    """SQLite's file; None where the database is a server."""
    url = make_url(settings.database_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _disk(path: Path) -> int:
    there = path if path.exists() else path.parent
    return os.stat(there).st_dev if there.exists() else -1


async def people(place: Place) -> Said:
    """Who works here, and where they are told things."""
    if place.shop is None:
        return []
    here, room = await place.shop.db.read(_people)
    found: list[Finding | str] = []
    if not any(Role.OWNER in one.roles for one in here):
        found.append(Finding("D005"))
    if place.settings.telegram.staff and room is None:
        found.append(Finding("D006"))
    return found or [f"people: {len({one.id for one in here})} work here"]


def _people(tx: Tx) -> tuple[list[staff.Colleague], rooms.Room | None]:
    return staff.everyone(tx), rooms.of_chat(tx, STAFF_BOT)


async def to_pay(place: Place) -> Said:
    """Whether something can be paid at all, with real money, and by what the platforms allow."""
    if place.shop is None:
        return []
    rails = tuple(place.shop.payments.values())
    found: list[Finding | str] = []
    if not rails:
        found.append(Finding("D053"))
    if not place.settings.demo:
        found += [Finding("D054", rail.name) for rail in rails if rail.mode == "test"]
    idle, permitted = await place.shop.db.read(_offered, rails)
    for rail in idle:
        takes = ", ".join(sorted(rail.abilities.currencies))[:80]
        found.append(Finding("D055", rail.name, {"currency": place.settings.currency, "takes": takes}))
    found += [Finding("D056", f"{rail} for {goods} goods in {chat}") for rail, chat, goods in permitted]
    return found or [f"ways to pay: {', '.join(rail.name for rail in rails)}"]


def _offered(tx: Tx, rails: tuple[PaymentRail, ...]) -> tuple[list[PaymentRail], list[tuple[str, str, str]]]:
    """The rails by which nothing that is on sale can be paid, and the permits."""
    on_sale = [product for product in catalog.everything(tx) if product.on_sale]
    there = everywhere(tx, rails)
    used = {way.rail.name for product in on_sale for way in there.to_buy(product, 1)}
    own = tx.rules.currency
    idle = [rail for rail in rails if rail.name not in used and own not in rail.abilities.currencies]
    return idle, [(rail, chat, goods) for rail, chat, goods, _, _ in ways.permitted(tx)]


CHECKS = (
    Check("settings", ("D001", "D002", "D007"), written, opens=False),
    Check("files", ("D003", "D004"), files, opens=False),
    Check("people", ("D005", "D006"), people),
    Check("ways to pay", ("D053", "D054", "D055", "D056"), to_pay),
)
