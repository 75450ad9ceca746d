"""Acts of the proof of crashes about what becomes of a code once its buyer has it."""

from __future__ import annotations

from proofs.crash_play import Play
from proofs.crash_shelf import CHEN, LIN, buys


async def redeemed(play: Play) -> None:
    """Lin tells that it worked, when and where, and takes that back; then the code is honoured at the counter, once."""
    await play.pays((await buys(play, LIN, "steam")).link)
    await play.gets(LIN, "delivered")
    number = (await play.order(LIN)).number
    asked = await play.says(LIN, "worked", press=f"worked {number}")
    await play.presses(LIN, "may be kept", "Yes, keep it", asked)
    kept = await play.says(LIN, "where", "at home")
    await play.presses(LIN, "taken back", "Forget when", kept)
    await play.says(CHEN, "who honours it", "issuer steam shop")
    await play.says(CHEN, "at the counter", press="redeem")
    await play.says(CHEN, "the code", "STEAM-0000-CODE")
    await play.gets(LIN, "told-redeemed")
