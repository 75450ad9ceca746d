"""Backups at their place, by the clock and by hand: tried before they count, fetched back, practised."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, select, text

from core import backups, inventory, reconcile, restores
from core.ground.errors import PartyError
from core.ground.outbox import outbox
from core.ground.vault import KeyRing
from doubles.postgres import Postgres
from jobs import backups as jobs
from jobs.schedule import IN_CHATS, TIMETABLE
from mika import backup_command, backup_seal, backup_trial
from mika.backup_keeping import Keeping, chosen, fetch_pictures, listed
from mika.backup_places import S3, Folder
from mika.backup_settings import BackupSettings, placed_backups
from mika.gently import gently
from mika.reconcile import reconcile as look_into
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import House, key_ring
from tests.mika import till
from tests.mika.test_backup_places import bucket
from tests.mika.test_restore import Drill, drill, programs, sold_twice, stored

__all__ = ["bucket", "drill", "programs", "stored"]


def kept_in(drill: Drill, **more: Any) -> Drill:
    told = BackupSettings.model_validate({"to": str(drill.folder / "there"), **more})
    drill.settings = drill.settings.changed(backups=told)
    return drill


@pytest.fixture
def place(drill: Drill) -> Folder:
    """The folder where the shop of the drill keeps its backups."""
    kept_in(drill)
    return Folder(drill.folder / "there")


def keeping(house: House) -> Keeping:
    assert isinstance(house.shop.backups, Keeping)
    return house.shop.backups


async def told(house: House) -> str:
    rows = await house.shop.db.read(lambda tx: tx.all(select(outbox.c.payload).where(outbox.c.kind == "say")))
    return str(rows)


async def rows(house: House) -> list[Any]:
    return await house.shop.db.read(lambda tx: tx.all(select(backups.backups)))


def elsewhere(drill: Drill, database: str | None = None) -> Settings:
    """Another machine, to which only the key was carried."""
    data = drill.folder / "elsewhere"
    data.mkdir(mode=0o700)
    shutil.copy(drill.settings.key_path, data / "key")
    return drill.settings.changed(data=data, key_file=None, database=database)


@pytest.fixture
def new_machine(drill: Drill, request: pytest.FixtureRequest) -> Settings:
    if make_url(drill.settings.database_url).get_backend_name() == "sqlite":
        return elsewhere(drill)
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"{make_url(drill.settings.database_url).database}_elsewhere"
    request.addfinalizer(lambda: server.drop(name))
    return elsewhere(drill, server.create(name))


# By the clock


async def test_the_clock_makes_one_that_was_tried_and_no_plaintext_leaves(drill: Drill, place: Folder):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 3)
        await jobs.back_up(house.shop)
        await jobs.back_up(house.shop)
        (row,) = await rows(house)
        assert (row.verified, row.kept, row.due_at, row.trouble) == ("restored", 1, None, None)
        (name,) = [name for name, _ in listed(place)]
        assert (row.name, row.size) == (name, (drill.folder / "there" / name).stat().st_size)
        raw = (drill.folder / "there" / name).read_bytes()
        assert raw.startswith(b"MIKA SEALED BACKUP")
        assert not any(plain in raw for plain in (b"SQLite format", b"PGDMP", b"alembic_version", b"MIKA BACKUP 1"))
        assert {one.name.partition("/")[0] for one in place.files()} == {name, "pictures", "tried"}
    assert not list(drill.settings.data.glob(".backup-*"))


async def test_no_place_no_backups(drill: Drill):
    async with drill.open() as house:
        for job in (jobs.back_up, jobs.copy_journal, jobs.tell_week):
            await job(house.shop)
        assert await rows(house) == []


async def test_a_place_that_is_away_is_told_and_tried_again(drill: Drill, place: Folder):
    (drill.folder / "there").write_text("no folder")
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await jobs.back_up(house.shop)
        (row,) = await rows(house)
        assert "there" in row.trouble
        assert row.due_at > datetime.now(UTC) + timedelta(minutes=50)
        await jobs.copy_journal(house.shop)
        (drill.folder / "there").unlink()
        await house.shop.db.write(lambda tx: tx.changed(text("UPDATE backups SET due_at = began_at")))
        await jobs.back_up(house.shop)
        assert (await rows(house))[0].verified == "restored"
    assert not list(drill.settings.data.glob(".backup-*"))


@pytest.mark.parametrize(("every", "fails", "follows"), [(0.01, 0, False), (0.01, 2, False), (9999.0, 0, True)])
async def test_one_that_takes_longer_than_its_lease_is_begun_by_nobody_else(
    drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch, every: float, fails: int, follows: bool
):
    """Though the database be away a few times. The control: with nobody to say that it goes on, another begins."""
    make, hold, begun, away = Keeping.back_up, backups.hold, [], [OSError("away")] * fails

    def holds(tx: Any, day: str) -> None:
        if away:
            raise away.pop()
        hold(tx, day)

    monkeypatch.setattr(backups, "hold", holds)

    async def slow(self: Keeping, always: frozenset[str]) -> backups.Kept:
        await house.shop.db.write(lambda tx: tx.changed(text("UPDATE backups SET due_at = began_at")))
        await asyncio.sleep(0.5)
        begun.append(await house.shop.db.write(backups.claim, self.at))
        return await make(self, always)

    monkeypatch.setattr(jobs, "EVERY", every)
    monkeypatch.setattr(Keeping, "back_up", slow)
    async with drill.open() as house:
        await jobs.back_up(house.shop)
        assert [day is not None for day in begun] == [follows]
        assert (await rows(house))[0].due_at is None


def test_whoever_sends_codes_copies_the_journal_of_its_machine():
    assert [[entry.does for entry in some].count(jobs.copy_journal) for some in (IN_CHATS, TIMETABLE)] == [1, 1]


async def test_the_journal_does_not_wait_for_a_backup(drill: Drill, place: Folder):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await drill.buys(house, "lin")
        over = threading.Event()
        backing_up = asyncio.create_task(gently(over.wait))
        try:
            await asyncio.wait_for(jobs.copy_journal(house.shop), 20)
        finally:
            over.set()
        await backing_up
    assert [one.name for one in place.files("journal/")]


def half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [half, a_bit])
async def test_one_that_is_damaged_where_it_lies_does_not_count(
    drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
):
    puts = Folder.put

    def damaged(self: Folder, name: str, pieces: Any) -> int:
        size = puts(self, name, pieces)
        damage(self._folder / name)
        return size

    monkeypatch.setattr(Folder, "put", damaged)
    async with drill.open() as house:
        await jobs.back_up(house.shop)
        (row,) = await rows(house)
        assert row.verified is None
        assert "S033" in row.trouble
        assert await house.shop.db.read(backups.newest_verified) is None
    assert listed(place) == []


async def test_rows_that_are_missing_in_it_are_found(drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch):
    """It opens and restores, and whoever counts there finds one less."""
    monkeypatch.setattr(backup_trial, "counting", lambda name: f"SELECT coalesce(max(id), 0), count(*) - 1 FROM {name}")
    async with drill.open() as house:
        with pytest.raises(Refusal, match=r"S033.*codes: .* rows of"):
            await keeping(house).made()


async def test_what_does_not_hold_in_the_shop_is_said_of_its_backup(drill: Drill, place: Folder):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        spoiled = text("UPDATE codes SET state = 'reserved' WHERE id = (SELECT max(id) FROM codes)")
        await house.shop.db.write(lambda tx: tx.changed(spoiled))
        found = [str(finding) for finding in await house.shop.db.read(reconcile.check)]
        kept = await keeping(house).made()
        assert found
        assert found[0] in kept.unsound
        assert kept.verified == "restored"


async def test_where_no_database_may_be_made_it_is_read_to_its_end(
    drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch
):
    if make_url(drill.settings.database_url).get_backend_name() == "sqlite":
        pytest.skip("a file may always be made")
    monkeypatch.setattr(backup_trial, "MAY_CREATE", text("SELECT false"))
    async with drill.open() as house:
        assert (await keeping(house).made()).verified == "listed"
    assert await backup_command.practise(drill.settings, "latest") == 1


async def test_nothing_of_the_scratch_shop_is_left(drill: Drill, place: Folder):
    async with drill.open() as house:
        await keeping(house).made()
        if drill.settings.database_url.startswith("postgresql"):
            asked = text("SELECT count(*) FROM pg_database WHERE datname LIKE 'mika_scratch%'")
            assert await house.shop.db.read(lambda tx: tx.value(asked)) == 0
    assert not list(drill.settings.data.glob(".backup-*"))


async def test_what_a_dead_trial_left_goes_with_the_next(drill: Drill, place: Folder, request: pytest.FixtureRequest):
    if make_url(drill.settings.database_url).get_backend_name() == "sqlite":
        pytest.skip("a folder of work that somebody left is removed with its files")
    server: Postgres = request.getfixturevalue("postgres_server")
    lately = f"mika_scratch_{datetime.now(UTC) - timedelta(hours=23):%Y%m%dt%H%M%S}_00000000000a"
    old, others = "mika_scratch_20250101t000000_00000000000b", "mika_scratch_20250101t000000_mine"
    for name in (lately, old, others):
        server.create(name)
        request.addfinalizer(partial(server.drop, name))
    async with drill.open() as house:
        assert (await keeping(house).made()).verified == "restored"
        asked = text("SELECT datname FROM pg_database WHERE datname LIKE 'mika_scratch%' ORDER BY datname")
        left = await house.shop.db.read(lambda tx: [row[0] for row in tx.all(asked)])
    assert left == sorted([lately, others])


# What is kept


async def test_only_what_is_ours_and_too_much_goes(drill: Drill, place: Folder):
    kept_in(drill, keep_days=1, keep_weeks=0, keep_months=0)
    async with drill.open() as house:
        first = await keeping(house).made()
        there = drill.folder / "there"
        ours = (there / first.name).read_bytes()
        (there / first.name).rename(there / "mika-20250101T000000Z-00000001.backup")
        (there / "mika-20250102T000000Z-00000002.backup").write_bytes(b"somebody else's" * 1000)
        (there / "mika-20250103T000000Z-00000003.backup").write_bytes(b"MIKA SEALED BACKUP 1\n" + bytes(9999))
        (there / "holiday.backup").write_bytes(ours)
        kept = "mika-20250104T000000Z-00000004.backup"
        (there / kept).write_bytes(ours)
        await keeping(house).made(frozenset({kept}))
    left = {name for name in os.listdir(there) if "backup" in name}
    assert len(left) == 5
    assert "mika-20250101T000000Z-00000001.backup" not in left


async def test_what_another_key_has_sealed_neither_counts_nor_is_the_latest(drill: Drill, place: Folder):
    """Newer ones of others push none of ours out of its day, and are not what is put back."""
    kept_in(drill, keep_days=2, keep_weeks=0, keep_months=0)
    there = drill.folder / "there"
    async with drill.open() as house:
        first = await keeping(house).made()
        ours = "mika-20250101T000000Z-00000001.backup"
        (there / first.name).rename(there / ours)
        for day in ("20250101T100000", "29990101T000000", "29990102T000000"):
            (there / f"mika-{day}Z-00000002.backup").write_bytes(b"MIKA SEALED BACKUP 1\n" + bytes(9999))
        second = await keeping(house).made()
    assert {ours, second.name} <= set(os.listdir(there))
    assert second.kept == 2
    assert chosen(drill.settings, place, "latest") == second.name
    (there / second.name).unlink()
    assert chosen(drill.settings, place, "latest") == ours


def may_remove_nothing(self: Folder, name: str) -> None:
    raise PartyError("it answers AccessDenied")


async def test_where_nothing_may_be_removed_a_backup_counts(
    drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch
):
    kept_in(drill, keep_days=1, keep_weeks=0, keep_months=0)
    monkeypatch.setattr(Folder, "remove", may_remove_nothing)
    async with drill.open() as house:
        await keeping(house).made()
        await jobs.back_up(house.shop)
        (row,) = await rows(house)
    assert (row.verified, row.kept, row.trouble) == ("restored", 2, None)


def lies(place: Folder, ring: KeyRing, day: int, tried: bool) -> str:
    name = f"mika-202501{day:02}T000000Z-{day:08}.backup"
    place.put(name, backup_seal.sealed(ring, [b"some"]))
    if tried:
        place.put(f"tried/{name}", [b"tried"])
    return name


def test_the_latest_is_ours_and_was_tried(settings: Settings, tmp_path: Path):
    place, ring, others = Folder(tmp_path / "there"), key_ring(settings), KeyRing.fresh()
    others.save(tmp_path / "other-key")
    KeyRing.fresh().save(tmp_path / "third-key")
    before = lies(place, ring, 1, False)
    assert chosen(settings, place, "latest") == before
    tried = lies(place, ring, 2, True)
    lies(place, ring, 3, False)
    theirs = lies(place, others, 4, True)
    assert chosen(settings, place, "latest") == tried
    for key in ("other-key", "third-key"):
        assert chosen(settings.changed(key_file=tmp_path / key), place, "latest") == theirs


async def test_pictures_go_along_once(drill: Drill, place: Folder):
    async with drill.open() as house:
        await keeping(house).made()
        pictures = len(place.files("pictures/"))
        name = await house.shop.keep_picture(PNG)
        await keeping(house).made()
        assert len(place.files("pictures/")) == pictures + 1
        assert b"".join(place.get(f"pictures/{name}")) == PNG


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


async def test_pictures_come_back_whole_and_under_their_names_or_not_at_all(
    drill: Drill, place: Folder, capsys: pytest.CaptureFixture[str]
):
    async with drill.open() as house:
        name = await house.shop.keep_picture(PNG)
        await keeping(house).made()
    here, there = drill.settings.data / "pictures", drill.folder / "there/pictures"
    others = sorted(file.name for file in here.iterdir() if file.name != name)
    (there / others[0]).write_bytes(PNG)
    (there / others[1]).write_bytes(b"x" * 6_000_000)
    (there / "holiday.png").write_bytes(PNG)
    (here / others[2]).write_bytes(b"ours")
    for lost in (name, *others[:2]):
        (here / lost).unlink()
    await backup_command.put_back_from(drill.settings, "latest", replace=True)
    out = capsys.readouterr().out
    assert "1 pictures came back" in out
    assert all(f"pictures/{damaged} is damaged" in out for damaged in others[:2])
    assert (here / name).read_bytes() == PNG
    assert (here / others[2]).read_bytes() == b"ours"
    assert sorted(file.name for file in here.iterdir()) == sorted([name, *others[2:]])
    assert fetch_pictures(place, here).fetched == 0


async def test_what_can_not_be_put_down_here_is_said_before_anything_changes(drill: Drill, place: Folder):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await keeping(house).made()
    shutil.rmtree(drill.settings.data / "pictures")
    (drill.settings.data / "pictures").write_text("no folder")
    with pytest.raises(Refusal, match=r"S011.*pictures"):
        await backup_command.put_back_from(drill.settings, "latest", replace=True)
    (drill.settings.data / "pictures").unlink()
    async with drill.open() as house:
        assert await house.shop.db.read(restores.all_of) == []


# Lost, and back


@pytest.mark.parametrize("where", ["folder", "s3"])
async def test_the_machine_is_lost_and_no_code_is_sold_again(
    drill: Drill, new_machine: Settings, where: str, request: pytest.FixtureRequest
):
    to: dict[str, Any] = {}
    if where == "s3":
        name = make_url(drill.settings.database_url).get_backend_name()
        to = {"to": f"s3://backups/{name}-{os.getpid()}", "endpoint": request.getfixturevalue("bucket")}
        to |= {"access_key": "proof", "secret_key": "proof"}
    kept_in(drill, **to)
    new_machine = new_machine.changed(backups=drill.settings.backups)
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 6)
        await drill.buys(house, "lin")
        await jobs.back_up(house.shop)
        assert (await rows(house))[0].verified == "restored"
        await drill.buys(house, "wei")
        await drill.buys(house, "bao")
        await jobs.copy_journal(house.shop)
    assert await backup_command.practise(drill.settings, "latest") == 0
    pictures = {file.name: file.read_bytes() for file in (drill.settings.data / "pictures").iterdir()}
    assert pictures
    shutil.rmtree(drill.settings.data / "pictures")
    drill.settings.journal_path.unlink()
    await backup_command.put_back_from(new_machine, "latest", replace=False)
    assert {file.name: file.read_bytes() for file in (new_machine.data / "pictures").iterdir()} == pictures
    drill.settings = new_machine
    async with drill.open() as house:
        with pytest.raises(restores.BooksBeingChecked):
            await till.place(house.shop.db, "lin", "till")
        found = await look_into(drill.settings, [], "journal")
        assert found
        assert (found.journal.lines, found.journal.quarantined) == (3, 2)
        await house.runner.drain()
        await drill.sells_out(house)
        assert [str(finding) for finding in await house.shop.db.read(reconcile.check)] == []
    assert sold_twice(drill) == []


async def test_the_drill_finds_what_would_be_sold_again_without_the_journal(
    drill: Drill, place: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 4)
        await drill.buys(house, "lin")
        await keeping(house).made()
        await drill.buys(house, "wei")
        assert await backup_command.practise(drill.settings, "latest") == 1
        assert "no journal lies there" in capsys.readouterr().out
        await jobs.copy_journal(house.shop)
        assert await backup_command.practise(drill.settings, "latest") == 0
        out = capsys.readouterr().out
        assert "2 lines in the journal, 1 of codes" in out
        assert "0 codes would be sold again" in out
        monkeypatch.setattr("core.recovery.inventory.quarantine", lambda *_, **__: [])
        assert await backup_command.practise(drill.settings, "latest") == 1
        assert "1 codes would be sold again" in capsys.readouterr().out
        held = await house.shop.db.read(lambda tx: [row.held for row in tx.all(select(backups.drills))])
    assert held == [False, True, False]


async def test_a_journal_that_is_here_is_kept_and_the_fetched_one_is_read_too(drill: Drill, place: Folder):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 4)
        await keeping(house).made()
        await drill.buys(house, "lin")
        await jobs.copy_journal(house.shop)
        await drill.buys(house, "wei")
    before = drill.settings.journal_path.read_text()
    await backup_command.put_back_from(drill.settings, "latest", replace=True)
    assert drill.settings.journal_path.read_text() == before
    found = await look_into(drill.settings, [], "journal")
    assert found
    assert found.journal.quarantined == 2
    assert found.journal.lines == 3


async def test_the_journal_is_here_before_the_shop_is(drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch):
    """Whoever dies right after restoring has lost nothing."""
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await keeping(house).made()
        await drill.buys(house, "lin")
        await jobs.copy_journal(house.shop)
    lines = drill.settings.journal_path.read_text()
    drill.settings.journal_path.unlink()

    async def dies(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(backup_command, "restore", dies)
    with pytest.raises(ZeroDivisionError):
        await backup_command.put_back_from(drill.settings, "latest", replace=True)
    assert drill.settings.journal_path.read_text() == lines
    assert drill.settings.journal_path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
async def test_a_journal_that_root_fetches_is_for_whom_the_shop_is(drill: Drill, place: Folder):
    """Else the shop could write down nothing more, and no code would leave."""
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await keeping(house).made()
        await drill.buys(house, "lin")
        await jobs.copy_journal(house.shop)
    drill.settings.journal_path.unlink()
    os.chown(drill.settings.data, 12345, 12346)
    await backup_command.put_back_from(drill.settings, "latest", replace=True)
    told = drill.settings.journal_path.stat()
    assert (told.st_uid, told.st_gid) == (12345, 12346)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
async def test_what_root_restores_into_a_new_folder_is_for_whom_the_nearest_one_is(drill: Drill, place: Folder):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await keeping(house).made()
        await drill.buys(house, "lin")
        await jobs.copy_journal(house.shop)
    home = drill.folder / "home"
    home.mkdir()
    os.chown(home, 12345, 12346)
    moved = drill.settings.changed(data=home / "shop" / "data", key_file=drill.settings.key_path)
    await backup_command.put_back_from(moved, "latest", replace=True)
    there = {file.relative_to(home).as_posix(): file.stat() for file in home.rglob("*")}
    assert {"shop", "shop/data", "shop/data/handed-over.journal"} <= there.keys()
    assert {name: (one.st_uid, one.st_gid) for name, one in there.items()} == dict.fromkeys(there, (12345, 12346))


async def test_a_wrong_key_is_said_before_anything_changes(drill: Drill, place: Folder):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await keeping(house).made()
    other = drill.folder / "other-key"
    KeyRing.fresh().save(other)
    wrong = drill.settings.changed(key_file=other)
    with pytest.raises(Refusal, match="S030"):
        await backup_command.put_back_from(wrong, "latest", replace=True)
    assert await backup_command.practise(wrong, "latest") == 1
    async with drill.open() as house:
        assert await house.shop.db.read(restores.all_of) == []
        assert await house.shop.db.read(inventory.available, await till.product(house.shop.db, "till")) == 1


async def test_a_backup_of_a_newer_version_is_refused(drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mika.backup.REVISION", text("SELECT '9999'"))
    monkeypatch.setattr("mika.backup_keeping.removed", lambda *_: False)  # one that can't be trusted goes, else
    async with drill.open() as house:
        with pytest.raises(Refusal, match=r"S033.*does not know its schema, 9999"):
            await keeping(house).made()
    with pytest.raises(Refusal, match=r"S014.*9999"):
        await backup_command.put_back_from(drill.settings, "latest", replace=True)


async def test_a_backup_that_is_not_there_and_a_place_that_is_not_set(drill: Drill):
    for asked in (
        backup_command.back_up_there(drill.settings),
        backup_command.name_them(drill.settings),
        backup_command.practise(drill.settings, "latest"),
    ):
        with pytest.raises(Refusal, match="S034"):
            await asked
    kept_in(drill)
    for name in ("latest", "mika-20250101T000000Z-00000001.backup"):
        with pytest.raises(Refusal, match="S032"):
            await backup_command.put_back_from(drill.settings, name, replace=True)


async def test_the_command_makes_one_there_and_names_it(
    drill: Drill, place: Folder, capsys: pytest.CaptureFixture[str]
):
    await backup_command.back_up_there(drill.settings)
    await backup_command.name_them(drill.settings)
    out = capsys.readouterr().out
    assert "restored into a scratch shop" in out
    assert "1 backup lies at" in out


# A full disk


async def test_a_trial_without_room_in_the_database_is_told_and_its_backup_goes(
    drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mika.restore.upgrade", no_room)
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await jobs.back_up(house.shop)
        (row,) = await rows(house)
        assert "S033" in row.trouble
        assert "database or disk is full" in row.trouble
        assert row.due_at > datetime.now(UTC)
    with pytest.raises(Refusal, match=r"S033.*database or disk is full"):
        await backup_command.back_up_there(drill.settings)
    assert listed(place) == []


def no_room(url: str) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as small:
        small.execute(text("PRAGMA max_page_count = 1"))
        small.execute(text("CREATE TABLE more (than INTEGER)"))


async def test_a_shop_that_can_not_be_looked_at_is_told_too(
    drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mika.backup.REVISION", text("SELECT version FROM nowhere"))
    async with drill.open() as house:
        with pytest.raises(PartyError, match=r"no such table|UndefinedTableError"):
            await keeping(house).back_up(frozenset())
    with pytest.raises(Refusal, match=r"S002.*(no such table|UndefinedTableError)"):
        await backup_command.back_up_there(drill.settings)


async def test_a_drill_without_room_did_not_hold_and_that_is_written_down(
    drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 1)
        await keeping(house).made()
        with monkeypatch.context() as patched:
            patched.setattr("mika.restore.upgrade", no_room)
            assert await backup_command.practise(drill.settings, "latest") == 1
        monkeypatch.setattr("mika.backup_drill.fetch", writes_on_a_full_disk)
        assert await backup_command.practise(drill.settings, "latest") == 1
        seen = await house.shop.db.read(lambda tx: [(row.held, row.trouble) for row in tx.all(select(backups.drills))])
    assert [held for held, _ in seen] == [False, False]
    assert "database or disk is full" in seen[0][1]
    assert "No space left on device" in seen[1][1]
    assert capsys.readouterr().out.count("DID NOT HOLD") == 2


def writes_on_a_full_disk(place: Folder, name: str, file: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        full.write(b"some")


async def test_a_full_disk_that_the_system_reports_is_refused(
    drill: Drill, place: Folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mika.backup_keeping.fetch", writes_on_a_full_disk)
    with pytest.raises(Refusal, match=r"S011.*No space left on device"):
        await backup_command.back_up_there(drill.settings)
    assert listed(place) == []


LIMITED = """
import sys, asyncio
from pathlib import Path
from mika import cli
sys.argv = ["mika", *sys.argv[1:]]
cli.app()
"""


@pytest.mark.parametrize("to", ["file", "place"])
def test_a_disk_without_room_is_refused_and_nothing_half_done_is_left(settings: Settings, tmp_path: Path, to: str):
    """Files may grow to 300 kB and no further, which is less than any shop is."""
    (settings.data / "mika.toml").open("a").write(f'\n[backups]\nto = "{tmp_path}/there"\n')
    made = [str(tmp_path / "shop.backup")] if to == "file" else []

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    environment = {**os.environ, "MIKA_CONFIG": str(settings.data / "mika.toml")}
    command = [sys.executable, "-c", LIMITED, "backup", *made]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, preexec_fn=little_room)
    assert ran.returncode == 78, ran.stderr
    assert "S011" in ran.stderr
    assert not [file for file in tmp_path.glob("*backup*")]
    assert not list(settings.data.glob(".backup-*"))
    assert not list((tmp_path / "there").glob("*mika*"))


# Settings


def test_the_block_is_read_and_its_paths_begin_at_the_file(tmp_path: Path):
    Path("mika.toml").write_text('[backups]\nto = "elsewhere"\nat = "4:05"\n')
    found = load(environ={}).backups
    assert found
    assert (found.to, found.at.isoformat("minutes"), found.keep_days) == (str(tmp_path / "elsewhere"), "04:05", 7)


def test_storage_takes_a_key_whose_file_is_read_when_it_is_used(tmp_path: Path):
    (tmp_path / "secret").write_text("canary-77\n")
    Path("mika.toml").write_text(
        '[backups]\nto = "s3://shop-backups/one"\naccess_key = "a"\nsecret_key_file = "secret"\n'
    )
    found = load(environ={}).backups
    assert found
    assert isinstance(found.place(), S3)
    assert "canary" not in repr(found)
    (tmp_path / "secret").unlink()
    with pytest.raises(Refusal, match=r"S004.*secret_key_file"):
        found.place()
    assert placed_backups(None, tmp_path) is None


@pytest.mark.parametrize(
    ("block", "what"),
    [
        ('to = "s3://UPPER"', "s3://bucket/prefix"),
        ('to = "s3://shop"', "access_key"),
        ('to = "x"\nat = "25:00"', "time of the day"),
        ('to = "x"\nkeep_days = 0', "keep_days"),
        ('to = ""', "to"),
        ('to = "x"\nwhen = 3', "is no setting"),
    ],
)
def test_what_can_not_be_meant_is_refused(block: str, what: str):
    Path("mika.toml").write_text(f"[backups]\n{block}\n")
    with pytest.raises(Refusal, match="S004") as refused:
        load(environ={})
    assert what in str(refused.value)
