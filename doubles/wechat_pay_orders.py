"""What WeChat Pay's gateway keeps: an order of a product, as it was asked for, and what has become of it.

Asked for again with the same terms it is the same order; with others, or as another product's, it is refused.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from doubles.wechat_keys import Keys

BEIJING = timezone(timedelta(hours=8))
NUMBER = re.compile(r"[0-9A-Za-z_|*-]{6,32}")
OPENID = re.compile(r"o[0-9A-Za-z_-]{27}")
SOMEBODY = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"  # who pays what doesn't say who will
PAGE = "/cgi-bin/mmpayweb-bin/checkmweb"  # H5's
Product = Literal["native", "jsapi", "h5"]
PRODUCTS: Mapping[Product, str] = {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB"}
State = Literal["NOTPAY", "CLOSED", "SUCCESS", "REFUND"]


class No(Exception):
    """A refusal: its status and code."""

    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code


@dataclass
class Refund:
    number: str
    id: str
    amount: int
    status: Literal["SUCCESS", "PROCESSING", "ABNORMAL", "CLOSED"]
    notify_url: str


@dataclass
class Order:
    number: str
    product: Product
    terms: dict[str, Any]
    code: str  # what is to be scanned, or the prepay_id
    until: datetime
    asked_at: datetime
    state: State = "NOTPAY"
    transaction: str = ""
    payer: str = SOMEBODY
    refunds: dict[str, Refund] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.terms["amount"]["total"]

    def is_open(self, at: datetime) -> bool:
        return self.state == "NOTPAY" and at < self.until

    def answer(self, gateway: str) -> dict[str, str]:
        """What whoever asked for it is told."""
        match self.product:
            case "native":
                return {"code_url": self.code}
            case "jsapi":
                return {"prepay_id": self.code}
            case "h5":
                return {"h5_url": f"{gateway}{PAGE}?prepay_id={self.code}&package={self.code[-10:]}"}


def asked_for(orders: dict[str, Order], keys: Keys, product: Product, terms: dict[str, Any], at: datetime) -> Order:
    """A new order, or the one of that number. Raises No, or whatever terms in no form raise."""
    look_at(keys, product, terms)
    number, known = terms["out_trade_no"], orders.get(terms["out_trade_no"])
    if known is None:
        until = datetime.fromisoformat(terms["time_expire"])
        known = orders[number] = Order(number, product, terms, code(product), until, at)
    elif known.state != "NOTPAY":
        raise No(400, "ORDER_CLOSED" if known.state == "CLOSED" else "ORDERPAID")
    elif known.product != product:
        raise No(403, "OUT_TRADE_NO_USED")
    elif known.terms != terms:
        raise No(400, "INVALID_REQUEST")
    known.asked_at = at
    return known


def look_at(keys: Keys, product: Product, terms: dict[str, Any]) -> None:
    """Raises No, KeyError, ValueError or TypeError."""
    if terms["mchid"] != keys.mchid:
        raise No(400, "MCH_NOT_EXISTS")
    if terms["appid"] != keys.appid:
        raise No(400, "APPID_MCHID_NOT_MATCH")
    total = terms["amount"]["total"]
    if not NUMBER.fullmatch(terms["out_trade_no"]) or type(total) is not int or total <= 0:
        raise No(400, "PARAM_ERROR")
    if "?" in terms["notify_url"] or not 0 < len(terms["description"]) <= 127:
        raise No(400, "PARAM_ERROR")
    if product == "jsapi" and not OPENID.fullmatch(terms["payer"]["openid"]):
        raise No(400, "PARAM_ERROR")
    if product == "h5":
        ipaddress.ip_address(terms["scene_info"]["payer_client_ip"])
        if terms["scene_info"]["h5_info"]["type"] not in ("iOS", "Android", "Wap"):
            raise No(400, "PARAM_ERROR")


def code(product: Product) -> str:
    if product == "native":
        return f"weixin://wxpay/bizpayurl?pr={secrets.token_urlsafe(6)}"
    return f"wx{secrets.randbelow(10**14):014}{secrets.token_hex(9)}0000"


def stamp(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


# What is said of them, in answers and in notices


def stands(keys: Keys, order: Order, at: datetime) -> dict[str, Any]:
    content: dict[str, Any] = {
        "mchid": keys.mchid,
        "appid": keys.appid,
        "out_trade_no": order.number,
        "trade_state": order.state,
        "trade_state_desc": "-",
        "amount": {"total": order.total, "currency": "CNY"},
    }
    if order.transaction:
        content |= {
            "transaction_id": order.transaction,
            "trade_type": PRODUCTS[order.product],
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": stamp(at),
            "payer": {"openid": order.payer},
        }
    return content


def refund_stands(order: Order, refund: Refund, at: datetime) -> dict[str, Any]:
    return {
        "refund_id": refund.id,
        "out_refund_no": refund.number,
        "transaction_id": order.transaction,
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "create_time": stamp(at),
        "status": refund.status,
        "amount": {"total": order.total, "refund": refund.amount, "currency": "CNY"},
    }


def refunded(keys: Keys, order: Order, refund: Refund, at: datetime) -> dict[str, Any]:
    """In a notice."""
    return {
        "mchid": keys.mchid,
        "out_trade_no": order.number,
        "transaction_id": order.transaction,
        "out_refund_no": refund.number,
        "refund_id": refund.id,
        "refund_status": refund.status,
        "success_time": stamp(at),
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": order.total,
            "refund": refund.amount,
            "payer_total": order.total,
            "payer_refund": refund.amount,
        },
    }
