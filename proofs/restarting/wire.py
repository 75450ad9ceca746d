"""As much of a browser as it takes: a connection that is kept, a stream of lines that comes back when it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

PATIENCE = 10.0  # seconds for one answer
TRIES = (0.8, 2.5, 0.0)  # the page's script: seconds until an intent is sent again under its key


class Gone(Exception):
    """The connection broke before the answer was there."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    cookie: str
    body: str


@dataclass
class Wire:
    """To one server, with the headers a proxy and a browser would send."""

    url: str
    headers: dict[str, str]
    broken: int = 0  # requests whose connection broke
    again: float = 1.5  # seconds until a stream that ended is opened anew; the shop says how many
    _open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, repr=False)

    async def ask(
        self, method: str, path: str, fields: Mapping[str, str] | None = None, *, accept: str = "*/*"
    ) -> Answer:
        """On the kept connection; if the server has closed that one meanwhile, on a new one. Raises Gone."""
        kept = self._open is not None
        try:
            return await self._ask(method, path, fields, accept)
        except Gone:
            self.broken += 1
            if not kept:
                raise
        return await self._ask(method, path, fields, accept)

    async def says(self, path: str, fields: Mapping[str, str]) -> int:
        """As the page's script does: one intent, one key, three tries. The status, 0 if none came."""
        status = 0
        for wait in TRIES:
            with suppress(Gone):
                status = (await self.ask("POST", path, fields)).status
                if status < 500:
                    return status
            await asyncio.sleep(wait)
        return status

    async def lines(self, path: str, after: int) -> AsyncIterator[tuple[int, str]]:
        """The shop's lines from then on, each with its number, for as long as somebody listens."""
        while True:
            with suppress(Gone, OSError, TimeoutError):
                async for number, line in self._stream(f"{path}?after={after}&locale=en"):
                    after = number
                    yield number, line
            await asyncio.sleep(self.again)

    def close(self) -> None:
        if self._open:
            self._open[1].close()
            self._open = None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        told = urlsplit(self.url)
        try:
            return await asyncio.open_connection(told.hostname, told.port, limit=2**20)
        except OSError as error:
            raise Gone(str(error)) from None

    async def _ask(self, method: str, path: str, fields: Mapping[str, str] | None, accept: str) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE):
                self._open = self._open or await self._connected()
                reader, writer = self._open
                writer.write(self._request(method, path, fields, accept))
                head = await _head(reader)
                body = await _body(reader, head[1])
        except (OSError, TimeoutError, asyncio.IncompleteReadError, Gone) as error:
            self.close()
            raise Gone(f"{type(error).__name__} {error}") from None
        status, headers, cookie = head
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, headers, cookie, body)

    async def _stream(self, path: str) -> AsyncIterator[tuple[int, str]]:
        reader, writer = await self._connected()
        try:
            writer.write(self._request("GET", path, None))
            status, _, _ = await _head(reader)
            if status != 200:
                raise Gone(f"the stream is refused: {status}")
            number, data = 0, list[str]()
            while raw := await reader.readline():  # the lengths of chunks are lines of their own
                line = raw.decode().rstrip("\r\n")
                if line.startswith("retry: "):
                    self.again = int(line[7:]) / 1000
                elif line.startswith("id: "):
                    number = int(line[4:])
                elif line.startswith("data: "):
                    data.append(line[6:])
                elif not line and data:
                    yield number, "\n".join(data)
                    data = []
        finally:
            writer.close()

    def _request(self, method: str, path: str, fields: Mapping[str, str] | None, accept: str = "*/*") -> bytes:
        body = urlencode(fields).encode() if fields else b""
        told = {"Host": urlsplit(self.url).netloc, "Accept": accept, **self.headers}
        if method == "POST":
            told |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], str]:
    first = await reader.readline()
    if not first:
        raise Gone("it was closed")
    headers, cookie = dict[str, str](), ""
    while (line := (await reader.readline()).decode().rstrip("\r\n")) != "":
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
        if name.lower() == "set-cookie":
            cookie = value.partition(";")[0]
    return int(first.split()[1]), headers, cookie


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> str:
    if headers.get("transfer-encoding") == "chunked":
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts).decode()
    return (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
