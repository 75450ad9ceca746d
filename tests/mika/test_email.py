"""[email] and [reach], and `mika email check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mika import email
from mika.refusals import Refusal
from mika.settings import Settings
from mika.settings_read import load
from mika.wiring import mailer
from tests.mailserver import MailServer, serving
from tests.ports import free_port

SET = """
public_url = "https://shop.example"
[email]
host = "smtp.example.org"
sender = "shop@example.org"
user = "shop"
password = "canary-7a1c"
"""


def refused(text: str) -> Refusal:
    Path("mika.toml").write_text(text)
    with pytest.raises(Refusal) as caught:
        load(environ={})
    assert "canary" not in str(caught.value)
    return caught.value


def test_without_a_mail_server_people_are_reached_in_their_chats():
    rules = load(environ={}).rules()
    assert (rules.reach, rules.also, rules.ask_address, rules.mails_codes) == (("chat",), (), False, False)
    assert mailer(load(environ={})) is None


def test_a_mail_server_is_tried_after_the_chat_and_gets_links():
    Path("mika.toml").write_text(SET)
    found = load(environ={})
    assert found.email and (found.email.at, found.email.security) == (587, "starttls")
    assert (found.rules().reach, found.rules().mails_codes) == (("chat", "email"), False)
    assert mailer(found).name == "email"
    assert "canary" not in repr(found)


def test_the_owner_says_how_buyers_are_reached():
    Path("mika.toml").write_text(
        SET + 'codes = "inside"\n[reach]\norder = ["email", "chat"]\nalso = ["email"]\nask = true\n'
    )
    rules = load(environ={}).rules()
    assert (rules.reach, rules.also, rules.ask_address, rules.mails_codes) == (
        ("email", "chat"),
        ("email",),
        True,
        True,
    )
    rules = load(environ={"MIKA_REACH__ORDER": "chat"}).rules()
    assert rules.reach == ("chat",)


def test_the_password_may_lie_in_a_file_of_its_own(tmp_path: Path):
    Path("mail-password").write_text("canary-7a1c\n")
    Path("mika.toml").write_text(SET.replace('password = "canary-7a1c"', 'password_file = "mail-password"'))
    found = load(environ={}).email
    assert found and found.secret() == "canary-7a1c"
    Path("mail-password").unlink()
    with pytest.raises(Refusal, match=r"S004.*password_file"):
        found.secret()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('host = "smtp.example.org"', ""), "S005 The mail server email has no `host`"),
        (('sender = "shop@example.org"', ""), "S005 The mail server email has no `sender`"),
        (('password = "canary-7a1c"', ""), "S005 The mail server email has no `password`"),
        (('user = "shop"', ""), "S005 The mail server email has no `user`"),
        (("shop@example.org", "Shop <shop@example.org>"), "S004 A setting is wrong: `email.sender`"),
        (("shop@example.org", "shop@example.org\\r\\nBcc: eve@example.org"), "S004 A setting is wrong: `email.sender`"),
        (("smtp.example.org", "smtp.example.org\\r\\n"), "S004 A setting is wrong: `email.host`"),
        (("[email]", '[email]\nsecurity = "none"'), '`security` may be "none" only'),
        (("[email]", '[email]\ncodes = "both"'), "S004 A setting is wrong: `email.codes`"),
        (("[email]", "[email]\nport = 0"), "S004 A setting is wrong: `email.port`"),
        (("[email]", '[reach]\norder = ["email"]\n[email]'), 'should name each way once, and "chat" among them'),
        (("[email]", '[reach]\norder = ["chat", "chat"]\n[email]'), "should name each way once"),
        (("[email]", '[reach]\norder = ["chat", "pigeon"]\n[email]'), "S004 A setting is wrong: `reach.order"),
    ],
)
def test_what_can_not_be_meant_is_refused(change: tuple[str, str], says: str):
    assert says in str(refused(SET.replace(*change)))


@pytest.mark.parametrize("line", ['also = ["email"]', "ask = true"])
def test_mail_without_a_server_is_refused(line: str):
    assert "there is no [email]" in str(refused(f"[reach]\n{line}\n"))


# mika email check


def settings_for(server: MailServer, url: str) -> Settings:
    settings = f'public_url = "{url}"\n' if url else ""
    settings += f'[email]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nsender = "shop@example.org"\n'
    Path("mika.toml").write_text(settings)
    return load(environ={})


async def checked(
    server: MailServer, to: str = "", locale: str = "en", url: str = "https://shop.example"
) -> tuple[int, str]:
    lines: list[str] = []
    status = await email.check(settings_for(server, url), to, locale, lines.append)
    return status, "\n".join(lines)


@pytest.mark.parametrize("locale", ["zh-CN", "en", "ru"])
async def test_a_test_mail_is_sent(locale: str):
    async with serving() as server:
        status, said = await checked(server, "lin@example.org", locale)
    assert (status, len(server.taken)) == (0, 1)
    assert server.taken[0].mail["message-id"] in said
    assert server.taken[0].mail["content-language"] == locale
    assert "SPF, DKIM and DMARC of example.org" in said
    assert said.endswith("All is well.")


async def test_without_an_address_nothing_is_sent():
    async with serving() as server:
        status, said = await checked(server)
    assert (status, server.taken) == (0, [])
    assert "takes us" in said


async def test_what_is_to_do_is_said():
    status, said = await checked(MailServer(port=free_port()), "lin@example.org", url="")
    assert status == 1
    assert "did not answer" in said
    assert "set `public_url`" in said
    assert "2 to do." in said
    async with serving() as server:
        server.answers = {"RCPT": ["550 5.1.1 lin@example.org is unknown"]}
        status, said = await checked(server, "lin@example.org")
        assert (status, "refused the recipient (550 5.1.1)" in said, "lin" in said) == (1, True, False)
        assert (await checked(server, "lin@example.org\r\nBcc: eve@example.org"))[0] == 1
        assert server.taken == []


async def test_without_settings_it_says_where_to_begin():
    lines: list[str] = []
    assert await email.check(load(environ={}), "", "en", lines.append) == 1
    assert "docs/how-to/email.md" in lines[0]
