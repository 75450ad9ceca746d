"""Acts on WeChat: what is answered within the call that brings a word, and what waits for one."""

from __future__ import annotations

import asyncio
import re

from bot.chats.wechat.callback import take
from bot.chats.wechat.heard import AFTER_A_WORD, Heard, Means
from core.orders import State
from proofs.crash_later import nothing
from proofs.crash_platform import DEAF, LIN, NAME, SPOKE, shows
from proofs.crash_play import ROUNDS, Lost, Play

PAGE = re.compile(r'href="(http://127[^"]+/pay/[^"]+)"')
BUY_ONE = re.compile(r"买 1\s?\S+")


async def calls(play: Play, step: str, text: str, means: Means = Means.SAID) -> str:
    """WeChat brings a word of Lin's, again after a crash; returns all that Lin was shown since the step began."""
    begun = play.outside.mark(f"{step} is brought")
    if not begun.exists():
        begun.write_text(str(len(play.outside.received())))
    heard = Heard(LIN, "gh_shop", f"lin {step}", means, text, lends=AFTER_A_WORD)
    await play.shop.db.write(take, NAME, heard)
    await play.runner.drain()
    answer = await play.wechat.callback._along(play.shop, heard, float("inf"), asyncio.Event())
    if answer:
        shows(play.outside, answer.reveal())
    return "\n".join(line["text"] for line in play.outside.received()[int(begun.read_text()) :])


async def _page_to_pay(play: Play) -> str:
    card = BUY_ONE.search(await calls(play, "look", "product steam"))
    found = card and PAGE.search(await calls(play, "buy", card[0]))
    if not found:
        raise Lost("no page to pay")
    return found[1]


async def called(play: Play) -> None:
    """From a picture, which is no word, to the code, which is pushed."""
    await calls(play, "picture", "", Means.WORDLESS)
    await play.pays(await _page_to_pay(play))
    await delivered(play)


async def unheard(play: Play) -> None:
    """We may not speak when the code is there: a bell rings, and the code comes along with the next word."""
    page = await _page_to_pay(play)
    await play.once(DEAF, nothing)
    await play.pays(page)
    await play.once(SPOKE, nothing)
    await calls(play, "collect", "你好")
    await delivered(play)


async def delivered(play: Play) -> None:
    for _ in range(ROUNDS):
        if (await play.order(f"{NAME}:{LIN}")).state is State.DELIVERED:
            return
        if not await play.runner.drain():
            await play._sleep()
    raise Lost("the code was never delivered")
