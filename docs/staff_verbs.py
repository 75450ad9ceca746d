"""The page of all that staff can say, made from the staff's own router: `python docs/staff_verbs.py` writes it.

tests/bot/test_staff_verbs.py holds the page against it, so a verb that is new or gone shows there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.staff import staff
from core.authority import PRESETS, RIGHTS, Right, Role, rights
from core.ground.words import known, sentence

PAGE = Path(__file__).resolve().parent / "how-to" / "staff.md"
YES, BUTTON = "✓", "by its button"

# Verb: what follows it, or that it is a button; and what it does. A verb that is missing here makes no page.
WHAT: dict[str, tuple[str, str]] = {
    "agree-export": (BUTTON, "agrees to somebody else's export of codes"),
    "alert": ("PRODUCT NUMBER", "from how few codes on you are told; 0: only when it is sold out"),
    "allow": ("customer ORDER, order ORDER, ip, email, domain or country", "lets them pass whatever their score"),
    "announce": ("", "news to all buyers who agreed to hear them, with a preview"),
    "approve": ("ORDER", "a held order goes on; also the button on its card"),
    "ask": ("ORDER", "a question to the buyer of an order"),
    "audit": ("", "what was done last, by whom"),
    "badlines": (BUTTON, "which lines of a file are no code, and why"),
    "batch": (BUTTON, "a batch: where it came from, what it cost, what is left of it"),
    "block": (
        "customer ORDER, order ORDER, ip, email, domain or country",
        "sells nothing to them, or to where an order came from, for a while or until ended",
    ),
    "bought": (BUTTON, "what a batch cost and by which receipt"),
    "buyer": ("ORDER", "a buyer's card: their accounts, what they have bought, the lists they are on"),
    "cancel": ("ORDER", "an order that isn't paid in full ends"),
    "cant": ("ORDER", "what should be done by hand can't be done"),
    "catalogue-export": ("", "all products and prices as a file"),
    "catalogue-import": ("", "the changed file comes back, with a preview"),
    "claim": ("CASE", "a claim's card: what is known, and what can be done"),
    "claim-ask": (BUTTON, "a question to the buyer about a claim; or reply to the card itself"),
    "claim-refund": (BUTTON, "the price of the code goes back"),
    "claim-refuse": (BUTTON, "nothing is given for it, and the buyer reads why"),
    "claim-replace": (BUTTON, "another code for the one complained of"),
    "claim-resend": (BUTTON, "the same code goes to the buyer again"),
    "claims": ("", "claims that wait, and what suppliers have not answered"),
    "close": (BUTTON, "a conversation with a buyer is over"),
    "credited": ("REFUND", "a refund that can't be sent becomes store credit"),
    "discard": (BUTTON, "what was sent is thrown away before it is on sale"),
    "doctor": ("", "what is wrong with the shop itself, and what to do"),
    "door": ("", "a way in from another account of yours"),
    "doubt": ("ORDER", "an order that goes out later is looked at first"),
    "edit": (BUTTON, "changes one thing of a product"),
    "entries": ("", "all that the shop answers by itself"),
    "entry": ("ENTRY [PRODUCT]", "one answer as buyers read it, and what was taught to mean it"),
    "entrytext": ("ENTRY [PRODUCT]", "rewrites an answer, for all products or for one: text, picture, link"),
    "evidence": ("ORDER", "what a payment provider wants to see of a disputed order, as a file"),
    "export": ("[WHAT] [OF WHAT]", "orders, payments, refunds, stock, buyers, books or codes as a file"),
    "find": ("WORDS", "orders by number, the provider's number, buyer, product or day"),
    "found": (BUTTON, "more of what was found"),
    "fulfil": ("ORDER", "writes what was made by hand; it goes to the buyer sealed"),
    "giveback": ("ORDER", "a refund: all, some units or an amount"),
    "goodwill": ("ORDER AMOUNT", "money or store credit for the trouble"),
    "guide-write": ("", "how a product, or all of a brand, is redeemed: text and pictures, with a preview"),
    "hands": ("", "what is to be done by hand"),
    "help": ("", "what waits, and where to look"),
    "here": ("CODE", "in a group, as `/here CODE`: makes it the staff's room; `mika telegram group` prints the code"),
    "issuer": ("PRODUCT [shop, SUPPLIER or none]", "who can tell of a product's codes that they were redeemed"),
    "invite": ("[NAME]", "lets somebody in, as a helper, manager, owner or viewer"),
    "keep": ("PAYMENT", "money that fits no order is the shop's"),
    "language": ("", "another language"),
    "leaver": (BUTTON, "somebody leaves: all they hold ends at once"),
    "lists": ("", "whom the shop sells nothing to and whom it lets pass"),
    "manage": ("", "all products, each a button that opens it"),
    "margins": ("", "what one of each product leaves"),
    "match": ("PAYMENT ORDER", "money that fits no order is this order's"),
    "member": (BUTTON, "the card of a colleague"),
    "missed": ("", "what was told in a summary, one by one"),
    "newsagain": (BUTTON, "sends to those again of whom it isn't known whether they got it"),
    "newscard": (BUTTON, "how far a broadcast is"),
    "means": (BUTTON, "which answer a question means, from the list of all"),
    "newentry": ("", "writes a new answer"),
    "note": ("ORDER", "a note that only staff can read"),
    "notices": ("ORDER", "the payment provider's notices of an order"),
    "onsale": (BUTTON, "what was sent goes on sale"),
    "order": ("ORDER", "an order's card: how it stands and what can be done"),
    "orders": ("", "the newest orders"),
    "part": (BUTTON, "parts accounts that were linked wrongly; orders and credit go back"),
    "passphrase": (BUTTON, "what opens an exported file of codes; shown once"),
    "people": ("", "who works here, and as what"),
    "price-cancel": (BUTTON, "calls a planned price off"),
    "price-change": (BUTTON, "one price change"),
    "price-changes": ("", "the last price changes"),
    "price-undo": (BUTTON, "the old prices come back"),
    "product-edit": (BUTTON, "a product, and all that can be changed of it"),
    "product-look": (BUTTON, "a product as the buyer sees it"),
    "product-new": ("", "a new product, by conversation"),
    "questions": ("", "what was asked and nobody had an answer to"),
    "quiethours": ("[FROM-TO]", "when only money and stock are heard"),
    "received": ("ORDER", "money you saw come in counts for an order"),
    "recover": ("ORDER", "asks the providers for a payment we weren't told of"),
    "refunded": ("REFUND [REFERENCE]", "you sent a refund by hand"),
    "reject": ("ORDER", "a held order is refunded; also the button on its card"),
    "release": ("ORDER", "an order that goes out later goes out now"),
    "redeem": ("[CODE]", "a code that the shop itself honours is redeemed, once"),
    "redemptions": ("", "how many codes are known to be redeemed, and of how many anybody could tell"),
    "replace": ("ORDER [WHICH]", "another code for one that doesn't work"),
    "reply": (BUTTON, "an answer to a buyer; or reply to the card itself"),
    "reprice": ("", "many prices at once, now or at a time, with a warning below cost"),
    "resend": ("ORDER", "the codes go to the buyer once more"),
    "restock": ("PRODUCT", "codes by pasting or as a file"),
    "return": ("PAYMENT", "money that fits no order goes back now"),
    "reveal": (
        "ORDER [WHICH]",
        "shows a code, with a reason; the others are told; `old NUMBER`: of the old shop",
    ),
    "review": (BUTTON, "the card of a held order"),
    "reviews": ("", "held orders"),
    "risk-rules": ("", "how held orders are chosen: another preset, the scores, one rule, an earlier version"),
    "role": (BUTTON, "somebody becomes something else"),
    "room-moved": (BUTTON, "the room's new id is ours"),
    "same": ("PAYMENT ORDER", "a payment told twice is the same money"),
    "sell": ("[PRODUCT] [NUMBER]", "writes down what was sold elsewhere; its codes wait for you"),
    "shelve": (BUTTON, "puts a product on the shelf or takes it off"),
    "start": ("", "what waits, and where to look"),
    "stock": ("", "what is for sale, reserved and sold"),
    "stock-of": (BUTTON, "the stock of one product, and its batches"),
    "stop-export": (BUTTON, "stops somebody's export of codes"),
    "stopnews": (BUTTON, "stops a broadcast"),
    "story": ("ORDER", "all that happened to an order"),
    "supplier-claim": ("CASE accepted or refused", "what a supplier says of a code that was bought there"),
    "switch": (BUTTON, "throws a switch: deliveries, the shop, a way to pay"),
    "switches": ("", "what is held, stopped or closed"),
    "take": (BUTTON, "you look after this conversation"),
    "tellus": ("", "which notices come at once, in lists, or not"),
    "teach": (BUTTON, "these questions mean that answer, from now on"),
    "play": (BUTTON, 'one of what "try" offers is played on a copy of the shop'),
    "thaw": ("PRODUCT", "a product that was frozen is sold again"),
    "thread": (BUTTON, "a conversation with a buyer"),
    "threads": ("", "buyers who wait for an answer"),
    "today": ("", "today's numbers so far"),
    "unasked": (BUTTON, "nothing is to be answered to these questions"),
    "try": ("[PRODUCT]", "plays a purchase, or one with an odd end, on a copy of the shop and tells it here"),
    "unlist": (BUTTON, "takes somebody or something off a list"),
    "unteach": (BUTTON, "a phrasing means nothing any more"),
    "why": ("ORDER", "what each rule found when an order was weighed"),
    "withdraw": ("quarantine, void or move", "takes unsold codes out of sale, or to another product"),
    "yesterday": ("", "the report of the day before"),
}

INTRO = """# What staff can say

Everything here can be typed to the staff bot, at the desk in a browser, and with a slash (`/orders`) in the staff's
group, in any of the shop's languages, or pressed. What asks a question goes on by itself; "cancel" leaves it. Words in
capitals stand for an order's number, a product's short name and the like; what is in brackets may be left out.
*In private*: not in the group.

How a day with it looks: [a day in the shop](a-day-in-the-shop.md).

## Who may what

A **helper** is support and stock keeper together. An owner gives and takes roles in "people";
`mika staff invite NAME --as helper` does it on the command line. Nobody gives more than they have.
"""


def page() -> str:
    """The whole page. Raises KeyError for a verb that WHAT doesn't tell of, ValueError for one that is no more."""
    verbs = staff.whose
    if gone := WHAT.keys() - verbs.keys():
        raise ValueError(f"nobody hears {sorted(gone)}")
    parts = [INTRO, *_matrix()]
    for right in Right:
        if mine := sorted((verb for verb, whose in verbs.items() if whose is right), key=_typed_first):
            title = sentence("en", f"right-{right}")
            parts += ["", f"## {title[0].upper()}{title[1:]}", "", "| say | 中文 | it does |", "|---|---|---|"]
            parts += map(_row, mine)
    return "\n".join(parts) + "\n"


def _matrix() -> Iterator[str]:
    named = {**{role.value: RIGHTS[role] for role in Role}, "helper": rights(PRESETS["helper"])}
    order = ["owner", "manager", "helper", "support", "stock-keeper", "viewer"]
    yield f"| | {' | '.join(order)} |"
    yield f"|---|{':-:|' * len(order)}"
    for right in Right:
        marks = " | ".join(YES if right in named[one] else "" for one in order)
        yield f"| {sentence('en', f'right-{right}')} | {marks} |"


def _typed_first(verb: str) -> tuple[bool, str]:
    return WHAT[verb][0] == BUTTON, verb


def _row(verb: str) -> str:
    after, does = WHAT[verb]
    opening = staff.openings.get(verb)
    private = opening.private if opening else verb in staff.private
    told = f"{does}. *In private*" if private else does
    if after == BUTTON:
        return f"| {BUTTON} | | {told} |"
    said = f"{_typed(verb, 'en')} {after}".strip()
    return f"| `{said}` | {_typed(verb, 'zh-CN', '')} | {told} |"


def _typed(verb: str, locale: str, otherwise: str | None = None) -> str:
    """The first of its words in that language."""
    key = f"hears-{verb}"
    return sentence(locale, key).split("|")[0] if known(key) else verb if otherwise is None else otherwise


if __name__ == "__main__":
    PAGE.write_text(page())
