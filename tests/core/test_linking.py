"""Accounts become one customer, and part again: orders, limits and credit go with them, whoever is at it at once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, text, update
from sqlalchemy.exc import DBAPIError

from core import (
    checkout,
    customers,
    hiring,
    joining,
    kin,
    ledger,
    linking,
    orders,
    pickup,
    reconcile,
    settling,
    shortage,
)
from core.catalog import Product
from core.checkout import LimitReached
from core.customers import Person
from core.ground.db import Tx
from core.ground.money import Money
from core.ground.rules import Rules
from core.linking import (
    LinkCodeOver,
    LinkedAlready,
    NotToBeLinked,
    Offer,
    SaidInTheSameChat,
    TooManyAccounts,
    TooManyCodes,
)
from core.orders import Order
from core.staff import NotStaff
from tests.core import counter
from tests.core.counter import ask
from tests.world import World

numbers = itertools.count()
TOLD = "SELECT effect_key FROM outbox WHERE kind = 'say' AND effect_key LIKE '%link%' ORDER BY effect_key"
OPEN = "SELECT id FROM link_codes WHERE used_at IS NULL"


def key() -> str:
    return f"event {next(numbers)}"


async def code_of(world: World, person: Person) -> str:
    """A code, as the person reads it."""
    made = await world.db.write(linking.ask, person, key())
    found = await world.db.read(linking.shown, made.id, person.id)
    assert found is not None
    return found.reveal()


async def say(world: World, person: Person, code: str) -> Offer | None:
    return await world.db.write(linking.say, person, code, key())


async def offered(world: World, asker: Person, sayer: Person) -> Offer:
    """The asker's code is said by the other, who has not confirmed yet."""
    found = await say(world, sayer, await code_of(world, asker))
    assert found is not None
    return found


async def asked(world: World, asker: Person, sayer: Person) -> int:
    """The asker's code is said and confirmed by the other, and the asker is asked; the code's number."""
    code = (await offered(world, asker, sayer)).code
    await world.db.write(linking.confirm, code, sayer.id)
    return code


async def link(world: World, asker: Person, sayer: Person) -> int:
    """The asker's code is said by the other, and both confirm; the customer both are now."""
    await world.db.write(joining.link, await asked(world, asker, sayer), asker.id)
    return (await met(world, sayer)).customer


async def met(world: World, person: Person) -> Person:
    return await world.db.read(customers.person, person.id)


async def customers_of(world: World, *orders_: Order) -> list[int]:
    return [(await counter.now(world, order)).customer for order in orders_]


async def credit(world: World, person: Person) -> int:
    found = await met(world, person)
    return (await world.db.read(ledger.credit, found.customer, "CNY")).amount


async def give_credit(world: World, order: Order, amount: int) -> None:
    """As staff do it for the trouble with an order."""

    def give(tx: Tx) -> None:
        customer = orders.get(tx, order.id).customer
        money, posting = Money(amount, "CNY"), f"goodwill {order.number} {next(numbers)}"
        ledger.post(tx, posting, money, came_from=ledger.credit_of(customer, "CNY"), went_to="goodwill")

    await world.db.write(give)


# The code


async def test_a_code_links_two_accounts_to_the_customer_known_longest(world, lin, bao, steam):
    await world.stock(steam, 2)
    first, second = await counter.place(world, lin, steam), await counter.place(world, bao, steam)
    assert await link(world, bao, lin) == lin.customer
    assert await customers_of(world, first, second) == [lin.customer, lin.customer]
    for person in (lin, bao):
        now = await met(world, person)
        assert {order.number for order in await world.db.read(orders.newest, now.customer, now.id, 9)} == {
            first.number,
            second.number,
        }
    assert [(await counter.now(world, order)).person for order in (first, second)] == [lin.id, bao.id]
    await counter.holds(world)


async def test_a_code_is_kept_by_its_digest_and_shown_to_whoever_asked(world, lin, bao):
    made = await world.db.write(linking.ask, lin, "event x")
    code = await world.db.read(linking.shown, made.id, lin.id)
    again = await world.db.write(linking.ask, lin, "event x")
    other = await world.db.write(linking.ask, lin, "event y")
    assert {made.id, again.id, other.id} == {made.id}, "one at a time"
    rows = await world.db.read(lambda tx: tx.all(text("SELECT * FROM link_codes")))
    assert code.reveal() not in str(rows)
    with pytest.raises(LookupError):
        await world.db.read(linking.shown, made.id, bao.id)


async def test_a_code_is_good_for_minutes_and_once(world, clock, lin, bao):
    code = await code_of(world, lin)
    clock.forward(linking.VALID)
    assert await say(world, bao, code) is None
    code = await code_of(world, lin)
    offer = await say(world, bao, f" {code.lower().replace('-', ' ').replace('1', 'l')}")
    assert offer and offer.account.person == lin.id
    for _ in range(2):  # each event once more
        await world.db.write(linking.confirm, offer.code, bao.id)
    for _ in range(2):
        await world.db.write(joining.link, offer.code, lin.id)
    await world.db.write(joining.unlink, lin.id, bao.id)
    with pytest.raises(LinkCodeOver):
        await world.db.write(joining.link, offer.code, lin.id)
    assert await say(world, await counter.meet(world, "dan"), code) is None
    assert await ask(world, "SELECT COUNT(*) FROM links") == [1]


async def test_a_code_is_for_the_first_who_says_it(world, lin, bao):
    """Whoever reads it over a shoulder and is slower has nothing."""
    code, thief = await code_of(world, lin), await counter.meet(world, "thief")
    offer = await say(world, bao, code)
    assert offer
    assert await say(world, thief, code) is None
    with pytest.raises(LinkCodeOver):
        await world.db.write(linking.confirm, offer.code, thief.id)


async def test_a_code_said_where_it_was_asked_for_does_nothing(world, lin):
    with pytest.raises(SaidInTheSameChat):
        await say(world, lin, await code_of(world, lin))


async def test_guesses_are_few(world, clock, lin, bao):
    code = await code_of(world, lin)
    for _ in range(linking.GUESSES):
        assert await say(world, bao, "0000-0000") is None
    with pytest.raises(TooManyCodes):
        await say(world, bao, code)
    clock.forward(timedelta(hours=1, seconds=1))
    assert await say(world, bao, await code_of(world, lin))


async def test_without_the_counting_somebody_guesses_on(world, lin, bao, monkeypatch):
    """The control."""
    monkeypatch.setattr(linking, "_not_too_many", lambda many, most, hours: None)
    code = await code_of(world, lin)
    for _ in range(linking.GUESSES * 3):
        await say(world, bao, "0000-0000")
    assert await say(world, bao, code)


async def test_codes_are_few(world, clock, lin):
    for _ in range(linking.CODES):
        await code_of(world, lin)
        clock.forward(linking.VALID)
    with pytest.raises(TooManyCodes):
        await code_of(world, lin)


async def test_staff_are_no_buyers(world, lin, bao):
    code = await code_of(world, lin)
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Bao"), bao.id)
    for act in (say(world, bao, code), code_of(world, bao)):
        with pytest.raises(NotToBeLinked):
            await act


async def test_who_is_hired_between_the_code_and_the_yes_is_not_linked(world, lin, bao):
    code = await asked(world, lin, bao)
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Lin"), lin.id)
    for act, who in ((linking.confirm, bao), (joining.link, lin)):
        with pytest.raises(NotToBeLinked):
            await world.db.write(act, code, who.id)


async def test_one_customer_has_so_many_accounts(world, lin):
    for number in range(linking.MOST - 1):
        await link(world, lin, await counter.meet(world, f"lin{number}"))
    extra = await counter.meet(world, "one too many")
    with pytest.raises(TooManyAccounts):
        await link(world, lin, extra)
    assert (await met(world, extra)).customer == extra.customer
    with pytest.raises(LinkedAlready):
        await link(world, await met(world, lin), await counter.meet(world, "lin0"))


async def test_the_other_account_is_told(world, lin, bao):
    code = await asked(world, lin, bao)
    assert await ask(world, "SELECT recipient FROM outbox WHERE kind = 'say'") == [lin.id]
    await world.db.write(joining.link, code, lin.id)
    assert await ask(world, TOLD) == [f"say link asked {code}", f"say linked 1 {bao.id}"]
    assert await ask(world, "SELECT action FROM audit") == ["link accounts"]


# The yes of whoever asked


async def sees(world: World, person: Person) -> set[str]:
    """The orders this account is shown."""
    now = await met(world, person)
    return {order.number for order in await world.db.read(orders.newest, now.customer, now.id, 9)}


async def test_who_read_a_code_over_a_shoulder_sees_nothing(world, lin, bao, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    code = await asked(world, lin, bao)
    assert await sees(world, bao) == set()
    question = await world.db.read(linking.asked, lin.id)
    assert question and (question.code, question.account.person) == (code, bao.id)
    await world.db.write(joining.refuse, code, lin.id)
    await world.db.write(joining.refuse, code, lin.id)  # pressed once more
    assert await sees(world, bao) == set()
    assert await world.db.read(linking.asked, lin.id) is None
    assert await ask(world, TOLD) == [f"say link asked {code}", f"say link refused {code}"]
    for act, who in ((linking.confirm, bao), (joining.link, lin)):
        with pytest.raises(LinkCodeOver):
            await world.db.write(act, code, who.id)
    assert await sees(world, lin) == {order.number}
    assert await ask(world, "SELECT COUNT(*) FROM links") == [0]


async def test_without_the_yes_they_would_see_it_all(world, lin, bao, steam):
    """The control: linked when the code was said and confirmed."""
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    await asked(world, lin, bao)
    await world.db.write(lambda tx: kin.join(tx, *kin.locked(tx, lin.id, bao.id)))
    assert await sees(world, bao) == {order.number}


async def test_nobody_else_says_yes_or_no(world, lin, bao):
    offer = await offered(world, lin, bao)
    for act in (joining.link, joining.refuse):
        with pytest.raises(LinkCodeOver):  # the other has not confirmed
            await world.db.write(act, offer.code, lin.id)
    await world.db.write(linking.confirm, offer.code, bao.id)
    thief = await counter.meet(world, "thief")
    for who, act in itertools.product((bao, thief), (joining.link, joining.refuse)):
        with pytest.raises(LinkCodeOver):
            await world.db.write(act, offer.code, who.id)
    for code in (0, 999):
        with pytest.raises(LinkCodeOver):
            await world.db.write(joining.link, code, lin.id)


async def test_what_nobody_answers_lapses_and_both_hear_of_it(world, clock, lin, bao):
    code = await asked(world, lin, bao)
    assert await world.db.read(linking.lapsed) == []
    await world.db.write(linking.lapse, code)
    clock.forward(linking.VALID)
    with pytest.raises(LinkCodeOver):
        await world.db.write(joining.link, code, lin.id)
    assert await world.db.read(linking.lapsed) == [code]
    for _ in range(2):
        await world.db.write(linking.lapse, code)
    over = [f"say link over {code} {person.id}" for person in (bao, lin)]
    assert await ask(world, TOLD) == [f"say link asked {code}", *over]
    assert await world.db.read(linking.lapsed) == []
    assert (await met(world, bao)).customer == bao.customer


async def test_another_code_ends_the_one_before_and_what_it_asked(world, lin, bao):
    code = await asked(world, lin, bao)
    await code_of(world, lin)
    with pytest.raises(LinkCodeOver):
        await world.db.write(joining.link, code, lin.id)
    assert f"say link over {code} {bao.id}" in await ask(world, TOLD)
    assert len(await ask(world, OPEN)) == 1


DROP_OPEN = "DROP INDEX uq_link_codes_person_id_open"


async def test_without_that_an_old_yes_would_still_link(world, lin, bao, monkeypatch):
    """The control."""
    monkeypatch.setattr(linking, "_end", lambda tx, row, how: False)
    await counter.run(world, DROP_OPEN)
    code = await asked(world, lin, bao)
    await code_of(world, lin)
    await world.db.write(joining.link, code, lin.id)
    assert (await met(world, bao)).customer == lin.customer


# What is shared


async def test_limits_count_both(world, lin, bao):
    scarce = await world.make("scarce", most_per_buyer=1)
    await world.stock(scarce, 2)
    await counter.place(world, lin, scarce)
    await link(world, lin, bao)
    with pytest.raises(LimitReached):
        await counter.place(world, await met(world, bao), scarce)


async def test_the_one_with_more_orders_keeps_its_number(world, lin, bao, steam):
    """And both are what they were when they part: what the one placed meanwhile goes with it."""
    await world.stock(steam, 5)
    hers = [await counter.place(world, lin, steam)]
    his = [await counter.sold(world, bao, steam) for _ in range(2)]
    await give_credit(world, hers[0], 3000)
    await give_credit(world, his[0], 500)
    assert await link(world, lin, bao) == bao.customer
    assert set(await customers_of(world, *hers, *his)) == {bao.customer}
    assert [await credit(world, person) for person in (lin, bao)] == [3500, 3500]
    hers.append(await counter.place(world, await met(world, lin), steam))
    await world.db.write(checkout.cancel, hers[1], await met(world, lin))
    assert await world.db.write(joining.unlink, lin.id, bao.id)
    assert await customers_of(world, *hers) == [lin.customer] * 2
    assert await customers_of(world, *his) == [bao.customer] * 2
    assert [await credit(world, person) for person in (lin, bao)] == [3000, 500]
    await counter.holds(world)


async def test_two_who_both_have_very_many_orders_are_not_linked(world, lin, bao, steam, monkeypatch):
    await world.stock(steam, 4)
    for person in (lin, bao, lin):
        await counter.place(world, person, steam)
    monkeypatch.setattr(kin, "MOST", 1)
    code = await asked(world, lin, bao)
    order = await counter.place(world, bao, steam)
    with pytest.raises(kin.TooManyOrders):
        await world.db.write(joining.link, code, lin.id)
    assert await customers_of(world, order) == [bao.customer]
    await world.db.write(checkout.expire, order.id)
    monkeypatch.setattr(kin, "MOST", 2)
    await world.db.write(joining.link, code, lin.id)


async def test_credit_is_one_and_is_spent_by_both(world, lin, bao, steam):
    await world.stock(steam, 3)
    first, second = await counter.place(world, lin, steam), await counter.place(world, bao, steam)
    await give_credit(world, first, 3000)
    await give_credit(world, second, 500)
    await link(world, lin, bao)
    assert [await credit(world, person) for person in (lin, bao)] == [3500, 3500]
    third = await counter.place(world, await met(world, bao), steam)
    assert await world.db.read(ledger.received, third.id, "CNY") == Money(3500, "CNY")
    assert await credit(world, lin) == 0
    await counter.holds(world)


async def test_credit_that_was_spent_before_comes_back_to_both(world, lin, bao, steam):
    """The receipt names the account it came from, which is nobody's any more."""
    await world.stock(steam, 3)
    await give_credit(world, await counter.place(world, bao, steam), 1000)
    spent = await counter.place(world, bao, steam)
    await link(world, lin, bao)
    await world.db.write(checkout.cancel, await counter.now(world, spent), await met(world, bao))
    assert await credit(world, lin) == 1000
    await counter.holds(world)


# Parting


async def test_parted_accounts_have_again_what_was_theirs(world, lin, bao, steam):
    await world.stock(steam, 4)
    hers, his = await counter.place(world, lin, steam), await counter.place(world, bao, steam)
    await give_credit(world, hers, 3000)
    await give_credit(world, his, 500)
    await link(world, lin, bao)
    later = await counter.place(world, await met(world, bao), steam)
    await give_credit(world, later, 200)
    assert await world.db.write(joining.unlink, lin.id, bao.id)
    assert not await world.db.write(joining.unlink, lin.id, bao.id)  # once more
    assert await customers_of(world, hers, his, later) == [lin.customer, bao.customer, bao.customer]
    assert [(await met(world, person)).customer for person in (lin, bao)] == [lin.customer, bao.customer]
    # 3500 were spent on his later order: so much was his to spend, and no more comes back to him than there is
    assert [await credit(world, person) for person in (lin, bao)] == [200, 0]
    assert await ask(world, "SELECT COUNT(*) FROM linked") == [0]
    await counter.holds(world)


async def test_shares_are_looked_up_in_chunks(world, lin, bao, steam, monkeypatch):
    monkeypatch.setattr(kin, "CHUNK", 1)
    await test_parted_accounts_have_again_what_was_theirs(world, lin, bao, steam)


@pytest.mark.parametrize("leaver", ["lin", "bao"])
async def test_credit_that_nobody_spent_goes_back_whoever_leaves(world, lin, bao, steam, leaver):
    await world.stock(steam, 3)
    hers, his = await counter.place(world, lin, steam), await counter.place(world, bao, steam)
    await give_credit(world, hers, 3000)
    await link(world, bao, lin)
    await give_credit(world, his, 700)
    await world.db.write(joining.unlink, f"test:{leaver}", lin.id)
    assert [await credit(world, person) for person in (lin, bao)] == [3000, 700]
    await counter.holds(world)


async def test_an_order_picked_up_elsewhere_goes_back_to_whoever_placed_it(world, lin, bao, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    phrase = await world.db.read(pickup.phrase, order, "en")
    await world.db.write(pickup.pick_up, order.number, phrase, bao)
    await link(world, lin, bao)
    await world.db.write(joining.unlink, lin.id, bao.id)
    assert await customers_of(world, order) == [lin.customer]


async def test_what_came_by_a_link_goes_together(world, lin, bao):
    """Whoever was told says "that's not me": all accounts of the other are gone."""
    dan, eve = await counter.meet(world, "dan"), await counter.meet(world, "eve")
    await link(world, lin, bao)
    await link(world, dan, eve)
    await link(world, lin, dan)
    number = (await ask(world, "SELECT MAX(id) FROM links"))[0]
    assert await world.db.write(joining.unlink, bao.id, str(number))
    found = [(await met(world, person)).customer for person in (lin, bao, dan, eve)]
    assert found == [lin.customer, lin.customer, dan.customer, dan.customer]


async def test_the_oldest_leaves_and_the_others_stay_together(world, lin, bao, steam):
    await world.stock(steam, 3)
    dan = await counter.meet(world, "dan")
    placed = [await counter.place(world, person, steam) for person in (lin, bao, dan)]
    await give_credit(world, placed[2], 300)
    await link(world, lin, bao)
    await link(world, bao, dan)
    await world.db.write(joining.unlink, dan.id, lin.id)
    found = [(await met(world, person)).customer for person in (lin, bao, dan)]
    assert found == [lin.customer, bao.customer, bao.customer] == await customers_of(world, *placed)
    assert [await credit(world, person) for person in (lin, bao)] == [0, 300]
    await world.db.write(joining.unlink, dan.id, dan.id)
    assert [await credit(world, person) for person in (bao, dan)] == [0, 300]
    await counter.holds(world)


async def test_a_number_stays_with_the_account_that_began_with_it(world, lin, bao, steam):
    """His has more orders and is everyone's: when he leaves, nobody keeps it whom it was never."""
    await world.stock(steam, 3)
    dan = await counter.meet(world, "dan")
    placed = [await counter.place(world, person, steam) for person in (lin, bao, bao)]
    await link(world, lin, bao)
    await link(world, bao, dan)
    everyone = await world.db.read(kin.company, bao.customer)
    his = [each for each in everyone if each.person == dan.id]
    await world.db.write(kin.part, [each for each in everyone if each not in his], his)
    await counter.holds(world)
    assert [(await met(world, person)).customer for person in (lin, bao, dan)] == [bao.customer] * 2 + [dan.customer]
    await world.db.write(joining.unlink, lin.id, bao.id)
    assert [(await met(world, person)).customer for person in (lin, bao)] == [lin.customer, bao.customer]
    assert await customers_of(world, *placed) == [lin.customer, bao.customer, bao.customer]
    await counter.holds(world)


async def test_nobody_parts_others(world, lin, bao):
    dan = await counter.meet(world, "dan")
    await link(world, lin, bao)
    number = (await ask(world, "SELECT MAX(id) FROM links"))[0]
    for which in (lin.id, bao.id, str(number), "999", "nobody:1", ""):
        assert not await world.db.write(joining.unlink, dan.id, which)
        assert await world.db.read(joining.with_it, dan, which) == []
    assert (await met(world, bao)).customer == lin.customer


async def test_staff_part_what_was_linked_wrongly(world, chen, lin, bao):
    await link(world, lin, bao)
    with pytest.raises(NotStaff):
        await world.db.write(joining.unlink_for, bao.id, lin.id)
    assert await world.db.write(joining.unlink_for, bao.id, chen.id)
    assert (await met(world, bao)).customer == bao.customer
    assert "unlink accounts" in await ask(world, "SELECT action FROM audit")


# The schema's guard


async def test_an_order_changes_hands_only_with_its_account(world, lin, bao, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    steal = f"UPDATE orders SET customer_id = {bao.customer} WHERE id = {order.id}"
    with pytest.raises(DBAPIError, match="changes hands only with the account"):
        await counter.run(world, steal)
    dropping = {"sqlite": "DROP TRIGGER orders_stay_with_their_account"}
    drop = dropping.get(
        await world.db.read(lambda tx: tx.dialect), "DROP TRIGGER orders_stay_with_their_account ON orders"
    )
    assert await counter.run(world, drop, steal) == 1  # the control


# Races


async def test_of_many_who_say_yes_at_once_one_links(world, lin, bao):
    code = await asked(world, lin, bao)
    linked = await asyncio.gather(*(world.db.write(joining.link, code, lin.id) for _ in range(5)))
    assert {account.person for account in linked} == {bao.id}
    assert await ask(world, "SELECT COUNT(*) FROM links") == [1]


async def yes_and_no(world: World, lin: Person, bao: Person) -> tuple[set[str], bool]:
    """Both pressed at once, as on two screens: what was told, and whether it is linked."""
    code = await asked(world, lin, bao)
    acts = [world.db.write(act, code, lin.id) for act in (joining.refuse, joining.link)]
    await asyncio.gather(*acts, return_exceptions=True)
    told = {key.split()[2] for key in await ask(world, TOLD) if "asked" not in key}
    return told, (await met(world, bao)).customer == lin.customer


async def test_of_a_yes_and_a_no_at_once_one_counts(world, lin, bao):
    told, linked = await yes_and_no(world, lin, bao)
    assert told == ({"1"} if linked else {"refused"})


async def test_without_the_guard_both_would(world, lin, bao, monkeypatch):
    """The control: told that it was refused, and linked."""
    unguarded = update(linking.link_codes).where(linking.link_codes.c.id == bindparam("code"))
    values = {"used_at": bindparam("moment"), "outcome": bindparam("how")}
    monkeypatch.setattr(joining, "ANSWER", unguarded.values(values))
    assert await yes_and_no(world, lin, bao) == ({"1", "refused"}, True)


async def said_at_once(world: World, lin: Person, *others: Person) -> list[bool]:
    code = await code_of(world, lin)
    return [offer is not None for offer in await asyncio.gather(*(say(world, each, code) for each in others))]


async def test_of_two_who_say_one_code_at_once_one_is_offered_it(world, lin, bao):
    assert sorted(await said_at_once(world, lin, bao, await counter.meet(world, "dan"))) == [False, True]


async def test_without_the_first_who_said_it_both_are(world, lin, bao, monkeypatch):
    """The control."""
    anybody = update(linking.link_codes).where(linking.link_codes.c.id == bindparam("code"))
    monkeypatch.setattr(linking, "SAY", anybody.values(said_by=bindparam("person")))
    assert await said_at_once(world, lin, bao, await counter.meet(world, "dan")) == [True, True]


async def test_codes_asked_for_at_once_are_one(world, lin):
    await asyncio.gather(*(code_of(world, lin) for _ in range(5)))
    assert len(await ask(world, OPEN)) == 1


@pytest.mark.parametrize("guarded", [True, False])
async def test_the_schema_keeps_one_open_code(world, lin, monkeypatch, guarded):
    """Whatever the code above it does; and the control, without the index."""
    monkeypatch.setattr(linking, "_still_shown", lambda tx, person: None)
    monkeypatch.setattr(linking, "_end", lambda tx, row, how: False)
    if not guarded:
        await counter.run(world, DROP_OPEN)
    await asyncio.gather(*(world.db.write(linking.ask, lin, key()) for _ in range(5)))
    assert len(await ask(world, OPEN)) == (1 if guarded else 5)


async def test_a_yes_while_another_code_is_asked_for_links_or_is_too_late(world, lin, bao):
    code = await asked(world, lin, bao)
    acts = (world.db.write(linking.ask, lin, key()), world.db.write(joining.link, code, lin.id))
    _, yes = await asyncio.gather(*acts, return_exceptions=True)
    linked = (await met(world, bao)).customer == lin.customer
    assert isinstance(yes, kin.Account if linked else LinkCodeOver)
    assert (f"say link over {code} {bao.id}" in await ask(world, TOLD)) != linked
    assert len(await ask(world, OPEN)) == 1


async def test_three_who_link_in_a_ring_at_once_are_one_customer(world, lin, bao, steam):
    await world.stock(steam, 3)
    dan = await counter.meet(world, "dan")
    ring = [(lin, bao), (bao, dan), (dan, lin)]
    placed = [await counter.place(world, person, steam) for person in (lin, bao, dan)]
    for order in placed:
        await give_credit(world, order, 100)
    codes = [(asker, await asked(world, asker, sayer)) for asker, sayer in ring]
    linking_now = [world.db.write(joining.link, code, asker.id) for asker, code in codes]
    outcomes = await asyncio.gather(*linking_now, return_exceptions=True)
    assert sum(isinstance(outcome, LinkedAlready) for outcome in outcomes) == 1, outcomes
    assert {(await met(world, person)).customer for person in (lin, bao, dan)} == {lin.customer}
    assert set(await customers_of(world, *placed)) == {lin.customer}
    assert await credit(world, lin) == 300
    await counter.holds(world)


async def test_an_order_placed_while_its_account_is_linked_is_the_new_customers(world):
    for n in range(8):
        older, younger = await counter.meet(world, f"older{n}"), await counter.meet(world, f"younger{n}")
        product = await world.make(f"card{n}")
        await world.stock(product, 2)
        await counter.place(world, older, product)
        code = await asked(world, older, younger)
        placing = counter.place(world, younger, product)  # with what its event had read of the account
        _, order = await asyncio.gather(world.db.write(joining.link, code, older.id), placing)
        assert await customers_of(world, order) == [older.customer]
    await counter.holds(world)


@pytest.mark.parametrize("rules", [Rules(unpaid_orders=9)], ids=[""])  # linked, they have both accounts' for a moment
async def test_what_is_paid_cancelled_and_ends_while_accounts_are_linked_and_parted(world, clock):
    """Whoever is first: each order's money and units are where they would be without, and nobody's order is lost."""
    product = await world.make("card")
    await world.stock(product, 24)
    for n in range(4):
        older, younger = await counter.meet(world, f"older{n}"), await counter.meet(world, f"younger{n}")
        ends = await counter.place(world, younger, product)
        clock.forward(world.shop.rules.hold)
        paid, gone, hers = [await counter.place(world, each, product) for each in (younger, younger, older)]
        notice = await counter.notice(world, paid)
        meanwhile = (
            world.db.write(joining.link, await asked(world, older, younger), older.id),
            world.db.write(settling.settle, notice),
            world.db.write(checkout.expire, ends.id),
            world.db.write(checkout.cancel, gone, younger),
            counter.place(world, younger, product),
            world.db.write(joining.unlink, older.id, younger.id),
        )
        *_, placed, parted = await asyncio.gather(*meanwhile)
        now = [(await met(world, person)).customer for person in (younger, older)]
        assert (now == [younger.customer, older.customer]) == parted
        theirs = await customers_of(world, paid, gone, ends, placed)
        assert [*set(theirs), *await customers_of(world, hers)] == now
        states = [(await counter.now(world, order)).state for order in (paid, gone, ends)]
        assert states == [orders.State.PAID, orders.State.CANCELLED, orders.State.EXPIRED]
    late = {"L2", "L3"}  # nobody does what the clock would
    assert {finding.check.id for finding in await world.db.read(reconcile.check)} <= late


# On PostgreSQL two who wait for each other are found out after a second, and one of them begins anew: so each counts
# how often it has run.


class Counted:
    """A decision that counts its runs."""

    def __init__(self, decide: Callable[..., Any]) -> None:
        self.decide, self.runs = decide, 0

    def __call__(self, tx: Tx, *given: Any) -> Any:
        self.runs += 1
        return self.decide(tx, *given)


async def runs(world: World, first: tuple[Any, ...], second: tuple[Any, ...]) -> int:
    """How often both have run, the second begun a moment after the first."""
    counted = [(Counted(decide), given) for decide, *given in (first, second)]
    beginning = asyncio.create_task(world.db.write(counted[0][0], *counted[0][1]))
    await asyncio.sleep(0.1)
    await asyncio.gather(beginning, world.db.write(counted[1][0], *counted[1][1]), return_exceptions=True)
    return sum(each.runs for each, _ in counted)


def then_waits(function: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever has locked waits, so that another comes between its locks."""

    def waiting(tx: Tx, *given: Any) -> Any:
        found = function(tx, *given)
        tx.one(text("SELECT 1 FROM pg_sleep(0.3)"))
        return found

    return waiting


async def of_credit(world: World, lin: Person, bao: Person, steam: Product, monkeypatch: Any) -> int:
    await world.stock(steam, 2)
    await counter.place(world, lin, steam)
    order = await counter.place(world, bao, steam)
    code = await asked(world, lin, bao)
    monkeypatch.setattr(orders, "locked", then_waits(orders.locked))
    taking = (shortage.take_money_after_all, order.id, bao.id)
    return await runs(world, taking, (joining.link, code, lin.id))


@pytest.mark.parametrize("store", ["postgresql"])
async def test_taking_credit_back_and_linking_never_wait_for_each_other(world, lin, bao, steam, monkeypatch):
    assert await of_credit(world, lin, bao, steam, monkeypatch) == 2


@pytest.mark.parametrize("store", ["postgresql"])
async def test_with_the_order_locked_first_they_would(world, lin, bao, steam, monkeypatch):
    """The control."""

    def order_first(tx: Tx, order_id: int) -> Order:
        order = orders.locked(tx, order_id)
        customers.lock(tx, order.customer)
        return order

    monkeypatch.setattr(shortage, "_locked_with_buyer", order_first)
    assert await of_credit(world, lin, bao, steam, monkeypatch) > 2


async def of_ends(world: World, lin: Person, bao: Person, steam: Product, monkeypatch: Any) -> int:
    """Two orders past their hold, the later one placed first."""
    await world.stock(steam, 4)
    for _ in range(2):
        await counter.place(world, lin, steam)
    later, sooner = [await counter.place(world, bao, steam) for _ in range(2)]
    code = await asked(world, lin, bao)
    for order, minutes in ((later, 1), (sooner, 2)):
        ended = world.clock.now() - timedelta(minutes=minutes)
        await world.db.write(lambda tx, o=order, e=ended: tx.changed(ENDS_AT, order=o.id, at_moment=e))
    monkeypatch.setattr(orders, "locked", then_waits(orders.locked))
    return await runs(world, (checkout.lapse, steam.id, 2), (joining.link, code, lin.id))


ENDS_AT = (
    update(orders.orders).where(orders.orders.c.id == bindparam("order")).values(expires_at=bindparam("at_moment"))
)


@pytest.mark.parametrize("store", ["postgresql"])
async def test_orders_that_end_and_linking_never_wait_for_each_other(world, lin, bao, steam, monkeypatch):
    assert await of_ends(world, lin, bao, steam, monkeypatch) == 2


@pytest.mark.parametrize("store", ["postgresql"])
async def test_with_orders_locked_as_they_come_they_would(world, lin, bao, steam, monkeypatch):
    """The control."""
    monkeypatch.setattr(kin, "_hold", lambda tx, customer: None)
    assert await of_ends(world, lin, bao, steam, monkeypatch) > 2


async def test_an_event_that_began_before_the_link_places_for_the_new_customer(world, lin, bao, steam):
    await world.stock(steam, 1)
    await link(world, lin, bao)
    order = await counter.place(world, bao, steam, key="once")  # as the event had read it
    assert await customers_of(world, order) == [lin.customer]
    assert (await counter.place(world, bao, steam, key="once")).id == order.id


async def test_without_the_second_look_its_order_would_be_nobodys(world, lin, bao, steam, monkeypatch):
    """The control: what the event had read is believed."""
    look: Callable[..., Any] = checkout.standing

    def believing(tx: Tx, person: Person, *about: Any) -> Any:
        return replace(look(tx, person, *about), customer=person.customer)

    monkeypatch.setattr(checkout, "standing", believing)
    await world.stock(steam, 1)
    await link(world, lin, bao)
    order = await counter.place(world, bao, steam)
    assert await customers_of(world, order) == [bao.customer]
    assert "A2" in [finding.check.id for finding in await world.db.read(reconcile.check)]
