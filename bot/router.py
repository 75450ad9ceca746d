"""Router: finds who answers what a person said, and keeps their conversation in one piece.

Router.answer(shop, said) -> Message. A chat calls it for everything it hears and shows what comes back. The same
event answered twice has its effect once.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.conversation import Conversation, Talk
from bot.quantities import numeral
from bot.said import Said
from core import composing, customers, rooms, staff
from core.authority import Right
from core.customers import Person
from core.ground import inbox, presses, shown
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Message, words
from core.ground.words import heard
from core.shop import Shop

LEASE = timedelta(seconds=30)
Handler = Callable[..., Awaitable[Message]]
Keep = Callable[[Tx, Message], object]


class TurnTaken(Exception):
    """Another event of this person is being answered right now; this one waits its turn."""


@dataclass(frozen=True)
class Turn:
    """One event of one person, with everything needed to find who answers it."""

    person: Person
    key: str  # the event's own, or the pressed button's: the same key never has its effect twice
    event: str
    text: str  # a verb with its arguments, or what was typed
    typed: bool
    answers: bool  # typed, or a press on what was last offered: what a running question may take as its answer
    talk: Mapping[str, Any] | None
    owner: str  # the person, or the room where it was said: the answer is made for it, and its buttons are its own
    place: str | None  # the group it was said in
    trouble: str | None = None  # a sentence to say instead of doing anything
    strange: bool = False  # said by somebody or somewhere we don't listen to: nothing is changed by it
    card: str | None = None  # what it was written as a reply to
    rights: frozenset[Right] = frozenset()  # of somebody who works here, at this moment

    @property
    def here(self) -> bool:
        """Whether the running talk is held where this was said: elsewhere nothing answers or ends it."""
        return self.talk is None or self.talk.get("place") == self.place

    @property
    def left(self) -> Mapping[str, Any] | None:
        """What is left of the running talk when something else was answered."""
        return None if self.here else self.talk


class Router:
    """Who answers what, for one kind of people."""

    def __init__(self, name: str, *choices: Choice, only_staff: bool = False) -> None:
        """`choices` are the way on where there is no other: after a refusal, an old button, words nobody knows."""
        self.name = name
        self.choices = choices
        self.only_staff = only_staff
        self.handlers: dict[str, Handler] = {}
        self.private: set[str] = set()
        self.rights: dict[str, Right] = {}  # by verb, where only staff speak: each says whose it is
        self.conversations: dict[str, Conversation] = {}
        self.otherwise: Handler | None = None  # for words nobody knows
        self.instead: dict[str, str] = {}  # an expired button's verb: what to show in its place
        self.anywhere: frozenset[str] = frozenset()  # verbs that may be typed in a group that is no room

    def hears(self, *verbs: str, right: Right | None = None, private: bool = False) -> Callable[[Handler], Handler]:
        """The decorated function answers these verbs: f(shop, person, *arguments) -> Message.

        `right` says who may, where only staff speak. `private`: what it answers is for the one who asks, so it is
        never asked for in a group.
        """
        self._belongs(right, verbs)

        def register(handler: Handler) -> Handler:
            self.handlers.update(dict.fromkeys(verbs, handler))
            if right is not None:
                self.rights.update(dict.fromkeys(verbs, right))
            if private:
                self.private.update(verbs)
            return handler

        return register

    def hears_anything(self, handler: Handler) -> Handler:
        """The decorated function answers what nobody else knows: f(shop, person, text, key of the event) -> Message."""
        self.otherwise = handler
        return handler

    def talks(self, conversation: Conversation) -> None:
        """The router opens this conversation at its verbs and hears its answers."""
        self._belongs(conversation.right, conversation.name)
        self.conversations[conversation.name] = conversation

    def _belongs(self, right: Right | None, what: object) -> None:
        """Where only staff speak, everything says whose it is. Raises ValueError."""
        if self.only_staff != (right is not None):
            raise ValueError(f"{self.name}: {what} has {right or 'no right'}")

    @property
    def openings(self) -> dict[str, Conversation]:
        return {verb: conversation for conversation in self.conversations.values() for verb in conversation.verbs}

    @property
    def whose(self) -> dict[str, Right]:
        """What each verb takes, where only staff speak."""
        opened = {verb: one.right for verb, one in self.openings.items() if one.right is not None}
        return {**self.rights, **opened}

    async def answer(self, shop: Shop, said: Said, keep: Keep | None = None) -> Message:
        """What the shop says to this. Raises TurnTaken while another event of the person is being answered.

        `keep` is called with the answer in the transaction that ends the event: a chat that keeps its own history
        can't lose the answer by a crash.
        """
        said = said.legible()
        turn = await shop.db.write(_begin, said, self)
        try:
            message, progress = await self._find(shop, said, turn)
            if self.only_staff and not turn.place:  # in a group many read it, and others may press
                message = staff.theirs(message, turn.rights, self.whose)
            return await shop.db.write(_finish, turn, said, message, progress, keep)
        except Exception:  # what broke is tried again or set aside; meanwhile it has nobody's turn
            with suppress(Exception):
                await shop.db.write(customers.end_turn, turn.person.id, turn.event)
            raise

    async def _find(self, shop: Shop, said: Said, turn: Turn) -> tuple[Message, Mapping[str, Any] | None]:
        try:
            if turn.trouble:
                return await self._troubled(shop, turn), turn.talk
            return await self._say(shop, said, turn)
        except ShopError as refusal:
            return Message(words(refusal.key, **refusal.facts), self.choices, aside=True), turn.left

    async def _troubled(self, shop: Shop, turn: Turn) -> Message:
        """An old button: say so kindly, and show in its place how things stand now."""
        sorry = words(str(turn.trouble))
        if turn.strange:
            return Message(sorry, aside=True)
        verb, *arguments = turn.text.split() or [""]
        handler = self.handlers.get(self.instead.get(verb, ""))
        shown = await handler(shop, turn.person, arguments[0]) if handler and arguments else None
        if shown is None:
            return Message(sorry, self.choices)
        return replace(shown, text=(sorry, *shown.paragraphs))

    async def _say(self, shop: Shop, said: Said, turn: Turn) -> tuple[Message, Mapping[str, Any] | None]:
        talk = Talk(shop, said, turn.person, turn.key, turn.text, dict(turn.talk or {}))
        running = self.conversations.get(talk.conversation) if turn.here else None
        if turn.card and turn.typed and not turn.text.startswith("/"):
            kind, *about = turn.card.split()
            if replied := next((each for each in self.conversations.values() if kind in each.answering), None):
                _allow(turn, replied.right)
                message, progress = await replied.reply(talk, kind, about)
                return message, progress or turn.left
        if said.file and not (running and running.takes_files(talk.step)):
            return Message(words("file-not-here"), self.choices), turn.talk
        if running and turn.typed and heard().get(turn.text.casefold()) == "cancel":
            return Message(words("talk-left"), self.choices), None
        if running and running.takes_everything(talk.step) and turn.typed and not turn.text.startswith("/"):
            return await self._go_on(running, talk, turn)
        verb, arguments = self.verb(turn)
        if (opening := self.openings.get(verb)) and _fits(opening.opening, 1, arguments):
            if turn.place and opening.private:
                return Message(words("only-in-private"), aside=True), turn.talk
            _allow(turn, opening.right)
            message, progress = await opening.begin(talk, arguments)
            return message, progress or turn.left
        if (handler := self.handlers.get(verb)) and _fits(handler, 2, arguments):
            _allow(turn, self.rights.get(verb))
            if turn.place and verb in self.private:
                return Message(words("only-in-private"), aside=True), turn.talk
            return await handler(shop, turn.person, *arguments), turn.left
        if running and turn.answers:
            return await self._go_on(running, talk, turn)
        if not turn.typed:
            choices = () if running or turn.place else self.choices
            return Message(words("button-old"), choices, aside=turn.place is not None), turn.talk
        if self.otherwise is None:
            return Message(words("not-understood"), self.choices), turn.left
        return await self.otherwise(shop, turn.person, turn.text, turn.key), turn.left

    async def _go_on(self, running: Conversation, talk: Talk, turn: Turn) -> tuple[Message, Mapping[str, Any] | None]:
        """The next step, or the end of a talk whose right was taken meanwhile."""
        try:
            _allow(turn, running.right)
        except staff.NotAllowed as refusal:
            return Message(words(refusal.key, **refusal.facts), self.choices), None
        return await running.go_on(talk)

    def verb(self, turn: Turn) -> tuple[str, list[str]]:
        """The verb somebody means: pressed, or typed in any of our languages, alone or with its arguments."""
        known = self.handlers.keys() | self.openings.keys()
        pieces = turn.text.removeprefix("/").split()
        if not pieces:
            return "", []
        if turn.typed:
            whole = heard().get(" ".join(pieces).casefold())
            if whole in known:
                return str(whole), []
            pieces[0] = heard().get(pieces[0].casefold(), pieces[0].casefold())
        return (pieces[0], pieces[1:]) if pieces[0] in known else ("", [])


def _fits(function: Handler | None, taken: int, arguments: list[str]) -> bool:
    if function is None:
        return False
    try:
        inspect.signature(function).bind(*[None] * taken, *arguments)
    except TypeError:
        return False
    return True


def _allow(turn: Turn, right: Right | None) -> None:
    """Raises NotAllowed. What decides asks once more, in its own transaction."""
    if right is not None and right not in turn.rights:
        raise staff.NotAllowed(right=words(f"right-{right}"))


# The two transactions around every answer


def _begin(tx: Tx, said: Said, router: Router) -> Turn:
    person = customers.meet(tx, said.chat, said.address, said.name, said.locale, said.zone, said.handle)
    event = f"{said.chat} {said.key}"
    progress = customers.take_turn(tx, person.id, event, tx.now + LEASE)
    if progress is None:
        raise TurnTaken(person.id)
    fresh = said.press is None or said.press in {choice["says"] for choice in progress.offered}
    text, typed = said.text.strip(), said.press is None
    turn = Turn(person, event, event, text, typed, fresh, _talk(tx, said, progress), person.id, said.place)
    if refusal := _strange(tx, said, router, turn):
        return replace(turn, text="", trouble=refusal.key, strange=True)
    if router.only_staff:
        turn = replace(turn, rights=staff.colleague(tx, person.id).rights)
    if said.room and rooms.is_open(tx, said.room):
        turn = replace(turn, owner=said.room)
    if said.replies_to:
        turn = replace(turn, card=shown.what(tx, turn.owner, said.replies_to))
    says = said.press if said.press is not None else _offered(tx, person, progress, turn)
    if says is None:
        return turn
    if not says.startswith(presses.MARK):
        return replace(turn, text=says, typed=False)
    press = presses.pressed(tx, turn.owner, says)
    if press is None:
        return replace(turn, text="", trouble="button-old")
    key, trouble = press.key or event, "button-old" if press.old else None
    return replace(turn, text=press.says, typed=False, key=key, trouble=trouble)


def _talk(tx: Tx, said: Said, progress: customers.Progress) -> Mapping[str, Any] | None:
    """The running talk. One that was held in a room which is closed since can't be gone on with, and is over."""
    place = progress.talk and progress.talk.get("place")
    return progress.talk if not place or rooms.is_open(tx, f"{said.chat}:{place}") else None


def _strange(tx: Tx, said: Said, router: Router, turn: Turn) -> ShopError | None:
    """Why we don't listen: to staff's router only staff speak; in a group only staff, and only in the open room."""
    if (router.only_staff or said.room) and (said.anonymous or not staff.is_staff(tx, turn.person.id)):
        return staff.NotStaff() if router.only_staff else rooms.NotHere()
    if said.room and not rooms.is_open(tx, said.room) and router.verb(turn)[0] not in router.anywhere:
        return rooms.NotHere()
    return None


def _offered(tx: Tx, person: Person, progress: customers.Progress, turn: Turn) -> str | None:
    """What was typed, if it is the number or the label of a choice that was last offered there."""
    if not turn.here or (turn.place and not turn.talk):
        return None
    wanted, number = turn.text.casefold(), str(numeral(turn.text))
    for choice in progress.offered:
        if wanted and (wanted == choice["label"] or number == choice.get("number")):
            return choice["says"]
    return None


def _finish(
    tx: Tx, turn: Turn, said: Said, message: Message, progress: Mapping[str, Any] | None, keep: Keep | None
) -> Message:
    """Progress, offered choices, buttons and the event's end, all in one: a crash before it repeats the event."""
    message = presses.offer(tx, message, turn.owner)
    try:
        spoken = composing.compose(tx, turn.owner, message)
    except rooms.NotInARoom as refusal:
        message = Message(words(refusal.key), aside=True)
        spoken = composing.compose(tx, turn.owner, message)
    if _offers(turn, progress):
        customers.offer(tx, turn.person.id, composing.offered(spoken))
    customers.keep_talk(tx, turn.person.id, turn.event, progress)
    customers.end_turn(tx, turn.person.id, turn.event)
    inbox.done(tx, said.chat, said.key)
    if keep:
        keep(tx, message)
    return message


def _offers(turn: Turn, progress: Mapping[str, Any] | None) -> bool:
    """Whether what can be typed or answered next is what this answer offers."""
    if turn.strange:
        return False
    if progress is not None and progress == turn.talk:  # an old button leaves the question and its choices standing
        return bool(turn.here and not turn.trouble and turn.answers)
    return turn.place is None or progress is not None or turn.talk is not None  # a group types no numbers
