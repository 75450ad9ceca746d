"""A restart in the middle of any staff conversation continues it: each step is heard by a process of its own.

The table says how each conversation may go; a step of one that no story in it comes to fails its test. The control:
where no process keeps how far a conversation is, none comes to its end.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pytest
from sqlalchemy import bindparam, select

from bot.said import Said
from bot.staff import staff
from core import batches, broadcasts, claiming, claims, composing, customers, hiring, joining, linking, redemptions
from core.customers import Person
from core.ground.db import Database, Tx
from core.ground.messages import Lines, Text, Words
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from core.ground.words import heard
from core.shop import Shop
from jobs.runner import Runner
from payments.sandbox import Sandbox
from tests.core import counter
from tests.doors import empty_database, empty_file, url
from tests.world import Chat, Clock, World

__all__ = ["empty_database", "empty_file", "url"]

T = TypeVar("T")
RULES = Rules(rehearsal=True)
TALK = select(customers.people.c.talk).where(customers.people.c.id == bindparam("person"))

# What Chen says, one step after the other ("> label" is a press), and the sentence by which it has come to its end.
STORIES: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "allowing": (
        (("/allow customer {sold}", "a friend", "> 7 days"), "stands-allow"),
        (("/allow order {sold}", "> Buyer", "a friend", "> 7 days"), "stands-allow"),
    ),
    "asking about a claim": ((("/claim-ask {claim}", "Which region is it?"), "staff-claim-asked"),),
    "announcing": ((("/announce", "Closed on Monday", "> They get this too", "> Send"), "news-card"),),
    "blocking": (
        (("/block email lin@example.com", "resells", "> 7 days"), "stands-block"),
        (("/block order {sold}", "> Buyer", "resells", "> 7 days"), "stands-block"),
    ),
    "calling-off": ((("/cancel {unpaid}", "> Cancel the order"), "staff-called-off"),),
    "giving-up": ((("/cant {made}", "> It can't be done"), "staff-cant-done"),),
    "taking": ((("/catalogue-import", "product,face\nsteam,$31", "> Yes, bring it in"), "catalogue-done"),),
    "exporting": (
        (("/export", "> Orders", "> CSV", "for the tax office"), "export-ready"),
        (("/export codes steam", "to look at all of them"), "export-codes-wait"),
    ),
    "fulfilling": ((("/fulfil {made}", "Topped up, receipt 42"), "fulfil-done"),),
    "giving-back": ((("/giveback {sold}", "5.00", "> Send back"), "staff-giveback-done"),),
    "giving": ((("/goodwill {sold} 1.00", "> As store credit"), "given"),),
    "inviting": ((("/invite", "Bao", "viewer"), "invite-made"),),
    "leaving": ((("/leaver 2", "> Yes, they leave"), "leaver-gone"),),
    "writing": (
        (("/entrytext redeem-how", "> English", "Paste it there.", "> Save"), "entry-saved"),
        (
            (
                "/newentry",
                "Opening hours",
                "Nine to six.",
                "> Picture",
                "none",
                "> Link",
                "https://shop.example/h",
                "> Save",
            ),
            "entry-saved",
        ),
    ),
    "quiet hours": ((("/quiethours", "23-7"), "notices-to-us"),),
    "noting": ((("/note {sold}", "a friend of Bao's"), "staff-noted"),),
    "questioning": ((("/ask {sold}", "Did it work?"), "staff-questioned"),),
    "editing": (
        (("/edit steam name", "> English", "Steam Wallet"), "edit-done"),
        (("/edit steam price", "0.01", "> Go below cost"), "edit-done"),
    ),
    "guiding": ((("/guide-write steam", "> Steam", "> English", "1. Open it", "> Save it"), "guide-saved"),),
    "making": ((("/product-new", "Apple", "Apple", "Cards", "$10", "us", "unique", "70"), "product-made"),),
    "receiving": ((("/received {unpaid}", "100", "R-1", "> it counts"), "received"),),
    "parting": ((("/part test:lin", "> Unlink"), "unlinked"),),
    "redeeming": ((("/redeem", "NO-CODE-OF-OURS", "OURS-CODE-0001"), "redeem-done"),),
    "replacing": ((("/replace {sold} 1", "> Replace it"), "staff-replaced"),),
    "replying": ((("/reply test:lin", "Yes, it is"), "reply-done"),),
    "pricing": ((("/reprice", "all", "+10 %", "> Now", "> Yes, change them"), "price-change"),),
    "restocking": ((("/restock rare", "AAAA-1\nAAAA-2", "12.50 INV-1", "> Put on sale"), "restock-going"),),
    "telling-cost": ((("/bought 1", "9.90 INV-2"), "batch-bought"),),
    "revealing": ((("/reveal {sold} 1", "to compare it", "> Show it here"), "revealed"),),
    "selling": ((("/sell", "> Steam", "2", "Wang", "xianyu", "180", "XY-1", "> It's sold"), "staff-sold"),),
    "ruling": (
        (("/risk-rules", "> Strict", "> Yes, do it"), "risk-rules"),
        (("/risk-rules", "> Change the scores", "> Score for a check", "45"), "risk-rules"),
        (("/risk-rules", "> Change a rule", "> disputed before", "> Change its weight", "9"), "risk-rules"),
        (("/risk-rules", "> Earlier versions", "> Strict", "> Yes, do it"), "risk-rules"),
    ),
    "switching": (
        (("/switch shop", "Back soon", "> These languages", "> I don't know when", "> Yes, do it"), "switches"),
    ),
    "withdrawing": (
        (("/withdraw move 1", "rare", "bought as that", "> Move them"), "withdraw-begun"),
        (("/withdraw void", "STEAM-CODE-0005", "used before", "> Void them"), "withdraw-begun"),
    ),
}


@dataclass(frozen=True)
class Heard:
    """What Chen reads, and at which step the conversation waits then."""

    says: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    talk: str
    step: str


def in_a_process(does: Callable[[], Awaitable[T]]) -> T:
    """Whatever it leaves in memory ends with it."""
    here = multiprocessing.get_context("fork")
    ours, theirs = here.Pipe()

    def live() -> None:
        async def lives() -> T:
            return await does()

        theirs.send(asyncio.run(lives()))

    process = here.Process(target=live)
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


@dataclass
class House:
    """The shop's database and keys, between its lives."""

    url: str
    ring: KeyRing

    def lives(self, does: Callable[[World], Awaitable[T]]) -> T:
        """Opened in a process of its own, for as long as that takes."""

        async def life() -> T:
            clock = Clock()
            db = await Database.open(self.url, vault=Vault(self.ring), rules=RULES, clock=clock)
            chat, nobody = Chat(), cast(Any, None)
            rail = Sandbox("http://127.0.0.1:9", api_key="key", secret="secret", notify_url="http://127.0.0.1:9")
            shop = Shop(db, RULES, "https://shop.example", {"sandbox": rail}, {"test": chat.send})
            try:
                return await does(World(db, shop, Runner(shop, {}), nobody, chat, clock, ""))
            finally:
                await rail.aclose()
                await db.close()

        return in_a_process(life)

    def says(self, key: str, said: str, before: Heard | None) -> Heard:
        """One step, heard and answered in a life of its own."""
        press = None
        if said.startswith("> "):
            found = [says for label, says in (before.choices if before else ()) if said[2:] in label]
            assert found, f"no choice {said!r} in {before}"
            press = found[0]
        event = Said("test", "chen", key, "" if press else said, press, "chen", "en")
        return self.lives(lambda world: answered(world, event))


async def answered(world: World, said: Said) -> Heard:
    message = await staff.answer(world.shop, said)
    spoken = await world.db.read(composing.compose, said.person, message)
    talk = await world.db.read(Tx.value, TALK, person=said.person) or {}
    says = tuple(key for part in message.paragraphs for key in keys(part))
    choices = tuple((choice.label, choice.says) for choice in spoken.choices)
    return Heard(says, choices, talk.get("conversation", ""), talk.get("step", ""))


def keys(part: Text) -> Sequence[str]:
    if isinstance(part, Lines):
        return [key for line in part.texts for key in keys(line)]
    return [part.key] if isinstance(part, Words) else []


async def furnished(world: World) -> dict[str, str]:
    """Something to do for every conversation; returns the orders' numbers."""
    lin = await counter.meet(world, "lin", "en")
    for name in ("chen", "wei"):
        person = await counter.meet(world, name, "en")
        await world.db.write(hiring.enter, await world.db.write(hiring.invite, name), person.id)
    steam, made = await world.make("steam"), await world.make("made", kind="by_hand")
    await world.make("rare")
    await world.db.write(broadcasts.agree, lin.id)
    await world.stocked(steam, [f"STEAM-CODE-{number:04}" for number in range(9)])
    await world.db.write(batches.bought_for, 1, Money(5000, "CNY"), None)
    sold = await counter.sold(world, lin, steam)
    owed = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, made)))
    unpaid = await counter.place(world, lin, steam)
    await world.db.write(_links, await counter.meet(world, "bao", "en"), lin)
    voucher, chen = await world.make("voucher"), await counter.meet(world, "chen", "en")
    await world.stocked(voucher, ["OURS-CODE-0001"])
    await world.db.write(redemptions.set_issuer, voucher, redemptions.OURS, chen.id)
    await counter.sold(world, lin, voucher)
    claim = await world.db.write(claiming.report, lin, sold.number, 1, claims.Kind.USED, "reported")
    return {"sold": sold.number, "made": owed.number, "unpaid": unpaid.number, "claim": claim.number}


def _links(tx: Tx, one: Person, other: Person) -> None:
    code = linking.shown(tx, linking.ask(tx, other, "asked").id, other.id)
    offer = linking.say(tx, one, code.reveal() if code else "", "said")
    assert offer is not None
    linking.confirm(tx, offer.code, one.id)
    joining.link(tx, offer.code, other.id)


@pytest.fixture
def house(url: str) -> House:
    heard()  # every sentence is parsed here, and in no life again
    return House(url, KeyRing.fresh())


def with_steps() -> list[str]:
    """Those that have a middle."""
    return sorted(name for name, talk in staff.conversations.items() if talk._steps)


def test_every_conversation_of_staff_is_in_the_table() -> None:
    assert sorted(STORIES) == with_steps()


def told(house: House, name: str) -> tuple[list[Heard], set[str]]:
    """The last answer of each story, and the steps they came to."""
    facts = house.lives(furnished)
    numbers, ends, steps = itertools.count(), [], set()
    for story, _ in STORIES[name]:
        answer = None
        for said in story:
            answer = house.says(f"event {next(numbers)}", said.format(**facts), answer)
            steps |= {answer.step} if answer.talk == name else set()
        assert answer is not None
        ends.append(answer)
    return ends, steps


@pytest.mark.parametrize("name", sorted(STORIES))
def test_a_restart_before_each_step_continues_it(house: House, name: str) -> None:
    ends, steps = told(house, name)
    for end, (_, sentence) in zip(ends, STORIES[name], strict=True):
        assert sentence in end.says, end
    assert steps == set(staff.conversations[name]._steps)


@pytest.mark.parametrize("name", ["noting", "quiet hours", "replying"])
def test_where_nobody_keeps_its_progress_it_comes_to_no_end(house: House, name: str, monkeypatch: Any) -> None:
    """The control."""
    monkeypatch.setattr(customers, "keep_talk", lambda tx, person, event, talk: True)
    ends, steps = told(house, name)
    assert STORIES[name][0][1] not in ends[0].says
    assert not steps
