"""The rehearsal's buyer on WeChat: somebody who follows the shop's account, at a platform of our own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from bot.chats.wechat.callback import PATH
from core.ground.clock import Clock
from doubles.sandbox import press
from doubles.wechat import WeChat, served_wechat
from doubles.wechat_accounts import Account
from doubles.wechat_people import Person
from mika import serving
from mika.chat_settings import WeChatSettings
from mika.settings import Settings
from mika.visitors import GREETINGS, Heard
from mika.wiring import House, opened

LINE = re.compile(r'(?:(\d+)\.|·) (?:<a href="([^"]+)">(.*)</a>|(.*))')


class FollowingVisitor:
    """Somebody who types: what can be chosen stands in numbered lines, and is picked by its number."""

    def __init__(self, person: Person, account: Account, locale: str) -> None:
        self.greeting = GREETINGS[locale]
        self._person = person
        self._account = account
        self._numbers: dict[str, str] = {}
        self._links: dict[str, str] = {}

    async def says(self, text: str) -> None:
        await self._person.says(self._account, text)

    async def picks(self, label: str) -> None:
        await self.says(self._numbers[label])

    async def pays(self, label: str) -> None:
        await press(self._links[label], "pay")

    async def hears(self) -> Heard:
        shown = await self._person.chat(self._account).next(timeout=float("inf"))
        lines = [(line, LINE.fullmatch(line)) for line in shown.text.split("\n")]
        found = [(one[1], one[2], one[3] or one[4]) for _, one in lines if one]
        self._numbers = {label: number for number, _, label in found if number}
        self._links = {label: link for _, link, label in found if link}
        text = "\n".join(line for line, one in lines if not one)
        return Heard(text, self._numbers)


@asynccontextmanager
async def visiting(
    settings: Settings, listening: serving.socket.socket, locale: str, clock: Clock | None = None
) -> AsyncIterator[tuple[House, FollowingVisitor]]:
    """The copy of the shop, open and at work, with an account at a WeChat that is ours alone."""
    async with served_wechat() as api:
        account = api.add_account()
        settings = settings.changed(wechat=_told(api, account))
        async with opened(settings, clock=clock) as house, serving.at_work(house, listening):
            account.callback_url = f"{settings.address}{PATH}"
            person = api.person("o-rehearsal-0123456789", "Lin")
            person.follows(account, quietly=True)
            yield house, FollowingVisitor(person, account, locale)


def _told(api: WeChat, account: Account) -> WeChatSettings:
    return WeChatSettings(
        appid=account.appid,
        secret=SecretStr(account.secret),
        token=SecretStr(account.token),
        aes_key=SecretStr(account.aes_key),
        api=api.url,
    )
