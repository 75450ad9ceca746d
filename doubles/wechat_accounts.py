"""Official accounts at WeChat: what they are, who follows them, the tokens they were given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from doubles.wechat_chats import Chat
from doubles.wechat_crypto import Seal, signature
from doubles.wechat_refused import Refused
from doubles.wechat_rights import Rights

if TYPE_CHECKING:
    from doubles.wechat_world import World

LIFETIME = 7200.0  # seconds, of a token
OVERLAP = 300.0  # the one before is good for so much longer; a stable token is renewed so much earlier
BETWEEN_FORCED = 30.0  # sooner again, force_refresh is none
FORCED_A_DAY, CLEARED_A_MONTH = 20, 10
SHANGHAI = timedelta(hours=8)
THREE_DAYS = 3 * 24 * 3600.0


@dataclass(slots=True)
class Follower:
    """A person as one account knows them, also after they left."""

    chat: Chat = field(default_factory=Chat)
    rights: Rights = field(default_factory=Rights)
    following: bool = False
    since: int = 0
    scene: str = ""  # the QR code's they came by
    told_at: int = 0  # CreateTime of the last event


@dataclass(slots=True)
class Token:
    text: str
    kind: Literal["token", "stable_token"]
    born: float
    ends: float


@dataclass(frozen=True, slots=True)
class Template:
    id: str
    fields: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Media:
    id: str
    data: bytes
    type: str
    ends: float


@dataclass(frozen=True, slots=True)
class Ticket:
    """A QR code."""

    text: str
    scene: str
    ends: float | None
    url: str


@dataclass(eq=False, repr=False)
class Account:
    """One official account. Its owner sets `callback_url`, and whatever else stands under it."""

    api: World
    appid: str
    secret: str
    token: str  # signs what it is told
    aes_key: str
    kind: Literal["service", "subscription"]
    verified: bool
    original_id: str
    callback_url: str = ""
    mode: Literal["safe", "mixed", "plain"] = "safe"  # sealed, both, readable
    oauth_domains: tuple[str, ...] = ()  # none: any
    ip_whitelist: frozenset[str] | None = None  # None: any
    limits: dict[str, int] = field(default_factory=dict)  # a call's name: how often a day
    tells_template_ends: bool = False  # TEMPLATESENDJOBFINISH after each
    asked: Counter[str] = field(default_factory=Counter)  # how often each kind of token was asked for
    menu: list[dict[str, Any]] = field(default_factory=list)
    templates: dict[str, Template] = field(default_factory=dict)
    followers: dict[str, Follower] = field(default_factory=dict)  # by openid
    media: dict[str, Media] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)  # by scene, the newest
    _tokens: dict[str, Token] = field(default_factory=dict)
    _stable: Token | None = None
    _newest: Token | None = None
    _forced_at: float | None = None
    _used: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.seal = Seal(self.aes_key, self.appid)

    @property
    def service(self) -> bool:
        """Whether it is a verified service account, which may do everything."""
        return self.verified and self.kind == "service"

    def follower(self, openid: str) -> Follower:
        """How it knows a person, from their first touch on."""
        found = self.followers.get(openid)
        if found is None:
            found = self.followers[openid] = Follower()
        return found

    def add_template(self, id: str, fields: tuple[str, ...] = (), title: str = "") -> Template:
        template = self.templates[id] = Template(id, fields, title)
        return template

    def keep(self, data: bytes, type: str) -> Media:
        """A file, for three days."""
        media = Media(self.api.drawn(64), data, type, self.api.now() + THREE_DAYS)
        self.media[media.id] = media
        return media

    def file(self, media_id: str) -> Media:
        media = self.media.get(media_id)
        if media is None or media.ends <= self.api.now():
            raise Refused(40007)
        return media

    async def check_url(self) -> bool:
        """Whether the callback's address answers as it must when its owner saves it: the platform's GET."""
        return await self.api.courier.check(self)

    def signed(self) -> dict[str, str]:
        """The parameters that prove who speaks, fresh."""
        timestamp, nonce = str(int(self.api.now())), self.api.number(10)
        return {"signature": signature(self.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}

    def address(self, given: dict[str, str]) -> str:
        return f"{self.callback_url}{'&' if '?' in self.callback_url else '?'}{urlencode(given)}"

    # Tokens

    def new_token(self) -> Token:
        """GET token: the one before is good for five minutes more."""
        now = self.api.now()
        if self._newest is not None:
            self._newest.ends = min(self._newest.ends, now + OVERLAP)
        self._newest = self._given("token")
        return self._newest

    def stable_token(self, force: bool) -> Token:
        """The same as long as it is good for more than five minutes; `force` ends it and gives another."""
        now, stable = self.api.now(), self._stable
        if stable is None or stable.ends - now <= OVERLAP:
            stable = self._stable = self._given("stable_token")
        elif force and (self._forced_at is None or now - self._forced_at >= BETWEEN_FORCED):
            self._count("force_refresh", self.day(), FORCED_A_DAY)
            self._forced_at = now
            self._tokens.pop(stable.text, None)
            stable = self._stable = self._given("stable_token")
        return stable

    def _given(self, kind: Literal["token", "stable_token"]) -> Token:
        now = self.api.now()
        token = Token(f"{len(self.api.tokens) + 1}_{self.api.drawn(130)}", kind, now, now + LIFETIME)
        self._tokens[token.text] = token
        self.api.tokens[token.text] = self
        return token

    def accept(self, text: str) -> None:
        """Raises Refused 40001 for a token that is none (any more), 42001 for one that has run out."""
        token = self._tokens.get(text)
        if token is None or (token.ends <= self.api.now() and token.ends < token.born + LIFETIME):
            raise Refused(40001)  # one that another took the place of
        if token.ends <= self.api.now():
            raise Refused(42001)

    def revoke(self) -> None:
        """No token is good any more, of either kind."""
        self._tokens.clear()
        self._stable = self._newest = None

    # How often

    def day(self) -> str:
        """The day by its clock, in China."""
        return f"{self.api.clock().astimezone(UTC) + SHANGHAI:%Y-%m-%d}"

    def count(self, call: str) -> None:
        """Raises Refused 45009 where `limits` allows no more calls of this name today."""
        if (limit := self.limits.get(call)) is not None:
            self._count(call, self.day(), limit)

    def _count(self, call: str, period: str, limit: int, refusal: int = 45009) -> None:
        if self._used[call, period] >= limit:
            raise Refused(refusal)
        self._used[call, period] += 1

    def clear_quota(self) -> None:
        """All calls count from nothing again. Ten times a month: Refused 48006."""
        self._count("clear_quota", self.day()[:7], CLEARED_A_MONTH, 48006)
        kept = ("clear_quota", "force_refresh")
        self._used = Counter({key: used for key, used in self._used.items() if key[0] in kept})


def now() -> datetime:
    return datetime.now(UTC)


Clock = Callable[[], datetime]
