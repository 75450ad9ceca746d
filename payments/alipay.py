"""Alipay 当面付: a code to scan, by the open platform's gateway (opendocs.alipay.com/open/194)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from pydantic import StringConstraints, ValidationError

from core.chargebacks import RefundNotice
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money, parse
from core.notices import Notice
from core.parties import Abilities, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments import alipay_signing as signing
from payments.wire import LARGEST, Foreign, Misunderstood, Shape, call, client, now, once

GATEWAY = "https://openapi.alipay.com/gateway.do"
BEIJING = timezone(timedelta(hours=8))  # all its times are Beijing's, without saying so
CURRENCY = "CNY"  # of every amount without a currency, which is all of them here
PARAMETERS = 100  # of a notice; they have about thirty
NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
KEY = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
ATTEMPTS = 20
SHORTEST = timedelta(minutes=1)
PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")

Text = Annotated[str, StringConstraints(max_length=300)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
Yuan = Annotated[str, StringConstraints(max_length=20, pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]
Status = Literal["WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_SUCCESS", "TRADE_FINISHED"]


class Told(Foreign):
    """A notice's parameters, as far as we need them (opendocs.alipay.com/open/194/103296)."""

    notify_id: Annotated[str, StringConstraints(min_length=1, max_length=160, pattern=r"^[\x21-\x7e]+$")]
    app_id: Id
    seller_id: Id
    out_trade_no: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
    trade_no: Id
    trade_status: Status
    total_amount: Yuan
    buyer_logon_id: Text = ""
    refund_fee: Yuan | None = None  # all that went back so far, not only this time
    gmt_refund: Text = ""
    out_biz_no: Annotated[str, StringConstraints(max_length=64)] = ""  # of a refund: what it was asked for under


class Answer(Foreign):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,6}$")]
    sub_code: Annotated[str, StringConstraints(max_length=120)] = ""


class Opened(Foreign):
    out_trade_no: Id
    qr_code: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[\x21-\x7e]+$")]


class Trade(Foreign):
    out_trade_no: Id
    trade_no: Id
    trade_status: Status
    total_amount: Yuan
    send_pay_date: Text = ""
    buyer_logon_id: Text = ""

    @property
    def paid(self) -> bool:
        """A trade that was paid and then refunded whole is closed too: but it has the time when it was paid."""
        return self.trade_status in PAID or bool(self.send_pay_date)


class Refunded(Foreign):
    trade_no: Id
    fund_change: Text = ""  # Y if money moved by this very call


class RefundTrade(Foreign):
    trade_no: Text = ""
    out_request_no: Text = ""
    refund_status: Text = ""


class Refused(PartyError):
    """Alipay says no, signed. `why` is its sub_code."""

    def __init__(self, method: str, answer: Answer) -> None:
        self.why = answer.sub_code
        super().__init__(f"{method}: refused ({answer.code} {self.why})", permanent=answer.code == "40004")


class Alipay:
    """Keeps PaymentRail. `private_key` is the app's, `public_key` is Alipay's, `seller_id` the account (2088...).

    `day` can't be told: a day's payments are a file of the day after, and today has none
    (opendocs.alipay.com/open/194/106226).
    """

    name = "alipay"
    abilities = Abilities(
        currencies=frozenset({CURRENCY}),
        most=100_000_000_00,  # total_amount is 0.01 to 100000000
        shortest=SHORTEST,
        refunds="auto",
        authenticity="strong",
        confirm=False,  # signed by a key that only Alipay has
        lists=False,
    )

    def __init__(
        self,
        *,
        app_id: str,
        seller_id: str,
        private_key: str,
        public_key: str,
        notify_url: str,
        gateway: str = GATEWAY,
        mode: Literal["live", "test"] = "live",
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.account = seller_id
        self.mode: Literal["live", "test"] = mode
        self._app_id = app_id
        self._key = signing.private_key(private_key)
        self._alipay = signing.public_key(public_key) if public_key else None
        self._notify_url = notify_url
        self._clock = clock
        self._client = client()
        self._gateway = gateway

    @property
    def listens(self) -> bool:
        """Whether there is a key to verify notices with."""
        return self._alipay is not None

    async def start(self, request: PaymentRequest) -> Payment:
        """Open a payment: a code that lives until the order's hold ends.

        Repeating a key asks for the same trade's code again. A trade that is closed takes no more money and keeps
        its number for good, so the next one is asked for under the next number.
        """
        first = attempt_of(request.reference)
        for attempt in range(first, first + ATTEMPTS):
            try:
                return await self._open(request, numbered(request.key, attempt))
            except Refused as refused:
                if refused.why != "ACQ.TRADE_HAS_CLOSE":
                    raise
        raise PartyError(f"{ATTEMPTS} trades of one payment are closed")

    async def _open(self, request: PaymentRequest, number: str) -> Payment:
        until = max(request.expires_at, self._clock() + SHORTEST)
        asked = {
            "out_trade_no": number,
            "total_amount": yuan(request.total),
            "subject": subject(request.title),
            "time_expire": until.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "seller_id": self.account,
        }
        opened = await self._ask("alipay.trade.precreate", asked, Opened)
        if opened.out_trade_no != number:
            raise PartyError("the provider answered about another payment", permanent=True)
        return Payment(opened.out_trade_no, link=opened.qr_code, qr=opened.qr_code)

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> Notice | None:
        """A notice as it came in, verified on its decoded parameters. Raises ForgedNotice; no network.

        There is no age to check: it may come again for a day, and the time in it is of the first.
        """
        if query:  # what we gave as notify_url has none
            raise ForgedNotice("it has parameters where none are signed")
        values = self._verified(body)
        try:
            told = Told.model_validate(values)
            total = parse(told.total_amount, CURRENCY)
            back = parse(told.refund_fee or "0", CURRENCY)
        except ValueError:
            raise ForgedNotice("it is signed, but not in the form of a notice") from None
        if (told.app_id, told.seller_id) != (self._app_id, self.account):
            raise ForgedNotice("it is about another app or seller")
        if back.amount:
            return self._refund_told(told, back)
        state = {"TRADE_CLOSED": "closed", "WAIT_BUYER_PAY": None}.get(told.trade_status, "paid")
        if state is None or not total.amount:
            return None
        return self._notice(told, told.notify_id, state, total)

    def _verified(self, body: bytes) -> dict[str, str]:
        """The form's parameters that are not empty. Raises ForgedNotice unless Alipay signed exactly these.

        Pairs are signed as they are, joined by &: a value with an & in it could be read as two pairs, so it is refused.
        """
        if self._alipay is None:
            raise ForgedNotice("there is no key to verify it with")
        if len(body) > LARGEST:
            raise ForgedNotice("it is too big")
        try:
            values = once(form(body))
        except ValueError:
            raise ForgedNotice("it is no form with each name once") from None
        if any(not NAME.fullmatch(name) or "&" in value for name, value in values.items()):
            raise ForgedNotice("it could be read in two ways")
        if (values.get("sign_type"), values.get("charset", "utf-8").lower()) != ("RSA2", "utf-8"):
            raise ForgedNotice("it has no signature we know")
        if not signing.signed(self._alipay, values.get("sign", ""), signing.joined(values, "sign", "sign_type")):
            raise ForgedNotice("the signature is not the provider's")
        return {name: value for name, value in values.items() if value}

    def sample(self) -> None:
        """Only the provider can sign."""

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """Exactly these seven letters, or it tells again for a day."""
        return 200, "text/plain", b"success"

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """The notice as it should have come, or None: not paid, or not even scanned, for only then a trade begins.

        Every number the payment has had is asked for, so it is found whatever the reference was.
        """
        for attempt in range(1, ATTEMPTS + 1):
            trade = await self._trade(numbered(key, attempt))
            if trade is None:
                return None
            if trade.paid:
                return self._notice(trade, f"paid-{trade.trade_no}", "paid", self._money(trade.total_amount))
            if trade.trade_status != "TRADE_CLOSED":
                return None
        return None

    async def _trade(self, number: str) -> Trade | None:
        try:
            trade = await self._ask("alipay.trade.query", {"out_trade_no": number}, Trade)
        except Refused as refused:
            if refused.why == "ACQ.TRADE_NOT_EXIST":
                return None
            raise
        if trade.out_trade_no != number:
            raise PartyError("the provider answered about another payment", permanent=True)
        return trade

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        """Send money back against a trade. One out_request_no moves money once, says Alipay, however often it is sent.

        A repeat answers fund_change N, and so does a refund that moved nothing: then it is asked which it was.
        Raises PartySilent when it may have been sent.
        """
        asked = {
            "trade_no": notice,
            "refund_amount": yuan(amount),
            "out_request_no": key,
            "refund_reason": reason[:200],
        }
        try:
            refunded = await self._ask("alipay.trade.refund", asked, Refunded)
            if refunded.trade_no != notice:
                raise Misunderstood("the provider answered about another refund")
            if refunded.fund_change == "Y":
                return RefundAnswer("done", key)
            return await self.refund_truth(key, notice) or RefundAnswer("pending", key)
        except Misunderstood as error:
            raise PartySilent(str(error)) from None

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        """What became of the refund of that trade with our key; None when Alipay knows of none.

        It says REFUND_SUCCESS, or leaves the field out for one that failed or that it has not seen.
        """
        asked = {"trade_no": notice, "out_request_no": key}
        try:
            found = await self._ask("alipay.trade.fastpay.refund.query", asked, RefundTrade)
        except Refused as refused:
            if refused.why == "ACQ.TRADE_NOT_EXIST":
                return None
            raise
        if not found.refund_status:
            return None
        if (found.trade_no, found.out_request_no) != (notice, key):
            raise Misunderstood("the provider answered about another refund")
        return RefundAnswer("done" if found.refund_status == "REFUND_SUCCESS" else "pending", key)

    async def close(self, key: str, reference: str) -> None:
        """End an open trade. One that is paid, closed or not yet scanned stays as it is.

        A code that nobody has scanned has no trade to close: it dies at the time it was opened with. There is also
        alipay.trade.cancel, which would send back what was paid meanwhile: no money leaves without a row of ours.
        """
        try:
            await self._ask("alipay.trade.close", {"out_trade_no": reference or numbered(key, 1)}, Foreign)
        except Refused as refused:
            if refused.why not in ("ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_STATUS_ERROR"):
                raise

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """Not told: abilities.lists is False. Raises PartyError."""
        raise PartyError("Alipay lists no day while it lasts", permanent=True)
        yield  # makes it the iterator that the contract wants

    async def well(self) -> None:
        """The gateway answers, signed, and knows our app: it says that there is no such trade."""
        await self._trade("WELL")

    async def aclose(self) -> None:
        await self._client.aclose()

    def _money(self, amount: str) -> Money:
        return parse(amount, CURRENCY)

    def _notice(
        self, told: Told | Trade, event: str, state: Literal["paid", "failed", "closed"], total: Money
    ) -> PaymentNotice:
        return PaymentNotice(
            self.name,
            event,
            told.trade_no,
            key_of(told.out_trade_no),
            self.account,
            self.mode,
            state,
            total,
            told.buyer_logon_id,
        )

    def _refund_told(self, told: Told, so_far: Money) -> RefundNotice:
        reference = told.out_biz_no or told.notify_id
        return RefundNotice(
            self.name, told.notify_id, self.account, told.trade_no, reference, so_far, told.out_biz_no, so_far=True
        )

    async def _ask(self, method: str, content: Mapping[str, str], shape: type[Shape]) -> Shape:
        """One call and its answer: signed by Alipay, and a success.

        Raises Refused, Misunderstood for what is not signed or has another form, PartySilent where it may have
        happened all the same.
        """
        asked = {
            "app_id": self._app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": self._clock().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "notify_url": self._notify_url,
            "biz_content": json.dumps(content, ensure_ascii=False),
        }
        asked["sign"] = signing.sign(self._key, signing.joined(asked))
        said = await call(self._client, "POST", self._gateway, params={"charset": "utf-8"}, data=asked)
        node = self._signed_node(said or b"", f"{method.replace('.', '_')}_response")
        try:
            answer = Answer.model_validate(node)
            if answer.code == "10000":
                return shape.model_validate(node)
        except ValidationError:
            raise Misunderstood("the provider's answer makes no sense to us") from None
        if answer.code.startswith("4") and answer.sub_code not in ("ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR"):
            raise Refused(method, answer)
        raise PartySilent(f"{method}: answered {answer.code} {answer.sub_code}")

    def _signed_node(self, said: bytes, name: str) -> dict[str, Any]:
        try:
            found = signing.parts(said.decode())
            node, signature = found[name], json.loads(found["sign"])
        except (ValueError, KeyError, RecursionError):
            raise Misunderstood("the provider's answer is not a signed one") from None
        if self._alipay is None or not isinstance(signature, str):
            raise Misunderstood("the provider's answer can't be verified")
        if not signing.signed(self._alipay, signature, node.encode()):
            raise Misunderstood("the provider's answer was signed by somebody else")
        read = json.loads(node)
        return read if isinstance(read, dict) else {}


def form(body: bytes) -> list[tuple[str, str]]:
    """The pairs of a form. Raises ValueError for one that is not UTF-8, percent-encoded, or has too many."""
    return parse_qsl(
        body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=PARAMETERS
    )


def yuan(amount: Money) -> str:
    if amount.currency != CURRENCY:
        raise PartyError(f"Alipay takes {CURRENCY} only", permanent=True)
    return amount.plain()


def subject(title: str) -> str:
    """What the buyer reads: 256 characters, and "special characters such as / = &" are refused."""
    return re.sub(r"[/=&\x00-\x1f]", " ", title).strip()[:256] or "-"


def numbered(key: str, attempt: int) -> str:
    """The merchant's number of a payment's trade. It may have letters, digits and _ only: our - becomes _.

    The second trade of a payment has __2 behind it. Raises PartyError for a key that can't be written so.
    """
    number = key.replace("-", "_") + (f"__{attempt}" if attempt > 1 else "")
    if not KEY.fullmatch(key) or len(number) > 64:
        raise PartyError("the payment's key can't be a number at Alipay", permanent=True)
    return number


def key_of(number: str) -> str:
    """Our key of a merchant's number; whatever else is sold under this app has a number that is no key of ours."""
    return number.partition("__")[0].replace("_", "-")


def attempt_of(reference: str | None) -> int:
    _, _, attempt = (reference or "").partition("__")
    return int(attempt) if attempt.isdecimal() and len(attempt) < 4 else 1
