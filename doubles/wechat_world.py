"""Who there is at WeChat: official accounts, people, what they were given."""

from __future__ import annotations

import asyncio
import random
import string
from collections.abc import Coroutine
from typing import Any, Literal

from doubles.wechat_accounts import Account, Clock, now
from doubles.wechat_delivery import Courier
from doubles.wechat_faults import Faults
from doubles.wechat_oauth import Codes
from doubles.wechat_people import Person

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
LETTERS = string.ascii_letters + string.digits + "_-"


class World:
    """WeChat's platform without its HTTP server."""

    def __init__(self, *, clock: Clock = now, faults: Faults | None = None, seed: int = 1) -> None:
        self.clock = clock
        self.faults = faults or Faults(random.Random(seed))
        self.url = ""  # where it is served
        self.accounts: dict[str, Account] = {}  # by appid
        self.people: dict[str, Person] = {}  # by openid
        self.tokens: dict[str, Account] = {}
        self.pictures: dict[str, tuple[bytes, str]] = {}  # that people sent, by the end of their address
        self.codes = Codes(self)
        self.courier = Courier(self)
        self.same_second = False  # True: two events of one person may have one CreateTime, as the platform's may
        self._dice = random.Random(seed)
        self._msg_id = 24_000_000_000_000_000
        self._running: set[asyncio.Task[Any]] = set()

    def now(self) -> float:
        """Seconds since 1970 by its clock."""
        return self.clock().timestamp()

    @property
    def patience(self) -> float:
        """Seconds that an account has to answer."""
        return self.courier.patience

    @patience.setter
    def patience(self, seconds: float) -> None:
        self.courier.patience = seconds

    # Who there is

    def add_account(
        self,
        appid: str = "wx0123456789abcdef",
        secret: str = "0123456789abcdef0123456789abcdef",
        token: str = "a-token-of-the-callback",
        aes_key: str = AES_KEY,
        kind: Literal["service", "subscription"] = "service",
        verified: bool = True,
        original_id: str = "",
        callback_url: str = "",
    ) -> Account:
        """An official account. The second needs an appid of its own."""
        if appid in self.accounts:
            raise ValueError(f"there is an account {appid}")
        original_id = original_id or f"gh_{len(self.accounts) + 1:012x}"
        made = Account(self, appid, secret, token, aes_key, kind, verified, original_id, callback_url)
        self.accounts[appid] = made
        return made

    def person(self, openid: str, name: str = "") -> Person:
        """Somebody by their openid, the same for every account here; new ones appear when they are first named."""
        found = self.people.get(openid)
        if found is None:
            found = self.people[openid] = Person(self, openid, name or openid)
        return found

    # What is drawn

    def drawn(self, length: int) -> str:
        """An id that nobody could guess, the same in every run with this seed."""
        return "".join(self._dice.choices(LETTERS, k=length))

    def number(self, digits: int) -> str:
        return "".join(self._dice.choices(string.digits, k=digits))

    def salt(self) -> bytes:
        return self._dice.randbytes(16)

    def msg_id(self) -> int:
        self._msg_id += 1 + self._dice.randrange(1000)
        return self._msg_id

    def run(self, what: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Goes on by itself, until it is over or the server stops."""
        task = asyncio.get_running_loop().create_task(what)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def close(self) -> None:
        """Nobody is told anything more."""
        running = list(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        await self.courier.close()
