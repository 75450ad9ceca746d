"""Made-up orders and facts, ordinary and as long as they come, and the real cards composed of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from bot.buyers import buyers
from bot.handlers import buyer_orders, product
from bot.ways import Ways
from core import cards, checkout, inventory, staffcards
from core.catalog import Product, StockKind
from core.ground.messages import (
    Answer,
    Codes,
    Fact,
    Invoice,
    Local,
    Message,
    Note,
    Phrase,
    Sealed,
    Words,
    pack_texts,
    words,
)
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import Secret
from core.ground.words import LOCALES, Hearer, Opened, Spoken, sentence, speak
from core.orders import Order, OrderLine, State
from core.parties import Abilities
from core.terms import Terms
from core.units import Obligation, Unit, UnitState
from core.ways import Standing
from tests.locales.used import REGIONS, members
from tests.locales.written import language

NOW = datetime(2026, 3, 14, 6, 5, tzinfo=UTC)
TODAY, LATER = NOW + timedelta(minutes=30), NOW + timedelta(days=3)
STARS = Money(250, "XTR")
CODE = "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2"
QUESTION = "Steam says the code is for another region. What now?"


@dataclass(frozen=True)
class Names:
    """How long what we don't write ourselves is."""

    product: Local
    face: str
    url: str
    price: Money
    quantity: int
    buyer: str
    when: datetime


ORDINARY = Names(
    Local({"zh-CN": "Steam 充值卡 20 美元", "en": "Steam gift card $20", "ru": "Карта Steam на $20"}),
    "$20",
    "https://store.steampowered.com/redeem",
    Money(14800, "CNY"),
    2,
    "telegram:7012345678",
    TODAY,
)
LONGEST = Names(
    Local(
        {
            "zh-CN": "任天堂 eShop 预付卡（适用于 Switch 与 Switch 2，含全部下载游戏及会员）美国账号专用 70 美元面额版",
            "en": "Nintendo eShop prepaid card for Switch and Switch 2, $70 US ed",
            "ru": "Карта предоплаты Nintendo eShop для Switch и Switch 2 на $70",
        }
    ),
    "$70.00 USD",
    "https://accounts.example.com/gift-cards/redeem/nintendo?from=shop",
    Money(123456700, "CNY"),
    5,
    "browser:k3v9q2m7x4c8n1b5z0s6d2f7g3h9j4k1",
    LATER,
)


def order(names: Names = ORDINARY, state: State = State.DELIVERED, **terms: Any) -> Order:
    """An order in that state; `terms` are those of its product that matter."""
    agreed = replace(
        Terms("steam-us-20", names.product, "US", names.face, "code", "zhang", "unique", 7, names.url, None), **terms
    )
    owed = Obligation.BY_HAND if agreed.kind == "by_hand" and state is State.FULFILLING else None
    one = Unit(1, 1, 1, names.price.amount, UnitState.RESERVED, owed, names.when, None)
    return Order(
        id=1,
        number="K7M2-94QF",
        customer=1,
        person=names.buyer,
        channel="telegram",
        locale="en",
        state=state,
        version=1,
        total=names.price,
        placed_at=NOW,
        expires_at=names.when,
        extended=False,
        paid_at=NOW,
        late=False,
        findings=pack_texts([words("risk-new-buyer-high-value", limit=names.price)]),
        review_due_at=names.when,
        decided_by="Chen",
        decided_at=NOW,
        going_back=names.price,
        refund_stuck=False,
        lines=(OrderLine(1, 1, names.quantity, names.price.amount, agreed),),
        units=tuple(replace(one, id=number, position=number) for number in range(1, names.quantity + 1)),
    )


def _later(names: Names) -> Order:
    waits = order(names, State.PAID)
    return replace(waits, units=tuple(replace(unit, obligation=Obligation.LATER) for unit in waits.units))


def buyer_cards(names: Names) -> dict[str, Message]:
    """Everything core/cards.py says to a buyer."""
    bought, by_hand = order(names), order(names, State.FULFILLING, kind="by_hand", noun="topup", measure="fen")
    found = {
        "pay here": cards.pay_here(bought, "https://pay.example/1", several_rails=True, with_phrase=True),
        "pay here, any region": cards.pay_here(
            order(names, region="global"), None, several_rails=False, with_phrase=False
        ),
        "pay the invoice": cards.pay_here(
            bought, None, several_rails=True, with_phrase=False, invoice=Invoice(names.product, "K", STARS, "o-1")
        ),
        "waiting": cards.waiting(bought, "sandbox", names.when),
        "underpaid": cards.underpaid(bought, Money(100, "CNY")),
        "late": cards.late(bought),
        "later": cards.later(_later(names)),
        "preparing": cards.preparing(by_hand),
        "delivered": cards.delivered(bought, Codes(1)),
        "delivered, any region": cards.delivered(order(names, region="global"), Codes(1)),
        "delivered, with a way back": cards.delivered(bought, Codes(1), site="https://shop.example.com"),
        "delivered by hand": cards.delivered(by_hand, Codes(1)),
        "delivered, from the list": buyer_orders.leading_back(cards.delivered(bought, Codes(1)), "12"),
        "pay here, from the list": buyer_orders.leading_back(
            cards.pay_here(bought, "https://pay.example/1", several_rails=True, with_phrase=True), "12"
        ),
    }
    asked = order(names, State.PAID_NO_STOCK, shortage=["wait", "substitute"])
    instead = _product(names, StockKind.UNIQUE)
    found |= {
        "pay here, with credit": cards.pay_here(
            bought, None, several_rails=True, with_phrase=True, credit=Money(100, "CNY")
        ),
        "sold out": cards.sold_out(asked, asked.quantity, names.when, names.when, instead, names.price),
        "sold out in part": cards.sold_out(asked, 1, names.when, names.when, None, names.price),
        "wanted": cards.wanted(asked, names.when, cancelled=True),
        "bought again": cards.wanted(asked, names.when, cancelled=False),
        "waits": cards.waits(asked),
        "credited": cards.credited(bought, names.price),
        "credit given": cards.credit_given(bought, names.price),
        "replaced": cards.delivered(bought, Codes(1), replaced=True),
    }
    found |= {f"status {state}": cards.status(order(names, state)) for state in State}
    reasons = sorted(members()["refund-why-"])
    for why in (reason.removeprefix("refund-why-") for reason in reasons):
        found[f"refunded {why}"] = cards.refunded(bought, names.price, "sandbox", "re_3OqX9L2eZvKYlo2C1gQJd7hT", why)
    found |= {
        "refund by hand": cards.refund_by_hand(bought, names.price, names.when, "6225 0000"),
        "refund by hand, where": cards.refund_by_hand(bought, names.price, names.when, ""),
        "refunded by hand": cards.refunded(bought, names.price, "manual", "BACK-1", "surplus", by_hand=True),
    }
    refusals = (
        inventory.OutOfStock(left=3),
        checkout.TooManyUnpaid(orders=3),
        checkout.LimitReached(limit=10),
        checkout.PayFirst(time=names.when),
    )
    return found | {
        f"refused {refusal.key}": Message(words(refusal.key, **refusal.facts), buyers.choices) for refusal in refusals
    }


def staff_cards(names: Names) -> dict[str, Message]:
    """Everything core/staffcards.py says to staff."""
    asked = {"account": {"en": "Account to top up", "zh-CN": "充值账号", "ru": "Аккаунт для пополнения"}}
    by_hand = order(names, State.FULFILLING, kind="by_hand", asked=asked)
    return {
        "review": staffcards.review(order(names, State.IN_REVIEW), (), NOW),
        "review that passes": staffcards.review(order(names, State.IN_REVIEW), (), NOW, default="deliver"),
        "decided": staffcards.review(order(names, State.REFUND_PENDING), (), NOW),
        "decided by the clock": staffcards.review(order(names, State.DELIVERED), (), NOW, default="deliver"),
        "by hand": staffcards.by_hand(by_hand),
    }


async def product_cards(names: Names) -> dict[str, Message]:
    """A product as the shelf shows it: of every kind, with and without stock."""
    person: Any = SimpleNamespace(locale="en", chat="browser")
    return {
        f"product {kind} {left} {region}": await product.show_product(_shop(names, kind, left, region), person, "steam")
        for kind in (StockKind.UNIQUE, StockKind.BY_HAND, StockKind.ON_DEMAND)
        for left in (0, 1, 999)
        for region in ("US", "global")
    }


def _shop(names: Names, kind: StockKind, left: int, region: str) -> Any:
    product = _product(names, kind, region)

    async def read(*_: object) -> tuple[Product, int, Ways]:
        rail: Any = SimpleNamespace(name="sandbox", mode="test", abilities=Abilities(frozenset({"CNY"})))
        return product, left, Ways((rail,), Standing("browser", rehearsal=True), "CNY")

    return SimpleNamespace(db=SimpleNamespace(read=read), rules=Rules(), payments={})


def _product(names: Names, kind: StockKind, region: str = "US") -> Product:
    steps = ((1, names.price.amount), (5, names.price.amount - 100), (10, names.price.amount - 200))
    return Product(
        id=1,
        slug="steam-us-20",
        brand="steam",
        name=names.product,
        region=region,
        face_value=names.face,
        noun="code",
        measure="zhang",
        kind=kind,
        on_sale=True,
        most_per_order=10,
        most_per_buyer=None,
        after_sale_days=7,
        hand_within=None,
        redeem_url=names.url,
        prices={"CNY": steps[: 1 if names is ORDINARY else 2]},
        supplier="sandbox" if kind is StockKind.ON_DEMAND else None,
    )


def order_list(names: Names) -> Message:
    """A page of "my orders"."""
    return buyer_orders.page_of_orders([order(names, state) for state in list(State)[: buyer_orders.PAGE + 1]], 2)


# Saying them


def hearer(locale: str) -> Hearer:
    return Hearer(locale, NOW, ZoneInfo("Asia/Shanghai"))


def said(message: Message, locale: str, code: str = CODE) -> Spoken:
    """The message in a language, with made-up codes: five of them, whatever the order says."""
    phrase = " ".join(sorted(sentence(locale, "pickup-words").split(), key=len)[-4:])

    def opens(fact: Sealed) -> Sequence[Opened]:
        if isinstance(fact, Note | Answer):
            return [Opened(Secret(QUESTION), Secret(QUESTION))]
        lines = [phrase] if isinstance(fact, Phrase) else [f"{code[:-1]}{number}" for number in range(5)]
        return [Opened(Secret(line), Secret(line)) for line in lines]

    return speak(message, hearer(locale), opens)


# Facts for every sentence by itself


def facts(names: Names) -> dict[str, Fact]:
    """One value for every variable there is."""
    money, number = names.price, "K7M2-94QF"
    return {
        "amount": money,
        "account": Local(
            {
                "zh-CN": "招商银行 6225 **** 1234 陈",
                "en": "First Bank, Chen Ltd, GB00 BANK 0000",
                "ru": "Первый банк, ООО «Чэнь», 40817",
            }
        ),
        "actor": names.buyer,
        "address": "TXLAQ63Xg1NAzckPwKHvzw7CSEmLMEqcdj",
        "all": "yes",
        "back": money,
        "cancelled": "yes",
        "case": "C-K7M2-94QF",
        "claimed": 12,
        "others": 3,
        "waits": "yes",
        "category": Local({"zh-CN": "游戏点数", "en": "Game credits", "ru": "Игровая валюта"}),
        "cheaper": "yes",
        "file": words("file-accounts"),
        "found": 2,
        "position": 3,
        "receipt": 1234567,
        "slug": "steam-us-20",
        "answer": "player.one@example.com",
        "asked": 12,
        "at": 1,
        "count": 12,
        "entry": words("faq-title-payment-failed"),
        "people": 3,
        "title": words("faq-title-payment-failed"),
        "anywhere": "no",
        "available": 1200,
        "blank": 12,
        "bought": 12,
        "buyer": names.buyer,
        "channel": "Xianyu",
        "closes": "18:00",
        "codes": Codes(1),
        "cost": "1234567.00",
        "date": "2027-12-31",
        "days": 7,
        "deadline": names.when,
        "done": 1000,
        "duplicate": 120,
        "exact": Money(17_362_500, "USDT"),
        "face": names.face,
        "against": "PostgreSQL",
        "api": "https://api.telegram.org",
        "folder": "/srv/mika/data",
        "free": 412,
        "host": "shop.example.com",
        "needed": "read committed",
        "percent": 3,
        "rows": 12,
        "size": 1234,
        "subject": "nothing_is_granted_in_unchecked_books",
        "takes": "USD, USDT, XTR",
        "there": "https://elsewhere.example.com",
        "used": 97,
        "code": "D019",
        "since": names.when,
        "todo": words("choose-doctor"),
        "wanted": "https://shop.example.com",
        "hands": 12,
        "hours": 12,
        "how": "amount",
        "kind": "unique",
        "late": "yes",
        "some": "yes",
        "label": Local({"zh-CN": "充值账号", "en": "Account to top up", "ru": "Аккаунт для пополнения"}),
        "left": 12,
        "limit": money,
        "lines": "3, 14, 15, 92, 65, 35, 89, 79, 32, 38 …",
        "malformed": 12,
        "max": 999,
        "measure": words("measure-zhang"),
        "most": 2000,
        "n": names.quantity,
        "network": "BNB Smart Chain (BEP20)",
        "new": 1200,
        "noun": words("noun-membership"),
        "number": number,
        "opens": "09:00",
        "orders": 3,
        "page": 2,
        "pages": 12,
        "out": 12,
        "payer": "159****5620",
        "by": words("trail-destination"),
        "span": words("risk-days", n=30),
        "country": "US",
        "hour": 3,
        "lapsed": 12,
        "outcome": words("outcome-review"),
        "score": 120,
        "version": 1234,
        "delay": 30,
        "review": 50,
        "refuse": 150,
        "preset": words("risk-preset-standard"),
        "weight": 120,
        "line": 12,
        "minutes": 30,
        "phrase": Phrase(1),
        "price": money,
        "proof": "Wholesale order 2041-7788-A of March",
        "product": names.product,
        "rail": words("rail-sandbox"),
        "reference": "re_3OqX9L2eZvKYlo2C1gQJd7hT",
        "old": "-4123456789",
        "to": "-1001234567890",
        "refunds": 12,
        "region": words("region-tr"),
        "reserved": 120,
        "rest": money,
        "reviews": 12,
        "row": 1234567,
        "same": "yes",
        "source": "wholesale-march-steam-us.xlsx",
        "threshold": 10,
        "unpaid": 12,
        "which": "steam-us-20",
        "name": "Chen",
        "accounts": "telegram_staff:6123456789, browser:k3vKkqf0Yq7kT2hYw5ZqD0",
        "brand": Local({"zh-CN": "任天堂", "en": "Nintendo", "ru": "Nintendo"}),
        "changed": 12,
        "column": "price USDT",
        "currency": "USDT",
        "field": words("product-field-delivery"),
        "goods": words("pick-digital"),
        "resale": words("pick-normal"),
        "hidden": 3,
        "later": "yes",
        "least": 1,
        "options": "unique, shared, on_demand, by_hand",
        "order": 10,
        "picture": "yes",
        "shortage": words("pick-ask"),
        "unchanged": 120,
        "who": "Chen",
        "one": words("role-stock-keeper"),
        "other": words("role-support"),
        "right": words("right-people"),
        "role": words("preset-manager"),
        "roles": words("roles-and", one=words("role-stock-keeper"), other=words("role-support")),
        "way": "/start kB3vKkqf0Yq7kT2hYw5ZqD0x9f3mUuQ4",
        "near": "country-mismatch",
        "rule": "new-buyer-high-value",
        "shop": Rules().shop_name,
        "sold": 12000,
        "staff": "Chen",
        "state": words("state-refund-pending"),
        "stock": 999,
        "supplier": "sandbox",
        "text": QUESTION,
        "time": names.when,
        "total": money,
        "url": names.url,
        "value": CODE,
        "what": words("event-paid-too-late"),
        "why": words("risk-new-buyer-high-value", limit=money),
        "work": "deliver",
        "seconds": 30,
        "begin": "23:00",
        "chat": words("chat-telegram"),
        "detail": "the order is delivered: it is not so",
        "doubtful": 12,
        "end": "08:00",
        "language": words("language-ru"),
        "mode": words("mode-lists"),
        "over": "yes",
        "seen": "yes",
        "known": "yes",
        "rate": 87,
        "coverage": 64,
        "says": Local({"zh-CN": "春节放假", "en": "Closed for the holidays", "ru": "Магазин закрыт на праздники"}),
        "sent": 12000,
        "skipped": 120,
        "stands": "going",
        "until": names.when,
        "zone": words("zone-asia-shanghai"),
        "disputes": 2,
        "k": 13,
        "paid": 10,
        "replaced": 2,
    }


# Sentences say different things for these: each is tried.
VARIED: dict[str, tuple[Fact, ...]] = {
    "actor": ("shop", "clock", "payment"),
    "all": ("no",),
    "cancelled": ("no",),
    "cheaper": ("no",),
    "found": (0, 1, 5, 21),
    "anywhere": ("yes",),
    "waits": ("no",),
    "days": (0, 1, 2, 5, 21, 30),
    "how": ("done", "failed", "units", "chooses", "refund"),
    "kind": ("by_hand", "shared", "on_demand"),
    "left": (0, 1, 2, 5, 21),
    "max": (1, 2),
    "n": (1, 2, 5, 11, 21, 1000),
    "orders": (1, 2, 5, 21),
    "refunds": (0, 1, 2, 5, 21),
    "disputes": (0, 1, 5),
    "most": (0, 1),
    "replaced": (0, 1, 5),
    "region": tuple(words(f"region-{code}") for code in REGIONS),
    "late": ("no",),
    "later": ("no",),
    "picture": ("no",),
    "same": ("no",),
    "seen": ("no",),
    "known": ("no",),
    "some": ("no",),
    "seconds": (1, 2, 5),
    "staff": ("clock", "buyer", "-"),
    "state": ("fulfilling", "rejected"),
    "stock": (0, 1),
    "doubtful": (0, 1, 2, 5, 21),
    "over": ("no",),
    "stands": ("stopped", "done"),
    "until": ("none",),
    "unpaid": (0, 1),
    "which": ("none",),
}


def every_way(key: str, names: Names) -> Iterator[Message]:
    """A sentence with its facts: as they are, and each that matters changed."""
    variables = set().union(*(language(locale).sentences[key].variables for locale in LOCALES))
    known = facts(names)  # a new variable needs its sample there
    given = {name: known[name] for name in variables | {"measure"}}
    yield Message(Words(key, given))
    for name in variables & VARIED.keys():
        for value in VARIED[name]:
            yield Message(Words(key, {**given, name: value}))
