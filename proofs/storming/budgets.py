"""Messages at the budgets Telegram has in life: never more of them than it takes, and all arrive."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from bot.chats.telegram.manners import Manners
from core import customers, staff
from core.ground.db import Tx
from core.ground.messages import Local, Message
from doubles.telegram import SENDS, most
from doubles.telegram_budgets import Budgets
from doubles.telegram_groups import Group
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.town import BUYERS, LEFT_TO_SAY, Town, only, town

PER_SECOND, PER_MINUTE, BURST = 30, 20, 3  # core.telegram.org/bots/faq; how many a chat takes at once is its own
STRETCHES = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0)  # seconds
LEEWAY = 0.05  # seconds: a call is under way longer at one time than at another
STUCK = 120.0


TO_ONE = 12  # messages for one chat: far over its burst, however slow the machine is


async def budgets(run: Run, place: Premises) -> Figures:
    """So many messages over private chats and one group, all to be said at once."""
    async with town(run, place, budgets=Budgets(), manners=Manners(), receives=False) as here:
        only(here, BUYERS)
        here.settle(run.size["chats"])
        group = here.api.group("Staff", here.people[0])
        group.adds(here.bot)
        many, to_group = run.size["messages"], run.size["group_messages"]
        addresses = [str(person.id) for person in here.people]
        to = [str(group.id)] * to_group + addresses[:1] * TO_ONE
        to += [addresses[one % len(addresses)] for one in range(many - len(to))]
        run.dice("budgets").shuffle(to)
        await here.db.write(put, to)
        began = time.monotonic()
        await here.opens()
        ended = await here.until(LEFT_TO_SAY, STUCK, f"{place.store}: said", many)
        figures = {"messages": many, "seconds_they_took": round(time.monotonic() - began, 1)}
        figures |= peaks(here, group)
        arrived = Counter({str(person.id): len(person.chat(here.bot).said()) for person in here.people})
        arrived[str(group.id)] = len(group.chat.said())
        figures["never_arrived"] = (Counter(to) - arrived).total()
        figures["repeats"] = (arrived - Counter(to)).total()
    if not ended or figures["never_arrived"] or figures["repeats"]:
        raise Broken("not every message arrived once", **figures)
    if figures["over_the_budget"] or figures["refused_by_telegram"]:
        raise Broken("more was said than Telegram takes", **figures)
    return figures


def put(tx: Tx, to: list[str]) -> None:
    for address in dict.fromkeys(to):
        customers.meet(tx, BUYERS, address, "", "en", None)
    for number, address in enumerate(to):
        staff.say(tx, f"news {number}", f"{BUYERS}:{address}", Message(Local({"en": f"This is news number {number}"})))


def peaks(here: Town, group: Group) -> dict[str, Any]:
    """From when each call came, whatever it was answered: the fullest stretches, and by how much they are too full."""
    calls = [call for call in here.api.calls if call.method in SENDS]
    of_chat: dict[int, list[float]] = {}
    for call in calls:
        of_chat.setdefault(call.given.number("chat_id"), []).append(call.at)
    in_group = most(of_chat.get(group.id, ()), 60.0 - LEEWAY)
    in_second = most((call.at for call in calls), 1.0 - LEEWAY)
    in_chat = {
        seconds: max((most(at, seconds - LEEWAY) for chat, at in of_chat.items() if chat > 0), default=0)
        for seconds in STRETCHES
    }
    over = [in_group - PER_MINUTE, in_second - PER_SECOND]
    over += [found - BURST - seconds for seconds, found in in_chat.items()]
    return {
        "most_in_a_second": in_second,
        "most_in_a_minute_in_the_group": in_group,
        "most_in_a_second_in_a_chat": in_chat[STRETCHES[0]],
        "over_the_budget": sum(int(more) for more in over if more > 0),
        "refused_by_telegram": dict(here.api.budgets.exceeded),
    }
