"""Rules of risk from the command line: what they are, setting them from a file, and why an order went where it went."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from core import orders, risk_policy, staff, verdicts
from core.ground.db import Tx
from core.ground.messages import Words
from core.ground.words import Hearer, render
from core.orders import UnknownOrder
from core.risk import Finding, Mode, Policy, Rule
from core.risk_policy import FILE, PRESETS, BadRules, Version
from core.shop import Shop
from core.verdicts import Weighing
from mika.settings import Settings
from mika.wiring import opened

log = structlog.get_logger()
Say = Callable[[str], None]


async def show(settings: Settings, say: Say) -> None:
    """The rules that run: whose they are, the thresholds, and each rule as it is set."""
    async with opened(settings, with_site=False) as house:
        version, policy = await house.shop.db.read(_current)
        say(_whose(version))
        say(_thresholds(policy))
        for rule in policy.rules:
            say(_rule(rule))


def _current(tx: Tx) -> tuple[Version, Policy]:
    version = risk_policy.version(tx)
    return version, risk_policy.read(version.text, tx.rules)


def _whose(version: Version) -> str:
    if version.at is None:
        return f"Nobody has set any rules: the preset {version.preset} runs, as version 0."
    note = f" ({version.note})" if version.note else ""
    return f"Version {version.id}, preset {version.preset}, by {version.by} at {version.at:%Y-%m-%d %H:%M} UTC{note}."


def _thresholds(policy: Policy) -> str:
    minutes = int(policy.delay.total_seconds() // 60)
    return (
        f"From a score of {policy.delay_at} on: delivered {minutes} minutes later; of {policy.review_at}: "
        f"a person looks; of {policy.refuse_at}: refused and refunded."
    )


def _rule(rule: Rule) -> str:
    params = ", ".join(f"{name} {_shown(value)}" for name, value in rule.params.items())
    hard = f"at least {rule.hard}" if rule.hard else ""
    mode = "" if rule.mode is Mode.ON else rule.mode.value
    return f"{rule.name:22} {rule.weight:5} {mode:7} {hard:16} {params}".rstrip()


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "none" if not value else "+".join(map(str, value))
    return str(getattr(value, "plain", lambda: value)())


async def apply(settings: Settings, what: str, say: Say) -> int:
    """A preset by its name, or a file. Returns how the command should end: 65 for what is not taken, 66 for a file
    that can't be read; the rules that run stay then."""
    async with opened(settings, with_site=False) as house:
        try:
            made = await house.shop.db.write(_apply, what, settings)
        except BadRules as refused:
            say(f"{what}, {told(refused)} (the rules that run stay)")
            return 65
        except (OSError, UnicodeDecodeError) as error:
            say(f"{what} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}.")
            return 66
        say(_whose(made))
        return 0


def _apply(tx: Tx, what: str, settings: Settings) -> Version:
    if what in PRESETS:
        return risk_policy.apply_preset(tx, what, "command line")
    text = Path(what).read_text(encoding="utf-8")
    if settings.risk_file and Path(what).absolute() == settings.risk_file:
        return risk_policy.apply_file(tx, text) or risk_policy.apply(tx, text, FILE)
    return risk_policy.apply(tx, text, "command line", Path(what).name)


async def explain(settings: Settings, number: str, say: Say) -> int:
    """Why an order went where it went: every finding of each time it was weighed. Status 1 for no such order."""
    async with opened(settings, with_site=False) as house:
        try:
            weighed = await house.shop.db.read(_explained, number)
        except UnknownOrder:
            say(f"There is no order {number}.")
            return 1
        for line in weighed or [f"Order {number} has not been weighed yet."]:
            say(line)
        return 0


def _explained(tx: Tx, number: str) -> list[str]:
    order = orders.numbered(tx, number)
    return [line for weighing in verdicts.of(tx, order.id) for line in _one(tx, order.number, weighing)]


def _one(tx: Tx, number: str, weighing: Weighing) -> list[str]:
    verdict = weighing.verdict
    head = f"Order {number}: {verdict.outcome}, score {verdict.score}, weighed at {weighing.at:%Y-%m-%d %H:%M:%S} UTC"
    delay = f" Delivered {int(verdict.delay.total_seconds() // 60)} minutes later." if verdict.delay else ""
    lines = [f"{head} by version {weighing.version} of the rules.{delay}"]
    try:
        lines.append(_thresholds(risk_policy.read(risk_policy.numbered(tx, weighing.version).text, tx.rules)))
    except BadRules:  # of an older program: what it meant then can't be said any more
        lines.append("That version can't be read any more.")
    hearer = Hearer("en", tx.now, tx.rules.zone)
    lines += [_finding(finding, hearer) for finding in verdict.findings] or ["No rule has anything against it."]
    return lines


def _finding(finding: Finding, hearer: Hearer) -> str:
    hard = f"at least {finding.outcome}" if finding.outcome else ""
    shadow = "shadow" if finding.shadow else ""
    return f"{finding.rule:22} {finding.weight:+5} {shadow:7} {hard:16} {render(finding.why, hearer)}"


def told(refused: BadRules) -> str:
    """Where and why, in English, and in the parser's own words where it was not even TOML."""
    why = render(refused.why, Hearer("en", datetime.now(UTC)))
    return f"line {refused.line}: {why}{f': {refused.detail}' if refused.detail else ''}"


async def read_file(settings: Settings, shop: Shop) -> None:
    """At a start: what stands in risk.toml beside mika.toml, if it is new. One that is broken is told to staff and in
    the log, and the rules that run stay."""
    path = settings.risk_file
    if path is None or not path.exists():
        return
    try:
        text = path.read_text(encoding="utf-8")
        made = await shop.db.write(risk_policy.apply_file, text)
    except BadRules as refused:
        log.error("risk.toml refused", line=refused.line, reason=told(refused))
        await shop.db.write(_alarm, refused.line, refused.why)
    except (OSError, UnicodeDecodeError):
        log.error("risk.toml refused", line=0, reason="it can't be read")
        await shop.db.write(_alarm_unread)
    else:
        if made:
            log.info("risk rules", version=made.id, preset=made.preset)


def _alarm_unread(tx: Tx) -> None:
    staff.alarm(tx, f"risk file {tx.now.date()} unread", "alarm-risk-file-unread")


def _alarm(tx: Tx, line: int, why: Words) -> None:
    staff.alarm(tx, f"risk file {tx.now.date()} {line}", "alarm-risk-file", line=line, text=why)
