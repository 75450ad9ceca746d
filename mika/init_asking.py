"""How `mika init` asks: a person at a terminal, who is told why and asked again, or a file of answers, which is not."""

from __future__ import annotations

import getpass
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from core.ground.words import LOCALES
from mika.init_questions import BESIDES, QUESTIONS, RAIL_QUESTIONS, Question
from mika.rail_settings import RailSettings
from mika.refusals import Refusal

T = TypeVar("T")
Check = Callable[[str], Awaitable[T]]
LEFT_OUT = "-"
READ_IT = "I have read this"


class Wrong(Exception):
    """The answer will not do. The text says why, and quotes no secret."""


class Asking(Protocol):
    """Who is asked. What an answer comes to, `check` says, or raises Wrong."""

    typed: bool  # a person sits there
    wait: float | None  # seconds to wait for what happens in a chat; None: until somebody presses Enter

    async def ask(self, name: str, check: Check[T], usual: str | None = None) -> T:
        """`usual`: what Enter means here, if not what it means everywhere."""
        ...

    def rails(self) -> list[str] | None:
        """The rails that are told; None: ask."""
        ...

    def table(self, name: str) -> dict[str, Any] | None:
        """A whole block of settings, as it is told; None: ask for its settings one by one."""
        ...

    def besides(self, name: str) -> Any:
        """An answer to what nobody is asked at a terminal; None if there is none."""
        ...

    def agrees(self, rail: str, chat: str) -> bool: ...

    def refuses(self, name: str, wrong: Wrong) -> None:
        """What was answered to a whole block will not do: said, and asked again; or Refusal S024."""
        ...

    def say(self, line: str = "", style: str = "") -> None: ...


class Printed:
    """Lines for people; at a terminal what the wizard itself says is folded at words."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)

    def say(self, line: str = "", style: str = "") -> None:
        if style and self.console.is_terminal:
            inside = len(line) - len(line.lstrip(" "))
            return self.console.print(Padding(Text(line.lstrip(" "), style=style), (0, 0, 0, inside)))
        self.console.print(Text(line, style=style), soft_wrap=True)


class AtTerminal(Printed):
    """Asks until the answer will do. Ctrl-C at any moment loses nothing that was answered."""

    typed = True
    wait: float | None = None

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self._why_told: set[str] = set()

    async def ask(self, name: str, check: Check[T], usual: str | None = None) -> T:
        question = _question(name, usual)
        if question.why:
            self.console.print(Padding(Text(question.why, style="dim"), (1, 0, 0, 2)))
        while True:
            try:
                return await check(self._line(question))
            except Wrong as wrong:
                self.say(f"  {wrong}", "yellow")

    def _line(self, question: Question) -> str:
        usual = f" [{question.usual}]" if question.usual else ""
        prompt = f"  {question.asks}{usual}: "
        while True:
            line = typed_in(prompt, hidden=question.secret)
            if line or question.usual is not None:
                return line or question.usual or ""
            self.say("  This one can't be left out.", "yellow")

    def rails(self) -> list[str] | None:
        return None

    def table(self, name: str) -> dict[str, Any] | None:
        return None

    def besides(self, name: str) -> Any:
        return None

    def agrees(self, rail: str, chat: str) -> bool:
        return typed_in(f'  Offer {rail} in {chat} all the same? Type "{READ_IT}", or Enter for no: ') == READ_IT

    def refuses(self, name: str, wrong: Wrong) -> None:
        self.say(f"  {wrong}", "yellow")


class FromFile(Printed):
    """Takes the answers from a TOML file. One that will not do is a Refusal S024 that names it."""

    typed = False

    def __init__(self, file: Path, console: Console | None = None) -> None:
        super().__init__(console)
        self.file = file
        self._told = _read(file)
        self._look_at_names()
        self.wait: float | None = self._wait()

    async def ask(self, name: str, check: Check[T], usual: str | None = None) -> T:
        question = _question(name, usual)
        told = self._find(name)
        if told in (None, LEFT_OUT, ""):
            if question.usual is None:
                raise self.refusal(name, "it is missing")
            told = question.usual
        try:
            return await check(as_text(told))
        except Wrong as wrong:
            raise self.refusal(name, str(wrong)) from None

    def rails(self) -> list[str] | None:
        told = self._told.get("rails", {})
        if told == LEFT_OUT:
            return []
        if not isinstance(told, Mapping):
            raise self.refusal("rails", 'it should be a table for each way to pay, like [rails.stripe], or "-"')
        return [name for name, value in told.items() if value != LEFT_OUT]

    def table(self, name: str) -> dict[str, Any] | None:
        found = self._find(name)
        if found in (None, LEFT_OUT):
            return None
        if not isinstance(found, Mapping):
            raise self.refusal(name, 'it should be a table of its settings, or "-"')
        return dict(found)

    def besides(self, name: str) -> Any:
        return self._find(name)

    def agrees(self, rail: str, chat: str) -> bool:
        return chat in (self._find(f"rails.{rail}.permit") or ())

    def refuses(self, name: str, wrong: Wrong) -> None:
        raise self.refusal(name, str(wrong)) from None

    def refusal(self, name: str, what: str) -> Refusal:
        return Refusal("S024", name=name, what=what.removesuffix("."), file=self.file)

    def _find(self, name: str) -> Any:
        """By its name with dots. A name in one language is found where one text is told for all."""
        found: Any = self._told
        for part in name.split("."):
            if part in LOCALES and isinstance(found, str):
                return found
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _look_at_names(self) -> None:
        for name in _names(self._told):
            if name in QUESTIONS or name in BESIDES or name in ("shop_name", "product.name"):
                continue
            if name in ("rails", "email") and self._find(name) in (LEFT_OUT, {}):
                continue
            top, _, rest = name.partition(".")
            rail = rest.partition(".")[0]
            if top == "rails" and rail in RailSettings.model_fields:
                continue  # its settings are looked at with the rail
            raise self.refusal(name, "there is no such question")

    def _wait(self) -> float:
        told = self._told.get("wait", 0)
        if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told <= 3600:
            raise self.refusal("wait", "it should be seconds, 3600 at most")
        return float(told)


def _question(name: str, usual: str | None) -> Question:
    question = QUESTIONS.get(name) or RAIL_QUESTIONS[name]
    return question if usual is None else replace(question, usual=usual)


def typed_in(prompt: str, *, hidden: bool = False) -> str:
    """A line of whoever sits there. The end of what can be typed is like Ctrl-C."""
    try:
        return (getpass.getpass(prompt) if hidden else input(prompt)).strip()
    except EOFError:
        raise KeyboardInterrupt from None


def _names(told: Mapping[str, Any], before: str = "") -> list[str]:
    found = []
    for name, value in told.items():
        inside = isinstance(value, Mapping) and value
        found += _names(value, f"{before}{name}.") if inside else [f"{before}{name}"]
    return found


def as_text(told: Any) -> str:
    """An answer as it is typed; empty for none."""
    if told is None:
        return ""
    if isinstance(told, bool):
        return "yes" if told else "no"
    if isinstance(told, list | tuple):
        return ", ".join(map(str, told))
    return str(told).strip()


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal("S011", file=file, what=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise Refusal("S011", file=file, what="it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        place = ""
        with suppress(IndexError):
            place = f" ({str(error).rsplit('(', 1)[1].rstrip(')')})"  # the rest may quote an answer
        raise Refusal("S011", file=file, what=f"it is not TOML{place}") from None


async def yes(said: str) -> bool:
    """Raises Wrong."""
    if said.casefold() in ("yes", "y", "true", "да", "是"):
        return True
    if said.casefold() in ("no", "n", "false", "", LEFT_OUT, "нет", "否"):
        return False
    raise Wrong("It should be yes or no.")
