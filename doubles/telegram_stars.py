"""Paying with Stars: the bot is asked, has ten seconds to say yes, and is told that it was paid.

stars = Stars(api, shop_bot)
await stars.pay("K7M2-94QF-telegram_stars")     # whoever has the invoice pays it
stars.take_back(charge)                         # without the bot's asking
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from doubles.telegram_bots import Bot, Charge
from doubles.telegram_chats import Chat, Shown
from doubles.telling import Told

if TYPE_CHECKING:
    from doubles.telegram_world import World

Outcome = Literal["paid", "refused", "late"]


@dataclass(frozen=True, slots=True)
class Payment:
    """What came of it. `charge` is set if it was paid, `why` is what the payer was told if it was refused."""

    outcome: Outcome
    charge: str = ""
    why: str = ""


@dataclass(eq=False)
class Checkout:
    """A pre-checkout query that waits for the bot's answer."""

    bot: Bot
    at: float
    answer: asyncio.Future[tuple[bool, str]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def done(self) -> bool:
        return self.answer.done()

    def take(self, ok: bool, why: str) -> None:
        self.answer.set_result((ok, why))


async def pay(api: World, payer: dict[str, Any], chat: Chat, shown: Shown) -> Payment:
    """One person pays one invoice. Raises ValueError when the client would not offer it."""
    bot, invoice = shown.bot, shown.body.get("invoice")
    if bot is None or invoice is None or shown.deleted:
        raise ValueError("there is no invoice to pay")
    if payer["id"] in shown.paid_by:
        raise ValueError("it shows a receipt: this person has paid it")
    if shown.chat.kind == "private" and payer["id"] != shown.chat.id and invoice["start_parameter"]:
        raise ValueError("the forwarded copy of an invoice with a start parameter has a link, no Pay button")
    amount, payload = invoice["total_amount"], shown.payload
    query = {"from": payer, "currency": "XTR", "total_amount": amount, "invoice_payload": payload}
    checkout = Checkout(bot, api.now())
    id = api.drawn(18)
    api.checkouts[id] = checkout
    bot.updates.add("pre_checkout_query", {"id": id} | query, payer["id"])
    try:
        ok, why = await asyncio.wait_for(checkout.answer, api.checkout_seconds)
    except TimeoutError:
        return Payment("late")
    if not ok:
        return Payment("refused", why=why)
    charge = charged(api, bot, payer, amount, payload)
    shown.paid_by.add(payer["id"])
    if chat.kind == "private":
        bot.started.add(payer["id"])
    api.hear(chat, {"from": payer, "successful_payment": receipt(bot, charge)}, only=bot)
    return Payment("paid", charge.id)


def charged(api: World, bot: Bot, payer: dict[str, Any], amount: int, payload: str) -> Charge:
    """Stars change hands; nobody is told yet."""
    charge = Charge(f"stx{api.drawn(120)}", payer, amount, payload, int(api.now()))
    bot.earn(charge)
    return charge


def receipt(bot: Bot, charge: Charge) -> dict[str, Any]:
    """A SuccessfulPayment."""
    return {
        "currency": "XTR",
        "total_amount": charge.amount,
        "invoice_payload": charge.payload,
        "telegram_payment_charge_id": charge.id,
        "provider_payment_charge_id": f"{charge.payer['id']}_{list(bot.charges).index(charge.id) + 1}",
    }


@dataclass
class Stars:
    """One bot's Stars, as seen by Telegram: who pays, what the bot is told, what goes back."""

    api: World
    bot: Bot

    def invoice(self, payload: str) -> Shown:
        """The newest invoice with that payload that still stands in a private chat. Raises ValueError."""
        found = (
            shown
            for person in self.api.people
            for shown in reversed(self.api.private(self.bot, person).messages)
            if "invoice" in shown.body and shown.payload == payload and shown.bot is self.bot
        )
        shown = next(found, None)
        if shown is None:
            raise ValueError(f"nobody has an invoice {payload!r}")
        return shown

    async def pay(self, key: str) -> Payment:
        """Whoever was sent the invoice pays it, as they would in their chat."""
        shown = self.invoice(key)
        return await pay(self.api, self.api.people[shown.chat.id].user, shown.chat, shown)

    def told(self, key: str) -> Told:
        """The update about what was paid on that invoice, as it is posted to the webhook, without posting it.

        Each is a new update about the same charge: so Telegram repeats itself after it has lost its place. Raises
        ValueError if nothing was paid.
        """
        charge = next((one for one in reversed(self.bot.charges.values()) if one.payload == key), None)
        if charge is None:
            raise ValueError(f"nobody has paid {key!r}")
        return self.update({"from": charge.payer, "successful_payment": receipt(self.bot, charge)}, charge.payer["id"])

    def told_back(self, charge: str) -> Told:
        """The update about a refund, likewise."""
        one = self.bot.charges[charge]
        paid = {name: value for name, value in receipt(self.bot, one).items() if not name.startswith("provider")}
        return self.update({"from": self.bot.told(), "refunded_payment": paid}, one.payer["id"])

    def update(self, content: dict[str, Any], person: int) -> Told:
        """A message of a private chat as it is posted."""
        chat, webhook = self.api.private(self.bot, person), self.bot.updates.webhook
        message = {"message_id": chat.number(), "date": int(self.api.now()), "chat": chat.told()} | content
        body = json.dumps({"update_id": 800_000_000 + chat.number(), "message": message})
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": webhook.secret}
        return Told(headers=headers, body=body.encode())

    def take_back(self, charge: str, *, tells: bool = True) -> None:
        """Telegram gives a payer's Stars back, without the bot's asking; it may not even be told."""
        given = self.bot.give_back(charge, self.bot.charges[charge].payer["id"], int(self.api.now()))
        if tells:
            self.api.hands_back(self.bot, given)
