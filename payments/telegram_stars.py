"""Telegram Stars: an invoice in the buyers' own chat, paid where it stands.

The chat shows it, answers the question before it is paid, and hands in what was paid (bot/chats/telegram). The rail has
a bot object of its own on the same token, for refunds and for Telegram's list of transactions, which is the truth
here: both belong to the bot that took the payment. Facts: core.telegram.org/bots/api.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramServerError,
)
from aiogram.methods import GetStarTransactions, TelegramMethod
from aiohttp import ClientConnectorError
from pydantic import Field, StringConstraints

from core import links
from core.chargebacks import RefundNotice
from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.messages import Invoice
from core.ground.money import Money
from core.parties import Abilities, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments.telegram_books import Books, Charge, Transaction, User
from payments.wire import LARGEST, Amount, Currency, Foreign, Misunderstood, now, once, read_again

STARS = "XTR"
PAYLOAD = 128  # bytes of an invoice's
KEY = re.compile(r"[\x21-\x7e]{1,120}")
OPENED = re.compile(r"invoice-([0-9]{1,11})")
LEEWAY = timedelta(hours=1)  # between our clock and Telegram's
TIMEOUT = 20.0  # seconds for one call
REFERENCE = 40  # characters of a charge's id, which has some 120: so much of it names its refund to people

T = TypeVar("T")


class Moved(Foreign):
    """SuccessfulPayment and RefundedPayment, which name alike what they have in common."""

    currency: Currency
    total_amount: Amount
    invoice_payload: Annotated[str, StringConstraints(max_length=500)]
    telegram_payment_charge_id: Charge


class Message(Foreign):
    """What of a message says that money has moved."""

    author: Annotated[User | None, Field(alias="from")] = None
    successful_payment: Moved | None = None
    refunded_payment: Moved | None = None


class RawTransactions(TelegramMethod[dict[str, Any]]):
    """The list as it is: a kind of partner that aiogram does not know yet must not keep all others from us."""

    __returning__ = dict[str, Any]
    __api_method__ = GetStarTransactions.__api_method__

    offset: int
    limit: int


class TelegramStars:
    """Keeps PaymentRail. `token` is the buyers' bot's, `api` the Bot API's address.

    A notice came by a webhook that only Telegram knows, and bears no signature of its own. So each is confirmed
    from the list of transactions: it costs one call to the server that the code is sent through anyway, and whoever
    had got hold of the webhook's secret could still take nothing.
    """

    name = "telegram_stars"
    mode: Literal["live", "test"] = "live"
    listens = False  # there is no hook: what was paid is an update among the bot's others
    abilities = Abilities(  # PTB 22.8, InvoiceLimit: 1 to 25000 Stars
        frozenset({STARS}),
        least=1,
        most=25_000,
        refunds="auto",
        parts=False,
        confirm=True,
        lists=True,
        only_in="telegram",
    )

    def __init__(self, token: str, *, api: str, clock: Callable[[], datetime] = now) -> None:
        server = PRODUCTION if api == PRODUCTION.base.partition("/bot")[0] else TelegramAPIServer.from_base(api)
        self._bot = Bot(token, session=AiohttpSession(api=server, timeout=TIMEOUT))
        self._clock = clock
        self._books = Books(self._page)
        self.account = str(self._bot.id)

    async def start(self, request: PaymentRequest) -> Payment:
        """The invoice, as data; Telegram hears of it when the chat sends it. A repeat is the same invoice.

        Its start parameter leads back to the order: only without one could a forwarded copy be paid by others.
        The reference keeps since when it can have been paid, so that `truth` need look no further back.
        """
        if not self.abilities.takes(request.total):
            raise PartyError(f"no invoice can be over {request.total}", permanent=True)
        if len(request.key.encode()) > PAYLOAD or not KEY.fullmatch(request.key):
            raise PartyError("the key is no invoice's payload", permanent=True)
        start = links.to_order(request.number)
        if start is None:
            raise PartyError("the order's number is no start parameter", permanent=True)
        reference = request.reference or f"invoice-{int(self._clock().timestamp())}"
        return Payment(reference, invoice=Invoice(request.title, request.key, request.total, start))

    def read(
        self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]
    ) -> PaymentNotice | RefundNotice | None:
        """What a Message of the Bot API says of money; None if nothing. Raises ForgedNotice; no network.

        It was authenticated when it came in as an update; here it is only taken at its word, strictly.
        """
        if len(body) > LARGEST:
            raise ForgedNotice("it is too big")
        try:
            told = Message.model_validate(json.loads(body, object_pairs_hook=once))
        except (ValueError, RecursionError):
            raise ForgedNotice("it is not in the form of a message") from None
        if told.successful_payment:
            payer = str(told.author.id) if told.author else ""
            return self._paid(told.successful_payment, payer)
        return self._returned(told.refunded_payment) if told.refunded_payment else None

    def sample(self) -> None:
        """Its notices come by the bot, whose own door is tried by `mika telegram check`."""

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """Telegram is content with any 2xx."""
        return 200, "text/plain", b""

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """The newest payment of that invoice, or None. Of two at once the other is found by `day`."""
        opened = OPENED.fullmatch(reference)
        since = datetime.fromtimestamp(int(opened[1]), UTC) - LEEWAY if opened else None
        async for one in self._books.newest_first():
            if since and one.at < since:
                return None
            if one.is_payment and key_of(one.payload) == key:
                return self._told(one)
        return None

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        """Send a payment's Stars back: all of them, for Telegram can't send a part. A repeat finds it done.

        Whose they are is asked of the list, so that it works after a restore too.
        Raises PartySilent when they may have been sent: then it may simply be called again.
        """
        paid, returned = await self._books.of(notice)
        if paid is None:
            raise PartyError("the bot has taken no such payment", permanent=True)
        if returned:
            return self._done(notice)
        if amount != Money(paid.amount, STARS):
            raise PartyError("Telegram gives Stars back whole, never a part of them", permanent=True)
        try:
            await self._call(self._bot.refund_star_payment(paid.user, notice), final=True)
        except AlreadyBack:
            return self._done(notice)
        return self._done(notice)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        """Always None: Telegram keeps no keys of ours. `refund` looks into the list first, so repeating it is safe."""
        return None

    async def close(self, key: str, reference: str) -> None:
        """An invoice can't be taken back: it is the last look before paying that refuses (checkout.may_be_charged)."""

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice | RefundNotice]:
        """Everything paid, and everything that went back, on the day that begins with `day`'s date, in its zone."""
        start = day.replace(hour=0, minute=0, second=0, microsecond=0)
        end = start + timedelta(days=1)
        async for one in self._books.since(start):
            if one.at >= end:
                return
            if one.is_payment:
                yield self._told(one)
            elif one.is_refund:
                yield self._went_back(one)

    async def well(self) -> None:
        """Telegram answers, and knows our token."""
        await self._call(self._bot.get_me())

    async def aclose(self) -> None:
        await self._bot.session.close()

    # In the core's words

    def _paid(self, told: Moved, payer: str) -> PaymentNotice:
        total, charge = Money(told.total_amount, told.currency), told.telegram_payment_charge_id
        return self._notice(charge, told.invoice_payload, total, payer)

    def _told(self, one: Transaction) -> PaymentNotice:
        return self._notice(one.id, one.payload, Money(one.amount, STARS), str(one.user))

    def _notice(self, charge: str, payload: str, total: Money, payer: str) -> PaymentNotice:
        key = key_of(payload)
        return PaymentNotice(self.name, charge, charge, key, self.account, self.mode, "paid", total, payer)

    def _returned(self, told: Moved) -> RefundNotice:
        return self._refund_notice(told.telegram_payment_charge_id, Money(told.total_amount, told.currency))

    def _went_back(self, one: Transaction) -> RefundNotice:
        return self._refund_notice(one.id, Money(one.amount, STARS))

    def _refund_notice(self, charge: str, total: Money) -> RefundNotice:
        """A refund has its payment's id: the two are told apart by their direction only."""
        return RefundNotice(
            self.name, f"refund {charge}", self.account, charge, charge[:REFERENCE], total, keyless=True
        )

    def _done(self, charge: str) -> RefundAnswer:
        return RefundAnswer("done", charge[:REFERENCE])

    # Calls

    async def _page(self, offset: int, limit: int) -> list[Any]:
        answer = await read_again(lambda: self._call(self._bot(RawTransactions(offset=offset, limit=limit))))
        page = answer.get("transactions")
        if not isinstance(page, list):
            raise Misunderstood("Telegram's answer makes no sense to us")
        return page

    async def _call(self, call: Awaitable[T], *, final: bool = False) -> T:
        """What aiogram raises, in our words; none of its exceptions is passed on, for they hold the whole call.

        `final`: what Telegram refuses, it refuses for good.
        """
        trouble: Exception
        try:
            return await call
        except TelegramBadRequest as error:
            known = "CHARGE_ALREADY_REFUNDED" in error.message
            trouble = AlreadyBack() if known else PartyError(f"refused: {error.message[:120]}", permanent=final)
        except (TelegramServerError, ClientDecodeError) as error:
            trouble = PartySilent(f"Telegram gave no clear answer ({type(error).__name__})")
        except TelegramNetworkError as error:
            reached = not isinstance(error.__cause__, ClientConnectorError)
            trouble = PartySilent("Telegram didn't answer") if reached else PartyError("Telegram can't be reached")
        except TelegramAPIError as error:  # too hasty, or the token is to be mended: nothing has happened
            trouble = PartyError(f"Telegram refuses for now ({type(error).__name__})")
        except AiogramError as error:
            trouble = PartySilent(f"the call went wrong ({type(error).__name__})")
        raise trouble from None


class AlreadyBack(Exception):
    """These Stars went back before."""


def key_of(payload: str) -> str:
    """Our key. An invoice of others' may hold anything: then a name for it, for its money is to be looked after too."""
    return payload if KEY.fullmatch(payload) else f"payload-{hashlib.sha256(payload.encode()).hexdigest()[:32]}"
