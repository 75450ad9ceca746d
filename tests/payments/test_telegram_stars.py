"""The rail for Stars against a Bot API of our own, in good and in bad times; what is handed in, and forgeries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiogram.types as a
import pytest
import telegram as t
from hypothesis import given, settings
from hypothesis import strategies as st

import payments
from core import links
from core.chargebacks import RefundNotice
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.messages import Invoice
from core.ground.money import Money
from core.parties import Payment, PaymentRail, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from doubles.telegram import Telegram, served_telegram
from doubles.telegram_bots import Bot, Charge
from doubles.telegram_budgets import Budgets
from doubles.telegram_stars import Stars, charged
from payments import telegram_stars, wire
from payments.telegram_books import Books
from payments.telegram_stars import LARGEST, REFERENCE, TelegramStars, key_of
from tests.payments.mutated import JSON_VALUES, changed, flipped, spliced

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEY = "K7M2-94QF-telegram_stars"
TOTAL = Money(250, "XTR")
REQUEST = PaymentRequest(
    KEY, "K7M2-94QF", TOTAL, NOW + timedelta(minutes=15), "Steam 20", "en", "https://shop.example/"
)


class Time:
    """Telegram's clock, and the rail's."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def api(time: Time) -> AsyncIterator[Telegram]:
    async with served_telegram(clock=time, budgets=Budgets.none()) as served:
        served.add_bot("mika_shop_bot")
        yield served


@pytest.fixture
def bot(api: Telegram) -> Bot:
    return api.bots[0]


@pytest.fixture
def stars(api: Telegram, bot: Bot) -> Stars:
    return Stars(api, bot)


@pytest.fixture
async def rail(api: Telegram, bot: Bot, time: Time) -> AsyncIterator[TelegramStars]:
    made = TelegramStars(bot.token, api=api.url, clock=time)
    yield made
    await made.aclose()


def offline() -> TelegramStars:
    """A rail that reads what is handed in, and has nobody to call."""
    return TelegramStars(f"7000000001:{'A' * 35}", api="http://127.0.0.1:9", clock=lambda: NOW)


def bought(api: Telegram, key: str = KEY, amount: int = 250, payer: int = 1) -> Charge:
    """Somebody has paid; the shop's other parts have no hand in it here."""
    return charged(api, api.bots[0], api.person(payer).user, amount, key)


def notice(charge: Charge, rail: TelegramStars) -> PaymentNotice:
    total = Money(charge.amount, "XTR")
    known = (charge.id, charge.id, charge.payload, rail.account, "live", "paid", total, str(charge.payer["id"]))
    return PaymentNotice("telegram_stars", *known)


def asked(api: Telegram, method: str = "getStarTransactions") -> int:
    return len(api.asked(method))


def test_it_keeps_the_contract():
    rail: PaymentRail = offline()
    assert payments.load("telegram_stars") is TelegramStars
    assert (rail.name, rail.account, rail.listens) == ("telegram_stars", "7000000001", False)
    assert rail.abilities.only_in == "telegram"
    assert [rail.abilities.takes(Money(stars, "XTR")) for stars in (0, 1, 25_000, 25_001)] == [False, True, True, False]
    assert not rail.abilities.takes(Money(250, "USD"))


# Taking money


async def test_an_invoice_is_data_and_its_copies_lead_back_to_the_order(rail, api, time):
    first = await rail.start(REQUEST)
    assert first == Payment("invoice-1767268800", invoice=Invoice("Steam 20", KEY, TOTAL, "o-K7M2-94QF"))
    assert first.invoice and links.opened(first.invoice.start) == ("order", "K7M2-94QF")
    time.moment += timedelta(minutes=5)
    assert await rail.start(replace(REQUEST, reference=first.reference)) == first
    assert api.calls == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"total": Money(0, "XTR")},
        {"total": Money(25_001, "XTR")},
        {"total": Money(250, "USD")},
        {"key": "é" * 65},
        {"key": ""},
        {"key": "K" * 129},
        {"number": "K7M2/94QF"},
        {"number": "K" * 70},
    ],
    ids=str,
)
async def test_what_no_invoice_can_be_is_refused_for_good(wrong: dict[str, Any]):
    with pytest.raises(PartyError) as refused:
        await offline().start(replace(REQUEST, **wrong))
    assert refused.value.permanent


async def test_the_truth_is_what_the_list_says(rail, api):
    opened = await rail.start(REQUEST)
    bought(api, "another-order")
    assert await rail.truth(KEY, opened.reference) is None
    charge = bought(api)
    bought(api, "a-third")
    assert await rail.truth(KEY, opened.reference) == await rail.truth(KEY, "") == notice(charge, rail)


async def test_of_two_payments_the_newest_is_the_truth_and_the_day_has_both(rail, api, time):
    charges = [bought(api), bought(api)]
    assert await rail.truth(KEY, "") == notice(charges[1], rail)
    assert [one.transaction async for one in rail.day(time())] == [one.id for one in charges]


async def test_a_refund_has_its_payment_s_id_and_makes_it_no_less_paid(rail, api, stars, time):
    charge = bought(api)
    stars.take_back(charge.id)
    assert await rail.truth(KEY, "") == notice(charge, rail)
    came, went = [one async for one in rail.day(time())]
    assert came == notice(charge, rail)
    assert went == RefundNotice(
        "telegram_stars", f"refund {charge.id}", rail.account, charge.id, charge.id[:REFERENCE], TOTAL, keyless=True
    )


async def test_a_long_list_is_asked_for_little_of_it(rail, api, time):
    """2,500 payments, one a minute; then what is asked often is asked in a few calls."""
    time.moment -= timedelta(minutes=2_500)
    charges = []
    for number in range(2_500):
        time.moment += timedelta(minutes=1)
        charges.append(bought(api, f"K{number}"))
    assert await rail.truth("K0", "") == notice(charges[0], rail)
    whole = asked(api)
    opened = f"invoice-{int((NOW - timedelta(minutes=3)).timestamp())}"
    assert await rail.truth("K2498", opened) == notice(charges[2_498], rail)
    assert await rail.truth("never paid", opened) is None
    assert asked(api) - whole <= 6
    before = asked(api)
    for back in range(3):
        day = NOW - timedelta(days=back)
        found = [one.transaction async for one in rail.day(day)]
        wanted = [one.id for one in charges if datetime.fromtimestamp(one.at, UTC).date() == day.date()]
        assert found == wanted
    assert asked(api) - before <= 75


async def test_what_is_no_sale_is_passed_over(rail, api, bot, time):
    at = int(time().timestamp())
    bot.transactions += [
        {
            "id": "w1",
            "amount": 5,
            "date": at,
            "receiver": {"type": "fragment", "withdrawal_state": {"type": "pending"}},
        },
        {"id": "n1", "amount": 5, "date": at, "source": {"type": "something_new", "more": [1]}},
        {"id": "n2", "amount": 0, "date": at, "nanostar_amount": 5, "source": {"type": "affiliate_program"}},
        {"id": "n3", "amount": 5, "date": at, "source": {"type": "other"}, "receiver": {"type": "other"}},
        {"id": "n4", "amount": 5, "date": at},
        {
            "id": "g1",
            "amount": 5,
            "date": at,
            "receiver": {"type": "user", "transaction_type": "gift_purchase", "user": api.person(1).user},
        },
    ]
    charge = bought(api)
    assert [one.transaction async for one in rail.day(time())] == [charge.id]


@pytest.mark.parametrize(
    "entry", [{}, {"id": "x", "amount": "5", "date": 1}, {"id": "x" * 200, "amount": 5, "date": 1}]
)
async def test_a_list_that_makes_no_sense_is_no_list(rail, bot, entry):
    bot.transactions.append(entry)
    with pytest.raises(PartyError) as failed:
        await rail.truth(KEY, "")
    assert not failed.value.permanent


class Listed:
    """A list of transactions in memory, which may grow between two looks."""

    def __init__(self, moments: list[int]) -> None:
        self.entries = [self.entry(number, at) for number, at in enumerate(sorted(moments))]
        self.asked = 0

    @staticmethod
    def entry(number: int, at: int) -> dict[str, Any]:
        partner = {"type": "user", "transaction_type": "invoice_payment", "user": {"id": 1}, "invoice_payload": "K"}
        return {"id": f"c{number}", "amount": 1, "date": at, "source": partner}

    async def page(self, offset: int, limit: int) -> list[Any]:
        assert 1 <= limit <= 100
        self.asked += 1
        return self.entries[offset : offset + limit]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=420), st.lists(st.integers(-1, 51), max_size=3), st.integers(0, 230))
def test_the_list_is_read_whole_from_either_end(moments: list[int], since: list[int], more: int):
    async def reads() -> None:
        listed = Listed(moments)
        books = Books(listed.page)
        for grown in (0, more):
            listed.entries += [listed.entry(len(listed.entries) + number, 51) for number in range(grown)]
            names = [one["id"] for one in listed.entries]
            assert [one.id async for one in books.newest_first()] == names[::-1]
            for moment in since:
                found = [one.id async for one in books.since(datetime.fromtimestamp(moment, UTC))]
                assert found == [one["id"] for one in listed.entries if one["date"] >= moment]
            for name in names[:: max(len(names) // 3, 1)]:
                one, returned = await books.of(name)
                assert one and (one.id, returned) == (name, False)
        assert await books.of("nothing") == (None, False)

    asyncio.run(reads())


# Giving it back


async def test_a_refund_happens_once(rail, api, bot):
    charge = bought(api)
    first = await rail.refund(charge.id, "R1", TOTAL, "unused")
    assert first == RefundAnswer("done", charge.id[:REFERENCE])
    assert (
        first == await rail.refund(charge.id, "R1", TOTAL, "unused") == await rail.refund(charge.id, "R2", TOTAL, "-")
    )
    assert (bot.balance, asked(api, "refundStarPayment")) == (0, 1)
    assert await rail.refund_truth("R1") is None


async def test_what_was_given_back_without_us_is_done(rail, api, stars):
    charge = bought(api)
    stars.take_back(charge.id, tells=False)
    assert (await rail.refund(charge.id, "R1", TOTAL, "-")).state == "done"
    assert asked(api, "refundStarPayment") == 0


async def test_that_it_went_back_before_the_list_says_so_is_done_too(rail, api, bot, stars):
    charge = bought(api)
    stars.take_back(charge.id, tells=False)
    bot.untold = 1
    assert (await rail.refund(charge.id, "R1", TOTAL, "-")).state == "done"
    assert asked(api, "refundStarPayment") == 1


async def test_a_part_is_refused_for_good_and_nothing_moves(rail, api, bot):
    charge = bought(api)
    for part in (Money(100, "XTR"), Money(251, "XTR"), Money(250, "USD")):
        with pytest.raises(PartyError, match="whole") as refused:
            await rail.refund(charge.id, "R1", part, "-")
        assert refused.value.permanent
        assert not isinstance(refused.value, PartySilent)
    assert bot.balance == 250


async def test_without_that_guard_a_part_would_be_the_whole(rail, api, bot):
    charge = bought(api)
    assert (await rail.refund(charge.id, "R1", Whatever(250), "-")).state == "done"  # whatever it is compared with
    assert bot.balance == 0


class Whatever(Money):
    """An amount that is like every other: the guard is off."""

    def __init__(self, _: int) -> None:
        super().__init__(100, "XTR")

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = Money.__hash__


async def test_another_bot_s_payment_is_refused_for_good(rail, api):
    bought(api)
    with pytest.raises(PartyError, match="no such payment") as refused:
        await rail.refund("stx-of-another", "R1", TOTAL, "-")
    assert refused.value.permanent


@pytest.mark.parametrize(
    ("trouble", "silent", "happened"),
    [
        ("lost", True, True),
        ("mute", True, True),
        ("deaf", True, False),
        ("broken", True, False),
        ("cut", True, False),
        ("busy", False, False),
    ],
)
async def test_a_refund_without_an_answer_may_be_repeated(rail, api, bot, monkeypatch, trouble, silent, happened):
    charge = bought(api)
    rail._bot.session.timeout = 0.5
    api.faults.give("refundStarPayment", trouble, 1)
    with pytest.raises(PartyError) as failed:
        await rail.refund(charge.id, "R1", TOTAL, "-")
    assert (isinstance(failed.value, PartySilent), failed.value.permanent) == (silent, False)
    assert (bot.balance == 0) == happened
    assert await rail.refund_truth("R1") is None  # so it is asked for again
    assert (await rail.refund(charge.id, "R1", TOTAL, "-")).state == "done"
    assert len([one for one in bot.transactions if "receiver" in one]) == 1


# The network


async def test_nobody_there_is_worth_another_try():
    rail = offline()
    for call in (rail.truth(KEY, ""), rail.refund("stx1", "R1", TOTAL, "-"), rail.well()):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)
    await rail.aclose()


@pytest.mark.parametrize("trouble", ["broken", "lost", "mute", "busy", "cut"])
async def test_whatever_else_fails_is_worth_another_try(rail, api, time, trouble):
    rail._bot.session.timeout = 0.5
    charge = bought(api)
    for call in (rail.truth(KEY, ""), rail.refund(charge.id, "R", TOTAL, "-"), anext(rail.day(time()))):
        api.faults.give("getStarTransactions", trouble, wire.READS)
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        api.faults.mend()
    assert await rail.truth(KEY, "") == notice(charge, rail)


@pytest.mark.parametrize("trouble", ["broken", "lost"])
async def test_a_page_that_was_lost_is_asked_for_again_and_not_the_whole_list(rail, api, trouble):
    charge = bought(api)
    for _ in range(300):
        bought(api, "another")
    api.calls.clear()
    api.faults.give("getStarTransactions", trouble, wire.READS - 1)
    assert await rail.truth(KEY, "") == notice(charge, rail)
    undisturbed = asked(api) - (wire.READS - 1)
    api.calls.clear()
    await rail.truth(KEY, "")
    assert asked(api) <= undisturbed


async def test_it_is_well_while_telegram_knows_its_token(rail, api, bot):
    await rail.well()
    api.new_token(bot, f"{bot.id}:{'B' * 35}")
    with pytest.raises(PartyError) as failed:
        await rail.well()
    assert not failed.value.permanent
    assert "AA" not in str(failed.value)


async def test_closing_asks_nobody(rail, api):
    await rail.close(KEY, "")
    assert api.calls == []


# What is handed in


async def test_what_telegram_tells_is_read_alike_from_the_update_and_from_the_list(rail, api, stars, time):
    charge = bought(api)
    stars.take_back(charge.id, tells=False)
    handed = [json.loads(told.body)["message"] for told in (stars.told(KEY), stars.told_back(charge.id))]
    read = [rail.read({}, json.dumps(message).encode(), {}) for message in handed]
    assert read == [one async for one in rail.day(time())]


PAID: dict[str, Any] = {
    "currency": "XTR",
    "total_amount": 250,
    "invoice_payload": KEY,
    "telegram_payment_charge_id": "stx1",
    "provider_payment_charge_id": "1_1",
}
LIN = {"id": 1, "is_bot": False, "first_name": "Lin"}
MESSAGE = {"message_id": 7, "date": 1767268800, "chat": {"id": 1, "type": "private", "first_name": "Lin"}, "from": LIN}
BODY = json.dumps(MESSAGE | {"successful_payment": PAID}).encode()
BACK = json.dumps(MESSAGE | {"refunded_payment": PAID}).encode()
RAIL = offline()
NOTICE = notice(Charge("stx1", LIN, 250, KEY, 0), RAIL)


def test_messages_of_both_libraries_are_read():
    """The oracle: what aiogram and python-telegram-bot take for these messages, and write of them, says the same."""
    for body, read in ((BODY, NOTICE), (BACK, RAIL.read({}, BACK, {}))):
        by_aiogram = a.Message.model_validate_json(body)
        by_ptb = t.Message.de_json(json.loads(body), None)
        assert not by_ptb.api_kwargs and not by_aiogram.model_extra
        moved, theirs = (
            (by_aiogram.successful_payment, by_ptb.successful_payment)
            if body is BODY
            else (by_aiogram.refunded_payment, by_ptb.refunded_payment)
        )
        assert moved and theirs and read
        for one in (moved, theirs):
            assert (one.telegram_payment_charge_id, one.total_amount, one.currency) == ("stx1", 250, "XTR")
        assert RAIL.read({}, body, {}) == read
        assert RAIL.read({}, by_ptb.to_json().encode(), {}) == read
        written = by_aiogram.model_dump(by_alias=True, exclude_unset=True, mode="json")
        assert RAIL.read({}, json.dumps(written).encode(), {}) == read


async def test_what_the_double_tells_is_known_to_both_libraries_whole(api, stars):
    charge = bought(api)
    for told in (stars.told(KEY), stars.told_back(charge.id)):
        update = json.loads(told.body)
        by_ptb = t.Update.de_json(update, None)
        assert by_ptb and by_ptb.message and not by_ptb.message.api_kwargs
        assert a.Update.model_validate(update).message


def test_a_message_that_says_nothing_of_money_is_none():
    assert RAIL.read({}, json.dumps(MESSAGE | {"text": "hello"}).encode(), {}) is None


def test_an_invoice_of_others_is_money_too():
    """Somebody else's tool used the bot before: what was paid there is not ours, and is not lost either."""
    for payload in ("", "two words", "ключ", "x" * 121, "a\x00b"):
        read = RAIL.read(
            {}, json.dumps(MESSAGE | {"successful_payment": PAID | {"invoice_payload": payload}}).encode(), {}
        )
        assert isinstance(read, PaymentNotice)
        assert read.key == key_of(payload) and read.key.isascii() and len(read.key) == 40


@pytest.mark.parametrize(
    "other", [{"total_amount": 1}, {"currency": "USD"}, {"invoice_payload": "K2"}, {"telegram_payment_charge_id": "c"}]
)
def test_another_amount_currency_or_order_is_told_as_it_is(other):
    read = RAIL.read({}, json.dumps(MESSAGE | {"successful_payment": PAID | other}).encode(), {})
    assert isinstance(read, PaymentNotice) and same(read, PAID | other)


WRONG: list[Any] = [
    {"total_amount": -1},
    {"total_amount": 0},
    {"total_amount": 250.0},
    {"total_amount": "250"},
    {"total_amount": True},
    {"total_amount": None},
    {"total_amount": 10**15},
    {"total_amount": float("nan")},
    {"currency": "xtr"},
    {"currency": "XTR\n"},
    {"currency": None},
    {"invoice_payload": 7},
    {"invoice_payload": "x" * 501},
    {"telegram_payment_charge_id": ""},
    {"telegram_payment_charge_id": "stx 1"},
    {"telegram_payment_charge_id": "stx1\n"},
    {"telegram_payment_charge_id": "s" * 191},
    {"telegram_payment_charge_id": "stx\u0000"},
    {"telegram_payment_charge_id": "\ud800"},
    {"telegram_payment_charge_id": ["stx1"]},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize("kind", ["successful_payment", "refunded_payment"])
def test_what_makes_no_sense_is_refused(kind, wrong):
    with pytest.raises(ForgedNotice):
        RAIL.read({}, json.dumps(MESSAGE | {kind: PAID | wrong}).encode(), {})


NO_MESSAGE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe",
    "cut off": BODY[:-1],
    "a name twice": BODY.replace(b'"total_amount": 250', b'"total_amount": 250, "total_amount": 1'),
    "an endless number": BODY.replace(b"250", b"1" * 5000),
    "lists too deep": b"[" * 60_000,
    "objects too deep": b'{"a":' * 10_000,
    "too big": BODY + b" " * LARGEST,
    "nobody": BODY.replace(b'"id": 1, "is_bot"', b'"id": -1, "is_bot"'),
}


@pytest.mark.parametrize("name", NO_MESSAGE)
def test_what_is_no_message_is_refused(name):
    with pytest.raises(ForgedNotice):
        RAIL.read({}, NO_MESSAGE[name], {})


def same(read: PaymentNotice | RefundNotice, told: dict[str, Any]) -> bool:
    """Whether it says what stands there, and nothing else."""
    charge, total = told["telegram_payment_charge_id"], Money(told["total_amount"], told["currency"])
    if isinstance(read, RefundNotice):
        return (read.event, read.transaction, read.total) == (f"refund {charge}", charge, total)
    said = (read.event, read.transaction, read.key, read.total, read.state)
    return said == (charge, charge, key_of(told["invoice_payload"]), total, "paid")


def refused_or_true(body: bytes) -> None:
    try:
        read = RAIL.read({}, body, {})
    except ForgedNotice:
        return
    told = json.loads(body)
    if read is None:
        assert not told.get("successful_payment") and not told.get("refunded_payment")
        return
    paid = isinstance(read, PaymentNotice)
    assert same(read, told["successful_payment" if paid else "refunded_payment"])
    assert (read.rail, read.account) == ("telegram_stars", RAIL.account)
    assert not paid or read.payer == ("" if told.get("from") is None else str(told["from"]["id"]))


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A message changed somewhere: in its bytes, or in what it says."""
    kind = draw(st.sampled_from(["successful_payment", "refunded_payment"]))
    match draw(st.integers(0, 4)):
        case 0:
            return flipped(draw, BODY)
        case 1:
            return spliced(draw, BODY)
        case 2:
            changed = PAID | {draw(st.sampled_from([*PAID, "more"])): draw(JSON_VALUES)}
            return json.dumps(MESSAGE | {kind: changed}).encode()
        case 3:
            more = {draw(st.sampled_from([*MESSAGE, "successful_payment", "refunded_payment"])): draw(JSON_VALUES)}
            return json.dumps(MESSAGE | {kind: PAID} | more).encode()
        case _:
            return draw(st.binary(max_size=200))


@settings(max_examples=1_000, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(body: bytes):
    refused_or_true(body)


def test_ten_thousand_changed_bytes_are_refused_or_true():
    for body in changed(BODY, 10_000):
        refused_or_true(body)


def test_a_key_is_the_payload_where_it_is_one_of_ours():
    assert key_of(KEY) == KEY
    assert telegram_stars.PAYLOAD >= 120  # as long as a key can be
