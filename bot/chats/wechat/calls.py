"""What we ask of WeChat's platform, through wechatpy, and how it can fail.

wechatpy is synchronous: each call runs in a thread of this account's own. Its own second try never ends where a token
is always refused, so ours is the only one. Codes: 全局返回码 of developers.weixin.qq.com.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatException

from core.ground.errors import PartyError, SendError
from core.ground.vault import Secret

PLATFORM = "https://api.weixin.qq.com"
SIGN_IN = "https://open.weixin.qq.com"
PATIENCE = (3.05, 8.0)  # seconds to reach it, and for its answer
AT_ONCE = 8
SPARE = 120  # seconds before its end a token is not used any more
TOKEN = (40001, 40014, 42001)  # refused: another process may have fetched a newer one
SHUT_OUT = (40013, 40125, 40164, 40243, 61024)  # the account's secret or our address is refused, never the message
USED_UP = (45015, 45047, 48002)  # no word of theirs lately, or as much was said as it allows, or they take answers only
NOT_OURS = (48001, 48004, 50001)  # this account may not do that at all
GONE = (40003, 43004, 43101)  # they follow no more, or want none of it
BUSY = (-1, 45009, 45011)
NOT_NOW = (*BUSY, *TOKEN, *SHUT_OUT)
MEDIA_GONE = (40007, 40004)
LATER = timedelta(minutes=1)
MEDIA_LIVES = 2.5 * 86_400  # seconds; WeChat keeps one for three days
MOST_MEDIA = 500

T = TypeVar("T")


class Refused(PartyError):
    """WeChat says no. `code` is its own number for why."""

    def __init__(self, what: str, code: int) -> None:
        self.code = code
        super().__init__(f"{what}: WeChat answered {code}", permanent=code not in NOT_NOW)


class Client(WeChatClient):
    """wechatpy's, by stable tokens: processes that ask for one get the same, and none ends another's."""

    def __init__(self, appid: str, secret: str, platform: str) -> None:
        super().__init__(appid, secret, timeout=PATIENCE, auto_retry=False)
        self.API_BASE_URL = f"{platform}/cgi-bin/"
        self._platform = platform
        self._http.trust_env = False  # a proxy of the environment would read the secret
        self._fetching = threading.Lock()

    def fetch_access_token(self, *, force: bool = False) -> Any:
        """POST stable_token; with `force` a new one, of which there are 20 a day. Raises WeChatClientException."""
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret, "force_refresh": force}
        told = self._http.post(f"{self.API_BASE_URL}stable_token", json=asked, timeout=PATIENCE)
        told.raise_for_status()
        said = self._handle_result(told)
        self.session.set(self.access_token_key, said["access_token"], said["expires_in"])
        self.expires_at = int(time.time()) + int(said["expires_in"]) - SPARE
        return said

    @property
    def access_token(self) -> str:
        """One fetch serves all who wait for it."""
        with self._fetching:
            return str(super().access_token)

    def renew(self, refused: str) -> None:
        """A token was refused: take the newer one there may be; where it is the same, have it replaced."""
        with self._fetching:
            if self.session.get(self.access_token_key) != refused:
                return
            self.fetch_access_token()
            if self.session.get(self.access_token_key) == refused:
                self.fetch_access_token(force=True)

    def openid(self, code: str) -> str:
        """Who came back from the sign-in with that code. Once per code."""
        asked = {"appid": self.appid, "secret": self.secret, "code": code, "grant_type": "authorization_code"}
        told = self._http.get(f"{self._platform}/sns/oauth2/access_token", params=asked, timeout=PATIENCE)
        told.raise_for_status()
        return str(self._handle_result(told)["openid"])


class Calls:
    """One account's calls. Each raises PartyError, see refusal(); SendError where it is about reaching somebody."""

    def __init__(self, appid: str, secret: str, platform: str = PLATFORM) -> None:
        self.appid = appid
        self._client = Client(appid, secret, platform)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="wechat")
        self._media: dict[str, tuple[str, float]] = {}
        self.may_push = True  # until WeChat says that this account may not

    async def say(self, openid: str, text: Secret) -> None:
        """A message of our own (客服消息)."""
        await self._push("say", {"touser": openid, "msgtype": "text", "text": {"content": text.reveal()}})

    async def show(self, openid: str, name: str, picture: bytes) -> None:
        """A picture of our own. The same name is uploaded once, until WeChat forgets it."""
        media = await self._uploaded(name, picture)
        told = {"touser": openid, "msgtype": "image", "image": {"media_id": media}}
        try:
            await self._push("show", told)
        except Refused as refused:
            if refused.code not in MEDIA_GONE:
                raise
            self._media.pop(name, None)
            await self._push("show", told | {"image": {"media_id": await self._uploaded(name, picture)}})

    async def ring(self, openid: str, template: str, data: Mapping[str, str], link: str) -> None:
        """A template message (模板消息): it needs no word of theirs, and may hold no code."""
        fields = {name: {"value": value} for name, value in data.items()}
        told = {"touser": openid, "template_id": template, "url": link, "data": fields}
        try:
            await self._call("ring", lambda: self._client.post("message/template/send", data=told))
        except Refused as refused:
            raise SendError(str(refused), permanent=refused.permanent, wait=LATER) from None

    async def menu(self, menu: Mapping[str, Any]) -> None:
        await self._call("menu", lambda: self._client.post("menu/create", data=dict(menu)))

    async def menu_now(self) -> Any:
        return await self._call("menu_now", lambda: self._client.get("menu/get"))

    async def addresses(self) -> list[str]:
        """From where WeChat calls us: a question that every account may ask."""
        return list((await self._call("addresses", lambda: self._client.get("getcallbackip")))["ip_list"])

    async def openid(self, code: str) -> str:
        """Whom a sign-in was for. Raises Refused for a code that is used, old or another account's."""
        return await self._call("openid", lambda: self._client.openid(code), by_token=False)

    async def ask(self, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """Any question below /cgi-bin/: for finding out what the account may do."""
        if data is None:
            return await self._call(path, lambda: self._client.get(path))
        return await self._call(path, lambda: self._client.post(path, data=dict(data)))

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client._http.close()

    async def _uploaded(self, name: str, picture: bytes) -> str:
        known = self._media.get(name)
        if known and known[1] > time.monotonic():
            return known[0]
        file = (f"{name}.png" if "." not in name else name, picture)
        asked = {"params": {"type": "image"}, "files": {"media": file}}
        told = await self._call("upload", lambda: self._client.post("media/upload", **asked))
        if len(self._media) >= MOST_MEDIA:
            self._media.clear()
        self._media[name] = told["media_id"], time.monotonic() + MEDIA_LIVES
        return told["media_id"]

    async def _push(self, what: str, message: Mapping[str, Any]) -> None:
        """Raises SendError where they can't be reached, or not now; Refused for what WeChat won't take."""
        try:
            await self._call(what, lambda: self._client.post("message/custom/send", data=dict(message)))
        except Refused as refused:
            if refused.code in NOT_OURS:
                self.may_push = False
            if refused.code in (*USED_UP, *NOT_OURS):
                raise SendError(str(refused), unheard=True) from None
            if refused.code in GONE:
                raise SendError(str(refused), permanent=True) from None
            if refused.code in NOT_NOW:
                raise SendError(str(refused), wait=LATER) from None
            raise

    async def _call(self, what: str, call: Callable[[], T], *, by_token: bool = True) -> T:
        once = self._renewing if by_token else self._once
        return await asyncio.get_running_loop().run_in_executor(self._threads, once, what, call)

    def _renewing(self, what: str, call: Callable[[], T]) -> T:
        """A token that is refused is renewed once."""

        def twice() -> T:
            token = self._client.access_token
            try:
                return call()
            except WeChatException as refused:
                if refused.errcode not in TOKEN:
                    raise
                self._client.renew(token)
                return call()

        return self._once(what, twice)

    def _once(self, what: str, call: Callable[[], T]) -> T:
        """In a thread."""
        try:
            return call()
        except WeChatException as refused:
            if refused.errcode is None:
                raise SendError(f"{what}: WeChat is broken") from None
            raise Refused(what, int(refused.errcode)) from None
        except requests.RequestException as error:  # it may have been said: then it is said again
            raise SendError(f"{what}: no answer ({type(error).__name__})") from None
        except (ValueError, KeyError, TypeError) as error:
            raise SendError(f"{what}: no answer that can be read ({type(error).__name__})") from None
