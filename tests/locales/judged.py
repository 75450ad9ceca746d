"""What makes a text unfit or unlike the shop's voice. Each check returns what is wrong, nothing where all is well."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.ground.messages import SpokenChoice

CHINESE_BODY, WORDS_BODY, STAFF_BODY = 150, 70, 250
CHINESE_LABEL, OTHER_LABEL = 12, 24

# Never said, to nobody. "As soon as" is a promise; "soon" is none.
FORBIDDEN = {
    "zh-CN": r"风控|异常|可疑|恶意|欺诈|系统繁忙|稍后|稍候|尽快|您|尊敬|亲[，,。 ]|最(低|优|好|超)|超值|错过|抢购|限时",
    "en": r"fraud|flagged|suspicious|malicious|abuse|error \d|(?<!as )\bsoon\b|shortly|\bdear |hurry|miss out|\bbest\b",
    "ru": r"мошенн|подозр|злоумышл|ошибка \d|\bскоро\b|вскоре|ближайшее время|уважаем|спешите|не упустите|лучш",
}
EMOJI = re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B00-\u2BFF\uFE0F]")
ALLOWED_EMOJI = frozenset("✅⏳⭐")  # two marks of state, and the sign of Telegram's Stars


def unlike_us(text: str, locale: str) -> list[str]:
    """Words, marks and emoji we don't use."""
    faults = [f"says {found[0]!r}" for found in re.finditer(FORBIDDEN[locale], text, re.IGNORECASE)]
    if re.search("[!！]", text):
        faults.append("shouts")
    faults += [f"has {emoji}" for emoji in EMOJI.findall(text) if emoji not in ALLOWED_EMOJI]
    if sum(text.count(mark) for mark in "✅⏳") > 1:
        faults.append("has more than one mark of state")
    return faults


def not_alone(text: str, code: str) -> list[str]:
    """Lines that hold a code and something else."""
    return [line for line in text.splitlines() if code in line and line != code]


def numbered(text: str, choices: Iterable[SpokenChoice]) -> str:
    """As a chat without buttons shows it: numbered lines under the text, with addresses that are not in it yet."""
    lines = [text]
    for number, choice in enumerate(choices, 1):
        lines.append(f"{number} {choice.label}")
        if choice.link and choice.link not in text:
            lines[-1] += f" {choice.link}"
    return "\n".join(lines)


def too_long(whole: str) -> list[str]:
    """What doesn't fit into one message of a chat."""
    faults = []
    if len(whole) > 4096:
        faults.append(f"{len(whole)} characters for Telegram")
    if len(whole) > 600:
        faults.append(f"{len(whole)} characters for WeChat")
    if len(whole.encode()) > 2048:
        faults.append(f"{len(whole.encode())} bytes for WeChat")
    return faults


def body_too_long(body: str, locale: str) -> list[str]:
    """More than a buyer reads at a glance; codes and choices are not counted."""
    bare = body.replace("***", "").replace("\n", "")
    many = len(bare) if locale == "zh-CN" else sum(any(map(str.isalnum, word)) for word in body.split())
    return [f"{many} long"] if many > (CHINESE_BODY if locale == "zh-CN" else WORDS_BODY) else []


def label_too_long(label: str, locale: str) -> list[str]:
    longest = CHINESE_LABEL if locale == "zh-CN" else OTHER_LABEL
    faults = [f"{len(label)} characters"] if len(label) > longest else []
    return faults + ([f"{len(label.encode())} bytes"] if len(label.encode()) > 64 else [])
