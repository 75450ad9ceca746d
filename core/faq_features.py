"""What a question is read by: its text made even, brands and numbers taken out, and its runs of letters counted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from zlib import crc32

import numpy as np

LONGEST = 400  # characters that are read; who writes more has said it at the beginning or at the end
BUCKETS = 1 << 14  # runs of letters fall into so many
RUNS = (1, 2, 3, 4, 5)  # letters a run

# A brand says nothing about what is asked, so all of them are one word. What is sold comes and goes: only the well
# known stand here, with what buyers call them.
BRANDS = (
    "google play|гугл плей|плей маркет|google|гугл|谷歌|app ?store|апп ?стор|itunes|айтюнс|apple|эппл|"
    "эпл|苹果|iphone|айфон|steam|стим[а-я]{0,2}|蒸汽平台|playstation|ps ?store|psn|псн|ps ?[45]|пс ?[45]|"
    "плойк[а-я]{1,2}|плейстейшн|xbox|иксбокс|хбокс|game ?pass|гейм ?пасс|nintendo|нинтендо|eshop|"
    "switch|任天堂|netflix|нетфликс|奈飞|网飞|spotify|спотифай|roblox|роблокс[а-я]{0,2}|robux|"
    "робукс[а-я]{0,2}|windows|винд[а-я]{1,3}|win ?1[01]|office|офис[а-я]?|genshin|геншин[а-я]?|原神|"
    "爱奇艺|腾讯视频|优酷|q币|点卡|话费|minecraft|майнкрафт|fortnite|фортнайт|v-?bucks|valorant|валорант|pubg|"
    "пабг|discord nitro|discord|дискорд|nitro|telegram premium|youtube|ютуб|amazon|razer|blizzard|"
    "battle\\.?net|战网|microsoft"
)
BRAND = re.compile(rf"(?<![a-zа-яё])(?:{BRANDS})(?![a-zа-яё])")
CODE = re.compile(r"\b(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9]{3,}(?:-[a-z0-9]{3,})+\b|\b(?:x{3,}-?)+\b")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
LONG = re.compile(r"(\w|[^\w\s])\1{2,}")
SPACE = re.compile(r"\s+")


# Said to a machine, not to a shop: to forget what it was told.
ORDERED = re.compile(
    r"(?:ignore|disregard|forget|override|忽略|忘掉|忘记|无视|игнорир|забудь|забыть|отмени).{0,30}"
    r"(?:instruction|prompt|rules|指令|规则|设定|提示词|инструкц|промпт|правил|указани)"
)


def even(text: str) -> str:
    """The text as it is read: one form of each letter, lower case, drawn out letters short, not
    longer than LONGEST."""
    if len(text) > 4 * LONGEST:
        text = f"{text[: 2 * LONGEST]} {text[-2 * LONGEST :]}"
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    seen = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in plain if kept(char))
    short = SPACE.sub(" ", LONG.sub(r"\1\1", seen)).strip()
    half = LONGEST // 2
    return short if len(short) <= LONGEST else f"{short[:half]} {short[-half:]}"


def kept(char: str) -> bool:
    return unicodedata.category(char) not in ("Cf", "Cs", "Co", "Cn", "Mn")


def bare(plain: str) -> str:
    """An even text without what differs from sale to sale: brands, codes and numbers."""
    return SPACE.sub(" ", NUMBER.sub("0", BRAND.sub(" card ", CODE.sub(" code ", plain)))).strip()


def runs(plain: str) -> Iterator[str]:
    """Runs of letters inside the words, whole words, and words beside each other. Chinese is one long word."""
    words = re.findall(r"\w+|[^\w\s]", plain)
    for word in words:
        framed = word if word[0] > "\u3000" else f"<{word}>"
        for length in RUNS:
            yield from (framed[at : at + length] for at in range(len(framed) - length + 1))
        yield f"={word}"
    yield from (f"{one} {two}" for one, two in zip(["^", *words], [*words, "$"], strict=True))


def counted(plain: str) -> tuple[np.ndarray, np.ndarray]:
    """The buckets that its runs fall into, ascending, and how often, damped."""
    fallen = np.fromiter((crc32(run.encode()) % BUCKETS for run in runs(plain)), dtype=np.int64)
    buckets, often = np.unique(fallen, return_counts=True)
    return buckets, np.log1p(often).astype(np.float32)
