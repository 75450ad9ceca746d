"""Why an old shop can't be read: a code of mika/refusals.py and its facts. Never a password or a card's code."""

from __future__ import annotations


class Unreadable(Exception):
    """Nothing was read, or nothing of it may be used. `code` and `facts` are what mika's Refusal is made of."""

    code = "S035"

    def __init__(self, what: str, todo: str) -> None:
        self.facts = {"what": what, "todo": todo}
        super().__init__(f"{what}. {todo}")


class BadExport(Unreadable):
    """The file, or the folder of them, is not whole or not what it should be."""

    code = "S036"


class NoServer(Unreadable):
    """An export is loaded into a MariaDB of our own, and there is none."""

    code = "S037"
