"""Orders of the old shop: read by who knows number and password, or has proved the address; few tries, one answer."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest

from bot.chats.wechat import render as wechat
from core import composing, contacts, old_orders
from core.customers import Person
from core.ground.messages import Message, OneTime, pack, unpack, words
from core.ground.vault import Secret
from core.moved import Source
from core.old_orders import Kept, TooManyTries
from tests import oldshop
from tests.core import counter
from tests.world import World

numbers = itertools.count()
FAKA = Source.of("acg-faka", "db.example/faka")
KAMI = Source.of("dujiaoka", "db.example/kami")


@pytest.fixture
async def kept(world: World) -> None:
    await world.db.write(old_orders.keep, FAKA, [oldshop.order(n) for n in range(1, 4)])


async def says(world: World, who: Person, number: str, password: str, key: str = "") -> Kept | None:
    return await world.db.write(old_orders.look_up, who, number, password, key or f"event {next(numbers)}")


async def reads(world: World, who: Person, number: int) -> str:
    message = Message(words("old-order-text", text=OneTime("old", number)))
    return (await world.db.read(composing.compose, who.id, message)).revealed()


async def proves(world: World, who: Person, address: str) -> None:
    """As if they had said the code that was mailed there."""
    await world.db.write(_prove, who, address)


def _prove(tx, who, address):
    print_ = tx.vault.fingerprint(contacts.emails.mailbox(address), "mailbox")
    key = f"proof {next(numbers)}"
    about = {"key": key, "sealed": tx.vault.seal(address, contacts.bound_to(key)), "fingerprint": print_}
    tx.insert(
        contacts.GIVE, person_id=who.id, masked="•", at=tx.now, until=tx.now, guesses=0, proved_at=tx.now, **about
    )


async def test_who_knows_number_and_password_reads_what_was_delivered(world, kept, lin, bao):
    found = await says(world, lin, " oldorder00000001 ", "a&b 1")
    assert found is not None
    assert (found.title, found.total.amount, found.rail) == ("Steam 点卡 x 1", 10000, "支付宝")
    assert "SOLD-00001-OLDTEXT" in await reads(world, lin, found.id)
    assert "OLDTEXT" not in await reads(world, bao, found.id)
    with pytest.raises(LookupError):
        await world.db.read(old_orders.own, found.id, bao)


async def test_a_number_is_found_however_it_was_written_there_and_is_typed_here(world, lin):
    old = oldshop.order(1, number="aB-9 ｘ")
    await world.db.write(old_orders.keep, FAKA, [old])
    for typed in ("AB-9X", "ab-9 x", "aB-9 ｘ"):
        [found] = await world.db.read(old_orders.numbered, typed)
        assert found.number == "aB-9 ｘ"
    assert await says(world, lin, "Ab-9x", "a&b 1") is not None


async def test_a_wrong_number_and_a_wrong_password_are_answered_alike(world, kept, lin):
    assert await says(world, lin, "OLDORDER00000001", "a&b 2") is None
    assert await says(world, lin, "OLDORDER99999999", "a&b 1") is None
    assert await says(world, lin, "", "") is None


@pytest.mark.parametrize("stored", ["a&b<c", "a&amp;b&lt;c", "a&amp;b&lt;c 100A"])
async def test_acg_faka_kept_passwords_in_two_spellings(world, lin, stored):
    await world.db.write(old_orders.keep, FAKA, [oldshop.order(1, password=oldshop.Secret(stored))])
    typed = "a&b<c 100%41" if stored.endswith("A") else "a&b<c"
    assert await says(world, lin, "OLDORDER00000001", typed) is not None


async def test_dujiaoka_kept_one(world, lin):
    await world.db.write(old_orders.keep, KAMI, [oldshop.order(1, password=oldshop.Secret("a&amp;b"))])
    assert await says(world, lin, "OLDORDER00000001", "a&b") is None


async def test_five_wrong_ones_an_hour_are_enough_for_one_person(world, kept, lin, bao, clock):
    for n in range(5):
        assert await says(world, lin, f"OLDORDER0000{n:04}", "wrong") is None
    with pytest.raises(TooManyTries):
        await says(world, lin, "OLDORDER00000003", "a&b 3")
    assert await says(world, bao, "OLDORDER00000003", "a&b 3") is not None
    clock.forward(timedelta(minutes=61))
    assert await says(world, lin, "OLDORDER00000003", "a&b 3") is not None


async def test_five_wrong_ones_an_hour_are_enough_about_one_number_and_about_one_that_is_not_there(world, kept, lin):
    people = [await counter.meet(world, f"guesser{n}") for n in range(5)]
    for number in ("OLDORDER00000001", "OLDORDER77777777"):
        for person in people:
            await says(world, person, number, "wrong")
        with pytest.raises(TooManyTries):
            await says(world, lin, number, "a&b 1")


async def test_at_once_they_are_counted_one_after_the_other(world, kept, lin):
    tried = await asyncio.gather(
        *(says(world, lin, "OLDORDER00000001", f"wrong {n}") for n in range(20)), return_exceptions=True
    )
    assert sum(each is None for each in tried) == 5
    assert sum(isinstance(each, TooManyTries) for each in tried) == 15


async def test_without_counting_anybody_could_guess_on(world, kept, lin, monkeypatch):
    """The control of the three above."""
    monkeypatch.setattr(old_orders, "_not_too_many", lambda *_: None)
    for n in range(9):
        await says(world, lin, "OLDORDER00000001", f"wrong {n}")
    assert await says(world, lin, "OLDORDER00000001", "a&b 1") is not None


async def test_the_same_event_again_finds_what_it_did_and_counts_once(world, kept, lin):
    for _ in range(9):
        assert await says(world, lin, "OLDORDER00000001", "wrong", key="one") is None
    for _ in range(3):
        assert await says(world, lin, "OLDORDER00000001", "a&b 1", key="two") is not None


async def test_a_proved_address_opens_its_orders_and_no_other(world, kept, lin, bao):
    assert await world.db.write(old_orders.by_mail, lin, 8) == []
    await proves(world, lin, "Buyer2+shop@example.org")
    [found] = await world.db.write(old_orders.by_mail, lin, 8)
    assert found.number == "OLDORDER00000002"
    assert "SOLD-00002-OLDTEXT" in await reads(world, lin, found.id)
    assert await world.db.write(old_orders.by_mail, bao, 8) == []


async def test_an_order_without_a_password_is_opened_by_its_address_only(world, lin):
    await world.db.write(old_orders.keep, KAMI, [oldshop.order(1, password=None)])
    assert await says(world, lin, "OLDORDER00000001", "") is None
    await proves(world, lin, "buyer1@example.org")
    assert len(await world.db.write(old_orders.by_mail, lin, 8)) == 1


async def test_what_was_tried_is_forgotten(world, kept, lin, clock):
    await says(world, lin, "OLDORDER00000001", "wrong")
    assert await world.db.write(old_orders.forget, 50) == 0
    clock.forward(timedelta(minutes=61))
    assert await world.db.write(old_orders.forget, 50) == 1


LONG = "\n".join([f"SOLD-{n:05}-卡密-{'X' * 40}" for n in range(60)] + ["Y" * 5000])


def test_what_is_long_is_read_in_pieces_and_none_of_it_is_lost():
    found = [piece.reveal() for piece in old_orders.pieces(Secret(LONG))]
    assert all(len(piece.encode()) <= old_orders.AT_ONCE for piece in found)
    assert "".join(found).replace("\n", "") == LONG.replace("\n", "")
    assert [piece.reveal() for piece in old_orders.pieces(Secret("short"))] == ["short"]
    assert [piece.reveal() for piece in old_orders.pieces(Secret(""))] == [""]


async def test_a_long_one_fits_the_shortest_chat_page_by_page(world, lin):
    await world.db.write(old_orders.keep, FAKA, [oldshop.order(1, text=Secret(LONG))])
    found = await says(world, lin, "OLDORDER00000001", "a&b 1")
    assert found is not None
    read = ""
    for page in range(1, 12):
        card = await world.db.read(old_orders.card, found, page)
        spoken = await world.db.read(composing.compose, lin.id, unpack(pack(card)))
        text = wechat.text([spoken], wechat.Pages(str, str))
        assert text is not None and "…" not in text.reveal()
        assert len(text.reveal().encode()) <= wechat.BYTES
        read += spoken.revealed()
        if not any(choice.says == f"oldone {found.id} {page + 1}" for choice in spoken.choices):
            break
    assert all(line in read for line in LONG.split("\n")[:-1])
    assert read.count("Y") == 5000


async def test_in_one_piece_the_shortest_chat_would_cut_it(world, lin, monkeypatch):
    monkeypatch.setattr(old_orders, "AT_ONCE", 10**6)
    await world.db.write(old_orders.keep, FAKA, [oldshop.order(1, text=Secret(LONG))])
    found = await says(world, lin, "OLDORDER00000001", "a&b 1")
    spoken = await world.db.read(composing.compose, lin.id, await world.db.read(old_orders.card, found))
    text = wechat.text([spoken], wechat.Pages(str, str))
    assert text is not None and "…" in text.reveal()
