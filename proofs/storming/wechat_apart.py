"""The shop's web part in one process and its jobs in another: who calls is answered in the call all the same."""

from __future__ import annotations

import asyncio

from doubles.sandbox import press
from doubles.wechat_people import Person
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.town import within
from proofs.storming.wechat_buyers import BUY_ONE
from proofs.storming.wechat_latency import furnished, measured, nothing_lost, paced
from proofs.storming.wechat_town import LINK, WeChatTown, wechat_town

PART = 3  # of the people at a time that one process is asked by, so many are asked here
IN_CALL = 0.99  # of the answers
BUYERS = 4
PATIENCE = 30.0


async def apart(run: Run, place: Premises) -> Figures:
    async with wechat_town(run, place) as here:
        await furnished(here)
        here.settle(run.size["people"], "apart")
        await here.opens("jobs", "web")
        words = await paced(run, here, max(1, run.size["words_per_second"] // PART), run.size["word_seconds"])
        figures = {"processes": 2, **measured(words)}
        if figures["answered_in_the_call"] < IN_CALL * len(words):
            raise Broken("most answers come in the call, not these", **figures)
        found = figures | await nothing_lost(here, words, figures)
        bought = await asyncio.gather(*(buys(here, number) for number in range(BUYERS)))
        return {**found, "bought": len(bought), "codes_pushed": sum(via == "push" for via in bought)}


async def buys(here: WeChatTown, number: int) -> str:
    """From the product to the code; how that came."""
    person: Person = here.stranger(f"o-buyer-apart-{number}")
    person.follows(here.account, quietly=True)
    chat = person.chat(here.account)
    card = await person.says(here.account, f"product brand-{number}")
    label = BUY_ONE.search(card.text)
    if label is None:
        raise Broken(f"nothing to buy in {card.text!r}")
    answer = await person.says(here.account, label[0])
    link = next((one for one in LINK.findall(answer.text) if one.startswith(here.provider.url)), None)
    if link is None:
        raise Broken(f"no page to pay in {answer.text!r}")
    await press(link, "pay")
    async with within(PATIENCE, "the code"):
        code = f"BRAND-{number}-"
        shown = await chat.until(lambda chat: next((one for one in chat.messages if code in one.text), None), PATIENCE)
    return shown.via
