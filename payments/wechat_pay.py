"""WeChat Pay v3 (pay.weixin.qq.com/doc/v3/merchant/4012791874): Native, a code to scan; JSAPI, paid in a page inside
WeChat; H5, a page of WeChat's that a phone's browser is sent to.

wechatpayv3 signs our requests, and verifies and decrypts what comes back. It does not look at a notice's age, and
fetches certificates when a notice names a serial it does not hold, so both are looked at before it is called.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, Literal
from urllib.parse import quote

import httpx
from cryptography.x509 import Certificate, load_pem_x509_certificates
from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType  # this package has an enum of its own

from core.chargebacks import RefundNotice
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money
from core.notices import Notice
from core.parties import Abilities, Device, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments.wechat_pay_objects import Code, Envelope, Page, Prepaid, Refund, RefundTold, Transaction
from payments.wire import FOR_NOW, LARGEST, Misunderstood, client, now, once, understood

GATEWAY = "https://api.mch.weixin.qq.com"
PAGES = "https://wx.tenpay.com/"
Product = Literal["native", "jsapi", "h5"]
DEVICES: Mapping[Product, Device] = {"native": "scan", "jsapi": "inside", "h5": "phone"}
TYPES: Mapping[Device, WeChatPayType] = {
    "scan": WeChatPayType.NATIVE,
    "inside": WeChatPayType.JSAPI,
    "phone": WeChatPayType.H5,
}
BEIJING = timezone(timedelta(hours=8))
TOLERANCE = timedelta(minutes=5)
SHORTEST = timedelta(minutes=1)
SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
HEADERS = {  # each must be there once: a header that came twice has a comma or a space in it
    "wechatpay-signature-type": re.compile(re.escape(SIGNATURE_TYPE)),
    "wechatpay-signature": re.compile(r"[A-Za-z0-9+/]{300,1400}={0,2}"),
    "wechatpay-timestamp": re.compile(r"[0-9]{1,11}"),
    "wechatpay-nonce": re.compile(r"[\x21-\x2b\x2d-\x7e]{1,64}"),
    "wechatpay-serial": re.compile(r"PUB_KEY_ID_[0-9A-Za-z]{1,64}|[0-9A-Fa-f]{1,64}"),
}
KEY = re.compile(r"[0-9A-Za-z_|-]+")
ATTEMPTS = 20  # orders of one payment, at most: `truth` asks for them all
NOT_THE_NUMBER = ("NO_AUTH", "PARAM_ERROR", "APPID_MCHID_NOT_MATCH")  # refused, and another number wouldn't help
PAID = ("SUCCESS", "REFUND")  # REFUND: it was paid, and something of it went back
OVER = ("CLOSED", "REVOKED", "PAYERROR")
REFUNDS: dict[str, Literal["done", "pending", "failed"]] = {
    "SUCCESS": "done",
    "PROCESSING": "pending",
    "CLOSED": "failed",
    "ABNORMAL": "failed",  # the buyer's card is gone: a person must finish it on the merchant platform
}


class Refused(PartyError):
    """WeChat says no. `why` is its own word; `of_the_number`: whether it may be because that number had its order."""

    def __init__(self, what: str, status: int, why: str) -> None:
        unopened = why == "NO_AUTH" and what in DEVICES  # the product is not this merchant's
        super().__init__(f"{what}: refused with {status} {why}", permanent=unopened or status not in FOR_NOW)
        self.why = why
        self.of_the_number = why == "OUT_TRADE_NO_USED" or (self.permanent and why not in NOT_THE_NUMBER)


class WechatPay:
    """Keeps PaymentRail. `private_key` and `serial` are the merchant's, `api_v3_key` opens what notices hold.

    WeChat signs with its public key, named by `public_key_id` (PUB_KEY_ID_...), or with platform certificates, and
    with both while a merchant changes over: hold what there is. `day` is not told: a day's bill is of the day after.
    `products` are those that WeChat has opened to the merchant. They differ in what `start` asks for; notices,
    questions and refunds are the same.
    """

    name = "wechat_pay"
    abilities = Abilities(
        currencies=frozenset({"CNY"}),
        most=10**10,
        shortest=SHORTEST,
        refunds="auto",
        authenticity="strong",
        confirm=False,  # signed by a key that only WeChat has
        lists=False,
    )

    def __init__(
        self,
        *,
        mchid: str,
        appid: str,
        serial: str,
        private_key: str,
        api_v3_key: str,
        notify_url: str,
        public_key: str = "",
        public_key_id: str = "",
        certificates: str = "",
        products: Collection[Product] = ("native",),
        gateway: str = GATEWAY,
        mode: Literal["live", "test"] = "live",
        clock: Callable[[], datetime] = now,
    ) -> None:
        if api_v3_key and len(api_v3_key.encode()) != 32:
            raise ValueError("the APIv3 key has 32 characters")
        if "?" in notify_url:  # doc/v3/merchant/4012791877: it may have no parameters
            raise ValueError("the notify_url may have no query")
        self.account = mchid
        self.mode: Literal["live", "test"] = mode
        self.abilities = replace(self.abilities, devices=frozenset(DEVICES[product] for product in products))
        self._pages = (PAGES, f"{gateway}/")
        self._appid = appid
        self._public_key_id = public_key_id if public_key else ""
        self._certificates = load_pem_x509_certificates(certificates.encode()) if certificates else []
        self._has_secret = bool(api_v3_key)
        self._clock = clock
        self._client = client(event_hooks={"response": [self._look_at]})
        self._wechat = _library(
            mchid=mchid,
            appid=appid,
            cert_serial_no=serial,
            private_key=private_key,
            apiv3_key=api_v3_key,
            notify_url=notify_url,
            public_key=public_key or None,
            public_key_id=self._public_key_id or None,
        )
        core: Any = self._wechat._core
        core._gate_way = gateway
        core._client = self._client  # its own follows HTTP proxies of the environment, and lives in a block only
        core._certificates = self._certificates

    @property
    def listens(self) -> bool:
        """Whether there is something to verify notices with, and to open them."""
        return self._has_secret and bool(self._public_key_id or self._certificates)

    async def start(self, request: PaymentRequest) -> Payment:
        """Open a payment where it will be paid, until the order's hold ends.

        A number is one order there, with the terms it had: asked for again with the same it is the same, with others,
        or to be paid elsewhere, it is refused. Then it is closed if it is open still, and the next number is taken, so
        only one is open. Whether the call of JSAPI may be made is written in it: it differs each time.
        """
        self._fits(request)
        for attempt in range(attempt_of(request.reference), ATTEMPTS + 1):
            number = numbered(request.key, attempt)
            try:
                return await self._open(request, number)
            except Refused as refused:
                if not refused.of_the_number or not await self._is_over(number):
                    raise
        raise PartyError(f"{ATTEMPTS} orders of one payment are closed")

    def _fits(self, request: PaymentRequest) -> None:
        """Raises PartyError where WeChat needn't be asked."""
        if request.device not in self.abilities.devices:
            raise PartyError(f"to be paid {request.device}: not among `products`", permanent=True)
        if request.device == "inside" and not request.payer:
            raise PartyError("to be paid inside WeChat, and by nobody known there", permanent=True)
        if request.device == "phone" and not request.address:
            raise PartyError("to be paid in a browser, and without its address", permanent=True)

    async def _is_over(self, number: str) -> bool:
        """Close an order if it is open still. False for one that is paid, or that isn't: it has no successor."""
        known = await self._transaction(number)
        if known is not None and known.trade_state not in (*PAID, *OVER):
            await self._close(number)
            known = await self._transaction(number)  # it may have been paid meanwhile
        return known is not None and known.trade_state in OVER

    async def _open(self, request: PaymentRequest, number: str) -> Payment:
        until = max(request.expires_at, self._clock() + SHORTEST)
        kind = TYPES[request.device]
        said = await self._call(
            kind.name.lower(),
            self._wechat.pay(
                pay_type=kind,
                description=request.title[:127] or "-",
                out_trade_no=number,
                amount={"total": request.total.amount, "currency": request.total.currency},
                time_expire=until.astimezone(BEIJING).isoformat(timespec="seconds"),
                **about(request),
            ),
        )
        match request.device:
            case "scan":
                return Payment(number, qr=understood(Code, said).code_url)
            case "inside":
                return Payment(number, call=self._to_be_called(understood(Prepaid, said)))
            case "phone":
                return Payment(number, link=self._back_from(understood(Page, said), request.return_url))

    def _to_be_called(self, order: Prepaid) -> Mapping[str, str]:
        """The parameters of WeixinJSBridge's getBrandWCPayRequest, signed."""
        at, nonce, package = str(int(self._clock().timestamp())), secrets.token_hex(16), f"prepay_id={order.prepay_id}"
        return {
            "appId": self._appid,
            "timeStamp": at,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._wechat.sign([self._appid, at, nonce, package]),
        }

    def _back_from(self, page: Page, to: str) -> str:
        """WeChat's page, which sends the buyer on to that address in the end. Raises Misunderstood for another's."""
        if not page.h5_url.startswith(self._pages):
            raise Misunderstood("h5: the page is not WeChat's")
        return page.h5_url + (f"&redirect_url={quote(to, safe='')}" if to else "")

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> Notice | None:
        """A notice as it came in, verified on the raw bytes, then opened. Raises ForgedNotice; no network."""
        given = self._known(headers)
        if not self._has_secret:
            raise ForgedNotice("there is no key to open it with")
        if query:
            raise ForgedNotice("it has parameters where none are signed")
        if len(body) > LARGEST:
            raise ForgedNotice("it is too big")
        try:
            opened = self._wechat.decrypt_callback(given, body)
        except Exception as error:  # it raises whatever its parts raise
            raise ForgedNotice(f"it can't be opened ({type(error).__name__})") from None
        if not opened:
            raise ForgedNotice("the signature is not the provider's, or it was not sealed for us")
        try:
            envelope = Envelope.model_validate(json.loads(body, object_pairs_hook=once))
            content = json.loads(opened, object_pairs_hook=once)
            return self._told(envelope, content)
        except (ValueError, RecursionError, TypeError):
            raise ForgedNotice("it is signed, but not in the form of a notice") from None

    def _known(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The five headers, if they are of a kind, a key and a time that we trust. Raises ForgedNotice.

        What WeChat sends now and then to see whether we look ("WECHATPAY/SIGNTEST/...") fails by its signature.
        """
        folded = [(name.lower(), value) for name, value in headers.items() if name.lower() in HEADERS]
        given = dict(folded)
        if len(folded) != len(HEADERS) or len(given) != len(HEADERS):
            raise ForgedNotice("it has not each header of a signature once")
        if not all(HEADERS[name].fullmatch(value) for name, value in given.items()):
            raise ForgedNotice("it has no signature we know")
        if abs(self._clock().timestamp() - int(given["wechatpay-timestamp"])) > TOLERANCE.total_seconds():
            raise ForgedNotice("it was signed at another time")
        if not self._holds(given["wechatpay-serial"]):
            raise ForgedNotice("it was signed with a key that we don't hold")
        return given

    def _holds(self, serial: str) -> bool:
        """Whether the key of that serial is here, and its certificate valid now."""
        if serial.startswith("PUB_KEY_ID_"):
            return serial == self._public_key_id
        return any(int(serial, 16) == one.serial_number and self._valid(one) for one in self._certificates)

    def _valid(self, certificate: Certificate) -> bool:
        return certificate.not_valid_before_utc <= self._clock() <= certificate.not_valid_after_utc

    def _told(self, envelope: Envelope, content: Any) -> Notice | None:
        if envelope.event_type.startswith("TRANSACTION."):
            told = Transaction.model_validate(content)
            self._ours(told.mchid, told.appid)
            return self._paid(told, envelope.id)
        if envelope.event_type.startswith("REFUND."):
            refund = RefundTold.model_validate(content)
            self._ours(refund.mchid, self._appid)
            return self._went_back(refund, envelope.id) if refund.refund_status == "SUCCESS" else None
        return None

    def _ours(self, mchid: str, appid: str) -> None:
        if (mchid, appid) != (self.account, self._appid):
            raise ForgedNotice("it is about another merchant or app")

    def sample(self) -> None:
        """Only the provider can sign."""

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """200 or 204, within five seconds; else it tells again for a day (doc/v3/merchant/4012791861)."""
        return 204, "application/json", b""

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """The notice as it should have come, or None when nothing has been paid.

        Every number the payment has had is asked for, so it is found whatever the reference was.
        """
        for attempt in range(1, ATTEMPTS + 1):
            known = await self._transaction(numbered(key, attempt))
            if known is None:
                return None
            if known.trade_state in PAID:
                return self._paid(known, f"paid-{known.transaction_id}")
            if known.trade_state not in OVER:
                return None
        return None

    async def _transaction(self, number: str) -> Transaction | None:
        said = await self._call("query", self._wechat.query(out_trade_no=number), missing=True)
        if said is None:
            return None
        known = understood(Transaction, said)
        if (known.mchid, known.appid, known.out_trade_no) != (self.account, self._appid, number):
            raise PartyError("the provider answered about another payment, merchant or app", permanent=True)
        return known

    def _paid(self, told: Transaction, event: str) -> PaymentNotice | None:
        if told.trade_state not in PAID or told.amount is None or told.transaction_id is None:
            return None
        return PaymentNotice(
            self.name,
            event,
            told.transaction_id,
            key_of(told.out_trade_no),
            self.account,
            self.mode,
            "paid",
            Money(told.amount.total, told.amount.currency),
            told.payer.openid,
        )

    def _went_back(self, told: RefundTold, event: str) -> RefundNotice:
        total = Money(told.amount.refund, told.amount.currency)
        return RefundNotice(
            self.name, event, self.account, told.transaction_id, told.refund_id, total, told.out_refund_no
        )

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        """Send money back against a transaction. Repeating a key returns the first refund as it stands.

        WeChat wants to hear how much was paid, too: it is asked first. Raises PartySilent when it may have been sent.
        """
        paid = await self._call("query", self._wechat.query(transaction_id=notice), missing=True)
        known = understood(Transaction, paid) if paid is not None else None
        if known is None or known.amount is None:
            raise PartyError("the provider knows of no such transaction", permanent=True)
        sums = {"refund": amount.amount, "total": known.amount.total, "currency": amount.currency}
        try:
            asked = self._wechat.refund(out_refund_no=key, transaction_id=notice, amount=sums, reason=reason[:80])
            refund = understood(Refund, await self._call("refund", asked))
        except Misunderstood as error:
            raise PartySilent(str(error)) from None
        echoed = (refund.out_refund_no, refund.transaction_id, refund.amount.refund)
        if echoed != (key, notice, amount.amount):
            raise PartySilent("the provider answered about another refund")
        return answer(refund)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        """What became of the refund with our key; None when WeChat has never heard of it."""
        said = await self._call("refund query", self._wechat.query_refund(out_refund_no=key), missing=True)
        if said is None:
            return None
        refund = understood(Refund, said)
        if refund.out_refund_no != key:
            raise Misunderstood("the provider answered about another refund")
        return answer(refund)

    async def close(self, key: str, reference: str) -> None:
        """End an open order, which its lapse doesn't, or one that was opened after it, unknown to whoever asks.

        One that is paid, closed or unknown stays as it is.
        """
        for attempt in range(attempt_of(reference), ATTEMPTS + 1):
            if not await self._close(numbered(key, attempt)):
                return

    async def _close(self, number: str) -> bool:
        """End an order. False where there is none of that number."""
        try:
            return await self._call("close", self._wechat.close(out_trade_no=number), missing=True) is not None
        except Refused:
            known = await self._transaction(number)
            if known is not None and known.trade_state not in (*PAID, *OVER):
                raise
            return known is not None

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """Not told: abilities.lists is False. Raises PartyError."""
        raise PartyError("WeChat Pay lists no day while it lasts", permanent=True)
        yield  # makes it the iterator that the contract wants

    async def well(self) -> None:
        """The gateway answers and knows us: it says that there is no such order."""
        await self._transaction("MIKA-WELL")

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _look_at(self, response: httpx.Response) -> None:
        """Before the library sees an answer: one that names a key we don't hold would make it fetch certificates."""
        if response.is_success:
            try:
                self._known(response.headers)
            except ForgedNotice as error:
                raise Misunderstood(f"the provider's answer is not signed as it should be: {error}") from None

    async def _call(
        self, what: str, asked: Awaitable[tuple[int, str | bytes]], *, missing: bool = False
    ) -> bytes | None:
        """One call of the library; its answer's bytes, None for a 404 that was allowed for.

        Raises Refused, PartyError if it can't have had an effect, PartySilent if it may have had one, Misunderstood
        for an answer that WeChat has not signed.
        """
        try:
            status, said = await asked
        except PartyError:
            raise
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise PartyError(f"{what}: not reached ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise PartySilent(f"{what}: no answer ({type(error).__name__})") from None
        except Exception as error:  # a bare one where the signature does not hold, or what its parts raise
            raise Misunderstood(f"{what}: the answer can't be verified ({type(error).__name__})") from None
        if 200 <= status < 300:
            return said.encode() if isinstance(said, str) else said
        if status == 404 and missing:
            return None
        if 400 <= status < 500 and status not in (408, 425):
            raise Refused(what, status, why(said))
        raise PartySilent(f"{what}: answered {status}")


def _library(**told: Any) -> AsyncWeChatPay:
    """Raises ValueError where a key is none; the library raises a bare Exception."""
    try:
        return AsyncWeChatPay(wechatpay_type=WeChatPayType.NATIVE, **told)
    except Exception as error:
        raise ValueError(str(error)) from None


def about(request: PaymentRequest) -> dict[str, Any]:
    """What a product wants to know of who pays: JSAPI the account, H5 the browser."""
    if request.device == "inside":
        return {"payer": {"openid": request.payer}}
    if request.device == "phone":
        return {"scene_info": {"payer_client_ip": request.address, "h5_info": {"type": "Wap"}}}
    return {}


def why(said: str | bytes) -> str:
    """WeChat's word for a refusal, if it has the form of one."""
    found = re.search(
        r'"code"\s*:\s*"([A-Z_]{1,60})"', said if isinstance(said, str) else said.decode(errors="replace")
    )
    return found[1] if found else "without a word"


def answer(refund: Refund) -> RefundAnswer:
    state = REFUNDS[refund.status]
    return RefundAnswer(state, refund.refund_id, refund.status if state == "failed" else "")


def numbered(key: str, attempt: int) -> str:
    """The merchant's number: 6 to 32 of 0-9 a-z A-Z _ - | *. The second order of a payment has *2 behind it."""
    number = key + (f"*{attempt}" if attempt > 1 else "")
    if not KEY.fullmatch(key) or not 6 <= len(number) <= 32:
        raise PartyError("the payment's key can't be a number at WeChat Pay", permanent=True)
    return number


def key_of(number: str) -> str:
    """Our key of a merchant's number; whatever else this merchant sells has a number that is no key of ours."""
    return number.partition("*")[0]


def attempt_of(reference: str | None) -> int:
    _, _, attempt = (reference or "").partition("*")
    return int(attempt) if attempt.isdecimal() and len(attempt) < 4 else 1
