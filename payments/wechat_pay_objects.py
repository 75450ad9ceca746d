"""What WeChat Pay says, in notices and in answers, in the form each must have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from payments.wire import Amount, Currency, Foreign, Word


class Envelope(Foreign):
    """What a notice shows of itself."""

    id: Word
    event_type: Word
    resource_type: Literal["encrypt-resource"]


class Sum(Foreign):
    total: Amount
    currency: Currency = "CNY"


class Payer(Foreign):
    openid: Annotated[str, StringConstraints(max_length=128)] = ""


class Transaction(Foreign):
    """What was paid, in a notice and when asked (doc/v3/merchant/4012791861, 4013070356)."""

    mchid: Word
    appid: Word
    out_trade_no: Word
    trade_state: Word
    transaction_id: Word | None = None
    amount: Sum | None = None
    payer: Payer = Payer()


class RefundSum(Foreign):
    refund: Amount
    total: Amount
    currency: Currency = "CNY"  # a notice leaves it out


class RefundTold(Foreign):
    """A refund in a notice (doc/v3/merchant/4012791865)."""

    mchid: Word
    transaction_id: Word
    out_refund_no: Word
    refund_id: Word
    refund_status: Word
    amount: RefundSum


class Refund(Foreign):
    """A refund when it is asked for (doc/v3/merchant/4012791862, 4012791863)."""

    out_refund_no: Word
    refund_id: Word
    transaction_id: Word
    status: Literal["SUCCESS", "CLOSED", "PROCESSING", "ABNORMAL"]
    amount: RefundSum


class Code(Foreign):
    """Native (doc/v3/merchant/4012791877): a code to scan."""

    code_url: Annotated[str, StringConstraints(max_length=512, pattern=r"^weixin://[\x21-\x7e]+$")]


class Prepaid(Foreign):
    """JSAPI (doc/v3/merchant/4012791897): what the page inside WeChat names when it asks for the money."""

    prepay_id: Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]


class Page(Foreign):
    """H5 (doc/v3/merchant/4012791834): a page of WeChat's. It has a query, and no fragment: more is put behind it."""

    h5_url: Annotated[
        str,
        StringConstraints(
            max_length=512, pattern=r"^https?://[0-9A-Za-z.:-]+/[0-9A-Za-z_./~-]*\?[0-9A-Za-z_./~%=&+-]+$"
        ),
    ]
