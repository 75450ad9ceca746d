"""Files that are sent along with a message: named in it, and made when it is sent, so that none is kept anywhere."""

from __future__ import annotations

from core import catalogue, evidence, sheets, staff
from core.authority import Right
from core.ground.db import Tx
from core.ground.errors import ShopError


class NoSuchFile(ShopError):
    """Nothing of that name is made here."""


def made(tx: Tx, name: str) -> bytes:
    """What the file of that name holds now. Whether somebody may have it was asked when it was named.

    Raises NoSuchFile, and UnknownOrder for the evidence of none.
    """
    if name == catalogue.FILE:
        return sheets.written("xlsx", *catalogue.export(tx))
    about, _, kind = name.rpartition(".")
    if not about.startswith(evidence.FILE) or kind != "txt":
        raise NoSuchFile()
    return evidence.text(tx, about.removeprefix(evidence.FILE)).encode()


def made_for(tx: Tx, name: str, person: str) -> bytes:
    """The same for somebody who asks for it by its address. Raises as that, and NotStaff, NotAllowed."""
    staff.may(tx, person, Right.EXPORT)
    return made(tx, name)
