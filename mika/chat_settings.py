"""The settings of the chats that others run: [telegram] with its two bots, and [wechat]."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from mika.rail_settings import Origin
from mika.shapes import shaped

TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{35,200}")  # a bot's: its id, and its password
BOT_API = "https://api.telegram.org"


def _token(value: Any) -> Any:
    """As BotFather gives it. What is none may be somebody's password: it is not quoted."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(plain, str) or (plain and not TOKEN.fullmatch(plain)):
        raise ValueError("should be the whole token that BotFather gives, like 123456789:AAE...")
    return value


def _fillable(fields: dict[str, str]) -> dict[str, str]:
    try:
        for text in fields.values():
            text.format_map({"number": "", "product": ""})
    except (KeyError, ValueError, IndexError, AttributeError):
        raise ValueError('should put in "{number}" and "{product}" alone') from None
    return fields


class BotSettings(BaseModel):
    """One of the two bots."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    token: Annotated[SecretStr, BeforeValidator(_token)] = SecretStr("")

    @property
    def id(self) -> int:
        """The bot's account, which its token begins with."""
        return int(self.token.get_secret_value().partition(":")[0])


class TelegramSettings(BaseModel):
    """[telegram]: how its two bots are reached, and how fast they may speak. A bot that is named here is run."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    api: Origin = BOT_API
    receive: Literal["webhook", "polling"] | None = None  # None: what the public address allows
    spoiler: bool = False
    protect: bool = False
    per_second: int = Field(default=30, ge=1, le=10_000)  # messages of one bot
    per_chat: int = Field(default=1, ge=1, le=1_000)  # messages a second to one person
    per_group: int = Field(default=20, ge=1, le=10_000)  # messages a minute to a group
    hook_generation: int = Field(default=0, ge=0, le=1_000_000)  # of the webhooks' addresses: another makes new ones
    buyers: BotSettings | None = None
    staff: BotSettings | None = None


def _aes_key(value: Any) -> Any:
    """As the platform makes it. What is none may be another secret: it is not quoted."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(plain, str) or (plain and not re.fullmatch(r"[A-Za-z0-9]{43}", plain)):
        raise ValueError("should be the EncodingAESKey, 43 letters and digits")
    return value


class TemplateSettings(BaseModel):
    """[wechat.template]: the template message that says that codes wait. "{number}" and "{product}" are put in."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    id: Annotated[str, shaped(r"[A-Za-z0-9_-]{1,80}", "the template's ID, as its page shows it")]
    fields: Annotated[dict[str, str], AfterValidator(_fillable)]


class WeChatSettings(BaseModel):
    """[wechat]: an Official Account, as its page "基本配置" shows it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    appid: Annotated[str, shaped(r"(wx[0-9a-f]{16})?", "the AppID, wx and 16 digits or letters")] = ""
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")  # signs what WeChat sends us
    aes_key: Annotated[SecretStr, BeforeValidator(_aes_key)] = SecretStr("")  # and seals it
    signs_in: bool = False  # whether pages may ask WeChat who opens them: a verified service account
    sells_on_apple: bool = False  # whether pages sell on iPhones too, which WeChat forbids for virtual goods
    template: TemplateSettings | None = None
    api: Origin = "https://api.weixin.qq.com"
    sign_in: Origin = "https://open.weixin.qq.com"
