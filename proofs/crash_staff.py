"""Acts of the proof of crashes in which staff move money and codes: sold by hand, given back, moved, revealed, taken
out as a file, priced anew."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial

from sqlalchemy import bindparam, select

from core import hiring, repricing, staff
from core.ground.db import Tx
from proofs.crash_play import Heard, Play
from proofs.crash_shelf import CHEN, LIN, WEI, gets_one, works_here

# A number is skipped where a crash takes an insert back, so that an act asks for it.
INVITED = select(hiring.invites.c.id).where(hiring.invites.c.by_whom == bindparam("person"))
NUMBERED = select(staff.staff.c.colleague_id).where(staff.staff.c.person_id == bindparam("person"))
A_DAY = timedelta(hours=25)  # more than codes wait that one person takes out alone


async def sold_by_hand(play: Play) -> None:
    """Staff sold two codes elsewhere, and fetch one in their chat, the other on a page that is shown once."""
    asked = await play.says(CHEN, "sell", press="sell steam 2")
    for step, said in (("whom", "Wang"), ("where", "xianyu"), ("how much", "180"), ("reference", "XY-1")):
        asked = await play.says(CHEN, step, said)
    sold = await play.presses(CHEN, "sold", "It's sold", asked)
    number = sold.choice("Fetch").partition(" ")[2]
    await _reveals(play, "first", f"{number} 1", "Show it here")
    await play.opens_once("the page is opened", await _reveals(play, "second", f"{number} 2", "One-time page"))


async def _reveals(play: Play, which: str, code: str, where: str) -> Heard:
    await play.says(CHEN, f"{which}: reveal", press=f"reveal {code}")
    asked = await play.says(CHEN, f"{which}: why", f"{which} of Wang's")
    return await play.presses(CHEN, f"{which}: where", where, asked)


async def given_back(play: Play) -> None:
    """One of two codes is no good, and its price goes back."""
    await play.says(LIN, "wish", press="buy steam")
    await play.pays((await play.says(LIN, "two", "2")).link)
    await play.gets(LIN, "delivered")
    asked = await play.says(CHEN, "giveback", press=f"giveback {(await play.order(LIN)).number}")
    sure = await play.presses(CHEN, "which", "No. 2", asked)
    await play.presses(CHEN, "sure", "Send back", sure)
    await play.gets(LIN, "refunded")


async def moved(play: Play) -> None:
    """A batch turns out to be another product's, and one of its codes to be bad: the other is sold as that."""
    await play.says(CHEN, "take out", press="withdraw quarantine")
    await play.says(CHEN, "which", "STEAM-0000-CODE")
    sure = await play.says(CHEN, "why", "used before")
    await play.presses(CHEN, "sure", "Take them out", sure)
    await play.gets(CHEN, "withdrawn-quarantine")
    await play.says(CHEN, "move", press="withdraw move 1")
    await play.says(CHEN, "to", "empty")
    sure = await play.says(CHEN, "and why", "bought as that")
    await play.presses(CHEN, "and sure", "Move them", sure)
    await play.gets(CHEN, "withdrawn-move")
    await gets_one(play, LIN, "empty")


async def repriced(play: Play) -> None:
    """Dearer from tomorrow, then as it was; and a change that is thought better of."""
    await _plans(play, "dearer", "reprice all", "+10 %")
    await play.later("it is time", A_DAY)
    first = (await play.shop.db.read(repricing.latest))[-1].id
    await play.presses(CHEN, "undo", "Old prices back", await play.says(CHEN, "done", press=f"price-change {first}"))
    planned = await _plans(play, "cheaper", "reprice product steam", "90")
    await play.presses(CHEN, "cancel", "Cancel this change", planned)


async def _plans(play: Play, step: str, verb: str, how: str) -> Heard:
    await play.says(CHEN, step, press=verb)
    await play.says(CHEN, f"{step}: how", how)
    sure = await play.says(CHEN, f"{step}: when", "11:00")
    return await play.presses(CHEN, f"{step}: sure", "Yes, change them", sure)


# Files


async def taken_out(play: Play) -> None:
    """A file of orders at once; one of codes when nobody has stopped it for a day; another one is stopped."""
    await play.presses(CHEN, "csv", "CSV", await play.says(CHEN, "export", press="export orders"))
    await play.opens_once("the file is fetched", await play.says(CHEN, "why orders", "for the books"))
    await _asks_for_codes(play, "steam")
    stopped = await _asks_for_codes(play, "last")
    await play.presses(CHEN, "stop", "Stop it", stopped)
    await play.later("nobody stops it", A_DAY)
    ready = await play.gets(CHEN, "export-codes-ready")
    await play.presses(CHEN, "passphrase", "Show the passphrase", ready)
    await play.opens_once("the codes are fetched", ready)


async def agreed(play: Play) -> None:
    """A file of codes that a second person agrees to."""
    await play.once("wei works here", lambda: play.shop.db.write(works_here, WEI))
    await play.later("for a day", A_DAY)
    await _asks_for_codes(play, "steam")
    asked = await play.gets(WEI, "told-codes-asked")
    await play.presses(WEI, "agree", "Agree", asked)
    await play.opens_once("the codes are fetched", await play.gets(CHEN, "export-codes-ready"))


async def _asks_for_codes(play: Play, slug: str) -> Heard:
    await play.says(CHEN, f"codes of {slug}", press=f"export codes {slug}")
    return await play.says(CHEN, f"why {slug}", "to look at all of them")


# People


async def hired(play: Play) -> None:
    """Wei is let in, made more of, comes in by another door, and leaves."""
    await play.says(CHEN, "invite", press="invite Wei")
    await play.says(CHEN, "as what", "viewer")
    await play.once("wei comes in", partial(_enters, play))
    wei = await play.shop.db.read(Tx.value, NUMBERED, person=WEI)
    await play.says(CHEN, "role", press=f"role {wei} manager")
    await play.says(WEI, "door", press="door")
    sure = await play.says(CHEN, "leaver", press=f"leaver {wei}")
    await play.presses(CHEN, "goes", "Yes, they leave", sure)


async def _enters(play: Play) -> None:
    """By the link that Chen was shown; at the second try, after a crash, it may be used."""
    invite = await play.shop.db.read(Tx.value, INVITED, person=CHEN)
    token = await play.shop.db.read(hiring.token, invite, CHEN)
    if token is not None:
        with suppress(hiring.InviteUsed):
            await play.shop.db.write(hiring.enter, token.reveal(), WEI)
