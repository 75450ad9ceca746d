"""Names that nobody can guess."""

from __future__ import annotations

import re

from core.ground.ids import Ids


def test_a_token_stands_in_an_address_as_it_is():
    tokens = {Ids().token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch("[A-Za-z0-9_-]{22}", token) for token in tokens)
    assert len(Ids().token(32)) == 43


def test_an_order_number_has_no_letter_to_misread():
    numbers = {Ids().number() for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", number) for number in numbers)
    assert set("".join(numbers)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")


def test_a_seed_draws_the_same_ones_again():
    one, two, other = Ids(seed=1), Ids(seed=1), Ids(seed=2)
    assert [one.number(), one.token()] == [two.number(), two.token()]
    assert one.number() != other.number()
