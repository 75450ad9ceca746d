"""Conversations: several questions in a row. Their progress is a column of the person's row, one step at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.said import Said
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Fact, Message, words
from core.shop import Shop

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Talk:
    """What a step has in hand: who speaks, what was said, and the answers so far.

    `answers` is kept between steps as JSON, so nothing secret goes in.
    """

    shop: Shop
    said: Said
    person: Person
    key: str
    text: str
    kept: dict[str, Any] = field(default_factory=dict)
    next: str | None = None

    def __post_init__(self) -> None:
        self.answers: dict[str, Any] = dict(self.kept.get("answers", {}))

    @property
    def conversation(self) -> str:
        return self.kept.get("conversation", "")

    @property
    def step(self) -> str:
        return self.kept.get("step", "")

    def ask(
        self,
        step: Callable[..., Any],
        key: str,
        choices: Sequence[Choice] = (),
        *,
        numbered: bool = True,
        **facts: Fact,
    ) -> Message:
        """Say this sentence, and let `step` hear the answer."""
        return self.ask_with(step, Message(words(key, **facts), tuple(choices), numbered=numbered))

    def ask_with(self, step: Callable[..., Any], message: Message) -> Message:
        self.next = step.__name__
        return message

    def end(self, key: str, choices: Sequence[Choice] = (), **facts: Fact) -> Message:
        """Say this sentence; the conversation is over."""
        return Message(words(key, **facts), tuple(choices))

    async def read(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.shop.db.read(fn, *args, **kwargs)

    async def write(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Decide something under this event's key: answered again after a crash, the event finds what it did."""
        return await self.shop.db.write(fn, *args, **kwargs, request_key=self.key)


Opening = Callable[..., Awaitable[Message]]
Step = Callable[[Talk], Awaitable[Message]]


class Conversation:
    """Named steps; the file that declares them reads from top to bottom as the talk goes."""

    def __init__(self, name: str, right: Right | None = None, *, private: bool = False) -> None:
        """`right`: whom staff's router lets hold it, asked at each step.

        `private`: what is written in it may hold codes, so it is never held in a group.
        """
        self.name = name
        self.right = right
        self.private = private
        self.verbs: tuple[str, ...] = ()
        self.opening: Opening | None = None
        self._steps: dict[str, Step] = {}
        self._free: set[str] = set()
        self.answering: dict[str, Opening] = {}
        self._files: set[str] = set()

    def opens(self, *verbs: str) -> Callable[[Opening], Opening]:
        """The decorated function begins the conversation: f(talk, *arguments of the verb) -> Message."""

        def register(opening: Opening) -> Opening:
            self.verbs, self.opening = verbs, opening
            return opening

        return register

    def answers_card(self, kind: str) -> Callable[[Opening], Opening]:
        """The decorated function hears what is written as a reply to a card: f(talk, *the rest of the card's name)."""

        def register(function: Opening) -> Opening:
            self.answering[kind] = function
            return function

        return register

    def step(self, function: Step) -> Step:
        """The decorated function hears an answer. What it doesn't understand it asks again."""
        self._steps[function.__name__] = function
        return function

    def free_step(self, function: Step) -> Step:
        """A step that takes any words as its answer, also those that mean something elsewhere ("help")."""
        self._free.add(function.__name__)
        return self.step(function)

    def file_step(self, function: Step) -> Step:
        """A free step that also takes a file as its answer: talk.said.file. The others are never given one."""
        self._files.add(function.__name__)
        return self.free_step(function)

    def takes_files(self, step: str) -> bool:
        return step in self._files

    def takes_everything(self, step: str) -> bool:
        return step in self._free

    async def begin(self, talk: Talk, arguments: Sequence[str]) -> tuple[Message, Mapping[str, Any] | None]:
        """Raises TypeError for arguments that don't fit `opening`."""
        assert self.opening is not None  # noqa: S101
        talk.answers = {}
        return await self._run(talk, self.opening(talk, *arguments))

    async def reply(self, talk: Talk, kind: str, arguments: Sequence[str]) -> tuple[Message, Mapping[str, Any] | None]:
        """Something was written as a reply to a card of that kind."""
        talk.answers = {}
        return await self._run(talk, self.answering[kind](talk, *arguments))

    async def go_on(self, talk: Talk) -> tuple[Message, Mapping[str, Any] | None]:
        return await self._run(talk, self._steps[talk.step](talk))

    async def _run(self, talk: Talk, answering: Awaitable[Message]) -> tuple[Message, Mapping[str, Any] | None]:
        message = await answering
        if talk.next is None:
            return message, None
        place = {"place": talk.said.place} if talk.said.place else {}
        return message, {"conversation": self.name, "step": talk.next, "answers": talk.answers, **place}
