"""Each kind of work with the real core and a real provider: what is believed, and what happens once only."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import select

from core import cards, checkout, customers, inventory, ledger, notices, orders, settling
from core.checkout import Merchant
from core.customers import Person
from core.ground import audit, inbox, outbox
from core.ground.errors import PartyError, SendError
from core.ground.messages import Codes, Message, pack
from core.ground.money import Money
from core.ground.tx import Tx
from core.orders import Order, State
from core.parties import PaymentRequest, RefundAnswer
from core.reconcile import CHECKS, Broken, Finding
from core.settling import PaymentNotice
from core.units import Obligation, UnitState
from doubles.sandbox import press
from jobs import ending, lanes
from jobs.chunks import MOST, ROUNDS, in_chunks
from jobs.lanes import SETTLE_TRIES
from jobs.runner import Runner
from tests.doors import effects, events
from tests.world import World

numbers = itertools.count()


async def meet(world: World, name: str = "lin") -> Person:
    return await world.db.write(customers.meet, "test", name, name, "zh-CN", None)


async def bought(world: World, name: str = "lin", slug: str = "steam", many: int = 1) -> tuple[Order, str]:
    """An unpaid order, and its pay page."""
    person, rail = await meet(world, name), world.shop.payments["sandbox"]
    merchant = Merchant(rail.name, rail.account, rail.mode)
    order = await world.db.write(checkout.place, person, slug, many, merchant, {}, f"request {next(numbers)}")
    row = await world.db.write(checkout.pay_with, order, merchant)
    until = world.clock.now() + timedelta(days=30)  # the provider's own clock is not the test's
    opened = await rail.start(PaymentRequest(row.key, order.number, row.total, until, slug, "zh-CN", "http://shop/"))
    await world.db.write(ledger.opened, row.key, opened.reference, opened.link)
    return order, str(opened.link)


async def key_of(world: World, order: Order) -> str:
    return (await world.db.read(ledger.payments_of, order.id))[0].key


async def notice_of(world: World, order: Order) -> PaymentNotice:
    """The notice as the provider sends it."""
    notice = await world.shop.payments["sandbox"].truth(await key_of(world, order), "")
    assert notice is not None
    return notice


async def tell(world: World, notice: PaymentNotice) -> None:
    """The notice has come in, as the hook stores it."""
    await world.db.write(notices.store, notice)


async def paid(world: World, name: str = "lin", slug: str = "steam") -> Order:
    """A paid order whose notice waits to be settled."""
    order, link = await bought(world, name, slug)
    await press(link, "pay")
    await tell(world, await notice_of(world, order))
    return order


async def now(world: World, order: Order) -> Order:
    return await world.db.read(orders.get, order.id)


async def states(world: World, kind: str | None = None) -> list[str]:
    found = await world.db.read(events) if kind is None else await world.db.read(effects, kind)
    return [row.state for row in found]


# A payment notice


async def test_a_paid_order_is_settled_weighed_and_delivered(world, chat, steam):
    [code] = await world.stock(steam, 1)
    order = await paid(world)
    await world.runner.drain()
    assert (await now(world, order)).state is State.DELIVERED
    assert [secret.reveal() for secret in chat.of("lin").get_nowait().codes] == [code]
    assert await states(world) == ["done"]
    await world.holds()


async def test_the_same_money_told_again_and_again_is_one_receipt(world, steam):
    """E4: the end does not depend on how often and in which order it was told."""
    await world.stock(steam, 3)
    placed = [await paid(world, name) for name in ("lin", "bao", "mei")]
    notices = [await notice_of(world, order) for order in placed]
    told = [replace(notice, event=f"{notice.event} {number}") for notice in notices for number in range(4)]
    random.Random(7).shuffle(told)
    for notice in told:
        await tell(world, notice)
    await asyncio.gather(*(Runner(world.shop, {}).drain() for _ in range(3)))
    assert {(await now(world, order)).state for order in placed} == {State.DELIVERED}
    assert await world.count(ledger.receipts) == 3
    assert set(await states(world)) == {"done"}
    await world.holds()


async def test_what_the_rail_denies_changes_nothing_and_is_given_up(world, clock, steam, chen, chat):
    """C3: a valid signature, and no money."""
    await world.stock(steam, 1)
    order, _ = await bought(world)
    key = await key_of(world, order)
    await tell(world, PaymentNotice("sandbox", "evt", "txn", key, "sandbox-shop", "test", "paid", order.total))
    with structlog.testing.capture_logs() as logs:
        for _ in range(SETTLE_TRIES + 1):
            await world.runner.drain()
            clock.forward(inbox.LONGEST)
    assert [line["event"] for line in logs].count("the rail denies a notice") == SETTLE_TRIES
    [event] = await world.db.read(events)
    assert (event.state, event.trouble) == ("dead", "the notice says paid, the rail says not")
    assert (await now(world, order)).state is State.AWAITING_PAYMENT
    assert await world.count(ledger.receipts) == 0
    assert "the rail says not" in chat.of("chen").get_nowait().revealed()


async def test_a_paid_notice_outlives_a_day_without_the_provider(world, rail, clock, steam, chen, chat, monkeypatch):
    await world.stock(steam, 1)
    order = await paid(world)
    there = rail.truth

    async def away(*_: Any) -> PaymentNotice:
        raise PartyError("not reached")

    monkeypatch.setattr(rail, "truth", away)
    for minutes in (0, *[15] * 96):
        clock.forward(timedelta(minutes=minutes))
        await world.runner.drain()
    assert await states(world) == ["new"]
    assert "not reached" in chat.of("chen").get_nowait().revealed()  # told once, while it is still tried
    assert chat.of("chen").empty()
    monkeypatch.setattr(rail, "truth", there)
    clock.forward(timedelta(minutes=16))
    await world.runner.drain()
    assert await states(world) == ["done"]
    assert await world.count(ledger.receipts) == 1
    assert (await now(world, order)).state is not State.AWAITING_PAYMENT


async def test_without_asking_the_rail_it_would_be_believed(world, rail, steam):
    await world.stock(steam, 1)
    order, _ = await bought(world)
    rail.abilities = replace(rail.abilities, confirm=False)
    key = await key_of(world, order)
    await tell(world, PaymentNotice("sandbox", "evt", "txn", key, "sandbox-shop", "test", "paid", order.total))
    await world.runner.drain()
    assert (await now(world, order)).state is State.DELIVERED


async def test_a_notice_that_comes_before_the_truth_is_settled_a_little_later(world, provider, clock, steam):
    await world.stock(steam, 1)
    order = await paid(world)
    provider.faults.denies = True
    await world.runner.drain()
    assert (await now(world, order)).state is State.AWAITING_PAYMENT
    provider.faults.denies = False
    clock.forward(timedelta(seconds=2))
    await world.runner.drain()
    assert (await now(world, order)).state is State.DELIVERED


@pytest.mark.parametrize("lie", [Money(1, "CNY"), Money(10**8, "CNY"), Money(10000, "USD")])
async def test_only_the_rails_own_sum_counts(world, steam, lie):
    await world.stock(steam, 1)
    order, link = await bought(world)
    await press(link, "pay")
    with structlog.testing.capture_logs() as logs:
        await tell(world, replace(await notice_of(world, order), total=lie))
        await world.runner.drain()
    assert "the rail corrects a notice" in [line["event"] for line in logs]
    assert await world.db.read(ledger.received, order.id, "CNY") == order.total
    assert (await now(world, order)).state is State.DELIVERED


async def test_without_asking_the_rail_the_notices_sum_would_count(world, rail, steam):
    await world.stock(steam, 1)
    order, link = await bought(world)
    await press(link, "pay")
    rail.abilities = replace(rail.abilities, confirm=False)
    await tell(world, replace(await notice_of(world, order), total=Money(1, "CNY")))
    await world.runner.drain()
    assert await world.db.read(ledger.received, order.id, "CNY") == Money(1, "CNY")


async def test_an_answer_about_another_payment_is_not_used(world, rail, steam, monkeypatch):
    await world.stock(steam, 2)
    mine, other = await bought(world), await paid(world, "bao")
    notice = await notice_of(world, other)

    async def truth(key: str, reference: str) -> PaymentNotice:
        return notice

    monkeypatch.setattr(rail, "truth", truth)
    await tell(world, replace(notice, event="evt", key=await key_of(world, mine[0])))
    await world.runner.drain()
    assert "dead" in await states(world)
    assert (await now(world, mine[0])).state is State.AWAITING_PAYMENT


async def test_a_failed_attempt_changes_nothing(world, steam):
    await world.stock(steam, 1)
    order, link = await bought(world)
    await press(link, "fail")
    key = await key_of(world, order)
    await tell(world, PaymentNotice("sandbox", "evt", "txn", key, "sandbox-shop", "test", "failed", order.total))
    await world.runner.drain()
    assert await states(world) == ["done"]
    assert (await now(world, order)).state is State.AWAITING_PAYMENT


async def test_while_the_rail_can_not_be_asked_a_notice_waits(world, provider, clock, steam):
    await world.stock(steam, 1)
    order = await paid(world)
    provider.faults.give("truth", "broken", 2)
    for _ in range(2):
        await world.runner.drain()
        assert await states(world) == ["new"]
        clock.forward(timedelta(seconds=5))
    await world.runner.drain()
    assert (await now(world, order)).state is State.DELIVERED


async def test_settling_and_the_end_of_the_row_are_one(world, steam, monkeypatch):
    """A crash can't come between them: if the one does not happen, the other has not either."""
    await world.stock(steam, 1)
    order = await paid(world)

    def crashes(tx: Tx, *_: Any) -> bool:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(ending.inbox, "done", crashes)
        await world.runner.drain()
    assert await world.count(ledger.receipts) == 0
    assert (await now(world, order)).state is State.AWAITING_PAYMENT


async def test_money_for_nothing_we_know_goes_to_staff(world, rail, chen, chat, steam):
    opened = await rail.start(
        PaymentRequest(
            "elsewhere", "-", Money(500, "CNY"), world.clock.now() + timedelta(days=1), "-", "en", "http://x/"
        )
    )
    await press(str(opened.link), "pay")
    truth = await rail.truth("elsewhere", "")
    assert truth is not None
    await tell(world, truth)
    await world.runner.drain()
    assert await states(world) == ["done"]
    assert "¥5.00" in chat.of("chen").get_nowait().revealed()
    await world.holds()


# Delivering and saying


async def test_a_message_whose_answer_was_lost_is_sent_again_with_the_same_code(world, shop, chat, clock, steam):
    """E2: at most one message more, and never another code."""
    [code, _] = await world.stock(steam, 2)
    order = await paid(world)
    sent: list[list[str]] = []

    async def send(address: str, message: Any) -> str:
        sent.append([secret.reveal() for secret in message.codes])
        if len(sent) == 1:
            raise SendError("no answer")
        return "m"

    shop.senders["test"] = send
    await world.runner.drain()
    assert (await now(world, order)).state is State.FULFILLING
    clock.forward(timedelta(seconds=2))
    await world.runner.drain()
    assert sent == [[code], [code]]
    assert (await now(world, order)).state is State.DELIVERED
    await world.holds()


async def a_day_without_the_chat(world: World) -> None:
    """Whatever is sent meanwhile fails; then the chat is there again."""
    there = world.shop.senders["test"]

    async def away(address: str, message: Any) -> str:
        raise SendError("not reached")

    world.shop.senders["test"] = away
    for minutes in (0, *[15] * 96):
        world.clock.forward(timedelta(minutes=minutes))
        await world.runner.drain()
    world.shop.senders["test"] = there
    world.clock.forward(timedelta(minutes=16))
    await world.runner.drain()


async def test_codes_outlive_a_day_without_their_chat(world, chat, steam):
    [code] = await world.stock(steam, 1)
    order = await paid(world)
    await a_day_without_the_chat(world)
    assert code in chat.of("lin").get_nowait().revealed()
    assert (await now(world, order)).state is State.DELIVERED
    await world.holds()


async def test_tried_as_often_as_other_messages_they_would_be_given_up(world, chat, steam, monkeypatch):
    """Half an hour without its chat was enough for that, and nobody takes up again what was given up."""
    monkeypatch.setattr(lanes, "DELIVER_TRIES", outbox.TRIES)
    world.runner = Runner(world.shop, {})
    await world.stock(steam, 1)
    await paid(world)
    await a_day_without_the_chat(world)
    assert await states(world, "deliver") == ["dead"]


async def test_a_buyer_out_of_reach_keeps_the_codes(world, chat, steam):
    await world.stock(steam, 1)
    order = await paid(world)
    chat.closed.add("lin")
    await world.runner.drain()
    [unit] = (await now(world, order)).units
    assert (unit.state, unit.obligation) == (UnitState.GRANTED, Obligation.PICKUP)
    assert await states(world, "deliver") == ["done"]
    await world.holds()


async def test_what_was_delivered_meanwhile_is_not_sent_again(world, chat, steam):
    await world.stock(steam, 1)
    order = await paid(world)
    await world.runner.drain()
    chat.of("lin").get_nowait()
    await world.db.write(lambda tx: outbox.put(tx, "deliver", "deliver again", order=order.id))
    await world.runner.drain()
    assert chat.of("lin").empty()
    assert await states(world, "deliver") == ["done", "done"]


async def test_a_closed_chat_ends_what_was_to_be_said(world, chat):
    await meet(world)
    chat.closed.add("lin")
    packed = pack(Message(("hello",)))
    await world.db.write(lambda tx: outbox.put(tx, "say", "say 1", to="test:lin", person="test:lin", message=packed))
    with structlog.testing.capture_logs() as logs:
        await world.runner.drain()
    assert await states(world, "say") == ["done"]
    assert [line["event"] for line in logs if line["log_level"] != "info"] == ["out of reach"]
    lost = select(customers.people.c.unreachable_since)
    assert await world.db.read(lambda tx: tx.value(lost)) is not None


async def test_a_code_is_never_composed_for_somebody_else(world, chat, steam):
    """A row that names another's order is given up, not sent."""
    await world.stock(steam, 1)
    order = await paid(world)
    await world.runner.drain()
    await meet(world, "bao")
    message = pack(await world.db.read(stolen, order.id))
    await world.db.write(lambda tx: outbox.put(tx, "say", "say 1", to="test:bao", person="test:bao", message=message))
    await world.runner.drain()
    assert chat.of("bao").empty()


def stolen(tx: Tx, order: int) -> Message:
    """What its buyer was sent."""
    return cards.delivered(orders.get(tx, order), Codes(order))


# Refunds


async def owed_back(world: World) -> Order:
    """Paid after it was cancelled, and nothing is left: the money has to go back. Nothing is settled yet."""
    order, link = await bought(world)
    await world.db.write(checkout.cancel, order, await meet(world))
    for code in await world.db.read(lambda tx: tx.all(select(inventory.codes.c.id))):
        await world.db.write(inventory.quarantine, code.id)
    world.provider.faults.takes_late = True
    await press(link, "pay")
    await tell(world, await notice_of(world, order))
    return order


async def refunds(world: World, order: Order) -> list[str]:
    return [refund.state for refund in await world.db.read(ledger.refunds_of, order.id)]


async def sent_back(world: World, order: Order) -> list[int]:
    """What the provider has really sent back."""
    notice = await notice_of(world, order)
    return [refund.amount for refund in world.provider.books.refunds_of(notice.transaction)]


async def test_money_goes_back_once(world, steam, chat):
    await world.stock(steam, 1)
    order = await owed_back(world)
    await world.runner.drain()
    assert await refunds(world, order) == ["done"]
    assert await sent_back(world, order) == [10000]
    assert (await now(world, order)).state is State.REFUNDED
    await world.holds()


@pytest.mark.parametrize("trouble", ["lost", "silent", "broken"])
async def test_a_refund_without_an_answer_is_asked_for_and_never_sent_twice(world, rail, clock, steam, trouble):
    await world.stock(steam, 1)
    order = await owed_back(world)
    rail._client.timeout = httpx.Timeout(0.5)
    world.provider.faults.give("refund", trouble, 1)
    world.provider.faults.give("refund_truth", "broken", 2)
    await world.runner.drain()
    for seconds in (2, 4):
        assert await refunds(world, order) == ["unknown"]
        clock.forward(timedelta(seconds=seconds))
        await world.runner.drain()
    clock.forward(timedelta(seconds=10))
    await world.runner.drain()
    assert await refunds(world, order) == ["done"]
    assert await sent_back(world, order) == [10000]
    assert (await now(world, order)).state is State.REFUNDED
    await world.holds()


async def test_with_a_new_key_each_time_it_would_be_sent_twice(world, rail, clock, steam, monkeypatch):
    """What the one key is for: the provider can't tell a second key from a second refund."""
    await world.stock(steam, 1)
    order = await owed_back(world)
    refund = rail.refund

    async def forgetful(notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        return await refund(notice, f"{key} {next(numbers)}".replace(" ", "-"), Money(4000, "CNY"), reason)

    async def never_heard_of(key: str, notice: str) -> None:
        return None

    monkeypatch.setattr(rail, "refund", forgetful)
    monkeypatch.setattr(rail, "refund_truth", never_heard_of)
    world.provider.faults.give("refund", "lost", 1)
    await world.runner.drain()
    clock.forward(timedelta(seconds=10))
    await world.runner.drain()
    assert await sent_back(world, order) == [4000, 4000]


async def test_a_refund_the_rail_has_not_finished_is_looked_at_again(world, clock, steam):
    await world.stock(steam, 1)
    order = await owed_back(world)
    world.provider.faults.refunds = "pending"
    await world.runner.drain()
    assert await refunds(world, order) == ["unknown"]
    [refund] = world.provider.books.refunds_of((await notice_of(world, order)).transaction)
    world.provider.books.settle_refund(refund.key, "done")
    clock.forward(timedelta(seconds=5))
    await world.runner.drain()
    assert await refunds(world, order) == ["done"]
    assert await sent_back(world, order) == [10000]


async def test_a_refund_the_rail_takes_days_for_is_never_given_up(world, clock, steam):
    """A bank may take a week. With every look counted it was given up after a day, and stuck."""
    await world.stock(steam, 1)
    order = await owed_back(world)
    world.provider.faults.refunds = "pending"
    await world.runner.drain()
    looks = 0
    for _ in range(7 * 24):
        clock.forward(timedelta(hours=1))
        looks += await world.runner.drain()
    assert await states(world, "refund") == ["new"]
    assert looks < 7 * 24
    [refund] = world.provider.books.refunds_of((await notice_of(world, order)).transaction)
    world.provider.books.settle_refund(refund.key, "done")
    clock.forward(timedelta(hours=2))
    await world.runner.drain()
    assert await refunds(world, order) == ["done"]
    assert (await now(world, order)).state is State.REFUNDED
    await world.holds()


@pytest.mark.parametrize(("parts", "state"), [(False, "failed"), (True, "done")])
async def test_of_a_rail_that_sends_no_parts_none_is_asked(world, rail, steam, monkeypatch, parts, state):
    """Paid too much: the surplus is a part. Where the rail can send one, it goes back."""
    await world.stock(steam, 1)
    order, link = await bought(world)
    monkeypatch.setattr(rail, "abilities", replace(rail.abilities, parts=parts))
    world.provider.faults.amount = 15000
    await press(link, "pay")
    notice = replace(await notice_of(world, order), total=Money(15000, "CNY"))
    await world.db.write(settling.settle, notice)
    await world.runner.drain()
    assert await refunds(world, order) == [state]
    await world.holds()


async def test_a_refund_that_is_refused_goes_to_staff(world, chen, chat, steam):
    await world.stock(steam, 1)
    order = await owed_back(world)
    world.provider.faults.refunds = "failed"
    await world.runner.drain()
    assert await refunds(world, order) == ["failed"]
    assert await states(world, "refund") == ["done"]
    assert order.number in chat.of("chen").get_nowait().revealed()


async def test_a_refund_nobody_can_say_anything_about_is_asked_for_a_day_and_then_given_up(
    world, clock, steam, chen, chat
):
    await world.stock(steam, 1)
    order = await owed_back(world)
    world.provider.faults.give("refund", "broken")
    world.provider.faults.give("refund_truth", "broken")
    await world.runner.drain()
    began = clock.now()
    while "new" in await states(world, "refund"):
        clock.forward(timedelta(minutes=10))
        await world.runner.drain()
    assert clock.now() - began > timedelta(hours=23)
    assert await states(world, "refund") == ["dead"]
    assert await refunds(world, order) == ["unknown"]
    assert "refund" in chat.of("chen").get_nowait().revealed()


async def test_while_the_rail_is_not_there_a_refund_waits(world, clock, steam, monkeypatch):
    await world.stock(steam, 1)
    order = await owed_back(world)
    rail: Any = world.shop.payments["sandbox"]
    there = rail.refund

    async def away(*_: Any) -> RefundAnswer:
        raise PartyError("not reached")

    monkeypatch.setattr(rail, "refund", away)
    await world.runner.drain()
    assert await states(world, "refund") == ["new"]
    monkeypatch.setattr(rail, "refund", there)
    clock.forward(timedelta(seconds=2))
    await world.runner.drain()
    assert await refunds(world, order) == ["done"]


async def test_a_refund_outlives_most_of_a_day_without_the_rail(world, clock, steam, monkeypatch):
    """Refused connections are no answer either: the same schedule as for a lost one."""
    await world.stock(steam, 1)
    order = await owed_back(world)
    rail: Any = world.shop.payments["sandbox"]
    there = rail.refund

    async def away(*_: Any) -> RefundAnswer:
        raise PartyError("not reached")

    monkeypatch.setattr(rail, "refund", away)
    for _ in range(20 * 6):
        await world.runner.drain()
        clock.forward(timedelta(minutes=10))
    assert await states(world, "refund") == ["new"]
    monkeypatch.setattr(rail, "refund", there)
    clock.forward(timedelta(hours=17))
    await world.runner.drain()
    assert await refunds(world, order) == ["done"]
    assert await sent_back(world, order) == [10000]


# By the clock


async def test_an_unpaid_order_ends_and_its_pay_page_closes(world, clock, steam):
    await world.stock(steam, 1)
    order, link = await bought(world)
    clock.forward(timedelta(hours=1))
    await world.runner.tick()
    await world.runner.drain()
    assert (await now(world, order)).state is State.EXPIRED
    assert await states(world, "close") == ["done"]
    assert [payment.state for payment in await world.db.read(ledger.payments_of, order.id)] == ["closed"]
    with pytest.raises(ValueError, match="no button"):
        await press(link, "pay")
    await world.holds()


async def test_a_review_nobody_decides_ends_as_was_announced(world, clock, chen):
    keys = await world.make("gold", prices={"CNY": {1: 190000}})
    await world.stock(keys, 1)
    order = await paid(world, slug="gold")
    await world.runner.drain()
    assert (await now(world, order)).state is State.IN_REVIEW
    clock.forward(timedelta(hours=3))
    await world.runner.tick()
    await world.runner.drain()
    assert (await now(world, order)).state is State.REFUNDED
    assert await sent_back(world, order) == [190000]
    await world.holds()


async def test_what_staff_owe_too_long_is_refunded(world, clock, chen):
    await world.make("topup", kind="by_hand")
    order = await paid(world, slug="topup")
    await world.runner.drain()
    assert (await now(world, order)).state is State.FULFILLING
    clock.forward(timedelta(hours=13))
    await world.runner.tick()
    await world.runner.drain()
    assert (await now(world, order)).state is State.REFUNDED
    assert await sent_back(world, order) == [10000]
    await world.holds()


async def test_the_audit_is_chained(world, chen):
    await world.runner.tick()
    loose = select(audit.audit.c.id).where(audit.audit.c.link.is_(None))
    assert await world.count(audit.audit) > 0
    assert await world.db.read(lambda tx: tx.all(loose)) == []
    assert await world.db.read(audit.broken) is None


async def test_an_invariant_that_does_not_hold_is_critical(world, monkeypatch):
    found = [Finding(CHECKS[0], (Broken("code 17"),))]
    monkeypatch.setattr("jobs.invariants.reconcile.check", lambda tx, since: found)
    with structlog.testing.capture_logs() as logs:
        await world.runner.tick()
    assert [(line["log_level"], "code 17" in line["finding"]) for line in logs] == [("critical", True)]


async def test_old_rows_leave_the_queues_but_not_what_was_given_up(world, clock):
    def fill(tx: Tx) -> None:
        for number in range(1200):
            inbox.store(tx, "door", str(number), "-")
            inbox.done(tx, "door", str(number))
        inbox.store(tx, "door", "dead", "-")
        [row] = inbox.claim(tx, ["door"])
        inbox.failed(tx, replace(row, tries=inbox.TRIES), "why")
        inbox.store(tx, "door", "new", "-")

    await world.db.write(fill)
    await world.runner.tick()
    assert len(await states(world)) == 1202
    clock.forward(timedelta(days=91))
    await world.runner.tick()
    assert sorted(await states(world)) == ["dead", "new"]


async def test_chunks_end_when_there_is_less_to_do_and_also_when_there_always_is(world):
    calls = 0

    def decide(tx: Tx, most: int) -> int:
        nonlocal calls
        calls += 1
        return most if calls < 3 else 1

    await in_chunks(world.shop, decide)
    assert calls == 3
    endless = 0

    def always(tx: Tx, most: int) -> int:
        nonlocal endless
        endless += 1
        return MOST

    await in_chunks(world.shop, always)
    assert endless == ROUNDS
