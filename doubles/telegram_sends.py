"""The methods of the Bot API that put something into a chat, change it or take it out."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from doubles import telegram_rules as rules
from doubles.telegram_bots import Bot, File
from doubles.telegram_chats import Chat, Shown
from doubles.telegram_methods import found, method
from doubles.telegram_rules import Params, bad

if TYPE_CHECKING:
    from doubles.telegram_world import World

EDIT_HOURS, PICTURES = 48, (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")


@method
def send_message(api: World, bot: Bot, given: Params) -> Any:
    text, entities = rules.composed(given, "text", rules.TEXT)  # before the chat is looked for, as the real one does
    return put(api, bot, api.open(bot, given), given, {"text": text} | with_("entities", entities))


@method
def send_photo(api: World, bot: Bot, given: Params) -> Any:
    caption, chat = captioned(given), api.open(bot, given)
    return put(api, bot, chat, given, photo(api, bot, given, given.get("photo")) | caption)


@method
def send_document(api: World, bot: Bot, given: Params) -> Any:
    caption, chat = captioned(given), api.open(bot, given)
    return put(api, bot, chat, given, document(api, bot, given, given.get("document")) | caption)


@method
def send_invoice(api: World, bot: Bot, given: Params) -> Any:
    chat = api.open(bot, given)
    told = rules.invoice(given)
    markup = rules.keyboard(given, invoice=True) or {
        "inline_keyboard": [[{"text": f"Pay ⭐️{told['total_amount']}", "pay": True}]]
    }
    api.charge_budget(bot, chat)
    shown = api.show(chat, body(bot, chat, given, {"invoice": told, "reply_markup": markup}), bot=bot)
    shown.wishes = wishes(given)
    shown.payload = given.text("payload")
    return shown.body


def put(api: World, bot: Bot, chat: Chat, given: Params, content: dict[str, Any]) -> dict[str, Any]:
    markup = rules.keyboard(given)
    told = body(bot, chat, given, content)
    api.charge_budget(bot, chat)
    if markup and "inline_keyboard" in markup:
        told["reply_markup"] = markup
    shown = api.show(chat, told, bot=bot)
    shown.wishes = wishes(given) | with_("reply_markup", markup)
    return shown.body


def body(bot: Bot, chat: Chat, given: Params, content: dict[str, Any]) -> dict[str, Any]:
    """A new message's, apart from its id, date and chat."""
    told: dict[str, Any] = {"sender_chat": chat.told()} if chat.kind == "channel" else {"from": bot.told()}
    told |= content
    if thread := given.number("message_thread_id"):
        if thread not in chat.threads:
            bad("message thread not found")
        told |= {"message_thread_id": thread, "is_topic_message": True}
    asked = given.tree("reply_parameters", "reply parameters") or {}
    if reply := asked.get("message_id") or given.number("reply_to_message_id"):
        replied = chat.all.get(int(reply))
        if replied is not None and not replied.deleted:
            told["reply_to_message"] = without(replied.body, "reply_to_message")
        elif not asked.get("allow_sending_without_reply") and not given.flag("allow_sending_without_reply"):
            bad("message to be replied not found")
    if given.flag("protect_content"):
        told["has_protected_content"] = True
    if preview := given.tree("link_preview_options", "link preview options"):
        told["link_preview_options"] = preview
    if effect := given.text("message_effect_id"):
        told["effect_id"] = effect
    return told


def captioned(given: Params) -> dict[str, Any]:
    caption, entities = rules.composed(given, "caption", rules.CAPTION)
    told = with_("caption", caption) | with_("caption_entities", entities)
    return told | ({"has_media_spoiler": True} if given.flag("has_spoiler") else {})


def wishes(given: Params) -> dict[str, Any]:
    return {
        "protect_content": given.flag("protect_content"),
        "disable_notification": given.flag("disable_notification"),
        "link_preview_options": given.tree("link_preview_options", "link preview options"),
        "parse_mode": given.text("parse_mode"),
    }


def with_(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}


def without(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in names}


# Files


def taken(api: World, bot: Bot, given: Params, what: Any, kind: str, most: int) -> File:
    """The file that a parameter means: an upload, one that is there already, or an address."""
    if isinstance(what, str) and what.startswith("attach://"):
        what = given.get(what.removeprefix("attach://"))
    if what is None or what == "":
        bad(f"there is no {kind} in the request")
    if not isinstance(what, str):
        if not what.data:
            bad("file must be non-empty")
        if len(what.data) > most:
            bad("file is too big")
        return bot.keep(what.data, what.name, what.type, f"{kind}s")
    if what.startswith(("http://", "https://")):  # the real one fetches it; here it only counts that it is known
        if what not in api.web:
            bad("failed to get HTTP URL content")
        return bot.keep(api.web[what], what.rsplit("/", 1)[-1], "application/octet-stream", f"{kind}s")
    return bot.file(what)


def photo(api: World, bot: Bot, given: Params, what: Any) -> dict[str, Any]:
    file = taken(api, bot, given, what, "photo", rules.PHOTO_BYTES)
    if not file.data.startswith(PICTURES):
        bad("IMAGE_PROCESS_FAILED")
    width, height = struct.unpack(">II", file.data[16:24]) if file.data.startswith(b"\x89PNG") else (640, 480)
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        bad("PHOTO_INVALID_DIMENSIONS")
    return {"photo": [file.told() | {"width": width, "height": height}]}


def document(api: World, bot: Bot, given: Params, what: Any) -> dict[str, Any]:
    file = taken(api, bot, given, what, "document", rules.DOCUMENT_BYTES)
    return {"document": file.told() | {"file_name": file.name, "mime_type": file.type}}


# Changing what is there


@method
def edit_message_text(api: World, bot: Bot, given: Params) -> Any:
    text, entities = rules.composed(given, "text", rules.TEXT)
    shown = editable(api, bot, given)
    if "text" not in shown.body:
        bad("there is no text in the message to edit")
    new = {"text": text} | with_("entities", entities)
    if preview := given.tree("link_preview_options", "link preview options"):
        new["link_preview_options"] = preview
    return edit(api, shown, given, new, without(shown.body, "text", "entities", "link_preview_options"))


@method
def edit_message_caption(api: World, bot: Bot, given: Params) -> Any:
    caption, shown = captioned(given), editable(api, bot, given)
    if "photo" not in shown.body and "document" not in shown.body:
        bad("there is no caption in the message to edit")
    return edit(api, shown, given, caption, without(shown.body, "caption", "caption_entities"))


@method
def edit_message_media(api: World, bot: Bot, given: Params) -> Any:
    shown = editable(api, bot, given)
    media = given.tree("media", "media")
    if not isinstance(media, dict) or media.get("type") not in ("photo", "document"):
        bad("can't parse InputMedia: media type is unknown here")
    content = (photo if media["type"] == "photo" else document)(api, bot, given, media.get("media"))
    rest = without(shown.body, "text", "entities", "caption", "caption_entities", "photo", "document")
    return edit(api, shown, given, content | captioned(Params(media)), rest)


@method
def edit_message_reply_markup(api: World, bot: Bot, given: Params) -> Any:
    shown = editable(api, bot, given)
    return edit(api, shown, given, {}, shown.body)


def editable(api: World, bot: Bot, given: Params) -> Shown:
    shown = found(api, bot, given, "edit")
    if shown.bot is not bot:
        bad("message can't be edited")
    return shown


def edit(api: World, shown: Shown, given: Params, new: dict[str, Any], rest: dict[str, Any]) -> Any:
    """Replaces part of a message, and its buttons: a call that brings none takes them away."""
    markup = rules.keyboard(given, invoice="invoice" in shown.body)
    told = without(rest, "reply_markup", "edit_date") | new | with_("reply_markup", markup)
    if told == without(shown.body, "edit_date"):
        bad(rules.NOT_MODIFIED)
    shown.before.append(shown.body)
    shown.body = told | {"edit_date": int(api.now())}
    shown.chat.changed()
    return shown.body


@method
def delete_message(api: World, bot: Bot, given: Params) -> Any:
    shown = found(api, bot, given, "delete")
    if api.now() - shown.body["date"] > EDIT_HOURS * 3600:
        bad("message can't be deleted for everyone")
    if shown.bot is not bot and shown.chat.kind != "private" and shown.chat.status(bot.id) != "administrator":
        bad("message can't be deleted")
    shown.deleted = True
    shown.chat.changed()
    return True
