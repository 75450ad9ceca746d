"""Who works here, as the owner sees it: everybody with what they are, and a card for each."""

from __future__ import annotations

from bot.handlers.staff_help import PEOPLE
from bot.staff import staff
from core import hiring
from core.authority import Right, Role, roles_named
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Invitation, Lines, Message, Words, words
from core.hiring import Member
from core.shop import Shop

GIVEN = ("helper", "manager", "owner", "viewer")  # what a card offers; others can be typed: role 3 support


@staff.hears("people", right=Right.PEOPLE)
async def everybody(shop: Shop, person: Person) -> Message:
    """Who works here, the longest first, and the way to let somebody in."""
    found = await shop.db.read(hiring.members)
    choices = [Choice(words("choose-member", name=one.name), f"member {one.id}") for one in found]
    invite = Choice(words("choose-invite"), "invite", main=True)
    return Message(Lines((words("people"), *map(_line, found))), (invite, *choices))


def _line(one: Member) -> Words:
    return words("people-row", name=one.name, roles=hiring.called(one.roles))


@staff.hears("member", right=Right.PEOPLE)
async def show_member(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.read(_member, number)


def _member(tx: Tx, number: str) -> Message:
    one = hiring.member(tx, numbered(number))
    others = [name for name in GIVEN if roles_named(name) != one.roles]
    give = (_become(one, name) for name in others)
    about = words("member", name=one.name, roles=hiring.called(one.roles), n=len(hiring.accounts(tx, one.id)))
    leave = Choice(words("choose-leaver", name=one.name), f"leaver {one.id}")
    if not one.unconfirmed:
        return Message(about, (*give, leave, PEOPLE), card=f"member {one.id}")
    confirm = Choice(words("choose-confirm-member"), f"role {one.id} {'+'.join(sorted(one.roles))}", acts=True)
    doubt = words("member-unconfirmed", name=one.name)
    return Message(Lines((about, doubt)), (confirm, *give, leave, PEOPLE), card=f"member {one.id}")


def _become(one: Member, role: str) -> Choice:
    return Choice(words("choose-role", role=words(f"preset-{role}")), f"role {one.id} {role}", acts=True)


def numbered(said: str) -> int:
    """Raises LeftAlready for what is no number of ours."""
    if not (said.isascii() and said.isdigit() and len(said) < 15):
        raise hiring.LeftAlready()
    return int(said)


@staff.hears("role", right=Right.PEOPLE)
async def give(shop: Shop, person: Person, number: str, role: str) -> Message:
    """They are this from now on, and nothing else."""
    roles = roles_named(role)
    if roles is None:
        return Message(words("role-unknown"), (PEOPLE,))
    return await shop.db.write(_give, numbered(number), roles, person.id)


def _give(tx: Tx, colleague: int, roles: frozenset[Role], by: str) -> Message:
    hiring.give(tx, colleague, roles, by)
    return _member(tx, str(colleague))


@staff.hears("door", right=Right.LOOK, private=True)
async def another_door(shop: Shop, person: Person) -> Message:
    """A way in for another account of one's own."""
    made = await shop.db.write(hiring.another_door, person.id)
    return Message((words("door-made"), *ways_in(shop, made)), (PEOPLE,))


def ways_in(shop: Shop, invite: int) -> list[Words]:
    """How somebody comes in by this invitation; only whoever made it can read it, and not in a group."""
    ways = [words("way-in-telegram", way=Invitation(invite, "/start "))] if "telegram_staff" in shop.senders else []
    if shop.rules.site:
        ways.append(words("way-in-desk", way=Invitation(invite, f"{shop.rules.site}/desk/enter?t=")))
    return ways
