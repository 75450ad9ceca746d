"""What the demo shop sells. Brands, face values and redeem pages are real; prices are plausible, codes made up.

A code's shape: `?` becomes a letter or digit, `#` a digit. All say DEMO or begin with 0000, so that nobody takes
them for real ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Names = Mapping[str, str]


def names(zh: str, en: str, ru: str) -> Names:
    return {"zh-CN": zh, "en": en, "ru": ru}


@dataclass(frozen=True)
class Good:
    """One product: `prices` are fen each, from so many on; `stock` is how many codes lie ready."""

    slug: str
    name: Names
    region: str
    face_value: str
    prices: Mapping[int, int]
    stock: int = 0
    shape: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    uses: int = 1
    expires_in_days: int | None = None


@dataclass(frozen=True)
class Maker:
    """A brand: where and how its codes are redeemed, and what they are called."""

    slug: str
    category: str
    name: Names
    redeem_url: str
    guide: Names
    noun: str
    measure: str
    goods: tuple[Good, ...]


CATEGORIES: Mapping[str, Names] = {
    "gift-cards": names("礼品卡", "Gift cards", "Подарочные карты"),
    "memberships": names("会员", "Memberships", "Подписки"),
    "game-credits": names("游戏点数", "Game credits", "Игровая валюта"),
    "software": names("软件授权", "Software licences", "Лицензии"),
}


def same(text: str) -> Names:
    return names(text, text, text)


def months(brand: str, many: int) -> Names:
    russian = "месяц" if many == 1 else "месяца" if many < 5 else "месяцев"
    return names(f"{brand} {many} 个月", f"{brand} {many} month{'s' * (many > 1)}", f"{brand} {many} {russian}")


STEAM = "https://store.steampowered.com/account/redeemwalletcode"
STEAM_CODE = "DEMO?-?????-?????"
APPLE_CODE = "XDEMO???????????"
XBOX_CODE = "DEMO?-?????-?????-?????-?????"
ASKED = names("游戏 UID（9 到 10 位数字）", "your game UID (9 or 10 digits)", "ваш UID в игре (9 или 10 цифр)")
UID = [{"name": "uid", "label": ASKED, "pattern": r"[1-9]\d{8,9}"}]
BY_HAND: Mapping[str, Any] = {"kind": "by_hand", "form": UID, "hand_minutes": 120, "most_per_order": 1}
BOTH_LINES = names(
    "{brand}：卡号和卡密两行都要填，{days} 天内有问题就告诉我们。",
    "{brand}: both lines are needed, card number and PIN. Tell us within {days} days if anything is wrong.",
    "{brand}: нужны обе строки, номер карты и PIN. Если что-то не так, напишите нам в течение {days} дней.",
)

MAKERS = (
    Maker(
        "steam",
        "gift-cards",
        same("Steam"),
        STEAM,
        names(
            f"1. 登录 Steam，打开 {STEAM}\n2. 填入兑换码，点“继续”\n3. 余额马上进入 Steam 钱包",
            f"1. Sign in to Steam and open {STEAM}\n2. Enter the code and press Continue\n"
            "3. The amount is in your Steam Wallet at once",
            f"1. Войдите в Steam и откройте {STEAM}\n2. Введите код и нажмите «Продолжить»\n"
            "3. Сумма сразу появится в кошельке Steam",
        ),
        "code",
        "zhang",
        (
            Good("steam-us-10", same("Steam 10 USD"), "US", "10 USD", {1: 7250, 5: 7200, 10: 7150}, 40, STEAM_CODE),
            Good("steam-us-20", same("Steam 20 USD"), "US", "20 USD", {1: 14450, 5: 14350}, 40, STEAM_CODE),
            Good("steam-us-50", same("Steam 50 USD"), "US", "50 USD", {1: 35900, 3: 35700}, 12, STEAM_CODE),
            Good("steam-hk-50", same("Steam 50 HKD"), "HK", "50 HKD", {1: 4700, 10: 4650}, 30, STEAM_CODE),
            Good("steam-hk-100", same("Steam 100 HKD"), "HK", "100 HKD", {1: 9300, 5: 9250}, 30, STEAM_CODE),
            Good("steam-hk-200", same("Steam 200 HKD"), "HK", "200 HKD", {1: 18500}, 1, STEAM_CODE),
            Good("steam-tr-10", same("Steam 10 USD"), "TR", "10 USD", {1: 7100, 5: 7050}, 20, STEAM_CODE),
            Good("steam-tr-20", same("Steam 20 USD"), "TR", "20 USD", {1: 14150}, 20, STEAM_CODE),
        ),
    ),
    Maker(
        "apple",
        "gift-cards",
        same("Apple"),
        "https://redeem.apple.com",
        names(
            "1. 用要充值的 Apple 账户登录 https://redeem.apple.com\n"
            "2. 填入 X 开头的 16 位兑换码\n3. 余额进入 Apple 账户",
            "1. Open https://redeem.apple.com and sign in to your Apple Account\n"
            "2. Enter the 16 characters that begin with X\n3. The amount is on your Apple Account",
            "1. Откройте https://redeem.apple.com и войдите в учётную запись Apple\n"
            "2. Введите 16 символов, начиная с X\n3. Сумма появится на балансе",
        ),
        "card",
        "zhang",
        (
            Good("apple-us-10", same("Apple 10 USD"), "US", "10 USD", {1: 7300}, 25, APPLE_CODE),
            Good("apple-us-25", same("Apple 25 USD"), "US", "25 USD", {1: 18100, 4: 17950}, 25, APPLE_CODE),
            Good("apple-us-100", same("Apple 100 USD"), "US", "100 USD", {1: 71800}, 8, APPLE_CODE),
        ),
    ),
    Maker(
        "playstation",
        "gift-cards",
        same("PlayStation"),
        "https://store.playstation.com",
        names(
            "1. 登录 https://store.playstation.com\n2. 点右上角头像，选“兑换代码”\n3. 填入 12 位兑换码，余额进入钱包",
            "1. Sign in at https://store.playstation.com\n2. Press your picture, then Redeem Codes\n"
            "3. Enter the 12 characters; the amount is in your wallet",
            "1. Войдите на https://store.playstation.com\n2. Нажмите на свой аватар, затем «Погасить коды»\n"
            "3. Введите 12 символов, и сумма появится в кошельке",
        ),
        "card",
        "zhang",
        (
            Good("playstation-hk-200", same("PlayStation 200 HKD"), "HK", "200 HKD", {1: 18600}, 15, "DEMO-????-????"),
            Good("playstation-hk-500", same("PlayStation 500 HKD"), "HK", "500 HKD", {1: 46200}, 6, "DEMO-????-????"),
        ),
    ),
    Maker(
        "netflix",
        "memberships",
        same("Netflix"),
        "https://www.netflix.com/redeem",
        names(
            "1. 打开 https://www.netflix.com/redeem\n2. 填入 11 位数字，登录或注册账号\n3. 以后的月费从这笔余额里扣",
            "1. Open https://www.netflix.com/redeem\n2. Enter the 11 digits and sign in, or make an account\n"
            "3. Your monthly price is taken from that amount",
            "1. Откройте https://www.netflix.com/redeem\n2. Введите 11 цифр и войдите в аккаунт или создайте новый\n"
            "3. Ежемесячная плата будет списываться с этой суммы",
        ),
        "card",
        "zhang",
        (Good("netflix-us-25", same("Netflix 25 USD"), "US", "25 USD", {1: 17900}, 15, "0000#######"),),
    ),
    Maker(
        "spotify",
        "memberships",
        names("Spotify 会员", "Spotify Premium", "Spotify Premium"),
        "https://www.spotify.com/redeem",
        names(
            "1. 登录 Spotify，打开 https://www.spotify.com/redeem\n2. 填入兑换码\n"
            "只给没有订阅、或自己付费的个人套餐账号用。",
            "1. Sign in to Spotify and open https://www.spotify.com/redeem\n2. Enter the code\n"
            "It works on free accounts and on individual plans.",
            "1. Войдите в Spotify и откройте https://www.spotify.com/redeem\n2. Введите код\n"
            "Подходит для бесплатных аккаунтов и индивидуальной подписки.",
        ),
        "membership",
        "fen",
        (
            Good("spotify-us-3m", months("Spotify", 3), "US", "30 USD", {1: 21200, 3: 20900}, 10, "DEMO??????"),
            Good("spotify-us-12m", months("Spotify", 12), "US", "99 USD", {1: 68500}, 0, "DEMO??????"),
        ),
    ),
    Maker(
        "game-pass",
        "memberships",
        same("Xbox Game Pass"),
        "https://redeem.microsoft.com",
        names(
            "1. 用微软账号登录 https://redeem.microsoft.com\n2. 填入 25 位兑换码，连字符可不填\n3. 按提示确认",
            "1. Sign in at https://redeem.microsoft.com\n2. Enter the 25 characters; hyphens don't matter\n"
            "3. Confirm as the page says",
            "1. Войдите на https://redeem.microsoft.com\n2. Введите 25 символов, дефисы не важны\n"
            "3. Подтвердите, как подскажет страница",
        ),
        "membership",
        "fen",
        (
            Good("game-pass-us-1m", months("Game Pass Ultimate", 1), "US", "1 month", {1: 11800}, 18, XBOX_CODE),
            Good("game-pass-us-3m", months("Game Pass Ultimate", 3), "US", "3 months", {1: 33900}, 9, XBOX_CODE),
        ),
    ),
    Maker(
        "razer-gold",
        "game-credits",
        same("Razer Gold"),
        "https://gold.razer.com",
        names(
            "1. 登录 https://gold.razer.com\n2. 选充值，再选 Razer Gold PIN\n3. 填入卡号和卡密，过了有效期就不能充了",
            "1. Sign in at https://gold.razer.com\n2. Choose to reload with a Razer Gold PIN\n"
            "3. Enter card number and PIN, before the date on it",
            "1. Войдите на https://gold.razer.com\n2. Выберите пополнение через Razer Gold PIN\n"
            "3. Введите номер карты и PIN до указанной даты",
        ),
        "card",
        "zhang",
        (
            Good(
                "razer-gold-10",
                same("Razer Gold 10 USD"),
                "global",
                "10 USD",
                {1: 7200, 10: 7100},
                20,
                "0000########|################",
                columns={"delivery_text": dict(BOTH_LINES), "reminders": ["paste"]},
                expires_in_days=540,
            ),
        ),
    ),
    Maker(
        "roblox",
        "game-credits",
        same("Roblox"),
        "https://www.roblox.com/redeem",
        names(
            "1. 登录 Roblox，打开 https://www.roblox.com/redeem\n2. 填入兑换码\n3. 点数进入账号余额",
            "1. Sign in to Roblox and open https://www.roblox.com/redeem\n2. Enter the code\n"
            "3. The credit is on your account",
            "1. Войдите в Roblox и откройте https://www.roblox.com/redeem\n2. Введите код\n"
            "3. Средства появятся на счёте",
        ),
        "code",
        "ge",
        (Good("roblox-10", same("Roblox 10 USD"), "global", "10 USD", {1: 7300}, 16, "DEMO-???-????"),),
    ),
    Maker(
        "genshin",
        "game-credits",
        names("原神", "Genshin Impact", "Genshin Impact"),
        "",
        names(
            "UID 在游戏画面右下角。我们按 UID 充值，不需要密码，也不会向你要验证码。",
            "Your UID is in the lower right corner of the game. It is all we need: never a password or a login code.",
            "UID виден в правом нижнем углу экрана игры. Больше ничего не нужно: ни пароль, ни код входа.",
        ),
        "topup",
        "fen",
        (
            Good(
                "genshin-1090",
                names("原神 创世结晶 1090", "Genshin 1090 crystals", "Genshin 1090 кристаллов"),
                "global",
                "1090",
                {1: 9600},
                columns=BY_HAND,
            ),
            Good(
                "genshin-8080",
                names("原神 创世结晶 8080", "Genshin 8080 crystals", "Genshin 8080 кристаллов"),
                "global",
                "8080",
                {1: 63900},
                columns=BY_HAND,
            ),
        ),
    ),
    Maker(
        "eset",
        "software",
        same("ESET"),
        "https://home.eset.com",
        names(
            "1. 在电脑上装好 ESET\n2. 登录 https://home.eset.com ，添加激活码\n一个激活码供多人使用，每人一台设备。",
            "1. Install ESET on your computer\n2. Sign in at https://home.eset.com and add the activation key\n"
            "The key is shared: one device for each buyer.",
            "1. Установите ESET на компьютер\n2. Войдите на https://home.eset.com и добавьте ключ активации\n"
            "Ключ общий: одно устройство на каждого покупателя.",
        ),
        "code",
        "ge",
        (
            Good(
                "eset-1y",
                names("ESET 一年一台", "ESET, 1 device, 1 year", "ESET, 1 устройство, 1 год"),
                "global",
                "1 year",
                {1: 5900},
                2,
                "DEMO-????-????-????-????",
                columns={"kind": "shared", "most_per_order": 1, "most_per_buyer": 1},
                uses=10,
            ),
        ),
    ),
)
