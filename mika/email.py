"""`mika email check`: whether the mail server takes our mail, and whether a test mail goes out."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from core.ground.errors import SendError
from core.ground.messages import Local, Message, Spoken, words
from core.ground.words import Hearer, render, speak
from mika.checklist import Report
from mika.settings import Settings
from mika.wiring import mailer

ASSUMED = "SPF, DKIM and DMARC of {domain} say whether others take it: docs/how-to/email.md"


async def check(settings: Settings, to: str, locale: str, say: Callable[[str], None]) -> int:
    """Say how it stands and what to do. Returns how the command should end: 1 if something is to do."""
    report = Report(say)
    told, mail = settings.email, mailer(settings)
    if told is None or mail is None:
        report.todo(
            "no mail server: set host, sender, user and a password under [email]; docs/how-to/email.md says how"
        )
    else:
        try:
            await mail.check()
            report.right(f"{told.host}:{told.at} ({told.security}) {'takes our login' if told.user else 'takes us'}")
            if to:
                report.right(f"a test mail is on its way as {await mail.send(to, _test(settings, locale))}")
            report.right(ASSUMED.format(domain=told.sender.rpartition("@")[2]))
        except SendError as error:
            report.todo(f"{told.host}:{told.at} ({told.security}): {error}")
        finally:
            await mail.aclose()
        if settings.public_url is None:
            report.todo("links in mails lead to this machine alone: set `public_url` to where buyers reach the shop")
    say(f"{report.left} to do." if report.left else "All is well.")
    return 1 if report.left else 0


def _test(settings: Settings, locale: str) -> Spoken:
    to = Hearer(locale, datetime.now(UTC))
    shop = Local(settings.shop_name)
    spoken = speak(Message(words("mail-test", shop=shop)), to, lambda _: [])
    return replace(spoken, title=render(words("mail-title-test", shop=shop), to), key=f"test {secrets.token_hex(8)}")
