"""The methods of the Bot API, each a function of the server, the calling bot and what the call brought."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from doubles import telegram_rules as rules
from doubles.telegram_bots import Bot
from doubles.telegram_chats import Shown, member
from doubles.telegram_rules import Params, Refused, bad
from doubles.telegram_updates import Webhook

if TYPE_CHECKING:
    from doubles.telegram_world import World

Method = Callable[["World", Bot, Params], Any]
PORTS = (443, 80, 88, 8443)  # of webhooks
METHODS: dict[str, Method] = {}  # by name in lower case; one that must wait returns an awaitable


def method(function: Method) -> Method:
    METHODS[function.__name__.replace("_", "")] = function
    return function


@method
def get_me(api: World, bot: Bot, given: Params) -> Any:
    return bot.me()


# How updates come


@method
def get_updates(api: World, bot: Bot, given: Params) -> Awaitable[Any]:
    allowed = given.tree("allowed_updates", "allowed_updates")
    return bot.updates.fetch(given.number("offset"), given.number("limit", 100), given.number("timeout"), allowed)


@method
def set_webhook(api: World, bot: Bot, given: Params) -> Any:
    url, secret = given.text("url"), given.text("secret_token")
    parts = urlsplit(url)
    if url and parts.hostname != "127.0.0.1":  # here, on this machine, it may be anything
        if parts.scheme != "https":
            bad("bad webhook: An HTTPS URL must be provided for webhook")
        if (parts.port or 443) not in PORTS:
            bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if secret and not rules.SECRET.fullmatch(secret):
        bad("secret token contains unallowed characters")
    allowed = given.tree("allowed_updates", "allowed_updates")
    kept = bot.updates.webhook.allowed if allowed is None else (allowed or None)
    if given.flag("drop_pending_updates"):
        bot.updates.drop()
    bot.updates.set(Webhook(url, secret, min(max(given.number("max_connections", 40), 1), 100), kept))
    return True


@method
def delete_webhook(api: World, bot: Bot, given: Params) -> Any:
    if given.flag("drop_pending_updates"):
        bot.updates.drop()
    bot.updates.set(Webhook(allowed=bot.updates.webhook.allowed))
    return True


@method
def get_webhook_info(api: World, bot: Bot, given: Params) -> Any:
    webhook = bot.updates.webhook
    told: dict[str, Any] = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates.waiting),
    }
    if webhook.url:
        told |= {"max_connections": webhook.most, "ip_address": "127.0.0.1"}
    if webhook.allowed:
        told["allowed_updates"] = webhook.allowed
    if webhook.failed_at:
        told |= {"last_error_date": webhook.failed_at, "last_error_message": webhook.failed_why}
    return told


# Buttons


@method
def answer_callback_query(api: World, bot: Bot, given: Params) -> Any:
    press = api.presses.get(given.text("callback_query_id"))
    if press is None or press.bot is not bot or press.answered or api.now() - press.at > api.query_seconds:
        bad(rules.TOO_OLD)
    if rules.units(given.text("text")) > rules.ANSWER:
        bad("MESSAGE_TOO_LONG")
    press.take(given.text("text"), given.flag("show_alert"), given.text("url"))
    return True


# About chats and people


@method
def get_chat(api: World, bot: Bot, given: Params) -> Any:
    return api.seen(bot, given).full()


@method
def get_chat_member(api: World, bot: Bot, given: Params) -> Any:
    chat, user = api.seen(bot, given), given.number("user_id")
    if user <= 0:
        bad("invalid user_id specified")
    if user in chat.members:
        return chat.members[user]
    if chat.kind == "private" and user in (chat.id, bot.id):
        return member(api.user(user), "member")
    if user not in api.people and user not in (one.id for one in api.bots):
        bad("member not found")
    return member(api.user(user), "left")


@method
def get_chat_administrators(api: World, bot: Bot, given: Params) -> Any:
    chat = api.seen(bot, given)
    if chat.kind == "private":
        bad("there are no administrators in the private chat")
    return [
        one
        for one in chat.members.values()
        if one["status"] in ("creator", "administrator") and (not one["user"]["is_bot"] or one["user"]["id"] == bot.id)
    ]


@method
def get_chat_member_count(api: World, bot: Bot, given: Params) -> Any:
    chat = api.seen(bot, given)
    return (
        2 if chat.kind == "private" else sum(one["status"] not in ("left", "kicked") for one in chat.members.values())
    )


@method
def leave_chat(api: World, bot: Bot, given: Params) -> Any:
    chat = api.open(bot, given)
    if chat.kind == "private":
        bad("chat member status can't be changed in private chats")
    api.moves(chat, bot.told(), "left", by=bot.told())
    return True


@method
def create_forum_topic(api: World, bot: Bot, given: Params) -> Any:
    chat, name = api.open(bot, given), given.text("name")
    if not chat.forum:
        bad("the chat is not a forum")
    if chat.status(bot.id) != "administrator":
        bad("not enough rights to create a topic")
    topic = {"name": name, "icon_color": given.number("icon_color", 0x6FB9F0)}
    shown = api.show(chat, {"from": bot.told(), "forum_topic_created": topic}, bot=bot)
    chat.threads[shown.id] = name
    shown.body |= {"message_thread_id": shown.id, "is_topic_message": True}
    return {"message_thread_id": shown.id} | topic


@method
def send_chat_action(api: World, bot: Bot, given: Params) -> Any:
    api.open(bot, given)
    return True


# What the bot says of itself


@method
def set_my_commands(api: World, bot: Bot, given: Params) -> Any:
    bot.commands[scope(given)] = rules.commands(given)
    return True


@method
def get_my_commands(api: World, bot: Bot, given: Params) -> Any:
    return bot.commands.get(scope(given), [])


@method
def delete_my_commands(api: World, bot: Bot, given: Params) -> Any:
    bot.commands.pop(scope(given), None)
    return True


def scope(given: Params) -> tuple[str, str]:
    asked = given.tree("scope", "BotCommandScope") or {"type": "default"}
    return json.dumps(asked, sort_keys=True), given.text("language_code")


def kept(name: str, most: int) -> tuple[Method, Method]:
    """Setter and getter of a text that the bot has in several languages."""

    def setter(api: World, bot: Bot, given: Params) -> Any:
        if rules.units(given.text(name)) > most:
            bad(f"BOT_{name.upper()}_INVALID")  # guessed
        bot.texts[name, given.text("language_code")] = given.text(name)
        return True

    def getter(api: World, bot: Bot, given: Params) -> Any:
        default = bot.texts.get((name, ""), bot.name if name == "name" else "")
        return {name: bot.texts.get((name, given.text("language_code"))) or default}

    return setter, getter


for what, longest in (("name", 64), ("description", 512), ("short_description", 120)):
    METHODS[f"setmy{what.replace('_', '')}"], METHODS[f"getmy{what.replace('_', '')}"] = kept(what, longest)


@method
def set_chat_menu_button(api: World, bot: Bot, given: Params) -> Any:
    bot.menu[given.number("chat_id")] = given.tree("menu_button", "menu button") or {"type": "default"}
    return True


@method
def get_chat_menu_button(api: World, bot: Bot, given: Params) -> Any:
    return bot.menu.get(given.number("chat_id")) or bot.menu.get(0) or {"type": "commands"}


# Files


@method
def get_file(api: World, bot: Bot, given: Params) -> Any:
    file = bot.file(given.text("file_id"))
    if len(file.data) > 20 * 2**20:
        bad("file is too big")
    return file.told() | {"file_path": file.path}


# Stars


@method
def answer_pre_checkout_query(api: World, bot: Bot, given: Params) -> Any:
    checkout = api.checkouts.get(given.text("pre_checkout_query_id"))
    if checkout is None or checkout.bot is not bot or checkout.done():
        bad(rules.TOO_OLD)
    if not given.flag("ok") and not given.text("error_message"):
        bad("error message must be non-empty")  # guessed
    checkout.take(given.flag("ok"), given.text("error_message"))
    return True


@method
def refund_star_payment(api: World, bot: Bot, given: Params) -> Any:
    user = given.number("user_id")
    charge = bot.give_back(given.text("telegram_payment_charge_id"), user, int(api.now()))
    api.hands_back(bot, charge)
    return True


@method
def get_star_transactions(api: World, bot: Bot, given: Params) -> Any:
    offset, limit = given.number("offset"), given.number("limit", 100)
    if not 1 <= limit <= 100 or offset < 0:
        bad("LIMIT_INVALID")  # guessed
    return {"transactions": bot.listed[offset : offset + limit]}


@method
def get_my_star_balance(api: World, bot: Bot, given: Params) -> Any:
    return {"amount": bot.balance}


def found(api: World, bot: Bot, given: Params, what: str) -> Shown:
    """The message a call is about. Raises Refused as the server does when there is none."""
    chat = api.open(bot, given)
    shown = chat.all.get(given.number("message_id"))
    if shown is None or shown.deleted:
        raise Refused(400, f"Bad Request: message to {what} not found")
    return shown
