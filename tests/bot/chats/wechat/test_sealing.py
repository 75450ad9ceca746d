"""The envelope of WeChat's calls: what is genuine is opened, whatever else is Forged and nothing but Forged."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import pytest
from wechatpy.replies import TextReply

from bot.chats.wechat.sealing import FRESH, LARGEST, TRIES, Forged, Seal
from core.ground.clock import TestClock
from doubles.wechat import WeChat
from doubles.wechat_accounts import Account
from doubles.wechat_crypto import Seal as Theirs
from doubles.wechat_crypto import signature
from doubles.wechat_delivery import packed
from doubles.wechat_replies import understood
from tests.oracles import ask

OPENID = "o-lin-0123456789"
WORD = f"<xml><FromUserName><![CDATA[{OPENID}]]></FromUserName><Content><![CDATA[来一张 😀]]></Content></xml>"
OPENED = {"FromUserName": OPENID, "Content": "来一张 😀"}
TEXTS = ["hi", "来一张 Steam 😀", "a" * 31, "a" * 32, "<xml>&]]></xml>", "好" * 600]
SALT = b"0123456789abcdef"
BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><FromUserName>&b;</FromUserName></xml>'
)
OUTSIDE = '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'
BARE_ENTITY = '<!ENTITY a "ha"><xml><Content>a</Content></xml>'
Packet = tuple[dict[str, str], bytes]


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def account(clock: TestClock) -> Account:
    return WeChat(clock=clock.now).add_account()


@pytest.fixture
def fresh(account: Account) -> Callable[[], Seal]:
    """A seal of the shop's that has seen nothing yet."""
    return lambda: Seal(account.appid, account.token, account.aes_key, account.api.now)


@pytest.fixture
def seal(fresh: Callable[[], Seal]) -> Seal:
    return fresh()


def packet(account: Account, text: str = WORD) -> Packet:
    """As the platform posts it."""
    address, body = packed(account, OPENID, text)
    return dict(parse_qsl(urlsplit(address).query)), body


def signed(account: Account, sealed: str, at: float | None = None) -> Packet:
    """Whatever is in it, signed by whoever knows the token."""
    timestamp, nonce = str(int(account.api.now() if at is None else at)), "1234567"
    query = {"timestamp": timestamp, "nonce": nonce, "encrypt_type": "aes"}
    query["msg_signature"] = signature(account.token, timestamp, nonce, sealed)
    return query, f"<xml><Encrypt>{escape(sealed)}</Encrypt></xml>".encode()


def holding(account: Account, inside: bytes) -> Packet:
    return signed(account, account.seal.seal(inside, SALT))


def forged(seal: Seal, query: Mapping[str, str], body: bytes) -> str:
    with pytest.raises(Forged) as refused:
        seal.open(query, body)
    return str(refused.value)


# Genuine


@pytest.mark.parametrize("mode", ["safe", "mixed"])
def test_what_the_platform_seals_is_opened(account: Account, seal: Seal, mode: str):
    account.mode = mode  # type: ignore[assignment]
    assert seal.open(*packet(account)) == OPENED


def test_in_mixed_mode_only_what_is_sealed_counts(account: Account, seal: Seal):
    account.mode = "mixed"
    query, body = packet(account)
    assert seal.open(query, body.replace(OPENID.encode(), b"o-somebody-else")) == OPENED


def test_the_platform_opens_our_answers(account: Account, seal: Seal):
    for text in TEXTS:
        reply = TextReply(source=account.original_id, target=OPENID, time=1, content=text.replace("]]>", "]]&gt;"))
        shown = understood(account, OPENID, seal.sealed(reply.render()).encode())
        assert (shown.kind, shown.text, shown.more["plain"]) == ("text", text.replace("]]>", "]]&gt;"), False)


def test_two_answers_are_never_sealed_alike(seal: Seal):
    assert seal.sealed("<xml/>") != seal.sealed("<xml/>")


def test_wechat_crypto_seals_for_us_and_opens_our_answers(account: Account, seal: Seal):
    words = [account.token, account.aes_key, account.appid]
    inside = [f"<xml><Content>{escape(text)}</Content></xml>" for text in TEXTS]
    answers = [seal.sealed(text) for text in inside]
    encrypted = [answer.partition("<Encrypt><![CDATA[")[2].partition("]]")[0] for answer in answers]
    said = ask("wechat_crypto", {"account": words, "seal": inside, "open": encrypted})
    assert [seal.open(*signed(account, one)) for one in said["seal"]] == [{"Content": text} for text in TEXTS]
    assert said["open"] == [{"message": text, "id": account.appid} for text in inside]


# Forged


@pytest.mark.parametrize("name", ["timestamp", "nonce", "msg_signature", "encrypt_type"])
def test_each_parameter_that_was_changed_or_left_out(
    account: Account, fresh: Callable[[], Seal], name: str, seal: Seal
):
    query, body = packet(account)
    last = "0" if query[name][-1] != "0" else "1"
    for changed in (query[name][:-1] + last, "", query[name] + "0", "é", "１２"):
        forged(fresh(), query | {name: changed}, body)
    forged(fresh(), {one: value for one, value in query.items() if one != name}, body)
    assert seal.open(query, body) == OPENED


def test_other_content_under_a_genuine_signature(account: Account, seal: Seal):
    query, _ = packet(account)
    _, other = packet(account, WORD.replace("来一张", "来十张"))
    assert "signature" in forged(seal, query, other)


def test_signed_with_another_token(account: Account, seal: Seal):
    account.token = "another-token"
    assert "signature" in forged(seal, *packet(account))


def test_sealed_with_another_key(account: Account, seal: Seal):
    sealed = Theirs("B" * 43, account.appid).seal(WORD.encode(), SALT)
    assert "opened" in forged(seal, *signed(account, sealed))


def test_sealed_for_another_account(account: Account, seal: Seal):
    sealed = Theirs(account.aes_key, "wxfedcba9876543210").seal(WORD.encode(), SALT)
    assert "opened" in forged(seal, *signed(account, sealed))


def test_in_plain_mode_even_with_a_genuine_signature(account: Account, seal: Seal):
    account.mode = "plain"
    query, body = packet(account)
    assert query["signature"]
    assert "safe mode" in forged(seal, query, body)
    forged(seal, query | {"encrypt_type": "raw"}, body)
    forged(seal, query | {"encrypt_type": "aes", "msg_signature": query["signature"]}, body)


@pytest.mark.parametrize("away", [-FRESH - 2, FRESH + 2])
def test_of_another_time(account: Account, seal: Seal, away: float):
    at = account.api.now() + away
    sealed = account.seal.seal(WORD.encode(), SALT)
    assert "another time" in forged(seal, *signed(account, sealed, at))
    nearly = signed(account, sealed, account.api.now() + away * 0.9)
    assert seal.open(*nearly) == OPENED


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"hello", b"<xml>", b"<xml/>", b"<other><Encrypt>a</Encrypt></other>"]
)
def test_a_body_that_is_no_message(account: Account, seal: Seal, body: bytes):
    query, _ = packet(account)
    forged(seal, query, body)


def test_an_envelope_with_definitions_or_two_contents(account: Account, fresh: Callable[[], Seal]):
    query, body = packet(account)
    assert "definitions" in forged(fresh(), query, b"<!DOCTYPE xml>" + body)
    assert "definitions" in forged(fresh(), query, BOMB.encode())
    forged(fresh(), query, body.replace(b"</xml>", body.partition(b"<Encrypt>")[1] + b"x</Encrypt></xml>"))
    forged(fresh(), query, body.replace(b"<Encrypt>", b"<Encrypt><Deep>").replace(b"</Encrypt>", b"</Deep></Encrypt>"))
    forged(fresh(), query, body.decode().encode("utf-16"))


@pytest.mark.parametrize("inside", [BOMB, OUTSIDE, BARE_ENTITY], ids=["bomb", "outside", "bare"])
def test_sealed_content_with_definitions_of_its_own(account: Account, seal: Seal, inside: str):
    assert "definitions" in forged(seal, *holding(account, inside.encode()))


@pytest.mark.parametrize(
    "inside",
    [b"", b"hello", b"<xml>", b"<xml/>", b"<xml>text</xml>", b"<other><Content>a</Content></other>", b"\xff\xfe\xff"],
)
def test_sealed_content_that_is_no_message(account: Account, seal: Seal, inside: bytes):
    forged(seal, *holding(account, inside))


def test_what_stands_deeper_or_twice_is_left_out(account: Account, seal: Seal):
    inside = b"<xml><A>1</A><B><A>2</A></B><C>1</C><C>2</C><D></D></xml>"
    assert seal.open(*holding(account, inside)) == {"A": "1"}


def test_content_nested_ever_so_deep_is_no_trouble(account: Account, seal: Seal):
    deep = 2500
    query, body = holding(account, b"<xml><A>1</A>" + b"<d>" * deep + b"</d>" * deep + b"</xml>")
    assert len(body) < LARGEST
    assert seal.open(query, body) == {"A": "1"}


def test_more_than_is_allowed_is_not_even_read(account: Account, seal: Seal):
    query, body = packet(account)
    assert "too large" in forged(seal, query, body + b" " * LARGEST)
    assert seal.open(query, body + b" " * (LARGEST - len(body))) == OPENED


@pytest.mark.parametrize("sealed", ["", "A", "AAAA", "====", "é", "A" * 44, "A" * 1000, "不", " "])
def test_signed_rubbish(account: Account, seal: Seal, sealed: str):
    forged(seal, *signed(account, sealed))


def test_a_thousand_changes_of_a_genuine_call(account: Account, fresh: Callable[[], Seal]):
    """What was sealed comes out, or Forged: never anything else."""
    dice = random.Random(7)
    query, body = packet(account)
    refused = 0
    for _ in range(1000):
        changed = bytearray(body)
        for _ in range(dice.randint(1, 3)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        try:
            assert fresh().open(query, bytes(changed)) == OPENED
        except Forged:
            refused += 1
    assert refused > 600, "most of a call is what is signed"


def test_a_thousand_changes_by_somebody_who_knows_the_token(account: Account, fresh: Callable[[], Seal]):
    """The signature is right each time, so it is the opening that is tried: fields of text come out, or Forged."""
    dice = random.Random(8)
    genuine = account.seal.seal(WORD.encode(), SALT)
    refused = 0
    for _ in range(1000):
        text = list(genuine)
        for _ in range(dice.randint(1, 4)):
            text[dice.randrange(len(text))] = dice.choice("ABCabc019+/=")
        cut = dice.choice([len(text), len(text), dice.randrange(len(text))])
        try:
            opened = fresh().open(*signed(account, "".join(text[:cut])))
            assert all(isinstance(value, str) for value in opened.values())
        except Forged:
            refused += 1
    assert refused > 600


# Again


def test_the_same_call_is_heard_as_often_as_wechat_tries(account: Account, seal: Seal):
    overheard = packet(account)
    for _ in range(TRIES):
        assert seal.open(*overheard) == OPENED
    for _ in range(2):
        assert "more often" in forged(seal, *overheard)
    assert seal.open(*packet(account)) == OPENED, "a call of its own counts by itself"


def test_forgeries_use_up_none_of_the_tries(account: Account, seal: Seal):
    query, body = packet(account)
    for _ in range(TRIES + 1):
        forged(seal, query, packet(account)[1])
    assert seal.open(query, body) == OPENED


# Greeting


def test_the_greeting_is_wechats_own_word(account: Account, seal: Seal):
    assert seal.greeting(account.signed() | {"echostr": "5838479218127813673"}) == "5838479218127813673"


def test_nobody_else_is_greeted(account: Account, seal: Seal, clock: TestClock):
    query = account.signed() | {"echostr": "word"}
    for changed in ({"signature": ""}, {"signature": "0" * 40}, {"nonce": "1"}, {"timestamp": "1"}, {"timestamp": "x"}):
        with pytest.raises(Forged):
            seal.greeting(query | changed)
    with pytest.raises(Forged):
        seal.greeting({})
    account.token = "another-token"
    with pytest.raises(Forged):
        seal.greeting(account.signed() | {"echostr": "word"})


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "a" * 42 + "!", "密" * 43])
def test_a_key_of_another_form_is_refused_at_once(account: Account, key: str):
    with pytest.raises(ValueError, match="43"):
        Seal(account.appid, account.token, key)
