"""Linking two accounts of one person, and parting them: a code from one chat, said in the other, and a yes in both."""

from __future__ import annotations

from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from bot.handlers import asked
from bot.handlers.help import LINK
from core import cards, joining, kin, linking
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, OneTime, Words, words
from core.kin import Account
from core.linking import Asked, Code, Offer
from core.shop import Shop

GET_CODE = Choice(words("choose-link-code"), "code", acts=True)
MINE = Choice(words("choose-link-sure"), "mine", acts=True, main=True)
NOT_MINE = Choice(words("choose-link-no"), "nothing", acts=True)
PART = Choice(words("choose-part"), "part", acts=True, main=True)

link = Conversation("linking", private=True)
buyers.talks(link)


@link.opens("link")
async def begin(talk: Talk, *said: str) -> Message:
    """What linking is, what is linked by now; with a code behind it, that code at once."""
    if said:
        return await _look(talk, "".join(said))
    if asked := await talk.read(linking.asked, talk.person.id):
        return linking.question(asked)
    linked = await talk.read(linking.others, talk.person)
    head = Lines((words("link-how"), *map(_line, linked)))
    part = (Choice(words("choose-unlink", name=linking.called(each)), f"unlink {each.person}") for each in linked)
    return talk.ask_with(code_said, Message(head, (GET_CODE, *part, cards.MY_ORDERS)))


def _line(each: Account) -> Words:
    return words("link-row", chat=linking.chat_of(each), name=linking.called(each))


@link.step
async def code_said(talk: Talk) -> Message:
    if talk.text == "code":
        return await _give(talk)
    if linking.is_code(talk.text):
        return await _look(talk, talk.text)
    return await asked.ask(talk.shop, talk.person, talk.text, talk.key)


async def _give(talk: Talk) -> Message:
    made = await talk.write(_ask, talk.person)
    about = words("link-code", time=made.expires_at, value=OneTime("link", made.id))
    return talk.ask_with(code_said, Message(about, (cards.MY_ORDERS,)))


def _ask(tx: Tx, person: Person, *, request_key: str) -> Code:
    return linking.ask(tx, person, request_key)


async def _look(talk: Talk, typed: str) -> Message:
    found = await talk.write(_say, talk.person, typed)
    if found is None:
        return talk.ask(code_said, "link-wrong", (GET_CODE, cards.HUMAN))
    talk.answers["code"] = found.code
    about = {"chat": linking.chat_of(found.account), "name": linking.called(found.account)}
    return talk.ask(sure, "link-sure", (MINE, NOT_MINE), **about)


def _say(tx: Tx, person: Person, typed: str, *, request_key: str) -> Offer | None:
    return linking.say(tx, person, typed, request_key)


@link.step
async def sure(talk: Talk) -> Message:
    if talk.text != "mine":
        return talk.end("talk-left", (LINK, cards.MY_ORDERS))
    asked = await talk.write(_confirm, talk.answers["code"], talk.person.id)
    about = {"chat": linking.chat_of(asked.account), "name": linking.called(asked.account)}
    return talk.end("link-waits", (cards.MY_ORDERS,), time=asked.until, **about)


def _confirm(tx: Tx, code: int, person: str, *, request_key: str) -> Asked:
    return linking.confirm(tx, code, person)


@buyers.hears("letin", private=True)
async def let_in(shop: Shop, person: Person, code: str) -> Message:
    """Whoever asked for the code says that it was them who used it in the other chat."""
    found = await shop.db.write(joining.link, _number(code), person.id)
    about = {"chat": linking.chat_of(found), "name": linking.called(found)}
    return Message(words("linked", **about), (cards.MY_ORDERS, cards.SHELF))


@buyers.hears("keepout", private=True)
async def keep_out(shop: Shop, person: Person, code: str) -> Message:
    await shop.db.write(joining.refuse, _number(code), person.id)
    return Message(words("link-refused"), (cards.MY_ORDERS, cards.HUMAN))


def _number(code: str) -> int:
    return int(code) if code.isascii() and code.isdigit() and len(code) < 15 else 0


unlink = Conversation("unlinking", private=True)
buyers.talks(unlink)


@unlink.opens("unlink")
async def which(talk: Talk, number: str) -> Message:
    """An account by its name, or all that came by the link of that number."""
    going = await talk.read(joining.with_it, talk.person, number)
    if not going:
        return talk.end("unlinked-already", (LINK, cards.MY_ORDERS))
    talk.answers["which"] = number
    company = await talk.read(kin.company, talk.person.customer)
    others = [each for each in going if each.person != talk.person.id] or [
        each for each in company if each.person != talk.person.id
    ]
    return talk.ask(really, "unlink-sure", (PART, NOT_MINE), name=linking.called(others[0]))


@unlink.step
async def really(talk: Talk) -> Message:
    if talk.text != "part":
        return talk.end("talk-left", (LINK, cards.MY_ORDERS))
    parted = await talk.write(_unlink, talk.person.id, talk.answers["which"])
    return talk.end("unlinked" if parted else "unlinked-already", (LINK, cards.MY_ORDERS))


def _unlink(tx: Tx, person: str, account: str, *, request_key: str) -> bool:
    return joining.unlink(tx, person, account)
