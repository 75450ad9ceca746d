"""The money of orders that a restore has lost: kept where a code had left, else asked about, never back by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from core import customers, hiring, keeping, ledger, reconcile
from core.authority import PRESETS
from core.ground.tx import AnyRow
from jobs.alarms import lost_money
from mika import backup_command, journal
from mika.backup import backup
from mika.reconcile import reconcile as look_into
from mika.refusals import Refusal
from mika.restore import restore
from mika.wiring import House
from tests.mika import till
from tests.mika.test_restore import Drill, drill, programs, stored

__all__ = ["drill", "programs", "stored"]
CHEN = "test:chen"
TOLD = ("kept after restore", "alarm kept")  # all of it at once, and not one by one


async def lost_and_restored(drill: Drill) -> None:
    """Since the backup Wei's order was paid and delivered, and Mei's was paid and not heard of; both are gone."""
    async with drill.open() as house:
        await till.put_on_sale(house.shop.db, "till", 4)
        await house.shop.db.write(customers.meet, "test", "chen", "Chen", "en", None)
        token = await house.shop.db.write(hiring.invite, "Chen", PRESETS["owner"])
        await house.shop.db.write(hiring.enter, token, CHEN)
        await backup(drill.settings, drill.folder / "shop.backup")
        await drill.buys(house, "wei")
        await drill.pays(house, await till.place(house.shop.db, "mei", "till"), tells=False)
        assert [buyer for buyer, _ in drill.chat.got] == ["wei"]
    await restore(drill.settings, drill.folder / "shop.backup", replace=True)


def of_old(path: Path) -> None:
    """As it was written before there were numbers in it."""
    path.write_text("".join(f"{' '.join(line.split()[:4])}\n" for line in path.read_text().splitlines()))


async def receipts(house: House) -> list[AnyRow]:
    return await house.shop.db.read(lambda tx: tx.all(select(ledger.receipts).order_by(ledger.receipts.c.id)))


async def a_day_passes(house: House) -> int:
    """What is due to go back begins to; returns how many."""
    await house.shop.db.write(
        lambda tx: tx.changed(text("UPDATE receipts SET due_at = received_at WHERE due_at IS NOT NULL"))
    )
    await lost_money(house.shop)
    return len(await house.shop.db.read(lambda tx: tx.all(select(ledger.refunds))))


async def holds(house: House) -> None:
    await house.runner.drain()
    assert [str(finding) for finding in await house.shop.db.read(reconcile.check)] == []


@pytest.mark.parametrize("decide", [keeping.keep, keeping.send_back])
async def test_what_was_delivered_is_kept_and_what_was_not_is_asked_about(
    drill: Drill, capsys: pytest.CaptureFixture[str], decide
):
    await lost_and_restored(drill)
    await backup_command.look_into(drill.settings, [], "journal")
    async with drill.open() as house:
        kept, asked = sorted(await receipts(house), key=lambda row: row.kept_at is None)
        assert f"  1 kept, {kept.amount / 100:.2f} {kept.currency}: " in capsys.readouterr().out
        statement = "SELECT COUNT(*) FROM outbox WHERE effect_key LIKE 'say {}%'"
        told = [await house.shop.db.read(lambda tx, key=key: tx.value(text(statement.format(key)))) for key in TOLD]
        assert told == [1, 0]
        assert (kept.obligation, asked.kept_at, asked.obligation) == (None, None, "admin_after_restore")
        assert await house.shop.db.read(ledger.balance, "sales") == -kept.amount
        assert await a_day_passes(house) == 0
        await house.shop.db.write(decide, asked.id, CHEN)
        await holds(house)
        assert await house.shop.db.read(ledger.unmatched) == []
        assert await house.shop.db.read(ledger.balance, "unmatched") == 0
        both = decide is keeping.keep
        assert await house.shop.db.read(ledger.balance, "sales") == -(kept.amount + asked.amount * both)
        assert await house.shop.db.read(ledger.balance, "rail:sandbox") == kept.amount + asked.amount * both


async def test_by_a_journal_from_before_there_were_numbers_all_is_asked_about(drill: Drill):
    await lost_and_restored(drill)
    of_old(drill.settings.journal_path)
    found = await look_into(drill.settings, [], "journal")
    assert found
    assert (found.journal.lines, found.journal.quarantined, found.kept, found.unreadable) == (1, 1, [], 0)
    async with drill.open() as house:
        assert [row.obligation for row in await receipts(house)] == ["admin_after_restore"] * 2
        assert await a_day_passes(house) == 0
        await holds(house)


async def test_a_journal_that_comes_with_the_second_try_keeps_too(drill: Drill):
    await lost_and_restored(drill)
    away = drill.settings.journal_path.rename(drill.folder / "found.journal")
    with pytest.raises(Refusal, match="S016"):
        await look_into(drill.settings, [], "journal")
    async with drill.open() as house:
        await house.runner.drain()
        assert [row.obligation for row in await receipts(house)] == ["admin_after_restore"] * 2
    found = await look_into(drill.settings, [away], "journal")
    assert found
    assert [many for many, _ in found.kept] == [1]
    async with drill.open() as house:
        assert [row.kept_at is not None for row in await receipts(house)].count(True) == 1
        await holds(house)


async def test_without_the_rule_all_of_it_goes_back(drill: Drill, monkeypatch: pytest.MonkeyPatch):
    """The control."""
    monkeypatch.setattr(keeping, "order_named", lambda *_: "")
    await lost_and_restored(drill)
    await look_into(drill.settings, [], "journal")
    async with drill.open() as house:
        assert await a_day_passes(house) == 2


def test_a_line_says_the_orders_number_if_it_is_whole(tmp_path: Path):
    at, path = "2026-01-01T00:00:00+00:00", tmp_path / "journal"
    path.write_text(
        "".join(f"1 2 {bytes(32).hex()} {at}{end}\n" for end in ("", " ABCD-1234", " ABCD-1", " ABCD-1234 5"))
    )
    unreadable = journal.Unreadable()
    assert [one.number for one in journal.read([path], unreadable)] == ["", "ABCD-1234"]
    assert unreadable.lines == 2
