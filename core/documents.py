"""Files that are sent along with a message: named in it, and made when it is sent, so that none is kept anywhere."""

from __future__ import annotations

from core import catalogue, sheets, staff
from core.authority import Right
from core.ground.db import Tx
from core.ground.errors import ShopError


class NoSuchFile(ShopError):
    """Nothing of that name is made here."""


def made(tx: Tx, name: str) -> bytes:
    """What the file of that name holds now. Whether somebody may have it was asked when it was named.

    Raises NoSuchFile.
    """
    if name != catalogue.FILE:
        raise NoSuchFile()
    return sheets.written("xlsx", *catalogue.export(tx))


def made_for(tx: Tx, name: str, person: str) -> bytes:
    """The same for somebody who asks for it by its address. Raises NoSuchFile, NotStaff, NotAllowed."""
    staff.may(tx, person, Right.EXPORT)
    return made(tx, name)
