"""Gifts: a code goes to its buyer, or after the buyer's own act to the one who opened it, and never to both."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from unittest import mock

import pytest
from sqlalchemy import bindparam, text, update

from core import attempts, delivery, gifts, giving, order_events, redeeming, redemptions
from core.catalog import Product
from core.customers import Person
from core.giving import GiftGone, GiftIsYours, GiftNotNow, GiftOpened, Given, NotToGive, RedeemedBefore
from core.ground.columns import metadata
from core.ground.messages import Codes, Message, words
from core.orders import Order, UnknownOrder
from core.units import UnitState
from tests.core import counter
from tests.core.counter import ask
from tests.world import World

numbers = itertools.count()


@pytest.fixture
async def stock(world: World, steam: Product) -> list[str]:
    return await world.stock(steam, 3)


@pytest.fixture
async def sold(world: World, lin: Person, steam: Product, stock: list[str]) -> Order:
    return await counter.sold(world, lin, steam, 2)


async def give(world: World, who: Person, order: Order, position: int = 1, key: str = "") -> Given:
    return await world.db.write(giving.give, order.number, position, who.id, key or f"event {next(numbers)}")


async def token_of(world: World, given: Given, who: Person) -> str:
    found = await world.db.read(gifts.link, given.gift.id, who.id)
    assert found is not None
    return found.reveal()


async def opens(world: World, given: Given, giver: Person, friend: Person) -> Given:
    await world.db.write(giving.look, await token_of(world, given, giver), friend.id)
    return await world.db.write(giving.accept, given.gift.id, friend.id)


async def sees(world: World, who: Person, order: Order, *positions: int) -> list[str]:
    units = tuple(unit.id for unit in order.units if unit.position in positions)
    return await counter.codes_of(world, who, Message(words("pickup-phrase", phrase=Codes(order.id, units))))


async def test_a_gift_opens_once_and_the_code_is_the_friends_alone(world, lin, bao, sold, stock):
    given = await give(world, lin, sold)
    assert await sees(world, lin, sold, 1, 2) == stock[:2]
    opened = await opens(world, given, lin, bao)
    assert (opened.gift.state, opened.gift.opened_by) == ("opened", bao.id)
    assert await sees(world, lin, sold, 1, 2) == stock[1:2]
    assert await sees(world, bao, sold, 1, 2) == stock[:1]
    shown = await world.db.write(giving.shown, given.gift.id, bao)
    assert await counter.codes_of(world, bao, shown) == stock[:1]
    again = await world.db.write(delivery.shown, await counter.now(world, sold), lin)
    assert await counter.codes_of(world, lin, again) == stock[1:2]
    story = [row.what for row in await world.db.read(lambda tx: tx.all(order_events.HISTORY_OF, order=sold.id))]
    assert story[-2:] == ["gift_made", "gift_opened"]
    assert await ask(world, "SELECT recipient FROM outbox WHERE effect_key LIKE 'say gift opened%'") == [lin.id]
    await counter.holds(world)


async def test_somebody_else_reads_nothing_and_learns_nothing(world, lin, bao, sold):
    given = await give(world, lin, sold)
    with pytest.raises(UnknownOrder):
        await sees(world, bao, sold, 1)
    with pytest.raises(GiftGone):  # a number opens nothing: only who came by the link
        await world.db.write(giving.accept, given.gift.id, bao.id)
    for token in ("", "g-", "g-" + "A" * 27, f"o-{sold.number}", "x" * 1000, "g-\u0664"):
        with pytest.raises(GiftGone):
            await world.db.write(giving.look, token, bao.id)
    with pytest.raises(GiftGone):
        await world.db.write(giving.shown, given.gift.id, bao)
    with pytest.raises(UnknownOrder):
        await give(world, bao, sold, 2)
    with pytest.raises(GiftGone):
        await world.db.write(giving.take_back, given.gift.id, bao.id)
    with pytest.raises(LookupError):
        await world.db.read(gifts.link, given.gift.id, bao.id)


async def test_what_was_taken_back_or_is_too_old_opens_nothing(world, lin, bao, sold):
    given = await give(world, lin, sold)
    token = await token_of(world, given, lin)
    await world.db.write(giving.look, token, bao.id)
    await world.db.write(giving.take_back, given.gift.id, lin.id)
    await world.db.write(giving.take_back, given.gift.id, lin.id)  # a repeat
    for act in ((giving.look, token), (giving.accept, given.gift.id)):
        with pytest.raises(GiftGone):
            await world.db.write(*act, bao.id)
    later = await give(world, lin, sold)
    token = await token_of(world, later, lin)
    world.clock.forward(world.shop.rules.gift_within + timedelta(seconds=1))
    with pytest.raises(GiftGone):
        await world.db.write(giving.look, token, bao.id)
    assert await world.db.read(gifts.link, later.gift.id, lin.id) is None
    assert (await give(world, lin, sold)).gift.state == "waits"  # what lapsed makes room for another


async def test_once_opened_it_is_not_taken_back(world, lin, bao, sold):
    given = await give(world, lin, sold)
    await opens(world, given, lin, bao)
    with pytest.raises(GiftOpened):
        await world.db.write(giving.take_back, given.gift.id, lin.id)
    with pytest.raises(NotToGive):
        await give(world, lin, sold)


async def test_a_repeat_of_the_event_makes_one_link(world, lin, sold):
    first = await give(world, lin, sold, key="event")
    assert (await give(world, lin, sold, key="event")).gift == first.gift
    with pytest.raises(NotToGive):  # while one waits there is no other
        await give(world, lin, sold)


async def test_whoever_made_it_cannot_open_it(world, lin, sold):
    given = await give(world, lin, sold)
    with pytest.raises(GiftIsYours):
        await world.db.write(giving.look, await token_of(world, given, lin), lin.id)


async def both_open(world: World, lin: Person, bao: Person, sold: Order) -> list[str]:
    wei = await counter.meet(world, "wei")
    given = await give(world, lin, sold)
    token = await token_of(world, given, lin)
    for friend in (bao, wei):
        await world.db.write(giving.look, token, friend.id)
    ends = await asyncio.gather(
        *(world.db.write(giving.accept, given.gift.id, friend.id) for friend in (bao, wei)), return_exceptions=True
    )
    return sorted(type(end).__name__ for end in ends)


async def test_of_two_at_once_one_gets_it(world, lin, bao, sold):
    assert await both_open(world, lin, bao, sold) == ["GiftOpened", "Given"]
    assert len(await ask(world, "SELECT id FROM gifts WHERE state = 'opened'")) == 1


async def test_without_the_guard_both_would(world, lin, bao, sold):
    """The control: where it may be opened whatever was before, both are told it is theirs."""
    open_anyhow = (
        update(gifts.gifts)
        .where(gifts.gifts.c.id == bindparam("gift"), gifts.gifts.c.made_at <= bindparam("now"))
        .values(state="opened", opened_by=bindparam("person"), ended_at=bindparam("at"))
    )
    with mock.patch.object(gifts, "OPEN", open_anyhow):
        assert await both_open(world, lin, bao, sold) == ["Given", "Given"]


async def test_what_is_known_to_be_redeemed_is_no_gift(world, lin, sold):
    await world.db.write(redeeming.worked, sold.number, [1], lin.id, "told")
    with pytest.raises(RedeemedBefore):
        await give(world, lin, sold, 1)
    await give(world, lin, sold, 2)


async def test_while_deliveries_are_held_or_the_bank_asks_it_stays_closed(world, lin, bao, chen, sold):
    given = await give(world, lin, sold)
    await world.db.write(giving.look, await token_of(world, given, lin), bao.id)
    await counter.run(world, "UPDATE orders SET state = 'disputed'")
    with pytest.raises(GiftNotNow):
        await world.db.write(giving.accept, given.gift.id, bao.id)
    await counter.run(world, "UPDATE orders SET state = 'delivered'")
    assert (await world.db.write(giving.accept, given.gift.id, bao.id)).gift.opened_by == bao.id


async def test_its_replacement_goes_to_the_friend(world, lin, bao, chen, sold, stock):
    """A claim is the giver's, by their order; the code that comes of it is the friend's."""
    given = await give(world, lin, sold)
    await opens(world, given, lin, bao)
    await world.db.write(delivery.replace, sold.id, 1, "bad", chen.id, "event")
    assert (await ask(world, "SELECT recipient FROM outbox WHERE kind = 'deliver' ORDER BY id"))[-1] == bao.id
    parcel = await world.db.read(delivery.parcel, sold.id, [sold.units[0].id])
    assert parcel is not None
    assert parcel.person == bao.id
    assert await counter.codes_of(world, bao, parcel.message) == stock[2:]
    await world.db.write(delivery.sent, sold.id, parcel.units, "message 2")
    assert (await counter.now(world, sold)).units[0].state is UnitState.SENT
    assert await sees(world, lin, sold, 1, 2) == stock[1:2]
    await counter.holds(world)


async def test_no_table_holds_a_token(world, lin, bao, sold):
    given = await give(world, lin, sold)
    token = (await token_of(world, given, lin)).removeprefix("g-")
    await opens(world, given, lin, bao)
    for table in metadata.sorted_tables:
        rows = await world.db.read(lambda tx, named=table.name: tx.all(text(f"SELECT * FROM {named}")))
        assert token not in repr(rows), table.name


async def waiting_to_be_fetched(world: World, lin: Person, steam: Product) -> Order:
    """An order whose code nobody has tried to send: it waits for its buyer."""
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam)))
    await counter.run(world, "UPDATE outbox SET state = 'done'")
    await counter.run(world, "UPDATE units SET obligation = 'pickup', owner = 'buyer'")
    return await counter.now(world, order)


async def test_what_a_friend_is_shown_is_no_delivery_to_the_buyer(world, lin, bao, steam, stock):
    order = await waiting_to_be_fetched(world, lin, steam)
    given = await give(world, lin, order)
    await opens(world, given, lin, bao)
    await world.db.write(giving.shown, given.gift.id, bao)
    assert (await counter.now(world, order)).units[0].state is UnitState.SENT
    assert await world.db.read(attempts.of, order.id) == []
    revealed = await ask(world, "SELECT CAST(detail AS TEXT) FROM audit WHERE action = 'reveal'")
    assert [bao.id in row and lin.id not in row for row in revealed] == [True, True]
    await counter.holds(world)


async def test_what_was_given_away_unseen_never_goes_to_its_buyer(world, lin, bao, steam, stock):
    """Not by the buyer's next word either, in the moment before the friend is shown it."""
    order = await waiting_to_be_fetched(world, lin, steam)
    given = await give(world, lin, order)
    assert not given.seen
    await opens(world, given, lin, bao)
    await world.db.write(delivery.resume, lin.id, "their next word")
    parcel = await world.db.read(delivery.parcel, order.id)
    assert parcel is not None
    assert parcel.person == bao.id
    assert await ask(world, "SELECT recipient FROM outbox WHERE kind = 'deliver' AND state = 'new'") == [bao.id]
    assert await sees(world, lin, order, 1) == []


async def test_what_is_on_its_way_to_its_buyer_is_neither_given_nor_opened(world, lin, bao, steam, stock):
    order = await waiting_to_be_fetched(world, lin, steam)
    given = await give(world, lin, order)
    await world.db.write(giving.look, await token_of(world, given, lin), bao.id)
    await world.db.write(delivery.resume, lin.id, "their next word")
    with pytest.raises(GiftNotNow):
        await world.db.write(giving.accept, given.gift.id, bao.id)
    assert (await world.db.write(giving.look, await token_of(world, given, lin), bao.id)).seen
    await world.db.write(giving.take_back, given.gift.id, lin.id)
    with pytest.raises(NotToGive):
        await give(world, lin, order)


async def test_what_was_tried_to_be_sent_may_have_been_seen(world, lin, steam, stock):
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam)))
    await world.db.write(delivery.unreachable, order.id, [order.units[0].id], "closed")
    assert (await give(world, lin, order)).seen


async def test_what_was_redeemed_since_its_link_was_made_is_not_opened(world, lin, bao, sold):
    given = await give(world, lin, sold)
    token = await token_of(world, given, lin)
    await world.db.write(giving.look, token, bao.id)
    await world.db.write(redeeming.worked, sold.number, [1], lin.id, "told")
    for act in ((giving.look, token), (giving.accept, given.gift.id)):
        with pytest.raises(RedeemedBefore):
            await world.db.write(*act, bao.id)
    assert await sees(world, lin, sold, 1) != []  # it is still its buyer's


async def test_what_a_friend_has_opened_stays_theirs_when_it_was_redeemed(world, lin, bao, sold, stock):
    given = await give(world, lin, sold)
    await opens(world, given, lin, bao)
    (code,) = await ask(world, "SELECT code_id FROM grants WHERE unit_id = :unit", unit=sold.units[0].id)
    told = (sold.id, sold.units[0].id, code, redemptions.Source.SELLER, "test:chen", "counter")
    assert await world.db.write(redemptions.tell, *told)
    again = await world.db.write(giving.accept, given.gift.id, bao.id)
    assert again.gift.opened_by == bao.id
