"""The live part of the browser chat, over a real server: who hears what, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from core import customers, staff
from core.ground import chatlog
from core.ground.messages import Message
from tests.bot.chats.browsing import Browser, House, bao, house, invited, lin, served

__all__ = ["bao", "house", "lin"]


class Ear:
    """An open stream. `next` is the next event: its name, what it says, its id."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self, timeout: float = 30) -> tuple[str, str, str]:
        async with asyncio.timeout(timeout):
            event: dict[str, str] = {}
            async for line in self._lines:
                name, _, value = line.partition(": ")
                event[name] = event.get(name, "") + value
                if not line and "event" in event:
                    said = re.search(r'<div class="said" dir="auto">(.*?)</div>', event["data"])
                    return event["event"], said[1] if said else event["data"], event.get("id", "")
                if not line:
                    event.clear()
        raise EOFError

    async def ends(self) -> bool:
        try:
            await self.next()
        except EOFError:
            return True
        return False


@pytest.fixture
async def url(house: House) -> AsyncIterator[str]:
    def close() -> None:
        house.buyers.close()
        house.desk.close()

    async with served(house.app, close) as address:
        yield address


@contextlib.asynccontextmanager
async def listening(url: str, who: Browser, path: str = "/stream?locale=en", **headers: str) -> AsyncIterator[Ear]:
    headers["cookie"] = "; ".join(f"{name}={value}" for name, value in who.http.cookies.items())
    async with (
        httpx.AsyncClient(timeout=20) as http,
        http.stream("GET", url + path, headers=headers) as response,
    ):
        yield Ear(response)


async def told(house: House, who: Browser, *texts: str) -> None:
    def tell(tx) -> None:
        customers.meet(tx, "browser", who.address(), "", "en", None)
        for text in texts:
            chatlog.append_ours(tx, who.person(), Message((text,)))

    await house.shop.db.write(tell)


async def test_lines_come_as_they_are_said(house: House, url: str, lin: Browser) -> None:
    worker = asyncio.create_task(house.keep_working())
    async with listening(url, lin) as ear:
        assert ear.response.headers["content-type"].startswith("text/event-stream")
        await lin.say("hello")
        assert (await ear.next())[1] == "hello"
        assert (await ear.next(1))[1] == "You said: hello"
    worker.cancel()


async def test_nobody_hears_another_persons_lines(house: House, url: str, lin: Browser, bao: Browser) -> None:
    async with listening(url, bao) as ear:
        await told(house, lin, "for Lin only")
        await told(house, bao, "for Bao")
        assert (await ear.next())[1] == "for Bao"


async def test_who_comes_back_hears_what_was_missed_and_no_more(house: House, url: str, lin: Browser) -> None:
    await told(house, lin, "one", "two", "three")
    async with listening(url, lin) as ear:
        seen = [await ear.next() for _ in range(3)]
    assert [text for _, text, _ in seen] == ["one", "two", "three"]
    async with listening(url, lin, **{"last-event-id": seen[0][2]}) as ear:
        assert (await ear.next())[1] == "two"
    async with listening(url, lin, f"/stream?locale=en&after={seen[1][2]}") as ear:
        assert (await ear.next())[1] == "three"
    async with listening(url, lin, f"/stream?locale=en&after={seen[0][2]}", **{"last-event-id": "x"}) as ear:
        assert (await ear.next())[1] == "two"


async def test_many_missed_lines_come_in_order(house: House, url: str, lin: Browser) -> None:
    await told(house, lin, *(f"line {number}" for number in range(250)))
    async with listening(url, lin) as ear:
        assert [(await ear.next())[1] for _ in range(250)] == [f"line {number}" for number in range(250)]


async def test_a_line_break_of_any_kind_ends_no_event(house: House, url: str, lin: Browser) -> None:
    await told(house, lin, "a\r\nb\rid: 99\revent: again\n\ndata: c", "next")
    async with listening(url, lin) as ear:
        name, said, line = await ear.next()
        assert (name, said) == ("line", "abid: 99event: againdata: c")
        assert line != "99"
        assert (await ear.next())[1] == "next"


async def test_another_language_makes_the_page_anew(house: House, url: str, lin: Browser) -> None:
    await told(house, lin, "hello")
    async with listening(url, lin) as ear:
        assert (await ear.next())[0] == "line"
        await house.shop.db.write(customers.speak, lin.person(), "ru")
        await told(house, lin, "привет")
        assert (await ear.next())[0] == "line"
        assert (await ear.next())[0] == "again"
        assert await ear.ends()


async def test_a_visitor_has_so_many_streams_and_no_more(house: House, url: str, lin: Browser, bao: Browser) -> None:
    await told(house, lin, "hello")
    async with contextlib.AsyncExitStack() as open_ones:
        ears = [await open_ones.enter_async_context(listening(url, lin)) for _ in range(4)]
        for ear in ears:
            await ear.next()
        async with listening(url, lin) as fifth:
            assert fifth.response.status_code == 429
            assert await fifth.response.aread() == b"Too many windows are open. Please close a few."
        async with listening(url, bao) as other:
            assert other.response.status_code == 200
    for _ in range(100):  # the server notices that they are gone
        async with listening(url, lin) as again:
            if again.response.status_code == 200:
                return
        await asyncio.sleep(0.05)
    pytest.fail("the seats were never given back")


async def test_without_a_cookie_there_is_nothing_to_hear(house: House, url: str) -> None:
    async with listening(url, Browser(house.app)) as ear:
        assert ear.response.status_code == 403


async def test_a_closing_shop_ends_the_streams_at_once(house: House, url: str, lin: Browser) -> None:
    await told(house, lin, "hello")
    async with listening(url, lin) as ear:
        await ear.next()
        house.buyers.close()
        async with asyncio.timeout(10):
            assert await ear.ends()


async def test_silence_is_filled_with_signs_of_life(
    house: House, url: str, lin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chats.browser.streams.PULSE", 0.2)
    async with listening(url, lin) as ear, asyncio.timeout(30):
        lines = [line async for line in _first(ear, 4)]
    assert lines == ["retry: 1500", "", ": ", ""]


async def _first(ear: Ear, many: int) -> AsyncIterator[str]:
    for _ in range(many):
        yield await anext(ear._lines)


async def test_who_works_here_no_more_hears_no_more(house: House, url: str) -> None:
    token = await invited(house)
    chen = Browser(house.app)
    await chen.look(f"/desk/enter?t={token}")
    await chen.http.post("/desk/enter", data={"csrf": chen.csrf, "t": token})
    async with listening(url, chen, "/desk/stream?locale=en") as ear:
        assert ear.response.status_code == 200
        await house.shop.db.write(lambda tx: tx.changed(staff.colleagues.update().values(left_at=tx.now)))
        await house.shop.db.write(chatlog.append_ours, chen.person("desk"), Message(("about stock",)))
        assert (await ear.next())[0] == "again"
        assert await ear.ends()
