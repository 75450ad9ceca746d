"""`mika audit verify`: a changed, missing, inserted or moved row shows; by marks kept elsewhere, an end cut off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from core import restores
from core.ground import audit
from core.ground.db import Database, Tx
from core.ground.triggers import TRIGGERS
from core.ground.vault import KeyRing, Vault
from jobs.chain import chain
from mika import audit as auditing
from mika import journal
from mika.settings import Settings
from mika.wiring import opened

KEPT = [trigger.name for trigger in TRIGGERS if trigger.table == "audit"]
LATER = ("UPDATE audit SET link = link + 100 WHERE link > 2", "UPDATE audit SET link = link - 99 WHERE link > 100")
ROW = "SELECT at, actor, action, subject, detail, 3, digest FROM audit WHERE link = 2"
TAMPERED = {
    "changed": ["UPDATE audit SET actor = 'mallory' WHERE link = 3"],
    "deleted": ["DELETE FROM audit WHERE link = 3"],
    "inserted": [
        LATER[0],
        f"INSERT INTO audit (at, actor, action, subject, detail, link, digest) {ROW}",
        LATER[1],
    ],
    "moved": [
        "UPDATE audit SET link = 100 WHERE link = 2",
        "UPDATE audit SET link = 2 WHERE link = 3",
        "UPDATE audit SET link = 3 WHERE link = 100",
    ],
    "before the first": ["UPDATE audit SET link = -1 WHERE link = 3"],
}


@pytest.fixture
async def shop(settings: Settings) -> Settings:
    """A demo shop in which things were done, chained and marked, as its clock does."""
    async with opened(settings) as house:
        for number in range(6):
            await house.shop.db.write(audit.write, "browser:chen", "approve", f"order {number}")
            await chain(house.shop)
    return settings


async def behind_its_back(settings: Settings, *work: Any) -> None:
    found = Vault(KeyRing.load(settings.key_path), settings.key_path)
    db = await Database.open(settings.database_url, vault=found, rules=settings.rules())

    def run(tx: Tx) -> None:
        for name in KEPT:
            tx.changed(text(f"DROP TRIGGER IF EXISTS {name}"))
        for statement in work:
            if callable(statement):
                statement(tx)
            else:
                tx.changed(text(statement))

    await db.write(run)
    await db.close()


async def verify(settings: Settings, *told: str) -> tuple[int, str]:
    said: list[str] = []
    status = await auditing.verify(settings, [], told, said.append)
    return status, "\n".join(said)


async def links(settings: Settings) -> int:
    return max(mark.link for mark in journal.marks([settings.journal_path]))


async def test_a_whole_chain_is_whole_while_the_shop_runs(shop):
    async with opened(shop) as house:
        await house.shop.db.write(audit.write, "browser:chen", "approve", "order 7")
        status, said = await verify(shop)
    assert status == 0
    assert f"{await links(shop)} links hold together, the last of " in said
    assert "1 acts wait to be chained" in said
    assert "6 marks kept outside the database agree with it, 0 don't" in said


@pytest.mark.parametrize("how", TAMPERED)
async def test_what_was_tampered_with_shows(shop, how):
    await behind_its_back(shop, *TAMPERED[how])
    status, said = await verify(shop)
    assert status == 1
    assert "does not follow from the one before it" in said


async def test_an_end_that_was_cut_off_shows_by_its_mark(shop):
    last = await links(shop)
    await behind_its_back(shop, f"DELETE FROM audit WHERE link > {last - 2}")
    status, said = await verify(shop)
    assert status == 1
    assert f"Link {last - 1}, which was there" in said and "the end was cut off" in said


async def test_without_marks_it_would_not_show(shop):
    """The control: a chain without its end is a whole chain."""
    last = await links(shop)
    mark = next(one for one in journal.marks([shop.journal_path]) if one.link == last)
    await behind_its_back(shop, f"DELETE FROM audit WHERE link > {last - 2}")
    shop.journal_path.unlink()
    status, said = await verify(shop)
    assert (status, "would not show" in said) == (0, True)
    status, said = await verify(shop, f"{last}:{mark.digest.hex()[:16]}")  # as the room was told
    assert (status, "as staff were told" in said) == (1, True)


async def test_a_chain_made_anew_shows_by_its_mark(shop):
    def anew(tx: Tx) -> None:
        tx.changed(text("UPDATE audit SET actor = 'mallory' WHERE link = 2"))
        tx.changed(text("UPDATE audit SET link = NULL, digest = NULL"))
        while audit.chain(tx):
            pass

    await behind_its_back(shop, anew)
    status, said = await verify(shop)
    assert status == 1
    assert "what is before it was made anew" in said


async def test_what_a_restore_took_back_is_no_tampering(shop):
    last = await links(shop)

    def restored(tx: Tx) -> None:
        tx.changed(text(f"DELETE FROM audit WHERE link > {last - 2}"))
        restores.restored(tx, "0" * 64, tx.now, tx.now)

    await behind_its_back(shop, restored)
    status, said = await verify(shop)
    assert (status, "0 don't" in said) == (0, True)


@pytest.mark.parametrize("told", ["", "x", "1", "1:", "-1:ab", "999:abcd", "1:zz"])
async def test_what_is_no_mark_agrees_with_nothing(shop, told):
    assert (await verify(shop, told))[0] == 1


async def test_marks_and_lines_live_in_one_journal(tmp_path):
    kept = journal.HandedOver(tmp_path / "journal")
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    marks = [audit.Mark(number, bytes(32), moment) for number in (1, 1, 2)]
    for mark in marks:
        await kept.keep_mark(mark)
    await kept.keep([journal.Handed(1, 2, bytes(32), moment)])
    kept.close()
    unreadable = journal.Unreadable()
    assert [one.grant for one in journal.read([tmp_path / "journal"], unreadable)] == [1]
    assert list(journal.marks([tmp_path / "journal"])) == [marks[0], marks[2]]
    assert unreadable.lines == 0
