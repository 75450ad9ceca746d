"""epusdt against its gateway, over HTTP, in good and in bad times; against forgers, and beside bepusdt."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import payments
from core.ground.clock import TestClock
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.messages import Words
from core.ground.money import Money
from core.parties import PaymentRail
from core.settling import PaymentNotice
from doubles.epusdt import ADDRESS, CANCELLED, PAID, written
from doubles.epusdt import Epusdt as Gateway
from payments.epusdt import Epusdt, short
from payments.md5_form import signature
from payments.wire import LARGEST, as_written
from tests.oracles import ask
from tests.payments.listening import CNY, Hook, answering, hooked, money, read, request
from tests.payments.mutated import changed, flipped, spliced

TOKEN, KEY = "tok", "K7M2-94QF-x"
TOLD: dict[str, Any] = {
    "trade_id": "0TJV0br98YbNTQe7nQ",
    "order_id": KEY,
    "amount": 12.5,
    "actual_amount": "1.74",
    "token": ADDRESS,
    "block_transaction_id": "12ef6267b42e43959795cf31808d0cc72b3d0a48953ed19c61d4b6665a341d10",
    "status": 2,
}
SIGN = signature({name: value if isinstance(value, str) else str(value) for name, value in TOLD.items()}, TOKEN)
BODY = written(TOLD | {"signature": SIGN})
NOTICE = PaymentNotice(
    "crypto", f"0TJV0br98YbNTQe7nQ.{SIGN}", "0TJV0br98YbNTQe7nQ", KEY, "epusdt", "live", "paid", CNY
)  # fmt: skip


def offline(token: str = TOKEN, kind: type[Epusdt] = Epusdt, **more: Any) -> Epusdt:
    """A rail that verifies notices, and has nobody to call."""
    return kind("http://127.0.0.1:9", token=token, notify_url="http://127.0.0.1:9/hook", **more)


def signed(told: dict[str, Any], token: str = TOKEN) -> bytes:
    """As a gateway in Go signs it: over its numbers as it writes them."""
    plain = as_written(written(told))
    return written(told | {"signature": signature({n: v for n, v in plain.items() if v is not None}, token)})


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with hooked() as made:
        yield made


@pytest.fixture
async def gateway(clock: TestClock) -> AsyncIterator[Gateway]:
    made = Gateway(TOKEN, clock=clock.now)
    async with made.served():
        yield made


@pytest.fixture
async def rail(gateway: Gateway, hook: Hook, clock: TestClock) -> AsyncIterator[Epusdt]:
    made = hook.rail = Epusdt(gateway.url, token=TOKEN, notify_url=hook.url, clock=clock.now)
    yield made
    await made.aclose()


def test_it_keeps_the_contract_and_promises_little():
    rail: PaymentRail = offline()
    assert payments.load("epusdt") is Epusdt
    can = rail.abilities
    assert (rail.name, rail.account, can.authenticity, can.confirm) == ("crypto", "epusdt", "weak", True)
    assert (can.refunds, can.lists, can.shortest) == ("by-hand", False, timedelta(minutes=3))
    assert can.takes(CNY)
    assert not can.takes(Money(10**8, "CNY"))
    assert not can.takes(Money(1, "USD"))


@pytest.mark.parametrize(
    ("cents", "text"), [(1250, "12.5"), (1200, "12"), (1, "0.01"), (10000, "100"), (12345, "123.45")]
)
def test_a_number_is_written_as_the_gateway_would(cents, text):
    assert short(Money(cents, "CNY")) == text
    assert short(Money(100, "JPY")) == "100"


# Taking money


async def test_the_buyer_is_told_the_address_and_the_exact_amount(rail, gateway, clock):
    opened = await rail.start(request(at=clock.now()))
    assert opened.exact == Money(1_740_000, "USDT")
    assert opened.qr == ADDRESS
    assert opened.link == f"{gateway.url}/pay/checkout-counter/{gateway.of(KEY).trade_id}"
    assert opened.says == Words(
        "pay-to-address", {"exact": opened.exact, "network": "TRON (TRC20)", "address": ADDRESS}
    )
    assert len(opened.reference) <= 200


async def test_two_of_the_same_price_pay_different_amounts(rail, clock):
    first, second = [await rail.start(request(key, at=clock.now())) for key in ("A", "B")]
    assert second.exact.amount == first.exact.amount + 10_000


async def test_paying_exactly(rail, gateway, hook, clock):
    opened = await rail.start(request(at=clock.now()))
    assert await rail.truth(KEY, opened.reference) is None
    assert not await gateway.pay(KEY, "1.75")
    assert await gateway.pay(KEY)
    [heard] = hook.heard
    truth = await rail.truth(KEY, opened.reference)
    assert (heard.transaction, heard.key, heard.total) == (truth.transaction, truth.key, truth.total)
    assert truth.total == CNY
    assert await rail.truth(KEY, "") is None  # nothing was opened, as far as we know
    assert await rail.truth(KEY, "unknown/12.50/1.74/x") is None


async def test_shown_again_it_is_what_it_was_though_the_rate_has_moved(rail, gateway, clock):
    """Told of the order again the gateway would ask for another amount, and not know the first one any more."""
    first = await rail.start(request(at=clock.now()))
    gateway.rate = gateway.rate * 2
    again = await rail.start(request(at=clock.now(), reference=first.reference))
    assert again == first
    moved = await rail.start(request(at=clock.now()))  # without our reference it can't be known
    assert moved.exact != first.exact


async def test_one_that_has_lapsed_is_opened_anew(rail, gateway, clock):
    first = await rail.start(request(at=clock.now()))
    clock.forward(timedelta(minutes=16))
    assert not await gateway.pay(KEY)
    second = await rail.start(request(at=clock.now(), reference=first.reference))
    assert second.reference != first.reference
    assert await gateway.pay(KEY)
    assert await rail.truth(KEY, second.reference)


async def test_another_sum_is_no_longer_what_it_was(rail, clock):
    first = await rail.start(request(at=clock.now()))
    other = await rail.start(request(total=Money(2500, "CNY"), at=clock.now(), reference=first.reference))
    assert other.exact != first.exact


async def test_a_closed_one_takes_no_money(rail, gateway, clock):
    opened = await rail.start(request(at=clock.now()))
    await rail.close(KEY, opened.reference)
    await rail.close(KEY, opened.reference)
    await rail.close("never opened", "")
    assert gateway.of(KEY).status == CANCELLED


async def test_what_is_paid_is_not_closed(rail, gateway, clock):
    opened = await rail.start(request(at=clock.now()))
    await gateway.pay(KEY)
    await rail.close(KEY, opened.reference)
    assert gateway.of(KEY).status == PAID


async def test_another_currency_is_named(gateway, clock):
    rail = Epusdt(gateway.url, token=TOKEN, notify_url="-", currency="USD", network="bep20", clock=clock.now)
    opened = await rail.start(request(total=Money(1250, "USD"), at=clock.now()))
    assert isinstance(opened.says, Words)
    assert opened.says.facts["network"] == "BNB Smart Chain (BEP20)"
    await gateway.pay(KEY)
    truth = await rail.truth(KEY, opened.reference)
    assert truth
    assert truth.total == Money(1250, "USD")
    await rail.aclose()


async def test_it_goes_back_by_hand(rail):
    with pytest.raises(PartyError) as refused:
        await rail.refund("T1", "R1", CNY, "-")
    assert refused.value.permanent
    assert not isinstance(refused.value, PartySilent)
    assert await rail.refund_truth("R1") is None
    assert [notice async for notice in rail.day(request().expires_at)] == []


async def test_notices_come_twice_late_and_in_any_order(rail, gateway, hook, clock):
    gateway.faults.copies, gateway.faults.holds = 2, True
    hook.answers = [503, 500]
    for key in ("A", "B"):
        await rail.start(request(key, at=clock.now()))
        await gateway.pay(key)
    await gateway.let_go(backwards=True)
    assert [notice.key for notice in hook.heard] == ["B", "B", "A", "A"]
    assert len({notice.event for notice in hook.heard}) == 2


async def test_a_gateway_that_cannot_be_asked_is_believed_in_nothing(rail, gateway, clock):
    opened = await rail.start(request(at=clock.now()))
    await rail.well()
    gateway.checks = False
    await gateway.pay(KEY)
    for call in (rail.truth(KEY, opened.reference), rail.well()):
        with pytest.raises(PartyError):
            await call


# The network


async def test_nobody_there_is_worth_another_try():
    rail = offline()
    for call in (rail.start(request()), rail.truth("K1", "T/1/1/x"), rail.close("K1", "T/1/1/x"), rail.well()):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)


@pytest.mark.parametrize("trouble", ["broken", "busy", "lost", "silent"])
async def test_whatever_fails_is_worth_another_try(rail, gateway, clock, trouble):
    rail._client.timeout = httpx.Timeout(0.5)
    asked = request(at=clock.now())
    gateway.faults.give("create", trouble)
    with pytest.raises(PartyError) as failed:
        await rail.start(asked)
    assert not failed.value.permanent
    opened = await rail.start(asked)
    assert len(gateway.trades) == 1
    for name, call in (("check", rail.truth), ("cancel", rail.close)):
        gateway.faults.give(name, trouble)
        with pytest.raises(PartyError) as failed:
            await call(KEY, opened.reference)
        assert not failed.value.permanent


async def test_a_wrong_token_stays_out_of_the_message(gateway):
    rail = Epusdt(gateway.url, token="other", notify_url="-")
    with pytest.raises(PartyError) as refused:
        await rail.start(request())
    assert "other" not in str(refused.value)
    await rail.aclose()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"[" * 9_999,
        b'{"trade_id":"T2","status":2}',
        b'{"trade_id":"T1"}',
        b'{"trade_id":"T1","status":null}',
    ],
)
async def test_an_answer_that_makes_no_sense_is_no_truth(answer):
    with pytest.raises(PartyError):
        await answering(offline(), answer).truth(KEY, "T1/12.50/1.74/x")


@pytest.mark.parametrize(
    ("status", "paid"),
    [(1, False), (2, True), pytest.param("2", True, id="as a word"), (3, False), (4, False), (5, False), (6, False)],
)
async def test_only_one_state_is_paid(status, paid):
    answer = json.dumps({"trade_id": "T1", "status": status}).encode()
    assert bool(await answering(offline(), answer).truth(KEY, "T1/12.50/1.74/x")) == paid


DATA = {
    "trade_id": "T1",
    "order_id": KEY,
    "amount": "12.50",
    "actual_amount": "1.74",
    "token": ADDRESS,
    "payment_url": "",
}


@pytest.mark.parametrize(
    "other",
    [
        {"order_id": "K2"},
        {"amount": 1},
        {"actual_amount": 0},
        {"actual_amount": "1.7400001"},
        {"token": ""},
        {"payment_url": "x"},
    ],
    ids=str,
)
async def test_a_trade_over_something_else_is_not_shown_to_the_buyer(other):
    def answer(data: object, status: int = 200) -> bytes:
        return json.dumps({"status_code": status, "message": "-", "data": data}).encode()

    assert (await answering(offline(), answer(DATA)).start(request())).exact == Money(1_740_000, "USDT")
    assert (
        await answering(offline(), answer(DATA | {"actual_amount": 1.74, "amount": 12.5})).start(request())
    ).link is None
    for bad in (answer(DATA | other), answer(DATA, 400), answer(None)):
        with pytest.raises(PartyError):
            await answering(offline(), bad).start(request())


async def test_a_redirect_is_not_followed():
    with pytest.raises(PartyError):
        await answering(offline(), b"", 302, location="http://169.254.169.254/").truth("K1", "T/1/1/x")


# The oracle


def test_the_signature_is_the_one_of_bepusdt():
    vector = {"order_id": "1", "amount": 10, "notify_url": "u", "redirect_url": ""}
    assert signature({**vector, "amount": "10"}, TOKEN) == "583a8def73a77076cd0fc862a095807a"
    answer = ask("epusdt", {"token": TOKEN, "sign": [vector, TOLD], "notices": []})
    assert answer["signs"] == ["583a8def73a77076cd0fc862a095807a", SIGN]


async def test_bepusdt_would_sign_our_call_as_we_do(rail, gateway, clock, monkeypatch):
    asked: list[Any] = []
    checked = gateway._asked

    async def kept(call: Any) -> Any:
        asked.append(json.loads(await call.body()))
        return await checked(call)

    monkeypatch.setattr(gateway, "_asked", kept)
    opened = await rail.start(request(at=clock.now()))
    await rail.close(KEY, opened.reference)
    ours = [call.pop("signature") for call in asked]
    assert ask("epusdt", {"token": TOKEN, "sign": asked, "notices": []})["signs"] == ours
    assert asked[0]["amount"] == 12.5


async def test_bepusdt_believes_the_doubles_notices_as_the_rail_does(rail, gateway, clock):
    await rail.start(request(at=clock.now()))
    told = gateway.told(KEY)
    good = json.loads(told.body)
    answer = ask("epusdt", {"token": TOKEN, "sign": [], "notices": [good, good | {"amount": 0.01}]})
    assert answer["notices"] == [True, False]
    assert money(rail, told).total == CNY


# Notices, and forgeries (C1, C2)


def test_a_notice_is_read():
    assert offline().read({}, BODY, {}) == NOTICE


def test_numbers_may_be_numbers_or_words():
    """Gateways of different ages; what is signed is the same."""
    body = BODY.replace(b'"amount":12.5', b'"amount":"12.5"').replace(
        b'"actual_amount":"1.74"', b'"actual_amount":1.74'
    )
    assert offline().read({}, body, {}) == NOTICE


FORGERIES = {
    "no signature": written(TOLD),
    "an empty one": written(TOLD | {"signature": ""}),
    "another token": signed(TOLD, "other"),
    "no token": signed(TOLD, ""),
    "in capitals": BODY.replace(SIGN.encode(), SIGN.upper().encode()),
    "a number": BODY.replace(f'"{SIGN}"'.encode(), b"1"),
    "a cent": BODY.replace(b"12.5", b"0.01"),
    "the same sum, written anew": BODY.replace(b"12.5,", b"12.50,"),
    "another order": BODY.replace(b"K7M2", b"K7M3"),
    "another trade": BODY.replace(b"0TJV", b"1TJV"),
    "something added": BODY.replace(b'"status"', b'"more":"x","status"'),
    "something nested": signed(TOLD).replace(b'"status"', b'"more":{},"status"'),
    "true for one": BODY.replace(b'"status":2', b'"status":true'),
    "in the query": b"",
    "two fields made one": BODY.replace(b'"amount":12.5,', b'"actual_amount":"1.74&amount=12.5",'),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read({}, FORGERIES[name], {"signature": SIGN} if name == "in the query" else {})


class Trusting(Epusdt):
    """Without the guard."""

    def _verify(self, fields: Mapping[str, Any]) -> None:
        pass


@pytest.mark.parametrize(
    "name", ["another token", "no token", "a cent", "another order", "another trade", "something added"]
)
def test_without_verification_a_forgery_is_believed(name):
    assert isinstance(offline(kind=Trusting).read({}, FORGERIES[name], {}), PaymentNotice)


def test_without_a_token_nothing_is_believed():
    assert not offline(token="").listens
    with pytest.raises(ForgedNotice):
        offline(token="").read({}, signed(TOLD, ""), {})


@pytest.mark.parametrize("status", [1, 3, 4, 5, 6, 22])
def test_only_one_status_is_money(status):
    assert offline().read({}, signed(TOLD | {"status": status}), {}) is None


@pytest.mark.parametrize(
    "other",
    [{"amount": bad} for bad in ("", "0", "-1", "1e3", "12.505", "NaN", None)]
    + [{name: bad} for name in ("trade_id", "order_id", "status") for bad in ("", "a b", "x" * 121, None)],
    ids=str,
)
def test_what_is_signed_but_makes_no_sense_is_refused(other):
    told = {name: value for name, value in (TOLD | other).items() if value is not None}
    with pytest.raises(ForgedNotice):
        offline().read({}, signed(told), {})


NO_NOTICE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe",
    "cut off": BODY[:-1],
    "a name twice": BODY.replace(b'"amount"', b'"amount":12.5,"amount"'),
    "an endless number": BODY.replace(b"12.5", b"1" * 5000),
    "lists too deep": b"[" * 60_000,
    "too big": BODY + b" " * LARGEST,
}


@pytest.mark.parametrize("name", NO_NOTICE)
def test_what_is_no_notice_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read({}, NO_NOTICE[name], {})


def test_another_sum_is_reported_as_it_is():
    notice = offline().read({}, signed(TOLD | {"amount": 0.01}), {})
    assert notice
    assert notice.total == Money(1, "CNY")
    assert notice.event != NOTICE.event  # and never stands for the gateway's own


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A notice changed somewhere: in its bytes, or in what the gateway itself signs."""
    match draw(st.integers(0, 3)):
        case 0:
            return flipped(draw, BODY)
        case 1:
            return spliced(draw, BODY)
        case 2:
            value = draw(st.text(max_size=30) | st.integers(0, 10**6) | st.sampled_from(["0.01", "2", KEY]))
            return signed(
                TOLD | {draw(st.sampled_from([*TOLD, "more"])): value}, draw(st.sampled_from([TOKEN, "", "x"]))
            )
        case _:
            return draw(st.binary(max_size=200))


@settings(max_examples=1_000, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(body):
    try:
        notice = RAIL.read({}, body, {})
    except ForgedNotice:
        return
    told = as_written(body)
    given_ = told.pop("signature")
    assert given_ == signature({name: value for name, value in told.items() if value is not None}, TOKEN)
    if notice is None:
        assert told["status"] != "2"
        return
    assert (notice.key, notice.transaction) == (told["order_id"], told["trade_id"])
    assert float(notice.total.decimal) == float(told["amount"])


def test_ten_thousand_changed_bytes_are_refused():
    seen = as_written(BODY)
    for body in changed(BODY, 10_000):
        try:
            notice = RAIL.read({}, body, {})
        except ForgedNotice:
            continue
        assert as_written(body) == seen  # a space between, or nothing at all
        assert notice == NOTICE


RAIL = offline()


async def test_replayed_it_says_what_it_said(rail, gateway, clock):
    await rail.start(request(at=clock.now()))
    told = gateway.told(KEY)
    assert read(rail, told) == read(rail, told)


def test_what_is_logged_about_a_forgery_holds_no_secret():
    rail = offline(token="a long secret token")
    with pytest.raises(ForgedNotice) as refused:
        rail.read({}, signed(TOLD, "other"), {})
    assert "secret" not in str(refused.value)
    assert "K7M2" not in str(refused.value)
