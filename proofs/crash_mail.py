"""Acts by mail: an address is given, proved, used when the chat is closed, and taken back."""

from __future__ import annotations

import re

from proofs.crash_later import nothing
from proofs.crash_platform import PUT_OFF, REFUSED
from proofs.crash_play import Play
from proofs.crash_shelf import LIN, buys

ADDRESS = "lin@example.org"
MAILBOX = f"email:{ADDRESS}"


async def proved(play: Play) -> None:
    """The address is Lin's."""
    await play.says(LIN, "mail", "email")
    await play.says(LIN, "address", ADDRESS)
    mail = await play.gets(MAILBOX, "mail-proof")
    found = re.search(r"^\d{6}$", mail.text, re.MULTILINE)
    await play.says(LIN, "the code", found[0] if found else "")


async def _closed_meanwhile(play: Play) -> None:
    page = await buys(play, LIN, "steam")
    await play.once("lin blocks us", nothing)
    await play.pays(page.link)


async def mailed(play: Play) -> None:
    """The buyer's chat is closed to us: a mail says so, and they come for the code."""
    await proved(play)
    await _closed_meanwhile(play)
    await play.gets(MAILBOX, "mail-codes-wait")
    await play.says(LIN, "fetch", press=f"order {(await play.order(LIN)).number}")


async def mail_returned(play: Play) -> None:
    """The mail server puts it off, and then wants none of it. The code waits, and the address is taken back."""
    await proved(play)
    await play.once(PUT_OFF, nothing)
    await play.once(REFUSED, nothing)
    await _closed_meanwhile(play)
    await play.comes_to_rest()
    await play.says(LIN, "fetch", press=f"order {(await play.order(LIN)).number}")
    await play.presses(LIN, "no more", "No more mail", await play.says(LIN, "mail again", "email"))
