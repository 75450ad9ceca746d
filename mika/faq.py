"""`mika faq`: what a question would be answered, how well a file of questions is read, and learning to read them."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core import faq_reading, faq_training
from core.faq_reading import INTENTS, NONE, Reader, Reading
from core.ground import words

Say = Callable[[str], None]

COLUMNS = ("lang", "intent", "question")
LANGUAGES = ("zh", "en", "ru")
BETWEEN = 2.0  # seconds between two lines of progress
HANDED_ON = 0.95  # of what is asked, at least so much is answered rightly or offered,
DIRECTLY = 0.85  # and so much answered
WRONGLY = 0.03  # and at most so much answered with something else

WRONG_FILE = 2


class BadFile(ValueError):
    """A file of questions that can't be used: a code, and what is wrong where."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"{code} {what}")


@dataclass(frozen=True)
class Asked:
    """A question, and what its asker wants."""

    lang: str
    intent: str
    question: str


@dataclass
class Count:
    """How questions were read."""

    direct: int = 0
    offered: int = 0
    wrong: int = 0
    passed: int = 0
    none: int = 0
    none_answered: int = 0
    none_offered: int = 0
    confused: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.direct + self.offered + self.wrong + self.passed

    def add(self, asked: Asked, reading: Reading) -> None:
        slugs = [guess.slug for guess in reading.guesses]
        if asked.intent == NONE:
            self.none += 1
            self.none_answered += reading.verdict == "sure"
            self.none_offered += reading.verdict == "half"
        elif reading.verdict == "sure":
            self.direct += slugs[0] == asked.intent
            self.wrong += slugs[0] != asked.intent
        elif reading.verdict == "half" and asked.intent in slugs[:3]:
            self.offered += 1
        else:
            self.passed += 1
        if slugs and slugs[0] != asked.intent and (asked.intent != NONE or reading.verdict == "sure"):
            self.confused[f"{asked.intent} as {slugs[0]}"] += 1


def ask(question: str, say: Say, reads: Reader | None = None) -> int:
    """What this question would be answered, in the language it seems to be in. Status 0."""
    reading = (reads or faq_reading.reader()).read(question)
    say({"sure": "Answered.", "half": "The first three are offered.", "pass": "Passed on to people."}[reading.verdict])
    for guess in reading.guesses:
        say(f"{guess.slug:16} {guess.likely:6.1%}")
    if reading.verdict == "sure":
        answer = shipped(reading.guesses[0].slug, spoken(question))
        say(f"\n{answer}" if answer else "(No answer to it is shipped.)")
    return 0


def spoken(question: str) -> str:
    """The language a question is written in, by its letters."""
    if any("\u4e00" <= char <= "\u9fff" for char in question):
        return "zh-CN"
    return "ru" if any("\u0400" <= char <= "\u04ff" for char in question) else "en"


def shipped(slug: str, locale: str) -> str | None:
    """The answer that comes with the program, if there is one that can be said without a shop."""
    key = f"faq-{slug}"
    if not words.known(key):
        return None
    try:
        return words.sentence(locale, key)
    except ValueError:  # it tells of the shop: its hours, its name
        return f"(The answer {key} is said by a shop.)"


def check(file: Path, say: Say, reads: Reader | None = None) -> int:
    """How well the questions of a file are read. Returns how the command should end: 0 if well enough, 1 if not, 2 if
    the file can't be used."""
    try:
        asked = list(questions(file))
    except BadFile as error:
        say(f"mika: {error}")
        return WRONG_FILE
    reads = reads or faq_reading.reader()
    reads.read("warm up")
    counts = {lang: Count() for lang in LANGUAGES}
    whole = Count()
    took: list[float] = []
    said = time.monotonic()
    for number, each in enumerate(asked, 1):
        began = time.perf_counter()
        reading = reads.read(each.question)
        took.append(time.perf_counter() - began)
        counts[each.lang].add(each, reading)
        whole.add(each, reading)
        if time.monotonic() - said > BETWEEN:
            said = time.monotonic()
            say(f"{number:,} of {len(asked):,} read")
    for line in table({**counts, "all": whole}):
        say(line)
    ok = well(whole)
    say(json.dumps({"name": "faq", "ok": ok, "seed": 0, "figures": told(whole, took)}, ensure_ascii=False))
    return 0 if ok else 1


def questions(file: Path) -> Iterator[Asked]:
    """Each line of a table of lang, intent and question, apart by tabs. Raises BadFile."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        raise BadFile("Q001", f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise BadFile("Q002", f"{file} can't be read: {why}.") from None
    if not lines or tuple(cell.strip() for cell in lines[0].split("\t")) != COLUMNS:
        raise BadFile("Q003", f"{file}, line 1: the columns must be {', '.join(COLUMNS)}, apart by tabs.")
    found = 0
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            found += 1
            yield row(file, number, line)
    if not found:
        raise BadFile("Q007", f"{file}, line 2: there are no questions.")


def row(file: Path, number: int, line: str) -> Asked:
    cells = line.split("\t")
    where = f"{file}, line {number}"
    if len(cells) != len(COLUMNS):
        raise BadFile("Q004", f"{where}: there are {len(cells)} columns, not {len(COLUMNS)}.")
    lang, intent, question = (cell.strip() for cell in cells)
    if lang not in LANGUAGES:
        raise BadFile("Q005", f"{where}: there is no language {lang!r}, only {', '.join(LANGUAGES)}.")
    if intent not in (*INTENTS, NONE):
        raise BadFile("Q006", f"{where}: there is no intent {intent!r}.")
    return Asked(lang, intent, question)


def table(counts: Mapping[str, Count]) -> list[str]:
    """One line a language: of what is asked for, how much is read how; and how much is answered that is not ours."""
    head = f"{'':4}{'asked':>7}{'direct':>9}{'offered':>9}{'wrong':>8}{'passed':>8}{'not ours':>10}{'answered':>10}"
    lines = [head]
    for name, each in counts.items():
        shares = (each.direct, each.offered, each.wrong, each.passed)
        direct, offered, wrong, passed = (f"{share / max(each.total, 1):.1%}" for share in shares)
        lines.append(
            f"{name:4}{each.total:7,}{direct:>9}{offered:>9}{wrong:>8}{passed:>8}{each.none:10,}{each.none_answered:10,}"
        )
    return lines


def told(count: Count, took: Sequence[float]) -> dict[str, object]:
    quick = sorted(took)
    total = max(count.total, 1)
    return {
        "total": count.total,
        "direct_right": count.direct,
        "offered_right": count.offered,
        "wrong": count.wrong,
        "passed": count.passed,
        "none_total": count.none,
        "none_answered": count.none_answered,
        "none_offered": count.none_offered,
        "direct_share": round(count.direct / total, 4),
        "right_share": round((count.direct + count.offered) / total, 4),
        "p50_ms": share(quick, 0.5),
        "p99_ms": share(quick, 0.99),
        "confused": dict(count.confused.most_common(12)),
    }


def share(quick: Sequence[float], part: float) -> float:
    return round(quick[max(math.ceil(len(quick) * part) - 1, 0)] * 1000, 2)


def well(count: Count) -> bool:
    """Whether that is what the shop promises. How long it took is not judged: the machine may be anything."""
    enough = count.direct >= DIRECTLY * count.total and count.direct + count.offered >= HANDED_ON * count.total
    return enough and count.wrong <= WRONGLY * count.total and not count.none_answered


def train(say: Say) -> int:
    """Learn anew from the phrasings. Returns how the command should end: 65 for a file that can't be read."""
    try:
        faq_training.main(say)
    except faq_training.BadPhrasings as error:
        say(f"mika: {error}")
        return 65
    return 0
