"""Which sentences the code names: read from its syntax trees, without running it.

A use is found where a sentence is named: words("key", fact=...), talk.ask(step, "key", ...), talk.end("key", ...),
staff.alarm(tx, once, "key", ...), sentence(locale, "key"), and the name of every refusal in core/. A key that is
worked out (f"state-{...}") is a family, "state-*"; members() says which sentences it must have.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import bot.staff  # noqa: F401  # first: its handlers and conversations import each other through it
from bot.commands import COMMANDS
from bot.handlers.staff_people import GIVEN
from bot.handlers.staff_products import FIELDS
from core import (
    attempts,
    books,
    claimcards,
    claims,
    exports,
    findings,
    ledger,
    listings,
    redemptions,
    rehearsals,
    risk,
    risk_facts,
    stock_files,
    withdrawals,
)
from core.authority import Right, Role
from core.faq_reading import INTENTS
from core.ground.errors import ShopError
from core.ground.words import LOCALES
from core.orders import State
from core.pasted import LABELS
from core.product_fields import CHOICES
from core.quiet import Kind, Mode, Topic
from core.risk import Outcome, Trail
from core.risk_policy import PRESETS, THRESHOLDS
from core.risk_rules import LISTED, RULES
from core.tables import TABLES
from core.units import Obligation
from payments import CRYPTO, RAILS

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bot", "core", "jobs", "mika", "payments", "web")
SPEAKERS = {"words": 0, "Words": 0, "sentence": 1}  # f(...): which argument is the key
SPEAKING = {("talk", "ask"): 1, ("talk", "end"): 0, ("staff", "alarm"): 2}  # x.f(...): the same
REFUNDS = {  # which argument says why
    "refund": 2,
    "give_back": 3,
    "give_back_of": 3,
    "give_up_on": 3,
    "short": 3,
    "goodwill": 4,
}
NO_FACTS = {"numbered", "choices"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Use:
    """A sentence the code names, and the facts it gives; None where they can't be read from the code."""

    key: str
    facts: frozenset[str] | None
    where: str


class Source:
    """One file's syntax tree, and what can be looked up in it."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self.tree = ast.parse(text)
        self.within: dict[ast.AST, Function] = {}
        nodes = list(ast.walk(self.tree))
        for node in nodes:
            if isinstance(node, Function):
                self.within |= dict.fromkeys(ast.walk(node), node)
        self.calls = [node for node in nodes if isinstance(node, ast.Call)]
        self.assignments = [node for node in nodes if isinstance(node, ast.Assign)]

    def texts(self, node: ast.AST | None, depth: int = 4) -> set[str]:
        """Every text an expression may be: constants, through names, parameters and fields where they are set here."""
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                return {f"{text}*"}
            case ast.IfExp(body=one, orelse=other):
                return self.texts(one, depth) | self.texts(other, depth)
            case ast.Name(id=name) if depth:
                around = self.within.get(node)
                found = [*self._assigned(name, around), *self._passed(name, around)]
            case ast.Attribute(value=ast.Name(), attr=name) if depth:
                found = [word.value for call in self.calls for word in call.keywords if word.arg == name]
            case ast.Dict(values=values):
                found = values
            case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=args):
                found = [owner, *args]
            case ast.Call(func=ast.Name(id="str"), args=args):
                found = args
            case _:
                found = []
        return {text for value in found for text in self.texts(value, depth - 1)}

    def _assigned(self, name: str, around: Function | None) -> Iterator[ast.AST]:
        """What is assigned to the name in the function around, or at the top of the file."""
        for node in self.assignments:
            here = self.within.get(node) in (around, None)
            if here and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
                yield node.value

    def _passed(self, name: str, function: Function | None) -> Iterator[ast.AST]:
        """What calls in this file pass for a parameter of the function around."""
        names = [parameter.arg for parameter in function.args.args] if function else []
        if function is None or name not in names:
            return
        for call in self.calls:
            if isinstance(call.func, ast.Name) and call.func.id == function.name:
                yield from call.args[names.index(name) : names.index(name) + 1]
                yield from (word.value for word in call.keywords if word.arg == name)


@cache
def sources() -> tuple[Source, ...]:
    files = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
    return tuple(Source(file.read_text(encoding="utf-8"), str(file.relative_to(ROOT))) for file in files)


def uses(among: Iterable[Source]) -> list[Use]:
    """Every sentence that is named, refusals included."""
    found = [Use(key, None, f"class {name}") for name, key in refusals().items()]
    for source in among:
        for call in source.calls:
            place = _key_place(call.func)
            if place is not None and len(call.args) > place:
                found += [
                    Use(key, _facts(call, place), f"{source.where}:{call.lineno}")
                    for key in source.texts(call.args[place])
                ]
            if key := _refusal(call.func):
                found.append(Use(key, _facts(call, 0), f"{source.where}:{call.lineno}"))
    return found


def _key_place(called: ast.expr) -> int | None:
    match called:
        case ast.Name(id=name):
            return SPEAKERS.get(name)
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return SPEAKING.get((owner, name))
    return None


def _facts(call: ast.Call, place: int) -> frozenset[str] | None:
    """The facts given in the call, as keywords or as a dict of constants."""
    given = {word.arg for word in call.keywords}
    rest = call.args[place + 1 :]
    if None in given:  # **facts
        return None
    if len(rest) == 1 and isinstance(rest[0], ast.Dict):
        given |= {name.value for name in rest[0].keys if isinstance(name, ast.Constant)}
    return frozenset(str(name) for name in given) - NO_FACTS


@cache
def refusals() -> dict[str, str]:
    """The refusals of core/: class name to key."""
    for file in (ROOT / "core").glob("*.py"):
        import_module(f"core.{file.stem}")
    kinds = [kind for kind in ShopError.__subclasses__() if kind.__module__.startswith("core.")]
    return {kind.__name__: kind().key for kind in kinds}


def _refusal(called: ast.expr) -> str | None:
    return refusals().get(_name(called))


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


# Families: sentences whose key is worked out


def events(among: Iterable[Source]) -> set[str]:
    """What can happen to an order: the names given to order_events.record and orders.move."""
    found: set[str] = set()
    for source in among:
        for call in source.calls:
            name = _name(call.func)
            if name == "record" and len(call.args) > 2:
                found |= source.texts(call.args[2])
            if name == "move":
                found |= {text for word in call.keywords if word.arg == "what" for text in source.texts(word.value)}
    return found


def reasons(among: Iterable[Source]) -> set[str]:
    """Why money goes back."""
    found: set[str] = set()
    for source in among:
        for call in source.calls:
            name = _name(call.func)
            place = REFUNDS.get(name)
            if source.where.startswith("core/") and place is not None and len(call.args) > place:
                found |= source.texts(call.args[place])
    return found


def verbs(among: Iterable[Source]) -> set[str]:
    """Every verb a router listens to."""
    found: set[str] = set()
    for source in among:
        for call in source.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr in ("hears", "opens"):
                found |= {text for argument in call.args for text in source.texts(argument)}
    return found


REGIONS = ("us", "hk", "jp", "uk", "eu", "tr", "cn", "ru", "global")  # at least; others may be added
HEARD = ("start", "shelf", "orders", "order", "pickup", "human", "help", "language", "reviews", "hands", "stock")
# Families that may have more than is known here: of pages, what their templates say.
OPEN = ("act-", "actor-", "faq-", "region-", "zone-", "hears-", "browser-", "web-", "wechat-page-")


@cache
def members() -> dict[str, set[str]]:
    """Every family with the keys it must have."""
    among = sources()
    ends = {
        "state-": {state.value for state in State},
        "owed-": {obligation.value for obligation in Obligation},
        "event-": events(among),
        "refund-why-": reasons(among),
        "region-": set(REGIONS),
        "trail-": set(Trail),
        "alike-": {*Trail, "product"},
        "noun-": {"code", "card", "membership", "topup"},
        "measure-": {"zhang", "ge", "fen"},
        "rail-": set(RAILS) - set(CRYPTO) | {"crypto", ledger.CREDIT},
        "field-": {label for labels in LABELS.values() for label in labels} | {"text"},
        "language-": {locale.lower() for locale in LOCALES},
        "hears-": set(HEARD),
        "command-": {f"{router}-{verb}" for router, verbs in COMMANDS.items() for verb in verbs},
        "day-": {"today", "yesterday"},
        "edit-": set(FIELDS),
        "pick-": {"bundle"}.union(*(CHOICES[field] for field in ("kind", "goods", "resale", "shortage", "reminders"))),
        "product-field-": set(FIELDS),
        "remind-": set(CHOICES["reminders"]),
        "preset-": set(GIVEN),
        "role-": set(Role),
        "right-": set(Right),
        "kind-": set(Kind),
        "mode-": set(Mode),
        "topic-": set(Topic),
        "reached-by-": set(attempts.Way),
        "mailed-": set(attempts.What),
        "attempt-": set(attempts.Outcome),
        "chat-": {"telegram", "wechat", "browser"},
        "listing-kind-": {listings.CUSTOMER, *risk_facts.LISTED},
        "thread-": {"open", "answered", "closed"},
        "faq-": set(INTENTS),
        "faq-title-": set(INTENTS),
        "zone-": {"asia-shanghai"},
        "listed-": set(LISTED),
        "outcome-": set(Outcome),
        "risk-rule-": {rule.name for rule in RULES},
        "risk-preset-": set(PRESETS),
        "risk-mode-": set(risk.Mode),
        "risk-figure-": set(THRESHOLDS),
        "stock-file-": {*stock_files.FILE_WHYS, "codes", "gone", "nothing", "too-big"},
        "stock-line-": set(stock_files.LINE_WHYS),
        "withdraw-sure-": set(withdrawals.WHATS),
        "told-withdraw-": set(withdrawals.WHATS),
        "withdrawn-": set(withdrawals.WHATS),
        "leaver-": {"invites", "buttons", "talks", "notices", "exports"},
        "choose-sure-": set(withdrawals.WHATS),
        "choose-withdraw-": set(withdrawals.WHATS),
        "file-": set(exports.Kind),
        "export-is-": set(exports.State),
        "refund-is-": {"created", "sent", "done", "failed", "unknown"},
        "column-": {name for table in TABLES.values() for name in table.columns} | {*books.DAILY, *books.BALANCES},
        "rehearsal-": set(rehearsals.PLAYS),
        "rehearsed-": set(rehearsals.DOES),
        "rehearsed-said-": {"buyer", "shop", "staff"},
        "rehearsed-why-": set(rehearsals.WHYS),
        "act-": set(),
        "actor-": set(),
        "gift-way-": {"browser", "telegram"},
        "redeemed-by-": set(redemptions.Source),
        "claim-": set(claims.State) - set(claims.GOING_ON),
        "claim-kind-": set(claims.Kind),
        "claim-state-": set(claims.State),
        "claim-why-": set(claims.Why),
        "claim-else-": {"replace", "refund", "refuse", "resend", "withdraw"},
        "choose-why-": set(claimcards.REFUSALS),
        "staff-running-out-": {"review", "hand", "claim"},
        "wechat-page-scan-": {"inside", "phone", "desk"},
        "browser-in-": set(LOCALES),
        "browser-to-": {"orders", "help"},
        "finding-": {f"{code.lower()}{end}" for code in findings.LEVELS for end in ("", "-todo")},
    }
    return {family: {family + end.replace("_", "-") for end in found} for family, found in ends.items()}
