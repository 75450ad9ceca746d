"""Who may do what: every act of staff, by every kind of actor, wherever it is said. C7, C8.

The table says whose each verb is, apart from the code. A verb that is not in it fails the first test.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.said import Said
from bot.staff import staff
from core import customers, hiring, leaving, orders, rooms
from core import staff as people
from core.authority import Role, roles_named
from core.ground.clock import TestClock
from core.ground.columns import metadata
from core.ground.db import Database, Tx
from core.ground.messages import Message, Words, words
from core.ground.rules import Rules
from core.orders import Order
from core.shop import Shop
from jobs.runner import Runner
from tests.core import counter
from tests.world import Chat, World

ROOM, FOREIGN, CLOSED = "-100", "-900", "-300"
numbers = itertools.count()

VIEWER, STOCK, SUPPORT, MANAGER, OWNER = (
    Role.VIEWER,
    Role.STOCK_KEEPER,
    Role.SUPPORT,
    Role.MANAGER,
    Role.OWNER,
)
ALL = {VIEWER, STOCK, SUPPORT, MANAGER, OWNER}
BOSSES = {MANAGER, OWNER}

# Verb: who may, and what is said after it. {order} and the like stand for what there is in this shop.
VERBS: dict[str, tuple[set[Role], str]] = {
    "start": (ALL, ""),
    "help": (ALL, ""),
    "language": (ALL, "en"),
    "orders": (ALL, ""),
    "order": (ALL, "{order}"),
    "hands": (ALL, ""),
    "reviews": (ALL, ""),
    "review": (ALL, "{order}"),
    "why": (ALL, "{order}"),
    "notices": (ALL, "{order}"),
    "stock": (ALL, ""),
    "doctor": (ALL, ""),
    "door": (ALL, ""),
    "approve": ({SUPPORT, *BOSSES}, "{order}"),
    "reject": ({SUPPORT, *BOSSES}, "{order}"),
    "release": ({SUPPORT, *BOSSES}, "{order}"),
    "doubt": ({SUPPORT, *BOSSES}, "{order}"),
    "recover": ({SUPPORT, *BOSSES}, "{order}"),
    "replace": ({SUPPORT, *BOSSES}, "{order} 1"),
    "claims": (ALL, ""),
    "claim": (ALL, "C-0000-0000"),
    "claim-ask": ({SUPPORT, *BOSSES}, "C-0000-0000"),
    "claim-refund": (BOSSES, "C-0000-0000"),
    "claim-refuse": ({SUPPORT, *BOSSES}, "C-0000-0000"),
    "claim-replace": ({SUPPORT, *BOSSES}, "C-0000-0000"),
    "claim-resend": ({SUPPORT, *BOSSES}, "C-0000-0000"),
    "supplier-claim": ({SUPPORT, *BOSSES}, "C-0000-0000 accepted"),
    "reply": ({SUPPORT, *BOSSES}, "{buyer}"),
    "fulfil": ({SUPPORT, *BOSSES}, "{order}"),
    "restock": ({STOCK, *BOSSES}, "{product}"),
    "margins": (BOSSES, ""),
    "thaw": (BOSSES, "{product}"),
    "match": (BOSSES, "1 {order}"),
    "keep": (BOSSES, "1"),
    "return": (BOSSES, "1"),
    "same": (BOSSES, "1 {order}"),
    "refunded": (BOSSES, "{order} ref"),
    "credited": (BOSSES, "{order}"),
    "goodwill": (BOSSES, "{order} 1.00"),
    "received": (BOSSES, "{order}"),
    "redemptions": (ALL, ""),
    "redeem": ({SUPPORT, *BOSSES}, ""),
    "issuer": (BOSSES, "{product} shop"),
    "people": (BOSSES, ""),
    "buyer": (ALL, "{order}"),
    "part": ({SUPPORT, *BOSSES}, "{buyer}"),
    "block": (BOSSES, "customer {order}"),
    "allow": (BOSSES, "country US"),
    "lists": (BOSSES, ""),
    "unlist": (BOSSES, "1"),
    "member": (BOSSES, "{colleague}"),
    "role": (BOSSES, "{colleague} viewer"),
    "invite": (BOSSES, "Bao"),
    "leaver": (BOSSES, "{colleague}"),
    "find": (ALL, "steam"),
    "found": (ALL, "1 steam"),
    "story": (ALL, "{order}"),
    "batch": (ALL, "1"),
    "stock-of": (ALL, "{product}"),
    "missed": (ALL, "1"),
    "switches": (ALL, ""),
    "thread": (ALL, "1"),
    "threads": (ALL, ""),
    "today": (ALL, ""),
    "yesterday": (ALL, ""),
    "ask": ({SUPPORT, *BOSSES}, "{order}"),
    "cancel": ({SUPPORT, *BOSSES}, "{order}"),
    "cant": ({SUPPORT, *BOSSES}, "{order}"),
    "close": ({SUPPORT, *BOSSES}, "1"),
    "entries": (ALL, ""),
    "entry": (ALL, "redeem-how"),
    "entrytext": ({SUPPORT, *BOSSES}, "redeem-how"),
    "means": ({SUPPORT, *BOSSES}, "1"),
    "newentry": ({SUPPORT, *BOSSES}, ""),
    "questions": (ALL, ""),
    "teach": ({SUPPORT, *BOSSES}, "1 redeem-how"),
    "unasked": ({SUPPORT, *BOSSES}, "1"),
    "unteach": ({SUPPORT, *BOSSES}, "1"),
    "note": ({SUPPORT, *BOSSES}, "{order}"),
    "resend": ({SUPPORT, *BOSSES}, "{order}"),
    "take": ({SUPPORT, *BOSSES}, "1"),
    "try": ({STOCK, *BOSSES}, "{product}"),
    "play": ({STOCK, *BOSSES}, "purchase {product}"),
    "alert": ({STOCK, *BOSSES}, "{product} 5"),
    "badlines": ({STOCK, *BOSSES}, "1"),
    "bought": ({STOCK, *BOSSES}, "1"),
    "discard": ({STOCK, *BOSSES}, "1"),
    "onsale": ({STOCK, *BOSSES}, "1"),
    "withdraw": ({STOCK, *BOSSES}, "void 1"),
    "agree-export": (BOSSES, "1"),
    "announce": (BOSSES, ""),
    "audit": (BOSSES, ""),
    "catalogue-export": (BOSSES, ""),
    "catalogue-import": (BOSSES, ""),
    "evidence": (BOSSES, "{order}"),
    "edit": (BOSSES, "{product} name"),
    "guide-write": (BOSSES, "{product}"),
    "export": (BOSSES, "orders"),
    "giveback": (BOSSES, "{order}"),
    "manage": (BOSSES, ""),
    "newsagain": (BOSSES, "1"),
    "newscard": (BOSSES, "1"),
    "passphrase": (BOSSES, "1"),
    "price-cancel": (BOSSES, "1"),
    "price-change": (BOSSES, "1"),
    "price-changes": (BOSSES, ""),
    "price-undo": (BOSSES, "1"),
    "product-edit": (BOSSES, "{product}"),
    "product-look": (BOSSES, "{product}"),
    "product-new": (BOSSES, ""),
    "quiethours": (BOSSES, ""),
    "reprice": (BOSSES, "{product}"),
    "reveal": (BOSSES, "{order}"),
    "sell": (BOSSES, "{product} 1"),
    "shelve": (BOSSES, "{product} off 1"),
    "stop-export": (BOSSES, "1"),
    "stopnews": (BOSSES, "1"),
    "switch": (BOSSES, "hold"),
    "tellus": (BOSSES, ""),
    "risk-rules": ({OWNER}, ""),
    "here": (BOSSES, "AAAA-AAAA"),
    "room-moved": ({OWNER}, "test:-100 test:-101"),
}
REFUSED = {"not-staff", "not-allowed", "not-here", "only-in-private", "button-old"}
PRIVATE = {
    "evidence",
    "restock",
    "fulfil",
    "invite",
    "block",
    "allow",
    "lists",
    "door",
    "export",
    "passphrase",
    "redeem",
    "reveal",
    "withdraw",
}  # what is said or shown there may be secret: in no group
PASSING = {"people", "customers", "presses", "inbox", "outbox", "chat_lines", "shown", "room_codes"}  # no decisions


@dataclass(frozen=True)
class Actor:
    """Somebody, where they speak, and as what they are known there."""

    name: str
    roles: str | None = None
    place: str | None = None
    anonymous: bool = False
    left: bool = False

    def may(self, verb: str) -> bool:
        if self.roles is None or self.anonymous or self.left:
            return False
        if self.place in (FOREIGN, CLOSED) and verb != "here":  # which asks for a group to become the room
            return False
        if self.place == ROOM and verb in PRIVATE:
            return False
        return bool(VERBS[verb][0] & (roles_named(self.roles) or set()))


ACTORS = (
    Actor("stranger"),
    Actor("viewer", "viewer"),
    Actor("keeper", "stock-keeper"),
    Actor("support", "support"),
    Actor("helper", "helper"),
    Actor("manager", "manager"),
    Actor("owner", "owner"),
    Actor("viewer in the room", "viewer", ROOM),
    Actor("helper in the room", "helper", ROOM),
    Actor("owner in the room", "owner", ROOM),
    Actor("member of the group", None, ROOM),
    Actor("owner in a foreign group", "owner", FOREIGN),
    Actor("owner in a closed room", "owner", CLOSED),
    Actor("1087968824", None, ROOM, anonymous=True),  # GroupAnonymousBot: every anonymous admin is this one
    Actor("777000", None, ROOM, anonymous=True),  # a channel's post that is seen as the group's
    Actor("anonymous owner in the room", "owner", ROOM, anonymous=True),
    Actor("leaver", "owner", left=True),
    Actor("leaver in the room", "owner", ROOM, left=True),
)


@pytest.fixture
def world(db: Database, clock: TestClock, rules: Rules) -> World:
    """The shop with its doors closed."""
    chat, nobody = Chat(), cast(Any, None)
    shop = Shop(db, rules, "https://shop.example", {}, {"test": chat.send})
    return World(db, shop, Runner(shop, {}), nobody, chat, clock, "")


async def say(world: World, who: str, text: str, place: str | None = None, **said: Any) -> Message:
    heard = Said("test", who, f"event {next(numbers)}", text, name=who, place=place, **said)
    return await staff.answer(world.shop, heard)


@pytest.fixture
async def facts(world: World, chen: Any) -> dict[str, str]:
    """A shop in which there is something to do for each verb, everybody of the cast, and a room."""
    dear = await world.make("dear", prices={"CNY": {1: 90000}})
    await world.stock(dear, 3)
    lin = await counter.meet(world, "lin")
    held = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, dear)))
    for actor in ACTORS:
        await world.db.write(_hire, actor)
    for place in (CLOSED, ROOM):  # the second closes the first
        code = await world.db.write(people.room_code)
        await say(world, "chen", f"/here {code}", place)
    return {"order": held.number, "buyer": lin.id, "product": dear.slug, "colleague": await _of(world, "helper")}


def _hire(tx: Tx, actor: Actor) -> None:
    person = customers.meet(tx, "test", actor.name, actor.name, "en", None).id
    if actor.roles is None:
        return
    hiring.enter(tx, hiring.invite(tx, actor.name, roles_named(actor.roles) or ()), person)
    if actor.left:
        leaving.leave(tx, people.colleague(tx, person).id, person, f"{person} leaves")


async def _of(world: World, name: str) -> str:
    return str((await world.db.read(people.colleague, f"test:{name}")).id)


def meant(verb: str, facts: dict[str, str]) -> str:
    return f"/{verb} {VERBS[verb][1].format(**facts)}".strip()


def decided(tx: Tx) -> str:
    """All that was ever decided, in one word."""
    kept = [table for table in metadata.sorted_tables if table.name not in PASSING]
    rows = [[repr(row) for row in tx.all(select(table).order_by(*table.primary_key))] for table in kept]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def key_of(message: Message) -> str:
    first = message.paragraphs[0]
    return first.key if isinstance(first, Words) else ""


async def quiet(world: World, actor: Actor) -> None:
    """What the act before began is over."""
    await world.db.write(customers.drop_talk, f"test:{actor.name}")


def test_authority_is_said_of_every_verb():
    assert VERBS.keys() == staff.handlers.keys() | staff.openings.keys()


@pytest.mark.parametrize("verb", sorted(VERBS))
async def test_authority(world: World, facts: dict[str, str], verb: str):
    """Only the allowed cells pass; what is refused changes nothing."""
    before = await world.db.read(decided)
    for actor in ACTORS:
        if not actor.may(verb):
            answer = await say(world, actor.name, meant(verb, facts), actor.place, anonymous=actor.anonymous)
            assert key_of(answer) in REFUSED, f"{actor.name} may {verb}: {answer}"
            await quiet(world, actor)
    assert await world.db.read(decided) == before
    for actor in ACTORS:
        if actor.may(verb):
            answer = await say(world, actor.name, meant(verb, facts), actor.place)
            assert key_of(answer) not in REFUSED, f"{actor.name} may not {verb}: {answer}"
            await quiet(world, actor)


def conversations() -> Iterable[tuple[str, str]]:
    return [(name, step) for name, talk in sorted(staff.conversations.items()) for step in talk._steps]


@pytest.mark.parametrize(("conversation", "step"), conversations())
async def test_authority_is_asked_for_again_at_every_step(world: World, facts: Any, conversation: str, step: str):
    """Whoever loses the right in the middle of a conversation is at its end."""
    talk = {"conversation": conversation, "step": step, "answers": {}}
    person = "test:viewer"
    await world.db.write(customers.take_turn, person, "begins", world.clock.now())
    await world.db.write(customers.keep_talk, person, "begins", talk)
    await world.db.write(customers.end_turn, person, "begins")
    before = await world.db.read(decided)
    answer = await say(world, "viewer", "1")
    assert key_of(answer) == "not-allowed"
    assert await world.db.read(decided) == before
    assert not await world.db.read(customers.talking, person)


# Buttons


async def test_authority_is_asked_for_at_the_press_and_not_when_the_button_was_shown(world: World, facts: Any):
    card = await say(world, "support", meant("review", facts))
    token = next(choice.says for choice in card.choices if choice.acts)
    await world.db.write(_demote, "support", "owner")
    answer = await say(world, "support", "", press=token)
    assert answer.paragraphs == (words("not-allowed", right=words("right-decide")),)
    assert (await _order(world, facts)).state.value == "in_review"


def _demote(tx: Tx, who: str, by: str) -> None:
    hiring.give(tx, people.colleague(tx, f"test:{who}").id, frozenset({VIEWER}), f"test:{by}")


@pytest.mark.parametrize("actor", [one for one in ACTORS if not one.may("approve")], ids=lambda one: one.name)
async def test_authority_does_not_come_with_a_forwarded_button(world: World, facts: Any, actor: Actor):
    for place in (None, ROOM):
        card = await say(world, "owner", meant("review", facts), place)
        token = next(choice.says for choice in card.choices if choice.acts)
        answer = await say(world, actor.name, "", actor.place, press=token, anonymous=actor.anonymous)
        assert key_of(answer) in REFUSED
        assert (await _order(world, facts)).state.value == "in_review"


async def _order(world: World, facts: dict[str, str]) -> Order:
    return await world.db.read(orders.numbered, facts["order"])


# Controls


async def test_without_the_routers_guard_the_core_still_refuses(world: World, facts: Any, monkeypatch: Any):
    monkeypatch.setattr("bot.router._allow", lambda turn, right: None)
    for verb in ("approve", "reject", "refunded", "credited", "match", "role"):
        answer = await say(world, "viewer", meant(verb, facts))
        assert key_of(answer) in {"not-allowed", "not-matched"}, verb


async def test_without_both_guards_a_viewer_would_approve(world: World, facts: Any, monkeypatch: Any):
    """The control."""
    monkeypatch.setattr("bot.router._allow", lambda turn, right: None)
    monkeypatch.setattr(people, "may", lambda tx, person, right: people.colleague(tx, person))
    await say(world, "viewer", meant("approve", facts))
    assert (await _order(world, facts)).state.value != "in_review"


async def test_without_the_look_at_the_room_a_foreign_group_would_do(world: World, facts: Any, monkeypatch: Any):
    """The control."""
    await world.db.write(customers.meet, "test", FOREIGN, "", "en", None)
    monkeypatch.setattr(rooms, "is_open", lambda tx, room: True)
    await say(world, "owner in a foreign group", meant("approve", facts), FOREIGN)
    assert (await _order(world, facts)).state.value != "in_review"
