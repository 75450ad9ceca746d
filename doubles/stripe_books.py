"""What Stripe remembers: sessions, payments, refunds, disputes, and what has happened to them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from doubles import stripe_objects as objects
from doubles.stripe_terms import Refused, amount_taken, missing, new_session

Thing = dict[str, Any]


class Books:
    """All of it in memory, by id, oldest first. `now` is seconds since 1970; `tell` hears of each event."""

    def __init__(self, *, livemode: bool, now: Callable[[], float], tell: Callable[[Thing], None]) -> None:
        self.livemode = livemode
        self.now = now
        self.tell = tell
        self.base = ""
        self.sessions: dict[str, Thing] = {}
        self.intents: dict[str, Thing] = {}
        self.charges: dict[str, Thing] = {}  # by PaymentIntent
        self.refunds: dict[str, Thing] = {}
        self.disputes: dict[str, Thing] = {}
        self.events: dict[str, Thing] = {}
        self._intent_data: dict[str, Thing] = {}
        self.card, self.outcome = dict(objects.CARD), dict(objects.OUTCOME)  # of who pays next

    def at(self) -> int:
        return int(self.now())

    def happened(self, kind: str, about: Thing) -> Thing:
        made = objects.event(kind, deepcopy(about), livemode=self.livemode, created=self.at())
        self.events[made["id"]] = made
        self.tell(made)
        return made

    def session(self, made: str) -> Thing:
        """Raises Refused. One whose time is over has lapsed, whether or not anybody looked."""
        found = self.sessions.get(made)
        if found is None:
            raise missing("checkout.session", made)
        if found["status"] == "open" and found["expires_at"] <= self.now():
            self._lapse(found)
        return found

    def whole(self, found: Thing, expand: list[str]) -> Thing:
        """The session with what it is paid by in it, as far as was asked for. Raises Refused."""
        if unknown := set(expand) - {"payment_intent", "payment_intent.latest_charge"}:
            raise Refused(400, f"This property cannot be expanded ({min(unknown)}).", "", "expand")
        intent = self.intents.get(found["payment_intent"]) if expand else None
        if intent is None:
            return found
        charge = self.charges.get(intent["id"]) if "payment_intent.latest_charge" in expand else None
        return {**found, "payment_intent": {**intent, "latest_charge": charge or intent["latest_charge"]}}

    def behind(self, key: str) -> Thing:
        """The newest session with that reference. Raises LookupError."""
        found = [each for each in self.sessions.values() if each["client_reference_id"] == key]
        if not found:
            raise LookupError(f"no session was opened for {key}")
        return self.session(found[-1]["id"])

    def open(self, asked: Thing) -> Thing:
        terms = new_session(asked, self.now())
        made = objects.session(terms, livemode=self.livemode, created=self.at(), base=self.base)
        self.sessions[made["id"]] = made
        self._intent_data[made["id"]] = terms.get("payment_intent_data", {})
        return made

    def expire(self, made: str) -> Thing:
        found = self.session(made)
        if found["status"] != "open":
            status = found["status"]
            raise Refused(400, f'Only Checkout Sessions with a status in ["open"] can be expired, not {status}.')
        self._lapse(found)
        return found

    def _lapse(self, found: Thing) -> None:
        found |= {"status": "expired", "url": None}
        self.happened("checkout.session.expired", found)

    def pay(self, found: Thing, *, slow: bool = False) -> Thing:
        """The buyer has paid, or has chosen a way to pay that takes days. Raises Refused when the page is gone."""
        if found["status"] != "open":
            raise Refused(400, f"This page is {found['status']}")
        status = "processing" if slow else "succeeded"
        intent = objects.payment_intent(found, self._intent_data[found["id"]], status, self.at())
        self.intents[intent["id"]] = intent
        found |= {
            "status": "complete",
            "url": None,
            "payment_intent": intent["id"],
            "payment_status": "unpaid" if slow else "paid",
        }
        if not slow:
            self._charge(intent)
        self.happened("checkout.session.completed", found)
        return intent

    def arrive(self, found: Thing) -> None:
        """What was on its way for days is here."""
        intent = self.intents[found["payment_intent"]]
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        found["payment_status"] = "paid"
        self._charge(intent)
        self.happened("checkout.session.async_payment_succeeded", found)

    def fail(self, found: Thing) -> None:
        self.intents[found["payment_intent"]]["status"] = "requires_payment_method"
        self.happened("checkout.session.async_payment_failed", found)

    def _charge(self, intent: Thing) -> None:
        made = objects.charge(intent, self.at(), self.card, self.outcome)
        self.charges[intent["id"]] = made
        intent["latest_charge"] = made["id"]
        self.happened("charge.succeeded", made)
        self.happened("payment_intent.succeeded", intent)

    def give_back(self, intent: str, amount: int | None, metadata: dict[str, str], status: str) -> Thing:
        """A refund. Raises Refused."""
        of = self.charges.get(intent)
        if of is None:
            raise missing("payment_intent", intent)
        if of["disputed"]:
            raise Refused(400, "The charge has been charged back.", "charge_disputed")
        left = of["amount"] - of["amount_refunded"]
        wanted = left if amount is None else amount
        amount_taken(wanted or 1, of["currency"])
        if left == 0:
            raise Refused(400, "The charge has already been refunded.", "charge_already_refunded")
        if not 0 < wanted <= left:
            raise Refused(400, "The refund is more than what is left of the charge.", "", "amount")
        made = objects.refund(of, wanted, metadata, status, self.at())
        self.refunds[made["id"]] = made
        if status != "failed":
            of["amount_refunded"] += wanted
            of["refunded"] = of["amount_refunded"] == of["amount"]
        self.happened("refund.created", made)
        if status != "failed":
            self.happened("charge.refunded", of)
        return made

    def refund_ends(self, made: Thing, status: str) -> None:
        """It came through, or came back."""
        made["status"] = status
        if status == "failed":
            made["failure_reason"] = "expired_or_canceled_card"
            of = self.charges[made["payment_intent"]]
            of |= {"amount_refunded": of["amount_refunded"] - made["amount"], "refunded": False}
        self.happened("refund.failed" if status == "failed" else "refund.updated", made)

    def dispute(self, intent: str, amount: int | None, status: str, due_by: int | None) -> Thing:
        of = self.charges[intent]
        made = objects.dispute(of, amount or of["amount"], status, due_by, self.at())
        self.disputes[made["id"]] = made
        of["disputed"] = True
        self.happened("charge.dispute.created", made)
        if not status.startswith("warning"):
            self.happened("charge.dispute.funds_withdrawn", made)
        return made

    def dispute_ends(self, made: Thing, status: str) -> None:
        made["status"] = status
        if status != "lost":
            self.charges[made["payment_intent"]]["disputed"] = False
        self.happened("charge.dispute.closed", made)
        if status == "won":
            self.happened("charge.dispute.funds_reinstated", made)

    def warn(self, intent: str) -> None:
        self.happened("radar.early_fraud_warning.created", objects.early_fraud_warning(self.charges[intent], self.at()))

    def look_into(self, intent: str) -> None:
        self.happened("review.opened", objects.review(self.charges[intent], self.at()))
