"""Paying with Stars: the bot is asked, has ten seconds to say yes, and is told that it was paid."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from doubles.telegram_bots import Bot, Charge
from doubles.telegram_chats import Chat, Shown

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
    charge = Charge(f"stx{api.drawn(40)}", payer, amount, payload, int(api.now()))
    bot.earn(charge)
    shown.paid_by.add(payer["id"])
    paid = {"provider_payment_charge_id": f"{payer['id']}_{len(bot.charges)}"}
    del query["from"]
    told = {"from": payer, "successful_payment": query | {"telegram_payment_charge_id": charge.id} | paid}
    if chat.kind == "private":
        bot.started.add(payer["id"])
    api.hear(chat, told, only=bot)
    return Payment("paid", charge.id)
