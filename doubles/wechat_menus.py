"""An account's menu: three buttons at most under the chat, each of five at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doubles.wechat_accounts import Account
from doubles.wechat_calls import Given, call
from doubles.wechat_refused import Refused

if TYPE_CHECKING:
    from doubles.wechat_world import World

TOP, SUB = 3, 5
PICTURES = {"pic_sysphoto", "pic_photo_or_album", "pic_weixin"}
KEYED = PICTURES | {"click", "scancode_push", "scancode_waitmsg", "location_select"}
TYPES = KEYED | {"view", "miniprogram", "media_id", "article_id", "article_view_limited", "view_limited"}
LONGEST_KEY, LONGEST_URL = 128, 1024  # bytes


def sized(text: Any, most: int, refusal: int) -> None:
    if not isinstance(text, str) or not 1 <= len(text.encode()) <= most:
        raise Refused(refusal)


def checked(button: Any, *, sub: bool) -> dict[str, Any]:
    """As it is kept. Raises Refused as the platform does for what is wrong with it."""
    if not isinstance(button, dict):
        raise Refused(40016)
    sized(button.get("name"), 60 if sub else 16, 40025 if sub else 40018)
    below = button.get("sub_button")
    if below and not sub:
        if not isinstance(below, list) or len(below) > SUB:
            raise Refused(40023)
        return {"name": button["name"], "sub_button": [checked(one, sub=True) for one in below]}
    type = button.get("type")
    if type not in TYPES:
        raise Refused(40024 if sub else 40017)
    if type in KEYED:
        sized(button.get("key"), LONGEST_KEY, 40026 if sub else 40019)
    if type in ("view", "miniprogram"):
        sized(button.get("url"), LONGEST_URL, 40027 if sub else 40020)
        if not button["url"].startswith(("http://", "https://")):
            raise Refused(40027 if sub else 40020)
    return {name: value for name, value in button.items() if name != "sub_button"} | {"sub_button": []}


@call("POST", "menu/create", "menus")
def create(api: World, account: Account, given: Given) -> dict[str, Any]:
    buttons = given.body().get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP:
        raise Refused(40016)
    account.menu = [checked(button, sub=False) for button in buttons]
    return {}


@call("GET", "menu/get", "menus")
def get(api: World, account: Account, given: Given) -> dict[str, Any]:
    if not account.menu:
        raise Refused(46003)
    return {"menu": {"button": account.menu}}


@call("GET", "menu/delete", "menus")
def delete(api: World, account: Account, given: Given) -> dict[str, Any]:
    account.menu = []
    return {}


@call("GET", "get_current_selfmenu_info", "menus")
def current(api: World, account: Account, given: Given) -> dict[str, Any]:
    """As it stands now, written otherwise than get() writes it."""
    buttons = []
    for button in account.menu:
        told = {name: value for name, value in button.items() if name != "sub_button"}
        if button["sub_button"]:
            told["sub_button"] = {"list": [without_subs(one) for one in button["sub_button"]]}
        buttons.append(told)
    return {"is_menu_open": int(bool(account.menu)), "selfmenu_info": {"button": buttons}}


def without_subs(button: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in button.items() if name != "sub_button"}
