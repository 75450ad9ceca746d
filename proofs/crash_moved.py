"""Acts of a buyer from a shop that was moved from: an order is looked up, a balance claimed."""

from __future__ import annotations

from datetime import UTC, datetime

from core import links, old_credit, old_orders
from core.ground.db import Tx
from core.ground.vault import Secret
from core.moved import Source
from core.old_shops import OldMember, OldOrder
from proofs.crash_play import Play
from proofs.crash_shelf import LIN

FAKA = Source.of("acg-faka", "the old shop")
THEN = datetime(2025, 3, 1, 4, 5, tzinfo=UTC)
SOLD = Secret("OLD-0000-CODE")
ORDER = OldOrder("1", "OLDORDER00000001", "Steam", 1, 10000, "CNY", THEN, THEN, "Alipay", SOLD, Secret("pass"), "")


async def from_the_old_shop(play: Play) -> None:
    """Lin mistypes the password of an old order, then doesn't; asks for a balance, and claims it by a link."""
    link = await play.shop.db.write(_moved_in)
    await play.says(LIN, "old order", "old order")
    await play.says(LIN, "its number", ORDER.number)
    await play.says(LIN, "not its password", "past")
    await play.says(LIN, "its number again", ORDER.number)
    await play.says(LIN, "its password", "pass")
    await play.says(LIN, "any balance", "old balance")
    shown = await play.says(LIN, "by the link", f"oldcredit {link}")
    await play.presses(LIN, "claims", "Claim", shown)


def _moved_in(tx: Tx) -> str:
    """What the link carries; a repeat finds all of it there."""
    old_orders.keep(tx, FAKA, [ORDER])
    old_credit.bring(tx, FAKA, OldMember("7", "Lin", 1234), "CNY")
    old_credit.open_up(tx, FAKA)
    return links.to_credit(old_credit._token(tx, FAKA.shop, FAKA.digest, "7"))
