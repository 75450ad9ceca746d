"""Alipay's official Python SDK: signs and verifies a text. Runs in an environment of its own."""

from __future__ import annotations

import json
import sys

from alipay.aop.api.util.SignatureUtils import (  # pyright: ignore[reportMissingImports]  it is installed apart
    get_sign_content,
    sign_with_rsa2,
    verify_with_rsa,
)

asked = json.load(sys.stdin)
said = []
for one in asked["signed"]:
    said.append(sign_with_rsa2(asked["private_key"], get_sign_content(one), "utf-8"))
for values, sign in asked["verified"]:
    try:
        said.append(verify_with_rsa(asked["public_key"], get_sign_content(values).encode(), sign))
    except Exception:  # its library raises where the signature does not hold
        said.append(False)
json.dump(said, sys.stdout)
