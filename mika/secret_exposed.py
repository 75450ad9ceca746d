"""What whoever had a secret could do with it meanwhile: in plain words, with the shop's own figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Select, bindparam, func, select

from core import attempts, inventory, ledger, orders, reveals, units
from core.ground import inbox
from core.ground.audit import audit
from core.ground.db import Tx
from core.parties import PaymentRail
from core.shop import Shop
from mika.parts import BUYERS_BOT, STAFF_BOT
from mika.secret_list import HOOK, VAULT, Kept

SHOWN = 5
Lines = Iterator[str]


def _since(column: object, table: object, *where: object) -> Select[tuple[int]]:
    return select(func.count()).select_from(table).where(column >= bindparam("since"), *where)  # type: ignore[arg-type, operator]


_o, _u = orders.orders, units.units
IN_CHAT = (
    select(func.count(_o.c.id.distinct()), func.count())
    .select_from(_u.join(_o, _o.c.id == _u.c.order_id))
    .where(_u.c.sent_at >= bindparam("since"), _o.c.person_id.startswith(f"{BUYERS_BOT}:"))
)
UPDATES = _since(inbox.inbox.c.received_at, inbox.inbox, inbox.inbox.c.source == bindparam("source"))
ACTS = _since(audit.c.at, audit, audit.c.actor.startswith(f"{STAFF_BOT}:"))
REVEALS = _since(reveals.reveals.c.at, reveals.reveals)
RECEIPTS = _since(ledger.receipts.c.received_at, ledger.receipts, ledger.receipts.c.rail == bindparam("rail"))
REFUNDS = (
    select(func.count())
    .select_from(ledger.refunds.join(ledger.receipts, ledger.receipts.c.id == ledger.refunds.c.receipt_id))
    .where(ledger.refunds.c.made_at >= bindparam("since"), ledger.receipts.c.rail == bindparam("rail"))
)
MAILS = _since(attempts.attempts.c.at, attempts.attempts, attempts.attempts.c.way == "email")
CODES = select(inventory.codes.c.state, func.count()).group_by(inventory.codes.c.state)
NOTICE_SECRETS = ("secret", "key", "token", "api_v3_key")  # with which a rail's notices are signed or sealed


async def tell(shop: Shop, one: Kept, since: datetime, say: Callable[[str], None]) -> None:
    """Since then, for whoever had it: what they could read, do and pretend. And what to do now."""
    known = f"since {since:%Y-%m-%d %H:%M} UTC" if since.year > 1970 else "as long as it was in use"
    say(f"What was exposed {known}:")
    for line in await shop.db.read(_lines, one, since, shop):
        say(f"  {line}")


def _lines(tx: Tx, one: Kept, since: datetime, shop: Shop) -> list[str]:
    table, *rest = one.place
    match one.name, table:
        case name, _ if name == VAULT:
            return list(_vault(tx))
        case name, _ if name == HOOK:
            return list(_hook(tx, since))
        case "telegram.buyers", _:
            return list(_buyers_bot(tx, since))
        case "telegram.staff", _:
            return list(_staff_bot(tx, since))
        case _, "rails":
            return list(_rail(tx, shop.payments.get(rest[0]), rest[0], rest[1], since))
        case _, "wechat":
            return list(_wechat(tx, rest[0], since))
        case _, "email":
            return list(_email(tx, since))
        case _, "backups":
            return list(_backups())
        case "metrics.token", _:
            return ["The shop's figures could be read at /metrics: sales, stock and queues, but no code and no person."]
        case "heartbeat_url", _:
            return ["Whoever had it could say that all is well while the shop was down."]
    return ["Whoever had it could buy from the supplier in the shop's name. Compare its bill with `mika stock list`."]


def _buyers_bot(tx: Tx, since: datetime) -> Lines:
    sold, codes = tx.one(IN_CHAT, since=since)
    updates = tx.value(UPDATES, since=since, source=BUYERS_BOT)
    yield f"What buyers wrote to the bot: {updates:,} messages and presses that the shop still knows of."
    yield f"They could be taken before the shop had them. Codes the shop said ({codes:,} of {sold:,} orders)"
    yield "could not"
    yield "be read back by the token, but messages could be sent, edited and deleted in every buyer's chat as"
    yield "the bot."
    yield "Do now: in BotFather /revoke gives a new token and ends the old one. Tell buyers that the bot asks"
    yield "for nothing."


def _staff_bot(tx: Tx, since: datetime) -> Lines:
    acts, shown = tx.value(ACTS, since=since), tx.value(REVEALS, since=since)
    yield f"What staff wrote and pressed. By their accounts {acts:,} acts were written down and codes shown"
    yield f"{shown:,} times."
    yield "A token alone approves nothing: presses come by the webhook, which has a secret of its own."
    yield "Do now: /revoke in BotFather; read `mika audit verify` and the desk's `audit` for acts that nobody"
    yield "remembers."


def _hook(tx: Tx, since: datetime) -> Lines:
    found = {name: tx.value(UPDATES, since=since, source=name) for name in (BUYERS_BOT, STAFF_BOT)}
    yield "Updates could be forged: words and presses of any buyer and of any of staff,"
    yield f"{sum(found.values()):,} are known."
    yield f"By staff's Telegram accounts {tx.value(ACTS, since=since):,} acts were written down: ask them about"
    yield "each."
    yield "No payment could be forged by it but a Telegram Stars one, and the shop asks Telegram before it"
    yield "believes one."
    yield "Do now: restart `mika run`; it tells Telegram the new address. The old one is refused from then on."


def _rail(tx: Tx, rail: PaymentRail | None, name: str, field: str, since: datetime) -> Lines:
    receipts, refunds = (tx.value(each, since=since, rail=name) for each in (RECEIPTS, REFUNDS))
    if field in NOTICE_SECRETS:
        yield from _notices(tx, rail, name, receipts, since)
    if field != "secret":
        yield "In the shop's name payments could be opened and looked at, and money sent back. The shop knows of"
        yield f"{receipts:,}"
        yield f"payments and made {refunds:,} refunds at {name} since: compare with the provider's list, which"
        yield "shows the rest."
    yield f"Do now: end the old one at the provider, so that nobody uses it any more: {_how(name, field)}."


def _notices(tx: Tx, rail: PaymentRail | None, name: str, receipts: int, since: datetime) -> Lines:
    came = tx.value(UPDATES, since=since, source=name)
    refused = inbox.refusals(tx, [name], since, 1000)
    yield f"Notices could be forged. {came:,} that came since are known, and {len(refused):,} were refused at"
    yield "the door."
    if rail is None or rail.abilities.confirm:
        yield "None of them counted by itself: the shop asks the provider before it believes a payment."
    else:
        yield f"A notice of {name} is believed by its signature: compare its {receipts:,} payments since with the"
        yield "provider's."
    for one in refused[:SHOWN]:
        yield f"refused at {one.at:%Y-%m-%d %H:%M} UTC: {one.why}"


def _how(name: str, field: str) -> str:
    if name == "stripe":
        overlap = "; roll it with some hours of overlap, Stripe then signs by both and no notice is lost"
        return "Developers, API keys" if field == "api_key" else f"Developers, Webhooks, the endpoint{overlap}"
    return "where it was made; docs/how-to/payments.md says where that is"


def _wechat(tx: Tx, field: str, since: datetime) -> Lines:
    came = tx.value(UPDATES, since=since, source="wechat")
    if field == "secret":
        yield "Whoever also had an address of the account's IP whitelist could write to followers in the shop's"
        yield "name, change"
        yield f"the menu and read followers' names. {came:,} messages of buyers are known since; they could not be"
        yield "read by it."
        yield "Do now: reset it at 基本配置, AppSecret; keep the IP whitelist to the shop's own address."
        return
    yield f"Messages of followers could be forged, and read on their way: {came:,} are known since."
    yield "A forged word can order, and look at orders and codes of the buyer it names: look at orders they"
    yield "don't remember."
    yield "Do now: change it at 基本配置, 服务器配置, at the moment the shop is restarted: WeChat knows one at a time."


def _email(tx: Tx, since: datetime) -> Lines:
    yield "Mail could be sent in the shop's name, and what lies in that mailbox read."
    yield f"{tx.value(MAILS, since=since):,} mails went to buyers since: their links opened one order each, for"
    yield "a while."
    yield "Do now: end the old password at the mail provider, and look at its list of logins."


def _backups() -> Lines:
    yield "What lies in the bucket could be fetched and removed: backups, which nothing but the vault's key opens,"
    yield "the journal of what was handed over, and pictures."
    yield "Both halves of a key go together: replace the other one too, then try them with `mika backup`."
    yield "Do now: end the old key at the storage, and look with `mika backup --list` that the backups are there."


def _vault(tx: Tx) -> Lines:
    counts = dict(tuple(row) for row in tx.all(CODES))
    unsold = sum(many for state, many in counts.items() if state in ("available", "reserved"))
    yield f"With a copy of the database too, every code could be opened: {unsold:,} unsold,"
    yield f"{counts.get('granted', 0):,} sold."
    yield "So could buyers' messages that wait, and every backup made until now: a new key changes no file"
    yield "made before."
    yield "The pick-up phrases and the addresses of webhooks are worked out from it: they stay, whoever had it"
    yield "knows them."
    yield "Do now: put backups of before where nobody else reads them. If the database is out too, sell none"
    yield "of that stock:"
    yield "have the unsold codes exchanged by whoever sold them. `mika secret replace telegram.webhook` makes"
    yield "a new address."
