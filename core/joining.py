"""Both have said yes: two customers become one, and part again when that was wrong."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, ForeignKey, String, Table, bindparam, insert, select

from core import cards, kin, linking, listings, staff
from core.authority import Right
from core.customers import Person
from core.ground import audit
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.kin import Account
from core.linking import LinkCodeOver, link_codes

links = Table(
    "links",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("asked_by", String(160), ForeignKey("people.id"), nullable=False),
    Column("said_by", String(160), ForeignKey("people.id"), nullable=False),
    Column("came", Json, nullable=False),  # the accounts that were the other customer's: who goes if it was wrong
    Column("at", UTC, nullable=False),
)

ANSWER = linking.END.where(  # whoever asked for the code says yes or no: the first word counts
    link_codes.c.person_id == bindparam("person"), link_codes.c.sure_at.is_not(None), *linking.GOOD
)
LINK = insert(links)
ONE_LINK = select(links).where(links.c.id == bindparam("link"))


# The answer of whoever asked for the code


def link(tx: Tx, code: int, person_id: str) -> Account:
    """Whoever asked for the code says yes: both accounts are one customer's from now on. Returns the other account.

    Every account but this one is told. A repeat changes nothing. Raises NotToBeLinked, LinkCodeOver, LinkedAlready,
    TooManyAccounts.
    """
    row = tx.first(linking.ONE, code=code)
    if row is None or row.person_id != person_id or row.sure_at is None:
        raise LinkCodeOver()
    one, other = kin.locked(tx, person_id, row.said_by)
    found = next(each for each in other if each.person == row.said_by)
    if not tx.changed(ANSWER, code=code, person=person_id, now=tx.now, moment=tx.now, how="linked"):
        if tx.one(linking.ONE, code=code).outcome == "linked" and one[0].customer == other[0].customer:
            return found
        raise LinkCodeOver()
    linking.must_fit(tx, one, other, person_id, row.said_by)
    came = [each.person for each in other]
    made = tx.insert(LINK, key=f"code {code}", asked_by=person_id, said_by=row.said_by, came=came, at=tx.now)
    kin.join(tx, one, other)
    audit.write(tx, person_id, "link accounts", row.said_by, link=made)
    asker = next(each for each in one if each.person == person_id)
    _tell_linked(tx, made, [each for each in one if each is not asker], found)
    _tell_linked(tx, made, other, asker)
    return found


def _tell_linked(tx: Tx, made: int, accounts: Sequence[Account], about: Account) -> None:
    """So that whoever did not want it notices. The way back in the message stays good."""
    back = Choice(words("choose-not-me"), f"unlink {made}")
    told = Message(
        words("told-linked", name=linking.called(about), chat=linking.chat_of(about)), (back, cards.MY_ORDERS)
    )
    for each in accounts:
        staff.say(tx, f"linked {made} {each.person}", each.person, told)


def refuse(tx: Tx, code: int, person_id: str) -> None:
    """Whoever asked for the code says no: nothing is linked, the code is over, and whoever said it is told.

    A repeat changes nothing. Raises LinkCodeOver.
    """
    if tx.changed(ANSWER, code=code, person=person_id, now=tx.now, moment=tx.now, how="refused"):
        row = tx.one(linking.ONE, code=code)
        about = linking.account(tx, person_id)
        told = words("told-link-refused", name=linking.called(about), chat=linking.chat_of(about))
        staff.say(tx, f"link refused {code}", row.said_by, Message(told, (cards.HUMAN,)))
        return
    row = tx.first(linking.ONE, code=code)
    if row is None or row.person_id != person_id or row.outcome != "refused":
        raise LinkCodeOver()


# Parting


def with_it(tx: Tx, person: Person, which: str) -> list[Account]:
    """Who goes if this is undone: what came by the link of that number, or the account of that name.

    Only as far as they are linked with this person at this moment; nobody else's are ever found.
    """
    company = kin.company(tx, person.customer)
    return _going(tx, company, which) if len(company) > 1 else []


def _going(tx: Tx, company: Sequence[Account], which: str) -> list[Account]:
    named = {which}
    if which.isascii() and which.isdigit() and len(which) < 15:
        row = tx.first(ONE_LINK, link=int(which))
        named = set(row.came) if row else set()
    going = [each for each in company if each.person in named]
    return going if len(going) < len(company) else []


def unlink(tx: Tx, person_id: str, which: str) -> bool:
    """A buyer parts from accounts that are linked with theirs, see with_it. False if there are none (any more).

    Orders go with the account that placed them, and credit as kin.part says. A repeat changes nothing.
    """
    company, *_ = kin.locked(tx, person_id)
    return _part(tx, company, _going(tx, company, which), person_id)


def unlink_for(tx: Tx, account: str, person: str) -> bool:
    """Staff part an account from all it was linked with, because the link was wrong. False if it is by itself.

    Raises NotStaff, NotAllowed.
    """
    staff.may(tx, person, Right.DECIDE)
    company, *_ = kin.locked(tx, account)
    return _part(tx, company, _going(tx, company, account), person)


def _part(tx: Tx, company: Sequence[Account], leaving: Sequence[Account], by: str) -> bool:
    staying = [each for each in company if each not in leaving]
    if not leaving or not staying:
        return False
    kin.part(tx, leaving, staying)
    listings.follow(tx, leaving, staying)
    names = [each.person for each in leaving]
    audit.write(tx, by, "unlink accounts", names[0], accounts=names)
    told = Message(words("told-unlinked"), (cards.MY_ORDERS, cards.HUMAN))
    for each in company:
        if each.person != by:
            staff.say(tx, f"unlinked {each.person} {tx.now.isoformat()}", each.person, told)
    return True
