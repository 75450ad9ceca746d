"""Stripe's objects as JSON, every field of API version 2026-10-28 that its library declares as always there."""

from __future__ import annotations

import secrets
import string
from typing import Any

API_VERSION = "2026-10-28.endive"
LETTERS = string.ascii_letters + string.digits


def fresh(prefix: str, length: int = 24) -> str:
    """An id as Stripe makes them: pi_3Nabc..."""
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(length))}"


def session(asked: dict[str, Any], *, livemode: bool, created: int, base: str) -> dict[str, Any]:
    """A Checkout Session that has just been opened. Its address is as long as Stripe's are, some 400 characters."""
    made = fresh("cs_live" if livemode else "cs_test", 58)
    price = asked["line_items"][0]["price_data"]
    total = price["unit_amount"] * asked["line_items"][0]["quantity"]
    return {
        "id": made,
        "object": "checkout.session",
        "adaptive_pricing": asked.get("adaptive_pricing"),
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": created,
        "currency": price["currency"],
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None},
        "customer": None,
        "customer_creation": "if_required",
        "customer_details": None,
        "customer_email": None,
        "discounts": [],
        "expires_at": asked.get("expires_at", created + 24 * 3600),
        "invoice": None,
        "livemode": livemode,
        "locale": asked.get("locale"),
        "metadata": asked.get("metadata", {}),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": asked.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{base}/c/pay/{made}#fid{secrets.token_hex(150)}",
        "wallet_options": None,
    }


def payment_intent(page: dict[str, Any], data: dict[str, Any], status: str, created: int) -> dict[str, Any]:
    """What comes into being when the buyer of a session pays."""
    made = fresh("pi")
    return {
        "id": made,
        "object": "payment_intent",
        "amount": page["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": page["amount_total"] if status == "succeeded" else 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{made}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": page["currency"],
        "customer": None,
        "description": data.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": page["livemode"],
        "metadata": data.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": fresh("pm"),
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }


CARD = {"brand": "visa", "country": "SG", "fingerprint": "Xt5EWLLDS7FJjR1c", "funding": "credit", "last4": "4242"}
OUTCOME = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 12,
    "seller_message": "Payment complete.",
    "type": "authorized",
}


def charge(intent: dict[str, Any], created: int, card: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
    address = {"city": None, "country": "SG", "line1": None, "line2": None, "postal_code": None, "state": None}
    return {
        "id": fresh("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": fresh("txn"),
        "billing_details": {"address": address, "email": None, "name": "Lin", "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "MIKA",
        "captured": True,
        "created": created,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": intent["livemode"],
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": dict(outcome),
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"card": dict(card), "type": "card"},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def refund(of: dict[str, Any], amount: int, metadata: dict[str, str], status: str, created: int) -> dict[str, Any]:
    """Money on its way back from a charge."""
    made: dict[str, Any] = {
        "id": fresh("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": fresh("txn"),
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "metadata": metadata,
        "payment_intent": of["payment_intent"],
        "payment_method": of["payment_method"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    if status == "failed":
        made |= {"failure_reason": "expired_or_canceled_card", "failure_balance_transaction": fresh("txn")}
    return made


def dispute(of: dict[str, Any], amount: int, status: str, due_by: int | None, created: int) -> dict[str, Any]:
    return {
        "id": fresh("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"customer_name": None, "service_documentation": None, "uncategorized_text": None},
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": of["livemode"],
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "payment_method_details": {"card": {"brand": "visa", "case_type": "chargeback"}, "type": "card"},
        "reason": "fraudulent",
        "status": status,
    }


def early_fraud_warning(of: dict[str, Any], created: int) -> dict[str, Any]:
    return {
        "id": fresh("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": of["id"],
        "created": created,
        "fraud_type": "made_with_stolen_card",
        "livemode": of["livemode"],
        "payment_intent": of["payment_intent"],
    }


def review(of: dict[str, Any], created: int) -> dict[str, Any]:
    return {
        "id": fresh("prv"),
        "object": "review",
        "billing_zip": None,
        "charge": of["id"],
        "closed_reason": None,
        "created": created,
        "ip_address": None,
        "ip_address_location": None,
        "livemode": of["livemode"],
        "open": True,
        "opened_reason": "rule",
        "payment_intent": of["payment_intent"],
        "reason": "rule",
        "session": None,
    }


def event(kind: str, about: dict[str, Any], *, livemode: bool, created: int) -> dict[str, Any]:
    """What has happened to an object, with the object as it was then."""
    return {
        "id": fresh("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": {"object": about},
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": fresh("req", 14), "idempotency_key": None},
        "type": kind,
    }


def account(made: str) -> dict[str, Any]:
    return {
        "id": made,
        "object": "account",
        "business_type": "individual",
        "charges_enabled": True,
        "country": "SG",
        "created": 1735689600,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "shop@example.com",
        "payouts_enabled": True,
        "type": "standard",
    }


def listed(found: list[dict[str, Any]], more: bool, url: str) -> dict[str, Any]:
    return {"object": "list", "data": found, "has_more": more, "url": url}
