"""E-mail addresses: which of them are one mailbox, and which are made to be thrown away. Pure."""

from __future__ import annotations

import re
import unicodedata

from disposable_email_domains import blocklist

ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
# Where a mailbox has several names, as each provider says itself: domains that are the same, and whether dots count
# (support.google.com/mail/answer/7436150). What comes after a "+" is a tag with all of them that we know.
SAME = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.kz": "yandex.ru",
    "narod.ru": "yandex.ru",
}
IGNORED = {"gmail.com": ".", "proton.me": ".-_"}
HYPHEN_IS_DOT = {"yandex.ru"}  # yandex.ru/support/id: a login may be written with either
HYPHEN_TAGS = re.compile(r"yahoo\.[a-z.]+|ymail\.com|rocketmail\.com")  # what follows is a tag: no login has a hyphen


def found_in(text: str) -> str | None:
    """The whole text as an address, if it is one."""
    tidy = unicodedata.normalize("NFKC", text).strip().casefold()
    return tidy if ADDRESS.fullmatch(tidy) else None


def mailbox(address: str) -> str:
    """Where mail to it ends: "L.in+shop@googlemail.com" is "lin@gmail.com"."""
    local, _, domain = address.strip().casefold().rpartition("@")
    domain = provider(domain)
    local = local.partition("+")[0] or local
    for ignored in IGNORED.get(domain, ""):
        local = local.replace(ignored, "")
    if domain in HYPHEN_IS_DOT:
        local = local.replace("-", ".")
    if HYPHEN_TAGS.fullmatch(domain):
        local = local.partition("-")[0] or local
    return f"{local}@{domain}"


def provider(domain: str) -> str:
    """The one name of all that are the same provider's: "Googlemail.com." is "gmail.com"."""
    tidy = domain.strip().casefold().rstrip(".")
    return SAME.get(tidy, tidy)


def domain_of(address: str) -> str:
    return mailbox(address).rpartition("@")[2]


def is_thrown_away(address: str) -> bool:
    """Whether its domain, or one above it, is known for mailboxes that anybody makes and leaves. A hint, no proof."""
    parts = domain_of(address).split(".")
    return any(".".join(parts[start:]) in blocklist for start in range(len(parts) - 1))
