"""What the Bot API lets through, and its words when it doesn't.

The words are those the real server uses; where nobody has seen them they are marked as guessed.
"""

from __future__ import annotations

import json
import re
from typing import Any, Never

from doubles.telegram_html import CantParse, parsed, units
from doubles.telegram_links import cleaned, empty, marked, trimmed
from doubles.telegram_nesting import Entity, ordered

TEXT, CAPTION, ANSWER = 4096, 1024, 200  # UTF-16 units
CALLBACK_BYTES = 64
COPIED = 256
BUTTONS, KEYBOARD_BYTES = 100, 10_000  # people have measured that 9.1 kB pass and some 12 kB don't
MOST_STARS = 25_000  # one invoice, PTB's InvoiceLimit
PHOTO_BYTES, DOCUMENT_BYTES = 10 * 2**20, 50 * 2**20

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
URL = re.compile(r"(https?|tg|ton)://([^\s/?#]+)", re.IGNORECASE)
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")


class Refused(Exception):
    """A call that is answered with an error. `more` becomes its `parameters`."""

    def __init__(self, code: int, description: str, **more: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.more = more


def bad(why: str, **more: int) -> Never:
    raise Refused(400, f"Bad Request: {why}", **more)


def forbidden(why: str) -> Never:
    raise Refused(403, f"Forbidden: {why}")


class Params(dict[str, Any]):
    """What a call brought: typed from JSON, strings from a form, uploads from multipart."""

    def text(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        return json.dumps(value) if isinstance(value, (dict, list, bool)) else str(value)

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        return str(self.get(name, "")).lower() in ("true", "1", "yes")

    def tree(self, name: str, what: str = "object") -> Any:
        """A parameter that is JSON, whether it came as such or as a form's text; None if it isn't there."""
        value = self.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                bad(f"can't parse {what} JSON object")
        return value


def composed(given: Params, name: str, limit: int) -> tuple[str, list[Entity]]:
    """The text or caption of a call as it will stand in the chat, with all its entities."""
    text = given.text(name)
    entities = given.tree("entities" if name == "text" else f"{name}_entities", "entities")
    try:
        text, found = understood(cleaned(text), given.text("parse_mode"), entities)
    except CantParse as why:
        bad(f"can't parse entities: {why}")
    text, found = trimmed(text, found)
    if empty(text):
        if name == "text":
            bad("message text is empty")
        return "", []
    if units(text) > limit:
        bad("message is too long" if name == "text" else "message caption is too long")
    return text, marked(text, found)


def understood(text: str, mode: str, entities: Any) -> tuple[str, list[Entity]]:
    if entities:
        length = units(text)
        for one in entities:
            if one["offset"] < 0 or one["length"] < 0 or one["offset"] + one["length"] > length:
                raise CantParse("entity out of text bounds")  # guessed
        return text, ordered([dict(one) for one in entities if one["length"]])
    if not mode:
        return text, []
    if mode.lower() == "html":
        return parsed(text)
    if mode.lower() in ("markdown", "markdownv2"):
        raise CantParse("this double reads no Markdown")  # the shop writes none
    bad("unsupported parse_mode")


def keyboard(given: Params, *, invoice: bool = False) -> dict[str, Any] | None:
    """The reply markup of a call, checked; None if there is none."""
    markup = given.tree("reply_markup", "reply keyboard markup")
    if not markup:
        return None
    if not isinstance(markup, dict):
        bad("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return markup
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        bad('Field "inline_keyboard" must be of type Array')
    buttons = [button for row in rows for button in row]
    if len(buttons) > BUTTONS or len(json.dumps(rows, ensure_ascii=False).encode()) > KEYBOARD_BYTES:
        bad("reply markup is too long")
    for place, button in enumerate(buttons):
        check_button(button, may_pay=invoice and place == 0)
    if invoice and buttons and "pay" not in buttons[0]:
        bad("BUTTON_POS_INVALID")
    return {"inline_keyboard": [row for row in rows if row]} if buttons else None


def check_button(button: dict[str, Any], *, may_pay: bool) -> None:
    if not button.get("text"):
        bad("can't parse inline keyboard button: Can't find field \"text\"")
    actions = [name for name in ACTIONS if button.get(name) is not None]
    if not actions:
        bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:  # the real one takes the first; its documentation says exactly one
        bad("can't parse inline keyboard button: exactly one of the optional fields must be used")
    action, value = actions[0], button[actions[0]]
    if action == "callback_data" and not 1 <= len(value.encode()) <= CALLBACK_BYTES:
        bad("BUTTON_DATA_INVALID")
    if action == "copy_text" and not 1 <= units(value.get("text", "")) <= COPIED:
        bad("BUTTON_COPY_TEXT_INVALID")
    if action == "url":
        check_url(value)
    if action == "pay" and not may_pay:
        bad("BUTTON_POS_INVALID")


def check_url(url: str) -> None:
    """A button's address: http or tg, and a host with a dot, which leaves localhost out."""
    found = URL.match(url if "://" in url else f"http://{url}")
    if found is None:
        bad(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if found[1].lower() != "tg" and "." not in found[2]:
        bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def invoice(given: Params) -> dict[str, Any]:
    """The invoice of a call, checked by the rules of Stars. No payment provider is known here."""
    prices = given.tree("prices", "prices")
    if not isinstance(prices, list) or not prices:
        bad("there must be at least one price")
    title, description, payload = given.text("title"), given.text("description"), given.text("payload")
    if not 1 <= units(title) <= 32:
        bad("TITLE_INVALID")  # guessed
    if not 1 <= units(description) <= 255:
        bad("DESCRIPTION_INVALID")  # guessed
    if not 1 <= len(payload.encode()) <= 128:
        bad("INVOICE_PAYLOAD_INVALID")
    if given.text("currency") != "XTR":
        bad("PAYMENT_PROVIDER_INVALID")
    if given.text("provider_token") or len(prices) != 1 or given.number("max_tip_amount"):
        bad("STARS_INVOICE_INVALID")
    amount = prices[0].get("amount")
    if not isinstance(amount, int) or not 1 <= amount <= MOST_STARS:
        bad("CURRENCY_TOTAL_AMOUNT_INVALID")
    return {
        "title": title,
        "description": description,
        "start_parameter": given.text("start_parameter"),
        "currency": "XTR",
        "total_amount": amount,
    }


def commands(given: Params) -> list[dict[str, str]]:
    """The commands of a call, checked."""
    asked = given.tree("commands", "commands")
    if not isinstance(asked, list):
        bad("can't parse commands JSON object")
    if len(asked) > 100:
        bad("BOT_COMMANDS_TOO_MUCH")
    for one in asked:
        if not COMMAND.fullmatch(one.get("command", "").lstrip("/")):
            bad("BOT_COMMAND_INVALID")
        if not 1 <= units(one.get("description", "")) <= 256:
            bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return [{"command": one["command"].lstrip("/"), "description": one["description"]} for one in asked]
