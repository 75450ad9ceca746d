"""Pictures, QR codes, and what else an account can ask the platform for."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from doubles.wechat_accounts import Account, Ticket
from doubles.wechat_calls import Given, call
from doubles.wechat_refused import Refused

if TYPE_CHECKING:
    from doubles.wechat_world import World

LARGEST = 10 * 1024 * 1024  # bytes of a picture
STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
LONGEST_LIFE, SHORTEST_LIFE, USUAL_LIFE = 2_592_000, 60, 60  # seconds of a QR code
IPS = ["101.89.47.18", "101.91.34.103", "127.0.0.1"]


@call("POST", "media/upload", "verified")
def upload(api: World, account: Account, given: Given) -> dict[str, Any]:
    """Only pictures: a shop sends no other."""
    if given.query.get("type") != "image":
        raise Refused(40004)
    if given.file is None:
        raise Refused(41005)
    _, data = given.file
    if not data:
        raise Refused(40006)
    type = next((type for start, type in STARTS.items() if data.startswith(start)), "")
    if not type:
        raise Refused(40005)
    if len(data) > LARGEST:
        raise Refused(40009)
    media = account.keep(data, type)
    return {"type": "image", "media_id": media.id, "created_at": int(api.now())}


@call("GET", "media/get", "verified")
def get(api: World, account: Account, given: Given) -> Response:
    media = account.file(given.query.get("media_id", ""))
    name = f'attachment; filename="{media.id}"'
    return Response(media.data, media_type=media.type, headers={"Content-Disposition": name})


@call("POST", "qrcode/create", "service")
def qrcode(api: World, account: Account, given: Given) -> dict[str, Any]:
    body = given.body()
    action = body.get("action_name")
    about = body.get("action_info")
    told = about.get("scene") if isinstance(about, dict) else None
    if action not in ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE", "QR_SCENE", "QR_LIMIT_SCENE") or not isinstance(told, dict):
        raise Refused(40053)
    scene = told.get("scene_str" if "STR" in action else "scene_id")
    if not isinstance(scene, str if "STR" in action else int) or not 1 <= len(str(scene)) <= 64:
        raise Refused(40053)
    life, ends = None, None
    if "LIMIT" not in action:
        wished = body.get("expire_seconds", USUAL_LIFE)
        if not isinstance(wished, int):
            raise Refused(40053)
        life = min(max(wished, SHORTEST_LIFE), LONGEST_LIFE)
        ends = api.now() + life
    text = f"gQ{base64.b64encode(api.drawn(69).encode()).decode()}"
    ticket = Ticket(text, str(scene), ends, f"http://weixin.qq.com/q/{api.drawn(22)}")
    account.tickets[ticket.scene] = ticket
    return {"ticket": text, "url": ticket.url} | ({"expire_seconds": life} if life else {})


@call("GET", "user/info", "verified")
def user_info(api: World, account: Account, given: Given) -> dict[str, Any]:
    openid = given.query.get("openid", "")
    follower = account.followers.get(openid)
    if follower is None:
        raise Refused(40003)
    if not follower.following:
        return {"subscribe": 0, "openid": openid, "tagid_list": []}
    return {
        "subscribe": 1,
        "openid": openid,
        "language": "zh_CN",
        "subscribe_time": follower.since,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE" if follower.scene else "ADD_SCENE_SEARCH",
        "qr_scene": 0,
        "qr_scene_str": follower.scene,
    }


@call("GET", "getcallbackip")
@call("GET", "get_api_domain_ip")
def ips(api: World, account: Account, given: Given) -> dict[str, Any]:
    return {"ip_list": IPS}


@call("POST", "clear_quota")
def clear_quota(api: World, account: Account, given: Given) -> dict[str, Any]:
    if given.body().get("appid") != account.appid:
        raise Refused(40013)
    account.clear_quota()
    return {}
