"""What `mika init` asks: its name in a file of answers, its words, why it is asked, and the usual answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """`usual` is what Enter means; "" leaves it out, and None wants an answer."""

    asks: str
    why: str = ""
    usual: str | None = None
    secret: bool = False


WAYS = ("stripe", "telegram_stars", "alipay", "wechat_pay", "epay", "crypto", "manual")  # with real money

QUESTIONS: Mapping[str, Question] = {
    "data": Question(
        "Data folder",
        "The database, the vault's key and pictures are kept there, beside mika.toml unless it is an absolute path.",
        "data",
    ),
    "languages": Question(
        "Languages you write in",
        "The shop speaks Chinese, English and Russian to each buyer in theirs. Names are asked for in yours, of "
        "zh-CN, en, ru; the first stands in for the others.",
        "zh-CN, en, ru",
    ),
    "shop_name.zh-CN": Question("The shop's name in Chinese", "Buyers read it in greetings and mails."),
    "shop_name.en": Question("The shop's name in English", "Buyers read it in greetings and mails."),
    "shop_name.ru": Question("The shop's name in Russian", "Buyers read it in greetings and mails."),
    "zone": Question("Time zone", "The shop's clock: when the day ends in reports.", "Asia/Shanghai"),
    "currency": Question(
        "Currency", "The shop's own: amounts are in it. A product may have prices in others besides.", "CNY"
    ),
    "public_url": Question(
        "Public address",
        "Where buyers reach the shop, like https://shop.example. Payment notices and, by https, Telegram's updates "
        "come there. Enter leaves it out: then only this machine reaches the pages.",
        "",
    ),
    "port": Question(
        "Port", "The shop listens on this machine; the web server that has your certificate passes on to it.", "8000"
    ),
    "database": Question(
        "Database",
        "Enter: a file in the data folder. A PostgreSQL is told like postgresql+asyncpg://user:password@host/name. "
        "It holds a password, and is not shown.",
        "",
        secret=True,
    ),
    "telegram.buyers": Question(
        "Token of the buyers' bot",
        "In Telegram send @BotFather /newbot, and paste the token it gives. It is not shown. Enter: no Telegram.",
        "",
        secret=True,
    ),
    "telegram.staff": Question(
        "Token of the staff's bot",
        "A second bot of BotFather's, for those who work here: restocking, decisions, alarms. Enter leaves it out.",
        "",
        secret=True,
    ),
    "owner": Question(
        "The first owner's name",
        "Who may do everything, and let others in. The shop calls them so. They come in by a link, once.",
    ),
    "group": Question(
        "Open a private group for staff",
        "What needs a person is told there, never a code. You post a one-time code in it, and the shop finds it.",
        "yes",
    ),
    "rails": Question(
        "Ways to pay",
        f"Any of {', '.join(WAYS)}, apart by commas. docs/how-to/payments.md says what each takes. Enter: none yet.",
        "",
    ),
    "email.host": Question(
        "Mail server",
        "Mail goes to buyers whose chat takes nothing, once they have proved an address. Enter: no mail.",
        "",
    ),
    "email.security": Question("Security of the connection: starttls, tls or none", "", "starttls"),
    "email.port": Question("Port of the mail server; 0 is the usual one", "", "0"),
    "email.sender": Question("The address that mail comes from"),
    "email.user": Question("User at the mail server", "", ""),
    "email.password": Question("Password there", "It goes to a file of its own that only you can read.", "", True),
    "product.category": Question(
        "Category of the first product", "Like Gift cards. Enter now adds none: staff add products later.", ""
    ),
    "product.brand": Question("Brand", "What buyers ask for, like Steam."),
    "product.name.zh-CN": Question("The product's name in Chinese"),
    "product.name.en": Question("The product's name in English"),
    "product.name.ru": Question("The product's name in Russian"),
    "product.face_value": Question("Face value", "What is printed on the card, like 10 USD; not what it costs."),
    "product.region": Question("Region", "Where it can be redeemed: US, HK, ... or global.", "global"),
    "product.noun": Question("What one of it is: code, card, membership or topup", "", "code"),
    "product.prices": Question(
        "Price",
        'In the shop\'s currency, like 68.00, or by quantity: "68; 5: 67". Other currencies follow after a |: '
        '"68 | XTR 900". Stars are XTR.',
    ),
    "product.redeem_url": Question("Page where it is redeemed", "", ""),
    "codes": Question(
        "File of the first codes",
        "One code a line: .txt, .csv or .xlsx, as your supplier gave it. All of it comes on sale at once.",
        "",
    ),
}

BESIDES: Mapping[str, str] = {  # what only a file of answers tells
    "check_domain": "true: a public address that does not resolve or answer is refused, not only told",
    "key_copy": "where the paper copy of the vault's key is written",
    "key_copy_written": "true: no paper copy is wanted, you keep the key file itself",
    "telegram.api": "another Bot API server",
    "wait": "seconds to wait for the owner to come in, and for the group",
}


def _secret(asks: str, why: str = "", usual: str | None = None) -> Question:
    return Question(asks, why, usual, secret=True)


RAIL_QUESTIONS: Mapping[str, Question] = {  # what each rail can't do without
    "rails.stripe.api_key": _secret("Secret or restricted key, like sk_live_...", "Stripe's dashboard: API keys."),
    "rails.stripe.secret": _secret("The webhook endpoint's secret, like whsec_..."),
    "rails.stripe.account": Question("The account the key belongs to, like acct_..."),
    "rails.alipay.app_id": Question("App", "Alipay's console: an app with 当面付."),
    "rails.alipay.seller_id": Question("The seller's account, 2088..."),
    "rails.alipay.private_key": Question("File of the app's private key"),
    "rails.alipay.public_key": Question("File of Alipay's public key, not the app's own"),
    "rails.wechat_pay.mchid": Question("Merchant", "The merchant platform: 账户中心, API安全."),
    "rails.wechat_pay.appid": Question("App or official account, wx..."),
    "rails.wechat_pay.serial": Question("Serial of the merchant's certificate"),
    "rails.wechat_pay.private_key": Question("File of the merchant's key, apiclient_key.pem"),
    "rails.wechat_pay.api_v3_key": _secret("APIv3 key"),
    "rails.wechat_pay.public_key": Question("File of WeChat's public key, pub_key.pem"),
    "rails.wechat_pay.public_key_id": Question("Its name, PUB_KEY_ID_..."),
    "rails.epay.url": Question("The gateway's address", "It holds your money until it pays you: choose one you trust."),
    "rails.epay.pid": Question("Your number there"),
    "rails.epay.key": _secret("The key both sides sign with"),
    "rails.crypto.kind": Question("crypto_pay, btcpay or epusdt", "Coins through @CryptoBot, or a server of your own."),
    "rails.crypto.url": Question("The server's address"),
    "rails.crypto.store": Question("Store"),
    "rails.crypto.api_key": _secret("API key"),
    "rails.crypto.secret": _secret("The webhook's secret"),
    "rails.crypto.token": _secret("API token"),
    "again": Question("Try it once more", "", "yes"),
    "rails.manual.pay_to": Question("Account to transfer to, as buyers read it", "Staff say when the money came."),
}
CRYPTO: Mapping[str, tuple[str, ...]] = {
    "crypto_pay": ("token",),
    "btcpay": ("url", "store", "api_key", "secret"),
    "epusdt": ("url", "token"),
}
FILES = frozenset({"private_key", "public_key", "certificates"})  # of a rail: copied to where only we read them
