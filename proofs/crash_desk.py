"""Acts of the proof of crashes about the rest of a day at the desk: buyers who ask, notes, news, switches, products."""

from __future__ import annotations

from datetime import timedelta

from core import broadcasts
from proofs.crash_later import nothing
from proofs.crash_play import Heard, Play
from proofs.crash_shelf import BAO, CHEN, LIN, buys

LISTED = timedelta(minutes=11)  # more than what is told in lists waits
LOST = timedelta(minutes=3)  # more than one message of a broadcast may be under way


async def spoken(play: Play) -> None:
    """Somebody asks for a person; one takes it, answers and closes it. And they would rather read English."""
    await play.says(LIN, "ask", press="human")
    await play.says(LIN, "question", "Is it for the US?")
    asked = await play.gets(CHEN, "staff-thread")
    card = await play.presses(CHEN, "take", "I take it", asked)
    await play.presses(CHEN, "reply", "Reply", card)
    card = await play.says(CHEN, "answer", "Yes, it is")
    await play.gets(LIN, "human-says")
    await play.presses(CHEN, "close", "Close it", card)
    await play.says(LIN, "language", press="language en")


async def noted(play: Play) -> None:
    """A note on an order, a question to its buyer, and its code once more, now in another language."""
    await play.says(LIN, "wish", press="buy steam")
    await play.pays((await play.says(LIN, "one", "1")).link)
    await play.gets(LIN, "delivered")
    number = (await play.order(LIN)).number
    await play.says(CHEN, "note", press=f"note {number}")
    await play.says(CHEN, "noted", "a friend of Bao's")
    await play.says(CHEN, "ask", press=f"ask {number}")
    await play.says(CHEN, "asked", "Did it work?")
    await play.gets(LIN, "human-asks")
    await play.says(LIN, "language", press="language ru")
    await play.says(CHEN, "resend", press=f"resend {number}")


async def ended_by_staff(play: Play) -> None:
    """One order is cancelled before it is paid; what was to be made for another can't be."""
    await buys(play, LIN, "steam", "never paid")
    sure = await play.says(CHEN, "cancel", press=f"cancel {(await play.order(LIN)).number}")
    await play.presses(CHEN, "off", "Cancel the order", sure)
    await play.pays((await buys(play, LIN, "made")).link)
    await play.gets(CHEN, "staff-by-hand")
    sure = await play.says(CHEN, "can't", press=f"cant {(await play.order(LIN)).number}")
    await play.presses(CHEN, "really", "It can't be done", sure)


# News


async def announced(play: Play) -> None:
    """News that is stopped, then news that goes out: to Lin, who wants it after all; Bao has blocked us."""
    for step, verb in (("first", "wantnews"), ("then", "nonews"), ("now", "wantnews")):
        await play.says(LIN, step, press=verb)
    await play.says(BAO, "wants", press="wantnews")
    await play.once("bao blocks us", nothing)
    card = await _announces(play, "Closed on Monday")
    await play.presses(CHEN, "stop", "Stop", card)
    card = await _announces(play, "New cards")
    await play.later("it goes out", timedelta(seconds=1))
    await _sends_doubtful(play, int(card.choice("How far is it").split()[1]))


async def _announces(play: Play, text: str) -> Heard:
    await play.says(CHEN, f"{text}: announce", press="announce")
    others = await play.says(CHEN, f"{text}: text", text)
    seen = await play.presses(CHEN, f"{text}: others", "They get this too", others)
    return await play.presses(CHEN, f"{text}: send", "Send", seen)


async def _sends_doubtful(play: Play, news: int) -> None:
    """What a crash left in doubt is sent again when staff say so; they look as often as there is something."""
    doubtful, round = True, 0
    while doubtful:
        await play.later(f"looked at {round}", LOST)
        await play.says(CHEN, f"again {round}", press=f"newsagain {news}")
        await play.later(f"sent again {round}", LOST)
        tally = await play.shop.db.read(broadcasts.tally, news)
        doubtful, round = bool(tally.keys() & {"unknown", "sending", "waiting"}), round + 1


# Switches and quiet


async def switched(play: Play) -> None:
    """Deliveries are held for a while, and the shop is closed until it opens by itself."""
    sure = await play.says(CHEN, "hold", press="switch deliveries")
    await play.presses(CHEN, "sure", "Yes, do it", sure)
    await play.pays((await buys(play, LIN, "steam")).link)
    await play.says(CHEN, "close", press="switch shop")
    others = await play.says(CHEN, "says", "Back soon")
    await play.presses(CHEN, "enough", "These languages will do", others)
    tomorrow = play.clock.now().astimezone(play.shop.rules.zone) + timedelta(days=1)
    sure = await play.says(CHEN, "until", f"{tomorrow:%Y-%m-%d %H:%M}")
    await play.presses(CHEN, "sure too", "Yes, do it", sure)
    sure = await play.says(CHEN, "go on", press="switch deliveries")
    await play.presses(CHEN, "and sure", "Yes, do it", sure)
    await play.later("what was kept back goes out", timedelta(seconds=2))
    await play.gets(LIN, "delivered")
    await play.later("it opens", timedelta(days=1))
    await buys(play, LIN, "steam", "open again")


async def told_in_lists(play: Play) -> None:
    """Staff want to sleep, and hear of buyers in lists."""
    await play.says(CHEN, "quiet hours", press="quiethours")
    await play.says(CHEN, "from", "23-7")
    await play.says(CHEN, "lists", press="tellus buyers lists")
    for who in (LIN, BAO):
        await play.says(who, "ask", press="human")
        await play.says(who, "question", "Is anybody there?")
    await play.later("a list is due", LISTED)
    await play.gets(CHEN, "summary")


# Products


async def edited(play: Play) -> None:
    """A product is worth more than was said, and leaves the shelf; a new one is made."""
    await play.says(CHEN, "edit", press="edit steam face")
    card = await play.says(CHEN, "face", "$25")
    await play.presses(CHEN, "off", "Take off the shelf", card)
    await play.says(CHEN, "new", press="product-new")
    for step, said in (
        ("name", "Apple"),
        ("brand", "Apple"),
        ("category", "Cards"),
        ("worth", "$10"),
        ("region", "us"),
        ("kind", "unique"),
        ("price", "70"),
    ):
        await play.says(CHEN, step, said)


async def brought_in(play: Play) -> None:
    """The catalogue goes out as a file; a table comes in, and another one is thrown away."""
    await play.says(CHEN, "export", press="catalogue-export")
    await _brings(play, "31", "Not now")
    await _brings(play, "32", "Yes, bring it in")


async def _brings(play: Play, face: str, then: str) -> None:
    await play.says(CHEN, f"import {face}", press="catalogue-import")
    seen = await play.says(CHEN, f"table {face}", f"product,face\nsteam,${face}\nlast,${face}")
    await play.presses(CHEN, f"answer {face}", then, seen)
