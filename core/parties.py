"""The contracts of the outside world, on one page. Whoever keeps one can be plugged in by name.

An outside party returns, or raises PartyError: `permanent=True` when trying again can't help, PartySilent when the
call may have had its effect. It never touches the database and never decides; the core does, from what it returns.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal, Protocol

from core.backups import Kept
from core.chargebacks import RefundNotice
from core.delivery import Ring
from core.findings import Look
from core.ground.audit import Mark
from core.ground.messages import Invoice, Spoken, Text
from core.ground.money import Money
from core.ground.vault import Secret
from core.handed import Handed
from core.issuing import RedemptionAnswer
from core.notices import Notice
from core.rehearsals import Rehearsed
from core.settling import PaymentNotice
from core.supply import SupplierAnswer

Device = Literal[
    "scan",  # another one: it scans a picture
    "inside",  # the chat's own browser
    "phone",  # a phone's browser
]


@dataclass(frozen=True)
class Abilities:
    """What a rail can do, so that the core and the sentences promise no more than that."""

    currencies: frozenset[str]
    least: int = 1  # minor units
    most: int | None = None
    limits: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)  # least and most, where they differ
    shortest: timedelta = timedelta(0)  # its page lives at least so long, whatever the hold: it is closed by `close`
    refunds: Literal["auto", "by-hand", "none"] = "auto"
    parts: bool = True  # whether a part of a payment can be sent back, or only all of it
    authenticity: Literal["strong", "weak"] = "strong"
    confirm: bool = True  # a notice is only a trigger: ask the rail for the truth before believing it
    by_key: bool = True  # it can be asked about a payment without what it called it, which is in our books alone
    lists: bool = True  # whether `day` can tell what was paid
    by_staff: bool = False  # nobody can be asked: staff look whether the money came
    only_in: str | None = None  # the one chat its payments live in
    devices: frozenset[Device] = frozenset({"scan"})  # where it can be paid, for a rail that tells them apart

    def takes(self, total: Money) -> bool:
        least, most = self.limits.get(total.currency, (self.least, self.most))
        return total.currency in self.currencies and least <= total.amount and (most is None or total.amount <= most)


@dataclass(frozen=True)
class PaymentRequest:
    """What a rail needs to open a payment. `key` is ours, persisted first: the same key is the same payment."""

    key: str
    number: str
    total: Money
    expires_at: datetime
    title: str
    locale: str
    return_url: str
    reference: str | None = None  # what the rail called it when it was opened before
    device: Device = "scan"  # where it will be paid
    payer: str = ""  # the payer's account at the provider, where that must be known before: WeChat's openid
    address: str = ""  # the IP it is asked for from, where the provider wants it


@dataclass(frozen=True)
class Payment:
    """An opened payment: a page to send the buyer to, a code to scan, an account to pay to, or the chat's invoice."""

    reference: str  # the rail's own id, for asking, refunding, closing
    link: str | None = None
    invoice: Invoice | None = None
    exact: Money | None = None  # when the rail tells orders apart by the amount: this much, in what the buyer sends
    qr: str | None = None  # what the picture to scan holds
    says: Text | None = None  # what the buyer must know to pay, where there is no page to say it
    call: Mapping[str, str] | None = None  # what the page hands to the provider's own programme inside its chat


@dataclass(frozen=True)
class RefundAnswer:
    state: Literal["done", "pending", "failed"]
    reference: str = ""
    why: str = ""


@dataclass(frozen=True)
class Brought:
    """A notice as it is brought to the rail's door: one HTTP request."""

    method: Literal["GET", "POST"] = "POST"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class PaymentRail(Protocol):
    """One way to take money (Stripe, Alipay, the test rail)."""

    name: str  # as in payments/__init__.py; also the inbox source of its notices; people see the sentence rail-NAME
    account: str  # the merchant account that money must have been paid to
    mode: Literal["live", "test"]
    abilities: Abilities

    @property
    def listens(self) -> bool:
        """Whether notices can be verified at all; without a secret the shop has no door for them."""
        ...

    async def start(self, request: PaymentRequest) -> Payment:
        """Open a payment. Repeating a key returns the payment it opened before; a fresh one where that has lapsed.

        Raises PartyError, and PartySilent where it may have been opened: then it is called again with the same key.
        """
        ...

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> Notice | None:
        """A notice as it came in, verified on the raw bytes. Raises ForgedNotice; never touches the network.

        Headers by lower-case name; one that came twice is one value with a comma. None for a verified notice that
        says nothing of money.
        """
        ...

    def sample(self) -> Brought | None:
        """A notice signed as the provider signs, that changes nothing: to try the door with. None where only it can."""
        ...

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """What the provider wants to hear when a notice is stored: status, content type, body."""
        ...

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """Ask the rail: the notice as it should have come, or None when nothing has been paid."""
        ...

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        """Send money back against a provider transaction id. Repeating a key returns the first answer."""
        ...

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        """What became of the refund with our key, against that transaction; None when the rail has never heard of it.

        There are rails that keep their refunds under the transaction only, so both are told.
        """
        ...

    async def close(self, key: str, reference: str) -> None:
        """End an open payment, so that the page takes no more money. Repeating it changes nothing."""
        ...

    def day(self, day: datetime) -> AsyncIterator[PaymentNotice | RefundNotice]:
        """Everything paid on a day, for reconciliation; and what went back, where the rail's list tells it."""
        ...

    async def well(self) -> None:
        """Whether a payment could be opened now. Raises PartyError if not: the rail is hidden until this returns."""
        ...

    async def aclose(self) -> None: ...


class Supplier(Protocol):
    """Where codes are bought when they are paid for."""

    name: str  # as in suppliers/__init__.py
    settles_within: timedelta  # after a call, how long it may take until `look_up` knows of a purchase that was made

    async def buy(self, reference: str, sku: str, answers: Mapping[str, str]) -> SupplierAnswer:
        """Buy one. `answers` is what the product asked of the buyer. PartyError(permanent=True): refused, definitely.

        PartySilent when it may have been done; any other PartyError when the supplier can't have been reached.
        """
        ...

    async def look_up(self, reference: str) -> SupplierAnswer | None:
        """What became of a purchase; None when the supplier has never heard of it."""
        ...

    async def aclose(self) -> None: ...


class Issuer(Protocol):
    """Who issued codes, or sold them to us, and tells by contract whether one was redeemed.

    Only over the interface they give their sellers. A brand's own page is never asked with a buyer's code: that would
    show the code to whoever watches, and is not ours to do.
    """

    name: str  # as in suppliers/__init__.py

    async def redemption_of(self, code: Secret) -> RedemptionAnswer:
        """How a code of theirs stands now; asking changes nothing. PartyError(permanent=True): of this they won't tell.

        Any other PartyError when they are away, or what they say makes no sense: it is asked again another time.
        """
        ...

    async def aclose(self) -> None: ...


class Rehearsal(Protocol):
    """Where a purchase is rehearsed: on a copy of the shop, apart from it."""

    @property
    def chats(self) -> Sequence[str]:
        """Those that are connected to the shop."""
        ...

    async def play(self, play: str, slug: str | None, locale: str, chat: str | None) -> Rehearsed:
        """Play one of rehearsals.PLAYS, with that product or the first simple one. Never raises for how it went.

        In that chat, or in the one that suits it.

        A repeat plays it anew: nothing of the shop's own is touched.
        """
        ...


class Journal(Protocol):
    """What was handed over, written down where a restored database does not take it back."""

    async def keep(self, handed: Sequence[Handed]) -> None:
        """Returns when they are durable. A repeat does no harm. Raises OSError."""
        ...

    async def keep_mark(self, mark: Mark) -> None:
        """The end of the audit's chain, kept where nobody who can write in the database reaches. Raises OSError."""
        ...


class Backups(Protocol):
    """Where copies of the shop go, apart from this machine, and what makes and tries one."""

    at: time  # of the day, by the shop's clock

    async def back_up(self, always: frozenset[str]) -> Kept:
        """Make one, try it where it lies, and remove those that are not kept any more; never those in `always`.

        Raises PartyError, whose text says what stands in the way and what to do: then no backup counts as made.
        """
        ...

    async def copy_journal(self, now: datetime) -> None:
        """What was handed over lies there too, but for the last minutes. A repeat does no harm. Raises PartyError."""
        ...


class Sender(Protocol):
    """One way of reaching people: a chat, mail, ..."""

    async def __call__(self, address: str, message: Spoken) -> str:
        """Hand a message over; returns the chat's id of it. Raises SendError(permanent=...)."""
        ...


class Bell(Protocol):
    """What tells somebody that codes wait, in a chat that won't let us say so itself. Never with the code."""

    async def __call__(self, ring: Ring) -> None:
        """Ring once. Raises SendError: permanent=True where it can't be heard."""
        ...


class Files(Protocol):
    """A chat that people can send files in."""

    async def fetch(self, reference: str) -> bytes:
        """The file that Said.file names. Raises PartyError: permanent=True when it is gone, or too big to be had."""
        ...


class Chat(Protocol):
    """A chat people talk to us in. Offers its own HTTP routes, hears its inbox rows, and sends."""

    name: str
    send: Sender

    def routes(self, shop: Any) -> list[Any]:
        """Its page, callback, sign-in, as Starlette routes; mika/wiring mounts them."""
        ...

    async def hear(self, shop: Any, row: Any) -> None:
        """Answer one inbox row of this chat. A repeat changes nothing."""
        ...


class Doctor(Protocol):
    """Who looks the whole shop over."""

    async def look_over(self, only: frozenset[str] | None = None) -> Look:
        """One look, for these codes only or for all. What can't be looked at is a finding too: nothing is raised."""
        ...


class Heartbeat(Protocol):
    """Somebody outside who hears from us every minute, and calls the owner when that ends."""

    async def all_is_well(self) -> None:
        """Say so. Raises PartyError."""
        ...


class Connected(Protocol):
    """A chat that lives on somebody else's platform: what a Chat has, and a connection that is kept.

    One process at a time speaks there (mika/turns.py), so it can count by itself what the platform lets pass.
    """

    name: str

    @property
    def account(self) -> str:
        """Whom the platform knows us as."""
        ...

    def takes_over(self, left: Mapping[str, Any] | None, ago: float) -> None:
        """This process speaks from now on. `left` is what the one before left(), so many seconds ago."""
        ...

    def falls_silent(self) -> None:
        """It is about to speak no more: who waits here for a turn waits in vain, and is told so by SendError."""
        ...

    def leaves(self) -> Mapping[str, Any]:
        """What the next one must know of what was said, as plain data."""
        ...

    async def stay(self, shop: Any) -> None:
        """Connect, and stay connected until cancelled. The platform's absence is waited for, never raised."""
        ...

    async def aclose(self) -> None: ...
