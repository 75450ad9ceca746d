"""Whom an address on the net belongs to."""

from __future__ import annotations

import pytest

from core.ground import nets


@pytest.mark.parametrize(
    ("host", "whose"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("::ffff:93.184.216.34", "93.184.216.34"),
        ("2a00:1450:4001:80b:ffff::9", "2a00:1450:4001:80b::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", None),
        ("", None),
    ],
)
def test_an_address_belongs_to_whoever_was_given_it(host, whose):
    assert nets.of(host) == whose
