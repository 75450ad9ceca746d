"""Texts of one form among the settings: what is of another is told in words, and never with a pattern."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BeforeValidator, SecretStr


def shaped(pattern: str, how: str) -> BeforeValidator:
    """All of a text, or of a secret, is of that form. What is not may be somebody's password: it is not quoted."""
    form = re.compile(pattern)

    def checked(value: Any) -> Any:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(plain, str) or not form.fullmatch(plain):
            raise ValueError(f"should be {how}")
        return value

    return BeforeValidator(checked)
