"""`mika wechat`: whether the Official Account is set up, what it may do, and its menu."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from bot.chats.wechat.callback import PATH
from bot.chats.wechat.calls import NOT_OURS, Calls, Refused
from core import catalog, ways
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.words import sentence, spoken_here
from mika.chat_settings import WeChatSettings
from mika.checklist import Report
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import opened, wechat_calls

TIMEOUT = 15.0  # seconds
NOBODY = "o00000000000000000000000000"  # an openid that nobody has: what is sent there shows whether we might
NO_MENU, NO_CODE, NO_TEMPLATE = 46003, (40029, 40163), 40037
TOP, BELOW = 16, 60  # bytes of a button's name (自定义菜单)
BRANDS = 4
PICKS = 4
WHY = {
    40013: "the appid is no account's",
    40125: "the secret is another account's, or was replaced: 基本配置 shows it",
    40164: "this machine's address is not in the account's IP whitelist: 基本配置 · IP白名单",
    61024: "this address may not ask for tokens: 基本配置 · IP白名单",
    -1: "WeChat is busy: try again in a minute",
    45009: "the day's calls are used up",
}
Say = Callable[[str], None]


async def check(settings: Settings, say: Say) -> int:
    """Say how the account stands and what to do. Returns how the command should end: 1 if something is to do."""
    report = Report(say)
    told = settings.wechat
    if told is None:
        report.todo("no account: set appid, secret, token and aes_key under [wechat]; docs/how-to/wechat.md says where")
    else:
        calls = wechat_calls(told)
        try:
            if await _known(calls, report):
                await _abilities(told, calls, report)
        except PartyError as error:
            report.todo(f"WeChat can't be asked: {error}")
        finally:
            await calls.aclose()
        await _door(settings, told, report)
        _check_rail(settings, told, report)
        async with opened(settings, with_site=False) as house:
            await house.shop.db.read(_sells, report)
    say(f"{report.left} to do." if report.left else "All is well.")
    return 1 if report.left else 0


async def _known(calls: Calls, report: Report) -> bool:
    try:
        await calls.addresses()
    except Refused as refused:
        why = WHY.get(refused.code, f"WeChat answered {refused.code}")
        report.todo(f"account {calls.appid}: {why}")
        return False
    report.right(f"account {calls.appid}: WeChat knows its secret")
    return True


async def _abilities(told: WeChatSettings, calls: Calls, report: Report) -> None:
    """What the account may do: asked for what can't succeed, being refused for another reason is a yes."""
    pushes = await _may(calls, "message/custom/send", {"touser": NOBODY, "msgtype": "text", "text": {"content": "-"}})
    if pushes:
        report.right("messages of its own: yes, five in 48 hours after a buyer's word")
    else:
        report.right("messages of its own: no. What comes later than the answer waits for the next word (领取)")
    await _check_menu(calls, report)
    await _check_template(told, calls, report)
    signs = await _signs_in(calls)
    if signs == told.signs_in:
        report.right(
            f"sign-in on pages (OAuth): {'yes' if signs else 'no; pages open by links that are good for a day'}"
        )
    elif signs:
        report.todo(
            "sign-in on pages: this account may. Name the shop's domain under 网页授权域名, and set `signs_in = true`."
        )
    else:
        report.todo(
            "sign-in on pages: this account may not; that takes a verified service account. Set `signs_in = false`."
        )
    asked = {"action_name": "QR_STR_SCENE", "expire_seconds": 60, "action_info": {"scene": {"scene_str": "check"}}}
    report.right(
        f"codes to scan that lead to a product: {'yes' if await _may(calls, 'qrcode/create', asked) else 'no'}"
    )


async def _may(calls: Calls, path: str, asked: Mapping[str, Any] | None = None) -> bool:
    try:
        await calls.ask(path, asked)
    except Refused as refused:
        if not refused.permanent:  # it is busy: that tells nothing
            raise
        return refused.code not in NOT_OURS
    return True


async def _check_menu(calls: Calls, report: Report) -> None:
    try:
        await calls.menu_now()
    except Refused as refused:
        if refused.code in NOT_OURS:
            report.right("menu: not for this account. Buyers type: 货架, 订单, 领取, 帮助, 人工")
        elif refused.code == NO_MENU:
            report.todo("menu: none yet. `mika wechat menu` makes one from the catalogue.")
        else:
            report.todo(f"menu: WeChat answered {refused.code}")
    else:
        report.right("menu: there")


async def _check_template(told: WeChatSettings, calls: Calls, report: Report) -> None:
    asked = {"touser": NOBODY, "template_id": told.template.id if told.template else "-", "data": {}}
    try:
        await calls.ask("message/template/send", asked)
    except Refused as refused:
        if not refused.permanent:
            raise
        if refused.code in NOT_OURS:
            line = "template messages: not for this account; they take a verified service account"
            return report.todo(f"{line}. Take [wechat.template] out.") if told.template else report.right(line)
        if told.template and refused.code == NO_TEMPLATE:
            return report.todo("template messages: the account has no template of that id; 模板消息 lists them")
    if told.template:
        report.right("template messages: ring when codes wait and nothing else may be said")
    else:
        report.todo("template messages: allowed, and none is set: [wechat.template], see docs/how-to/wechat.md")


async def _signs_in(calls: Calls) -> bool:
    try:
        await calls.openid("000000000000000000000000000000")
    except Refused as refused:
        if not refused.permanent:
            raise
        return refused.code in NO_CODE
    return True


async def _door(settings: Settings, told: WeChatSettings, report: Report) -> None:
    address, trouble = f"{settings.address}{PATH}", await unheard(settings, told)
    if trouble:
        return report.todo(f"{address} {trouble}")
    report.right(f"{address} answers a greeting; it is the URL of 服务器配置, in 安全模式")


async def unheard(settings: Settings, told: WeChatSettings) -> str:
    """Why our door does not answer as WeChat greets it when it is set; nothing if it does. It must know the token."""
    address, echo = f"{settings.address}{PATH}", secrets.token_hex(8)
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    signed = "".join(sorted((told.token.get_secret_value(), timestamp, nonce)))
    query = {
        "signature": hashlib.sha1(signed.encode()).hexdigest(),  # noqa: S324  as the platform signs
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": echo,
    }
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
            answer = await http.get(address, params=query)
    except httpx.HTTPError as error:
        return f"can't be reached ({type(error).__name__}); is the shop running?"
    fine = answer.text == echo
    return "" if fine else f"does not answer a greeting (status {answer.status_code}); is it this shop?"


def _check_rail(settings: Settings, told: WeChatSettings, report: Report) -> None:
    """Who pays inside WeChat is known to the account; to the rail by the same number if both have one appid."""
    rail = settings.rails.wechat_pay
    if rail is None or "jsapi" not in rail.products:
        return
    if not told.signs_in:
        report.todo("paying inside WeChat: `products` has jsapi, and pages can't know who pays: see `signs_in`")
    elif rail.appid != told.appid:
        report.todo(f"paying inside WeChat: [rails.wechat_pay] has the appid {rail.appid}, not this account's")
    else:
        report.right("paying inside WeChat (JSAPI): the pages' folder must be named under 支付授权目录")


def _sells(tx: Tx, report: Report) -> None:
    """What may be paid in the conversation; without a permit it shows no prices of digital goods."""
    permitted = [rail for rail, chat, goods, _, _ in ways.permitted(tx) if (chat, goods) == ("wechat", "digital")]
    if permitted or tx.rules.rehearsal:
        report.right(f"digital goods are sold in the conversation{', by ' + ', '.join(permitted) if permitted else ''}")
    else:
        report.todo(
            "digital goods are not sold in the conversation: WeChat forbids it on iPhones, which it can't tell. "
            "`mika payments permit wechat_pay --chat wechat` shows what may happen, and asks."
        )


# The menu


async def menu(settings: Settings, locale: str, say: Say) -> None:
    """Make the account's menu of the catalogue. Raises Refusal S023."""
    told = settings.wechat
    if told is None:
        raise Refusal("S023", what="no account is set")
    async with opened(settings, with_site=False) as house:
        made = await house.shop.db.read(menu_of, spoken_here(locale))
    calls = wechat_calls(told)
    try:
        await calls.menu(made)
    except Refused as refused:
        what = "this account may have none" if refused.code in NOT_OURS else f"WeChat answered {refused.code}"
        raise Refusal("S023", what=WHY.get(refused.code, what)) from None
    except PartyError as error:
        raise Refusal("S023", what=str(error)) from None
    finally:
        await calls.aclose()
    for top in made["button"]:
        say(f"{top['name']}: {', '.join(one['name'] for one in top['sub_button'])}")
    say("The menu is made. Whoever follows already sees it within a day, or when they follow anew.")


def menu_of(tx: Tx, locale: str) -> dict[str, Any]:
    """What is sold, numbers to choose by, and what is one's own; how a button is heard stands in heard.py."""
    brands = [_button(brand.name.in_(locale), f"brand {brand.slug}") for brand in catalog.on_sale(tx)[:BRANDS]]
    number, more = sentence(locale, "wechat-menu-number"), sentence(locale, "choose-next-page")
    everything = _button(sentence(locale, "wechat-menu-everything"), "shelf")
    numbers = [_button(f"{number} {one}", str(one)) for one in range(1, PICKS + 1)]
    own = {
        "redeem": sentence(locale, "wechat-menu-redeem"),
        "orders": sentence(locale, "choose-orders"),
        "human": sentence(locale, "choose-human"),
        "help": sentence(locale, "wechat-menu-help"),
        "language": sentence(locale, "wechat-menu-language"),
    }
    return {
        "button": [
            _top(sentence(locale, "wechat-menu-shelf"), [everything, *brands]),
            _top(sentence(locale, "wechat-menu-choose"), [*numbers, _button(more, f">{more}")]),
            _top(sentence(locale, "wechat-menu-mine"), [_button(name, verb) for verb, name in own.items()]),
        ]
    }


def _top(name: str, below: list[dict[str, str]]) -> dict[str, Any]:
    return {"name": _cut(name, TOP), "sub_button": below}


def _button(name: str, key: str) -> dict[str, str]:
    return {"type": "click", "name": _cut(name, BELOW), "key": key}


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode(errors="ignore")
