"""The rehearsal's buyer at a browser: real HTTP to the shop's page, its forms and its stream of answers."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser

import httpx

from doubles.sandbox import press
from mika.visitors import GREETINGS, Heard

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
LAST = re.compile(r'data-last="(\d+)"')


class Bubble(HTMLParser):
    """Reads one line of the chat as the page has it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ours = False
        self.id = ""
        self.text = ""
        self.choices: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str]]] = []
        self._label = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        if tag == "li":
            self.ours, self.id = "ours" in classes, given.get("id", "").removeprefix("l")
        if "choice" in classes:
            self._label = ""
        if tag == "code":
            self.text += "\n"
        if tag not in ("img", "br", "input"):
            self._open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            ended, given = self._open.pop()
            if ended == tag:
                break
        else:
            return
        if "choice" in given.get("class", "").split():
            self.choices[self._label.strip()] = given.get("href") or given.get("value", "")
        if tag == "code":
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        classes = {name for _, given in self._open for name in given.get("class", "").split()}
        if "unseen" in classes or "copy" in classes:
            return
        if "choice" in classes:
            self._label += data
        elif "said" in classes:
            self.text += data


class BrowserVisitor:
    """One browser with its cookie. Made by `visiting`."""

    def __init__(self, http: httpx.AsyncClient, csrf: str, locale: str) -> None:
        self.greeting = GREETINGS[locale]
        self._http = http
        self._csrf = csrf
        self._keys = itertools.count(1)
        self._bubbles: asyncio.Queue[Bubble] = asyncio.Queue()
        self._last: Bubble | None = None

    @property
    def cookies(self) -> dict[str, str]:
        """By which the shop knows this browser again."""
        return dict(self._http.cookies)

    async def says(self, text: str) -> None:
        await self._send("/say", text=text)

    async def picks(self, label: str) -> None:
        if self._last is None:
            raise KeyError(label)
        await self._send(f"/say?line={self._last.id}", press=self._last.choices[label])

    async def pays(self, label: str) -> None:
        if self._last is None:
            raise KeyError(label)
        await press(self._last.choices[label], "pay")

    async def hears(self) -> Heard:
        self._last = await self._bubbles.get()
        return Heard(self._last.text, self._last.choices)

    async def _send(self, path: str, **said: str) -> None:
        fields = {"csrf": self._csrf, "key": f"r{next(self._keys)}", **said}
        answer = await self._http.post(path, data=fields)
        answer.raise_for_status()

    async def listen(self, after: str, locale: str, ready: asyncio.Event) -> None:
        """Reads the stream of new lines for as long as it lasts."""
        asked = {"after": after, "locale": locale}
        async with self._http.stream("GET", "/stream", params=asked, timeout=None) as stream:
            stream.raise_for_status()
            data: list[str] = []
            async for line in stream.aiter_lines():
                ready.set()
                if line.startswith("data: "):
                    data.append(line.removeprefix("data: "))
                elif not line and data:
                    self._take("\n".join(data))
                    data = []

    def _take(self, html: str) -> None:
        bubble = Bubble(html)
        if bubble.ours:
            self._bubbles.put_nowait(bubble)


@asynccontextmanager
async def visiting(address: str, locale: str) -> AsyncIterator[BrowserVisitor]:
    """A browser with the shop's page open."""
    headers = {"accept-language": locale, "origin": address}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=20, trust_env=False) as http:
        page = await http.get("/", headers={"accept": "text/html"})
        page.raise_for_status()
        csrf, last = CSRF.search(page.text), LAST.search(page.text)
        if csrf is None or last is None:
            raise ValueError("the shop's page has no form to write in")
        visitor, ready = BrowserVisitor(http, csrf[1], locale), asyncio.Event()
        listening = asyncio.create_task(visitor.listen(last[1], locale, ready))
        begun = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait([listening, begun], return_when=asyncio.FIRST_COMPLETED)
            yield visitor
        finally:
            begun.cancel()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
