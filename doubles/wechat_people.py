"""People at WeChat: they follow accounts, write, tap, scan, send things, open pages and leave."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import httpx

from doubles.wechat_accounts import Account, Follower
from doubles.wechat_chats import Chat
from doubles.wechat_delivery import Exchange
from doubles.wechat_rights import MESSAGE, TOUCH

if TYPE_CHECKING:
    from doubles.wechat_world import World

PICTURE = b"\xff\xd8\xff\xe0" + bytes(200)
UNSUPPORTED = "[收到不支持的消息类型，暂无法显示]"
PHONES = {
    "android": "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP4A; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/130.0.6723.103 Mobile Safari/537.36 XWEB/1300259 MMWEBSDK/20241103 MicroMessenger/8.0.55",
    "iphone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 MicroMessenger/8.0.54(0x18003637) NetType/WIFI Language/zh_CN",
}
HOPS = 10
SENT = Literal["image", "voice", "video", "shortvideo", "location", "link", "file", "sticker"]


class Person:
    """Somebody with an account at WeChat.

    What they do is done when the call returns. What the official account makes of it can be waited for: each gives
    an awaitable of the Exchange.
    """

    def __init__(self, api: World, openid: str, name: str) -> None:
        self.api = api
        self.openid = openid
        self.name = name
        self.phone: Literal["android", "iphone"] = "android"
        self.cookies = httpx.Cookies()  # of their browser

    def chat(self, account: Account) -> Chat:
        return account.follower(self.openid).chat

    # Coming and going

    def follows(self, account: Account, scene: str | None = None, *, quietly: bool = False) -> asyncio.Task[Exchange]:
        """Follows it, maybe by a QR code with this scene. `quietly`: it was long ago, nobody is told of it."""
        follower = account.follower(self.openid)
        follower.following, follower.since, follower.scene = True, int(self.api.now()), scene or ""
        if quietly:
            return self.api.run(told_nothing({"MsgType": "event", "Event": "subscribe"}))
        more = {"EventKey": ""} if scene is None else {"EventKey": f"qrscene_{scene}", "Ticket": ticket(account, scene)}
        follower.rights.give(self.api.now(), TOUCH)
        return self._event(account, "subscribe", "[follows]", more)

    def scans(self, account: Account, scene: str) -> asyncio.Task[Exchange]:
        """Scans a QR code with this scene. Raises ValueError if it has run out."""
        if not account.follower(self.openid).following:
            return self.follows(account, scene)
        more = {"EventKey": scene, "Ticket": ticket(account, scene)}
        account.follower(self.openid).rights.give(self.api.now(), TOUCH)
        return self._event(account, "SCAN", f"[scans {scene}]", more)

    def leaves(self, account: Account) -> asyncio.Task[Exchange]:
        """Follows it no more, and it has no right to tell them anything."""
        follower = self._followed(account)
        follower.following = False
        follower.rights.end()
        return self._event(account, "unsubscribe", "[leaves]", {"EventKey": ""})

    # Saying and sending

    def says(self, account: Account, text: str) -> asyncio.Task[Exchange]:
        return self._message(account, {"MsgType": "text", "Content": text}, text)

    def picks(self, account: Account, item: str) -> asyncio.Task[Exchange]:
        """Taps an item, by what it says or its id, of the newest msgmenu. ValueError if there is none such."""
        menu = next((one for one in reversed(self.chat(account).all) if one.kind == "msgmenu"), None)
        tapped = next((one for one in menu.items if item in (one.id, one.content)), None) if menu else None
        if menu is None or tapped is None:
            raise ValueError(f"no item {item!r} in {menu.items if menu else 'no menu'}")
        told = {"MsgType": "text", "Content": tapped.content, "bizmsgmenuid": tapped.id}
        return self._message(account, told, tapped.content, TOUCH)

    def sends(self, account: Account, kind: SENT = "image", **more: Any) -> asyncio.Task[Exchange]:
        """What isn't text. `data` is the picture's bytes; other names replace what the platform would say of it."""
        data = more.pop("data", PICTURE)
        told: dict[str, Any] = {"MsgType": kind}
        match kind:
            case "image":
                media = account.keep(data, "image/jpeg")
                self.api.pictures[media.id] = (data, media.type)
                told |= {"PicUrl": f"{self.api.url}/mmbiz_jpg/{media.id}/0", "MediaId": media.id}
            case "voice":
                media = account.keep(b"#!AMR\n", "audio/amr")
                told |= {"MediaId": media.id, "Format": "amr", "Recognition": "你好"}
            case "video" | "shortvideo":
                media, thumb = account.keep(b"\0\0\0\x18ftyp", "video/mp4"), account.keep(PICTURE, "image/jpeg")
                told |= {"MediaId": media.id, "ThumbMediaId": thumb.id}
            case "location":
                told |= {"Location_X": 31.2304, "Location_Y": 121.4737, "Scale": 15, "Label": "上海市黄浦区"}
            case "link":
                told |= {"Title": "公众平台", "Description": "官网", "Url": "https://mp.weixin.qq.com/"}
            case "file":
                told |= {"Title": "a.pdf", "Description": "", "FileKey": self.api.drawn(32)}
                told |= {"FileMd5": "0" * 32, "FileTotalLen": 1024}
            case "sticker":  # the platform doesn't say what it was
                told = {"MsgType": "text", "Content": UNSUPPORTED}
        return self._message(account, told | more, f"[{kind}]")

    # Touching

    def taps(self, account: Account, button: str) -> asyncio.Task[Exchange]:
        """A button of the account's menu, by its key or label. ValueError if there is no such one to click."""
        found = pressed(account, button, "click")
        self._followed(account).rights.give(self.api.now(), TOUCH)
        return self._event(account, "CLICK", f"[taps {found['name']}]", {"EventKey": found["key"]})

    def opens_menu(self, account: Account, button: str) -> asyncio.Task[Exchange]:
        """A button that opens a page, by its label or address. The page itself is for opens()."""
        found = pressed(account, button, "view")
        self._followed(account)
        return self._event(account, "VIEW", f"[opens {found['name']}]", {"EventKey": found["url"], "MenuId": 400001})

    def event(self, account: Account, name: str, **fields: Any) -> asyncio.Task[Exchange]:
        """Any event there may be. It gives no right to tell them anything."""
        return self._event(account, name, f"[{name}]", fields)

    # Pages

    async def opens(self, url: str) -> httpx.Response:
        """Opens a page in WeChat's browser, with their cookies, and goes wherever it leads: where they end up."""
        seen: list[httpx.Response] = []
        method, address = "GET", httpx.URL(url)
        while len(seen) <= HOPS:
            headers = {"User-Agent": PHONES[self.phone], "Accept": "text/html", "Host": address.netloc.decode()}
            if urlsplit(str(address)).netloc == urlsplit(self.api.url).netloc:
                headers["X-Openid"] = self.openid  # only WeChat knows who they are
            request = httpx.Request(method, address, headers=headers, cookies=self.cookies)
            answer = await self.api.courier.pages.handle_async_request(request)
            answer.request = request
            await answer.aread()
            await answer.aclose()
            self.cookies.extract_cookies(answer)
            if not answer.has_redirect_location:
                answer.history = seen
                return answer
            seen.append(answer)
            address = address.join(answer.headers["location"])
        raise httpx.TooManyRedirects(f"more than {HOPS} hops from {url}")

    # How it is told

    def _followed(self, account: Account) -> Follower:
        follower = account.follower(self.openid)
        if not follower.following:
            raise ValueError(f"{self.name} does not follow this account")
        return follower

    def _message(
        self, account: Account, told: dict[str, Any], text: str, right: tuple[float, int] = MESSAGE
    ) -> asyncio.Task[Exchange]:
        follower, now = self._followed(account), self.api.now()
        follower.chat.show("text" if told["MsgType"] == "text" else "other", text, "person", now)
        follower.rights.give(now, right)
        fields = self._from(account, int(now)) | told | {"MsgId": self.api.msg_id()}
        return self.api.run(self.api.courier.tell(account, self, fields))

    def _event(self, account: Account, name: str, text: str, more: dict[str, Any]) -> asyncio.Task[Exchange]:
        """Events have no MsgId: the platform tells them apart by their second, so nobody does two things in one."""
        follower, now = account.follower(self.openid), int(self.api.now())
        if not self.api.same_second:
            now = max(now, follower.told_at + 1)
        follower.told_at = now
        follower.chat.show("other", text, "person", self.api.now())
        fields = self._from(account, now) | {"MsgType": "event", "Event": name} | more
        return self.api.run(self.api.courier.tell(account, self, fields))

    def _from(self, account: Account, at: int) -> dict[str, Any]:
        return {"ToUserName": account.original_id, "FromUserName": self.openid, "CreateTime": at}


async def told_nothing(fields: dict[str, Any]) -> Exchange:
    return Exchange(fields)


def ticket(account: Account, scene: str) -> str:
    """Of the account's code with this scene; one is made up where it made none."""
    made = account.tickets.get(scene)
    if made is None:
        return "gQ" + account.api.drawn(92) + "=="
    if made.ends is not None and made.ends <= account.api.now():
        raise ValueError("this code has run out")
    return made.text


def pressed(account: Account, button: str, type: str) -> dict[str, Any]:
    """The button of a menu. ValueError if there is none of this type."""
    every = [one for top in account.menu for one in (top.get("sub_button") or [top])]
    for one in every:
        if one.get("type") == type and button in (one["name"], one.get("key"), one.get("url")):
            return one
    raise ValueError(f"no {type} {button!r} among {[one['name'] for one in every]}")
