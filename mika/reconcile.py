"""`mika reconcile`: a restored shop learns what was handed over and paid since its backup, and opens again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal

from sqlalchemy import bindparam, select

from core import dropped, keeping, notices, recovery, restores
from core.ground import inbox, points
from core.ground.errors import PartyError
from core.ground.inbox import InboxRow
from core.ground.money import Money
from core.ground.tx import Tx
from core.parties import PaymentRail
from core.recovery import Found
from core.restores import Restore
from core.settling import PaymentNotice
from core.shop import Shop
from mika import journal
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import House, opened

Stock = Literal["journal", "set aside", "trust"]
MARGIN = timedelta(days=1)  # a rail's day is in its own zone
WAITING = select(*(inbox.inbox.c[name] for name in ("id", "source", "external_id", "person", "sealed", "tries"))).where(
    inbox.inbox.c.source.in_(bindparam("rails", expanding=True)), inbox.inbox.c.state == "new"
)


@dataclass
class Reconciled:
    """What a reconciliation has found and done."""

    since: datetime
    journal: Found = field(default_factory=Found)
    unreadable: int = 0
    payments: dict[str, int] = field(default_factory=dict)  # by rail: paid since the backup, unknown here
    unlisted: list[str] = field(default_factory=list)  # rails whose list does not reach over all of that time
    kept: list[tuple[int, Money]] = field(default_factory=list)  # of orders that are gone: how many, how much
    set_aside: int = 0
    epoch: int = 0

    def counted(self) -> dict[str, int]:
        return {
            "lines": self.journal.lines,
            "quarantined": self.journal.quarantined,
            "payments": sum(self.payments.values()),
            "kept": sum(many for many, _ in self.kept),
            "set_aside": self.set_aside,
        }


async def reconcile(settings: Settings, journals: Sequence[Path], stock: Stock) -> Reconciled | None:
    """None when there is nothing to reconcile. Raises Refusal S016 to S018, and it stays closed; a repeat goes on.

    The shop may run meanwhile: it shows what was bought, and sells nothing.
    """
    async with opened(settings) as house:
        shop = house.shop
        restore = await shop.db.read(restores.unchecked)
        if restore is None:
            return None
        made = Reconciled(restore.backed_up_at, epoch=restore.epoch)
        newest = await read_journals(shop, journals or _usual(settings), made)
        await _ask_rails(shop, restore, made)
        if stock == "journal" and made.counted()["payments"] and (newest is None or newest <= restore.backed_up_at):
            raise Refusal("S016", payments=made.counted()["payments"])
        if stock == "set aside":
            made.set_aside = await _set_aside(shop)
        await _settled(house)
        await _keep(shop)
        while await shop.db.write(recovery.serve_again):
            pass
        await shop.db.write(recovery.give_time)
        await shop.db.write(_checked, restore, made)
    return made


def _usual(settings: Settings) -> list[Path]:
    """The data folder's, and what `mika restore --from` has put beside it."""
    own = settings.journal_path
    return [*([own] if own.exists() else ()), *sorted(own.parent.glob(f"{own.stem}.*{own.suffix}"))]


async def read_journals(shop: Shop, paths: Sequence[Path], made: Reconciled) -> datetime | None:
    """Takes out what left; returns when the newest did."""
    unreadable, newest = journal.Unreadable(), None
    try:
        lines = journal.read(paths, unreadable)
        while some := list(islice(lines, recovery.MOST)):
            made.journal += await shop.db.write(recovery.take_out, some)
            newest = max(one.at for one in some) if newest is None else max(newest, *(one.at for one in some))
    except OSError as error:
        raise Refusal("S018", what=f"{error.filename}: {error.strerror}") from None
    made.unreadable = unreadable.lines
    return newest


async def _ask_rails(shop: Shop, restore: Restore, made: Reconciled) -> None:
    """Everything paid since the backup that the ledger does not have goes the way of a notice."""
    now = await shop.db.read(lambda tx: tx.now)
    for name, rail in shop.payments.items():
        try:
            made.payments[name] = await _ask(shop, rail, restore.backed_up_at - MARGIN, now + MARGIN, made)
        except PartyError as error:
            raise Refusal("S017", what=f"{name} can't be asked ({error})") from None


async def _ask(shop: Shop, rail: PaymentRail, first: datetime, last: datetime, made: Reconciled) -> int:
    """By its list; what that doesn't reach is asked payment by payment, as far as the backup knows of them."""
    unknown = set[str]()
    if not rail.abilities.lists or not await _listed(shop, rail, first, last, unknown):
        made.unlisted.append(rail.name)
        await _asked(shop, rail, first, unknown)
    return len(unknown)


async def _listed(shop: Shop, rail: PaymentRail, first: datetime, last: datetime, unknown: set[str]) -> bool:
    """The newest day first; False when there is a day too long ago for its list, and so are those before."""
    for days in range((last - first).days, -1, -1):
        day = first + timedelta(days=days)
        try:
            with points.around("rail.day"):
                told = [notice async for notice in rail.day(day) if isinstance(notice, PaymentNotice)]
        except PartyError as error:
            if not error.permanent or days == (last - first).days:
                raise
            return False
        unknown |= await _heard(shop, told)
    return True


async def _asked(shop: Shop, rail: PaymentRail, since: datetime, unknown: set[str]) -> None:
    after = 0
    while some := await shop.db.read(dropped.unheard, rail.name, rail.account, since, recovery.MOST, after):
        after, told = some[-1].id, list[PaymentNotice]()
        for one in some:
            with points.around("rail.truth"):
                truth = await rail.truth(one.key, one.reference or "")
            told += [truth] if truth and truth.state == "paid" else []
        unknown |= await _heard(shop, told)


async def _heard(shop: Shop, told: Sequence[PaymentNotice]) -> set[str]:
    new = await shop.db.read(recovery.unheard_of, told)
    for at in range(0, len(new), recovery.MOST):
        await shop.db.write(recovery.hear, new[at : at + recovery.MOST])
    return {notice.transaction for notice in new}


async def _settled(house: House) -> None:
    """What was paid is in the ledger before the shop opens: an order that is paid must not lapse as unpaid."""
    await house.runner.drain()
    waiting = await house.shop.db.read(_waiting, list(house.shop.payments))
    if waiting:
        raise Refusal("S017", what=f"{waiting} payment notices are not settled yet")


async def _keep(shop: Shop) -> None:
    """What came in before a journal told that its code had left, as when this is run again with one."""
    after: int | None = 0
    while after is not None:
        after = await shop.db.write(keeping.keep_what_had_left, after)


def _checked(tx: Tx, restore: Restore, made: Reconciled) -> None:
    made.kept = keeping.kept_for_lost(tx, restore.restored_at)  # a shop that runs may have kept more meanwhile
    if restores.checked(tx, made.counted()):
        keeping.tell_kept(tx, restore)


def _waiting(tx: Tx, rails: list[str]) -> int:
    """Not what is told of money that nobody has seen: it may be no payment of this shop, and would keep it shut."""
    told = [notices.unpack(inbox.body(tx, InboxRow(*row))) for row in tx.all(WAITING, rails=rails)]
    return sum(not notices.is_of_unknown_money(tx, notice) for notice in told)


async def _set_aside(shop: Shop) -> int:
    after: int | None = 0
    taken = 0
    while after is not None:
        after, many = await shop.db.write(recovery.set_aside_stock, after)
        taken += many
    return taken
