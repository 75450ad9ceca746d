"""How updates come in: brought to our webhook, or asked for. Each is in the inbox before Telegram hears thanks."""

from __future__ import annotations

import asyncio
import hmac
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chats.telegram.calls import Calls
from core import checkout
from core.ground import inbox, shown
from core.ground.errors import PartyError, ShopError
from core.ground.messages import words
from core.ground.money import Money
from core.ground.words import LOCALES, Hearer, render, spoken_here
from core.shop import Shop

if TYPE_CHECKING:
    from bot.chats.telegram.chat import TelegramChat

LARGEST = 256 * 1024  # bytes of an update
PATIENCE = 10  # seconds for all of its bytes to arrive
POLL = 25  # seconds Telegram holds a question for updates
CHECKOUT = 8.0  # seconds; Telegram gives up after ten
LONGEST_PAUSE = 60.0
LOOK_AGAIN = 600.0
SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105

log = structlog.get_logger()


class Connection:
    """One bot's way in."""

    def __init__(
        self,
        chat: TelegramChat,
        calls: Calls,
        path_secret: Callable[[str], str],
        receive: Literal["webhook", "polling"],
        public_url: str,
    ) -> None:
        self._chat = chat
        self._calls = calls
        self._receive = receive
        self._path = path_secret(f"telegram path {chat.bot}")[:32]
        self._secret = path_secret(f"telegram secret {chat.bot}")[:64]
        self._address = f"{public_url}/telegram/{chat.name}/{self._path}"
        self.forged = 0  # calls to the webhook without its secret

    # Brought

    def routes(self, shop: Shop) -> list[Any]:
        async def brought(request: Request) -> Response:
            given = request.path_params["path"], request.headers.get(SECRET, "")
            known = self._path, self._secret
            if not all(
                hmac.compare_digest(one.encode(), other.encode()) for one, other in zip(given, known, strict=True)
            ):
                self._note_forged()
                return Response(status_code=401)
            try:
                update = await _json_of(request)
            except (TimeoutError, ClientDisconnect, ValueError):
                return Response(status_code=400)
            try:
                await self.take(shop, update)
            except Exception as error:  # whatever it is: Telegram keeps the update and brings it again
                log.error("an update could not be stored", chat=self._chat.name, why=type(error).__name__)
                return Response(status_code=503, headers={"Retry-After": "5"})
            return Response(status_code=200)

        return [Route(f"/telegram/{self._chat.name}/{{path}}", brought, methods=["POST"])]

    def _note_forged(self) -> None:
        """Said when there are twice as many as when it was said last: strangers don't fill our log."""
        self.forged += 1
        if self.forged & (self.forged - 1) == 0:
            log.warning("a webhook was called without its secret", chat=self._chat.name, so_far=self.forged)

    async def take(self, shop: Shop, update: Mapping[str, Any]) -> None:
        """Keep an update until it is answered; a repeat changes nothing. What can't be one is let go."""
        number = update.get("update_id")
        if not isinstance(number, int) or isinstance(number, bool):
            log.warning("this is no update", chat=self._chat.name)
            return
        if isinstance(query := update.get("pre_checkout_query"), Mapping):
            return await self._check_out(shop, query)
        person = _author(update)
        body = json.dumps(update, ensure_ascii=True)
        to = None if person is None else f"{self._chat.name}:{person}"
        await shop.db.write(inbox.store, self._chat.name, self._chat.key(number), body, person=to)

    async def _check_out(self, shop: Shop, query: Mapping[str, Any]) -> None:
        """The last look before money moves, answered here and now: Telegram waits ten seconds for it."""
        try:
            id, key, buyer = str(query["id"]), str(query["invoice_payload"]), query["from"]
            total = Money(int(query["total_amount"]), str(query["currency"]))
            to = Hearer(spoken_here(buyer.get("language_code")), datetime.now(UTC))
        except (KeyError, TypeError, ValueError, AttributeError):
            return log.warning("this is no checkout", chat=self._chat.name)
        refusal: str | None = None
        try:
            async with asyncio.timeout(CHECKOUT):
                await shop.db.write(checkout.may_be_charged, key, total, f"{self._chat.name}:{buyer['id']}")
        except ShopError as error:
            refusal = render(words(error.key, **error.facts), to)
        except Exception as error:  # no answer would let the buyer wait, and then fail all the same
            log.error("a checkout could not be looked at", why=type(error).__name__)
            refusal = render(words("telegram-checkout-later"), to)
        try:
            await self._calls.answer_checkout(id, refusal)
        except PartyError as error:
            log.warning("a checkout was not answered", why=str(error))

    # Asked for

    async def keep_up(self, shop: Shop) -> None:
        """Until cancelled. Whatever fails is tried again, with pauses that grow."""
        failed = 0
        while True:
            try:
                await self._introduce(shop)
                failed = 0
                if self._receive == "webhook":
                    await asyncio.sleep(LOOK_AGAIN)  # and then say it again: somebody may have taken the hook away
                else:
                    await self._ask(shop)
            except Exception as error:
                failed += 1
                pause = min(2.0 ** min(failed, 10), LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
                why = str(error) if isinstance(error, PartyError) else type(error).__name__
                log.warning("not connected to Telegram", chat=self._chat.name, why=why, again_in=round(pause, 1))
                await asyncio.sleep(pause)

    async def _introduce(self, shop: Shop) -> None:
        """Who we are, what can be typed, and where updates go."""
        name = await self._calls.me()
        if name:
            shop.ways_in[self._chat.name] = f"https://t.me/{name}?start="
        known = await shop.db.read(shown.bot_of, self._chat.name)
        if known is None:
            await shop.db.write(shown.replace_bot, self._chat.name, self._chat.bot)
        elif known != self._chat.bot:
            raise PartyError(f"@{name} is another bot than before; if it is to be, say so: mika telegram replace-bot")
        for locale in LOCALES:
            language = None if locale == "en" else locale.split("-")[0]
            await self._calls.commands(language, self._chat.menu(locale))
        if self._receive == "webhook":
            await self._calls.hook(self._address, self._secret)
        else:
            await self._calls.unhook()
        log.info("connected to Telegram", chat=self._chat.name, bot=f"@{name}", by=self._receive)

    async def _ask(self, shop: Shop) -> None:
        after = 0
        while True:
            for update in await self._calls.updates(after, POLL):
                await self.take(shop, update)
                after = update["update_id"]  # asking for the next ones is what says thanks; it may begin anew, lower


async def _json_of(request: Request) -> Mapping[str, Any]:
    """Raises ValueError for what is too large, or is no JSON object."""
    body = bytearray()
    async with asyncio.timeout(PATIENCE):
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise ValueError
    update = json.loads(body)
    if not isinstance(update, dict):
        raise ValueError
    return update


def _author(update: Mapping[str, Any]) -> int | None:
    """Whose turn it is: what one person says is answered in order. None for what nobody says."""
    for part in update.values():
        if isinstance(part, Mapping) and isinstance(author := part.get("from"), Mapping):
            number = author.get("id")
            return number if isinstance(number, int) and 0 < number < 2**63 else None
    return None
