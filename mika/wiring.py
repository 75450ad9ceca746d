"""Opening the shop: settings become a Shop with its chats, rails, HTTP app and runner."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Route

import notifiers
import suppliers
from bot.buyers import buyers
from bot.chats.browser import BrowserChat
from bot.staff import staff
from core.ground.clock import Clock
from core.ground.db import Database
from core.ground.errors import Tampered
from core.ground.messages import Local
from core.ground.meter import Meter
from core.ground.vault import KeyRing, Vault
from core.parties import Backups, Chat, Connected, Issuer, Supplier
from core.shop import Shop
from jobs.runner import Runner
from jobs.schedule import IN_CHATS, TIMETABLE
from migrations import Fit, fit
from mika.chat_settings import BotSettings, WeChatSettings
from mika.journal import HandedOver
from mika.parts import BUYERS_BOT, SITE, STAFF_BOT, Parts
from mika.rails import rails
from mika.refusals import Refusal
from mika.settings import Settings
from mika.stock_opened import try_key
from mika.tried import Beside
from web.app import create_app
from web.meter import Counted
from web.metrics import metrics_route


@dataclass(frozen=True)
class House:
    """A shop that is open: everything a command needs of it."""

    settings: Settings
    shop: Shop
    chats: Mapping[str, Chat]
    app: Any  # ASGI
    runner: Runner
    metrics: Route  # the page of its figures
    parts: Parts = SITE

    @property
    def staying(self) -> list[Connected]:
        """The chats whose connection is kept in this process."""
        return [chat for chat in self.shop.connected if chat.name in self.parts.bots]

    def close_streams(self) -> None:
        """Ends what would otherwise keep a server from closing."""
        for chat in self.chats.values():
            getattr(chat, "close", lambda: None)()


@asynccontextmanager
async def opened(
    settings: Settings,
    *more: Chat,
    with_site: bool = True,
    parts: Parts = SITE,
    clock: Clock | None = None,
    notices: str = "",
) -> AsyncIterator[House]:
    """The shop of these settings, open for as long as the block lasts; nothing runs or listens yet.

    Its chats are those of its own site, for buyers and for staff, and `more`; and of the bots that have a token, those
    that `parts` name. `clock` is another than the system's: a rehearsal's. `notices` is where rails' notices come to,
    if not to where people do.
    Raises Refusal S001, S002, S003, S006, S008, S019, S046.
    """
    ring = key_ring(settings)
    await asyncio.to_thread(look_at_schema, settings)
    vault = Vault(ring, settings.key_path)
    counted = Counted()
    db = await _database(settings, vault, clock, counted)
    journal = HandedOver(settings.journal_path)
    shop = _shop(settings, db, journal, counted, parts, notices or settings.address)
    own: list[Chat] = []
    mail = mailer(settings) if parts.jobs else None
    try:
        await _look_at_stock(db)
        own += site(settings, vault) if with_site and (parts.web or parts.jobs) else ()
        own += more
        own += wechat(settings, vault) if parts.web or parts.jobs else ()
        shop.connected = bots(settings, vault, parts)
        here = _spoken_through(shop, own, mail, parts)
        yield _house(settings, shop, [*own, *shop.connected], here, counted, parts)
    finally:
        for chat in own:
            await getattr(chat, "aclose", _nothing)()
        if mail:
            await mail.aclose()
        await shop.close()
        journal.close()


# The parts


def _shop(settings: Settings, db: Database, journal: HandedOver, counted: Counted, parts: Parts, notices: str) -> Shop:
    """The shop with whom it buys from and is paid by; nobody can speak to it yet."""
    shop = Shop(
        db,
        settings.rules(),
        settings.address,
        rails(settings.rails, notices, settings.currency, demo=settings.demo, bot=settings.buyers_bot),
        suppliers=sources(settings),
        issuers=issuers(settings),
        journal=journal,
        whose=staff.whose,
        meter=counted,
    )
    shop.data = settings.data
    shop.pictures = settings.data / "pictures"
    shop.backups = keeping(settings, db) if parts.jobs else None
    shop.rehearsal = Beside(settings.file, settings.chats)
    return shop


def _spoken_through(shop: Shop, own: Sequence[Chat], mail: Any, parts: Parts) -> list[Any]:
    """The chats that this process speaks through, which the shop knows from now on; and mail, if there is some."""
    here = [*(own if parts.jobs else ()), *(bot for bot in shop.connected if bot.name in parts.bots)]
    shop.senders.update({chat.name: chat.send for chat in here})
    shop.senders.update({mail.name: mail.send} if mail else {})
    shop.files.update({chat.name: chat for chat in here if hasattr(chat, "fetch")})
    shop.may_refuse.update(chat.name for chat in here if getattr(chat, "may_refuse", False))
    shop.bells.update({chat.name: chat.ring for chat in here if getattr(chat, "rings", False)})
    return here


def _house(
    settings: Settings, shop: Shop, given: Sequence[Any], here: Sequence[Any], counted: Counted, parts: Parts
) -> House:
    """The HTTP app with the pages of the chats that are given, and what hears those that are here."""
    routes = [route for chat in given for route in chat.routes(shop)]
    runner = Runner(
        shop,
        {chat.name: chat.hear for chat in here},
        timetable=TIMETABLE if parts.jobs else IN_CHATS,
        only_chats=not parts.jobs,
    )
    metrics = metrics_route(shop, counted.registry, settings.metrics.token.get_secret_value())
    app = create_app(shop, [*routes, metrics])
    return House(settings, shop, {chat.name: chat for chat in given}, app, runner, metrics, parts)


def key_ring(settings: Settings) -> KeyRing:
    """The vault's keys. Raises Refusal S001 unless the file is there and only its owner can read it."""
    path = settings.key_path
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Refusal("S001", what=f"others can read {path}, so nobody knows who has it; chmod 600 closes it")
        return KeyRing.load(path)
    except FileNotFoundError:
        raise Refusal("S001", what=f"{path} is not there") from None
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is no key file, or not a whole one"
        raise Refusal("S001", what=f"{path}: {what}") from None


def look_at_schema(settings: Settings) -> None:
    """Blocking. Raises Refusal S002, S003 or S046."""
    file = make_url(settings.database_url).database or ""
    if settings.database_url.startswith("sqlite") and not Path(file).exists():
        raise Refusal("S003", what=f"there is no {file} yet")
    if how_schema_fits(settings) == "older":
        raise Refusal("S003", what="its version is another")


def how_schema_fits(settings: Settings) -> Fit:
    """Blocking. Raises Refusal S002, and S046 for one that this program must not work on."""
    try:
        found = fit(settings.database_url)
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise unreachable(settings, error) from None
    if found == "too new":
        raise Refusal("S046", what="its schema has left behind what this one relies on")
    return found


def unreachable(settings: Settings, error: Exception) -> Refusal:
    """S002, without the password and without what the driver quotes."""
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    return Refusal("S002", what=cause_of(error), url=shown)


def cause_of(error: Exception) -> str:
    """What the system or SQLite says; of PostgreSQL the kind alone, since it quotes what is in the shop."""
    cause = getattr(error, "orig", None) or error
    harmless = isinstance(cause, OSError) or "sqlite" in type(cause).__module__
    what = " ".join(str(cause).split())[:200] if harmless else ""
    return what or type(cause.__cause__ or cause).__name__


async def _database(settings: Settings, vault: Vault, clock: Clock | None, meter: Meter) -> Database:
    try:
        return await Database.open(
            settings.database_url, vault=vault, rules=settings.rules(), clock=clock, on_commit=meter.committed
        )
    except (SQLAlchemyError, OSError, ValueError, RuntimeError) as error:
        raise unreachable(settings, error) from None


async def _look_at_stock(db: Database) -> None:
    """Tries the key on the oldest code there is. Raises Refusal S006."""
    try:
        await db.read(try_key)
    except Tampered as error:
        raise Refusal("S006", what=str(error)) from None


def sources(settings: Settings) -> dict[str, Supplier]:
    """Where codes are bought. To add one, name its settings here and in SupplierSettings."""
    made: dict[str, Supplier] = {}
    if (told := settings.suppliers.sandbox) and told.url:
        made["sandbox"] = suppliers.load("sandbox")(told.url, api_key=told.api_key.get_secret_value())
    return made


def issuers(settings: Settings) -> dict[str, Issuer]:
    """Who tells by contract what was redeemed."""
    made: dict[str, Issuer] = {}
    if (told := settings.suppliers.sandbox) and told.issuer_url:
        made["sandbox"] = suppliers.load_issuer("sandbox")(told.issuer_url, api_key=told.api_key.get_secret_value())
    return made


def keeping(settings: Settings, db: Database) -> Backups | None:
    """Where backups are kept, if a place is set; what speaks to it is imported now. Raises Refusal S004."""
    if settings.backups is None:
        return None
    made: Backups = import_module("mika.backup_keeping").Keeping(
        settings, settings.backups, settings.backups.place(), db
    )
    return made


def mailer(settings: Settings) -> Any:
    """What sends mail, if a mail server is set; its library is imported now. Raises Refusal S004."""
    told = settings.email
    if told is None:
        return None
    return notifiers.load("email")(
        told.host,
        told.at,
        sender=told.sender,
        shop=Local(settings.shop_name),
        security=told.security,
        user=told.user,
        password=told.secret(),
    )


def site(settings: Settings, vault: Vault) -> list[Chat]:
    """The chats on the shop's own pages: buyers at /, staff at /desk."""
    secure = settings.address.startswith("https://")

    def sign(text: str) -> str:
        return vault.fingerprint(text, "browser").hex()

    return [
        BrowserChat(
            "browser", buyers, "/", sign, secure, settings.embed_origins, country_header=settings.country_header
        ),
        BrowserChat("desk", staff, "/desk", sign, secure),
    ]


def wechat(settings: Settings, vault: Vault) -> list[Any]:
    """The chat of an Official Account, if one is set; its library is imported now."""
    told = settings.wechat
    if told is None:
        return []
    package = "bot.chats.wechat"

    def sign(text: str) -> str:
        return vault.fingerprint(text, "wechat").hex()

    chat, calls = import_module(f"{package}.chat"), wechat_calls(told)
    links = import_module(f"{package}.links").Links(settings.address, sign)
    pages = import_module(f"{package}.pages").WeChatPages(
        links, calls, sign, signs_in=told.signs_in, sign_in_at=told.sign_in, sells_on_apple=told.sells_on_apple
    )
    seal = import_module(f"{package}.sealing").Seal(
        told.appid, told.token.get_secret_value(), told.aes_key.get_secret_value()
    )
    template = told.template and chat.Template(told.template.id, told.template.fields)
    return [chat.WeChatChat(buyers, seal, calls, pages, template)]


def wechat_calls(told: WeChatSettings) -> Any:
    return import_module("bot.chats.wechat.calls").Calls(told.appid, told.secret.get_secret_value(), told.api)


async def _nothing() -> None:
    """What a chat that holds nothing open has to do at its end."""


def bots(settings: Settings, vault: Vault, parts: Parts) -> list[Any]:
    """The chats on Telegram that this process needs: to speak through, or to take in what Telegram posts to our pages.

    Each library is imported now, because it is used: together that takes seconds. Raises Refusal S019 where there is
    nothing to run but bots, and none has a token.
    """
    needed = {*parts.bots, *((BUYERS_BOT, STAFF_BOT) if parts.web and settings.receive == "webhook" else ())}
    told = {BUYERS_BOT: settings.telegram.buyers, STAFF_BOT: settings.telegram.staff}
    made = [_bot(settings, vault, name, bot) for name, bot in told.items() if bot and name in needed]
    if not made and not parts.web and not parts.jobs:
        raise Refusal("S019", what="no token is set")
    return made


def _bot(settings: Settings, vault: Vault, name: str, bot: BotSettings) -> Any:
    telegram = settings.telegram
    made = f" {telegram.hook_generation}" if telegram.hook_generation else ""

    def path_secret(text: str) -> str:
        return vault.fingerprint(f"{text}{made}", name).hex()

    manners = import_module("bot.chats.telegram.manners").Manners(
        telegram.per_second, telegram.per_chat, telegram.per_group, telegram.spoiler, telegram.protect
    )
    if name == BUYERS_BOT:
        kind, router = import_module("bot.chats.telegram.buyers").TelegramBuyers, buyers
    else:
        kind, router = import_module("bot.chats.telegram.staff").TelegramStaff, staff
    return kind(
        name,
        router,
        bot.token.get_secret_value(),
        api=telegram.api,
        path_secret=path_secret,
        receive=settings.receive,
        public_url=settings.address,
        manners=manners,
    )
