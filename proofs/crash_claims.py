"""Acts of the proof of crashes: a code doesn't work, and whoever decides about it."""

from __future__ import annotations

from datetime import timedelta

from core import claims
from core.claims import Claim
from proofs.crash_play import Heard, Play
from proofs.crash_shelf import CHEN, LIN, gets_one

SILENT = timedelta(days=3)  # longer than a buyer, or staff, has time


async def _reports(play: Play, step: str, kind: str) -> Heard:
    await play.says(LIN, f"{step}: claim", press=f"claim {(await play.order(LIN)).number} 1")
    return await play.says(LIN, f"{step}: what", press=kind)


async def _newest(play: Play) -> Claim:
    order = await play.order(LIN)
    return (await play.shop.db.read(claims.of_order, order.id))[0]


async def claim_replaced(play: Play) -> None:
    """Staff ask, the buyer answers, the code is replaced; its supplier does not accept that."""
    await gets_one(play, LIN, "steam")
    await _reports(play, "first", "invalid")
    await play.says(LIN, "shows it", "It says no such code")
    case = (await _newest(play)).number
    await play.says(CHEN, "ask", press=f"claim-ask {case}")
    await play.says(CHEN, "question", "Which region is it?")
    asked = await play.gets(LIN, "claim-asked")
    await play.presses(LIN, "reply", "Reply", asked)
    await play.says(LIN, "region", "Our account is in the US")
    await play.says(CHEN, "replace", press=f"claim-replace {case}")
    await play.gets(LIN, "replaced")
    await play.says(CHEN, "supplier", press=f"supplier-claim {case} refused")


async def claim_refused_and_refunded(play: Play) -> None:
    """Sent again, each time in another language; refused by a person, reported anew, withdrawn, refunded in the end."""
    await play.says(LIN, "wish", press="buy steam")
    await play.pays((await play.says(LIN, "one", "1")).link)
    await play.gets(LIN, "delivered")
    await play.says(LIN, "language", press="language ru")
    await _reports(play, "missing", "missing")
    await play.later("it is sent", timedelta(minutes=10))
    await play.says(LIN, "another language", press="language zh-CN")
    await _reports(play, "missing still", "missing")
    await play.says(CHEN, "again", press=f"claim-resend {(await _newest(play)).number}")
    await play.later("that is sent too", timedelta(minutes=10))
    await _reports(play, "region", "region")
    case = (await _newest(play)).number
    await play.says(LIN, "a person", press=f"claim-person {case}")
    await play.says(CHEN, "refuse", press=f"claim-refuse {case} region")
    await play.gets(LIN, "claim-refused")
    await _reports(play, "used", "used")
    await play.says(LIN, "fine", press=f"claim-withdraw {(await _newest(play)).number}")
    await _reports(play, "invalid", "invalid")
    case = (await _newest(play)).number
    await play.says(LIN, "nothing", press=f"claim-none {case}")
    await play.says(CHEN, "refund", press=f"claim-refund {case}")
    await play.gets(LIN, "refunded")


async def claim_forgotten(play: Play) -> None:
    """The buyer sends nothing, and hears that it is over."""
    await gets_one(play, LIN, "steam")
    await _reports(play, "first", "invalid")
    await play.later("nothing comes", SILENT)
    await play.gets(LIN, "claim-withdrawn")
