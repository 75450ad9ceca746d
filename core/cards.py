"""What is said about an order to its buyer: the sentence by its key, its facts, and what can be answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from core import delivery_texts, guides
from core.catalog import Product, made_by_staff
from core.ground.messages import (
    Choice,
    Codes,
    Invoice,
    Lines,
    Local,
    Message,
    Phrase,
    Text,
    Words,
    words,
)
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.words import known
from core.orders import UNPAID, Order, State
from core.terms import Terms
from core.units import Obligation, UnitState

HANDLE = 16  # characters
SPARE = timedelta(minutes=2)  # between our handing over and the buyer's reading: what is promised is that later

NO_PAGES = Rules()
HUMAN = Choice(words("choose-human"), "human")
MY_ORDERS = Choice(words("choose-orders"), "orders")
SHELF = Choice(words("choose-shelf"), "shelf")
OLD_ORDER = Choice(words("choose-old-orders"), "oldorder")


def region(code: str) -> Words | str:
    """Where a product works, by name; a region we have no name for, by its code."""
    key = f"region-{code.lower()}"
    return words(key) if known(key) else code.upper()


def handle(person_id: str) -> str:
    """A buyer to staff: the chat, and enough of the account to tell two apart."""
    return person_id if len(person_id) <= HANDLE else f"{person_id[:HANDLE]}…"


def noun(order: Order) -> Words:
    return words(f"noun-{order.terms.noun}")


def measure(name: str) -> Words:
    return words(f"measure-{name}")


def _kind(order: Order) -> str:
    return "by_hand" if made_by_staff(order.terms.kind, order.terms.supplier) else "stock"


def rail_called(name: str) -> Words:
    """A way to pay, as people call it."""
    return words(f"rail-{name.replace('_', '-')}")


def card_of(order: Order) -> str:
    """What every message about where an order stands is the card of."""
    return f"order {order.number}"


def pay_here(
    order: Order,
    link: str | None,
    *,
    several_rails: bool,
    with_phrase: bool,
    credit: Money | None = None,
    qr: str | None = None,
    says: Text | None = None,
    invoice: Invoice | None = None,
) -> Message:
    """It is set aside: how to pay, and until when. `credit` of it is paid already.

    By a page (`link`), by scanning a picture (`qr`), by what the rail says where it has no page, or in the chat itself:
    on an `invoice` there is less room for words, and the main choice is what pays it.
    """
    rest = order.total - credit if credit else order.total
    sentence = words(
        "buying-pay-invoice" if invoice else "buying-pay-here",
        number=order.number,
        product=order.terms.name,
        n=order.quantity,
        total=order.total,
        time=order.expires_at,
        noun=noun(order),
        region=region(order.terms.region),
        anywhere="yes" if order.terms.region == "global" else "no",
        kind=_kind(order),
    )
    pickup: tuple[Text, ...] = (words("pickup-phrase", phrase=Phrase(order.id)),) if with_phrase else ()
    used: tuple[Text, ...] = (words("credit-used", amount=credit),) if credit else ()
    choices = [Choice(words("choose-paid"), f"paid {order.number}")]
    if link or invoice or not (qr or says):
        choices.insert(0, Choice(words("choose-pay", total=rest), f"pay {order.number}", link=link, main=True))
    if several_rails:
        choices.append(Choice(words("choose-other-rail"), f"payby {order.number}"))
    choices.append(Choice(words("choose-cancel"), f"cancel {order.number}", acts=True))
    said = (sentence, *_how(rest, qr, says), *used, *pickup)
    shows = words("scan-to-pay", total=rest) if qr else None
    return Message(said, tuple(choices), card=card_of(order), qr=qr, shows=shows, invoice=invoice)


def waiting(order: Order, rail: str, until: datetime) -> Message:
    """Asked the rail just now, and it has seen nothing. Where this takes the pay card's place, the last leads back."""
    return Message(
        words("waiting", rail=rail_called(rail), number=order.number, noun=noun(order), time=until),
        (
            Choice(words("choose-check-again"), f"paid {order.number}", main=True),
            HUMAN,
            Choice(words("choose-status"), f"order {order.number}"),
        ),
    )


def claimed(order: Order) -> Message:
    """The buyer has sent a transfer: staff look, and the order waits for them; one that has ended does no more."""
    late = "no" if order.state in UNPAID else "yes"
    look = Choice(words("choose-status"), f"order {order.number}")
    return Message(words("manual-looked-into", number=order.number, time=order.expires_at, late=late), (look, HUMAN))


def underpaid(
    order: Order,
    received: Money,
    link: str | None = None,
    *,
    qr: str | None = None,
    says: Text | None = None,
    invoice: Invoice | None = None,
) -> Message:
    """Part of it is in: what is missing, until when, and how, as in pay_here. Without any, pressing opens the page."""
    rest = order.total - received
    sentence = words("underpaid", amount=received, number=order.number, rest=rest, time=order.expires_at)
    pay = [Choice(words("choose-pay", total=rest), f"pay {order.number}", link=link, main=True)]
    paid = Choice(words("choose-paid"), f"paid {order.number}")
    return Message(
        (sentence, *_how(rest, qr, says)),
        (*(pay if link or invoice or not (qr or says) else ()), paid, HUMAN),
        card=card_of(order),
        qr=qr,
        shows=words("scan-to-pay", total=rest) if qr else None,
        invoice=invoice,
    )


def _how(total: Money, qr: str | None, says: Text | None) -> tuple[Text, ...]:
    """How to pay where no page says it."""
    return (says,) if says else (words("scan-to-pay", total=total),) if qr else ()


def expired(order: Order) -> Message:
    return Message(
        words("expired", number=order.number, product=order.terms.name),
        (Choice(words("choose-buy-again"), f"buy {order.terms.slug} {order.quantity}", acts=True), SHELF),
        card=card_of(order),
    )


def cancelled(order: Order) -> Message:
    return Message(words("cancelled", number=order.number), (SHELF, MY_ORDERS), card=card_of(order))


def held(order: Order) -> Message:
    return Message(
        words(
            "held",
            amount=order.total,
            number=order.number,
            time=order.review_due_at or order.placed_at,
            noun=noun(order),
        ),
        (
            Choice(words("choose-status"), f"order {order.number}"),
            HUMAN,
            Choice(words("choose-refund-me"), f"refundme {order.number}", acts=True),
        ),
        card=card_of(order),
    )


def later(order: Order) -> Message:
    """It goes out when its time has come: by when it is there, and that one need not wait."""
    due = min((unit.due_at for unit in order.owing(Obligation.LATER) if unit.due_at), default=order.placed_at)
    return Message(
        words("later", amount=order.total, number=order.number, noun=noun(order), time=due + SPARE),
        (
            Choice(words("choose-status"), f"order {order.number}"),
            HUMAN,
            Choice(words("choose-refund-me"), f"refundme {order.number}", acts=True),
        ),
        card=card_of(order),
    )


def kept_back(order: Order) -> Message:
    """Deliveries are held: it takes longer than usual, and nothing is lost."""
    return Message(
        words("kept-back", amount=order.total, number=order.number, noun=noun(order)),
        (Choice(words("choose-status"), f"order {order.number}"), HUMAN),
        card=card_of(order),
    )


def late(order: Order) -> Message:
    return Message(words("late-payment", amount=order.total, number=order.number))


def sold_out(
    order: Order, lacking: int, choose_by: datetime, wait_until: datetime, instead: Product | None, back: Money
) -> Message:
    """It had sold out when the money came: what the buyer may choose, and what happens if they don't."""
    sentence = words(
        "sold-out-after-payment",
        amount=order.total,
        number=order.number,
        noun=noun(order),
        n=lacking,
        all="yes" if lacking == len(order.units) else "no",
        time=choose_by,
    )
    choices = []
    if "wait" in order.terms.shortage:
        choices.append(Choice(words("choose-wait", time=wait_until), f"wait {order.number}", acts=True))
    if instead is not None:
        label = words("choose-swap", product=instead.name, back=back, cheaper="yes" if back.amount else "no")
        choices.append(Choice(label, f"swap {order.number}", acts=True))
    return Message(sentence, (*choices, *_money_instead(order)), card=card_of(order))


def _money_instead(order: Order) -> tuple[Choice, ...]:
    return (
        Choice(words("choose-refund-now"), f"refundme {order.number}", acts=True),
        Choice(words("choose-credit"), f"credit {order.number}", acts=True),
    )


def wanted(order: Order, choose_by: datetime, *, cancelled: bool) -> Message:
    """The money came for an order its buyer had cancelled, or has bought again since: deliver, or refund?"""
    had = "yes" if cancelled else "no"
    return Message(
        words("still-wanted", amount=order.total, number=order.number, cancelled=had, time=choose_by),
        (Choice(words("choose-deliver"), f"deliver {order.number}", acts=True), *_money_instead(order)),
        card=card_of(order),
    )


def waits(order: Order) -> Message:
    """The buyer waits for new stock: until when."""
    until = min((unit.due_at for unit in order.owing(Obligation.WAIT_STOCK) if unit.due_at), default=order.placed_at)
    return Message(
        words("waits-for-stock", number=order.number, noun=noun(order), time=until),
        _money_instead(order),
        card=card_of(order),
    )


def credited(order: Order, amount: Money) -> Message:
    back = Choice(words("choose-credit-back"), f"creditback {order.number}", acts=True)
    return Message(words("credited", amount=amount, number=order.number), (SHELF, back, HUMAN), card=card_of(order))


def credit_given(order: Order, amount: Money) -> Message:
    return Message(words("credit-given", amount=amount, number=order.number), (SHELF, HUMAN))


def disputed(order: Order) -> Message:
    return Message(words("disputed", number=order.number), (HUMAN, MY_ORDERS), card=card_of(order))


def preparing(order: Order) -> Message:
    due = max((unit.due_at for unit in order.units if unit.due_at), default=order.placed_at)
    return Message(
        words("preparing", amount=order.total, number=order.number, time=due),
        (Choice(words("choose-status"), f"order {order.number}"), HUMAN),
        card=card_of(order),
    )


def delivered(
    order: Order, codes: Codes, *, replaced: bool = False, site: str | None = None, rules: Rules = NO_PAGES
) -> Message:
    """The order line first, so that a lock screen shows it and not the code; then the codes, then how to use them.

    What the shop says with codes of that product stands between.

    With a `site`, how to find them there if the chat should be gone. The guide is a page too, where `rules` know one.
    """
    handed = len(codes.units) if codes.units is not None else order.quantity
    terms = _terms_of(order, codes)
    key = "delivered-by-hand" if made_by_staff(terms.kind, terms.supplier) else "delivered"
    key = "replaced" if replaced else key
    sentence = words(key, number=order.number, product=terms.name, n=handed, codes=codes)
    how = how_to_redeem(terms)
    after = words("delivered-after", days=terms.after_sale_days)
    if site:
        later = words(
            "delivered-elsewhere", url=site.removeprefix("https://"), number=order.number, phrase=Phrase(order.id)
        )
    else:
        later = words("delivered-later")
    rest = (how, after, later) if terms.redeem_url else (after, later)
    says = delivery_texts.filled(order, terms, handed, rules)
    reminded = tuple(delivery_texts.reminders(terms, region(terms.region)))
    of_shop = (*((says,) if says else ()), *((Lines(reminded),) if reminded else ()))
    shows = (Local(terms.brand) if terms.brand else terms.name) if terms.logo else None
    choices = _with_codes(order, terms, rules, replaced=replaced, elsewhere=bool(site))
    return Message((sentence, *of_shop, Lines(rest)), choices, card=card_of(order), picture=terms.logo, shows=shows)


def _with_codes(order: Order, terms: Terms, rules: Rules, *, replaced: bool, elsewhere: bool) -> tuple[Choice, ...]:
    """What can be done with codes that stand above."""
    choices = [Choice(words("choose-copy"), copies=True, main=True)]
    if terms.redeem_url:
        choices.append(Choice(words("choose-redeem"), link=terms.redeem_url))
    choices += [
        Choice(words("choose-guide"), f"guide {terms.slug}", link=guides.address(rules, terms.slug, order.locale)),
        Choice(words("choose-problem"), f"claim {order.number}"),
        Choice(words("choose-buy-again"), f"buy {order.terms.slug} {order.quantity}", acts=True),
    ]
    if not elsewhere:  # with a way back there is no room: it is offered when the order is looked at again
        choices.insert(-1, Choice(words("choose-worked"), f"worked {order.number}"))
        if not replaced:
            choices.insert(-1, Choice(words("choose-give"), f"give {order.number}"))
    return tuple(choices)


def how_to_redeem(terms: Terms) -> Words:
    return words(
        "redeem-here",
        region=region(terms.region),
        anywhere="yes" if terms.region == "global" else "no",
        url=terms.redeem_url,
    )


def fetch_here(order: Order) -> Message:
    """To somebody's other chat: the one they ordered in is closed to us."""
    return Message(words("codes-wait", number=order.number), (Choice(words("choose-status"), f"order {order.number}"),))


def _terms_of(order: Order, codes: Codes) -> Terms:
    """Of what is handed over: the substitute's, where the buyer took one."""
    lines = {unit.line for unit in order.units if codes.units is None or unit.id in codes.units}
    if len(lines) != 1 or order.terms.kind == "bundle":
        return order.terms
    return next(line.terms for line in order.lines if line.id in lines)


def refund_by_hand(order: Order, amount: Money, by: datetime, payer: str) -> Message:
    """A person sends it; where the rail doesn't say who paid, only the buyer can tell where to."""
    key = "refund-by-hand" if payer else "refund-by-hand-where"
    return Message(words(key, amount=amount, number=order.number, time=by), (HUMAN, MY_ORDERS))


def refunded(order: Order, amount: Money, rail: str, reference: str, why: str, *, by_hand: bool = False) -> Message:
    key = "refunded-by-a-person" if by_hand else "refunded"
    sentence = words(key, amount=amount, number=order.number, rail=rail_called(rail), reference=reference)
    return Message((sentence, words(f"refund-why-{why}")), (HUMAN, SHELF))


def status(order: Order) -> Message:
    """Where an order stands, to its buyer."""
    again = Choice(words("choose-buy-again"), f"buy {order.terms.slug} {order.quantity}", acts=True)
    match order.state:
        case State.IN_REVIEW:
            return held(order)
        case State.FULFILLING if order.owing(Obligation.BY_HAND, Obligation.SUPPLIER):
            return preparing(order)
        case State.DISPUTED:
            return disputed(order)
        case _ if order.owing(Obligation.LATER):
            return later(order)
        case _ if order.owing(Obligation.WAIT_STOCK):
            return waits(order)
        case _ if credit := sum(unit.price for unit in order.units if unit.state is UnitState.CREDITED):
            return credited(order, Money(credit, order.total.currency))
        case State.EXPIRED:
            return expired(order)
        case State.CANCELLED:
            return cancelled(order)
        case State.REJECTED | State.REFUND_PENDING:
            key = "refund-stuck" if order.refund_stuck else "refund-coming"
            coming = words(key, amount=order.going_back, number=order.number)
            return Message(coming, (MY_ORDERS, HUMAN), card=card_of(order))
    sentence = words(
        "order-status",
        number=order.number,
        product=order.terms.name,
        n=order.quantity,
        total=order.total,
        state=words(f"state-{order.state.value.replace('_', '-')}"),
    )
    return Message(sentence, (again, HUMAN, MY_ORDERS), card=card_of(order))
