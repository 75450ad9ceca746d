"""What opens one thing once: a token worked out by the vault from what it opens, stored nowhere.

Whether it was used, and until when it is good, says the row it stands for.
"""

from __future__ import annotations

import base64
from datetime import datetime

from core.ground.db import Tx

LONGEST = 80  # characters


def token(tx: Tx, what: str, number: int, since: datetime) -> str:
    """The token of a row, like "reveal.17.K3v…": 256 bits that nobody guesses.

    `since`: when the row was made. A restored shop numbers its rows anew, and another row is another token.
    """
    return f"{what}.{number}.{_mark(tx, what, number, since)}"


def named(token: str) -> tuple[str, int] | None:
    """What it says that it opens. Nothing is believed of that: `token` is worked out anew, and compared."""
    what, _, rest = token.partition(".")
    number, _, mark = rest.partition(".")
    if (
        not token.isascii()
        or len(token) > LONGEST
        or not (number.isascii() and number.isdigit() and len(number) < 15 and mark)
    ):
        return None
    return what, int(number)


def passphrase(tx: Tx, what: str, number: int, since: datetime) -> str:
    """Five groups of five letters and digits, 125 bits, for a file that goes another way than they."""
    letters = base64.b32encode(tx.vault.fingerprint(f"{what} {number} {since.isoformat()}", "passphrase")).decode()
    return "-".join(letters[at : at + 5] for at in range(0, 25, 5))


def _mark(tx: Tx, what: str, number: int, since: datetime) -> str:
    digest = tx.vault.fingerprint(f"{what} {number} {since.isoformat()}", "once")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
