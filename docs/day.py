"""A day in the shop, as staff see it: in their room on Telegram, and in private with their bot."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phones import BREAK, moment
from tales import FIELD, LANGUAGES, RING, STEPS, Tale

from core import hiring, risk_policy, staff
from core.authority import Role, roles_named
from core.ground.messages import words
from doubles.telegram_bots import Bot
from doubles.telegram_chats import Chat, Shown
from doubles.telegram_groups import Group
from doubles.telegram_people import Person
from mika.journal import HandedOver
from proofs import few_rules
from proofs.guards import replaced

risk_policy.UNSET = few_rules.STANDARD  # the shop's own, but where somebody buys faster than people do

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLED = {"en": {"chen": "Chen", "zhou": "Zhou"}, "zh-CN": {"chen": "陈姐", "zhou": "小周"}}
ROOM = {"en": "Mika staff", "zh-CN": "密卡店员群"}
BOT = {"en": "Mika staff bot", "zh-CN": "店员机器人"}
IN = {"en": "In private with the staff bot", "zh-CN": "和店员机器人的私聊"}
IN_ROOM = {"en": "In the staff's group", "zh-CN": "店员群里"}
MEMBERS = {"en": "3 members", "zh-CN": "3 位成员"}
MEASURE = words("measure-zhang")


@dataclass
class Seat:
    """Somebody of the shop, in private with the staff bot."""

    tale: Tale
    person: Person
    since: int = 0  # the first message that is pictured
    heard: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.person.user["first_name"]

    @property
    def to(self) -> Bot | Group:
        return self.tale.telegraph.staff_bot

    @property
    def chat(self) -> Chat:
        return self.person.chat(self.to)

    async def writes(self, text: str) -> Shown:
        self.tale.tell(f"{self.name}: {text}")
        return await self._answered(lambda: self.person.writes(text, self.to))

    async def sends(self, lines: Sequence[str], name: str) -> Shown:
        self.tale.tell(f"{self.name}: <{name}>")
        data = "\n".join(lines).encode()
        return await self._answered(lambda: self.person.sends_document(data, name, self.to))

    async def replies(self, card: Shown, text: str) -> Shown:
        did = {"en": "{who} replies to the card: {text}", "zh-CN": "{who}回复这张卡片：{text}"}[self.tale.locale]
        self.tale.tell(did.format(who=self.name, text=text))
        return await self._answered(lambda: self.person.writes(text, self.to, reply_to=card))

    async def presses(self, said: str, on: Shown | None = None) -> Shown:
        shown, label = self.finds(said, on)
        did, becomes = STEPS[self.tale.locale]
        return await self._answered(
            lambda: self.person.presses(label, shown), did.format(who=self.name, what=label), becomes
        )

    def finds(self, said: str, on: Shown | None = None) -> tuple[Shown, str]:
        """The newest button with these words, and what it is on."""
        found = [on] if on else reversed(self.chat.messages)
        return next((one, label) for one in found for row in one.labels for label in row if said in label)

    async def _answered(self, does: Any, told: str = "", becomes: str = "") -> Shown:
        """What the chat shows then: below, or in a message's place."""
        newest = max(self.chat.all, default=0)
        edits = {one.id: len(one.before) for one in self.chat.said()}
        does()

        def changed(chat: Chat) -> list[Shown]:
            return [
                one for one in chat.said() if one.id > newest or (edits[one.id] < len(one.before) and _says_else(one))
            ]

        await self.chat.until(changed, seconds=8)
        await self.tale.telegraph.settled()
        found = changed(self.chat)
        if told:
            self.tale.tell(f"{told}{f' {becomes}' if found[0].id <= newest else ''}")
        return [self.hears(shown) for shown in found][-1]

    async def pops(self, said: str) -> None:
        """A press that is answered on the presser's own screen alone."""
        shown, label = self.finds(said)
        did = STEPS[self.tale.locale][0].format(who=self.name, what=label)
        answer = await self.person.presses(label, shown).answer()
        await self.tale.telegraph.settled()
        self.popped(did, answer)

    def popped(self, did: str, answer: str) -> None:
        seen = {"en": "On {who}'s own screen: {text}", "zh-CN": "{who}的屏幕上弹出：{text}"}[self.tale.locale]
        self.tale.tell(did)
        self.tale.tell(seen.format(who=self.name, text=answer.replace(BREAK, "")))

    async def gets(self, *having: str) -> Shown:
        """What arrives by itself."""

        def came(chat: Chat) -> Shown | None:
            return next((one for one in reversed(chat.said()) if all(part in one.text for part in having)), None)

        return self.hears(await self.chat.until(came, seconds=8))

    def hears(self, shown: Shown) -> Shown:
        return self.tale.hears(shown, BOT[self.tale.locale])

    async def keeps(self, caption: str, pressed: str = "") -> None:
        await self.tale.telegraph.settled()
        await asyncio.sleep(0.3)
        here = self.tale.locale
        title, about = (
            (ROOM[here], MEMBERS[here]) if self.chat.id < 0 else (BOT[here], "bot" if here == "en" else "机器人")
        )
        made = moment(self.chat, self.person.id, caption, title, about, FIELD[here], pressed=pressed, since=self.since)
        self.tale.moments.append(made)

    def from_here(self) -> None:
        """What stands in the chat already is further up."""
        self.since = max(self.chat.all, default=0) + 1


@dataclass
class InRoom(Seat):
    """The same person in the staff's group."""

    group: Group | None = None

    @property
    def to(self) -> Bot | Group:
        assert self.group
        return self.group


def _says_else(shown: Shown) -> bool:
    """An edit that only takes the buttons away is none to tell of."""
    return bool(shown.labels) or shown.before[-1].get("text") != shown.body.get("text")


async def comes(tale: Tale, id: int, who: str, roles: frozenset[Role] = hiring.OWNER) -> Seat:
    """Somebody works here already, and nothing of how they came is told."""
    name = CALLED[tale.locale][who]
    person = tale.telegraph.api.person(id, name, language=LANGUAGES[tale.locale])
    token = await tale.world.db.write(hiring.invite, name, roles)
    person.starts(token, tale.telegraph.staff_bot)
    seat = Seat(tale, person)
    await seat.chat.next(1)
    await tale.telegraph.settled()
    seat.from_here()
    return seat


async def room(tale: Tale) -> tuple[InRoom, InRoom]:
    """The owner and a helper in the group that is the staff's room."""
    chen = await comes(tale, 7, "chen")
    zhou = await comes(tale, 8, "zhou", roles_named("helper") or frozenset())
    group = tale.telegraph.api.group(ROOM[tale.locale], chen.person)
    group.adds(tale.telegraph.staff_bot, admin=True)
    group.adds(zhou.person)
    chen.person.writes(f"/here {await tale.world.db.write(staff.room_code)}", group)
    await group.chat.until(lambda chat: chat.said())
    await tale.telegraph.settled()
    seats = InRoom(tale, chen.person, group=group), InRoom(tale, zhou.person, group=group)
    await tale.later(timedelta(0))  # what the clock looks at for the first time is no news
    await tale.later(timedelta(0))
    for seat in seats:
        seat.from_here()
    return seats


def apart(seat: InRoom) -> Seat:
    """The same person in private, from this moment."""
    made = Seat(seat.tale, seat.person)
    made.from_here()
    return made


def here(tale: Tale, *what: str) -> None:
    tale.tell(f"—— {' · '.join(what)} ——")


async def bought(tale: Tale, path: Sequence[str], many: int = 1, who: int = 1, name: str = "") -> None:
    """Somebody buys; how is told elsewhere."""
    buyer = tale.lin if who == 1 else tale.telegraph.meet(who, name, LANGUAGES[tale.locale])
    codes = sum("DEMO" in one.text for one in buyer.chat.said())
    await buyer.writes("/start")
    for said in (tale.word("choose-shelf"), *path):
        await buyer.presses(said)
    if many == 1:
        await buyer.presses(tale.word("choose-buy-one", measure=MEASURE))
    else:
        await buyer.presses(tale.word("choose-buy-more", measure=MEASURE))
        await buyer.writes(str(many))
    with replaced(risk_policy, "UNSET", few_rules.FEW):
        await buyer.pays()
        await buyer.chat.until(lambda chat: sum("DEMO" in one.text for one in chat.said()) > codes, 8)
        await tale.telegraph.settled()


def steam(tale: Tale, product: str) -> tuple[str, ...]:
    return "Steam", tale.word("region-us"), product


async def until(tale: Tale, moment: datetime) -> None:
    await tale.later(moment - tale.world.clock.now())


# The scenes


async def helper(tale: Tale) -> None:
    chen = await comes(tale, 7, "chen")
    here(tale, IN["en"])
    shown = await chen.writes("/people")
    await chen.presses("Let somebody in")
    await chen.writes("Zhou")
    shown = await chen.presses("helper")
    await chen.keeps("1  The owner lets somebody in")
    way = next(line.strip() for line in shown.text.split("\n") if "/start" in line)
    zhou = Seat(tale, tale.telegraph.api.person(8, "Zhou", language="en"))
    here(tale, "Zhou, in private with the staff bot")
    await zhou.writes(way[way.index("/start") :].replace(BREAK, ""))
    await zhou.writes("switches")
    await zhou.writes("/switch shop")
    await zhou.keeps("2  A helper comes in, and what isn't theirs to do")
    here(tale, "Chen")
    await chen.gets("works here now")
    await chen.writes("/people")
    await chen.presses("Zhou")
    await chen.keeps("3  The card of a colleague")


async def morning(tale: Tale) -> None:
    chen, _ = await room(tale)
    await bought(tale, steam(tale, "Steam 20 USD"))
    await bought(tale, steam(tale, "Steam 50 USD"), 1, 2, "包")
    await tale.later(timedelta(hours=1))
    await bought(tale, steam(tale, "Steam 10 USD"), 5, 3, "吴")
    await until(tale, datetime(2026, 11, 27, 0, 59, tzinfo=UTC))
    chen.from_here()
    await until(tale, datetime(2026, 11, 27, 1, 0, 30, tzinfo=UTC))
    here(tale, IN_ROOM["zh-CN"], "11 月 27 日 9:00")
    await chen.gets("日报")
    await chen.keeps("1  九点的日报")
    await chen.presses("库存")
    await chen.keeps("2  库存")


async def restocks(tale: Tale) -> None:
    chen, _ = await room(tale)
    alone = apart(chen)
    here(tale, IN["zh-CN"])
    await alone.writes("库存提醒 steam-us-50 10")
    chen.from_here()
    for who, name in ((1, ""), (2, "包"), (3, "吴")):
        await bought(tale, steam(tale, "Steam 50 USD"), 1, who, name)
        await tale.later(timedelta(minutes=1))
    here(tale, IN_ROOM["zh-CN"], "卖到只剩十个的时候；再卖，不再提醒")
    shown = await chen.gets("快没了")
    await chen.keeps("1  提醒一次", shown.labels[0][0])
    await chen.pops("补货")
    here(tale, IN["zh-CN"])
    alone.from_here()
    await alone.writes("库存")
    await alone.presses("Steam 50 USD")
    await alone.presses("补货")
    dice = random.Random(7)
    lines = [f"DEMO{n % 10}-{dice.randrange(10**5):05}-{dice.randrange(10**5):05}" for n in range(30)]
    await alone.sends([*lines, lines[3], "", "有效期见邮件,2027-02-31"], "steam-50.txt")
    await alone.writes("340 INV-2041")
    await alone.keeps("2  文件、预览、进价", "上架")
    await alone.presses("上架")
    await alone.keeps("3  上架了")


async def holds(tale: Tale) -> None:
    chen, zhou = await room(tale)
    await tale.shops("Apple", None, "Apple 100 USD")
    await tale.presses("choose-buy-one", measure=MEASURE)
    await tale.pays()
    await tale.telegraph.settled()
    tale.lines.clear()
    await tale.later(timedelta(minutes=4))
    tale.tell("林是新买家，刚付了 CN¥718.00")
    here(tale, IN_ROOM["zh-CN"])
    card = await chen.gets("待核对")
    await chen.keeps("1  要人看一眼的订单", "通过并发货")
    _, approve = chen.finds("通过并发货", card)
    _, reject = zhou.finds("拒绝", card)
    old = next(button["callback_data"] for button in card.buttons if button["text"] == reject)
    await chen.person.presses(approve, card).answer()
    await chen.chat.until(lambda _: card.before, 8)
    late = zhou.person._calls_back(card, tale.telegraph.staff_bot, old, inaccessible=False)  # a screen a blink behind
    told = await late.answer()
    await tale.telegraph.settled()
    tale.tell(f"陈姐点 [{approve}]，小周的屏幕还没变，紧接着点了 [{reject}]。卡片变成：")
    chen.hears(card)
    zhou.popped("卡片没有再变。", told)
    await chen.keeps("2  陈姐先按，小周按的没有生效")
    tale.tell("—— 林 ——")
    await tale.gets("DEMO")


async def person(tale: Tale) -> None:
    _, zhou = await room(tale)
    await bought(tale, steam(tale, "Steam 20 USD"))
    tale.since = tale.lin.chat.last.id + 1
    tale.lines.clear()
    tale.tell("—— 林和机器人 ——")
    await tale.writes("人工")
    await tale.writes("你好，我的 Steam 是香港区的，买的这张美区卡能换一张港区的吗？")
    await tale.telegraph.settled()
    here(tale, IN_ROOM["zh-CN"])
    card = await zhou.gets("港区")
    await zhou.replies(
        card, "已经发出的码不能换，不过还没兑换的话可以转给用美区的朋友。下次买之前看一下商品上的地区就好。"
    )
    await zhou.keeps("1  小周在群里回复卡片")
    tale.tell("—— 林和机器人 ——")
    await tale.gets("美区的朋友")
    await tale.keeps("2  林在自己的聊天里收到")


async def sale(tale: Tale) -> None:
    chen = await comes(tale, 7, "chen")
    here(tale, IN["en"])
    await chen.writes("/sell")
    await chen.presses("Steam 20 USD")
    for said in ("3", "Mr Wang", "Xianyu", "430", "XY-88120"):
        await chen.writes(said)
    await chen.keeps("1  Sold on Xianyu, written down here", "It's sold")
    shown = await chen.presses("It's sold")
    await chen.presses("Fetch the codes")
    await chen.writes("To send them to Mr Wang on Xianyu")
    await chen.keeps("2  The codes are fetched with a reason", "Show it here")
    await chen.presses("Show it here")
    await chen.keeps("3  Readable for ten minutes")
    assert shown


async def refund(tale: Tale) -> None:
    chen, _ = await room(tale)
    await bought(tale, steam(tale, "Steam 10 USD"), 3)
    await tale.later(timedelta(hours=1))
    alone = apart(chen)
    tale.since = tale.lin.chat.last.id + 1
    here(tale, IN["en"])
    await alone.writes("find Lin")
    await alone.presses("Refund")
    await alone.keeps("1  Three codes; the second goes back", "No. 2")
    await alone.presses("No. 2")
    await alone.presses("Send back")
    await alone.keeps("2  Only after a second look")
    tale.tell("—— Lin ——")
    await tale.gets("efunded")
    await tale.keeps("3  Lin is told")


async def prices(tale: Tale) -> None:
    chen = await comes(tale, 7, "chen")
    here(tale, IN["en"])
    await chen.writes("change prices")
    await chen.presses("Roblox")
    await chen.writes("-6%")
    await chen.presses("Now")
    await chen.keeps("1  Below cost: another button", "Not now")
    await chen.presses("Not now")
    chen.from_here()
    await chen.writes("change prices")
    await chen.presses("Roblox")
    await chen.writes("-2%")
    await chen.writes("18:00")
    await chen.keeps("2  Less, and at six", "Yes, change them")
    await chen.presses("Yes, change them")
    await chen.keeps("3  It comes by itself, and can be called off")


async def reveals(tale: Tale) -> None:
    chen, _ = await room(tale)
    await bought(tale, steam(tale, "Steam 20 USD"))
    alone = apart(chen)
    here(tale, IN_ROOM["en"])
    chen.from_here()
    await chen.writes("/orders")
    number = chen.chat.last.labels[0][0].partition(" ")[0]
    await chen.writes(f"/reveal {number}")
    await chen.keeps("1  Not in the group")
    here(tale, IN["en"])
    await alone.writes(f"reveal {number}")
    await alone.writes("Lin says the last five characters are cut off")
    await alone.presses("Show it here")
    await alone.keeps("2  In private, with a reason")
    await tale.telegraph.settled()
    here(tale, IN_ROOM["en"])
    await chen.gets("looked at codes")
    await chen.keeps("3  The others are told")


async def holiday(tale: Tale) -> None:
    chen, _ = await room(tale)
    alone = apart(chen)
    here(tale, IN["zh-CN"])
    await alone.writes("放假")
    await alone.presses("关店")
    await alone.writes("春节休息，初八见，祝大家新年好！")
    await alone.presses("就用这些语言")
    await alone.writes("2027-02-14 09:00")
    await alone.keeps("1  放假之前", "确定")
    await alone.presses("确定")
    await tale.telegraph.settled()
    tale.tell("—— 林 ——")
    await tale.shops("Steam", "us", "Steam 20 USD")
    await tale.presses("choose-buy-one", measure=MEASURE)
    await tale.keeps("2  买家看到的")
    here(tale, IN["zh-CN"])
    alone.from_here()
    await alone.writes("放假")
    await alone.presses("重新开店")
    await alone.presses("确定")
    await alone.keeps("3  提前开店")


async def verified(tale: Tale) -> None:
    world, folder = tale.world, tale.folder
    world.shop.journal = HandedOver(folder / "handed-over.journal")
    chen, _ = await room(tale)
    await bought(tale, steam(tale, "Steam 20 USD"))
    alone = apart(chen)
    here(tale, IN["en"])
    await alone.writes("alert steam-us-50 10")
    number = (await alone.writes("/orders")).labels[0][0].partition(" ")[0]
    await alone.writes(f"note {number}")
    await alone.writes("Asked twice whether it works in Turkey")
    alone.from_here()
    await alone.writes("/audit")
    await alone.keeps("What was done last")
    await tale.later(timedelta(minutes=1))
    tale.tell("On the server")
    await commanded(tale, "mika", "audit", "verify")


async def commanded(tale: Tale, *command: str) -> None:
    """A command of the shop's own, run beside it."""
    RING.save(tale.folder / "key")
    env = {**os.environ, "MIKA_DATA": str(tale.folder), "MIKA_DEMO": "true"}
    running = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name(command[0]),
        *command[1:],
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    tale.lines += ["", f"$ {' '.join(command)}", *said.decode().splitlines()]


DAY: tuple[tuple[str, str, str, Any, dict[str, Any]], ...] = (
    ("day-helper", "Letting a helper in", "en", helper, {}),
    ("day-morning.zh-CN", "九点的日报", "zh-CN", morning, {}),
    ("day-restock.zh-CN", "库存提醒和补货", "zh-CN", restocks, {}),
    ("day-held.zh-CN", "两个人处理同一单", "zh-CN", holds, {}),
    ("day-person.zh-CN", "买家找人工", "zh-CN", person, {}),
    ("day-sale", "A sale made elsewhere", "en", sale, {}),
    ("day-refund", "A refund in part", "en", refund, {}),
    ("day-prices", "Changing prices", "en", prices, {}),
    ("day-reveal", "Looking at a code", "en", reveals, {}),
    ("day-holiday.zh-CN", "放假关店", "zh-CN", holiday, {}),
    ("day-audit", "Who did what", "en", verified, {}),
)
