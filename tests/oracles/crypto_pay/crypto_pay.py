"""aiocryptopay: {"token", "notices": [[body, signature]], "calls": [[method, arguments]]} becomes what it reads.

A notice it does not believe is null. Calls go to "network", one after the other.
"""

import asyncio
import json
import sys

from aiocryptopay import AioCryptoPay  # pyright: ignore[reportMissingImports]
from aiocryptopay.models.update import Update  # pyright: ignore[reportMissingImports]

asked = json.load(sys.stdin)


async def answers() -> dict[str, list[object]]:
    crypto = AioCryptoPay(token=asked["token"], network=asked.get("network", "https://pay.crypt.bot"))
    notices: list[object] = []
    for body, signature in asked.get("notices", []):
        known = crypto.check_signature(body, signature)
        payload = Update(**json.loads(body)).payload if known else None
        notices.append(payload and [payload.invoice_id, payload.status, payload.payload, payload.fiat, payload.amount])
    calls: list[object] = []
    for method, arguments in asked.get("calls", []):
        answer = await getattr(crypto, method)(**arguments)
        calls.append(json.loads(answer.model_dump_json()) if hasattr(answer, "model_dump_json") else answer)
    await crypto.close()
    return {"notices": notices, "calls": calls}


json.dump(asyncio.run(answers()), sys.stdout)
