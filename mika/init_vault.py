"""The steps of `mika init` about what must not be lost: the vault's key, and the database."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from core import catalog, orders, staff
from core.ground import points
from core.ground.db import Tx
from core.ground.vault import KeyRing
from migrations import current_is_head, version
from mika import paper, running
from mika.init_asking import LEFT_OUT, Wrong, typed_in
from mika.init_steps import Setup
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import key_ring, opened, unreachable

TABLES = (catalog.products, orders.orders, staff.colleagues)


# Its key


async def key(setup: Setup) -> None:
    """The vault's key. It is kept only once its owner has a copy: a key that is lost is stock that is lost."""
    settings = setup.site.settings()
    if settings.key_path.exists():
        key_ring(settings)
        return setup.done(f"the vault's key is {settings.key_path}")
    ring = await _copied(setup)
    with points.around("init key"):
        _saved(ring, settings.key_path)
    setup.right(f"{settings.key_path} is the vault's key. Nothing else opens the stock, and no backup holds it.")


def _saved(ring: KeyRing, path: Path) -> None:
    try:
        ring.save(path)
    except OSError as error:
        if not isinstance(error, FileExistsError):
            path.unlink(missing_ok=True)  # half a key
        raise Refusal("S001", what=f"{path}: {error.strerror}") from None


async def _copied(setup: Setup) -> KeyRing:
    if setup.asking.typed:
        return _copied_by_hand(setup)
    asking, ring = setup.asking, KeyRing.fresh()
    if told := asking.besides("key_copy"):
        return _copied_to(setup, Path(str(told)), ring)
    if asking.besides("key_copy_written") is not True:
        asking.refuses("key_copy", Wrong("name a file for the paper copy of the key, or say key_copy_written = true"))
    return ring


def _copied_to(setup: Setup, path: Path, ring: KeyRing) -> KeyRing:
    """Written there, or read there where an interrupted run has left it."""
    try:
        if path.exists():
            return paper.read(path.read_text(encoding="utf-8"))
        text = "# The vault's key of a shop. `mika key --from-paper` makes the key file of it.\n"
        beside = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n".join(paper.lines(ring)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with points.around("init key copy"):
            os.replace(beside, path)
    except (Refusal, ValueError):
        setup.asking.refuses("key_copy", Wrong(f"{path} is there, and is no copy of a key: it is left alone"))
    except OSError as error:
        raise Refusal("S011", file=path, what=error.strerror or type(error).__name__) from None
    setup.right(f"the key's paper copy is {path}: print it or copy it by hand, keep it elsewhere, delete the file.")
    return ring


def _copied_by_hand(setup: Setup) -> KeyRing:
    ring, say = KeyRing.fresh(), setup.asking.say
    say("\n  This is the vault's key. Without it nobody opens your stock, not even from a backup.")
    say("  Write it down and keep it away from this machine. `mika key --from-paper` reads it back.\n")
    for row in paper.lines(ring):
        say(f"      {row}", "bold")
    say("\n  Two of its groups, to see that you have it:")
    for group in paper.asked_back(ring):
        while not paper.same(typed_in(f"  Line {group.line}, group {group.place}: "), group):
            say("  That is not what stands there. Look again.", "yellow")
    return ring


# Its database


async def database(setup: Setup) -> None:
    """The database, of this program's schema. One that has a shop in it is left alone."""
    site = setup.site
    if site.told("database") is not None or site.is_left_out("database"):
        if site.told("database") is None:
            setup.stays("database")
        said = await asyncio.to_thread(running.migrate, site.settings())
        return setup.done(said)

    async def made(said: str) -> str:  # "": the usual one, or what is said elsewhere than in mika.toml
        url = "" if said in ("", LEFT_OUT) else said
        settings = site.tried({"database": url} if url else {})
        try:
            if await asyncio.to_thread(_is_new, settings):
                await asyncio.to_thread(running.migrate, settings)
            async with opened(settings, with_site=False) as house:
                if await house.shop.db.read(_holds_a_shop):
                    raise Wrong("There is a shop in that database already, and it is left alone. Name another.")
        except Refusal as refusal:
            if not url or "disk" in refusal.happened.partition("): ")[0]:  # a full one: no other answer helps
                raise
            raise Wrong(refusal.happened) from None
        return url

    if where := site.said_elsewhere("database"):  # with a password in it, mostly
        setup.done(f"database: {where} says it")
        try:
            await made("")
        except Wrong as wrong:
            raise Refusal("S025", what=str(wrong).removesuffix(" Name another.")) from None
        site.leave_out("database")
    elif url := await setup.asking.ask("database", made):
        site.put({"database": url})
    else:
        site.leave_out("database")


def _is_new(settings: Settings) -> bool:
    """Blocking. What another version has made is not ours to bring up to date. Raises Wrong, Refusal S002."""
    try:
        found, fits = version(settings.database_url), current_is_head(settings.database_url)
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise unreachable(settings, error) from None
    if found is not None and not fits:
        raise Wrong("There is a database of another version there, and it is left alone. Name another.")
    return found is None


def _holds_a_shop(tx: Tx) -> bool:
    return any(tx.value(select(func.count()).select_from(table)) for table in TABLES)
