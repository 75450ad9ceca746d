"""Acts of the proof of crashes about what becomes of a code once its buyer has it."""

from __future__ import annotations

import re
from datetime import timedelta

from proofs.crash_play import Play
from proofs.crash_shelf import BAO, CHEN, LIN, THOUGHT, buys

A_WHILE = timedelta(seconds=10)  # more than passes between two looks of the clock
LINK = re.compile(r"g-[A-Za-z0-9_-]{27}")


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


async def given_away(play: Play) -> None:
    """Lin makes a link, takes it back, and makes another, which Bao opens; he has asked for a person about it."""
    await play.pays((await buys(play, LIN, "steam")).link)
    await play.gets(LIN, "delivered")
    number = (await play.order(LIN)).number
    sure = await play.says(LIN, "give", press=f"give {number}")
    made = await play.presses(LIN, "link", "Make the link", sure)
    await play.presses(LIN, "back", "Take it back", made)
    sure = await play.says(LIN, "give again", press=f"give {number}")
    made = await play.presses(LIN, "another link", "Make the link", sure)
    link = LINK.findall(made.text) or ["used up, and Bao has arrived in an earlier life"]
    shown = await play.says(BAO, "arrives", press=f"arrive {link[0]}")
    await play.presses(BAO, "accepts", "Accept it", shown)
    await play.gets(LIN, "told-gift-opened")


async def waited_for(play: Play) -> None:
    """Lin and Bao wait for what is sold out; Lin is told first and lets it go, Bao buys what was set aside for him."""
    for who in (LIN, BAO):
        shown = await play.says(who, "look", press="product empty")
        await play.presses(who, "wait", "Tell me when", shown)
    await play.says(CHEN, "restock", press="restock empty")
    preview = await play.says(CHEN, "paste", "AAAA-1")
    priced = await play.says(CHEN, "cost", "12.50 INV-1")
    await play.presses(CHEN, "import", "Put on sale", priced or preview)
    await play.gets(CHEN, "restock-done")
    await play.later("it is there", A_WHILE)
    told = await play.gets(LIN, "waiting-back")
    await play.presses(LIN, "leave", "Don't wait", told)
    await play.later("it is the next one's", A_WHILE)
    told = await play.gets(BAO, "waiting-back")
    await play.thinks("bao buys", THOUGHT)
    await play.pays((await play.presses(BAO, "buys", "Buy it now", told)).link)
    await play.gets(BAO, "delivered")
