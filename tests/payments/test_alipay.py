"""Alipay against its gateway, over HTTP, in good and in bad times; its notices against forgers, and what others say."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.chargebacks import RefundNotice
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money, parse
from core.notices import Notice
from core.parties import PaymentRail, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from doubles.alipay import Alipay as Provider
from doubles.alipay import stamp
from doubles.alipay_keys import APP_ID, SELLER_ID, Keys, public_text
from payments import alipay_signing
from payments.alipay import Alipay, key_of, numbered
from payments.wire import LARGEST
from tests.oracles import ask
from tests.payments.mutated import changed, flipped, spliced

KEY = "K7M2-94QF-alipay"
MANY = 10_000 if os.environ.get("CI") == "true" else 1_000
KEYS = Keys.made()
TOLD = {
    "notify_time": "2026-01-01 08:00:00",
    "notify_type": "trade_status_sync",
    "notify_id": "2026010100222080000000000000000001",
    "app_id": APP_ID,
    "charset": "utf-8",
    "version": "1.0",
    "trade_no": "2026010122001400000000000001",
    "out_trade_no": "K7M2_94QF_alipay",
    "buyer_logon_id": "159****5620",
    "seller_id": SELLER_ID,
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "12.50",
    "receipt_amount": "12.50",
    "subject": "双倍 Steam + 20%",
    "gmt_payment": "2026-01-01 07:59:59",
    "fund_bill_list": '[{"amount":"12.50","fundChannel":"ALIPAYACCOUNT"}]',
}
NOTICE = PaymentNotice(
    rail="alipay",
    event=TOLD["notify_id"],
    transaction=TOLD["trade_no"],
    key=KEY,
    account=SELLER_ID,
    mode="live",
    state="paid",
    total=Money(1250, "CNY"),
    payer="159****5620",
)


def offline(kind: type[Alipay] = Alipay, **told: Any) -> Alipay:
    """A rail that verifies notices, and has nobody to call."""
    keys = {"private_key": KEYS.app_private, "public_key": KEYS.alipay_public}
    known = {"app_id": APP_ID, "seller_id": SELLER_ID, "notify_url": "-", "gateway": "http://127.0.0.1:9/gateway.do"}
    return kind(**{**keys, **known, **told})


def body(values: Mapping[str, str]) -> bytes:
    return urlencode(values).encode()


def sealed(**other: str) -> bytes:
    """A notice that Alipay has signed, with something else in it."""
    return body(KEYS.sealed({**TOLD, **other}))


BODY = sealed()


def request(key: str = KEY, title: str = "Steam 20", minutes: float = 15, **more: Any) -> PaymentRequest:
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    return PaymentRequest(key, "K7M2-94QF", Money(1250, "CNY"), until, title, "zh-CN", "https://shop.example/", **more)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    async with made.served():
        yield made


@pytest.fixture
async def rail(provider: Provider) -> AsyncIterator[Alipay]:
    made = offline(gateway=provider.gateway, notify_url="http://127.0.0.1:9/hooks/alipay")
    yield made
    await made.aclose()


async def paid(rail: Alipay, provider: Provider, key: str = KEY) -> str:
    """The transaction of a payment that is paid now."""
    opened = await rail.start(request(key))
    await provider.pay(key)
    truth = await rail.truth(key, opened.reference)
    assert truth is not None
    return truth.transaction


# Taking money


async def test_a_payment_is_a_code_to_scan(rail: PaymentRail, provider):
    opened = await rail.start(request())
    assert opened.qr == opened.link == provider.find(KEY).code
    assert opened.reference == "K7M2_94QF_alipay"
    assert provider.find(KEY).notify_url == "http://127.0.0.1:9/hooks/alipay"


async def test_a_key_opens_one_payment(rail, provider):
    assert await rail.start(request()) == await rail.start(request(minutes=20, title="Another title"))
    assert len(provider.trades) == 1


async def test_the_truth_is_what_the_notice_should_have_said(rail, provider):
    opened = await rail.start(request())
    assert await rail.truth(KEY, opened.reference) is None  # nobody has scanned it: there is no trade yet
    provider.scan(KEY)
    assert await rail.truth(KEY, opened.reference) is None
    await provider.pay(KEY)
    truth, told = await rail.truth(KEY, opened.reference), provider.told(KEY)
    heard = rail.read(told.headers, told.body, {})
    assert truth == PaymentNotice(**{**vars(NOTICE), "event": truth.event, "transaction": provider.find(KEY).trade_no})
    assert vars(heard) == {**vars(truth), "event": heard.event}


@pytest.mark.parametrize("title", ["双倍\n<b>×2 a/b=c&d", "长" * 300, "///", "😀 Steam"])
async def test_titles_travel_as_far_as_they_may(rail, title):
    assert await rail.start(request(title=title))


async def test_a_key_that_is_no_number_there_is_refused():
    for key in ("a b", "a_b", "a--b", "-a", "长", "a" * 65, "a&out_trade_no=b"):
        with pytest.raises(PartyError) as refused:
            await offline().start(request(key))
        assert refused.value.permanent


@given(st.from_regex(r"[A-Za-z0-9]{1,9}(-[A-Za-z0-9]{1,9}){0,4}", fullmatch=True), st.integers(1, 20))
def test_a_number_gives_its_key_back(key, attempt):
    assert key_of(numbered(key, attempt)) == key


async def test_a_closed_payment_takes_no_money_and_a_fresh_one_is_opened(rail, provider):
    first = await rail.start(request())
    provider.scan(KEY)
    await rail.close(KEY, first.reference)
    await rail.close(KEY, first.reference)
    with pytest.raises(ValueError, match="takes no money"):
        await provider.pay(KEY)
    fresh = await rail.start(request(reference=first.reference))
    assert fresh == await rail.start(request(reference=fresh.reference)) == await rail.start(request())
    assert (fresh.reference, fresh.qr != first.qr) == ("K7M2_94QF_alipay__2", True)
    await provider.pay(KEY)
    for reference in (first.reference, fresh.reference, ""):
        truth = await rail.truth(KEY, reference)
        assert (truth.key, truth.state) == (KEY, "paid")


async def test_what_nobody_has_scanned_cannot_be_closed_and_that_is_no_trouble(rail, provider):
    opened = await rail.start(request())
    await rail.close(KEY, opened.reference)
    await rail.close("never-opened", "")
    assert (await rail.start(request())).qr == opened.qr


async def test_a_code_dies_with_the_hold(provider):
    """Even unscanned: that is why it needs no closing."""
    later = datetime.now(UTC) + timedelta(minutes=16)
    rail = offline(gateway=provider.gateway)
    await rail.start(request())
    provider._clock = lambda: later
    with pytest.raises(ValueError, match="takes no money"):
        await provider.pay(KEY)
    assert await rail.truth(KEY, "") is None
    assert (await rail.start(request(minutes=30))).reference.endswith("__2")
    await rail.aclose()


async def test_a_paid_payment_stays_paid_when_it_is_closed_and_refunded(rail, provider):
    transaction = await paid(rail, provider)
    await rail.close(KEY, "K7M2_94QF_alipay")
    await rail.refund(transaction, "R1", Money(1250, "CNY"), "-")
    assert provider.find(KEY).status == "TRADE_CLOSED"
    truth = await rail.truth(KEY, "")
    assert (truth.state, truth.total) == ("paid", Money(1250, "CNY"))
    with pytest.raises(PartyError, match="lists no day"):
        _ = [notice async for notice in rail.day(datetime.now(UTC))]
    assert not rail.abilities.lists


async def test_it_is_well_while_the_gateway_knows_us(rail, provider):
    await rail.well()
    provider.faults.give("query", "broken", 1)
    with pytest.raises(PartyError):
        await rail.well()
    stranger = offline(gateway=provider.gateway, app_id="2021000000000000")
    with pytest.raises(PartyError, match="invalid-signature") as refused:
        await stranger.well()
    assert not refused.value.permanent  # a setting can be mended
    await stranger.aclose()


# Giving it back


async def test_a_refund_happens_once_per_key(rail, provider):
    transaction = await paid(rail, provider)
    assert await rail.refund_truth("R1", transaction) is None
    first = await rail.refund(transaction, "R1", Money(250, "CNY"), "多付了")
    assert first == RefundAnswer("done", "R1")
    assert first == await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    assert first == await rail.refund_truth("R1", transaction)
    assert provider.find(KEY).refunds == {"R1": parse("2.50", "CNY").decimal}
    assert await rail.refund_truth("R1", "another trade") is None


async def test_a_refund_that_moved_nothing_is_pending(rail, provider):
    transaction = await paid(rail, provider)
    provider.faults.fails_refunds = True
    assert await rail.refund(transaction, "R1", Money(250, "CNY"), "-") == RefundAnswer("pending", "R1")
    provider.faults.fails_refunds = False
    assert (await rail.refund(transaction, "R1", Money(250, "CNY"), "-")).state == "done"


@pytest.mark.parametrize(("amount", "why"), [(1251, "REASON_TRADE_REFUND_FEE_ERR"), (300, "DISCORDANT_REPEAT")])
async def test_what_can_not_be_refunded_is_refused_for_good(rail, provider, amount, why):
    transaction = await paid(rail, provider)
    await rail.refund(transaction, "R0", Money(250, "CNY"), "-")
    with pytest.raises(PartyError, match=why) as refused:
        await rail.refund(transaction, "R0" if amount == 300 else "R1", Money(amount, "CNY"), "-")
    assert refused.value.permanent
    assert not isinstance(refused.value, PartySilent)


@pytest.mark.parametrize(("trouble", "happened"), [("lost", True), ("silent", False), ("broken", False)])
async def test_a_refund_without_an_answer_is_unknown(rail, provider, trouble, happened):
    transaction = await paid(rail, provider)
    rail._client.timeout = httpx.Timeout(0.5)
    provider.faults.give("refund", trouble, 1)
    with pytest.raises(PartySilent):
        await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    assert (await rail.refund_truth("R1", transaction) is not None) == happened
    assert (await rail.refund(transaction, "R1", Money(250, "CNY"), "-")).state == "done"
    assert list(provider.find(KEY).refunds) == ["R1"]


@pytest.mark.parametrize("fault", ["unsigned", "forged"])
async def test_a_refund_whose_answer_alipay_did_not_sign_is_unknown(rail, provider, fault):
    transaction = await paid(rail, provider)
    setattr(provider.faults, fault, True)
    with pytest.raises(PartySilent):
        await rail.refund(transaction, "R1", Money(250, "CNY"), "-")


# The network


def calls(rail: Alipay) -> list[tuple[str, Any]]:
    return [
        ("precreate", rail.start(request())),
        ("query", rail.truth(KEY, "")),
        ("close", rail.close(KEY, "")),
        ("fastpay.refund.query", rail.refund_truth("R1", "T1")),
        ("query", rail.well()),
    ]


async def test_nobody_there_is_worth_another_try():
    for _, call in [*calls(offline()), ("refund", offline().refund("T1", "R1", Money(1, "CNY"), "-"))]:
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)


@pytest.mark.parametrize("trouble", ["broken", "lost", "silent", "busy"])
async def test_whatever_else_fails_is_worth_another_try(rail, provider, trouble):
    rail._client.timeout = httpx.Timeout(0.5)
    for method, call in calls(rail):
        provider.faults.give(method, trouble, 1)
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
    assert await rail.start(request())


@pytest.mark.parametrize("fault", ["unsigned", "forged"])
async def test_an_answer_that_alipay_did_not_sign_is_none(rail, provider, fault):
    await rail.start(request())
    await provider.pay(KEY)
    setattr(provider.faults, fault, True)
    for method, call in calls(rail):
        with pytest.raises(PartyError, match="answer") as failed:
            await call
        assert not failed.value.permanent, method


async def test_with_the_guard_off_a_forged_answer_is_believed(rail, provider, monkeypatch):
    await rail.start(request())
    await provider.pay(KEY)
    provider.faults.forged = True
    monkeypatch.setattr(alipay_signing, "signed", lambda *_: True)
    assert (await rail.truth(KEY, "")).state == "paid"


def answered(text: bytes, status: int = 200, **headers: str) -> Alipay:
    """A rail whose gateway always answers so."""
    rail = offline()
    rail._client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=text))
    )
    return rail


def node(text: str, name: str = "alipay_trade_query_response") -> bytes:
    signature = Keys.signature(KEYS.alipay, text)
    return f'{{"{name}":{text},"sign":"{signature}"}}'.encode()


TRADE = (
    '{"code":"10000","msg":"Success","out_trade_no":"K7M2_94QF_alipay","trade_no":"T1",'
    '"trade_status":"TRADE_SUCCESS","total_amount":"12.50"}'
)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"{}",
        b"[]",
        b"[" * 50_000,
        b'{"a":' * 10_000,
        b"\xff",
        b'{"sign":"x"}',
        b'{"alipay_trade_query_response":{},"sign":1}',
        node("[]"),
        node('"x"'),
        node("{}"),
        node(TRADE.replace("12.50", "12.5x")),
        node(TRADE.replace('"12.50"', "12.50")),
        node(TRADE.replace("K7M2_94QF_alipay", "K7M2_94QF_alipay__7")),
        node(TRADE, "alipay_trade_refund_response"),
        node(TRADE) + b"}",
        node(TRADE).replace(b"12.50", b"99.50"),
        node(TRADE).replace(b'"code":', b' "code":'),  # written anew: other characters
        node(TRADE).replace(b'"sign":', b'"alipay_trade_query_response":' + TRADE.encode() + b',"sign":'),
        node(TRADE.replace('"total', '"trade_status":"TRADE_SUCCESS","total')),
    ],
    ids=range(21),
)
async def test_an_answer_that_makes_no_sense_is_no_truth(text):
    with pytest.raises(PartyError):
        await answered(text).truth(KEY, "")


async def test_an_answer_is_read_as_alipay_may_write_it():
    for text in (node(TRADE), b" " + node(TRADE).replace(b',"sign"', b' , "sign" ') + b"\n"):
        truth = await answered(text).truth(KEY, "")
        assert truth and truth.total == Money(1250, "CNY")


async def test_a_redirect_is_not_followed():
    with pytest.raises(PartyError):
        await answered(b"", 302, location="http://169.254.169.254/").truth(KEY, "")


@pytest.mark.parametrize(
    ("code", "sub_code", "permanent", "silent"),
    [
        ("20000", "aop.unknow-error", False, True),
        ("20000", "isp.unknow-error", False, True),
        ("40004", "ACQ.SYSTEM_ERROR", False, True),
        ("40004", "ACQ.TRADE_HAS_FINISHED", True, False),
        ("40006", "isv.insufficient-isv-permissions", False, False),
        ("20001", "aop.invalid-auth-token", False, True),
    ],
)
async def test_what_a_refusal_means(code, sub_code, permanent, silent):
    text = node(json.dumps({"code": code, "sub_code": sub_code}), "alipay_trade_refund_response")
    with pytest.raises(PartyError) as refused:
        await answered(text).refund("T1", "R1", Money(1, "CNY"), "-")
    assert (refused.value.permanent, isinstance(refused.value, PartySilent)) == (permanent, silent)


# What is told


def test_a_notice_says_what_was_paid():
    assert offline().read({}, BODY, {}) == NOTICE
    assert offline().acknowledgement() == (200, "text/plain", b"success")


@pytest.mark.parametrize(
    ("other", "state", "minor"),
    [
        ({"trade_status": "TRADE_FINISHED"}, "paid", 1250),
        ({"trade_status": "TRADE_CLOSED"}, "closed", 1250),
        ({"total_amount": "0.01"}, "paid", 1),
        ({"total_amount": "9999999.99"}, "paid", 999999999),
        ({"refund_fee": "0.00"}, "paid", 1250),
    ],
)
def test_other_states_and_amounts_are_told_as_they_are(other, state, minor):
    notice = offline().read({}, sealed(**other), {})
    assert isinstance(notice, PaymentNotice)
    assert (notice.state, notice.total) == (state, Money(minor, "CNY"))


def test_a_trade_that_waits_says_nothing_of_money():
    assert offline().read({}, sealed(trade_status="WAIT_BUYER_PAY"), {}) is None


@pytest.mark.parametrize("status", ["TRADE_SUCCESS", "TRADE_CLOSED"])
def test_a_notice_of_a_refund_says_how_much_went_back_so_far(status):
    told = sealed(trade_status=status, refund_fee="2.50", gmt_refund="2026-01-01 09:00:00.123", out_biz_no="R1")
    assert offline().read({}, told, {}) == RefundNotice(
        "alipay", TOLD["notify_id"], SELLER_ID, TOLD["trade_no"], "R1", Money(250, "CNY"), "R1", so_far=True
    )


async def test_a_refund_is_told_whoever_made_it(provider):
    heard: list[bytes] = []
    rail = offline(gateway=provider.gateway)
    transaction = await paid(rail, provider)
    await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    await asyncio.sleep(0.1)
    await provider.refund_at_the_counter(KEY, "3.00")
    heard = [told.body for told in provider.told_so_far[1:]]
    told = [rail.read({}, each, {}) for each in heard]
    assert [(one.key, one.total.amount) for one in told if isinstance(one, RefundNotice)] == [
        ("R1", 250),
        ("site1", 550),
    ]
    await rail.aclose()


async def test_notices_come_again_and_in_another_order(provider):
    rail = offline(gateway=provider.gateway)
    for key in ("A-alipay", "B-alipay"):
        await rail.start(request(key))
        await provider.pay(key)
    provider.faults.backwards = True
    assert await provider.tell_all("http://127.0.0.1:9/") == [0, 0]
    told = [rail.read({}, told.body, {}) for told in [*provider.told_so_far, *provider.told_so_far]]
    assert len({notice.event for notice in told if notice}) == 2
    await rail.aclose()


# Forgeries (C1, C2)


def signed_by(key: Any, **other: str) -> bytes:
    return body(KEYS.sealed({**TOLD, **other}, key))


def without(*names: str) -> bytes:
    return body({name: value for name, value in KEYS.sealed(TOLD).items() if name not in names})


SIGN = KEYS.sealed(TOLD)["sign"]
REFUND = KEYS.sealed({**TOLD, "refund_fee": "2.50"})
MERGED = {name: value for name, value in REFUND.items() if name != "refund_fee"} | {
    "receipt_amount": "12.50&refund_fee=2.50"  # the neighbour before it, in the order in which they are signed
}
CHANGED = {
    "another trade's number": ("out_trade_no=K7M2", "out_trade_no=K7M3"),
    "another amount": ("total_amount=12.50", "total_amount=0.01"),
    "more than was paid": ("total_amount=12.50", "total_amount=99.50"),
    "another state": ("trade_status=TRADE_SUCCESS", "trade_status=TRADE_CLOSED"),
    "another seller": (f"seller_id={SELLER_ID}", "seller_id=2088000000000000"),
    "another app": (f"app_id={APP_ID}", "app_id=2021000000000000"),
    "something more": ("notify_time=", "more=1&notify_time="),
    "a refund": ("notify_time=", "refund_fee=1.00&notify_time="),
}
FORGERIES: dict[str, bytes] = {
    "nothing": b"",
    "no signature": without("sign"),
    "an empty one": body({**KEYS.sealed(TOLD), "sign": ""}),
    "no kind of signature": without("sign_type"),
    "signed by a stranger": signed_by(KEYS.stranger),
    "signed by ourselves": signed_by(KEYS.app),
    "RSA": body({**KEYS.sealed(TOLD), "sign_type": "RSA"}),
    "MD5": body({**KEYS.sealed(TOLD), "sign_type": "MD5"}),
    "a kind in small letters": body({**KEYS.sealed(TOLD), "sign_type": "rsa2"}),
    "the signature twice": BODY + b"&" + urlencode({"sign": SIGN}).encode(),
    "the amount twice": BODY + b"&total_amount=12.50",
    "the amount empty behind": BODY + b"&total_amount=",
    "spaces in the signature": body({**KEYS.sealed(TOLD), "sign": f" {SIGN}"}),
    "JSON": json.dumps(KEYS.sealed(TOLD)).encode(),
    "in another charset": sealed(charset="gbk"),
    "bytes of another charset": BODY.replace(b"%E5%8F%8C", b"%CB%AB"),
    "raw UTF-8": BODY + "&b=长".encode(),
    "a pair without a value": BODY + b"&b",
    "two pairs in one": body(MERGED),
    "too big": BODY + b"&b=" + b"1" * LARGEST,
    "too many": BODY + b"".join(b"&b%d=" % number for number in range(200)),
    **{name: BODY.replace(was.encode(), becomes.encode()) for name, (was, becomes) in CHANGED.items()},
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read({}, FORGERIES[name], {})


def test_a_query_is_refused():
    with pytest.raises(ForgedNotice):
        offline().read({}, BODY, {"total_amount": "99"})


@pytest.mark.parametrize("name", ["signed by a stranger", "signed by ourselves", *CHANGED])
def test_without_verification_forgeries_are_believed(name, monkeypatch):
    monkeypatch.setattr(alipay_signing, "signed", lambda *_: True)
    rail = offline()
    if "app" in name or "seller" in name:
        rail._app_id = dict(parse_qsl(FORGERIES[name].decode()))["app_id"]
        rail.account = dict(parse_qsl(FORGERIES[name].decode()))["seller_id"]
    assert rail.read({}, FORGERIES[name], {})


def test_without_the_guard_two_pairs_pass_as_one(monkeypatch):
    """The string that is signed is the same; what is read of it is not."""
    monkeypatch.setattr("payments.alipay.once", lambda pairs: {name: Odd(value) for name, value in pairs})
    assert isinstance(offline().read({}, FORGERIES["two pairs in one"], {}), PaymentNotice)


class Odd(str):
    """A value whose & nobody sees."""

    def __contains__(self, part: object) -> bool:
        return False


@pytest.mark.parametrize("name", ["app_id", "seller_id"])
def test_what_is_signed_for_somebody_else_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read({}, sealed(**{name: "2021000000000000"}), {})
    rail = offline(app_id="2021000000000000") if name == "app_id" else offline(seller_id="2021000000000000")
    assert rail.read({}, sealed(**{name: "2021000000000000"}), {})


@pytest.mark.parametrize(
    "other",
    [
        {"total_amount": wrong}
        for wrong in ("", "-1.00", "1e3", "12.505", "1,250.00", "１２.50", "NaN", "0x10", " 12.50", "12.50\n", "9" * 20)
    ]
    + [
        {"refund_fee": "-1"},
        {"refund_fee": "1.001"},
        {"trade_status": "TRADE_REFUND"},
        {"trade_status": ""},
        {"notify_id": ""},
        {"notify_id": "n" * 161},
        {"notify_id": "a b"},
        {"trade_no": ""},
        {"trade_no": "T\x00"},
        {"out_trade_no": ""},
        {"out_trade_no": "n" * 65},
        {"out_trade_no": "n\n"},
    ],
    ids=str,
)
def test_what_is_signed_but_makes_no_sense_is_refused(other):
    with pytest.raises(ForgedNotice):
        offline().read({}, sealed(**other), {})


def test_without_a_key_nothing_is_believed():
    rail = offline(public_key="")
    assert not rail.listens
    with pytest.raises(ForgedNotice):
        rail.read({}, BODY, {})
    assert offline().listens


@pytest.mark.parametrize("wrong", ["", "no key", "AAAA", "长", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_key_that_is_none_is_refused_at_once(wrong):
    with pytest.raises(ValueError):
        offline(private_key=wrong)
    if wrong:
        with pytest.raises(ValueError):
            offline(public_key=wrong)


def test_keys_may_be_written_as_alipays_tools_write_them():
    bare = "".join(KEYS.app_private.split("-----")[2].split())
    assert offline(private_key=bare, public_key=public_text(KEYS.alipay)).read({}, BODY, {}) == NOTICE


values = st.text(max_size=70) | st.sampled_from(["0.01", "99", "TRADE_SUCCESS", "TRADE_CLOSED", "1.00", "K1_alipay"])


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A notice changed in its bytes or its parameters; or one with something else in it that Alipay itself signed."""
    match draw(st.integers(0, 4)):
        case 0:
            return flipped(draw, BODY)
        case 1:
            return spliced(draw, BODY)
        case 2:
            pairs = list(KEYS.sealed(TOLD).items())
            for _ in range(draw(st.integers(1, 3))):
                at = draw(st.integers(0, len(pairs)))
                name = draw(st.sampled_from([*TOLD, "refund_fee", "more"]))
                pairs[at : at + draw(st.integers(0, 1))] = [(name, draw(values))]
            return urlencode(pairs, errors="surrogatepass").encode()
        case 3:
            name = draw(st.sampled_from([*TOLD, "refund_fee", "out_biz_no", "more"]))
            return urlencode(KEYS.sealed({**TOLD, name: draw(values.filter(encodes))})).encode()
        case _:
            return draw(st.binary(max_size=200))


def encodes(text: str) -> bool:
    return not any(0xD800 <= ord(each) < 0xE000 for each in text)


RAIL = offline()


def refused_or_true(notice_body: bytes) -> None:
    """Whatever comes, it is refused as a forgery, or Alipay signed just these parameters, and it says just that."""
    try:
        notice = RAIL.read({}, notice_body, {})
    except ForgedNotice:
        return
    said = dict(parse_qsl(notice_body.decode(), keep_blank_values=True))
    about = {name: value for name, value in said.items() if name not in ("sign", "sign_type") and value}
    assert KEYS.sealed(about)["sign"] == said["sign"]
    same(notice, said)


def same(notice: Notice | None, said: Mapping[str, str]) -> None:
    assert (said["app_id"], said["seller_id"]) == (APP_ID, SELLER_ID)
    if notice is None:
        assert said["trade_status"] == "WAIT_BUYER_PAY" or parse(said["total_amount"], "CNY").amount == 0
        return
    assert (notice.event, notice.account) == (said["notify_id"], said["seller_id"])
    if isinstance(notice, RefundNotice):
        assert (notice.transaction, notice.total.plain()) == (
            said["trade_no"],
            parse(said["refund_fee"], "CNY").plain(),
        )
    else:
        assert isinstance(notice, PaymentNotice)
        assert notice.key == key_of(said["out_trade_no"])
        assert (notice.transaction, notice.total) == (said["trade_no"], parse(said["total_amount"], "CNY"))


@settings(max_examples=MANY, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(mutated):
    refused_or_true(mutated)


def test_thousands_of_changed_bytes_are_refused_or_change_nothing():
    for body in changed(BODY, MANY):
        refused_or_true(body)


def test_what_is_logged_about_a_forgery_holds_nothing_of_it():
    with pytest.raises(ForgedNotice) as refused:
        offline().read({}, signed_by(KEYS.stranger), {})
    assert not any(value in str(refused.value) for value in TOLD.values())


# What others say


async def test_alipays_own_sdks_verify_the_doubles_notices_and_answers(rail, provider):
    """The double is no echo of the rail: three packages of others take what it signs, and refuse what is changed."""
    await rail.start(request(title="双倍 Steam + 20%"))
    await provider.pay(KEY)
    told = dict(parse_qsl(provider.told(KEY).body.decode()))
    notices = [told, {**told, "total_amount": "0.01"}, {**told, "out_trade_no": "K7M2_94QG_alipay"}]
    public = provider.keys.alipay_public
    assert ask("alipay", {"notices": notices, "public_key": public}) == [True, False, False]

    verified = [[{n: v for n, v in one.items() if n not in ("sign", "sign_type")}, one["sign"]] for one in notices]
    keys = {"app_id": APP_ID, "private_key": pkcs1(), "public_key": public_text(provider.keys.alipay)}
    assert ask("alipay_python", {**keys, "verified": verified, "signed": []}) == [True, False, False]
    assert ask("alipay_official", {**keys, "verified": verified, "signed": []}) == [True, False, False]


def test_alipays_own_sdk_verifies_the_doubles_answers():
    name = "alipay_trade_query_response"
    said = Provider()._signed(name, {"code": "10000", "link": "http://a/b", "subject": "双倍"}).body
    said = bytes(said).decode()
    parts = alipay_signing.parts(said)
    sign = json.loads(parts["sign"])
    answers = [[said, name, sign], [said.replace("10000", "10001"), name, sign]]
    assert ask("alipay", {"answers": answers, "public_key": KEYS.alipay_public}) == [True, False]
    assert alipay_signing.signed(KEYS.alipay.public_key(), sign, parts[name].encode())


def test_notices_that_other_software_has_signed_are_read():
    """Signed by Alipay's own Python package, and by another's, with the key that is Alipay's here."""
    private = {"private_key": pkcs1("alipay"), "public_key": public_text(KEYS.app), "app_id": APP_ID}
    [official] = ask("alipay_official", {**private, "signed": [TOLD], "verified": []})
    assert offline().read({}, body({**TOLD, "sign": official, "sign_type": "RSA2"}), {}) == NOTICE

    [other] = ask("alipay_python", {**private, "signed": [TOLD], "verified": []})
    assert offline().read({}, f"{other}&sign_type=RSA2".encode(), {}) == NOTICE


async def test_alipays_own_sdk_signs_our_requests_alike(rail, provider):
    await rail.start(request(title="双倍 Steam + 20%"))
    asked = dict(provider.heard[-1])
    sign = asked.pop("sign")
    assert asked["timestamp"] <= stamp(datetime.now(UTC))
    keys = {"app_id": APP_ID, "private_key": pkcs1(), "public_key": public_text(KEYS.app)}
    assert ask("alipay_official", {**keys, "signed": [asked], "verified": [[asked, sign]]}) == [sign, True]
    assert ask("alipay_python", {**keys, "signed": [], "verified": [[asked, sign]]}) == [
        False
    ]  # it leaves sign_type out


def pkcs1(whose: str = "app") -> str:
    """The key as the Python packages want it: PKCS #1, without its first and last line."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = KEYS.app if whose == "app" else KEYS.alipay
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
