"""What the shop has set its rules of risk to: read from TOML, refused with line and reason, every version kept."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, String, Table, Text, bindparam, insert, select

from core.ground import audit
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money, parse
from core.ground.rules import Rules
from core.ground.tx import AnyRow
from core.risk import Mode, Outcome, Policy, Rule
from core.risk_rules import RULES

USUAL = "standard"
FILE = "risk.toml"  # beside mika.toml
# What a preset sets otherwise than core/risk_rules.py does. 宽松, 标准, 严格: most sellers never leave them.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "lax": {
        "thresholds": {"delay": 45, "review": 60, "refuse": 200, "delay_minutes": 15},
        "rules": {
            "new-buyer-high-value": {"above": "2.5 x"},
            "night": {"mode": "off"},
            "crowd-ip": {"mode": "off"},
        },
    },
    "standard": {"thresholds": {"delay": 44, "review": 50, "refuse": 120, "delay_minutes": 30}, "rules": {}},
    "strict": {
        "thresholds": {"delay": 20, "review": 40, "refuse": 100, "delay_minutes": 60},
        "rules": {
            "new-buyer-high-value": {"above": "0.5 x", "known_orders": 2, "known_days": 7},
            "known-address": {"above": "0.5 x"},
            "country-mismatch": {"weight": 20},
            "crowd-device": {"most": 2},
            "fraud-warning": {"at_least": "refuse"},
            "rail-highest": {"at_least": "refuse"},
        },
    },
}
THRESHOLDS = ("delay", "review", "refuse", "delay_minutes")
ABOUT_A_RULE = ("mode", "weight", "at_least")
LIGHTENS = ("reputation", "known-address", "little-at-stake")  # the rules whose weight is below nothing
HEAVIEST, LONGEST, MOST = 1000, 100_000, 10**6  # a weight, a text in characters, any other number
TIMES = re.compile(r"(\d{1,4}(?:\.\d{1,2})?) ?x")
TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")


class BadRules(ValueError):
    """A file of rules that is not taken: `line`, and the `reason` in English. The rules that run stay."""

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"line {line}: {reason}")


class NoSuchVersion(ShopError):
    """No version of the rules has this number."""


versions = Table(
    "risk_versions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UTC, nullable=False),
    Column("by_whom", String(160), nullable=False),  # a person's id, "command line", "risk.toml"
    Column("preset", String(20), nullable=False),
    Column("text", Text, nullable=False),  # TOML
    Column("note", String(300), nullable=False),
)

ADD = insert(versions)
LATEST = select(versions).order_by(versions.c.id.desc()).limit(bindparam("most"))
NEWEST = select(versions).order_by(versions.c.id.desc()).limit(1)
ONE = select(versions).where(versions.c.id == bindparam("version"))
LATEST_BY = select(versions).where(versions.c.by_whom == bindparam("by")).order_by(versions.c.id.desc()).limit(1)


@dataclass(frozen=True)
class Version:
    """The rules as they were set at one time. Number 0: nobody has set any yet."""

    id: int
    at: datetime | None
    by: str
    preset: str
    text: str
    note: str


UNSET = Version(0, None, "", USUAL, f'preset = "{USUAL}"\n', "")


# Reading


def read(text: str, rules: Rules) -> Policy:
    """The policy that a text says, amounts in the shop's currency. Raises BadRules."""
    return _read(text, rules.currency, rules.review_above)


@lru_cache(maxsize=32)  # each order asks
def _read(text: str, currency: str, above: Money) -> Policy:
    if len(text) > LONGEST:
        raise BadRules(1, f"longer than {LONGEST:,} characters")
    return of(parsed(text), currency, above, text)


def parsed(text: str) -> dict[str, Any]:
    """A text as plain data; nothing is said yet of what it means. Raises BadRules."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise BadRules(line, f"this is no TOML: {str(error).partition(' (at ')[0]}") from None
    except (RecursionError, ValueError) as error:  # nested a thousand deep, a date that is none
        raise BadRules(1, f"this is no TOML: {type(error).__name__}") from None


def of(said: Mapping[str, Any], currency: str, above: Money, text: str = "") -> Policy:
    """The policy of these settings, over those of the preset they name, over the rules' own. Raises BadRules.

    `above` is `review_above` of mika.toml: "2.5 x" is two and a half times as much. `text` is what lines are told of.
    """
    file = _File(text, currency, above)
    file.only(said, ("preset", "thresholds", "rules"))
    preset = said.get("preset", USUAL)
    if not isinstance(preset, str) or preset not in PRESETS:
        raise file.bad("preset should be one of " + ", ".join(PRESETS), "preset")
    base = PRESETS[preset]
    at = {**base["thresholds"], **file.numbers(file.table(said, "thresholds"), THRESHOLDS)}
    if not at["delay"] <= at["review"] <= at["refuse"]:
        raise file.bad("thresholds should rise: delay, review, refuse", "thresholds")
    told = file.table(said, "rules")
    names = [rule.name for rule in RULES]
    file.only(told, names, "rules")
    made = (file.rule(rule, base["rules"].get(rule.name, {}), file.table(told, rule.name, "rules")) for rule in RULES)
    return Policy(tuple(made), at["delay"], at["review"], at["refuse"], timedelta(minutes=at["delay_minutes"]))


@dataclass(frozen=True)
class _File:
    """What is being read, so that a fault can be told with its line."""

    text: str
    currency: str
    above: Money

    def bad(self, reason: str, *path: str) -> BadRules:
        return BadRules(line_of(self.text, path), reason)

    def only(self, said: Mapping[str, Any], known: Sequence[str], *path: str) -> None:
        for name in said:
            if name not in known:
                what = "rule" if path == ("rules",) else "setting"
                near = get_close_matches(name, known, 1)
                rest = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                raise self.bad(f"there is no {what} {name[:60]!r}; {rest}", *path, name)

    def table(self, said: Mapping[str, Any], name: str, *path: str) -> Mapping[str, Any]:
        found = said.get(name, {})
        if not isinstance(found, Mapping):
            raise self.bad(f"{name} should be a table", *path, name)
        return found

    def numbers(self, said: Mapping[str, Any], known: Sequence[str]) -> dict[str, int]:
        self.only(said, known, "thresholds")
        return {name: self.number(value, 0, MOST, "thresholds", name) for name, value in said.items()}

    def number(self, value: Any, least: int, most: int, *path: str) -> int:
        if type(value) is not int or not least <= value <= most:
            raise self.bad(f"{path[-1]} should be a whole number from {least} to {most}", *path)
        return value

    def rule(self, rule: Rule, preset: Mapping[str, Any], said: Mapping[str, Any]) -> Rule:
        """A rule as it is set: its own parameters, the preset's over them, the shop's over both."""
        path = ("rules", rule.name)
        self.only(said, (*ABOUT_A_RULE, *rule.params), *path)
        given = {**preset, **said}
        params = {name: self.value(given.get(name, usual), usual, *path, name) for name, usual in rule.params.items()}
        weight = self.number(given.get("weight", rule.weight), *weights(rule.name), *path, "weight")
        mode = self.choice(given.get("mode", rule.mode), list(Mode), *path, "mode")
        outcomes = [outcome.value for outcome in Outcome if outcome is not Outcome.PASS]
        hard = self.choice(given.get("at_least", rule.hard or "none"), [*outcomes, "none"], *path, "at_least")
        return Rule(rule.name, rule.judge, weight, params, None if hard == "none" else Outcome(hard), Mode(mode))

    def choice(self, value: Any, among: Sequence[str], *path: str) -> str:
        if not isinstance(value, str) or value not in among:
            raise self.bad(f"{path[-1]} should be one of {', '.join(among)}", *path)
        return value

    def value(self, value: Any, usual: Any, *path: str) -> Any:
        """A parameter, of the kind that the rule's own is."""
        match usual:
            case bool():
                if type(value) is not bool:
                    raise self.bad(f"{path[-1]} should be true or false", *path)
                return value
            case int():
                return self.number(value, 0, _most(path[-1]), *path)
            case str():
                return self.amount(value, *path)
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) and each for each in value):
            raise self.bad(f'{path[-1]} should be a list like ["US", "HK"]', *path)
        return tuple(value)

    def amount(self, value: Any, *path: str) -> Money:
        times = TIMES.fullmatch(value.strip()) if isinstance(value, str) else None
        if times:
            return Money(round(self.above.amount * float(times[1])), self.above.currency)
        try:
            return parse(value if isinstance(value, str) else "", self.currency)
        except ValueError:
            likely = '"200.00" in quotes, or "2.5 x" for so many times review_above'
            raise self.bad(f"{path[-1]} should be an amount of {self.currency} like {likely}", *path) from None


def _most(name: str) -> int:
    """The largest number of its kind that still means something."""
    ends = {"hours": 87_600, "days": 3650, "hour": 24, "percent": 100}
    return ends.get(name.rpartition("_")[2], MOST)


def weights(rule: str) -> tuple[int, int]:
    """From where to where the weight of a rule may be set."""
    return (-HEAVIEST, 0) if rule in LIGHTENS else (0, HEAVIEST)


def line_of(text: str, path: Sequence[str]) -> int:
    """Where a setting stands in a text: its own line, else that of its table, else the first."""
    inside: tuple[str, ...] = ()
    best, found = 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        header = TABLE.match(line)
        key = re.match(r"""\s*((?:[\w\-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w\-]+|"[^"]*"|'[^']*'))*)\s*=""", line)
        if header:
            inside = here = _parts(header[1])
        elif key:
            here = (*inside, *_parts(key[1]))
        else:
            continue
        if len(here) > best and here == tuple(path[: len(here)]):
            best, found = len(here), number
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def written(said: Mapping[str, Any]) -> str:
    """Settings as a text that `read` takes: for what staff change by conversation. Comments are lost by it."""
    lines = [f"preset = {_value(said.get('preset', USUAL))}"]
    tables = {"thresholds": said.get("thresholds", {})}
    tables |= {f"rules.{name}": rule for name, rule in said.get("rules", {}).items()}
    for name, table in tables.items():
        if table:
            lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # of text, numbers, true and false, and lists TOML has the same


# Versions


def version(tx: Tx) -> Version:
    """The rules that run."""
    return _version(tx.first(NEWEST)) or UNSET


def current(tx: Tx) -> Policy:
    """The policy that runs. Raises BadRules where what is kept can't be read any more: then everything is reviewed."""
    return read(version(tx).text, tx.rules)


def kept(tx: Tx, most: int = 10) -> list[Version]:
    """The versions, the newest first."""
    return [found for row in tx.all(LATEST, most=most) if (found := _version(row))]


def numbered(tx: Tx, number: int) -> Version:
    """Raises NoSuchVersion."""
    found = UNSET if number == 0 else _version(tx.first(ONE, version=number))
    if found is None:
        raise NoSuchVersion()
    return found


def _version(row: AnyRow | None) -> Version | None:
    return Version(row.id, row.at, row.by_whom, row.preset, row.text, row.note) if row else None


def apply(tx: Tx, text: str, by: str, note: str = "") -> Version:
    """These rules run from now on, for every order that is weighed after the commit. Raises BadRules: nothing changes.

    A repeat of what runs already adds no version.
    """
    read(text, tx.rules)
    runs = version(tx)
    return runs if runs.id and runs.text == text else _add(tx, text, by, note)


def _add(tx: Tx, text: str, by: str, note: str) -> Version:
    preset = parsed(text).get("preset", USUAL)
    made = tx.insert(ADD, at=tx.now, by_whom=by, preset=preset, text=text, note=note[:300])
    audit.write(tx, by, "risk rules", f"version {made}", preset=preset, note=note[:300])
    return numbered(tx, made)


def apply_preset(tx: Tx, preset: str, by: str) -> Version:
    """A preset as it stands, without changes of the shop's own."""
    return apply(tx, written({"preset": preset}), by)


def change(tx: Tx, path: Sequence[str], value: Any, by: str) -> Version:
    """One setting of the rules that run becomes this: ("rules", "night", "weight"). Raises BadRules."""
    said = parsed(version(tx).text)
    table = said
    for name in path[:-1]:
        table = table.setdefault(name, {})
    table[path[-1]] = value
    return apply(tx, written(said), by, f"{'.'.join(path)} = {value}")


def back_to(tx: Tx, number: int, by: str) -> Version:
    """What ran before runs again, as a new version. Raises NoSuchVersion, BadRules."""
    return apply(tx, numbered(tx, number).text, by, f"as version {number}")


def apply_file(tx: Tx, text: str) -> Version | None:
    """What stands in risk.toml, where it is another than when it was read last; None where it isn't.

    What staff have set since is not undone by a start. Raises BadRules: nothing changes.
    """
    read(text, tx.rules)
    last = _version(tx.first(LATEST_BY, by=FILE))
    return None if last and last.text == text else _add(tx, text, FILE, "")
