"""bepusdt: {"token", "sign": [fields], "notices": [fields]} becomes {"signs": [...], "notices": [is it believed?]}."""

import json
import sys

from bepusdt import BEpusdtClient  # pyright: ignore[reportMissingImports]
from bepusdt.signature import generate_signature  # pyright: ignore[reportMissingImports]

asked = json.load(sys.stdin)
client = BEpusdtClient("https://pay.example", asked["token"])
json.dump(
    {
        "signs": [generate_signature(fields, asked["token"]) for fields in asked["sign"]],
        "notices": [client.verify_callback(fields) for fields in asked["notices"]],
    },
    sys.stdout,
)
