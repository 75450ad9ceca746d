"""WeChat Pay against its gateway, over HTTP, in good and in bad times; its notices against forgers; what others say."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from core.chargebacks import RefundNotice
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money
from core.notices import Notice
from core.parties import PaymentRail, RefundAnswer
from core.settling import PaymentNotice
from doubles.alipay_keys import private_text
from doubles.wechat_keys import APPID, MCHID, PUBLIC_KEY_ID, SCHEMA, Keys, headers, public_text
from doubles.wechat_pay import WechatPay as Provider
from payments.wechat_pay import WechatPay, key_of, numbered
from payments.wire import LARGEST
from tests.oracles import ask
from tests.payments.mutated import JSON_VALUES, changed, flipped, spliced
from tests.payments.wechats import KEY, KEYS, NOW, answered, lower, offline, online, provider, rail, request, signed

__all__ = ["provider", "rail"]

MANY = 10_000 if os.environ.get("CI") == "true" else 1_000
PAID = {
    "mchid": MCHID,
    "appid": APPID,
    "out_trade_no": KEY,
    "transaction_id": "4200000000202601010000000001",
    "trade_type": "NATIVE",
    "trade_state": "SUCCESS",
    "trade_state_desc": "支付成功",
    "bank_type": "OTHERS",
    "attach": "",
    "success_time": "2026-01-01T08:00:00+08:00",
    "payer": {"openid": "oUpF8uMuAJO"},
    "amount": {"total": 1250, "payer_total": 1250, "currency": "CNY", "payer_currency": "CNY"},
}
REFUNDED = {
    "mchid": MCHID,
    "out_trade_no": KEY,
    "transaction_id": "4200000000202601010000000001",
    "out_refund_no": "R1",
    "refund_id": "50300000002026010100000001",
    "refund_status": "SUCCESS",
    "success_time": "2026-01-01T08:00:00+08:00",
    "user_received_account": "支付用户零钱",
    "amount": {"total": 1250, "refund": 250, "payer_total": 1250, "payer_refund": 250},
}
NOTICE = PaymentNotice(
    rail="wechat_pay",
    event="EV-1",
    transaction="4200000000202601010000000001",
    key=KEY,
    account=MCHID,
    mode="live",
    state="paid",
    total=Money(1250, "CNY"),
    payer="oUpF8uMuAJO",
)


def envelope(content: Any, kind: str = "TRANSACTION.SUCCESS", keys: Keys = KEYS, **other: Any) -> bytes:
    text = content if isinstance(content, str) else json.dumps(content)
    resource = {
        "original_type": "transaction",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": keys.sealed(text, "fdasfjihihihlkja", "transaction"),
        "associated_data": "transaction",
        "nonce": "fdasfjihihihlkja",
    }
    told = {
        "id": "EV-1",
        "create_time": "2026-01-01T08:00:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": kind,
        "summary": "支付成功",
        "resource": resource,
    }
    return json.dumps({**told, **other}, ensure_ascii=False).encode()


BODY = envelope(PAID)
HEADERS = signed(BODY)


async def paid(rail: WechatPay, provider: Provider, key: str = KEY) -> str:
    """The transaction of a payment that is paid now."""
    opened = await rail.start(request(key))
    await provider.pay(key)
    truth = await rail.truth(key, opened.reference)
    assert truth is not None
    return truth.transaction


# Taking money


async def test_a_payment_is_a_code_to_scan(rail: PaymentRail, provider):
    opened = await rail.start(request())
    assert (opened.qr, opened.link, opened.reference) == (provider.find(KEY).code, None, KEY)
    terms = provider.find(KEY).terms
    assert terms["notify_url"] == "http://127.0.0.1:9/hooks/wechat_pay"
    assert terms["amount"] == {"total": 1250, "currency": "CNY"}


async def test_a_key_opens_one_payment(rail, provider):
    once = request()
    assert await rail.start(once) == await rail.start(once)
    assert len(provider.orders) == 1


async def test_other_terms_close_the_open_code_and_open_another(rail, provider):
    """The hold was extended: the number has its terms for good."""
    first = await rail.start(request())
    fresh = await rail.start(request(minutes=30, reference=first.reference))
    assert (fresh.reference, fresh.qr != first.qr) == (f"{KEY}*2", True)
    assert [one.state for one in provider.orders.values()] == ["CLOSED", "NOTPAY"]
    await provider.pay(KEY)
    for reference in (first.reference, fresh.reference, ""):
        truth = await rail.truth(KEY, reference)
        assert (truth.key, truth.state) == (KEY, "paid")
    with pytest.raises(PartyError, match="ORDERPAID"):
        await rail.start(request(minutes=45))


async def test_the_truth_is_what_the_notice_should_have_said(rail, provider):
    opened = await rail.start(request())
    assert await rail.truth(KEY, opened.reference) is None
    assert await rail.truth("never-asked-for", "") is None
    await provider.pay(KEY)
    truth, told = await rail.truth(KEY, opened.reference), provider.told(KEY)
    heard = rail.read(lower(told.headers), told.body, {})
    assert vars(heard) == {**vars(truth), "event": heard.event}
    assert (truth.total, truth.key, truth.account) == (Money(1250, "CNY"), KEY, MCHID)


@pytest.mark.parametrize("title", ["双倍\n<b>×2 a/b=c&d", "长" * 300, "😀 Steam", ""])
async def test_titles_travel_as_far_as_they_may(rail, title):
    assert await rail.start(request(title=title))


async def test_a_key_that_is_no_number_there_is_refused():
    for key in ("a b c d", "short", "a" * 33, "长" * 8, "a*b*c*d", "../../x"):
        with pytest.raises(PartyError) as refused:
            await offline().start(request(key))
        assert refused.value.permanent


@given(st.from_regex(r"[A-Za-z0-9_-]{6,29}", fullmatch=True), st.integers(1, 20))
def test_a_number_gives_its_key_back(key, attempt):
    assert key_of(numbered(key, attempt)) == key


async def test_a_closed_payment_takes_no_money_and_a_fresh_one_is_opened(rail, provider):
    first = await rail.start(request())
    await rail.close(KEY, first.reference)
    await rail.close(KEY, first.reference)
    await rail.close("never-opened", "")
    with pytest.raises(ValueError, match="takes no money"):
        await provider.pay(KEY)
    once = request(reference=first.reference)
    fresh = await rail.start(once)
    assert fresh == await rail.start(once)
    assert fresh.reference == f"{KEY}*2"


async def test_a_paid_payment_stays_paid_when_it_is_closed_and_refunded(rail, provider):
    transaction = await paid(rail, provider)
    await rail.close(KEY, KEY)
    await rail.refund(transaction, "R1", Money(1250, "CNY"), "-")
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
    stranger = online(provider, serial="0" * 40)
    with pytest.raises(PartyError, match="SIGN_ERROR") as refused:
        await stranger.well()
    assert not refused.value.permanent
    await stranger.aclose()


# Giving it back


async def test_a_refund_happens_once_per_key(rail, provider):
    transaction = await paid(rail, provider)
    assert await rail.refund_truth("R1") is None
    first = await rail.refund(transaction, "R1", Money(250, "CNY"), "多付了")
    assert first == RefundAnswer("done", provider.find(KEY).refunds["R1"].id)
    assert first == await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    assert first == await rail.refund_truth("R1", transaction)
    assert len(provider.find(KEY).refunds) == 1


@pytest.mark.parametrize(("status", "state"), [("PROCESSING", "pending"), ("ABNORMAL", "failed"), ("CLOSED", "failed")])
async def test_a_refund_may_end_otherwise(rail, provider, status, state):
    transaction = await paid(rail, provider)
    provider.faults.refunds = status
    answer = await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    assert (answer.state, answer.why) == (state, status if state == "failed" else "")
    assert await rail.refund_truth("R1") == answer
    await provider.settle_refund(KEY, "R1", "SUCCESS")
    assert (await rail.refund_truth("R1")).state == "done"


@pytest.mark.parametrize(("key", "amount"), [("R1", 1251), ("R0", 300)])
async def test_what_can_not_be_refunded_is_refused_for_good(rail, provider, key, amount):
    transaction = await paid(rail, provider)
    await rail.refund(transaction, "R0", Money(250, "CNY"), "-")
    for to in (transaction, "another"):
        with pytest.raises(PartyError) as refused:
            await rail.refund(to, key, Money(amount, "CNY"), "-")
        assert refused.value.permanent
        assert not isinstance(refused.value, PartySilent)


@pytest.mark.parametrize(("trouble", "happened"), [("lost", True), ("silent", False), ("broken", False)])
async def test_a_refund_without_an_answer_is_unknown(rail, provider, trouble, happened):
    transaction = await paid(rail, provider)
    rail._client.timeout = httpx.Timeout(0.5)
    provider.faults.give("refund", trouble, 1)
    with pytest.raises(PartySilent):
        await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    assert (await rail.refund_truth("R1") is not None) == happened
    assert (await rail.refund(transaction, "R1", Money(250, "CNY"), "-")).state == "done"
    assert list(provider.find(KEY).refunds) == ["R1"]


# The network


def calls(rail: WechatPay) -> list[tuple[str, Any]]:
    return [
        ("native", rail.start(request())),
        ("query", rail.truth(KEY, "")),
        ("close", rail.close(KEY, "")),
        ("refund query", rail.refund_truth("R1")),
        ("query", rail.well()),
    ]


async def test_nobody_there_is_worth_another_try():
    rail = offline()
    for _, call in [*calls(rail), ("refund", rail.refund("T1", "R1", Money(1, "CNY"), "-"))]:
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent
        assert not isinstance(failed.value, PartySilent)


@pytest.mark.parametrize("trouble", ["broken", "lost", "silent", "busy"])
async def test_whatever_else_fails_is_worth_another_try(rail, provider, trouble):
    await rail.start(request())
    rail._client.timeout = httpx.Timeout(0.5)
    for name, call in calls(rail):
        provider.faults.give(name, trouble, 1)
        if (name, trouble) == ("close", "busy"):
            provider.faults.give("query", trouble, 1)
        with pytest.raises(PartyError) as failed:
            await call
        provider.faults.mend()
        assert not failed.value.permanent


async def test_a_busy_gateway_does_not_cost_the_open_code(rail, provider):
    opened = await rail.start(request())
    provider.faults.give("native", "busy", 1)
    with pytest.raises(PartyError):
        await rail.start(request(minutes=30))
    assert provider.orders[opened.reference].state == "NOTPAY"


FAULTS: list[dict[str, bool]] = [{"unsigned": True}, {"forged": True}, {"forged": True, "unknown": True}]


@pytest.mark.parametrize("faults", FAULTS, ids=str)
async def test_an_answer_that_wechat_did_not_sign_is_none_and_fetches_nothing(rail, provider, faults):
    transaction = await paid(rail, provider)
    for name, on in faults.items():
        setattr(provider.faults, name, on)
    with pytest.raises(PartyError, match="answer") as failed:
        await rail.truth(KEY, "")
    assert not failed.value.permanent
    with pytest.raises(PartyError):
        await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    with pytest.raises(PartyError):
        await rail.start(request("another-key"))
    assert provider.certificates_asked == 0


async def test_a_refund_whose_answer_alone_is_forged_is_unknown(rail, provider):
    transaction = await paid(rail, provider)

    def forging(request: Any, asked: Any) -> Any:
        provider.faults.forged = True
        return real(request, asked)

    real = provider._refund
    provider.app.router.routes.insert(0, provider._route("refund", "/v3/refund/domestic/refunds", "POST", forging))
    with pytest.raises(PartySilent):
        await rail.refund(transaction, "R1", Money(250, "CNY"), "-")


async def test_with_the_guard_off_a_forged_serial_makes_us_call_out(provider, rail):
    """What the library does when it is asked first."""
    await rail.start(request())
    provider.faults.forged = provider.faults.unknown = True
    rail._client.event_hooks = {"response": []}
    with pytest.raises(PartyError):
        await rail.truth(KEY, "")
    assert provider.certificates_asked == 1


async def test_answers_may_be_signed_by_the_certificate(rail, provider):
    provider.faults.by_certificate = True
    await rail.start(request())
    await provider.pay(KEY)
    assert await rail.truth(KEY, "") is not None
    only_certificates = online(provider, public_key="", public_key_id="")
    assert await only_certificates.truth(KEY, "") is not None
    provider.faults.by_certificate = False
    with pytest.raises(PartyError, match="don't hold"):
        await only_certificates.truth(KEY, "")
    await only_certificates.aclose()


@pytest.mark.parametrize(
    "other",
    [
        {"mchid": "1900000110"},
        {"appid": "wx0"},
        {"out_trade_no": "another"},
        {"amount": {"total": 12.5, "currency": "CNY"}},
        {"amount": {"total": "1250", "currency": "CNY"}},
        {"trade_state": None},
    ],
    ids=str,
)
async def test_an_answer_about_something_else_is_no_truth(other):
    with pytest.raises(PartyError):
        await answered(json.dumps({**PAID, **other}).encode()).truth(KEY, "")
    assert await answered(json.dumps(PAID).encode()).truth(KEY, "") is not None


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b"[]", b"[" * 50_000, b'{"code_url":"http://evil.example"}'])
async def test_an_answer_that_makes_no_sense_is_refused(answer):
    for call in (
        answered(answer).start(request()),
        answered(answer).truth(KEY, ""),
        answered(answer).refund_truth("R"),
    ):
        with pytest.raises(PartyError) as failed:
            await call
        assert not failed.value.permanent


# What is told


def test_a_notice_says_what_was_paid():
    assert offline().read(HEADERS, BODY, {}) == NOTICE
    assert offline().acknowledgement()[0] == 204


def test_headers_may_be_written_in_any_case():
    assert offline().read(KEYS.signed(NOW, BODY), BODY, {}) == NOTICE


def test_while_a_merchant_changes_over_both_keys_count():
    for by_certificate in (True, False):
        assert offline().read(signed(BODY, by_certificate=by_certificate), BODY, {}) == NOTICE


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_clocks_may_differ_a_little(minutes):
    assert offline(clock=lambda: NOW + timedelta(minutes=minutes)).read(HEADERS, BODY, {}) == NOTICE


@pytest.mark.parametrize("amount", [{"total": 1, "currency": "CNY"}, {"total": 1250, "currency": "USD"}])
def test_other_amounts_and_currencies_are_told_as_they_are(amount):
    body = envelope({**PAID, "amount": amount})
    notice = offline().read(signed(body), body, {})
    assert isinstance(notice, PaymentNotice)
    assert notice.total == Money(amount["total"], amount["currency"])


def test_a_refund_is_told_by_its_key():
    body = envelope(REFUNDED, "REFUND.SUCCESS")
    assert offline().read(signed(body), body, {}) == RefundNotice(
        "wechat_pay",
        "EV-1",
        MCHID,
        "4200000000202601010000000001",
        "50300000002026010100000001",
        Money(250, "CNY"),
        "R1",
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({**REFUNDED, "refund_status": "ABNORMAL"}, "REFUND.ABNORMAL"),
        ({**REFUNDED, "refund_status": "CLOSED"}, "REFUND.CLOSED"),
        ({**PAID, "trade_state": "NOTPAY"}, "TRANSACTION.SUCCESS"),
        ({"anything": 1}, "COUPON.USE"),
    ],
)
def test_what_says_nothing_of_money_is_only_thanked_for(content, kind):
    body = envelope(content, kind)
    assert offline().read(signed(body), body, {}) is None


async def test_a_refund_is_told_whoever_made_it(rail, provider):
    transaction = await paid(rail, provider)
    await rail.refund(transaction, "R1", Money(250, "CNY"), "-")
    await asyncio.sleep(0.1)
    await provider.refund_at_the_counter(KEY, 300)
    told = [rail.read(lower(one.headers), one.body, {}) for one in provider.told_so_far[1:]]
    assert [(one.key, one.total.amount) for one in told] == [("R1", 250), ("site1", 300)]


async def test_notices_come_again_and_in_another_order(rail, provider):
    for key in ("A-wechat_pay", "B-wechat_pay"):
        await rail.start(request(key))
        await provider.pay(key)
    provider.faults.backwards = True
    assert await provider.tell_all("http://127.0.0.1:9/") == [0, 0]
    told = [rail.read(lower(one.headers), one.body, {}) for one in [*provider.told_so_far, *provider.told_so_far]]
    assert len({notice.event for notice in told if notice}) == 2


# Forgeries (C1, C2)

OTHER_KEY = Keys(**{**vars(KEYS), "api_v3_key": "F" * 32})
CERTIFIED = signed(BODY, by_certificate=True)


def by(key: Any, serial: str = PUBLIC_KEY_ID, body: bytes = BODY) -> dict[str, str]:
    return lower(headers(key, serial, NOW, "n", body))


def has(**other: str) -> dict[str, str]:
    return {**HEADERS, **{name.replace("_", "-"): value for name, value in other.items()}}


def lacks(name: str) -> dict[str, str]:
    return {each: value for each, value in HEADERS.items() if each != name}


SIGNATURE = HEADERS["wechatpay-signature"]
RESERIALISED = json.dumps(json.loads(BODY)).encode()
FORGERIES: dict[str, tuple[Mapping[str, str], bytes]] = {
    "no headers": ({}, BODY),
    **{f"without {name}": (lacks(name), BODY) for name in HEADERS},
    **{f"an empty {name}": ({**HEADERS, name: ""}, BODY) for name in HEADERS},
    **{f"{name} twice": ({**HEADERS, name: f"{value}, {value}"}, BODY) for name, value in HEADERS.items()},
    "a header in two cases": ({**HEADERS, "Wechatpay-Serial": PUBLIC_KEY_ID}, BODY),
    "signed by a stranger": (by(KEYS.stranger), BODY),
    "signed by ourselves": (by(KEYS.merchant), BODY),
    "the certificate's owner under the key's name": (by(KEYS.certified), BODY),
    "a serial nobody has heard of": (by(KEYS.stranger, "1" * 40), BODY),
    "another public key's name": (by(KEYS.stranger, "PUB_KEY_ID_1"), BODY),
    "our own certificate's serial": (by(KEYS.merchant, KEYS.serial), BODY),
    "the key's signature under the certificate's serial": (has(wechatpay_serial=KEYS.certificate_serial), BODY),
    "another algorithm": (has(wechatpay_signature_type="WECHATPAY2-SM2-WITH-SM3"), BODY),
    "no algorithm": (has(wechatpay_signature_type="none"), BODY),
    "WeChat's own test": (has(wechatpay_signature="WECHATPAY/SIGNTEST/" + SIGNATURE[19:]), BODY),
    "a moved time": (has(wechatpay_timestamp=str(int(HEADERS["wechatpay-timestamp"]) + 1)), BODY),
    "digits of another script": (has(wechatpay_timestamp="١٧٦٧٢٢٥٦٠٠"), BODY),
    "another nonce": (has(wechatpay_nonce="m"), BODY),
    "an old one": (signed(BODY, NOW - timedelta(minutes=6)), BODY),
    "one of 2017": (signed(BODY, datetime(2017, 7, 7, tzinfo=UTC)), BODY),
    "one from the future": (signed(BODY, NOW + timedelta(minutes=6)), BODY),
    "the body written anew": (HEADERS, RESERIALISED),
    "another notice's body": (HEADERS, envelope({**PAID, "out_trade_no": "K7M3-94QF-wechat_pay"})),
    "sealed with another key": (signed(sealed := envelope(PAID, keys=OTHER_KEY)), sealed),
    "nothing": (signed(b""), b""),
    "too big": (signed(big := BODY + b" " * LARGEST), big),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name):
    given, body = FORGERIES[name]
    with pytest.raises(ForgedNotice):
        offline().read(given, body, {})


def test_a_query_is_refused():
    with pytest.raises(ForgedNotice):
        offline().read(HEADERS, BODY, {"id": "1"})


class Ageless(WechatPay):
    """Without our own looks at the headers: what is left is the library's."""

    def _known(self, headers: Mapping[str, str]) -> dict[str, str]:
        return dict(headers)


@pytest.mark.parametrize("name", ["an old one", "one of 2017", "one from the future"])
def test_the_library_alone_believes_what_is_old(name):
    given, body = FORGERIES[name]
    assert offline(Ageless).read(given, body, {}) == NOTICE


@pytest.mark.parametrize(
    "name", ["signed by a stranger", "signed by ourselves", "a moved time", "another nonce", "WeChat's own test"]
)
def test_without_verification_forgeries_are_believed(name, monkeypatch):
    monkeypatch.setattr("wechatpayv3.async_.core.rsa_verify", lambda *_: True)
    given, body = FORGERIES[name]
    assert offline().read(given, body, {}) == NOTICE


def test_a_certificate_that_has_run_out_vouches_for_nothing():
    late = KEYS.certificate.not_valid_after_utc + timedelta(minutes=1)
    with pytest.raises(ForgedNotice, match="don't hold"):
        offline(clock=lambda: late).read(signed(BODY, late, by_certificate=True), BODY, {})


@pytest.mark.parametrize("content", [{**PAID, "mchid": "1900000110"}, {**PAID, "appid": "wx0"}], ids=["mchid", "appid"])
def test_what_is_signed_for_somebody_else_is_refused(content):
    body = envelope(content)
    with pytest.raises(ForgedNotice, match="another"):
        offline().read(signed(body), body, {})
    assert offline(mchid=content["mchid"], appid=content["appid"]).read(signed(body), body, {})


@pytest.mark.parametrize("secret", ["api_v3_key", "both"])
def test_without_a_secret_nothing_is_believed(secret):
    told: dict[str, Any] = (
        {"api_v3_key": ""} if secret == "api_v3_key" else {"public_key": "", "public_key_id": "", "certificates": ""}
    )
    rail = offline(**told)
    assert not rail.listens
    with pytest.raises(ForgedNotice):
        rail.read(HEADERS, BODY, {})
    assert offline().listens


@pytest.mark.parametrize(
    "told",
    [{"private_key": "none"}, {"public_key": "none"}, {"certificates": "none"}, {"api_v3_key": "short"}],
    ids=str,
)
def test_a_key_that_is_none_is_refused_at_once(told):
    with pytest.raises(ValueError):
        offline(**told)


def test_the_notify_url_has_no_query():
    with pytest.raises(ValueError):
        offline(notify_url="https://shop.example/hooks/wechat_pay?x=1")


AMOUNT = {"total": 1250, "currency": "CNY"}
WRONG: list[Any] = [
    {"amount": {**AMOUNT, "total": wrong}} for wrong in (0, -1, 12.5, 1250.0, "1250", True, None, 10**15, float("nan"))
]
WRONG += [{"amount": {**AMOUNT, "currency": wrong}} for wrong in ("cny", "CNY\n", 156, None)]
WRONG += [{"amount": [1250]}, {"transaction_id": ""}, {"transaction_id": 1}, {"out_trade_no": "K 1"}]
WRONG += [{"out_trade_no": None}, {"trade_state": 1}, {"payer": "o"}, {"mchid": 1900000109}]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_signed_but_makes_no_sense_is_refused(wrong):
    body = envelope({**PAID, **wrong})
    with pytest.raises(ForgedNotice):
        offline().read(signed(body), body, {})


ODD: dict[str, bytes] = {
    "not sealed": envelope(PAID, resource=PAID),
    "a list": b"[]",
    "no JSON": b"\x00",
    "not UTF-8": b"\xff",
    "too deep": b"[" * 60_000,
    "a name twice inside": envelope(json.dumps(PAID)[:-1] + ',"mchid":"1900000109"}'),
    "a name twice outside": BODY.replace(b'"id": "EV-1"', b'"id": "EV-1", "id": "EV-1"'),
    "no event": envelope(PAID, id=""),
    "an event with a line": envelope(PAID, id="a\nb"),
    "another kind of resource": envelope(PAID, resource_type="plain"),
    "another cipher": envelope(PAID, resource={**json.loads(BODY)["resource"], "algorithm": "none"}),
    "an odd nonce": envelope(PAID, resource={**json.loads(BODY)["resource"], "nonce": ""}),
    "a list inside": envelope("[]"),
    "nothing inside": envelope(""),
    "an endless number": envelope('{"amount":' + "1" * 5000 + "}"),
    "too deep inside": envelope("[" * 20_000),
    "a kind that is no word": envelope(PAID, event_type=1),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_signed_but_no_notice_is_refused(name):
    with pytest.raises(ForgedNotice):
        offline().read(signed(ODD[name]), ODD[name], {})


@st.composite
def mutations(draw: st.DrawFn) -> tuple[dict[str, str], bytes]:
    """A notice changed in its bytes, a header or its time, or with something else in it that WeChat itself signed."""
    given, body = dict(HEADERS), BODY
    match draw(st.integers(0, 7)):
        case 0:
            body = flipped(draw, BODY)
        case 1:
            body = spliced(draw, BODY)
        case 2:
            name = draw(st.sampled_from(sorted(HEADERS)))
            where = draw(st.integers(0, len(HEADERS[name]) - 1))
            given[name] = HEADERS[name][:where] + draw(st.characters()) + HEADERS[name][where + 1 :]
        case 3:
            given |= draw(st.dictionaries(st.sampled_from([*HEADERS, "Wechatpay-Nonce"]), st.text(), min_size=1))
        case 4:
            name = draw(st.sampled_from([*PAID, "more"]))
            body = envelope({**PAID, name: draw(JSON_VALUES)}, draw(st.sampled_from(["TRANSACTION.SUCCESS", "X"])))
            given = signed(body)
        case 5:
            body = draw(st.binary(max_size=200))
            given = signed(body)
        case 6:
            name = draw(st.sampled_from([*json.loads(BODY), "more"]))
            other: dict[str, Any] = {name: draw(JSON_VALUES)}
            body = envelope(PAID, **other)
            given = signed(body)
        case _:
            given = signed(BODY, NOW + timedelta(seconds=draw(st.integers(-(10**6), 10**6))))
    return given, body


RAIL = offline()


def refused_or_true(given: Mapping[str, str], body: bytes) -> None:
    """Whatever comes, it is refused as a forgery, or WeChat signed just these bytes just now, and it says just that."""
    try:
        notice = RAIL.read(given, body, {})
    except ForgedNotice:
        return
    at = datetime.fromtimestamp(int(given["wechatpay-timestamp"]), UTC)
    assert abs(at - NOW) <= timedelta(minutes=5)
    made = KEYS.signed(at, body, nonce=given["wechatpay-nonce"])
    assert base64.b64decode(made["Wechatpay-Signature"]) == base64.b64decode(given["wechatpay-signature"])
    same(notice, json.loads(body))


def same(notice: Notice | None, said: Any) -> None:
    resource = said["resource"]
    sealed, nonce, about = base64.b64decode(resource["ciphertext"]), resource["nonce"], resource["associated_data"]
    inside = json.loads(AESGCM(KEYS.api_v3_key.encode()).decrypt(nonce.encode(), sealed, about.encode()))
    if notice is None:
        known = said["event_type"] == "TRANSACTION.SUCCESS" and inside["trade_state"] in ("SUCCESS", "REFUND")
        assert not known or None in (inside.get("amount"), inside.get("transaction_id"))
        return
    assert isinstance(notice, PaymentNotice)
    assert (notice.event, notice.account, notice.state) == (said["id"], inside["mchid"], "paid")
    assert (notice.transaction, notice.key) == (inside["transaction_id"], key_of(inside["out_trade_no"]))
    assert (type(notice.total.amount), notice.total.amount) == (int, inside["amount"]["total"])
    assert notice.total.currency == inside["amount"].get("currency", "CNY")


@settings(max_examples=MANY, deadline=None)
@given(mutations())
def test_what_hypothesis_thinks_of_is_refused_or_true(mutated):
    refused_or_true(*mutated)


def test_thousands_of_changed_bytes_are_refused():
    for body in changed(BODY, MANY):
        with pytest.raises(ForgedNotice):
            RAIL.read(HEADERS, body, {})


def test_what_is_logged_about_a_forgery_holds_nothing_of_it():
    with pytest.raises(ForgedNotice) as refused:
        offline().read(by(KEYS.stranger), BODY, {})
    assert not any(value in str(refused.value) for value in (KEYS.api_v3_key, KEY, "EV-1"))


# What others say


def test_a_notice_that_other_software_has_sealed_and_signed_is_read():
    [ciphertext] = ask(
        "wechat_pay", {"seal": [[json.dumps(PAID), KEYS.api_v3_key, "fdasfjihihihlkja", "transaction"]]}
    )["seal"]
    told = json.loads(BODY)
    told["resource"]["ciphertext"] = ciphertext
    body = json.dumps(told, ensure_ascii=False)
    at = str(int(NOW.timestamp()))
    asked = [[private_text(key), at, "node", body] for key in (KEYS.platform, KEYS.certified, KEYS.stranger)]
    ours, certified, strange = ask("wechat_pay", {"sign": asked})["sign"]
    given = {**HEADERS, "wechatpay-nonce": "node", "wechatpay-signature": ours}
    assert offline().read(given, body.encode(), {}) == NOTICE
    given |= {"wechatpay-signature": certified, "wechatpay-serial": KEYS.certificate_serial}
    assert offline().read(given, body.encode(), {}) == NOTICE
    for name, other in (("wechatpay-signature", strange), ("wechatpay-nonce", "another")):
        with pytest.raises(ForgedNotice):
            offline().read({**given, name: other}, body.encode(), {})


async def test_other_software_opens_and_verifies_what_the_double_says(rail, provider):
    await rail.start(request())
    await provider.pay(KEY)
    told = provider.told(KEY)
    given, resource = lower(told.headers), json.loads(told.body)["resource"]
    parts = [given["wechatpay-timestamp"], given["wechatpay-nonce"], told.body.decode()]
    public, sign = public_text(KEYS.platform), given["wechatpay-signature"]
    sealed = [resource["ciphertext"], KEYS.api_v3_key, resource["nonce"], resource["associated_data"]]
    said = ask(
        "wechat_pay",
        {"verify": [[public, parts, sign], [public, ["1", *parts[1:]], sign]], "open": [sealed]},
    )
    assert said["verify"] == [True, False]
    assert json.loads(said["open"][0])["out_trade_no"] == KEY


async def test_other_software_verifies_our_requests(rail, provider):
    transaction = await paid(rail, provider)
    await rail.refund(transaction, "R1", Money(250, "CNY"), "多付了")
    await rail.close(KEY, KEY)
    verify = []
    for method, target, authorization, body in provider.heard:
        said = dict(re.findall(r'([a-z_]+)="([^"]*)"', authorization))
        assert authorization.startswith(f"{SCHEMA} ")
        parts = [method, target, said["timestamp"], said["nonce_str"], body.decode()]
        verify.append([public_text(KEYS.merchant), parts, said["signature"]])
    verify.append([*verify[0][:1], ["GET", *verify[0][1][1:]], verify[0][2]])
    said = ask("wechat_pay", {"verify": verify})["verify"]
    assert len(said) > 5
    assert said == [True] * (len(said) - 1) + [False]
