"""Calls that the token signed and nobody sealed: wechatpy stumbles over them, and they are refused like all others."""

from __future__ import annotations

import random
import time

import pytest

from bot.chats.wechat.sealing import Forged, Seal
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from proofs.storming.wechat_forgeries import REFUSED, WAYS, Given, true


@pytest.fixture
def account() -> Account:
    return WeChat().add_account()


def given(account: Account) -> Given:
    return Given(account, random.Random(1), int(time.time()), 1)


def seal(account: Account) -> Seal:
    return Seal(account.appid, account.token, account.aes_key)


@pytest.mark.parametrize("way", ["filled with nothing", "one block", "nothing sealed", "longer than there is"])
def test_what_can_not_be_opened_is_refused(account: Account, way: str) -> None:
    posted = WAYS[way](given(account))
    assert posted.answers == REFUSED
    with pytest.raises(Forged, match="can't be opened"):
        seal(account).open(posted.query, posted.body)


def test_a_true_call_is_opened(account: Account) -> None:
    posted = true(given(account))
    assert seal(account).open(posted.query, posted.body)["Content"] == "你好"
