"""The Official Account on WeChat: whether its secret is known there, and whether what it brings finds our door."""

from __future__ import annotations

from bot.chats.wechat.calls import Refused
from core.findings import Finding
from core.ground import points
from core.ground.errors import PartyError
from mika.chat_settings import WeChatSettings
from mika.doctor_place import Said, unseen
from mika.settings import Settings
from mika.wechat import WHY, unheard
from mika.wiring import wechat_calls


async def look(settings: Settings, told: WeChatSettings) -> Said:
    if why := await _unknown(told):
        return [Finding("D048", told.appid, {"why": why}), unseen("D049")]
    if trouble := await unheard(settings, told):
        return [Finding("D049", facts={"address": settings.address, "why": trouble})]
    return [f"wechat: account {told.appid} is known, and its door answers"]


async def _unknown(told: WeChatSettings) -> str:
    """Why the account can't be used; nothing if it can."""
    calls = wechat_calls(told)
    try:
        with points.around("wechat.look"):
            await calls.addresses()
    except Refused as refused:
        return WHY.get(refused.code, f"WeChat answered {refused.code}")
    except PartyError as error:
        return str(error)
    finally:
        await calls.aclose()
    return ""
