"""Stripe Checkout: the buyer pays on a page of Stripe's, by card or what else the account has switched on.

What of Stripe's objects is read, and how, stands in stripe_objects.py. Facts are from docs.stripe.com, October 2026.
The account should be the shop's own: refunds and disputes of what else it sells would be told to us as well, and are
kept until staff look at them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal

import stripe
from stripe.params import EventListParams, RefundListParams
from stripe.params.checkout import SessionListParams, SessionRetrieveParams

from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money
from core.notices import Notice
from core.parties import Abilities, Brought, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments import stripe_objects as objects
from payments.stripe_calls import Repeated, Wire, answered, every, one
from payments.stripe_objects import Account, Event, Refund, Session
from payments.wire import LARGEST, Misunderstood, now, once, understood

API = "https://api.stripe.com"
SIGNATURE = re.compile(r"t=([0-9]{1,11})((?:,v[0-9]{1,2}=[0-9a-f]{64}){1,8})")
TOLERANCE = timedelta(minutes=5)  # as Stripe's own libraries, which let the future pass: we don't
SHORTEST = timedelta(minutes=30)  # of a session
SLACK = timedelta(minutes=1)  # the clocks may differ by so much
LONGEST = timedelta(hours=24)
EVENTS_KEPT = timedelta(days=29)  # docs.stripe.com/api/events: 30 days
REFUNDS_LOOKED_AT = timedelta(days=30)
PAGE = 100  # the most Stripe lists at a time
FRESH = 5  # sessions tried one after the other, where each has lapsed
PAID = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
LOCALES: dict[str, Literal["zh", "en", "ru"]] = {"zh-CN": "zh", "en": "en", "ru": "ru"}


class Stripe:
    """Keeps PaymentRail. `secret` is the webhook endpoint's (whsec_...), `account` the one the key belongs to.

    The endpoint should be told: checkout.session.* (four), refund.created, .updated and .failed, charge.dispute.*,
    radar.early_fraud_warning.created, review.opened.
    """

    name = objects.RAIL
    abilities = Abilities(currencies=objects.CURRENCIES, limits=objects.limits(), shortest=SHORTEST)

    def __init__(
        self, *, api_key: str, secret: str, account: str, api: str = API, clock: Callable[[], datetime] = now
    ) -> None:
        self.account = account
        self.mode: Literal["live", "test"] = "live" if "_live_" in api_key else "test"
        self._secret = secret.encode()
        self._clock = clock
        self._wire = Wire()
        calls = stripe.StripeClient(
            api_key,
            base_addresses={"api": api},
            http_client=self._wire,
            max_network_retries=0,  # who calls us tries again, and knows for how long the buyer waits
        )
        self._calls = calls.v1

    @property
    def listens(self) -> bool:
        """Whether there is a secret to verify notices with."""
        return bool(self._secret)

    # Taking money

    async def start(self, request: PaymentRequest) -> Payment:
        """Open a session. Repeating a key returns the one it opened before; a fresh one where that has lapsed.

        Stripe keeps a POST's answer for its Idempotency-Key, and gives a day later still the session as it was: so a
        repeated answer is looked at again. A fresh session's key names the one that has lapsed before it. One that
        is paid already has no page any more: then there is no link.
        """
        try:
            amount = objects.units(request.total)
        except ValueError as error:
            raise PartyError(str(error), permanent=True) from None
        session = await self._session(request.reference) if request.reference else None
        lapsed = ""
        for _ in range(FRESH):
            session = session or await self._open(request, amount, lapsed)
            self._ours(session, request)
            if session.status != "expired":
                return Payment(session.id, session.url if session.status == "open" else None)
            lapsed, session = session.id, None
        raise PartyError("every session opened under this key has lapsed")

    async def _open(self, request: PaymentRequest, amount: int, lapsed: str) -> Session:
        """A session under the key of this payment and of the one that lapsed before.

        Where the key was used with other terms (the buyer's language, say), or broke, the session that is open under
        it, or else one under a key of these terms.
        """
        try:
            return await self._create(request, amount, lapsed)
        except Repeated:
            terms = f"{lapsed} {request.locale} {request.title} {request.expires_at.timestamp()} {request.return_url}"
            digest = hashlib.sha256(terms.encode()).hexdigest()[:32]
            return await self._found(request.key, status="open") or await self._create(request, amount, digest)

    async def _create(self, request: PaymentRequest, amount: int, after: str) -> Session:
        metadata = {"key": request.key, "number": request.number}
        asking = self._calls.checkout.sessions.create_async(
            {
                "mode": "payment",
                "client_reference_id": request.key,
                "metadata": metadata,
                "payment_intent_data": {"metadata": metadata, "description": request.number},
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": request.total.currency.lower(),
                            "unit_amount": amount,
                            "product_data": {"name": request.title[:200]},
                        },
                    }
                ],
                "adaptive_pricing": {"enabled": False},  # what was asked for is what comes in
                "expires_at": int(self._end(request.expires_at).timestamp()),
                "locale": LOCALES.get(request.locale, "auto"),
                "success_url": request.return_url,
                "cancel_url": request.return_url,
            },
            {"idempotency_key": f"open {request.key} {after}".strip()},
        )
        answer = await answered(asking)
        session = understood(Session, answer.body.encode())
        was_repeated = answer.headers.get("idempotent-replayed") == "true"
        return await self._session(session.id) or session if was_repeated else session

    def _end(self, hold: datetime) -> datetime:
        """The session's end: half an hour beyond our hold, at whose end it is closed.

        Reckoned from the hold alone, so that a repeat asks for the same, which Stripe insists on.
        """
        return min(hold + SHORTEST + SLACK, self._clock() + LONGEST - SLACK)

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """The notice as it should have come, or None when nothing has been paid."""
        session = await self._session(reference, whole=True) if reference else None
        if session is None or (session.status == "expired" and not session.is_paid):
            found = await self._found(key)  # a fresh one may have been opened, and the answer been lost
            session = await self._session(found.id, whole=True) if found else session
        if session is None:
            return None
        if session.key != key or session.livemode != (self.mode == "live"):
            raise PartyError("Stripe answered about another payment or mode", permanent=True)
        try:
            return objects.payment(session, session.id, self.account) if session.is_paid else None
        except ValueError:
            raise Misunderstood("Stripe's answer makes no sense to us") from None

    async def close(self, key: str, reference: str) -> None:
        """End an open session. One that is paid, lapsed or unknown stays as it is.

        A buyer may be paying at this moment: then Stripe refuses, and the payment's own notice comes.
        """
        session = await (self._session(reference) if reference else self._found(key, status="open"))
        if session is None or session.status != "open":
            return
        try:
            await answered(self._calls.checkout.sessions.expire_async(session.id))
        except PartyError as error:
            if not error.permanent:
                raise
            session = await self._session(session.id)
            if session and session.status == "open":
                raise PartyError(str(error)) from None

    async def _session(self, reference: str, *, whole: bool = False) -> Session | None:
        """`whole`: with what it was paid by, where it is paid."""
        if not reference.isprintable() or "/" in reference:
            return None
        asked: SessionRetrieveParams = {"expand": ["payment_intent.latest_charge"]} if whole else {}
        return await one(Session, self._calls.checkout.sessions.retrieve_async(reference, asked))

    async def _found(self, key: str, status: Literal["open"] | None = None) -> Session | None:
        """The newest session with our key that can still matter, where its id isn't known. None if there is none."""
        asked: SessionListParams = {"created": {"gte": self._ago(2 * LONGEST)}, "limit": PAGE}
        if status:
            asked["status"] = status
        async for session in every(Session, lambda after: self._calls.checkout.sessions.list_async({**asked, **after})):
            if session.ours and session.key == key:
                return session
        return None

    def _ago(self, long: timedelta) -> int:
        return int((self._clock() - long).timestamp())

    def _ours(self, session: Session, request: PaymentRequest) -> None:
        """Raises PartyError unless the session is the one that was asked for."""
        try:
            total = session.total
        except ValueError:
            raise Misunderstood("Stripe's answer makes no sense to us") from None
        if not session.ours or session.key != request.key or session.livemode != (self.mode == "live"):
            raise PartyError("Stripe answered about another payment or mode", permanent=True)
        if total != request.total:
            raise PartyError("the session was opened over another sum", permanent=True)

    # Notices

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> Notice | None:
        """A notice as it came in, verified on the raw bytes. Raises ForgedNotice; no network.

        Whose account it is only says for events of others than the secret's own.
        """
        self._verify(headers, body)
        try:
            event = Event.model_validate(json.loads(body, object_pairs_hook=once))
            if not self._concerns_us(event):
                raise ForgedNotice("it is about another account or mode")
            return objects.notice(event, self.account)
        except (ValueError, RecursionError):
            raise ForgedNotice("it is signed, but not in the form of a notice") from None

    def _concerns_us(self, event: Event) -> bool:
        return (event.account or self.account, event.livemode) == (self.account, self.mode == "live")

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises ForgedNotice unless the secret's owner signed exactly these bytes within the last minutes.

        While a secret is being replaced there are several v1; other versions say nothing (docs.stripe.com/webhooks).
        A header that came twice arrives as one value with a comma and a space, which the pattern refuses.
        """
        if not self._secret:
            raise ForgedNotice("there is no secret to verify it with")
        if len(body) > LARGEST:
            raise ForgedNotice("it is too big")
        given = [value for name, value in headers.items() if name.lower() == "stripe-signature"]
        signed = SIGNATURE.fullmatch(given[0]) if len(given) == 1 else None
        if signed is None:
            raise ForgedNotice("it has no signature we know")
        made = b"v1=" + hmac.digest(self._secret, signed[1].encode() + b"." + body, hashlib.sha256).hex().encode()
        if not any([hmac.compare_digest(made, one.encode()) for one in signed[2].split(",")]):
            raise ForgedNotice("the signature is not Stripe's")
        if abs(self._clock().timestamp() - int(signed[1])) > TOLERANCE.total_seconds():
            raise ForgedNotice("it was signed at another time")

    def sample(self) -> Brought | None:
        """An event of a kind that says nothing of money."""
        if not self._secret:
            return None
        at = f"{self._clock().timestamp():.0f}"
        event = {"id": f"evt_check{at}", "object": "event", "type": "mika.check", "data": {"object": {}}}
        body = json.dumps({**event, "livemode": self.mode == "live"}).encode()
        made = hmac.digest(self._secret, f"{at}.".encode() + body, hashlib.sha256).hex()
        return Brought(headers={"stripe-signature": f"t={at},v1={made}"}, body=body)

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """Stripe is content with any 2xx."""
        return 204, "text/plain", b""

    # Giving it back

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        """Send money back against a PaymentIntent. Repeating a key returns the first answer, however much later.

        Stripe forgets an Idempotency-Key after a day: so the payment's refunds are looked at first. The reason stays
        with us: Stripe's own are a list of three, and one of them accuses the buyer.
        """
        try:
            asked = objects.units(amount)
        except ValueError as error:
            raise PartyError(str(error), permanent=True) from None
        made = await self._refund_with(key, {"payment_intent": notice})
        if made is None:
            asking = self._calls.refunds.create_async(
                {"payment_intent": notice, "amount": asked, "metadata": {"key": key}},
                {"idempotency_key": f"refund {key}"},
            )
            try:
                made = understood(Refund, (await answered(asking)).body.encode())
            except (Misunderstood, Repeated) as error:  # what broke may be mended at Stripe's any time: we wait a day
                raise PartySilent(str(error)) from None
        currency = made.currency.upper()
        if (made.key, made.payment_intent, made.amount, currency) != (key, notice, asked, amount.currency):
            raise PartySilent("Stripe answered about another refund")
        return made.answer()

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        """What became of the refund with our key; None when there is none among those of the last month."""
        made = await self._refund_with(key, {"created": {"gte": self._ago(REFUNDS_LOOKED_AT)}})
        return made.answer() if made else None

    async def _refund_with(self, key: str, among: RefundListParams) -> Refund | None:
        asked: RefundListParams = {**among, "limit": PAGE}
        async for refund in every(Refund, lambda after: self._calls.refunds.list_async({**asked, **after})):
            if refund.key == key:
                return refund
        return None

    # Reconciliation

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """Everything paid on the day that begins with `day`'s date, in its zone. Raises PartyError for one long ago.

        By the events, which say when money came: slow ways to pay take days from the session to the money.
        """
        start = day.replace(hour=0, minute=0, second=0, microsecond=0)
        if start < self._clock() - EVENTS_KEPT:
            raise PartyError("Stripe lists what happened for thirty days only", permanent=True)
        end = start + timedelta(days=1)
        asked: EventListParams = {
            "types": list(PAID),
            "created": {"gte": int(start.timestamp()), "lt": int(end.timestamp())},
            "limit": PAGE,
        }
        async for event in every(Event, lambda after: self._calls.events.list_async({**asked, **after})):
            try:
                notice = objects.notice(event, self.account)
            except ValueError:
                raise Misunderstood("Stripe's answer makes no sense to us") from None
            if isinstance(notice, PaymentNotice) and notice.state == "paid":
                yield notice

    async def well(self) -> None:
        """Stripe answers, knows our key, and lets this account take money. A restricted key must be let read it."""
        account = await one(Account, self._calls.accounts.retrieve_current_async())
        if account is None or account.id != self.account:
            raise PartyError("the key belongs to another account than the settings say", permanent=True)
        if not account.charges_enabled:
            raise PartyError("Stripe lets this account take no money")

    async def aclose(self) -> None:
        await self._wire.close_async()
