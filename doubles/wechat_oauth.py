"""How a page learns who opens it: WeChat's browser brings it a code, and the account asks whose that is."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from doubles.wechat_accounts import Account
from doubles.wechat_calls import Given
from doubles.wechat_refused import Refused
from doubles.wechat_tokens import owner

if TYPE_CHECKING:
    from doubles.wechat_world import World

CODE_LIFE = 300.0  # seconds
SCOPES = ("snsapi_base", "snsapi_userinfo")


@dataclass(slots=True)
class Code:
    account: Account
    openid: str
    scope: str
    ends: float
    used: bool = False


class Codes:
    def __init__(self, api: World) -> None:
        self.api = api
        self._codes: dict[str, Code] = {}

    def give(self, account: Account, openid: str, scope: str) -> str:
        code = "0" + self.api.drawn(31)
        self._codes[code] = Code(account, openid, scope, self.api.now() + CODE_LIFE)
        return code

    def take(self, account: Account, text: str) -> Code:
        """Once. Raises Refused 40163 for a code that was used, 40029 for another's, an old or an unknown one."""
        code = self._codes.get(text)
        if code is None or code.account is not account or code.ends <= self.api.now():
            raise Refused(40029)
        if code.used:
            raise Refused(40163)
        code.used = True
        return code


def authorize(api: World, request: Request) -> Response:
    """The page that sends a person on to redirect_uri, with a code and the state they came with."""
    query = request.query_params
    account = api.accounts.get(query.get("appid", ""))
    if account is None:
        return page("10013", "AppID 参数错误")
    parts = urlsplit(query.get("redirect_uri", ""))
    domain = parts.hostname or ""
    if parts.scheme not in ("http", "https") or (account.oauth_domains and domain not in account.oauth_domains):
        return page("10003", "redirect_uri域名与后台配置不一致")
    if query.get("response_type") != "code" or query.get("scope") not in SCOPES or not account.service:
        return page("10005", "Scope 参数错误或没有 Scope 权限")
    openid = request.headers.get("x-openid") or request.cookies.get("openid", "")
    if openid not in api.people:
        return page("", "请在微信客户端打开链接")
    code = api.codes.give(account, openid, query["scope"])
    back = [*parse_qsl(parts.query, keep_blank_values=True), ("code", code), ("state", query.get("state", ""))]
    return RedirectResponse(urlunsplit(parts._replace(query=urlencode(back))), 302)


def page(code: str, why: str) -> Response:
    number = f"<p>错误码:{code}</p>" if code else ""
    return HTMLResponse(f"<!doctype html><title>错误</title><p>{escape(why)}</p>{number}")


def access_token(api: World, given: Given) -> tuple[Account, dict[str, Any]]:
    """Whose code it is. The token that comes with it is not the account's."""
    account = owner(api, given.query, 40125)
    if not account.service:
        raise Refused(48001)
    if given.query.get("grant_type") != "authorization_code":
        raise Refused(40002)
    if not given.query.get("code"):
        raise Refused(41008)
    code = api.codes.take(account, given.query["code"])
    return account, {
        "access_token": f"oauth_{api.drawn(100)}",
        "expires_in": 7200,
        "refresh_token": f"oauth_{api.drawn(100)}",
        "openid": code.openid,
        "scope": code.scope,
    }
