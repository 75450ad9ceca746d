"""Honest buyers of a generated history, with all that looks odd about honest people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mika.history_drawn import AT_NIGHT, CARDS, DAY, GIVEN_BACK, HOLD, HONEST, HOUR, HOURS, MINUTE, Account, Dice, Drawn
from mika.history_habits import Good, Habits, Honest, Network, Span, Way

LOCALES = {"zh-CN": 0.8, "en": 0.1, "ru": 0.1}


@dataclass
class Place:
    """What those share who sit behind one address."""

    network: Network
    left: int
    ip: str
    country: str
    device: str
    card: str


@dataclass
class Buyer:
    """Somebody honest, and what stays the same with them from order to order."""

    who: Account
    country: str
    bank: str  # where their card comes from
    rail: str
    device: str
    card: str
    purse: str
    email: str
    accounts: list[str]
    ip: str = ""  # of their own; empty: a carrier's, another each time
    night: bool = False
    odd: Way | None = None
    gifts: bool = False
    orders: int = 0


@dataclass
class Crowd:
    """All the honest buyers of one history."""

    habits: Habits
    dice: Dice
    places: dict[str, Place] = field(default_factory=dict)
    carriers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.carriers = [self.dice.address() for _ in range(self.honest.networks.mobile.pool)]

    @property
    def honest(self) -> Honest:
        return self.habits.honest

    def orders(self, many: int) -> list[Drawn]:
        """At least so many, not in order."""
        made: list[Drawn] = []
        while len(made) < many:
            made += self.of_one()
        return made

    def of_one(self) -> list[Drawn]:
        """What one buyer orders. The shop knows them since shortly before, or since days."""
        buyer = self._buyer()
        made = list(self._bought(buyer))
        before = self.dice.within(Span(1, 20)) * DAY
        seen = self.dice.happens(self.honest.seen_before)
        buyer.who.since = min(one.at for one in made) - (before if seen else self.dice.waits(20 * MINUTE))
        return made

    def _bought(self, buyer: Buyer) -> Iterator[Drawn]:
        """Until they stop, or the history does."""
        dice, honest = self.dice, self.honest
        day = self.habits.days * dice.random.random() ** 1.4
        many = max(round(dice.lognormal(honest.orders_each.median, honest.orders_each.spread)), 1)
        gap = honest.gap_days
        if buyer.odd and buyer.odd is honest.ways.reseller:
            many, gap = dice.many(buyer.odd.orders), buyer.odd.gap_days
        elif buyer.gifts:
            yield from self._gifts(buyer, day)
        for _ in range(many):
            at = dice.moment(day, AT_NIGHT if buyer.night else HOURS)
            yield from self._tried(buyer, at)
            day += dice.waits(timedelta(days=gap)) / DAY
            if day >= self.habits.days:
                return

    def _gifts(self, buyer: Buyer, day: float) -> Iterator[Drawn]:
        """Top-ups for friends, one after the other, on some holiday."""
        way, dice = self.honest.ways.gift_sender, self.dice
        buyer.accounts = [dice.new("game") for _ in range(dice.many(way.destinations))]
        if not dice.happens(way.in_a_day):
            return
        at = dice.moment(min(day + 30 * dice.random.random(), self.habits.days - 1))
        topped_up = [good for good in self.habits.goods if good.asks == "account" and good.price <= 100]
        for account in buyer.accounts if topped_up else ():
            at += dice.waits(6 * MINUTE)
            one = self._order(buyer, at, dice.good(topped_up), 1)
            one.account = account
            yield one

    def _tried(self, buyer: Buyer, at: datetime) -> Iterator[Drawn]:
        """An order, before it perhaps one whose payment came to nothing, and after it another if it wasn't paid."""
        dice, honest = self.dice, self.honest
        good, pieces = self._wanted(buyer)
        if dice.happens(honest.failed):
            first = self._order(buyer, at - dice.waits(10 * MINUTE), good, pieces)
            first.rail = first.failed = dice.one_of(honest.rails)
            first.paid_after, first.says = None, ""
            yield first
        one = self._order(buyer, at, good, pieces)
        if dice.happens(honest.abandoned):
            one.paid_after, one.called_off = None, dice.happens(honest.cancelled)
        yield one
        if one.paid_after is None and dice.happens(honest.again):
            over = at + (5 * MINUTE if one.called_off else HOLD)
            yield self._order(buyer, over + dice.waits(20 * MINUTE), good, pieces)

    def _wanted(self, buyer: Buyer) -> tuple[Good, int]:
        dice, honest, goods = self.dice, self.honest, self.habits.goods
        buyer.orders += 1
        pieces = dice.random.randint(2, 5) if dice.happens(honest.several) else 1
        if buyer.odd and buyer.odd is honest.ways.reseller:
            pieces = dice.many(buyer.odd.pieces)
            goods = [good for good in goods if good.resale == "high"] or goods
        elif buyer.odd is honest.ways.big_spender:
            goods = [good for good in goods if good.price >= honest.ways.big_spender.above] or goods
        elif buyer.orders == 1 and dice.happens(honest.first_small):
            goods, pieces = [good for good in goods if good.price < honest.small] or goods, 1
        return dice.good(goods), pieces

    def _order(self, buyer: Buyer, at: datetime, good: Good, pieces: int) -> Drawn:
        dice, honest = self.dice, self.honest
        rail = dice.one_of(honest.rails) if dice.happens(honest.second_rail) else buyer.rail
        late = dice.happens(honest.late)
        one = Drawn(HONEST, buyer.who, at, good, pieces, rail)
        one.paid_after = dice.within(Span(16, 120)) * MINUTE if late else min(dice.waits(1.5 * MINUTE), 14 * MINUTE)
        one.pressed = timedelta(seconds=dice.within(Span(0.6, 2))) if dice.happens(honest.fast) else self._looked()
        self._sits(one, buyer)
        self._pays(one, buyer)
        if good.asks == "email":
            one.email = buyer.email
        elif good.asks == "account":
            one.account = dice.random.choice(buyer.accounts)
        self._ends(one)
        return one

    def _looked(self) -> timedelta:
        return timedelta(seconds=max(self.dice.lognormal(25, 0.8), 2.1))

    def _sits(self, one: Drawn, buyer: Buyer) -> None:
        """Where it comes from, of which Telegram tells nothing."""
        dice, honest = self.dice, self.honest
        if buyer.who.chat == "telegram":
            one.pressed = None
            return
        one.ip = buyer.ip or dice.random.choice(self.carriers)
        one.country = buyer.country
        one.device = dice.new("window") if dice.happens(honest.private_window) else buyer.device
        if dice.happens(honest.travelling):
            one.ip, one.country = dice.address(), dice.one_of(honest.countries)

    def _pays(self, one: Drawn, buyer: Buyer) -> None:
        dice, honest = self.dice, self.honest
        if one.rail == CARDS:
            one.card, one.payer_country, one.says = buyer.card, buyer.bank, "normal"
            if dice.happens(honest.elevated):
                one.says = "elevated"
            elif dice.happens(honest.highest):
                one.says = "highest"
        elif one.rail != "wechat":  # it tells nobody's account
            one.payer = f"{one.rail} {buyer.purse}"

    def _ends(self, one: Drawn) -> None:
        dice, honest = self.dice, self.honest
        if one.rail == CARDS and dice.happens(honest.disputed):
            one.disputed, one.won = dice.within(Span(10, 60)) * DAY, dice.happens(honest.won)
        elif dice.happens(honest.refunded):
            one.refunded, one.why = dice.within(Span(0.5, 72)) * HOUR, dice.random.choice(GIVEN_BACK)
        elif dice.happens(honest.our_fault):
            one.refunded, one.why = dice.within(Span(0.1, 24)) * HOUR, dice.random.choice(("sold-out", "unserved"))
        elif dice.happens(honest.replaced):
            one.replaced = dice.within(Span(0.2, 48)) * HOUR

    def _buyer(self) -> Buyer:
        dice, honest = self.dice, self.honest
        telegram = dice.happens(honest.telegram)
        country = dice.one_of(honest.countries)
        bank = dice.one_of(honest.countries) if dice.happens(honest.abroad) else country
        who = Account("telegram" if telegram else "browser", dice.begins, dice.one_of(LOCALES))
        buyer = Buyer(
            who,
            country,
            bank,
            dice.one_of(honest.rails),
            dice.new("device"),
            dice.new("card"),
            dice.new("purse"),
            dice.mail(throw_away=dice.happens(honest.throw_away)),
            [dice.new("game") for _ in range(dice.random.choice((1, 1, 1, 2)))],
            ip=dice.address(),
        )
        if not telegram:
            self._settles(buyer)
        self._has_ways(buyer)
        return buyer

    def _settles(self, buyer: Buyer) -> None:
        """Among others behind one address, or behind a carrier's addresses."""
        networks, dice = self.honest.networks, self.dice
        shared: Sequence[str] = ("family", "hall", "cafe")
        shares = {name: getattr(networks, name).share for name in (*shared, "mobile")}
        where = dice.one_of({**shares, "": max(1 - sum(shares.values()), 0)})
        if where == "mobile":
            buyer.ip = ""
        elif where:
            place = self._place(where, buyer)
            buyer.ip, buyer.country = place.ip, place.country
            if dice.happens(place.network.same_device):
                buyer.device = place.device
            if dice.happens(place.network.same_card):
                buyer.card = place.card

    def _place(self, where: str, buyer: Buyer) -> Place:
        network: Network = getattr(self.honest.networks, where)
        place = self.places.get(where)
        if place is None or not place.left:
            size = self.dice.many(network.size)
            place = Place(network, size, buyer.ip, buyer.country, buyer.device, buyer.card)
            self.places[where] = place
        place.left -= 1
        return place

    def _has_ways(self, buyer: Buyer) -> None:
        ways, dice = self.honest.ways, self.dice
        buyer.night = dice.happens(ways.night_owl.share)
        buyer.gifts = dice.happens(ways.gift_sender.share)
        buyer.odd = next((way for way in (ways.reseller, ways.big_spender) if dice.happens(way.share)), None)
