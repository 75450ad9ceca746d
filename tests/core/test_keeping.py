"""Money that fits no order: kept or sent back by staff, one of them; and after a restore never back by itself."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any, Literal

import pytest
from sqlalchemy import select

from core import aftersales, books, chargebacks, checkout, keeping, ledger, recovery, restores, settling
from core.aftersales import RefundOutcome
from core.books import Books
from core.disputes import DisputeNotice
from core.ground.ids import NUMBER
from core.ground.money import Money
from core.handed import Handed
from core.keeping import JournalNotRead, MoneyDecided
from core.ledger import Receipt
from core.staff import NotStaff
from tests.core import counter
from tests.core.counter import ask
from tests.core.test_chargebacks import books as accounts
from tests.world import World

DAY = timedelta(days=1)
GONE = "ABCD-1234"


@pytest.fixture
async def placed(world: World, lin, steam) -> Any:
    """Lin's order, which is unpaid: what comes is not for it."""
    await world.stock(steam, 1)
    return await counter.place(world, lin, steam)


async def came(world: World, order: Any, key: str = "nobody's", **changed: Any) -> Receipt:
    notice = await counter.notice(world, order, **{"key": key, **changed})
    for _ in range(2):
        await world.db.write(settling.settle, notice)
    receipt = await world.db.read(ledger.received_before, notice.rail, notice.account, notice.transaction)
    assert receipt
    return receipt


async def restored(world: World, days: float = 0, *, checked: bool = True, left: tuple[str, ...] = ()) -> None:
    moment = await world.db.read(lambda tx: tx.now)
    await world.db.write(restores.restored, "0" * 64, moment - DAY, moment)
    for _ in range(2):
        lines = [Handed(900 + at, 900 + at, bytes(32), moment, number) for at, number in enumerate(left)]
        await world.db.write(recovery.take_out, lines)
    if checked:
        await world.db.write(restores.checked, {})
    world.clock.forward(timedelta(days=days))


async def told(world: World) -> list[str]:
    """The sentences of the alarms that Chen was told, with what their buttons say."""
    found = await ask(world, "SELECT payload FROM outbox WHERE effect_key LIKE 'say alarm%' ORDER BY id")
    return [payload if isinstance(payload, str) else str(payload) for payload in found]


async def holds(world: World) -> None:
    """Every invariant, once the clock's other work is done."""
    for order in await world.db.read(checkout.lapsed):
        await world.db.write(checkout.expire, order)
    await world.runner.drain()
    await world.holds()


async def goes_back_by_itself(world: World) -> int:
    """How many refunds the clock begins, with a day and six hours gone."""
    world.clock.forward(timedelta(hours=30))
    for receipt in await world.db.read(aftersales.lost_money):
        await world.db.write(aftersales.send_lost_money_back, receipt)
    return await world.count(ledger.refunds)


# Staff decide


async def test_staff_keep_what_is_theirs(world, chen, placed):
    receipt = await came(world, placed)
    assert f"keep {receipt.id}" in (await told(world))[0]
    for _ in range(2):
        await world.db.write(keeping.keep, receipt.id, chen.id)
    assert await accounts(world) == {"rail": 10000, "sales": -10000}
    assert await world.db.read(ledger.unmatched) == []
    assert len(await ask(world, "SELECT id FROM audit WHERE action = 'keep' AND actor = 'test:chen'")) == 1
    assert await goes_back_by_itself(world) == 0
    with pytest.raises(MoneyDecided) as refused:
        await world.db.write(keeping.send_back, receipt.id, chen.id)
    assert refused.value.facts["how"] == "kept"
    with pytest.raises(settling.NotMatched):
        await world.db.write(settling.match, receipt.id, placed.id, chen.id)
    await holds(world)


async def test_staff_send_back_before_its_time(world, chen, placed):
    receipt = await came(world, placed)
    assert await world.db.write(keeping.send_back, receipt.id, chen.id) == receipt.total
    [refund] = await ask(world, "SELECT id FROM refunds")
    assert len(await ask(world, "SELECT id FROM audit WHERE action = 'return'")) == 1
    for end in (None, "done"):
        if end:
            await world.db.write(aftersales.refund_begins, refund)
            await world.db.write(aftersales.refund_ended, refund, RefundOutcome("done", "r1"))
        for decide in (keeping.keep, keeping.send_back):
            with pytest.raises(MoneyDecided) as refused:
                await world.db.write(decide, receipt.id, chen.id)
            assert refused.value.facts["how"] == "back"
    assert await world.count(ledger.refunds) == 1
    assert await accounts(world) == {}
    await holds(world)


@pytest.mark.parametrize("decide", [keeping.keep, keeping.send_back])
async def test_what_is_an_orders_disputed_or_unknown_is_not_decided(world, chen, lin, placed, decide):
    matched = await came(world, placed)
    await world.db.write(settling.match, matched.id, placed.id, chen.id)
    disputed = await came(world, placed)
    await dispute(world, disputed, "open")
    for receipt, how in ((matched.id, "matched"), (disputed.id, "disputed"), (999, "none")):
        with pytest.raises(MoneyDecided) as refused:
            await world.db.write(decide, receipt, chen.id)
        assert refused.value.facts == {"receipt": receipt, "how": how}
    with pytest.raises(NotStaff):
        await world.db.write(decide, disputed.id, lin.id)
    await holds(world)


async def dispute(world: World, receipt: Receipt, state: Literal["open", "won", "lost"]) -> None:
    due = await world.db.read(lambda tx: tx.now) + DAY
    known = (receipt.rail, receipt.account, receipt.transaction)
    await world.db.write(chargebacks.told, DisputeNotice(*known, "d1", state, receipt.total, due))


@pytest.mark.parametrize("decide", [keeping.keep, keeping.send_back])
async def test_a_button_decides_about_the_money_it_was_shown_for_only(world, chen, placed, decide):
    """After a restore other money has the number of what came between backup and loss."""
    receipt = await came(world, placed)
    with pytest.raises(MoneyDecided) as refused:
        await world.db.write(decide, receipt.id, chen.id, "a1b2c3")
    assert refused.value.facts == {"receipt": receipt.id, "how": "none"}
    assert await how_it_ended(world, receipt) == set()
    digest = receipt.digest[:6]
    assert f"keep {receipt.id} {digest}" in (said := (await told(world))[-1])
    assert f"return {receipt.id} {digest}" in said
    await world.db.write(decide, receipt.id, chen.id, digest)
    assert len(await how_it_ended(world, receipt)) == 1
    other = dataclasses.replace(receipt, transaction="another")
    assert other.digest != receipt.digest


async def test_two_of_staff_at_once_one_decides_and_the_other_is_told(world, chen, placed):
    for _ in range(6):
        receipt = await came(world, placed)
        both = [world.db.write(decide, receipt.id, chen.id) for decide in (keeping.keep, keeping.send_back)]
        ended = await asyncio.gather(*both, return_exceptions=True)
        assert [type(end) for end in ended].count(MoneyDecided) == 1
        assert await how_it_ended(world, receipt) in ({"kept"}, {"back"})
    await holds(world)


async def test_without_a_look_under_the_lock_both_would_happen(world, chen, placed, monkeypatch):
    """The control."""
    receipt = await came(world, placed)
    await world.db.write(keeping.keep, receipt.id, chen.id)
    monkeypatch.setattr(keeping, "_undecided", lambda *_: receipt)  # as it was read before
    await world.db.write(keeping.send_back, receipt.id, chen.id)
    assert await how_it_ended(world, receipt) == {"kept", "back"}


async def how_it_ended(world: World, receipt: Receipt) -> set[str]:
    now = await world.db.read(ledger.receipt, receipt.id)
    back = await world.db.read(ledger.refunds_against, receipt)
    return {how for how, so in (("kept", now.kept), ("back", bool(back))) if so}


# What becomes of kept money at the provider


async def test_a_dispute_of_kept_money_is_lost_against_the_income(world, chen, placed):
    receipt = await came(world, placed)
    await world.db.write(keeping.keep, receipt.id, chen.id)
    await dispute(world, receipt, "open")
    await dispute(world, receipt, "won")
    assert await accounts(world) == {"rail": 10000, "sales": -10000}
    for state in ("open", "lost"):
        await dispute(world, receipt, state)
    assert await accounts(world) == {}
    await holds(world)
    assert await earned(world) == {"sandbox": 0}


async def test_a_refund_at_the_provider_of_kept_money_is_less_income(world, chen, placed):
    receipt = await came(world, placed)
    await world.db.write(keeping.keep, receipt.id, chen.id)
    assert await earned(world) == {"sandbox": 10000}
    known = (receipt.rail, receipt.account, receipt.transaction)
    for part, left in ((4000, 6000), (6000, 0)):
        await world.db.write(chargebacks.refunded_outside, *known, f"out {part}", Money(part, "CNY"))
        assert await earned(world) == {"sandbox": left}
    assert await accounts(world) == {}
    await holds(world)


async def test_what_is_left_of_money_that_went_back_in_part_is_kept(world, chen, placed):
    await restored(world)
    receipt = await came(world, placed, f"{GONE}-sandbox")
    known = (receipt.rail, receipt.account, receipt.transaction)
    await world.db.write(chargebacks.refunded_outside, *known, "out", Money(4000, "CNY"))
    for _ in range(2):
        assert await world.db.write(keeping.keep, receipt.id, chen.id) == Money(6000, "CNY")
    assert await accounts(world) == {"rail": 6000, "sales": -6000}
    assert await earned(world) == {"sandbox": 6000}
    await holds(world)
    await world.db.write(chargebacks.refunded_outside, *known, "out again", Money(1000, "CNY"))
    assert await accounts(world) == {"rail": 5000, "sales": -5000}
    await holds(world)


async def test_what_is_left_of_money_that_went_back_in_part_goes_back(world, chen, placed):
    receipt = await came(world, placed)
    known = (receipt.rail, receipt.account, receipt.transaction)
    await world.db.write(chargebacks.refunded_outside, *known, "out", Money(4000, "CNY"))
    assert await world.db.write(keeping.send_back, receipt.id, chen.id) == Money(6000, "CNY")
    await holds(world)


async def test_nothing_is_kept_of_money_of_which_a_part_is_going_back(world, chen, placed):
    receipt = await came(world, placed)
    await world.db.write(aftersales.give_back, receipt, Money(4000, "CNY"), "unmatched")
    with pytest.raises(MoneyDecided) as refused:
        await world.db.write(keeping.keep, receipt.id, chen.id)
    assert refused.value.facts["how"] == "back"


async def test_what_staff_are_to_send_back_by_hand_is_not_kept(world, chen, placed):
    receipt = await came(world, placed)
    await world.db.write(keeping.send_back, receipt.id, chen.id)
    [refund] = await ask(world, "SELECT id FROM refunds")
    await world.db.write(aftersales.refund_begins, refund)
    await world.db.write(aftersales.refund_ended, refund, RefundOutcome("by-hand"))
    with pytest.raises(MoneyDecided) as refused:
        await world.db.write(keeping.keep, receipt.id, chen.id)
    assert refused.value.facts["how"] == "back"


async def earned(world: World) -> dict[str, int]:
    """By way to pay, as the month's books say."""
    now = await world.db.read(lambda tx: tx.now)
    month = await world.db.read(books.month, f"{now.astimezone(world.shop.rules.zone):%Y-%m}")
    whole = Books(month, world.shop.rules)
    part, after = await world.db.read(books.of_entries, month, 0)
    assert after is None
    whole += part
    found: dict[str, int] = {}
    for (_, rail, _), day in whole.days.items():
        found[rail] = found.get(rail, 0) + day.earned
    return found


# After a restore


async def test_money_of_a_lost_order_whose_code_had_left_is_kept_at_once(world, chen, placed):
    await restored(world, 30, left=(GONE, placed.number))
    assert await lost(world) == [GONE]  # not the one that is here
    receipt = await came(world, placed, f"{GONE}-sandbox")
    assert receipt.kept
    [said] = await told(world)
    for part in ("alarm-kept-for-lost", GONE, "10000"):
        assert part in said
    assert await accounts(world) == {"rail": 10000, "sales": -10000}
    [detail] = await ask(world, "SELECT detail FROM audit WHERE action = 'keep' AND actor = 'shop'")
    assert GONE in str(detail)
    again = await came(world, placed, f"{GONE}-sandbox-500")  # it may be paid twice: a person looks
    assert not again.kept
    _, said = await told(world)
    assert "alarm-after-restore-again" in said
    assert f"keep {again.id}" in said
    assert await goes_back_by_itself(world) == 0
    since = await world.db.read(lambda tx: tx.now - timedelta(days=60))
    [(many, amount)] = await world.db.read(keeping.kept_for_lost, since)
    assert (many, amount.amount) == (1, 10000)
    await holds(world)


async def test_what_is_kept_before_the_books_are_checked_is_told_once_with_its_sum(world, chen, placed):
    await restored(world, checked=False, left=(GONE, "EFGH-1234"))
    restore = await world.db.read(restores.unchecked)
    assert restore
    await world.db.write(keeping.tell_kept, restore)
    for number in (GONE, "EFGH-1234"):
        assert (await came(world, placed, f"{number}-sandbox")).kept
    assert await told(world) == []
    for _ in range(2):
        await world.db.write(keeping.tell_kept, restore)
    said = await ask(world, "SELECT payload FROM outbox WHERE effect_key LIKE 'say kept after restore%'")
    assert len(said) == 1
    for part in ("kept-after-restore", "kept-after-restore-sum", "20000"):
        assert part in str(said[0])


async def lost(world: World) -> list[str]:
    return [row.number for row in await world.db.read(lambda tx: tx.all(select(restores.lost_orders)))]


@pytest.mark.parametrize(("decide", "how"), [(keeping.keep, "kept"), (keeping.send_back, "back")])
@pytest.mark.parametrize(("checked", "days"), [(True, 6), (False, 30)])
async def test_money_of_an_order_that_is_gone_waits_for_staff(world, chen, placed, checked, days, decide, how):
    await restored(world, days, checked=checked)
    receipt = await came(world, placed, f"{GONE}-sandbox")
    said = (await told(world))[-1]
    for part in ("alarm-after-restore", GONE, f"keep {receipt.id}", f"return {receipt.id}"):
        assert part in said
    assert ("alarm-after-restore-unchecked" in said) is not checked
    assert await goes_back_by_itself(world) == 0
    if not checked and decide is keeping.send_back:
        with pytest.raises(JournalNotRead):
            await world.db.write(decide, receipt.id, chen.id)
        await world.db.write(restores.checked, {})
    await world.db.write(decide, receipt.id, chen.id)
    assert await how_it_ended(world, receipt) == {how}


async def test_money_of_an_order_that_is_here_by_a_payment_that_is_not_is_to_be_matched(world, chen, placed):
    await restored(world)
    receipt = await came(world, placed, f"{placed.number}-elsewhere", rail="elsewhere")
    said = (await told(world))[-1]
    assert "alarm-after-restore-known" in said
    assert f"match {receipt.id} {placed.number}" in said
    assert await goes_back_by_itself(world) == 0
    await holds(world)


@pytest.mark.parametrize(
    ("key", "changed", "days"),
    [
        (f"{GONE}-sandbox", {}, 8),
        (f"{GONE}-sandbox", {"mode": "live"}, 0),
        (f"{GONE}-elsewhere", {}, 0),
        ("somebody's", {}, 0),
    ],
    ids=["long ago", "other mode", "other rail", "no number"],
)
async def test_other_money_goes_back_after_a_day_as_ever(world, chen, placed, key, changed, days):
    """Also the control: without the rule, all of the above would."""
    await restored(world, days, left=(GONE,) if days == 0 else ())
    receipt = await came(world, placed, key, **changed)
    assert not receipt.kept
    assert "alarm-unmatched" in (await told(world))[-1]
    assert await goes_back_by_itself(world) == 1


async def test_without_the_rule_what_was_delivered_would_be_sent_back(world, chen, placed, monkeypatch):
    """The control."""
    monkeypatch.setattr(keeping, "order_named", lambda *_: "")
    await restored(world, left=(GONE,))
    await came(world, placed, f"{GONE}-sandbox")
    assert await goes_back_by_itself(world) == 1


async def test_a_journal_that_is_found_later_keeps_what_was_asked_about(world, chen, placed):
    await restored(world)
    asked, going = [await came(world, placed, f"{number}-sandbox") for number in (GONE, "EFGH-1234")]
    await world.db.write(keeping.send_back, going.id, chen.id)
    await restored(world, checked=False, left=(GONE, "EFGH-1234"))
    for _ in range(2):
        assert await world.db.write(keeping.keep_what_had_left, 0) is None
    assert await how_it_ended(world, asked) == {"kept"}
    assert await how_it_ended(world, going) == {"back"}


async def test_what_staff_have_kept_for_a_lost_order_is_the_one_that_is_kept_for_it(world, chen, placed):
    """Paid twice, and one kept before the journal is read: the other is asked about, and can go back."""
    await restored(world, checked=False)
    first, second = [await came(world, placed, f"{GONE}-sandbox", transaction=f"txn {n}") for n in (1, 2)]
    await world.db.write(keeping.keep, first.id, chen.id)
    await restored(world, checked=False, left=(GONE,))
    assert await world.db.write(keeping.keep_what_had_left, 0) is None
    third = await came(world, placed, f"{GONE}-sandbox", transaction="txn 3")
    assert "alarm-after-restore-again" in (await told(world))[-1]
    await world.db.write(restores.checked, {})
    for receipt in (second, third):
        assert await world.db.write(keeping.send_back, receipt.id, chen.id) == receipt.total
    await holds(world)


async def test_a_number_is_what_ids_draw(world):
    assert NUMBER.fullmatch(await world.db.read(lambda tx: tx.ids.number()))
    assert NUMBER.fullmatch(GONE)
