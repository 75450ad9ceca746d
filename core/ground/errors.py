"""What can go wrong, sorted by who can act on it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any


class ShopError(Exception):
    """A refusal a person can act on.

    Its class name, in kebab case, is a key in locales/ ("OutOfStock" is "out-of-stock"); its facts are
    that sentence's variables. Rolls back the transaction it is raised in.
    """

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(", ".join(f"{name}={value}" for name, value in facts.items()))

    @property
    def key(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()


class PartyError(Exception):
    """An outside party failed. `permanent` says whether trying again can help."""

    def __init__(self, what: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(what)


class PartySilent(PartyError):
    """The call went out and no answer came: it may have happened. Ask for the truth, never repeat blindly."""


class SendError(PartyError):
    """A message could not be handed to a person's chat. Permanent: the chat is closed to us.

    `wait`: how long the chat asks to be left alone before it is tried again; None leaves that to us.
    `unheard`: the chat lets us speak only after a word of theirs, and that was too long ago: it waits for the next.
    `silent`: it was under way, and no answer came: it may have gone.
    """

    def __init__(
        self,
        what: str,
        *,
        permanent: bool = False,
        wait: timedelta | None = None,
        unheard: bool = False,
        silent: bool = False,
    ) -> None:
        self.wait = wait
        self.unheard = unheard
        self.silent = silent
        super().__init__(what, permanent=permanent)


class ForgedNotice(PartyError):
    """A notice whose signature, time or form proves nothing. Nothing of it is kept."""

    def __init__(self, what: str) -> None:
        super().__init__(what, permanent=True)


class OutcomeUnknown(Exception):
    """The commit's answer was lost and could not be found out. The call may be repeated: its key makes it safe."""


class Tampered(Exception):
    """A sealed value does not open: it was changed, moved to another row, or sealed with a key we don't have."""
