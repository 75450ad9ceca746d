"""How an account gets access tokens, of two kinds that don't know each other."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

from doubles.wechat_accounts import Account
from doubles.wechat_calls import Given
from doubles.wechat_refused import Refused

if TYPE_CHECKING:
    from doubles.wechat_world import World


def owner(api: World, given: Mapping[str, Any], secret_refused: int) -> Account:
    """Whose appid and secret they are. Refused 41002 and 40013 for the one, 41004 and `secret_refused` the other."""
    appid, secret = str(given.get("appid") or ""), str(given.get("secret") or "")
    if not appid:
        raise Refused(41002)
    if not secret:
        raise Refused(41004)
    account = api.accounts.get(appid)
    if account is None:
        raise Refused(40013)
    if account.secret != secret:
        raise Refused(secret_refused)
    return account


def welcome(account: Account, given: Given) -> None:
    if account.ip_whitelist is not None and given.host not in account.ip_whitelist:
        raise Refused(40164, given.host)


def token(api: World, given: Given) -> tuple[Account, dict[str, Any]]:
    """GET: a new one each time."""
    if given.query.get("grant_type") != "client_credential":
        raise Refused(40002)
    account = owner(api, given.query, 40001)
    welcome(account, given)
    account.count("token")
    account.asked["token"] += 1
    made = account.new_token()
    return account, {"access_token": made.text, "expires_in": ceil(made.ends - api.now())}


def stable_token(api: World, given: Given) -> tuple[Account, dict[str, Any]]:
    """POST: the same one as long as it is good."""
    body = given.body()
    if body.get("grant_type") != "client_credential":
        raise Refused(40002)
    account = owner(api, body, 40125)
    welcome(account, given)
    account.count("stable_token")
    account.asked["stable_token"] += 1
    made = account.stable_token(bool(body.get("force_refresh", False)))
    return account, {"access_token": made.text, "expires_in": ceil(made.ends - api.now())}
