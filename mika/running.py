"""What the owner does with a shop: run it, bring its database up to date, make its key, let staff in, look it over."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import evidence as proof
from core import findings, hiring, orders, reconcile, restores
from core.authority import Role
from core.ground import owners
from core.ground.vault import KeyRing
from migrations import upgrade
from mika import logs, risk, serving, sockets, telegram, watched
from mika.doctor import Doctor
from mika.heartbeat import Watcher
from mika.parts import ONLY, Only
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import House, how_schema_fits, opened, unreachable

GOODBYE = 1.0  # seconds for the last word to the database

log = structlog.get_logger()


async def run(settings: Settings, only: Only | None) -> None:
    """Until Ctrl-C or TERM. Raises Refusal, and RuntimeError if a part ends by itself."""
    stopping = serving.until_told()
    logs.set_up(settings.log_level, settings.log_format)
    parts = ONLY[only]
    listening = (sockets.handed_over() or serving.listen(settings.host, settings.port)) if parts.web else None
    async with (
        opened(settings, parts=parts) as house,
        watched.figures(house),
        looked_after(house),
        serving.at_work(house, listening) as tasks,
    ):
        serving.keep_what_is_loaded()
        if parts.jobs:
            await risk.read_file(settings, house.shop)
        if await house.shop.db.read(restores.unchecked):
            log.warning("restored from a backup: nothing is sold until `mika reconcile` has checked the books")
        log.info("open", address=settings.address, parts=only or "all", bots=[chat.name for chat in house.staying])
        await serving.until(stopping, tasks)
        log.info("closing")
        if parts.web:  # a proxy that asks at /healthz needs a while to send nobody here any more
            house.shop.draining = True
            await asyncio.sleep(settings.drain_seconds)


@contextlib.asynccontextmanager
async def looked_after(house: House) -> AsyncIterator[None]:
    """The doctor is there before the jobs begin, and at the end leaves the next look to whoever comes."""
    settings, shop = house.settings, house.shop
    if house.parts.jobs:
        shop.doctor = Doctor(settings, shop)
        shop.heartbeat = Watcher(settings) if settings.heartbeat_url.get_secret_value() else None
    try:
        yield
    finally:
        if shop.doctor:
            with contextlib.suppress(Exception):  # then the round ends by itself
                async with asyncio.timeout(GOODBYE):
                    await shop.db.write(findings.give_up_round, shop.process)


def migrate(settings: Settings) -> str:
    """Blocking; says what it did. Raises Refusal, S046 for a database of a newer version that left us behind."""
    make_folder(settings)
    found = how_schema_fits(settings)
    if found == "newer":  # whose triggers are not ours to make anew
        return "The database has a newer version's schema, and this program may work on it. Nothing was changed."
    try:
        upgrade(settings.database_url)  # also of one that is there: its triggers are made anew
        if found == "same":
            return "The database has this program's schema."
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise unreachable(settings, error) from None
    return "The database has this program's schema now."


def make_key(settings: Settings, ring: KeyRing | None = None) -> str:
    """A new one, or the one given, as a file; says where. Raises Refusal S001 when there is one."""
    make_folder(settings)
    try:
        (ring or KeyRing.fresh()).save(settings.key_path)
    except FileExistsError:
        raise Refusal("S001", what=f"{settings.key_path} is there already, and is never overwritten") from None
    except OSError as error:
        raise Refusal("S001", what=f"{settings.key_path}: {error.strerror}") from None
    return f"{settings.key_path} is the vault's key. Keep a copy somewhere safe: nothing else opens the stock."


def make_folder(settings: Settings) -> None:
    """Its data folder, ours alone. Raises Refusal S008."""
    try:
        owners.make_folder(settings.data)
        if not os.access(settings.data, os.W_OK | os.X_OK):
            raise Refusal("S008", folder=settings.data, what="it can't be written to")
    except OSError as error:
        raise Refusal("S008", folder=settings.data, what=error.strerror or type(error).__name__) from None


async def invite(settings: Settings, name: str, roles: frozenset[Role] = hiring.OWNER) -> str:
    """A one-time link for somebody to work here; with a staff bot a second one, of which either uses up both.

    Telegram's absence is no reason to let nobody in: then it is told instead of the second.
    """
    async with opened(settings) as house:
        token = await house.shop.db.write(hiring.invite, name, roles)
    desk = f"{settings.address}/desk/enter?t={token}"
    if settings.telegram.staff is None:
        return desk
    try:
        bot = await telegram.username(settings, settings.telegram.staff)
    except Refusal as refusal:
        return f"{desk}\n(No link to the staff bot: {refusal.happened})"
    return f"{desk}\nhttps://t.me/{bot}?start={token}"


async def evidence(settings: Settings, number: str, say: Callable[[str], None]) -> int:
    """What a provider wants to see of a disputed order. Returns how the command should end: 1 for an unknown number."""
    async with opened(settings) as house:
        try:
            say((await house.shop.db.write(proof.pack, number)).rstrip("\n"))
        except orders.UnknownOrder:
            say(f"There is no order {number}.")
            return 1
    return 0


async def invariants(settings: Settings, say: Callable[[str], None]) -> int:
    """Every sentence with how it stands. Returns how the command should end: 1 if something does not hold."""
    found = 0
    async with opened(settings) as house:
        for check in reconcile.CHECKS:
            rows = [one.row for one in await house.shop.db.read(check.broken)]
            say(f"{'ok     ' if not rows else 'FINDING'} {check.id:<4} {check.sentence}")
            if rows:
                found += 1
                say(
                    f"             not so: {', '.join(rows[: reconcile.SHOWN])}{' ...' * (len(rows) > reconcile.SHOWN)}"
                )
    say(f"{len(reconcile.CHECKS)} sentences, {found} of them do not hold." if found else "Everything holds.")
    return 1 if found else 0
