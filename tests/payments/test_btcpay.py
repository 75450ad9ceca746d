"""BTCPay against its server, over HTTP: coins on time, late, too few, too many; and against forgers."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import payments
from core.ground.clock import TestClock
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money
from core.parties import PaymentRail
from core.settling import PaymentNotice
from doubles.btcpay import COIN, RATE
from doubles.btcpay import BtcPay as Server
from payments.btcpay import NOT_SAID, BtcPay
from payments.btcpay_invoices import floored
from payments.wire import LARGEST
from tests.payments.listening import CNY, Hook, answering, hooked, money, read, request
from tests.payments.mutated import JSON_VALUES, changed, flipped, spliced

STORE, SECRET, KEY = "STORE1", "hook secret", "K7M2-94QF-x"
HEADER = "btcpay-sig"
EVENT: dict[str, Any] = {
    "deliveryId": "D1",
    "webhookId": "HOOK1",
    "originalDeliveryId": "D1",
    "isRedelivery": False,
    "type": "InvoiceSettled",
    "timestamp": 1795305600,
    "storeId": STORE,
    "invoiceId": "I1",
    "metadata": {"orderId": KEY},
    "manuallyMarked": False,
    "overPaid": False,
}
BODY = json.dumps(EVENT, indent=2).encode()
NOTICE = PaymentNotice("crypto", "D1", "I1", KEY, STORE, "live", "paid", NOT_SAID)
# made with: openssl dgst -sha256 -hmac "hook secret" body.json
OPENSSL = "sha256=341ead53ac7cf68127ee78c612bbadb2f5f81ea31fcf3e8f8966f049e79c1e7d"


def offline(secret: str = SECRET, kind: type[BtcPay] = BtcPay) -> BtcPay:
    """A rail that verifies notices, and has nobody to call."""
    return kind("http://127.0.0.1:9", store=STORE, api_key="key", secret=secret)


def mark(body: bytes, secret: str = SECRET, digest: str = "sha256") -> str:
    return hmac.new(secret.encode(), body, digest).hexdigest()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {HEADER: f"sha256={mark(body, secret)}"}


@pytest.fixture
def clock() -> TestClock:
    return TestClock(datetime(2026, 11, 22, 12, tzinfo=UTC))  # what is paid minutes later is paid on that day


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with hooked() as made:
        yield made


@pytest.fixture
async def server(hook: Hook, clock: TestClock) -> AsyncIterator[Server]:
    made = Server(STORE, secret=SECRET, notify_url=hook.url, clock=clock.now)
    async with made.served():
        yield made


@pytest.fixture
async def rail(server: Server, hook: Hook, clock: TestClock) -> AsyncIterator[BtcPay]:
    made = hook.rail = BtcPay(server.url, store=STORE, api_key="key", secret=SECRET, clock=clock.now)
    yield made
    await made.aclose()


def states(hook: Hook) -> list[str]:
    """What the notices that say something of money say."""
    return [str(notice.state) for notice in hook.heard if isinstance(notice, PaymentNotice)]


def test_it_keeps_the_contract():
    rail: PaymentRail = offline()
    assert payments.load("btcpay") is BtcPay
    can = rail.abilities
    assert (rail.name, rail.account, rail.mode, can.authenticity, can.confirm, can.refunds) == (
        "crypto", STORE, "live", "strong", True, "by-hand"
    )  # fmt: skip
    assert can.takes(CNY)
    assert not can.takes(Money(1, "XTR"))


# Taking money


async def test_paying_on_time(rail, server, hook, clock):
    opened = await rail.start(request(at=clock.now()))
    assert opened == await rail.start(request(at=clock.now()))
    assert opened.link == f"{server.url}/i/{opened.reference}"
    assert await rail.truth(KEY, opened.reference) is None

    await server.pay(KEY, confirmed=False)
    assert hook.heard == [None, None]  # received, under way: coins that may not stay
    assert await rail.truth(KEY, opened.reference) is None

    await server.confirm(KEY)
    assert states(hook) == ["failed", "paid"]  # of a payment: not the whole, as far as it knows
    truth = await rail.truth(KEY, opened.reference)
    assert (truth.transaction, truth.state, truth.total) == (opened.reference, "paid", CNY)
    assert {(notice.key, notice.transaction) for notice in hook.heard[2:]} == {(KEY, opened.reference)}


async def test_the_rounding_of_a_rate_takes_no_cent_off(rail, server, clock):
    """Coins are rounded, and what they are worth again is hardly ever the sum that was asked for."""
    for cents in range(1, 60):
        key = f"K{cents}"
        await rail.start(request(key, Money(cents * 97, "CNY"), at=clock.now()))
        await server.pay(key)
        one = server.of(key)
        one.coins[0].value -= COIN if cents % 2 else 0  # as a server with another rounding would have it
        truth = await rail.truth(key, "")
        assert truth.total == Money(cents * 97, "CNY")


async def test_too_much_is_what_came_in(rail, server, clock):
    await rail.start(request(at=clock.now()))
    await server.pay(KEY, "20.00")
    assert (await rail.truth(KEY, "")).total == Money(2000, "CNY")


async def test_in_two_pieces_on_time_it_is_one_sum(rail, server, hook, clock):
    await rail.start(request(at=clock.now()))
    await server.pay(KEY, "5.00")
    assert await rail.truth(KEY, "") is None  # the rest may come
    await server.pay(KEY)
    assert states(hook)[-1] == "paid"
    truth = await rail.truth(KEY, "")
    assert (truth.total, truth.transaction) == (CNY, server.of(KEY).id)


async def test_too_little_is_told_when_its_time_is_over(rail, server, hook, clock):
    await rail.start(request(at=clock.now()))
    await server.pay(KEY, "5.00")
    clock.forward(timedelta(minutes=16))
    await server.expire(KEY)
    assert states(hook)[-1] == "closed"
    truth = await rail.truth(KEY, "")
    assert (truth.state, truth.total, truth.transaction) == ("paid", Money(500, "CNY"), server.of(KEY).id)


async def test_coins_that_are_slow_are_waited_for(rail, server, hook, clock):
    """Sent on time and too few, settled after the end: by then nothing else will be told."""
    await rail.start(request(at=clock.now()))
    await server.pay(KEY, "5.00", confirmed=False)
    clock.forward(timedelta(minutes=16))
    await server.expire(KEY)
    assert await rail.truth(KEY, "") is None
    await server.confirm(KEY)
    assert states(hook) == ["closed", "failed"]
    assert (await rail.truth(KEY, "")).total == Money(500, "CNY")


async def test_late_coins_are_money_of_their_own(rail, server, hook, clock):
    await rail.start(request(at=clock.now()))
    await server.pay(KEY, "5.00")
    clock.forward(timedelta(minutes=16))
    await server.expire(KEY)
    early = await rail.truth(KEY, "")
    clock.forward(timedelta(minutes=1))
    await server.pay(KEY)
    late = await rail.truth(KEY, "")
    assert (early.total, late.total) == (Money(500, "CNY"), Money(750, "CNY"))
    assert early.transaction != late.transaction
    told = [notice async for notice in rail.day(clock.now())]
    assert {notice.transaction: notice.total for notice in told} == {
        early.transaction: early.total,
        late.transaction: late.total,
    }


async def test_whole_and_late_is_told(rail, server, hook, clock):
    await rail.start(request(at=clock.now()))
    clock.forward(timedelta(minutes=16))
    await server.expire(KEY)
    assert states(hook) == []  # nothing came in
    await server.pay(KEY)
    assert states(hook) == ["failed"]
    assert (await rail.truth(KEY, "")).total == CNY


async def test_marked_settled_by_hand_is_no_money(rail, server, hook, clock):
    await rail.start(request(at=clock.now()))
    server.of(KEY).status, server.of(KEY).additional = "Settled", "Marked"
    await server.says("InvoiceSettled", KEY, manuallyMarked=True)
    assert states(hook) == ["closed"]
    assert await rail.truth(KEY, "") is None


async def test_coins_that_did_not_stay_are_no_money(rail, server, hook, clock):
    await rail.start(request(at=clock.now()))
    await server.pay(KEY, confirmed=False)
    server.of(KEY).coins[0].status, server.of(KEY).status = "Invalid", "Invalid"
    await server.says("InvoiceInvalid", KEY, manuallyMarked=False)
    assert states(hook) == ["closed"]
    assert await rail.truth(KEY, "") is None


async def test_one_that_has_lapsed_is_opened_anew_and_either_may_be_paid(rail, server, clock):
    first = await rail.start(request(at=clock.now()))
    clock.forward(timedelta(minutes=16))
    second = await rail.start(request(at=clock.now(), reference=first.reference))
    assert second.reference != first.reference
    await server.pay(KEY)
    assert (await rail.truth(KEY, first.reference)).transaction == second.reference


async def test_a_closed_invoice_is_open_no_more(rail, server, clock):
    opened = await rail.start(request(at=clock.now()))
    await rail.close(KEY, opened.reference)
    await rail.close(KEY, opened.reference)
    await rail.close("never opened", "")
    assert server.of(KEY).status == "Invalid"
    assert (await rail.start(request(at=clock.now()))).reference != opened.reference


async def test_what_is_paid_is_not_closed_and_coins_that_race_it_are_not_lost(rail, server, clock):
    opened = await rail.start(request(at=clock.now()))
    await server.pay(KEY)
    await rail.close(KEY, opened.reference)
    assert server.of(KEY).status == "Settled"

    await rail.start(request("K2", at=clock.now()))
    await rail.close("K2", "")
    await server.pay("K2")
    assert (await rail.truth("K2", "")).total == CNY


async def test_a_day_has_everything_that_came_in_on_it(rail, server, clock, monkeypatch):
    monkeypatch.setattr("payments.btcpay.PAGE", 2)
    for number in range(5):
        await rail.start(request(f"K{number}", at=clock.now()))
        await server.pay(f"K{number}")
    await rail.start(request("K9", at=clock.now()))
    told = [notice async for notice in rail.day(clock.now())]
    assert sorted(notice.key for notice in told) == [f"K{number}" for number in range(5)]
    assert [notice async for notice in rail.day(clock.now() - timedelta(days=1))] == []


async def test_invoices_of_another_till_are_none_of_ours(rail, server, hook, clock):
    await rail.start(request(at=clock.now()))
    server.of(KEY).metadata = {"posData": {"tip": 1}}
    one = server.invoices[0]
    one.metadata = {"orderId": "ours"}
    told = server.told("ours")
    assert read(rail, told) is not None
    one.metadata = {}
    body = json.dumps(EVENT | {"metadata": {}}).encode()
    assert rail.read(signed(body), body, {}) is None
    assert [notice async for notice in rail.day(clock.now())] == []


async def test_it_goes_back_by_hand(rail):
    with pytest.raises(PartyError) as refused:
        await rail.refund("I1", "R1", CNY, "-")
    assert refused.value.permanent
    assert not isinstance(refused.value, PartySilent)
    assert await rail.refund_truth("R1") is None


async def test_notices_come_twice_late_and_in_any_order(rail, server, hook, clock):
    server.faults.copies, server.faults.holds = 2, True
    hook.answers = [503, 500]
    for key in ("A", "B"):
        await rail.start(request(key, at=clock.now()))
        await server.pay(key)
    await server.let_go(backwards=True)
    paid = [notice for notice in hook.heard if notice and notice.state == "paid"]
    assert [notice.key for notice in paid] == ["B", "B", "A", "A"]
    assert len({notice.event for notice in paid}) == 2


@given(st.decimals(0, 10**6, places=8), st.sampled_from(["CNY", "JPY", "USD"]))
def test_a_fraction_of_a_cent_is_nobodys_money(coins, currency):
    worth = coins * RATE
    came = floored(worth, currency)
    assert came.decimal <= worth < came.decimal + Decimal(1 if currency == "JPY" else "0.01")


# The network


async def test_nobody_there_is_worth_another_try():
    rail = offline()
    for call in (rail.start(request()), rail.truth("K1", ""), rail.close("K1", ""), rail.well()):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)


@pytest.mark.parametrize("trouble", ["broken", "busy", "lost", "silent"])
async def test_whatever_fails_is_worth_another_try(rail, server, clock, trouble, monkeypatch):
    monkeypatch.setattr("payments.wire.READS", 1)
    rail._client.timeout = httpx.Timeout(0.5)
    asked = request(at=clock.now())
    for name, call in (
        ("create", lambda: rail.start(asked)),
        ("list", lambda: rail.truth(KEY, "")),
        ("mark", lambda: rail.close(KEY, "")),
        ("list", rail.well),
    ):
        server.faults.give(name, trouble)
        with pytest.raises(PartyError) as failed:
            await call()
        assert not failed.value.permanent
        if name == "create":  # whether it was made or not: there is one in the end
            await rail.start(asked)
            assert len(server.invoices) == 1
    await rail.start(asked)
    await server.pay(KEY)
    server.faults.give("methods", trouble)
    with pytest.raises(PartyError):
        await rail.truth(KEY, "")
    assert await rail.truth(KEY, "")


async def test_a_wrong_key_can_be_mended_and_stays_out_of_the_message(server):
    rail = BtcPay(server.url, store=STORE, api_key="other", secret=SECRET)
    for call in (rail.start(request()), rail.well()):
        with pytest.raises(PartyError, match="401") as refused:
            await call
        assert not refused.value.permanent
        assert "other" not in str(refused.value)
    await rail.aclose()


INVOICE = {
    "id": "I1",
    "storeId": STORE,
    "amount": "12.5",
    "currency": "CNY",
    "status": "Settled",
    "additionalStatus": "None",
    "expirationTime": 1795306500,
    "checkoutLink": "http://127.0.0.1/i/I1",
    "metadata": {"orderId": KEY},
}


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", b"{}", b"[{}]", b"[" * 9_999]
    + [json.dumps([INVOICE | other]).encode() for other in (
        {"storeId": "STORE2"}, {"metadata": {"orderId": "K2"}}, {"status": "paid"}, {"amount": 12.5}, {"id": ""}
    )],
)  # fmt: skip
async def test_an_answer_that_makes_no_sense_is_no_truth(answer):
    with pytest.raises(PartyError):
        await answering(offline(), answer).truth(KEY, "I1")


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "1.00"},
        {"currency": "USD"},
        {"metadata": {"orderId": "K2"}},
        {"storeId": "S2"},
        {"checkoutLink": "x"},
    ],
)
async def test_an_invoice_over_something_else_is_not_shown_to_the_buyer(other, rail, server, clock, monkeypatch):
    shown = server._shown
    monkeypatch.setattr(server, "_shown", lambda one: shown(one) | other)
    with pytest.raises(PartyError):
        await rail.start(request(at=clock.now()))


async def test_a_redirect_is_not_followed():
    with pytest.raises(PartyError):
        await answering(offline(), b"", 302, location="http://169.254.169.254/").truth("K1", "")


# Notices, and forgeries (C1, C2)


def test_a_notice_signed_by_openssl_is_read():
    assert offline().read({HEADER: OPENSSL}, BODY, {}) == NOTICE
    assert offline().read({"BTCPay-Sig": OPENSSL}, BODY, {}) == NOTICE


def test_the_double_signs_as_openssl_does():
    assert Server(STORE, secret=SECRET).signed(EVENT).headers["BTCPay-Sig"] == OPENSSL


RESERIALISED = json.dumps(EVENT).encode()
FORGERIES: dict[str, tuple[Mapping[str, str], bytes]] = {
    "no signature": ({}, BODY),
    "an empty one": ({HEADER: ""}, BODY),
    "another secret": (signed(BODY, "other"), BODY),
    "an empty secret": (signed(BODY, ""), BODY),
    "another algorithm": ({HEADER: f"sha512={mark(BODY, digest='sha512')}"}, BODY),
    "a weaker one": ({HEADER: f"md5={mark(BODY, digest='md5')}"}, BODY),
    "a weaker one under the same name": ({HEADER: f"sha256={mark(BODY, digest='md5')}"}, BODY),
    "no algorithm": ({HEADER: mark(BODY)}, BODY),
    "only hashed": ({HEADER: f"sha256={hashlib.sha256(BODY).hexdigest()}"}, BODY),
    "the header twice": ({HEADER: f"{OPENSSL}, {OPENSSL}"}, BODY),
    "the header in two cases": ({HEADER: OPENSSL, "BTCPay-Sig": OPENSSL}, BODY),
    "another header": ({"x-signature": OPENSSL}, BODY),
    "upper case": ({HEADER: OPENSSL.upper()}, BODY),
    "the body written anew": ({HEADER: OPENSSL}, RESERIALISED),
    "another order": ({HEADER: OPENSSL}, BODY.replace(b"K7M2", b"K7M3")),
    "another invoice": ({HEADER: OPENSSL}, BODY.replace(b"I1", b"I2")),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name):
    headers, body = FORGERIES[name]
    with pytest.raises(ForgedNotice):
        offline().read(headers, body, {})


class Trusting(BtcPay):
    """Without the guard."""

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        pass


@pytest.mark.parametrize("name", FORGERIES)
def test_without_verification_every_forgery_is_believed(name):
    headers, body = FORGERIES[name]
    assert isinstance(offline(kind=Trusting).read(headers, body, {}), PaymentNotice)


def test_without_a_secret_nothing_is_believed():
    assert not offline(secret="").listens
    with pytest.raises(ForgedNotice):
        offline(secret="").read(signed(BODY, ""), BODY, {})


def event(**other: Any) -> bytes:
    return json.dumps(EVENT | other).encode()


@pytest.mark.parametrize(
    ("other", "state"),
    [
        ({"type": "InvoiceCreated"}, None),
        ({"type": "InvoiceReceivedPayment", "afterExpiration": True}, None),
        ({"type": "InvoiceProcessing"}, None),
        ({"type": "InvoiceExpired", "partiallyPaid": False}, None),
        ({"type": "InvoiceExpired", "partiallyPaid": True}, "closed"),
        ({"type": "InvoicePaymentSettled"}, "failed"),
        ({"type": "InvoiceSettled", "manuallyMarked": True}, "closed"),
        ({"type": "InvoiceSettled", "metadata": None}, None),
        ({"type": "InvoiceSettled", "metadata": {"orderId": "two words"}}, None),
        ({"type": "InvoiceSettled", "metadata": {"orderId": 7}}, None),
        ({"type": "Whatever"}, None),
    ],
)
def test_only_a_settled_invoice_says_paid(other, state):
    notice = offline().read(signed(event(**other)), event(**other), {})
    assert (notice and notice.state) == state


WRONG: list[dict[str, Any]] = [
    {"storeId": "STORE2"},
    *(
        {name: bad}
        for name in ("deliveryId", "type", "storeId", "invoiceId")
        for bad in (None, "", 7, "x" * 121, ["a"])
    ),
    {"metadata": "x"},
    {"partiallyPaid": "yes"},
    {"manuallyMarked": 1},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_signed_but_makes_no_sense_is_refused(wrong):
    with pytest.raises(ForgedNotice):
        offline().read(signed(event(**wrong)), event(**wrong), {})


NO_NOTICE = {
    "nothing": b"",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe",
    "cut off": BODY[:-1],
    "a name twice": RESERIALISED.replace(b'"storeId"', b'"storeId": "STORE1", "storeId"'),
    "an endless number": RESERIALISED.replace(b"1795305600", b"1" * 5000),
    "lists too deep": b"[" * 60_000,
    "too big": BODY + b" " * LARGEST,
}


@pytest.mark.parametrize("name", NO_NOTICE)
def test_what_is_signed_but_no_notice_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read(signed(NO_NOTICE[name]), NO_NOTICE[name], {})


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """A notice changed somewhere: in its bytes, its header, or in what the server itself signs."""
    headers, body = signed(BODY), BODY
    match draw(st.integers(0, 4)):
        case 0:
            body = flipped(draw, BODY)
        case 1:
            body = spliced(draw, BODY)
        case 2:
            headers = draw(st.dictionaries(st.sampled_from([HEADER, "x", "BTCPay-Sig"]), st.text()))
        case 3:
            body = event(**{draw(st.sampled_from([*EVENT, "more"])): draw(JSON_VALUES)})
            headers = signed(body)
        case _:
            body = draw(st.binary(max_size=200))
            headers = signed(body)
    return headers, body


@settings(max_examples=1_000, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(mutated):
    headers, body = mutated
    try:
        notice = RAIL.read(headers, body, {})
    except ForgedNotice:
        return
    assert headers[HEADER] == f"sha256={mark(body)}"
    told = json.loads(body)
    assert told["storeId"] == STORE
    if notice is not None:
        assert (notice.event, notice.transaction) == (told["deliveryId"], told["invoiceId"])
        assert (notice.key, notice.total) == (told["metadata"]["orderId"], NOT_SAID)


def test_ten_thousand_changed_bytes_are_refused():
    for whole in changed(OPENSSL.encode() + BODY, 10_000):
        header, body = whole[: len(OPENSSL)].decode("latin-1"), whole[len(OPENSSL) :]
        with pytest.raises(ForgedNotice):
            RAIL.read({HEADER: header}, body, {})


RAIL = offline()


async def test_told_again_by_hand_it_is_the_same_event_under_a_new_delivery(rail, server, clock):
    await rail.start(request(at=clock.now()))
    await server.pay(KEY)
    first, again = money(rail, server.told(KEY)), money(rail, server.told(KEY))
    assert first.event != again.event
    assert (first.transaction, first.key) == (again.transaction, again.key)


def test_what_is_logged_about_a_forgery_holds_no_secret():
    with pytest.raises(ForgedNotice) as refused:
        offline().read(signed(BODY, "other"), BODY, {})
    assert SECRET not in str(refused.value)
    assert "K7M2" not in str(refused.value)
