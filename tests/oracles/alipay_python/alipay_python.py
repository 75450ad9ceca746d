"""python-alipay-sdk, of others: verifies notices, makes signed requests. Runs in an environment of its own."""

from __future__ import annotations

import json
import sys

from alipay import AliPay  # pyright: ignore[reportAttributeAccessIssue]  it is installed apart

asked = json.load(sys.stdin)
sdk = AliPay(
    appid=asked["app_id"],
    app_notify_url=None,
    app_private_key_string=asked["private_key"],
    alipay_public_key_string=asked["public_key"],
    sign_type="RSA2",
)
said = [sdk.verify(dict(values), sign) for values, sign in asked["verified"]]
said += [sdk.sign_data(dict(values)) for values in asked["signed"]]
json.dump(said, sys.stdout)
