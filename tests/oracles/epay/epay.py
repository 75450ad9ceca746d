"""epay-sdk: {"key", "pid", "sign": [fields], "notices": [fields]} becomes the signatures, and what it reads of each."""

import json
import sys

from epay_sdk import EPayClient, EPayConfig, EPayError  # pyright: ignore[reportMissingImports]

asked = json.load(sys.stdin)
client = EPayClient(EPayConfig(asked["pid"], asked["key"], "https://pay.example"))


def read(fields: dict[str, str]) -> list[str]:
    try:
        told = client.verify_callback(fields)
    except EPayError as error:
        return [type(error).__name__]
    return [told.out_trade_no, str(told.money)]


json.dump(
    {
        "signs": [client.sign(fields) for fields in asked["sign"]],
        "notices": [read(fields) for fields in asked["notices"]],
    },
    sys.stdout,
)
