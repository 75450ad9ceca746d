"""Stripe's objects as far as we read them, amounts as Stripe counts them, and what its events say of money.

No network here, and nothing of Stripe's own library: an event is bytes that somebody signed. Field names and states are
those of the API version 2026-10-28 (docs.stripe.com/api); the few that are read have not changed since 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from core.chargebacks import RefundNotice, SuspicionNotice
from core.disputes import DisputeNotice
from core.ground import money
from core.ground.money import Money
from core.marks import FRAUD_WARNING
from core.notices import Notice
from core.parties import RefundAnswer
from core.settling import PaymentNotice
from payments.wire import Foreign, Word

RAIL = "stripe"
MOST = 99_999_999  # of Stripe's units in one charge: eight digits
UNJUDGED = ("unknown", "not_assessed")
DAYS_TO_ANSWER = timedelta(days=7)  # the shortest a card network gives for a dispute, where Stripe names no day

# Stripe counts as ISO 4217 does but for these (docs.stripe.com/currencies, special cases and zero-decimal): krónur and
# Ugandan shillings have no cents any more and are told in cents for old times' sake, ariary the other way round.
EXPONENTS = {"ISK": 2, "UGX": 2, "MGA": 0}
TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})  # thousandths that card networks take by tens only
CHARGED = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP "
    "CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD "
    "JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN "
    "NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SOS SRD SZL "
    "THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
CURRENCIES = frozenset(CHARGED.split())
# The least of a charge (docs.stripe.com/currencies, minimum amounts), in our units. For the others the least depends on
# what the account settles in, and Stripe refuses what is below it.
LEAST = {"USD": 50, "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50}
LEAST |= {"GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50}
LEAST |= {"PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000}

Text = Annotated[str, StringConstraints(max_length=500)]
Units = Annotated[int, Field(gt=0, lt=10**12)]  # Stripe's, which are not always ours
Link = Annotated[str, StringConstraints(max_length=5000, pattern=r"^https?://[\x21-\x7e]+$")]


def exponent(currency: str) -> int:
    """How many decimals Stripe counts a currency with."""
    return EXPONENTS.get(currency, money.exponent(currency))


def units(total: Money) -> int:
    """An amount as Stripe is to be told it. Raises ValueError for one that Stripe can't take."""
    scaled = total.decimal.scaleb(exponent(total.currency))
    if scaled != scaled.to_integral_value() or (total.currency in TENS and scaled % 10):
        raise ValueError(f"Stripe takes no {total.plain()} {total.currency}")
    return int(scaled)


def counted(amount: int, currency: str) -> Money:
    """An amount as Stripe tells it. Raises ValueError for parts that the currency does not have."""
    name = currency.upper()
    return money.parse(f"{Decimal(amount).scaleb(-exponent(name)):f}", name)


def limits() -> dict[str, tuple[int, int | None]]:
    """The least and the most of a charge by currency, in our units."""
    return {currency: (LEAST.get(currency, 1), counted(most(currency), currency).amount) for currency in CURRENCIES}


def most(currency: str) -> int:
    """Of Stripe's units: all nines, or the nearest below that the currency can be told in."""
    if currency in ("ISK", "UGX"):
        return MOST // 100 * 100
    return MOST // 10 * 10 if currency in TENS else MOST


class Thing(Foreign):
    """What all of Stripe's objects have."""

    id: Word
    metadata: dict[str, Text] | None = None

    @property
    def key(self) -> str:
        """Ours, which we left in it; empty for what we didn't make."""
        return (self.metadata or {}).get("key", "")


class Intent(Foreign):
    """A PaymentIntent where it is told whole, with its newest charge."""

    id: Word
    latest_charge: Any = None


class Card(Foreign):
    fingerprint: Text | None = None  # the same for the same card number, with one account of Stripe's
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None


class Means(Foreign):
    """What was paid with, of whatever type; a fingerprint is told of cards, and of bank accounts of some countries."""

    type: Text
    card: Card | None = None
    us_bank_account: Card | None = None
    sepa_debit: Card | None = None

    @property
    def means(self) -> Card:
        return self.card or self.us_bank_account or self.sepa_debit or Card()


class Judgement(Foreign):
    """Radar's (docs.stripe.com/api/charges/object#charge_object-outcome). The score only where Radar for Teams is."""

    type: Text | None = None
    risk_level: Text | None = None
    risk_score: Annotated[int, Field(ge=0, le=100)] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        level = (self.risk_level,) if self.risk_level and self.risk_level not in UNJUDGED else ()
        looked_at = ("manual_review",) if self.type == "manual_review" else ()
        return (*level, *looked_at, *(() if self.risk_score is None else (f"score {self.risk_score}",)))


class Paid(Foreign):
    """The charge by which a page was paid."""

    payment_method_details: Means | None = None
    outcome: Judgement | None = None


class Session(Thing):
    """A pay page. Its PaymentIntent comes into being when the buyer pays."""

    object: Literal["checkout.session"]
    livemode: bool
    client_reference_id: Text | None
    status: Literal["open", "complete", "expired"] | None
    payment_status: Literal["paid", "unpaid", "no_payment_required"]
    amount_total: Annotated[int, Field(ge=0, lt=10**12)] | None
    currency: Text | None
    payment_intent: Word | Intent | None
    url: Link | None = None

    @property
    def ours(self) -> bool:
        """Whether we made it. The reference alone proves nothing: buyers can put one into a Payment Link's address."""
        return bool(self.key) and self.key == self.client_reference_id

    @property
    def is_paid(self) -> bool:
        return self.ours and self.payment_status == "paid"

    @property
    def transaction(self) -> str | None:
        return self.payment_intent.id if isinstance(self.payment_intent, Intent) else self.payment_intent

    @property
    def paid(self) -> Paid:
        """Nothing is known where it wasn't told, or in a form we don't know: no payment waits for that."""
        try:
            return Paid.model_validate(self.payment_intent.latest_charge)  # type: ignore[union-attr]
        except (AttributeError, ValidationError):
            return Paid()

    @property
    def total(self) -> Money:
        """Raises ValueError."""
        if not self.amount_total or not self.currency:
            raise ValueError("no amount")
        return counted(self.amount_total, self.currency)


class Refund(Thing):
    object: Literal["refund"]
    amount: Units
    currency: Text
    payment_intent: Word | None
    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"] | None
    failure_reason: Text | None = None

    @property
    def total(self) -> Money:
        return counted(self.amount, self.currency)

    def answer(self) -> RefundAnswer:
        match self.status:
            case "succeeded":
                return RefundAnswer("done", self.id)
            case "failed" | "canceled":
                return RefundAnswer("failed", self.id, (self.failure_reason or self.status)[:200])
        return RefundAnswer("pending", self.id)


class Refunds(Foreign):
    data: list[Refund]


class Charge(Thing):
    """`refunds`, newest first, are in it up to API version 2022-08-01 only."""

    object: Literal["charge"]
    refunds: Refunds | None = None


class Evidence(Foreign):
    due_by: int | None = None  # 0 where no answer is allowed


class Dispute(Thing):
    object: Literal["dispute"]
    amount: Units
    currency: Text
    created: Annotated[int, Field(ge=0, lt=10**11)]
    payment_intent: Word | None
    status: Text
    evidence_details: Evidence

    @property
    def state(self) -> Literal["open", "won", "lost"]:
        """A warning is a question before a dispute: it may become one, so it stops the order likewise.

        One that was prevented ended in a refund, which is told as a refund. A state that is new counts as open.
        """
        match self.status:
            case "won" | "warning_closed" | "prevented":
                return "won"
            case "lost":
                return "lost"
        return "open"

    @property
    def evidence_by(self) -> datetime:
        due = self.evidence_details.due_by
        if due and 0 < due < 10**11:
            return datetime.fromtimestamp(due, UTC)
        return datetime.fromtimestamp(self.created, UTC) + DAYS_TO_ANSWER


class Suspicion(Thing):
    """An early fraud warning, or a review that a rule of Radar has opened."""

    object: Literal["radar.early_fraud_warning", "review"]
    payment_intent: Word | None
    fraud_type: Text | None = None
    opened_reason: Text | None = None


class Account(Foreign):
    object: Literal["account"]
    id: Word
    charges_enabled: bool


class Data(Foreign):
    object: dict[str, Any]


class Event(Foreign):
    id: Word
    object: Literal["event"]
    type: Word
    livemode: bool
    account: Word | None = None  # somebody else's, whose events a platform is told
    data: Data


def notice(event: Event, account: str) -> Notice | None:
    """What an event says of our money; None if it says nothing. Raises ValueError for an object of another shape."""
    reads = READS.get(event.type)
    return reads(event, account) if reads else None


def payment(session: Session, event: str, account: str) -> PaymentNotice:
    """A payment that has been made. Raises ValueError."""
    if not session.transaction:
        raise ValueError("it is paid by nothing")
    told = _payment(session, event, account, "paid", session.transaction)
    means, judged = session.paid.payment_method_details, session.paid.outcome
    card = means.means if means else Card()
    return replace(
        told,
        instrument=card.fingerprint or "",
        payer_country=card.country or "",
        marks=judged.words if judged else (),
    )


def _payment(
    session: Session, event: str, account: str, state: Literal["paid", "failed", "closed"], transaction: str
) -> PaymentNotice:
    mode: Literal["live", "test"] = "live" if session.livemode else "test"
    return PaymentNotice(RAIL, event, transaction, session.key, account, mode, state, session.total)


def _session(event: Event, account: str) -> Notice | None:
    """Not paid yet, although complete, says nothing: a slow way to pay was chosen, and another event will come."""
    if not event.data.object.get("client_reference_id"):
        return None  # of another page of the same account
    session = Session.model_validate(event.data.object)
    if not session.ours:
        return None
    if session.is_paid:
        return payment(session, event.id, account)
    if event.type == "checkout.session.async_payment_failed":
        return _payment(session, event.id, account, "failed", session.transaction or session.id)
    if event.type == "checkout.session.expired":
        return _payment(session, event.id, account, "closed", session.transaction or session.id)
    return None


def _refund(event: Event, account: str) -> Notice | None:
    return _refunded(Refund.model_validate(event.data.object), event, account)


def _charge(event: Event, account: str) -> Notice | None:
    """The newest refund, where it is in the charge; elsewhere `refund.created` and `.updated` tell of it."""
    refunds = Charge.model_validate(event.data.object).refunds
    return _refunded(refunds.data[0], event, account) if refunds and refunds.data else None


def _refunded(refund: Refund, event: Event, account: str) -> RefundNotice | None:
    if not refund.payment_intent or refund.status not in ("succeeded", "failed"):
        return None
    if refund.status == "failed" and not refund.key:  # made at Stripe by hand: whoever made it is told there
        return None
    known = (RAIL, event.id, account, refund.payment_intent, refund.id, refund.total, refund.key)
    return RefundNotice(*known, bounced=refund.status == "failed")


def _dispute(event: Event, account: str) -> Notice | None:
    told = Dispute.model_validate(event.data.object)
    if not told.payment_intent:
        return None
    total = counted(told.amount, told.currency)
    return DisputeNotice(
        RAIL, account, told.payment_intent, told.id, told.state, total, told.evidence_by, event=event.id
    )


def _suspicion(event: Event, account: str) -> Notice | None:
    told = Suspicion.model_validate(event.data.object)
    if not told.payment_intent:
        return None
    why = told.fraud_type or told.opened_reason or event.type
    mark = FRAUD_WARNING if told.object == "radar.early_fraud_warning" else "review"
    return SuspicionNotice(RAIL, event.id, account, told.payment_intent, why[:100], mark)


READS: Mapping[str, Callable[[Event, str], Notice | None]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session,
    "checkout.session.expired": _session,
    "charge.refunded": _charge,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "radar.early_fraud_warning.created": _suspicion,
    "review.opened": _suspicion,
}
