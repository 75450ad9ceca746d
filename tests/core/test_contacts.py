"""Addresses that buyers give: proved with a code, bounded in every way, gone when they are taken back."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from core import contacts
from core.contacts import A_DAY, AN_HOUR, GUESSES, KEPT, OF_MAILBOX, VALID, Contact, NoAddress, NoMail, TooManyMails
from core.customers import Person
from core.ground.rules import Rules
from tests.core import counter
from tests.core.counter import ask
from tests.world import RULES, World

numbers = itertools.count()
LIN = "lin@example.org"


@pytest.fixture
def rules() -> Rules:
    return replace(RULES, reach=("chat", "email"))


async def give(world: World, person: Person, address: str = LIN, key: str = "") -> Contact:
    return await world.db.write(contacts.give, person, address, key or f"event {next(numbers)}")


async def say(world: World, person: Person, code: str, key: str = "") -> contacts.Proof:
    return await world.db.write(contacts.prove, person, code, key or f"event {next(numbers)}")


async def code_of(world: World, given: Contact) -> str:
    return (await world.db.read(contacts.code, given.id)).reveal()


async def prove(world: World, person: Person, address: str = LIN) -> Contact:
    found = (await say(world, person, await code_of(world, await give(world, person, address)))).contact
    assert found is not None
    return found


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_an_address_counts_from_its_proof(world: World, lin: Person):
    given = await give(world, lin)
    assert (given.masked, given.good) == ("l•••@example.org", False)
    assert await world.db.read(contacts.of_customer, lin.customer) is None
    proof = await say(world, lin, await code_of(world, given))
    assert proof.contact and proof.contact.good
    found = await world.db.read(contacts.of_customer, lin.customer)
    assert found and found.id == given.id
    address = await world.db.read(contacts.address, given.id)
    assert address and address.reveal() == LIN


async def test_a_repeat_of_an_event_changes_nothing(world: World, lin: Person):
    given = await give(world, lin, key="one event")
    assert await give(world, lin, key="one event") == given
    assert len(await ask(world, "SELECT id FROM outbox WHERE kind = 'mail'")) == 1
    code = await code_of(world, given)
    for _ in range(3):
        assert (await say(world, lin, wrong(code), "a wrong one")).left == GUESSES - 1
    first = await say(world, lin, code, "the right one")
    assert await say(world, lin, code, "the right one") == first
    assert first.contact


async def test_guesses_are_few_and_the_time_is_short(world: World, lin: Person):
    given = await give(world, lin)
    code = await code_of(world, given)
    assert [(await say(world, lin, wrong(code))).left for _ in range(GUESSES)] == [4, 3, 2, 1, 0]
    assert (await say(world, lin, code)).contact is None
    given = await give(world, lin)
    world.clock.forward(VALID)
    assert await say(world, lin, await code_of(world, given)) == contacts.Proof(None)


async def test_nobody_says_somebody_elses_code(world: World, lin: Person, bao: Person):
    given = await give(world, lin)
    assert (await say(world, bao, await code_of(world, given))).contact is None
    await give(world, bao, "bao@example.org")
    assert (await say(world, bao, await code_of(world, given))).contact is None


async def test_the_schema_counts_guesses_along(world: World, lin: Person, monkeypatch: pytest.MonkeyPatch):
    """With the limit off here nothing more is counted, and nothing more is let in, than it allows."""
    given = await give(world, lin)
    code = await code_of(world, given)
    for _ in range(GUESSES):
        await say(world, lin, wrong(code))
    monkeypatch.setattr(contacts, "GUESSES", 1000)
    assert (await say(world, lin, wrong(code))).contact is None
    assert await ask(world, "SELECT guesses FROM contacts") == [GUESSES]


async def test_a_buyer_has_so_many_codes_mailed_a_day(world: World, lin: Person):
    for number in range(A_DAY):
        await give(world, lin, f"lin{number}@example.org")
    with pytest.raises(TooManyMails):
        await give(world, lin, "one.more@example.org")
    world.clock.forward(timedelta(days=1, minutes=1))
    await give(world, lin, "one.more@example.org")


async def test_a_mailbox_gets_few_whoever_asks_and_by_whichever_name(world: World):
    names = ["lin@gmail.com", "l.i.n@gmail.com", "LIN+shop@googlemail.com", "li.n@gmail.com"]
    people = [await counter.meet(world, f"somebody {number}") for number in range(len(names))]
    for person, name in zip(people[:OF_MAILBOX], names, strict=False):
        await give(world, person, name)
    with pytest.raises(TooManyMails):
        await give(world, people[-1], names[-1])


async def test_many_at_once_are_counted_one_after_the_other(world: World):
    people = [await counter.meet(world, f"somebody {number}") for number in range(10)]
    asked = await asyncio.gather(*(give(world, person) for person in people), return_exceptions=True)
    assert sum(isinstance(one, Contact) for one in asked) == OF_MAILBOX


async def test_the_shop_mails_so_many_an_hour(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(contacts, "AN_HOUR", 4)
    people = [await counter.meet(world, f"somebody {number}") for number in range(5)]
    for number, person in enumerate(people[:4]):
        await give(world, person, f"a{number}@example.org")
    with pytest.raises(TooManyMails):
        await give(world, people[4], "b@example.org")
    world.clock.forward(timedelta(hours=1, minutes=1))
    await give(world, people[4], "b@example.org")
    assert AN_HOUR > 4


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "lin", "@", "lin@", "@example.org", "lin@localhost", "l..n@example.org", ".lin@example.org"),
        *("lin@example..org", "lin@example.org\r\nBcc: x@y.zz", "lin,bao@example.org", "<lin@example.org>"),
        *("林@example.org", "lin@exa mple.org", "lin@[127.0.0.1]", f"{'a' * 65}@example.org", "a" * 100_000),
        *(f"lin@{'a' * 64}.org", f"lin@{'a.' * 130}org", "lin@example.org\x00"),
    ],
)
async def test_what_is_no_address_is_refused(world: World, lin: Person, typed: str):
    with pytest.raises(NoAddress):
        await give(world, lin, typed)
    assert await ask(world, "SELECT id FROM outbox") == []


@pytest.mark.parametrize("typed", ["Lin@Example.ORG", "  lin@example.org ", "ｌｉｎ@example.org"])
async def test_it_is_kept_as_it_is_meant(world: World, lin: Person, typed: str):
    given = await give(world, lin, typed)
    address = await world.db.read(contacts.address, given.id)
    assert address and address.reveal() == LIN


async def test_what_was_taken_back_is_gone(world: World, lin: Person):
    given = await prove(world, lin)
    assert await world.db.write(contacts.remove, lin) == [given.id]
    assert await world.db.write(contacts.remove, lin) == []
    assert await world.db.read(contacts.of_customer, lin.customer) is None
    assert await world.db.read(contacts.address, given.id) is None
    assert await ask(world, "SELECT sealed FROM contacts") == [None]


async def test_another_address_takes_the_place_of_the_first(world: World, lin: Person):
    first = await prove(world, lin)
    second = await give(world, lin, "other@example.org")
    found = await world.db.read(contacts.of_customer, lin.customer)
    assert found and found.id == first.id  # until the other is proved
    await say(world, lin, await code_of(world, second))
    found = await world.db.read(contacts.of_customer, lin.customer)
    assert found and found.id == second.id
    assert await world.db.read(contacts.address, first.id) is None


async def test_what_nobody_proved_is_forgotten(world: World, lin: Person, bao: Person):
    await prove(world, lin)
    await give(world, bao, "bao@example.org")
    world.clock.forward(KEPT + timedelta(minutes=1))
    assert await world.db.write(contacts.forget, 50) == 1
    assert await ask(world, "SELECT person_id FROM contacts") == [lin.id]


@pytest.mark.parametrize("rules", [RULES])
async def test_a_shop_without_mail_takes_no_address(world: World, lin: Person):
    with pytest.raises(NoMail):
        await give(world, lin)
