"""How people come to work here, get other roles, and leave: nobody gives more than they have."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ForeignKey, String, Table, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import staff
from core.authority import FOR_CODES, Right, Role, rights, roles_named
from core.ground import audit
from core.ground.columns import UTC, BigId, Digest, Json, Sealed, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Message, Words, words
from core.ground.vault import Secret
from core.quiet import Kind
from core.staff import Colleague, colleagues

VALID = timedelta(hours=24)
DOOR_VALID = timedelta(hours=1)
LONGEST = 60  # characters of a name
OWNER = frozenset({Role.OWNER})


class InviteUsed(ShopError):
    """The one-time link was used, or is too old, or never was one."""


class MoreThanYours(ShopError):
    """Nobody gives or takes what they don't have themselves."""


class LastOwner(ShopError):
    """Without this one the shop would have no owner. Facts: name."""


class LeftAlready(ShopError):
    """They don't work here any more."""


invites = Table(
    "invites",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("fingerprint", Digest, nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("roles", Json, nullable=False),
    Column("by_whom", String(160)),  # the account of whoever invites; null: the command line
    Column("colleague_id", BigId, ForeignKey("colleagues.id")),  # another account of somebody who works here
    Column("key", String(300), unique=True),  # the event it was made in
    Column("sealed", Sealed),  # the token, as long as the one who made it may look at it
    Column("expires_at", UTC, nullable=False),
    Column("used_by", String(160)),
)

GOOD = (invites.c.used_by.is_(None), invites.c.expires_at > bindparam("now"))
INVITE = insert(invites)
BY_PRINT = select(invites).where(invites.c.fingerprint == bindparam("print"), *GOOD)
BY_ID = select(invites).where(invites.c.id == bindparam("invite"), *GOOD)
DOOR = (
    select(invites.c.id)
    .where(invites.c.colleague_id == bindparam("colleague"), invites.c.by_whom == bindparam("person"), *GOOD)
    .limit(1)
)
BY_KEY = select(invites.c.id).where(invites.c.key == bindparam("of_key"))
USE = (
    update(invites)
    .where(invites.c.fingerprint == bindparam("print"), *GOOD)
    .values(used_by=bindparam("person"), sealed=None)
)
END_INVITES = (
    update(invites)
    .where(invites.c.by_whom == bindparam("person"), *GOOD)
    .values(expires_at=bindparam("now"), sealed=None)
)
NEW = insert_new(staff.staff)
OPEN_DOOR = NEW.on_conflict_do_update(
    index_elements=["person_id"], set_={"colleague_id": NEW.excluded.colleague_id, "since": NEW.excluded.since}
)
LOCK = select(colleagues.c.id).where(colleagues.c.left_at.is_(None)).order_by(colleagues.c.id).with_for_update()
ONE = select(colleagues).where(colleagues.c.id == bindparam("colleague"))
ROLES = (
    update(colleagues)
    .where(colleagues.c.id == bindparam("colleague"))
    .values(roles=bindparam("given"), codes_since=bindparam("codes"))
)
LEAVE = (
    update(colleagues)
    .where(colleagues.c.id == bindparam("colleague"), colleagues.c.left_at.is_(None))
    .values(left_at=bindparam("now"), left_with=bindparam("key"))
)
LEFT_WHAT = update(colleagues).where(colleagues.c.id == bindparam("colleague")).values(left_what=bindparam("what"))
ACCOUNTS = select(staff.staff.c.person_id).where(staff.staff.c.colleague_id == bindparam("colleague"))
NAMES = (
    select(staff.staff.c.person_id, colleagues.c.name)
    .join(colleagues)
    .where(staff.staff.c.person_id.in_(bindparam("persons", expanding=True)))
)
PRESENT = select(colleagues).where(colleagues.c.left_at.is_(None)).order_by(colleagues.c.id)


@dataclass(frozen=True)
class Member:
    """Somebody who works here, whatever account they speak from."""

    id: int
    name: str
    roles: frozenset[Role]
    codes_since: datetime | None = None  # since when they may take codes out, as far as somebody has said so

    @property
    def rights(self) -> frozenset[Right]:
        return rights(self.roles)

    @property
    def unconfirmed(self) -> bool:
        """Whether they came before there were roles: nobody has said that they are somebody else than the others."""
        return self.codes_since is None and self.rights >= FOR_CODES


@dataclass(frozen=True)
class Invite:
    """A link that lets one person in. The token is shown to whoever made it, and kept by its fingerprint."""

    id: int
    token: str


# Coming


def invite(tx: Tx, name: str, roles: Iterable[Role] = OWNER, within: timedelta = VALID) -> str:
    """A token that lets one person in, once: the command line's, which needs nobody's leave. Kept by its fingerprint.

    It also lets an owner in again whose account is lost.
    """
    return _invite(tx, name, frozenset(roles), None, None, within).token


def invite_by(tx: Tx, person: str, name: str, roles: frozenset[Role], key: str) -> int:
    """The same by somebody who works here; returns its number, by which they may look at it. A repeat finds it.

    Raises NotStaff, NotAllowed, MoreThanYours.
    """
    _may_give(staff.may(tx, person, Right.PEOPLE), roles)
    known = tx.value(BY_KEY, of_key=key)
    return known if known is not None else _invite(tx, name, roles, person, None, VALID, key).id


def another_door(tx: Tx, person: str) -> int:
    """An invitation for another account of the same colleague: the desk beside the bot. Raises NotStaff.

    A repeat finds the one that is there, as long as it is good for a while.
    """
    found = staff.colleague(tx, person)
    known = tx.value(DOOR, colleague=found.id, person=person, now=tx.now + DOOR_VALID / 2)
    return known if known is not None else _invite(tx, found.name, found.roles, person, found.id, DOOR_VALID).id


def _invite(
    tx: Tx,
    name: str,
    roles: frozenset[Role],
    by: str | None,
    same: int | None,
    within: timedelta,
    key: str | None = None,
) -> Invite:
    token = secrets.token_urlsafe(24)
    made = tx.insert(
        INVITE,
        fingerprint=tx.vault.fingerprint(token, "invite"),
        name=name[:LONGEST],
        roles=sorted(roles),
        by_whom=by,
        colleague_id=same,
        key=key,
        sealed=tx.vault.seal(token, bound_to(name[:LONGEST])) if by else None,
        expires_at=tx.now + within,
    )
    audit.write(tx, by or "command line", "invite", name[:LONGEST], roles=sorted(roles))
    return Invite(made, token)


def bound_to(name: str) -> str:
    return f"invite {name}"


def token(tx: Tx, invite: int, reader: str) -> Secret | None:
    """The token of an invitation, for whoever made it. None once it is used or too old. Raises LookupError."""
    row = tx.first(BY_ID, invite=invite, now=tx.now)
    if row is None:
        return None
    if row.by_whom != reader:
        raise LookupError(f"invitation {invite} is not {reader}'s")
    return tx.vault.open(row.sealed, bound_to(row.name))


def enter(tx: Tx, token: str, person_id: str) -> Colleague:
    """The holder of the token works here from now on. Who does already gets its roles besides those they have.

    Raises InviteUsed for a used, old or unknown one, and where who made it may not give so much any more.
    """
    print_ = tx.vault.fingerprint(token, "invite")
    _lock(tx)
    found = tx.first(BY_PRINT, print=print_, now=tx.now)
    if found is None or not tx.changed(USE, print=print_, person=person_id, now=tx.now):
        raise InviteUsed()
    roles = frozenset(map(Role, found.roles))
    if found.by_whom is not None and found.colleague_id is None and not _still_may(tx, found.by_whom, roles):
        raise InviteUsed()
    if found.colleague_id is not None:
        _another_account(tx, person_id, found.colleague_id)
    elif staff.is_staff(tx, person_id):
        _more(tx, staff.colleague(tx, person_id).id, roles, by_owner=found.by_whom is None)
    else:
        _new(tx, person_id, found.name, roles)
    audit.write(tx, person_id, "enter", found.name)
    if found.by_whom is not None:  # the command line's is the owner's own doing
        told = words("told-entered", name=found.name, roles=called(roles))
        staff.tell(tx, f"entered {found.id}", Message(told), Kind.SECURITY)
    return staff.colleague(tx, person_id)


def _still_may(tx: Tx, by: str, roles: frozenset[Role]) -> bool:
    try:
        _may_give(staff.may(tx, by, Right.PEOPLE), roles)
    except ShopError:
        return False
    return True


def _another_account(tx: Tx, person_id: str, colleague: int) -> None:
    """It is this colleague's from now on. If it was all that another had, they are one: that other is here no more.

    Raises InviteUsed, LastOwner.
    """
    if _member(tx, colleague) is None:
        raise InviteUsed()
    before = staff.colleague(tx, person_id).id if staff.is_staff(tx, person_id) else colleague
    tx.changed(OPEN_DOOR, person_id=person_id, colleague_id=colleague, since=tx.now)
    if before != colleague and not accounts(tx, before):
        other = member(tx, before)
        _not_the_last(tx, other)
        tx.changed(LEAVE, colleague=before, now=tx.now, key=f"one with colleague {colleague}")
        audit.write(tx, person_id, "leave", other.name, one_with=colleague)


def _more(tx: Tx, colleague: int, roles: frozenset[Role], *, by_owner: bool) -> None:
    """Besides the roles they have. Only the owner's own link, from the command line, says who somebody is."""
    known = member(tx, colleague)
    codes = _codes_since(tx, known, known.roles | roles, confirms=by_owner)
    tx.changed(ROLES, colleague=colleague, given=sorted(known.roles | roles), codes=codes)


def _new(tx: Tx, person_id: str, name: str, roles: frozenset[Role]) -> None:
    codes = tx.now if rights(roles) >= FOR_CODES else None
    made = tx.insert(insert(colleagues), name=name, roles=sorted(roles), since=tx.now, codes_since=codes)
    tx.changed(OPEN_DOOR, person_id=person_id, colleague_id=made, since=tx.now)


def _codes_since(tx: Tx, known: Member, roles: frozenset[Role], *, confirms: bool) -> datetime | None:
    """Since when they may take codes out, once they have these roles: what they had before counts on."""
    if not rights(roles) >= FOR_CODES:
        return None
    if known.rights >= FOR_CODES and not (known.unconfirmed and confirms):
        return known.codes_since
    return tx.now


# Other roles, and leaving


def members(tx: Tx) -> list[Member]:
    """All who work here, the longest first."""
    return [Member(row.id, row.name, frozenset(map(Role, row.roles)), row.codes_since) for row in tx.all(PRESENT)]


def member(tx: Tx, colleague: int) -> Member:
    """Raises LeftAlready for one who doesn't work here."""
    found = _member(tx, colleague)
    if found is None:
        raise LeftAlready()
    return found


def _member(tx: Tx, colleague: int) -> Member | None:
    return next((one for one in members(tx) if one.id == colleague), None)


def called(roles: frozenset[Role]) -> Words:
    """What somebody is: a preset's name, or the names of their roles."""
    for preset in ("owner", "helper"):
        if roles == roles_named(preset):
            return words(f"preset-{preset}")
    named = [words(f"role-{role}") for role in sorted(roles)]
    found = named[0]
    for other in named[1:]:
        found = words("roles-and", one=found, other=other)
    return found


def names(tx: Tx, persons: Sequence[str]) -> dict[str, str]:
    """What each of these accounts that works here, or did, is called."""
    return {row.person_id: row.name for row in tx.all(NAMES, persons=list(persons))}


def accounts(tx: Tx, colleague: int) -> list[str]:
    """What they speak from: "telegram_staff:1", "browser:k3…"."""
    return [row.person_id for row in tx.all(ACCOUNTS, colleague=colleague)]


def give(tx: Tx, colleague: int, roles: frozenset[Role], by: str) -> Member:
    """They have these roles from now on, and no others. A repeat changes nothing.

    To give somebody who came before there were roles what they have already says that they are a person of their own,
    who may be the second for a file of codes. Nobody says that of themselves.
    Raises NotStaff, NotAllowed, MoreThanYours (also for what they have and the giver has not), LastOwner, LeftAlready.
    """
    _lock(tx)
    giver = staff.may(tx, by, Right.PEOPLE)
    known = member(tx, colleague)
    _may_give(giver, roles | known.roles)
    codes = _codes_since(tx, known, roles, confirms=giver.id != colleague)
    if roles == known.roles and codes == known.codes_since:
        return known
    if Role.OWNER not in roles:
        _not_the_last(tx, known)
    tx.changed(ROLES, colleague=colleague, given=sorted(roles), codes=codes)
    audit.write(tx, by, "give roles", known.name, roles=sorted(roles), before=sorted(known.roles))
    told = words("told-roles", staff=giver.name, name=known.name, roles=called(roles))
    staff.tell(tx, f"roles {colleague} {tx.now.isoformat()}", Message(told), Kind.SECURITY)
    return member(tx, colleague)


def goes(tx: Tx, colleague: int, by: str, key: str) -> Member | None:
    """They don't work here any more, and the invitations they gave out are worth nothing. All else: core/leaving.py.

    None for a repeat of the key. Raises as give; one may go oneself.
    """
    _lock(tx)
    if left_what(tx, colleague, key) is not None:
        return None
    known = member(tx, colleague)
    if staff.colleague(tx, by).id != colleague:
        _may_give(staff.may(tx, by, Right.PEOPLE), known.roles)
    _not_the_last(tx, known)
    tx.changed(LEAVE, colleague=colleague, now=tx.now, key=key)
    return known


def end_invites(tx: Tx, person: str) -> int:
    """What this account gave out and nobody has used lets nobody in any more."""
    return tx.changed(END_INVITES, person=person, now=tx.now)


def keep_what_left(tx: Tx, colleague: int, what: Mapping[str, Any]) -> None:
    """What ended with them: shown again to whoever presses twice."""
    tx.changed(LEFT_WHAT, colleague=colleague, what=dict(what))


def left_what(tx: Tx, colleague: int, key: str) -> Mapping[str, Any] | None:
    """What ended with somebody who was let go in this event; None if they weren't."""
    row = tx.first(ONE, colleague=colleague)
    return (row.left_what or {}) if row and row.left_with == key else None


def _lock(tx: Tx) -> None:
    """One at a time: two owners who dismiss each other at once would leave the shop to nobody."""
    tx.all(LOCK)


def _may_give(giver: Colleague, roles: frozenset[Role]) -> None:
    if not rights(roles) <= giver.rights:
        raise MoreThanYours()


def _not_the_last(tx: Tx, known: Member) -> None:
    owners = [one for one in members(tx) if Role.OWNER in one.roles]
    if [one.id for one in owners] == [known.id]:
        raise LastOwner(name=known.name)
