"""Which addresses are one mailbox, and which are made to be thrown away."""

from __future__ import annotations

import pytest

from core import emails


@pytest.mark.parametrize(
    ("written", "mailbox"),
    [
        ("Lin@Example.com", "lin@example.com"),
        ("L.i.n+shop@GoogleMail.com", "lin@gmail.com"),
        ("l.in@example.com", "l.in@example.com"),  # elsewhere a dot is a letter like any other
        ("lin+1@example.com", "lin@example.com"),
        ("+lin@example.com", "+lin@example.com"),
        ("lin-shop@yahoo.co.jp", "lin@yahoo.co.jp"),
        ("lin-shop@example.com", "lin-shop@example.com"),
        ("l-in@ya.ru", "l.in@yandex.ru"),
        ("l_i.n@pm.me", "lin@proton.me"),
    ],
)
def test_one_mailbox_however_it_is_written(written: str, mailbox: str):
    assert emails.mailbox(written) == mailbox


@pytest.mark.parametrize("text", ["", "lin", "lin@", "@example.com", "lin@localhost", "a b@example.com", "a@b@c.com"])
def test_no_address(text: str):
    assert emails.found_in(text) is None


def test_an_address_in_wide_letters_is_one():
    assert emails.found_in(" ＬＩＮ＠example．com ") == "lin@example.com"


@pytest.mark.parametrize(
    ("address", "thrown"),
    [("a@mailinator.com", True), ("a@in.mailinator.com", True), ("a@gmail.com", False), ("a@example.com", False)],
)
def test_what_is_thrown_away(address: str, thrown: bool):
    assert emails.is_thrown_away(address) is thrown
