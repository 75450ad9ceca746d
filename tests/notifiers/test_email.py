"""E-mail against a real mail server: what is sent, what is refused, and what is known after each kind of trouble."""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

import notifiers
from core.ground.errors import SendError
from core.ground.messages import Local, Message, Spoken, SpokenChoice
from core.ground.vault import Secret
from notifiers import email, letters
from notifiers.email import Email, mailable
from tests.mailserver import PASSWORD, USER, MailServer, certificate, serving
from tests.ports import free_port

CODE = "ABCDE-<&>-FGHJK"
SHOP = Local({"zh-CN": "密卡小店", "en": "Mika Shop", "ru": "Магазин Mika"})
LIN = "lin@example.org"
SAID = Spoken(
    ("Order K7M2-94QF is ready.\nSteam <$20> & more\n\n", Secret(CODE), "\n\nThank you."),
    (
        SpokenChoice("Open <it>", link="https://shop.example/o/o.1.x?a=1&b=2"),
        SpokenChoice("My orders", says="orders"),
        SpokenChoice("Bad", link="javascript:alert(1)"),
    ),
    "en",
    Message(""),
    title="Mika Shop: your order K7M2-94QF",
    key="mail deliver 1",
)


def to(server: MailServer, **more: Any) -> Email:
    told = {"security": "none", "sender": "shop@example.net", "shop": SHOP, "patience": 2.0, **more}
    return Email("127.0.0.1", server.port, **told)


async def refused(mail: Email, address: str = LIN, said: Spoken = SAID) -> SendError:
    with pytest.raises(SendError) as caught:
        await mail.send(address, said)
    assert CODE not in str(caught.value)
    assert "lin" not in str(caught.value)
    return caught.value


# What is sent


async def test_a_mail_is_text_first_and_html_beside_it():
    async with serving() as server:
        mail = to(server)
        sent_as = await mail.send(LIN, SAID)
        await mail.aclose()
    [taken] = server.taken
    assert taken.to == [LIN]
    head = taken.mail
    assert (head["from"], head["to"]) == ("Mika Shop <shop@example.net>", LIN)
    assert head["subject"] == "Mika Shop: your order K7M2-94QF"
    assert (head["message-id"], head["auto-submitted"]) == (sent_as, "auto-generated")
    assert head["date"].datetime.tzinfo is not None
    assert [part.get_content_type() for part in head.iter_parts()] == ["text/plain", "text/html"]
    assert CODE in taken.part("plain").splitlines()
    assert "Open <it>:\nhttps://shop.example/o/o.1.x?a=1&b=2" in taken.part("plain")
    page = taken.part("html")
    assert ">ABCDE-&lt;&amp;&gt;-FGHJK</div>" in page
    assert "Steam &lt;$20&gt; &amp; more" in page
    assert 'href="https://shop.example/o/o.1.x?a=1&amp;b=2">Open &lt;it&gt;</a>' in page
    for nothing in ("My orders", "javascript", "Bad", "src=", "url("):  # no buttons, no scripts, nothing fetched
        assert nothing not in page
        assert nothing not in taken.part("plain")


@pytest.mark.parametrize("locale", ["zh-CN", "en", "ru"])
async def test_each_language_arrives_as_it_was_said(locale: str):
    words = {"zh-CN": "你的卡密已到。", "en": "Your code is here.", "ru": "Ваш код здесь."}[locale]
    async with serving() as server:
        mail = to(server)
        await mail.send(LIN, replace(SAID, text=(words,), title=words, locale=locale))
        await mail.aclose()
    [taken] = server.taken
    assert taken.mail["subject"] == words
    assert words in taken.part("plain")
    assert words in taken.part("html")
    assert taken.mail["from"].addresses[0].display_name == SHOP.in_(locale)
    assert taken.raw.isascii()


async def test_nothing_private_is_seen_before_it_is_opened():
    """Neither in a header nor in what programs show of a mail in their lists."""
    async with serving() as server:
        mail = to(server)
        await mail.send(LIN, replace(SAID, text=(Secret(CODE),)))
        await mail.aclose()
    [taken] = server.taken
    assert all(CODE not in str(value) for value in taken.mail.values())
    shown = taken.part("html").partition("<body")[2].partition("</div>")[0]
    assert "your order K7M2-94QF" in shown
    assert len(shown) > 1000  # what follows is filled up


async def test_a_repeat_has_the_same_name_and_tells_nothing_of_its_key():
    async with serving() as server:
        mail = to(server)
        one, again = await mail.send(LIN, SAID), await mail.send(LIN, SAID)
        other = await mail.send(LIN, replace(SAID, key="mail deliver 2"))
        await mail.aclose()
    assert one == again != other
    assert "deliver" not in one
    assert server.connections == 1  # and they go by one connection


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "lin",
        "lin@",
        "@example.org",
        "lin@localhost",
        "lin@example..org",
        ".lin@example.org",
        "lin @example.org",
        "lin@example.org\r\nBcc: eve@example.org",
        "lin\r\nRCPT TO:<eve@example.org>@example.org",
        "lin\n@example.org",
        "<lin@example.org>",
        "lin@example.org,eve@example.org",
        "lin,eve@example.org",
        '"lin eve"@example.org',
        "lin@[127.0.0.1]",
        f"{'a' * 65}@example.org",
        f"lin@{'a' * 64}.org",
        "a" * 100_000,
        f"lin@{'a.' * 50_000}org",
    ],
)
async def test_what_is_no_address_is_refused_before_anything_is_said(address: str):
    async with serving() as server:
        error = await refused(to(server), address)
    assert error.permanent
    assert server.connections == 0


async def test_an_address_in_other_letters_goes_where_the_server_can():
    async with serving() as server:
        mail = to(server)
        await mail.send("林@пример.рф", SAID)
        await mail.aclose()
    [taken] = server.taken
    assert taken.to == ["林@xn--e1afmkfd.xn--p1ai"]
    async with serving(utf8=False) as server:
        mail = to(server)
        assert (await refused(mail, "林@example.org")).permanent
        await mail.send("lin@пример.рф", SAID)  # a domain has letters for all of them
        await mail.aclose()
    assert server.taken[0].to == ["lin@xn--e1afmkfd.xn--p1ai"]


@pytest.mark.parametrize("name", ["title", "shop"])
async def test_nothing_that_is_said_becomes_a_header(name: str):
    evil = "Mika\r\nBcc: eve@example.org\r\n\r\nHello\u2028x"
    async with serving() as server:
        mail = to(server, shop=Local({"en": evil}) if name == "shop" else SHOP)
        await mail.send(LIN, replace(SAID, title=evil) if name == "title" else SAID)
        await mail.aclose()
    [taken] = server.taken
    assert taken.mail["bcc"] is None
    assert taken.to == [LIN]


async def test_a_very_long_mail_goes_whole():
    long = "长" * 100_000
    async with serving() as server:
        mail = to(server)
        await mail.send(LIN, replace(SAID, text=(long,), title=long))
        await mail.aclose()
    [taken] = server.taken
    assert long in taken.part("plain")
    assert len(taken.mail["subject"]) == letters.LONGEST_TITLE


# Trouble


@pytest.mark.parametrize(
    ("verb", "answer", "permanent"),
    [
        ("RCPT", "451 4.7.1 greylisted, try again", False),
        ("RCPT", "450 4.2.1 mailbox busy", False),
        ("RCPT", "421 4.3.2 closing", False),
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "550 mailbox unavailable", True),
        ("RCPT", "552 5.2.2 mailbox full", True),
        ("RCPT", "550 5.7.1 relaying denied", False),  # ours to mend
        ("RCPT", "530 5.7.0 authentication required", False),
        ("MAIL", "550 5.1.8 sender rejected", False),
        ("MAIL", "452 4.3.1 out of room", False),
        ("DATA", "451 4.3.0 try again", False),
        ("DATA", "421 4.7.0 too much mail", False),
        ("DATA", "554 5.6.0 not taken", True),
        ("DATA", "550 5.7.26 unauthenticated mail", False),  # SPF or DKIM: of our own domain
    ],
)
async def test_what_the_server_answers_is_told_apart(verb: str, answer: str, permanent: bool):
    async with serving() as server:
        mail = to(server)
        server.answers = {verb: [answer]}
        error = await refused(mail)
        assert error.permanent is permanent
        assert answer[:3] in str(error)
        assert await mail.send(LIN, SAID)  # the next one goes, by whichever connection
        await mail.aclose()
    assert len(server.taken) == 1


async def test_what_is_ours_to_mend_is_loud():
    async with serving() as server:
        mail = to(server)
        server.answers = {"RCPT": ["550 5.7.1 relaying denied", "550 5.1.1 no such user"]}
        with structlog.testing.capture_logs() as logged:
            await refused(mail)
            assert [line["log_level"] for line in logged] == ["error"]
            await refused(mail)
            assert len(logged) == 1  # that one was the address's
        assert "lin" not in str(logged)


@pytest.mark.parametrize("loses", [True, False])
async def test_a_cut_before_the_answer_is_not_known_and_sent_again_by_the_same_name(loses: bool):
    async with serving() as server:
        mail = to(server)
        server.cuts, server.loses = 1, loses
        assert not (await refused(mail)).permanent
        sent_as = await mail.send(LIN, SAID)
        await mail.aclose()
    assert {str(taken.mail["message-id"]) for taken in server.taken} == {sent_as}
    assert len(server.taken) == (1 if loses else 2)


async def test_a_slow_server_is_not_waited_for_without_end():
    async with serving() as server:
        mail = to(server, patience=0.3)
        server.slow = 5.0
        assert not (await refused(mail)).permanent
        server.slow = 0.0
        assert await mail.send(LIN, SAID)
        await mail.aclose()


async def test_nobody_there_is_not_permanent():
    mail = to(MailServer(port=free_port()))
    assert not (await refused(mail)).permanent


async def test_a_connection_the_server_has_left_is_made_anew():
    async with serving() as server:
        mail = to(server)
        await mail.send(LIN, SAID)
        server.leave()
        await mail.send(LIN, replace(SAID, key="another"))
        await mail.aclose()
    assert (len(server.taken), server.connections) == (2, 2)


async def test_whoever_stops_waiting_leaves_no_half_said_mail_behind():
    async with serving() as server:
        mail = to(server)
        server.slow = 0.5
        waiting = asyncio.create_task(mail.send(LIN, SAID))
        await asyncio.sleep(0.2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        server.slow = 0.0
        await mail.send("bao@example.org", replace(SAID, key="another"))
        await mail.aclose()
    assert server.taken[-1].to == ["bao@example.org"]


async def test_many_at_once_go_one_after_the_other():
    async with serving() as server:
        mail = to(server)
        await asyncio.gather(*(mail.send(f"b{n}@example.org", replace(SAID, key=f"mail {n}")) for n in range(20)))
        await mail.aclose()
    assert sorted(taken.to[0] for taken in server.taken) == sorted(f"b{n}@example.org" for n in range(20))
    assert server.connections == 1


# Who we are, and who they are


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_login_goes_sealed(tmp_path: Path, security: Any):
    made = certificate(tmp_path)
    async with serving(tls=made.server, at_once=security == "tls", login=True) as server:
        mail = to(server, security=security, user=USER, password=PASSWORD, trusts=made.trusts)
        await mail.check()
        await mail.send(LIN, SAID)
        await mail.aclose()
        assert (len(server.taken), server.logins) == (1, 1)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_nobody_knows_gets_no_password(tmp_path: Path, security: Any):
    made = certificate(tmp_path)
    async with serving(tls=made.server, at_once=security == "tls", login=True) as server:
        error = await refused(to(server, security=security, user=USER, password=PASSWORD))
        assert not error.permanent
        assert (server.taken, server.logins) == ([], 0)


async def test_a_server_without_starttls_gets_nothing():
    """Whoever stands between may take the offer out of what the server says: then nothing is said at all."""
    async with serving(login=False) as server:
        assert not (await refused(to(server, security="starttls"))).permanent
        assert server.taken == []


async def test_a_wrong_password_is_loud_and_ends_nothing(tmp_path: Path):
    made = certificate(tmp_path)
    async with serving(tls=made.server, login=True) as server:
        mail = to(server, security="starttls", user=USER, password="not-it", trusts=made.trusts)
        with structlog.testing.capture_logs() as logged:
            error = await refused(mail)
        assert not error.permanent
        assert "535" in str(error)
        assert [line["log_level"] for line in logged] == ["error"]
        assert "not-it" not in f"{logged}{error}"
        with pytest.raises(SendError, match="535"):
            await mail.check()


# The guards can be missed


async def test_without_what_tames_a_title_it_is_a_header(monkeypatch: pytest.MonkeyPatch):
    """The library's own guard stands behind ours: then no mail is made at all."""
    monkeypatch.setattr(letters, "one_line", lambda words: words)
    async with serving() as server:
        with pytest.raises(ValueError, match=r"newline|linefeed|carriage"):
            await to(server).send(LIN, replace(SAID, title="a\r\nBcc: eve@example.org"))


async def test_without_the_name_of_ours_a_repeat_is_another_mail(monkeypatch: pytest.MonkeyPatch):
    numbers = iter(range(9))
    monkeypatch.setattr(letters, "message_id", lambda key, domain: f"<{next(numbers)}@{domain}>")
    async with serving() as server:
        mail = to(server)
        server.cuts = 1
        await refused(mail)
        await mail.send(LIN, SAID)
        await mail.aclose()
    assert len({str(taken.mail["message-id"]) for taken in server.taken}) == 2


async def test_without_looking_at_the_certificate_a_stranger_gets_the_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    made = certificate(tmp_path)
    async with serving(tls=made.server, login=True) as server:
        mail = to(server, security="starttls", user=USER, password=PASSWORD, trusts=blind)
        await mail.send(LIN, SAID)
        await mail.aclose()
        assert len(server.taken) == 1


async def test_without_telling_policy_apart_our_own_fault_is_the_buyers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(email, "POLICY", re.compile(r"$^"))
    async with serving() as server:
        mail = to(server)
        server.answers = {"RCPT": ["550 5.7.1 relaying denied"]}
        assert (await refused(mail)).permanent


def test_a_notifier_is_found_by_its_name():
    assert notifiers.load("email") is Email
    with pytest.raises(LookupError, match="email"):
        notifiers.load("pigeon")


def test_the_domain_of_an_address_is_in_the_letters_of_the_dns():
    assert mailable(" Lin@BÜCHER.example ").addr_spec == "Lin@xn--bcher-kva.example"
