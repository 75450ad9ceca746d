"""The settings of how buyers are reached beside their chat: [email] and [reach]."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from mika.refusals import Refusal
from mika.shapes import shaped

Way = Literal["chat", "email"]
PORTS = {"starttls": 587, "tls": 465, "none": 25}
HOST = r"([A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|[0-9a-f:]{2,45})?"
SENDER = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _sender(value: str) -> str:
    if value and not SENDER.fullmatch(value):
        raise ValueError('should be the bare address mail comes from, like "shop@example.org"')
    return value


def _ways(value: Any) -> Any:
    return [way.strip() for way in value.split(",") if way.strip()] if isinstance(value, str) else value


def _once_each(ways: tuple[Way, ...]) -> tuple[Way, ...]:
    if "chat" not in ways or len(set(ways)) != len(ways):
        raise ValueError('should name each way once, and "chat" among them')
    return ways


class EmailSettings(BaseModel):
    """[email]: the mail server that mail goes out by, and what codes are mailed as.

    `password_file` holds nothing but the password. Without `user` nobody logs in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    host: Annotated[str, shaped(HOST, "a server's name, such as smtp.example.org")] = ""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None  # None: the usual one
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, shaped(r"[^\x00-\x1f\x7f]{0,320}", "one line of 320 characters at most")] = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    sender: Annotated[str, AfterValidator(_sender)] = ""
    codes: Literal["link", "inside"] = "link"  # a link that opens the order, or the codes themselves

    @model_validator(mode="after")
    def _in_the_open_only_at_home(self) -> Self:
        if self.security == "none" and self.host and not _is_here(self.host):
            raise ValueError('`security` may be "none" only for a mail server on this very machine')
        return self

    @property
    def at(self) -> int:
        return self.port or PORTS[self.security]

    def secret(self) -> str:
        """The password. Raises Refusal S004 for a file that can't be read."""
        if self.password_file is None:
            return self.password.get_secret_value()
        try:
            return self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            what = f"`email.password_file` can't be read ({why})"
            raise Refusal("S004", what=what, where="mika.toml, or MIKA_* of the environment") from None


class ReachSettings(BaseModel):
    """[reach]: by which ways a buyer is reached, one after the other; and which are taken besides."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    order: Annotated[tuple[Way, ...], NoDecode, BeforeValidator(_ways), AfterValidator(_once_each)] = ("chat", "email")
    also: Annotated[tuple[Literal["email"], ...], NoDecode, BeforeValidator(_ways)] = ()
    ask: bool = False  # whether buyers are asked for an address where they pay


def placed_mail(told: EmailSettings | None, folder: Path) -> EmailSettings | None:
    """The same settings, the password's file looked for from the folder."""
    if told is None or told.password_file is None:
        return told
    return told.model_copy(update={"password_file": folder / told.password_file})


def look_at_mail(told: EmailSettings | None, reach: ReachSettings, where: str) -> None:
    """What is missing, or can't be meant. Raises Refusal S004 or S005."""
    if told is None:
        if reach.also or reach.ask:
            what = "`reach` asks for e-mail, and there is no [email]"
            raise Refusal("S004", what=what, where=where)
        return
    for setting in ("host", "sender"):
        if not getattr(told, setting):
            env = f"EMAIL__{setting.upper()}"
            raise Refusal("S005", kind="mail server", name="email", what=f"`{setting}`", under="email", env=env)
    has_password = bool(told.password.get_secret_value() or told.password_file)
    if bool(told.user) != has_password:
        missing = "password" if told.user else "user"
        env = f"EMAIL__{missing.upper()}"
        raise Refusal("S005", kind="mail server", name="email", what=f"`{missing}`", under="email", env=env)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
