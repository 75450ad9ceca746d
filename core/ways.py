"""Ways to pay: which of the shop's rails a buyer may be offered, for what goods, in which chat, and which answer now.

A platform's terms decide what may be paid how inside it, and a shop that breaks them loses its bot or account. What
they don't allow is off until somebody who runs the shop has read what may happen and says so: that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, UniqueConstraint, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import switches
from core.ground import audit
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx

GOODS = ("digital", "physical")  # what a code is redeemed for
STARS = "telegram_stars"
# Telegram's terms for bots, 6.2: digital goods for Stars only; 6.1: others' payments for physical goods only. Inside
# WeChat links to other ways to pay don't open, and leading buyers out of it is against the rules of its accounts. On
# iPhones nothing virtual may be sold there at all (notice of 29 May 2020), and a conversation can't know the phone.
OWN = {
    ("telegram", "digital"): frozenset({STARS}),
    ("wechat", "digital"): frozenset[str](),
    ("wechat", "physical"): frozenset({"wechat_pay"}),
}
UNPRICED = frozenset({("wechat", "digital")})  # where what may not be sold may not have a price either
NOT = {("telegram", "physical"): frozenset({STARS})}  # 6.2.6: Stars are for digital goods
TELLING = timedelta(minutes=3)  # a rail must be away for so long before staff hear of it

permits = Table(  # beyond what a platform's terms allow: by whom, and which warning they had read
    "permits",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("rail", String(40), nullable=False),
    Column("chat", String(40), nullable=False),
    Column("goods", String(10), nullable=False),
    Column("by_whom", String(160), nullable=False),
    Column("warning", String(2000), nullable=False),  # as it was read
    Column("at", UTC, nullable=False),
    UniqueConstraint("rail", "chat", "goods"),
)
away = Table(  # rails that did not answer when they were looked at last
    "rails_away",
    metadata,
    Column("rail", String(40), primary_key=True),
    Column("since", UTC, nullable=False),
    Column("why", String(300), nullable=False),
    Column("told_at", UTC),
)


@dataclass(frozen=True)
class Away:
    rail: str
    since: datetime
    why: str
    told_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """What holds in one chat now."""

    chat: str
    permitted: frozenset[tuple[str, str]] = field(default_factory=frozenset)  # rail, goods
    away: frozenset[str] = field(default_factory=frozenset)  # those that staff have stopped, too
    rehearsal: bool = False
    everywhere: bool = False  # no chat in particular: what is set up at all

    def offers(self, rail: str, goods: str, *, only_in: str | None = None, test: bool = False) -> bool:
        """Whether a buyer in this chat may be offered a rail for such goods.

        A test rail may where all is a test, and nowhere else without a permit: its money buys real codes.
        """
        if self.everywhere:
            return True
        if rail in self.away or only_in not in (None, self.chat):
            return False
        if test:
            return self.rehearsal or (rail, goods) in self.permitted
        return allowed(rail, self.chat, goods) or (rail, goods) in self.permitted

    def prices(self, goods: str) -> bool:
        """Whether such goods may be shown with a price here, and sold: by the platform's terms, or by a permit."""
        bare = (self.chat, goods) in UNPRICED and not (self.everywhere or self.rehearsal)
        return not bare or any(what == goods for _, what in self.permitted)


def allowed(rail: str, chat: str, goods: str) -> bool:
    """Whether the platform's terms allow it, as we read them."""
    own = OWN.get((chat, goods))
    return (own is None or rail in own) and rail not in NOT.get((chat, goods), ())


PERMITTED = select(permits.c.rail, permits.c.goods).where(permits.c.chat == bindparam("in_chat"))
PERMITS = select(permits).order_by(permits.c.id)
PERMIT = insert_new(permits).on_conflict_do_nothing(index_elements=["rail", "chat", "goods"])
FORBID = delete(permits).where(
    permits.c.rail == bindparam("of_rail"), permits.c.chat == bindparam("in_chat"), permits.c.goods == bindparam("such")
)
AWAY = select(away).order_by(away.c.rail)
GONE = insert_new(away).on_conflict_do_nothing(index_elements=["rail"])  # two processes look at once
STILL = update(away).where(away.c.rail == bindparam("of_rail")).values(why=bindparam("said"))
TOLD = STILL.where(away.c.told_at.is_(None)).values(told_at=bindparam("now"))
BACK = delete(away).where(away.c.rail == bindparam("of_rail"))


def standing(tx: Tx, chat: str) -> Standing:
    return Standing(
        chat,
        frozenset((row.rail, row.goods) for row in tx.all(PERMITTED, in_chat=chat)),
        frozenset(one.rail for one in all_away(tx)) | switches.stopped(tx),
        tx.rules.rehearsal,
    )


def permit(tx: Tx, rail: str, chat: str, goods: str, by: str, warning: str) -> bool:
    """Offer a rail where the platform's terms don't allow it. `warning`: what was read before. False for a repeat."""
    if not tx.changed(PERMIT, rail=rail, chat=chat, goods=goods, by_whom=by, warning=warning[:2000], at=tx.now):
        return False
    audit.write(tx, by, "permit rail", f"{rail} in {chat}", goods=goods, warning=warning[:200])
    return True


def forbid(tx: Tx, rail: str, chat: str, goods: str, by: str) -> bool:
    """Take a permit back. False if there is none."""
    if not tx.changed(FORBID, of_rail=rail, in_chat=chat, such=goods):
        return False
    audit.write(tx, by, "forbid rail", f"{rail} in {chat}", goods=goods)
    return True


def permitted(tx: Tx) -> list[tuple[str, str, str, str, datetime]]:
    """Every permit: rail, chat, goods, by whom, since when."""
    return [(row.rail, row.chat, row.goods, row.by_whom, row.at) for row in tx.all(PERMITS)]


def all_away(tx: Tx) -> list[Away]:
    return [Away(row.rail, row.since, row.why, row.told_at) for row in tx.all(AWAY)]


def looked_at(tx: Tx, rail: str, trouble: str | None) -> Away | None:
    """A rail answered (trouble None), or did not, and is offered to nobody until it does.

    Returns what staff are to hear of now, once: that it is away for some minutes, or that it is back after that.
    """
    known = next((one for one in all_away(tx) if one.rail == rail), None)
    if trouble is None:
        if known:
            tx.changed(BACK, of_rail=rail)
        return known if known and known.told_at else None
    if known is None:
        tx.changed(GONE, rail=rail, since=tx.now, why=trouble[:300], told_at=None)
        return None
    tx.changed(STILL, of_rail=rail, said=trouble[:300])
    if tx.now - known.since >= TELLING and tx.changed(TOLD, of_rail=rail, said=trouble[:300], now=tx.now):
        return known
    return None
