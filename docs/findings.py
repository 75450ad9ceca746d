"""The page of all that the doctor finds, made from the sentences it says: `python docs/findings.py` writes it.

tests/mika/test_findings_page.py holds the page against them, so a code that is new or gone shows there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from core.findings import LEVELS, Finding, Level
from core.ground.words import SENTENCES

PAGE = Path(__file__).resolve().parent / "reference" / "findings.md"
SENTENCE = re.compile(r"^(finding-[a-z0-9-]+) = (.*(?:\n .*)*)$", re.MULTILINE)
FACT = re.compile(r"\{ \$(\w+) \}")
CHOICE = re.compile(r"\{ \$\w+ ->.*\*\[other\] (.*?)\n \}", re.DOTALL)
HEAD = """# What the doctor finds

`mika doctor` looks everything over and prints what is well and what is not. A running shop does the same every five
minutes and tells staff when something changes: [how to use it](../how-to/doctor.md). *Down*: the shop can't serve
while it lasts, and `/healthz` answers 503; it is looked for every 15 seconds until it is mended. *Error*: to be
mended. *Advice*: it works, and could go wrong; nobody is woken for it.

| code | level | what is wrong | what to do |
|---|---|---|---|
"""


def page() -> str:
    """The page as it should be. Raises KeyError for a code without its sentences."""
    return HEAD + "".join(rows())


def rows() -> Iterator[str]:
    said = sentences()
    for code in sorted(LEVELS):
        what, todo = (said[key] for key in (Finding(code).what.key, Finding(code).todo.key))
        yield f"| {code} | {Level(LEVELS[code]).value} | {what} | {todo} |\n"


def sentences() -> dict[str, str]:
    """The English ones, with the names of what is put in."""
    text = (SENTENCES / "en" / "findings.ftl").read_text(encoding="utf-8")
    return {key: shown(value) for key, value in SENTENCE.findall(text)}


def shown(sentence: str) -> str:
    chosen = CHOICE.sub(r"\1", sentence)
    return FACT.sub(lambda fact: f"*{fact[1]}*", chosen).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
