"""Files that people take out: who asked, who agreed, when they may be fetched, and that they were, once.

What holds codes needs two people, or waits long enough for owners to stop it. The files are made when they are fetched;
nothing of them is kept.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import text as sql

from core import catalog, hiring, inventory, orders, reveals, staff
from core.authority import FOR_CODES, Right
from core.ground import audit, once
from core.ground.columns import UTC, BigId, Json, metadata, whole
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Codes, Message, OneTime, words
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.hiring import Member
from core.pasted import PastedCode
from core.quiet import Kind as NoticeKind
from core.reveals import LinkUsed, NothingToReveal
from core.staff import Colleague

FETCHED_WITHIN = timedelta(hours=1)  # a file without codes
CODES_FETCHED_WITHIN = timedelta(hours=24)
AGREED_WITHIN = timedelta(hours=24)
SHOWN = timedelta(minutes=10)  # so long a passphrase stands in a chat that makes its history anew
FORMATS = ("xlsx", "csv")
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")  # of an order
PAGE = 500  # codes opened in one transaction


class Kind(StrEnum):
    """What a file is about. Its name is a sentence: file-orders."""

    ORDERS = "orders"
    RECEIPTS = "receipts"
    REFUNDS = "refunds"
    STOCK = "stock"
    CUSTOMERS = "customers"
    BOOKS = "books"  # of a month, by day and way to pay
    ACCOUNTS = "accounts"  # of a month, what each account of the ledger had before and has after
    CODES = "codes"


class State(StrEnum):
    ASKED = "asked"
    READY = "ready"
    STOPPED = "stopped"
    TAKEN = "taken"


class SecondPersonNeeded(ShopError):
    """Nobody agrees to what they asked for themselves, nor does who could not yet a day before it was asked."""


class EnoughExported(ShopError):
    """They have taken out as many files as one may in a day. Facts: most."""


class ExportDecided(ShopError):
    """The file was fetched, stopped or agreed to before, or nobody agreed in time. Facts: state."""


exports = Table(
    "exports",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event it was asked in
    Column("kind", String(12), nullable=False),
    Column("format", String(4), nullable=False),
    Column("about", Json, nullable=False),  # a month, an order, a product; and which codes there were
    Column("why", String(200), nullable=False),
    Column("colleague_id", BigId, ForeignKey("colleagues.id"), nullable=False),
    Column("person_id", String(160), nullable=False),  # the account that asked: the link is shown to no other
    Column("state", String(8), nullable=False),
    Column("asked_at", UTC, nullable=False),
    Column("due_at", UTC),  # codes that one person takes out alone: not before
    Column("agreed_by", BigId, ForeignKey("colleagues.id")),
    Column("expires_at", UTC, nullable=False),
    Column("phrase_at", UTC),  # when its passphrase was shown
    Column("ended_at", UTC),
    Column("rows", Integer),  # how many were in it
    CheckConstraint("state IN ('asked', 'ready', 'stopped', 'taken')", name="state"),
    CheckConstraint("agreed_by <> colleague_id", name="two_people"),
    CheckConstraint(
        "kind <> 'codes' OR state IN ('asked', 'stopped') OR agreed_by IS NOT NULL OR due_at IS NOT NULL", name="agreed"
    ),
    Index("ix_exports_colleague_id", "colleague_id", "asked_at"),
    Index("ix_exports_due_at", "due_at", sqlite_where=sql("state = 'asked'"), postgresql_where=sql("state = 'asked'")),
)

ASK = insert(exports)
ONE = select(exports).where(exports.c.id == bindparam("export"))
BY_KEY = select(exports.c.id).where(exports.c.key == bindparam("of_key"))
TODAY = select(whole(func.count())).where(
    exports.c.colleague_id == bindparam("colleague"),
    exports.c.asked_at > bindparam("after"),
    exports.c.state != "stopped",
)
OPEN_OF = (
    select(exports)
    .where(exports.c.colleague_id == bindparam("colleague"), exports.c.state.in_(("asked", "ready")))
    .order_by(exports.c.id)
)
AGREE = (
    update(exports)
    .where(
        exports.c.id == bindparam("export"),
        exports.c.state == "asked",
        exports.c.due_at.is_(None),
        exports.c.expires_at > bindparam("now"),
    )
    .values(state="ready", agreed_by=bindparam("by"), expires_at=bindparam("until"))
)
STOP = (
    update(exports)
    .where(exports.c.id == bindparam("export"), exports.c.state.in_(("asked", "ready")))
    .values(state="stopped", ended_at=bindparam("now"))
)
DUE = (
    select(exports.c.id)
    .where(exports.c.state == "asked", exports.c.due_at <= bindparam("now"))
    .order_by(exports.c.id)
    .limit(bindparam("most"))
)
RIPEN = (
    update(exports)
    .where(exports.c.id == bindparam("export"), exports.c.state == "asked", exports.c.due_at <= bindparam("now"))
    .values(state="ready", expires_at=bindparam("until"))
)
TAKE = (
    update(exports)
    .where(exports.c.id == bindparam("export"), exports.c.state == "ready", exports.c.expires_at > bindparam("now"))
    .values(state="taken", ended_at=bindparam("now"))
)
SHOW_PHRASE = (
    update(exports)
    .where(exports.c.id == bindparam("export"), exports.c.phrase_at.is_(None), exports.c.kind == "codes")
    .values(phrase_at=bindparam("now"))
)
AVAILABLE = (
    inventory.codes.c.product_id == bindparam("product"),
    inventory.codes.c.state == "available",
    inventory.batches.c.state == "live",
)
WITH_BATCH = inventory.codes.join(inventory.batches, inventory.batches.c.id == inventory.codes.c.batch_id)
BATCHES = (
    select(inventory.codes.c.batch_id, func.count().label("many"))
    .select_from(WITH_BATCH)
    .where(*AVAILABLE)
    .group_by(inventory.codes.c.batch_id)
    .order_by(inventory.codes.c.batch_id)
)
IN_STOCK = (
    select(inventory.codes.c.id)
    .select_from(WITH_BATCH)
    .where(
        *AVAILABLE,
        inventory.codes.c.id > bindparam("after"),
        inventory.codes.c.batch_id.in_(bindparam("among", expanding=True)),
    )
    .order_by(inventory.codes.c.id)
    .limit(bindparam("most"))
)
COUNTED = update(exports).where(exports.c.id == bindparam("export")).values(rows=bindparam("many"))


@dataclass(frozen=True)
class Export:
    id: int
    kind: Kind
    format: str
    about: Mapping[str, Any]
    why: str
    by: int  # the colleague
    person: str
    state: State
    asked_at: datetime
    due_at: datetime | None
    expires_at: datetime

    @property
    def needs(self) -> frozenset[Right]:
        return FOR_CODES if self.kind is Kind.CODES else frozenset({Right.EXPORT})


def _export(row: AnyRow) -> Export:
    about = (row.id, Kind(row.kind), row.format, row.about, row.why, row.colleague_id, row.person_id)
    return Export(*about, State(row.state), row.asked_at, row.due_at, row.expires_at)


def get(tx: Tx, export: int) -> Export:
    """Raises LookupError."""
    return _export(tx.one(ONE, export=export))


def known(tx: Tx, export: int) -> Export:
    """The same for a number somebody typed. Raises LinkUsed."""
    row = tx.first(ONE, export=export)
    if row is None:
        raise LinkUsed()
    return _export(row)


# Asking


def ask(tx: Tx, person: str, kind: Kind, format: str, about: Mapping[str, Any], why: str, key: str) -> int:
    """A file without codes: it may be fetched at once, for an hour. A repeat finds it.

    Raises NotStaff, NotAllowed, ReasonNeeded, EnoughExported.
    """
    who = staff.may(tx, person, Right.EXPORT)
    found = tx.value(BY_KEY, of_key=key)
    if found is not None:
        return found
    reason = reveals.reason_of(why)
    made = _ask(tx, who, kind, format, about, reason, key, State.READY, None, tx.now + FETCHED_WITHIN)
    told = Message(words("told-export", staff=who.name, file=words(f"file-{kind}"), why=reason))
    staff.tell(tx, f"export {made}", told, NoticeKind.SECURITY)
    return made


def ask_codes(tx: Tx, person: str, about: Mapping[str, Any], why: str, key: str) -> int:
    """A file of codes: another one who may must agree, or, where there is nobody else, it waits and owners are told.

    `about` is what of_codes found: these codes and no others will be in it, less what is sold meanwhile. A repeat
    finds it. Raises NotStaff, NotAllowed, ReasonNeeded, EnoughExported.
    """
    who = _may_take_codes(tx, person)
    found = tx.value(BY_KEY, of_key=key)
    if found is not None:
        return found
    others = _could_agree(tx, who.id, tx.now)
    due = None if others else tx.now + tx.rules.export_wait
    until = tx.now + AGREED_WITHIN if due is None else due + CODES_FETCHED_WITHIN
    made = _ask(tx, who, Kind.CODES, "zip", about, reveals.reason_of(why), key, State.ASKED, due, until)
    _tell_asked(tx, get(tx, made), who, others)
    return made


def _ask(
    tx: Tx,
    who: Colleague,
    kind: Kind,
    format: str,
    about: Mapping[str, Any],
    why: str,
    key: str,
    state: State,
    due: datetime | None,
    until: datetime,
) -> int:
    reveals.lock(tx, who)  # two at once would each see room for one
    if tx.value(TODAY, colleague=who.id, after=tx.now - reveals.DAY) >= tx.rules.files_a_day:
        raise EnoughExported(most=tx.rules.files_a_day)
    made = tx.insert(
        ASK,
        key=key,
        kind=kind,
        format=format,
        about=dict(about),
        why=why,
        colleague_id=who.id,
        person_id=who.person,
        state=state,
        asked_at=tx.now,
        due_at=due,
        expires_at=until,
    )
    audit.write(tx, who.person, "ask export", f"export {made}", kind=kind, of=_subject(about), why=why)
    return made


def _subject(about: Mapping[str, Any]) -> str:
    return " ".join(str(about[name]) for name in ("month", "number", "slug") if name in about)


def _tell_asked(tx: Tx, export: Export, who: Colleague, others: list[Member]) -> None:
    """Whoever could agree, and all owners, each in their own chat; and the rooms, at once."""
    stop = Choice(words("choose-stop-export"), f"stop-export {export.id}", acts=True)
    facts = {"staff": who.name, "n": export.about["n"], "what": _subject(export.about), "why": export.why}
    if export.due_at is None:
        agree = Choice(words("choose-agree-export"), f"agree-export {export.id}", acts=True, main=True)
        message = Message(words("told-codes-asked", **facts), (agree, stop), card=f"export {export.id}")
    else:
        message = Message(words("told-codes-wait", time=export.due_at, **facts), (stop,), card=f"export {export.id}")
    staff.tell(tx, f"export {export.id}", message, NoticeKind.SECURITY)
    concerned = {one.id for one in others} | {one.id for one in hiring.members(tx) if Right.OWN in one.rights}
    for one in staff.everyone(tx):
        if one.id in concerned and one.person != export.person:
            staff.say(tx, f"export {export.id} to {one.person}", one.person, message)  # not twice, where no room is


def _may_take_codes(tx: Tx, person: str) -> Colleague:
    staff.may(tx, person, Right.REVEAL)
    return staff.may(tx, person, Right.EXPORT)


def _could_agree(tx: Tx, asker: int, asked_at: datetime) -> list[Member]:
    """Who else has the rights, and had them before: nobody lets a friend in, or makes one more, to agree with them.

    Who came before there were roles may be the asker's other account, until somebody has said that they aren't.
    """
    before = asked_at - tx.rules.export_wait
    others = [one for one in hiring.members(tx) if one.id != asker and one.rights >= FOR_CODES]
    return [one for one in others if one.codes_since is not None and one.codes_since <= before]


# Agreeing, waiting, stopping


def agree(tx: Tx, export: int, person: str) -> Export:
    """Asked becomes ready, by somebody else than who asked: they get the link in their own chat.

    A repeat, and a second one who agrees, raises ExportDecided. Raises SecondPersonNeeded, NotStaff, NotAllowed.
    """
    who = _may_take_codes(tx, person)
    asked = known(tx, export)
    if who.id not in {one.id for one in _could_agree(tx, asked.by, asked.asked_at)}:
        raise SecondPersonNeeded()
    if not tx.changed(AGREE, export=export, by=who.id, now=tx.now, until=tx.now + CODES_FETCHED_WITHIN):
        raise ExportDecided(state=words(f"export-is-{known(tx, export).state}"))
    audit.write(tx, person, "agree export", f"export {export}")
    _hand_the_link(tx, export)
    return get(tx, export)


def due(tx: Tx, most: int) -> list[int]:
    """What has waited long enough."""
    return [row.id for row in tx.all(DUE, now=tx.now, most=most)]


def ripen(tx: Tx, export: int) -> None:
    """Nobody has stopped it: asked becomes ready. A repeat, or one that is stopped, changes nothing."""
    if tx.changed(RIPEN, export=export, now=tx.now, until=tx.now + CODES_FETCHED_WITHIN):
        audit.write(tx, "clock", "release export", f"export {export}")
        _hand_the_link(tx, export)


def _hand_the_link(tx: Tx, export: int) -> None:
    found = get(tx, export)
    staff.tell_one(tx, f"export {export} ready", found.person, ready(tx, found))


def ready(tx: Tx, export: Export) -> Message:
    """The link by which it is fetched once, for whoever asked."""
    way = OneTime("export", export.id, f"{tx.rules.address}/once?t=")
    if export.kind is not Kind.CODES:
        return Message(words("export-ready", file=words(f"file-{export.kind}"), way=way, time=export.expires_at))
    phrase = Choice(words("choose-passphrase"), f"passphrase {export.id}", acts=True, main=True)
    stop = Choice(words("choose-stop-export"), f"stop-export {export.id}", acts=True)
    return Message(words("export-codes-ready", n=export.about["n"], way=way, time=export.expires_at), (phrase, stop))


def stop(tx: Tx, export: int, person: str) -> Export:
    """Asked or ready becomes stopped: by an owner, by whoever could agree, or by who asked. A repeat changes nothing.

    Raises ExportDecided for what was fetched, NotStaff, NotAllowed.
    """
    who = staff.may(tx, person, Right.EXPORT)
    found = known(tx, export)
    if found.state is State.STOPPED:
        return found
    if not _stopped(tx, found, person, who.name):
        raise ExportDecided(state=words(f"export-is-{known(tx, export).state}"))
    return get(tx, export)


def stop_all(tx: Tx, colleague: int, person: str, who: str) -> int:
    """All that this colleague asked for and has not fetched: its asker has left. Returns how many files."""
    return sum(_stopped(tx, _export(row), person, who) for row in tx.all(OPEN_OF, colleague=colleague))


def _stopped(tx: Tx, found: Export, person: str, who: str) -> bool:
    if not tx.changed(STOP, export=found.id, now=tx.now):
        return False
    audit.write(tx, person, "stop export", f"export {found.id}")
    told = words("told-export-stopped", staff=who, file=words(f"file-{found.kind}"))
    staff.tell(tx, f"export {found.id} stopped", Message(told, card=f"export {found.id}"), NoticeKind.SECURITY)
    return True


# Fetching


def link(tx: Tx, export: int, reader: str) -> Secret | None:
    """The token, for the account that asked, as long as the file may be fetched."""
    found = get(tx, export)
    if found.state is not State.READY or found.person != reader or found.expires_at <= tx.now:
        return None
    return Secret(once.token(tx, "export", found.id, found.asked_at))


def show_phrase(tx: Tx, export: int, person: str) -> bool:
    """From now on, for some minutes, the one who asked may read the passphrase: once. False if it was shown before."""
    found = known(tx, export)
    _may_take_codes(tx, person)
    if found.person != person or found.state not in (State.READY, State.TAKEN):
        raise LinkUsed()
    if not tx.changed(SHOW_PHRASE, export=export, now=tx.now):
        return False
    audit.write(tx, person, "show passphrase", f"export {export}")
    return True


def phrase(tx: Tx, export: int, reader: str) -> Secret | None:
    """The passphrase of the file, for the account that asked, for some minutes after it was shown first."""
    row = tx.one(ONE, export=export)
    shown = row.phrase_at is not None and row.phrase_at + SHOWN > tx.now
    return passphrase(tx, _export(row)) if shown and row.person_id == reader else None


def passphrase(tx: Tx, export: Export) -> Secret:
    """What the file is encrypted by; only for making it, and for `phrase`."""
    return Secret(once.passphrase(tx, "export", export.id, export.asked_at))


def take(tx: Tx, token: str) -> Export:
    """Ready becomes taken: the file is made now, for whoever holds the token, once.

    Raises LinkUsed for a used, old or unknown token, and where who asked may not any more.
    """
    named = once.named(token)
    row = tx.first(ONE, export=named[1]) if named and named[0] == "export" else None
    if row is None or not hmac.compare_digest(once.token(tx, "export", row.id, row.asked_at), token):
        raise LinkUsed()
    found = _export(row)
    allowed = staff.is_staff(tx, found.person) and staff.colleague(tx, found.person).rights >= found.needs
    if not allowed or not tx.changed(TAKE, export=found.id, now=tx.now):
        raise LinkUsed()
    audit.write(tx, found.person, "export", f"export {found.id}", kind=found.kind, of=_subject(found.about))
    if found.kind is Kind.CODES:
        who = staff.colleague(tx, found.person)
        told = words("told-codes-taken", staff=who.name, n=found.about["n"], what=_subject(found.about))
        staff.tell(tx, f"export {found.id} taken", Message(told, card=f"export {found.id}"), NoticeKind.SECURITY)
    return found


def everything(tx: Tx, key: str, codes: int) -> None:
    """All the shop has is about to be taken out at the command line, so many codes with it: staff and owners are told.

    A repeat of the key tells nobody twice.
    """
    audit.write(tx, "command line", "export everything", "", codes=codes)
    told = Message(words("told-everything", n=codes))
    staff.tell(tx, f"everything {key}", told, NoticeKind.SECURITY)
    owners = {one.id for one in hiring.members(tx) if Right.OWN in one.rights}
    for one in staff.everyone(tx):
        if one.id in owners:
            staff.say(tx, f"everything {key} to {one.person}", one.person, told)  # not twice, where no room is


def of_codes(tx: Tx, said: str) -> Mapping[str, Any]:
    """Of an order by its number, or of a product by its name. Raises as those."""
    return of_order(tx, said) if NUMBER.fullmatch(said.upper()) else of_stock(tx, said)


def of_order(tx: Tx, number: str) -> Mapping[str, Any]:
    """What a file of an order's codes is about. Raises UnknownOrder, NothingToReveal."""
    found = reveals.of_order(tx, orders.numbered(tx, number))
    about = {"number": found.about.removeprefix("order "), "n": len(found.codes)}
    return {**about, "units": list(found.units), "codes": list(found.codes)}


def of_stock(tx: Tx, slug: str) -> Mapping[str, Any]:
    """What a file of a product's codes in stock is about. Raises NoSuchProduct, NothingToReveal."""
    product = catalog.product(tx, slug)
    found = tx.all(BATCHES, product=product.id)
    if not found:
        raise NothingToReveal()
    among = [row.batch_id for row in found]  # to a batch on sale nothing is ever added
    return {"slug": product.slug, "n": sum(row.many for row in found), "batches": among}


def codes(tx: Tx, export: Export, after: int, so_far: int) -> tuple[list[PastedCode], Codes | None, int | None]:
    """The next codes of a file, what of an order leaves by them, and after which to go on. Only for making the file.

    Those that there were when it was asked for, and never more of them; `so_far` are in it already.
    """
    about = export.about
    if "number" in about:
        opened = inventory.reveal_codes(tx, about["codes"])
        leaving = Codes(orders.numbered(tx, about["number"]).id, tuple(about["units"]))
        return [opened[code] for code in about["codes"]], leaving, None
    most = min(PAGE, about["n"] - so_far)
    product = catalog.product(tx, about["slug"])
    rows = tx.all(IN_STOCK, product=product.id, among=about["batches"], after=after, most=most)
    numbers = [row.id for row in rows]
    opened = inventory.reveal_codes(tx, numbers)
    return [opened[code] for code in numbers], None, numbers[-1] if len(numbers) == PAGE else None


def counted(tx: Tx, export: int, rows: int) -> None:
    """How many rows the file had in the end."""
    tx.changed(COUNTED, export=export, many=rows)
    audit.write(tx, "shop", "exported", f"export {export}", count=rows)
