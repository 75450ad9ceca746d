"""A bot's account at Telegram: its token, its updates, its files, commands and Stars."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from doubles.telegram_rules import bad
from doubles.telegram_updates import Updates


@dataclass(frozen=True, slots=True)
class File:
    """What was sent, known under an id that only one bot can use."""

    id: str
    unique: str
    path: str
    name: str
    type: str
    data: bytes

    def told(self) -> dict[str, Any]:
        return {"file_id": self.id, "file_unique_id": self.unique, "file_size": len(self.data)}


@dataclass(frozen=True, slots=True)
class Charge:
    """Stars that somebody paid."""

    id: str
    payer: dict[str, Any]
    amount: int
    payload: str
    at: int


@dataclass(eq=False)
class Bot:
    token: str
    username: str
    name: str
    updates: Updates
    privacy: bool = True  # in groups it hears only what is meant for it, unless it is an administrator
    started: set[int] = field(default_factory=set)  # people it may write to
    blocked: set[int] = field(default_factory=set)  # people who want no more of it
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)  # by scope and language
    texts: dict[tuple[str, str], str] = field(default_factory=dict)  # (what, language): name, descriptions
    menu: dict[int, dict[str, Any]] = field(default_factory=dict)  # by chat, 0 is all
    files: dict[str, File] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    transactions: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    untold: int = 0  # of the newest transactions, so many are not in the list yet
    refunded: set[str] = field(default_factory=set)
    number: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)  # of private messages

    @property
    def id(self) -> int:
        return int(self.token.split(":")[0])

    def told(self) -> dict[str, Any]:
        """As a User, the way others see it."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}

    def me(self) -> dict[str, Any]:
        return self.told() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def keep(self, data: bytes, name: str, type: str, folder: str) -> File:
        """Stores a file under a new id of this bot's."""
        number = len(self.files) + 1
        known = hashlib.blake2b(data + name.encode(), digest_size=9).hexdigest()
        file = File(f"BQAC-{self.id}-{number}", f"AQ{known}", f"{folder}/file_{number}{suffix(name)}", name, type, data)
        self.files[file.id] = file
        return file

    def file(self, id: str) -> File:
        if id not in self.files:
            bad("wrong file identifier/HTTP URL specified")
        return self.files[id]

    def at(self, path: str) -> File | None:
        return next((file for file in self.files.values() if file.path == path), None)

    # Stars

    @property
    def listed(self) -> list[dict[str, Any]]:
        """Its transactions as it is told of them."""
        return self.transactions[: len(self.transactions) - self.untold]

    @property
    def balance(self) -> int:
        return sum(one["amount"] * (1 if "source" in one else -1) for one in self.transactions)

    def earn(self, charge: Charge) -> None:
        self.charges[charge.id] = charge
        self.transactions.append(self._transaction(charge, "source", charge.at))

    def give_back(self, id: str, user: int, at: int) -> Charge:
        """Refunds a charge in full. A repeat is refused, as is somebody else's."""
        charge = self.charges.get(id)
        if charge is None or charge.payer["id"] != user:
            bad("CHARGE_NOT_FOUND")
        if id in self.refunded:
            bad("CHARGE_ALREADY_REFUNDED")
        self.refunded.add(id)
        self.transactions.append(self._transaction(charge, "receiver", at))
        return charge

    def _transaction(self, charge: Charge, side: str, at: int) -> dict[str, Any]:
        partner = {
            "type": "user",
            "transaction_type": "invoice_payment",
            "user": charge.payer,
            "invoice_payload": charge.payload,
        }
        return {"id": charge.id, "amount": charge.amount, "date": at, side: partner}


def suffix(name: str) -> str:
    return f".{name.rsplit('.', 1)[1]}" if "." in name else ""
