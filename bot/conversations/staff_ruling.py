"""Setting the rules of risk: another preset, a score, one rule, a version of before. Each change is a new version."""

from __future__ import annotations

from collections.abc import Sequence

from bot import paging
from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import risk_policy
from core import staff as people
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.risk import Mode, Policy, Rule
from core.risk_policy import PRESETS, THRESHOLDS, BadRules, Version

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
SURE = Choice(words("choose-sure"), "sure", acts=True, main=True)
RULES = Choice(words("choose-rules"), "risk-rules")
SHOWN = 6  # rules that the shop has changed
KEPT = 9  # versions to choose from: the one that runs, and those before

ruling = Conversation("ruling", Right.OWN)
staff.talks(ruling)


@ruling.opens("risk-rules")
async def begin(talk: Talk) -> Message:
    texts = await talk.read(_stands)
    presets = (Choice(_preset(name), name) for name in PRESETS)
    rest = (
        Choice(words("choose-thresholds"), "thresholds"),
        Choice(words("choose-one-rule"), "rule"),
        Choice(words("choose-versions"), "versions"),
        LEAVE,
    )
    return talk.ask_with(what, Message(Lines(tuple(texts)), (*presets, *rest)))


def _preset(name: str) -> Words:
    return words(f"risk-preset-{name}")


def _stands(tx: Tx) -> list[Words]:
    version = risk_policy.version(tx)
    try:
        policy = risk_policy.read(version.text, tx.rules)
    except BadRules as wrong:  # of an older program: any preset puts it right
        return [words("risk-rules-unread", version=version.id, line=wrong.line, text=wrong.why)]
    changed = risk_policy.parsed(version.text).get("rules", {})
    rows = [_changed(rule) for rule in policy.rules if rule.name in changed][:SHOWN]
    return [_head(version, policy), _set_by(tx, version), *rows]


def _head(version: Version, policy: Policy) -> Words:
    return words(
        "risk-rules",
        preset=_preset(version.preset),
        version=version.id,
        delay=policy.delay_at,
        review=policy.review_at,
        refuse=policy.refuse_at,
        minutes=int(policy.delay.total_seconds() // 60),
    )


def _set_by(tx: Tx, version: Version) -> Words:
    if version.at is None:
        return words("risk-rules-never")
    return words("risk-rules-set", staff=people.called(tx, version.by), time=version.at)


def _changed(rule: Rule) -> Words:
    return words("risk-rules-changed", rule=_called(rule.name), mode=_mode(rule.mode), weight=rule.weight)


def _called(name: str) -> Words:
    return words(f"risk-rule-{name}")


def _mode(mode: Mode) -> Words:
    return words(f"risk-mode-{mode}")


@ruling.step
async def what(talk: Talk) -> Message:
    said = talk.text.casefold()
    if said in PRESETS:
        talk.answers["preset"] = said
        return talk.ask(sure_preset, "risk-preset-sure", (SURE, LEAVE), preset=_preset(said))
    if said == "thresholds":
        figures = (Choice(words(f"risk-figure-{name.replace('_', '-')}"), name) for name in THRESHOLDS)
        return talk.ask(which_figure, "risk-which-figure", (*figures, LEAVE))
    if said == "rule":
        return _ask_which_rule(talk, "1")
    if said == "versions":
        return await _ask_which_version(talk)
    return _left(talk)


def _left(talk: Talk) -> Message:
    return talk.end("talk-left", (RULES,))


# Presets


@ruling.step
async def sure_preset(talk: Talk) -> Message:
    if talk.text != "sure":
        return _left(talk)
    await talk.write(_apply_preset, talk.person.id, talk.answers["preset"])
    return await begin(talk)


def _apply_preset(tx: Tx, by: str, preset: str, *, request_key: str) -> None:
    people.may(tx, by, Right.OWN)
    risk_policy.apply_preset(tx, preset, by)


# Thresholds


@ruling.step
async def which_figure(talk: Talk) -> Message:
    if talk.text not in THRESHOLDS:
        return _left(talk)
    talk.answers["path"] = ["thresholds", talk.text]
    policy = await talk.read(risk_policy.current)
    minutes = int(policy.delay.total_seconds() // 60)
    now = dict(zip(THRESHOLDS, (policy.delay_at, policy.review_at, policy.refuse_at, minutes), strict=True))
    return talk.ask(figure, "risk-figure-now", (LEAVE,), numbered=False, n=now[talk.text])


@ruling.free_step
async def figure(talk: Talk) -> Message:
    if talk.text == "leave":
        return _left(talk)
    if not await _set(talk, talk.answers["path"], _whole(talk.text)):
        least, most = risk_policy.figures(talk.answers["path"][-1])
        return talk.ask(figure, "risk-figure-again", (LEAVE,), numbered=False, least=least, most=most)
    return await begin(talk)


def _whole(said: str) -> int | None:
    plain = said.strip().removeprefix("-")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        return None
    return -int(plain) if said.strip().startswith("-") else int(plain)


async def _set(talk: Talk, path: Sequence[str], value: int | str | None) -> bool:
    """Whether it is taken; what is refused changes nothing."""
    if value is None:
        return False
    try:
        await talk.write(_change, talk.person.id, path, value)
    except BadRules:
        return False
    return True


def _change(tx: Tx, by: str, path: Sequence[str], value: int | str, *, request_key: str) -> None:
    people.may(tx, by, Right.OWN)
    risk_policy.change(tx, path, value, by)


# One rule


def _ask_which_rule(talk: Talk, page: str) -> Message:
    listed = [Choice(_called(rule.name), rule.name) for rule in risk_policy.RULES]
    at = paging.which(page, len(listed))
    ways = (Choice(way.label, way.says) for way in paging.ways("page", at, len(listed)))
    return talk.ask(which_rule, "risk-which-rule", (*paging.page_of(listed, at), *ways, LEAVE))


@ruling.step
async def which_rule(talk: Talk) -> Message:
    verb, _, page = talk.text.partition(" ")
    if verb == "page":
        return _ask_which_rule(talk, page)
    if verb not in [rule.name for rule in risk_policy.RULES]:
        return _left(talk)
    talk.answers["rule"] = verb
    rule = await talk.read(_rule, verb)
    hard = [words("risk-rule-hard", outcome=words(f"outcome-{rule.hard}"))] if rule.hard else []
    now = words("risk-rule-now", rule=_called(verb), mode=_mode(rule.mode), weight=rule.weight)
    modes = (Choice(_mode(mode), mode) for mode in Mode if mode is not rule.mode)
    weight = Choice(words("choose-weight"), "weight")
    return talk.ask_with(setting, Message(Lines((now, *hard)), (*modes, weight, LEAVE)))


def _rule(tx: Tx, name: str) -> Rule:
    return next(rule for rule in risk_policy.current(tx).rules if rule.name == name)


@ruling.step
async def setting(talk: Talk) -> Message:
    name = talk.answers["rule"]
    if talk.text == "weight":
        return await _ask_weight(talk)
    if talk.text not in list(Mode) or not await _set(talk, ["rules", name, "mode"], talk.text):
        return _left(talk)
    return await begin(talk)


async def _ask_weight(talk: Talk) -> Message:
    rule = await talk.read(_rule, talk.answers["rule"])
    least, most = risk_policy.weights(rule.name)
    about = {"rule": _called(rule.name), "n": rule.weight, "least": least, "most": most}
    return talk.ask(weight, "risk-rule-weight", (LEAVE,), numbered=False, **about)


@ruling.free_step
async def weight(talk: Talk) -> Message:
    if talk.text == "leave":
        return _left(talk)
    if not await _set(talk, ["rules", talk.answers["rule"], "weight"], _whole(talk.text)):
        return await _ask_weight(talk)
    return await begin(talk)


# Versions of before


async def _ask_which_version(talk: Talk) -> Message:
    found = await talk.read(risk_policy.kept, KEPT)
    if len(found) < 2:
        return talk.end("risk-versions-none", (RULES,))
    return talk.ask(which_version, "risk-versions", (*map(_version, found[1:]), LEAVE))


def _version(version: Version) -> Choice:
    label = words("choose-version", version=version.id, preset=_preset(version.preset), time=version.at)
    return Choice(label, f"version {version.id}")


@ruling.step
async def which_version(talk: Talk) -> Message:
    verb, _, number = talk.text.partition(" ")
    if verb != "version" or not (number.isascii() and number.isdigit() and len(number) < 15):
        return _left(talk)
    talk.answers["version"] = int(number)
    return talk.ask_with(sure_version, Message(await talk.read(_asked, int(number)), (SURE, LEAVE)))


def _asked(tx: Tx, number: int) -> Words:
    version = risk_policy.numbered(tx, number)
    by = people.called(tx, version.by)
    return words("risk-version-sure", version=number, preset=_preset(version.preset), staff=by, time=version.at)


@ruling.step
async def sure_version(talk: Talk) -> Message:
    if talk.text != "sure":
        return _left(talk)
    await talk.write(_back_to, talk.person.id, talk.answers["version"])
    return await begin(talk)


def _back_to(tx: Tx, by: str, number: int, *, request_key: str) -> None:
    people.may(tx, by, Right.OWN)
    risk_policy.back_to(tx, number, by)
