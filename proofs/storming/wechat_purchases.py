"""Purchases on WeChat while its rights run out, its calls go wrong and come twice: each code to its buyer, no other.

Two accounts, one after the other: one that may push and ring, until its template is taken away, and one that may only
answer. What could not be said comes along with the next word.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from core import inventory, orders, units
from core.ground.db import Tx
from core.units import HANDED_OVER
from doubles.wechat_calls import Call
from proofs import shop
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.town import until
from proofs.storming.wechat_buyers import CHATTED, Buyer
from proofs.storming.wechat_till import CHAT
from proofs.storming.wechat_town import STUCK, WeChatTown, wechat_town

ACCOUNTS = {"verified": (True, 0.7), "unverified": (False, 0.3)}  # and the share of the purchases
CODE = re.compile(r"SALE-[A-Z]+-\d{6}-CODE")
TROUBLES = {"busy": 0.04, "broken": 0.03, "cut": 0.03, "silent": 0.005, "lost": 0.04, "mute": 0.01, "slow": 0.1}
LOST, AGAIN = 0.15, 0.05  # of the answers to WeChat
COPIES = (1, 1, 1, 2, 3)
AT_ONCE = 24  # people
WORDS = 12  # until everything has come along
BATCH = 500
SEND = "message/custom/send"
RING = "message/template/send"
NO_RIGHT = (45015, 45047)
TOLERATED = 0.02  # of what is pushed: a message may leave as the word comes that its right is counted from


async def purchases(run: Run, place: Premises) -> Figures:
    found: dict[str, Figures] = {}
    async with wechat_town(run, place) as here:
        for name, (verified, part) in ACCOUNTS.items():
            here.takes(verified=verified)
            for trouble, share in TROUBLES.items():
                setattr(here.api.faults, trouble, share)
            try:
                found[name] = await storm(run, here, name, max(1, round(run.size["purchases"] * part)))
            except Broken as broken:
                raise Broken(f"{name}: {broken}", **broken.figures) from None
    return found


async def storm(run: Run, here: WeChatTown, name: str, many: int) -> Figures:
    product = f"sale-{name}"
    await shop.stocked(here.db, product, many + many // 2)  # some is set aside for orders that are never paid
    for number in range(CHATTED):
        await shop.stocked(here.db, f"{name}-chat-{number}", 1)
    here.settle(max(2, many // run.size["each"]), name)
    dice = run.dice("purchases", name)
    dealt = [many // len(here.people) + (one < many % len(here.people)) for one in range(len(here.people))]
    buyers = [
        Buyer(here, person, product, name, buys, run.dice("buyer", name, number))
        for number, (person, buys) in enumerate(zip(here.people, dealt, strict=True))
    ]
    began = time.monotonic()
    await here.opens()
    weather = asyncio.create_task(copied(here, dice))
    await lived(run, here, buyers)
    weather.cancel()
    here.api.faults.mend()
    took = time.monotonic() - began
    figures = {"purchases": many, "buyers": len(buyers), "purchases_per_second": round(many / took, 1)}
    await until(run, lambda: owed(here, name, many), STUCK, f"{here.till.place.store}: handed over", many)
    if not await here.calms_down("calms down"):
        raise Broken("it never came to rest", **figures)
    books = await here.db.read(codes_of)
    owned = {buyer.person.openid: books[buyer.person.openid] for buyer in buyers}
    if (handed := sum(map(len, owned.values()))) != many:
        raise Broken(f"{handed} codes were handed over", **figures)
    figures |= {"waited_for_a_word": await shop.count(here.db, WAITS), "words_at_most": 0}
    figures["words_at_most"] = await fetched(run, here, buyers, owned)
    figures |= counted(here, buyers) | judged(here, buyers, owned)
    figures |= {"left_unsaid": await shop.count(here.db, UNSAID), "left_unheard": await shop.count(here.db, UNHEARD)}
    if wrong := {name: figures[name] for name in WRONG if figures[name]}:
        raise Broken(f"not every code and word has come to whom it was for: {wrong}", **figures)
    if figures["beyond_the_right"] > max(2, TOLERATED * figures["pushed"]):
        raise Broken("more was pushed than there was a right to", **figures)
    await here.dies()
    await shop.holds(here.db, **figures)
    return figures


HANDED = """
    SELECT COUNT(*) FROM units u JOIN orders o ON o.id = u.order_id
    WHERE o.person_id LIKE :whose AND u.state IN ('granted', 'sent')
"""
WAITS = "SELECT COUNT(*) FROM units WHERE obligation = 'pickup'"
UNSAID = "SELECT COUNT(*) FROM outbox WHERE state <> 'done'"
UNHEARD = "SELECT COUNT(*) FROM inbox WHERE state <> 'done'"
WRONG = (
    "in_another_chat",
    "never_arrived",
    "not_with_a_word",
    "answers_lost",
    "repeats_without_cause",
    "codes_in_templates",
    "left_unsaid",
    "left_unheard",
)


async def owed(here: WeChatTown, name: str, many: int) -> int:
    """How many of their payments we haven't heard of, or have handed nothing over for."""
    return many - await shop.count(here.db, HANDED, whose=f"{CHAT}:o-{name}-%")


async def lived(run: Run, here: WeChatTown, buyers: list[Buyer]) -> None:
    """Some at a time; half way the account loses its template."""
    free, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(buyer: Buyer) -> None:
        nonlocal done
        async with free:
            await buyer.lives()
        done += 1
        if done == len(buyers) // 2:
            here.account.templates.clear()
        run.progress(f"{here.till.place.store}: buyers", done, len(buyers))

    async with asyncio.TaskGroup() as living:
        for buyer in buyers:
            living.create_task(one(buyer))


async def copied(here: WeChatTown, dice: Any) -> None:
    """WeChat brings some words twice at once, some again, and doesn't get each answer."""
    here.api.faults.lose_answer, here.api.faults.redelivered = LOST, AGAIN
    while True:
        here.api.faults.copies = dice.choice(COPIES)
        await asyncio.sleep(0.5)


async def fetched(run: Run, here: WeChatTown, buyers: list[Buyer], mine: Mapping[str, set[str]]) -> int:
    """Everybody says a word, and those who miss a code another. How many that took at most."""
    free = asyncio.Semaphore(AT_ONCE)

    async def says(buyer: Buyer) -> None:
        async with free:
            await buyer.hello()

    missing = buyers
    for word in range(1, WORDS + 1):
        await asyncio.gather(*map(says, missing))
        await here.calms_down("brought along")
        missing = [buyer for buyer in buyers if not mine[buyer.person.openid] <= shown(buyer.chat.texts).keys()]
        if not missing:
            return word
        run.progress(f"{here.till.place.store}: still miss a code", len(missing))
    for buyer in missing:  # what was lost with a call's answers, three times in a row, is theirs to look up
        await buyer.looks_up(await shop.ask(here.db, ORDERS, person=f"{CHAT}:{buyer.person.openid}"))
    return WORDS


ORDERS = "SELECT number FROM orders WHERE person_id = :person"


# What came of it


def codes_of(tx: Tx) -> dict[str, set[str]]:
    """Which codes were handed over to each, by the shop's own books."""
    handed = select(units.units.c.id, orders.orders.c.person_id).join(
        orders.orders, units.units.c.order_id == orders.orders.c.id
    )
    rows = tx.all(handed.where(units.units.c.state.in_([state.value for state in HANDED_OVER])))
    found = defaultdict[str, set[str]](set)
    for first in range(0, len(rows), BATCH):
        some = {row.id: row.person_id.partition(":")[2] for row in rows[first : first + BATCH]}
        for unit, code in inventory.reveal(tx, list(some)).items():
            found[some[unit]].add(code.fields[0][1].reveal())
    return found


def counted(here: WeChatTown, buyers: list[Buyer]) -> dict[str, Any]:
    """What went over the line."""
    sends, rings = here.api.asked(SEND, here.account), here.api.asked(RING, here.account)
    refused = Counter(call.errcode for call in sends if call.errcode in NO_RIGHT)
    of_each = Counter(to(call) for call in sends if call.errcode in NO_RIGHT)
    beyond = sum(max(0, of_each[buyer.person.openid] - buyer.endings) for buyer in buyers)
    exchanges = [each for buyer in buyers for each in buyer.exchanges]
    return {
        "words": len(exchanges),
        "brought_in_all": sum(len(each.tries) for each in exchanges),
        "never_taken": sum(not each.taken for each in exchanges),
        "pushed": sum(call.errcode == 0 for call in sends),
        "pushes_gone_wrong": sum(call.trouble is not None and call.errcode != 0 for call in sends),
        "refused_45015": refused[45015],
        "refused_45047": refused[45047],
        "refused_share": round(refused.total() / max(1, len(sends)), 4),
        "beyond_the_right": beyond,
        "rung": sum(call.errcode == 0 for call in rings),
        "rings_refused": sum(call.errcode not in (0, None) for call in rings),
    }


def to(call: Call) -> str:
    return call.given.body()["touser"]


def judged(here: WeChatTown, buyers: list[Buyer], owned: Mapping[str, set[str]]) -> dict[str, int]:
    """Who has what."""
    causes = Counter(
        code
        for call in here.api.asked(SEND, here.account)
        if call.done and call.errcode is None
        for code in CODE.findall(str(call.given))
    )
    found = Counter[str]()
    for buyer in buyers:
        mine, has = owned[buyer.person.openid], shown(buyer.chat.texts)
        before = shown(buyer.texts_before)
        found["in_another_chat"] += len(has.keys() - mine)
        found["never_arrived"] += len(mine - has.keys())
        found["not_with_a_word"] += len(mine - before.keys()) if buyer.all_taken else 0
        found["looked_up"] += len(mine - before.keys())
        found["repeats"] += sum(times - 1 for times in before.values())
        found["repeats_without_cause"] += sum(max(0, times - 1 - causes[code]) for code, times in before.items())
        found["answers_lost"] += buyer.unanswered()
        rung = [one.text for one in buyer.chat.messages if one.via == "template"]
        found["codes_in_templates"] += len(shown(rung))
    return dict(found)


def shown(texts: Iterable[str]) -> Counter[str]:
    """How many of them hold each code."""
    return Counter(code for text in texts for code in set(CODE.findall(text)))
