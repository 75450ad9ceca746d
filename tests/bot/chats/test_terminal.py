"""The terminal chat: numbers and labels mean what was last offered, and everything said goes through the inbox."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.chats.terminal import TerminalChat
from core import composing
from core.ground import inbox
from core.ground.errors import SendError
from core.ground.messages import Choice, Message
from tests.bot.chats.browsing import House, Rote, delivered, house

__all__ = ["house"]

PAY = "http://pay.example/1"


@dataclass
class Seat:
    """Somebody at a terminal of the house, and what they see there."""

    house: House
    rote: Rote
    printed: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chat = TerminalChat("terminal", self.rote, self.printed.append, self._open, address="lin", locale="en")

    async def _open(self, link: str) -> None:
        self.opened.append(link)

    async def types(self, line: str) -> str:
        """Type a line and have it answered; returns what was printed then."""
        self.printed.clear()
        await self.chat.typed(self.house.shop, line)
        for row in await self.house.shop.db.write(inbox.claim, ["terminal"]):
            await self.chat.hear(self.house.shop, row)
        return "\n".join(self.printed)

    @property
    def heard(self) -> list[tuple[str, str | None]]:
        return [(said.text, said.press) for said in self.rote.heard]


@pytest.fixture
def lin(house: House) -> Seat:
    offers = (Choice("Steam", "brand steam"), Choice("Pay", "pay 1", link=PAY), Choice("Cancel", "cancel 1", acts=True))
    answers = {
        "shelf": Message(("What would you like?",), offers),
        "how many": Message(("How many?",), (Choice("2", "2"), Choice("5", "5")), numbered=False),
    }
    return Seat(house, Rote(answers))


async def test_what_is_typed_is_kept_sealed_until_it_is_answered(house: House, lin: Seat):
    await lin.chat.typed(house.shop, "my secret words")
    rows = await house.shop.db.read(lambda tx: tx.all(inbox.inbox.select()))
    assert [(row.source, row.person, row.state) for row in rows] == [("terminal", "terminal:lin", "new")]
    assert b"my secret words" not in rows[0].sealed
    assert lin.printed == []


async def test_choices_are_numbered_below_the_message(lin: Seat):
    assert await lin.types("shelf") == "What would you like?\n  1. Steam\n  2. Pay\n  3. Cancel"


@pytest.mark.parametrize("line", ["1", " 1 ", "Steam", "STEAM"])
async def test_a_number_or_a_label_is_the_choice(lin: Seat, line: str):
    await lin.types("shelf")
    await lin.types(line)
    assert lin.heard[-1] == ("", "brand steam")


async def test_a_choice_with_a_link_opens_it_and_says_nothing(lin: Seat):
    await lin.types("shelf")
    assert await lin.types("2") == ""
    assert lin.opened == [PAY]
    assert len(lin.heard) == 1


@pytest.mark.parametrize("line", ["4", "0", "999"])
async def test_a_number_that_is_not_offered_never_means_an_older_choice(lin: Seat, line: str):
    await lin.types("shelf")
    await lin.types(line)
    assert lin.heard[-1] == ("", "")


async def test_where_a_number_is_the_answer_itself_it_stays_one(lin: Seat):
    assert await lin.types("how many") == "How many?\n  [2]\n  [5]"
    await lin.types("1")
    assert lin.heard[-1] == ("1", None)


async def test_other_words_are_passed_on_and_blank_lines_are_not(lin: Seat):
    await lin.types("steam 20, please")
    await lin.types("   ")
    assert lin.heard == [("steam 20, please", None)]


async def test_what_comes_by_itself_is_printed_and_its_choices_count_from_then_on(house: House, lin: Seat):
    await lin.types("shelf")
    message = Message(("It has lapsed.",), (Choice("Again", "buy steam 1"),))
    spoken = await house.shop.db.read(composing.compose, lin.chat.person, message)
    lin.printed.clear()
    await lin.chat.send("lin", spoken)
    assert lin.printed == ["It has lapsed.\n  1. Again"]
    await lin.types("1")
    assert lin.heard[-1] == ("", "buy steam 1")


async def test_codes_are_shown_and_copying_prints_nothing_but_them(house: House, lin: Seat):
    await lin.types("hello")
    order = await house.order_of(lin.chat.person, 2)
    copy = Choice("Copy", copies=True)
    spoken = await house.shop.db.read(composing.compose, lin.chat.person, delivered(order, copy))
    await lin.chat.send("lin", spoken)
    codes = [code.reveal() for code in spoken.codes]
    assert all(code in lin.printed[-1] for code in codes)
    assert "Copy" not in lin.printed[-1]  # only what can be answered is listed
    assert await lin.types("Copy") == "\n".join(codes)


async def test_nobody_elses_messages_are_shown(house: House, lin: Seat):
    await lin.types("hello")
    spoken = await house.shop.db.read(composing.compose, lin.chat.person, Message(("Hi",)))
    lin.printed.clear()
    with pytest.raises(SendError) as caught:
        await lin.chat.send("bao", spoken)
    assert not caught.value.permanent
    assert lin.printed == []
