"""The settings of [metrics]: who may read the shop's figures, and at which port each process tells its own."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}")


def _token(value: Any) -> Any:
    """What can stand in a header, and can't be guessed. It is not quoted."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(plain, str) or (plain and not TOKEN.fullmatch(plain)):
        raise ValueError(
            "should be 16 characters or more of A-Z a-z 0-9 . _ ~ + / = -, as `openssl rand -hex 24` makes"
        )
    return value


class MetricsSettings(BaseModel):
    """[metrics]: without `token` the figures are for this machine alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    token: Annotated[SecretStr, BeforeValidator(_token)] = SecretStr("")
    port: Annotated[int, Field(ge=1024, le=65000)] | None = None  # the first of those that processes take in turn
