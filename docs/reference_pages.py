"""The pages of docs/reference that are made from the program: `python docs/reference_pages.py` writes them.

tests/test_docs.py holds the pages against it, so a command or a reason that is new or gone shows there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from typer.core import TyperArgument, TyperGroup, TyperOption

from mika.cli import app
from mika.export_readme import readme
from mika.refusals import REASONS, STATUS

FOLDER = Path(__file__).resolve().parent / "reference"


def commands() -> str:
    """Every command of `mika`, as its own help says it."""
    return "\n".join(["# Commands", "", *_about("mika", typer.main.get_command(app))]) + "\n"


def _about(name: str, command: Any) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            yield from _about(f"{name} {one.name}", one)
        return
    yield f"## `{name}`"
    yield ""
    yield _marked(command.help or "")
    yield ""
    rows = list(_parameters(command))
    if rows:
        yield "| | | usual |"
        yield "|---|---|---|"
        yield from rows
        yield ""


def _parameters(command: Any) -> Iterator[str]:
    for one in command.params:
        if isinstance(one, TyperOption) and one.name != "help":
            yield f"| `{', '.join(one.opts)}` | {_cell(one.help)} | {_usual(one)} |"
        elif isinstance(one, TyperArgument):
            yield f"| `{(one.name or '').upper()}` | {_cell(one.help)} | {'' if one.required else 'may be left out'} |"


def _usual(option: TyperOption) -> str:
    value = option.default
    if option.required:
        return "has to be given"
    return "" if value is None or value is False or value == "" or callable(value) else f"`{value}`"


def _cell(text: str | None) -> str:
    return _marked((text or "").replace("\n", " ")).replace("|", "\\|")


def _marked(text: str) -> str:
    """As the help has it, but for what Markdown would take for its own."""
    return "\n".join(line.strip() for line in text.splitlines()).replace("<", "&lt;").replace("*", "\\*").strip()


def refusals() -> str:
    """Every reason why the program does not start or does not do something."""
    lines = [
        "# Reasons why it does not start",
        "",
        f"Each is told as one code, what happened, and what to do next; the command ends with status {STATUS}.",
        "",
        "| code | what happened | what to do |",
        "|---|---|---|",
    ]
    lines += [f"| {code} | {_plain(what)} | {_plain(todo)} |" for code, (what, todo) in sorted(REASONS.items())]
    return "\n".join(lines) + "\n"


def _plain(sentence: str) -> str:
    """With a dash for what is only known when it happens."""
    return re.sub(r"\{\w+\}", "…", sentence).replace("|", "\\|")


def export() -> str:
    """Every file that `mika export` writes and every column, as the export itself says it."""
    return readme(None, {}, {}, with_codes=True, title="What `mika export` writes")


PAGES = {"commands.md": commands, "export.md": export, "refusals.md": refusals}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())
