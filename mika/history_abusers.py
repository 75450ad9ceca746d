"""Abusers of a generated history: attacks of many accounts, of which each kind differs in its settings only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mika.history_drawn import CARDS, COVER, DAY, GIVEN_BACK, HOUR, MINUTE, Account, Dice, Drawn
from mika.history_habits import Good, Habits, Kind, Span

LOCALES = {"zh-CN": 0.75, "en": 0.15, "ru": 0.1}
FOREIGN = ("US", "GB", "BR", "DE", "FR", "AU", "CA")
MOST_UNPAID = 3  # of one account at a time: the shop takes no more


@dataclass
class Gear:
    """Something an attack uses for so many accounts, or cards for so many orders, until it takes the next."""

    dice: Dice
    what: str
    lasts: int
    now: str = ""
    used: int = 0

    def take(self) -> str:
        if not self.now or self.used >= self.lasts:
            self.now, self.used = self.dice.address() if self.what == "ip" else self.dice.new(self.what), 0
        self.used += 1
        return self.now


@dataclass
class Hands:
    """What one account of an attack uses."""

    who: Account
    device: str
    ip: str
    payer: str
    email: str


class Attack:
    """One attack, with what it has; it may come back with the same."""

    def __init__(self, habits: Habits, name: str, dice: Dice) -> None:
        self.name, self.habits, self.dice = name, habits, dice
        self.kind: Kind = habits.kinds[name]
        kind = self.kind
        self.careful = dice.happens(kind.careful)
        self.country = dice.one_of(habits.honest.countries)
        self.rail = dice.one_of(kind.rails)
        self.devices = Gear(dice, "device", kind.per_device)
        self.addresses = Gear(dice, "ip", kind.per_address)
        self.payers = Gear(dice, "purse", kind.per_payer)
        self.cards = Gear(dice, "card", kind.per_card)
        self.games = [dice.new("game") for _ in range(dice.many(kind.destinations))]

    def orders(self) -> Iterator[Drawn]:
        dice, kind = self.dice, self.kind
        at = dice.moment(self.habits.days * 0.97 * dice.random.random())
        for _ in range(1 + dice.many(kind.returns)):
            yield from self._wave(at)
            at += dice.within(kind.return_days) * DAY
            if at >= dice.begins + self.habits.days * DAY:
                return

    def _wave(self, at: datetime) -> Iterator[Drawn]:
        for _ in range(self.dice.many(self.kind.accounts)):
            hands = self._hands()
            yield from self._account(hands, at)
            at += self.dice.waits(timedelta(minutes=self.kind.apart))

    def _hands(self) -> Hands:
        dice, kind = self.dice, self.kind
        who = Account("telegram" if dice.happens(kind.telegram) else "browser", dice.begins, dice.one_of(LOCALES))
        device, ip, payer = self.devices.take(), self.addresses.take(), self.payers.take()
        return Hands(who, device, ip, payer, dice.mail(throw_away=dice.happens(kind.throw_away)))

    def _account(self, hands: Hands, at: datetime) -> Iterator[Drawn]:
        """First perhaps orders that do no harm, then the others."""
        dice, kind = self.dice, self.kind
        aged = dice.within(Span(1, 20)) * DAY if dice.happens(kind.aged) else dice.waits(15 * MINUTE)
        cover = dice.many(kind.cover)
        for number in range(cover, 0, -1):
            earlier = at - number * dice.within(Span(0.5, 1.5)) * timedelta(days=kind.cover_days)
            aged = max(aged, at - earlier + MINUTE)
            small = [good for good in self.habits.goods if good.price < self.habits.honest.small]
            one = self._order(COVER, hands, earlier, dice.good(small or self.habits.goods), 1)
            one.paid_after, one.failed, one.says = dice.waits(MINUTE), "", "normal" if one.card else ""
            yield one
        hands.who.since = at - aged
        unpaid: list[datetime] = []
        for _ in range(dice.many(kind.orders)):
            while len([placed for placed in unpaid if placed > at - 15 * MINUTE]) >= MOST_UNPAID:
                at += MINUTE
            one = self._order(self.name, hands, at, *self._wanted())
            self._ends(one)
            if one.paid_after is None:
                unpaid.append(at)
            yield one
            at += dice.waits(timedelta(minutes=kind.pace))

    def _wanted(self) -> tuple[Good, int]:
        """Goods and pieces for about the amount that this kind of abuse is after."""
        dice, kind, goods = self.dice, self.kind, self.habits.goods
        about = dice.lognormal(kind.amount, kind.spread)
        if self.careful:
            about = min(about, kind.below)
        if kind.destinations.most > 3:
            wanted = [good for good in goods if good.asks == "account"]
        else:
            high = dice.happens(kind.high)
            wanted = [good for good in goods if (good.resale == "high") is high]
        near = [good for good in wanted if good.price <= about and good.price * 10 >= about]
        good = dice.random.choice(near or [min(wanted or goods, key=lambda good: abs(good.price - about))])
        pieces = max(int(about // good.price), 1)
        return good, min(pieces, 10)

    def _order(self, name: str, hands: Hands, at: datetime, good: Good, pieces: int) -> Drawn:
        dice, kind = self.dice, self.kind
        one = Drawn(name, hands.who, at, good, pieces, self.rail, paid_after=dice.waits(1.5 * MINUTE))
        if hands.who.chat != "telegram":
            fast = dice.happens(kind.fast)
            looked = dice.within(Span(0.2, 2)) if fast else max(dice.lognormal(15, 0.8), 2.1)
            one.pressed = timedelta(seconds=looked)
            one.device = dice.new("window") if dice.happens(kind.fresh_device) else hands.device
            one.ip = dice.address() if dice.happens(kind.fresh_address) else hands.ip
            one.country = self.country
        self._pays(one, hands)
        if good.asks == "account":
            one.account = dice.random.choice(self.games)
        if good.asks == "email" or dice.happens(kind.with_email):
            one.email = hands.email
        return one

    def _pays(self, one: Drawn, hands: Hands) -> None:
        dice, kind = self.dice, self.kind
        if one.rail != CARDS:
            one.payer = "" if one.rail == "wechat" else f"{one.rail} {hands.payer}"
            return
        one.card = self.cards.take() if kind.per_card else f"card of {hands.payer}"
        one.payer_country = dice.random.choice(FOREIGN) if dice.happens(kind.mismatch) else self.country
        says = {"elevated": kind.elevated, "highest": kind.highest}
        one.says = dice.one_of({**says, "normal": max(1 - sum(says.values()), 0)})

    def _ends(self, one: Drawn) -> None:
        dice, kind = self.dice, self.kind
        if dice.happens(kind.unpaid):
            one.paid_after = None
            one.failed = one.rail if dice.happens(kind.failing) else ""
            return
        if dice.happens(kind.late):
            one.paid_after = dice.within(Span(15.2, 90)) * MINUTE
        if dice.happens(kind.disputed):
            one.disputed = dice.within(kind.after_days) * DAY
            if dice.happens(kind.warned):
                one.warned = dice.within(kind.warned_hours) * HOUR
        elif dice.happens(kind.refunded):
            one.refunded = dice.within(kind.after_hours) * HOUR
            one.why = "outside" if kind.late > 0.1 else dice.random.choice(GIVEN_BACK)
        elif dice.happens(kind.replaced):
            one.replaced = dice.within(kind.after_hours) * HOUR


def attacks(habits: Habits, name: str, dice: Dice, many: int) -> list[Drawn]:
    """Attacks of one kind until there are so many orders, those that do no harm not counted."""
    made: list[Drawn] = []
    while sum(one.kind == name for one in made) < many:
        made += Attack(habits, name, dice).orders()
    return made
