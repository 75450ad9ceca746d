"""Telegram Stars: an invoice in the buyers' chat, paid there; what is told comes by the bot's webhook with its secret.

Whoever has the secret can post what they like, so Telegram's own list is asked. There is no signature of a message.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, ClassVar, Self

from bot.buyers import buyers
from bot.chats.telegram.buyers import TelegramBuyers
from bot.chats.telegram.manners import Manners
from core.ground.clock import TestClock
from core.shop import Shop
from doubles.telegram import Telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from doubles.telegram_faults import Faults
from doubles.telegram_stars import Stars, charged
from doubles.telling import Told
from payments.telegram_stars import TelegramStars as Rail
from proofs.railing.provider import ALWAYS, BYTES, Forgery, Provider, with_headers
from proofs.railing.weather import Weather
from proofs.shop import PRICE

SECRET = "x-telegram-bot-api-secret-token"
BRISK = Manners(per_second=3000, per_chat=100.0, per_group=2000)  # budgets are another proof's: storm
FIRST = 1_000  # the first buyer's account
PATIENCE = 60.0  # seconds for the webhook to be known


class TelegramStars(Provider):
    name = "telegram_stars"
    sales = ALWAYS  # an invoice is paid whole or not at all
    price = 250
    prices: ClassVar = {"CNY": {1: PRICE}, "XTR": {1: 250}}
    chat = "telegram"
    signed_by = SECRET
    may_pass = BYTES | {
        "a byte changed", "written anew", "truncated", "twice over", "a name twice", "two signatures",
    }  # fmt: skip

    def __init__(self, api: Telegram, rail: Rail, chat: TelegramBuyers) -> None:
        self.double, self.rail, self._chat = api, rail, chat
        self.bot = api.bots[0]
        self.stars = Stars(api, self.bot)

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        faults = Faults(weather.dice, doubled=0.1, redelivered=0.1, reordered=0.1, moment=0.05)
        api = Telegram(clock=clock.now, budgets=Budgets.none(), faults=faults)
        api.app = weather.over(api.app)  # type: ignore[assignment]
        async with api.served() as address:
            token = api.add_bot("mika_shop_bot").token
            rail = Rail(token, api=address, clock=clock.now)
            chat = TelegramBuyers(
                "telegram",
                buyers,
                token,
                api=address,
                path_secret=lambda text: hashlib.sha256(text.encode()).hexdigest(),
                receive="webhook",
                public_url=url,
                manners=BRISK,
            )
            try:
                yield cls(api, rail, chat)
            finally:
                await chat.aclose()

    @asynccontextmanager
    async def at_work(self, shop: Shop) -> AsyncIterator[None]:
        staying = asyncio.create_task(self._chat.stay(shop))
        async with asyncio.timeout(PATIENCE):
            while not self.bot.updates.webhook.url:  # noqa: ASYNC110  Telegram's books set no event
                await asyncio.sleep(0.01)
        yield
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)

    @property
    def chats(self) -> Mapping[str, Any]:
        return {"telegram": self._chat}

    @property
    def bots(self) -> Sequence[Bot]:
        return self.double.bots

    def hook(self, url: str) -> str:
        return self.bot.updates.webhook.url

    def address(self, number: int) -> str:
        return str(FIRST + number)

    async def says(self, shop: Shop, address: str, step: str, text: str) -> None:
        """It is answered when the shop comes to it."""
        self.double.person(int(address), f"Buyer {address}").writes(text, self.bot)

    def handed(self, address: str) -> list[str] | None:
        """However often the chat shows them: a message whose answer was lost is said again."""
        chat = self.double.person(int(address)).chat(self.bot)
        found = (text for shown in chat.said() for text in shown.marked("code", "pre"))
        return list(dict.fromkeys(text for text in found if text.endswith("-CODE")))

    def shown(self, key: str) -> bool:
        try:
            self.stars.invoice(key)
        except ValueError:
            return False
        return True

    async def pays(self, key: str, amount: int | None) -> None:
        invoice = self.stars.invoice(key)
        payer = self.double.people[invoice.chat.id].user
        charged(self.double, self.bot, payer, invoice.body["invoice"]["total_amount"], key)

    def told(self, key: str) -> list[Told]:
        return [self.stars.told(key)]

    def came(self, key: str) -> dict[str, int]:
        return {one.id: one.amount for one in self.bot.charges.values() if one.payload == key}

    def back(self, key: str) -> list[int]:
        sent = [one for one in self.bot.transactions if "receiver" in one]
        return [one["amount"] for one in sent if one["id"] in self.came(key)]

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        charge = f"stx{dice.randrange(10**18)}"
        good = self._says_paid(unpaid, charge)
        for secret, what in (("", "an empty secret"), ("another", "another's secret"), ("A" * 64, "a long secret")):
            told = with_headers(good, **{SECRET.replace("-", "_"): secret})
            yield Forgery(f"{what}, paid", told)
        yield Forgery("no secret, paid", Told("POST", "", {"content-type": "application/json"}, good.body))
        right = good.headers[SECRET]
        for what, secret in (("hashed", hashlib.sha256(right.encode()).hexdigest()), ("cut", right[:-1])):
            yield Forgery(f"the secret {what}", with_headers(good, **{SECRET.replace("-", "_"): secret}))
        # Whoever has got hold of the secret can post these.
        other = next(iter(self.came(paid)))
        yield Forgery("paid, says who", good, may_pass=True)
        yield Forgery("for 1 Star", self._says_paid(unpaid, charge, total_amount=1), may_pass=True)
        yield Forgery("another currency", self._says_paid(unpaid, charge, currency="USD"), may_pass=True)
        yield Forgery("by another order's charge", self._says_paid(unpaid, other), may_pass=True)
        yield Forgery("for no order", self._says_paid(f"NOBODY-{charge}", charge), may_pass=True)
        yield Forgery("paid again", self._says_paid(paid, charge), may_pass=True)
        yield Forgery("no amount", self._says_paid(unpaid, charge, total_amount="250"), may_pass=True)
        yield Forgery("no update", Told("POST", "", good.headers, json.dumps([1]).encode()), may_pass=True)

    def _says_paid(self, key: str, charge: str, **other: Any) -> Told:
        """In an update like Telegram's own, which knows nothing of it."""
        payer = next(one for one in self.double.people.values() if str(one.id).startswith("1"))
        told = {"currency": "XTR", "total_amount": self.price, "invoice_payload": key} | other
        told |= {"telegram_payment_charge_id": charge, "provider_payment_charge_id": "1_1"}
        return self.stars.update({"from": payer.user, "successful_payment": told}, payer.id)
