"""The test provider's pay page. Its sentences are the provider's own: they live here, not with the shop's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from doubles.sandbox_books import Payment

Stand = Literal["open", "failed", "paid", "closed", "expired"]

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
NO_CENTS = frozenset({"JPY", "KRW", "VND", "XTR"})
SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "RUB": "₽", "XTR": "⭐"}
ZONES = {"zh": (timezone(timedelta(hours=8)), "北京时间"), "ru": (timezone(timedelta(hours=3)), "МСК")}

WORDS = {
    "zh": {
        "lang": "zh-CN",
        "test": "测试支付，不会扣真钱",
        "explain": "这是演示用的收银台。按下按钮，商店会像收到真实付款一样得到通知。",
        "until": "请在{time} 前付款",
        "pay": "支付 {sum}",
        "fail": "模拟付款失败",
        "close": "取消付款",
        "back": "返回商店",
        "failed": "这次付款没有成功，可以再试一次。",
        "paid": "已付款",
        "closed": "这笔付款已关闭",
        "expired": "付款时间已过",
        "missing": "没有找到这笔付款",
    },
    "en": {
        "lang": "en",
        "test": "Test payment, no real money",
        "explain": "This is a demo checkout. Press a button: the shop hears of it as it would of real money.",
        "until": "Please pay before {time}",
        "pay": "Pay {sum}",
        "fail": "Let it fail",
        "close": "Cancel the payment",
        "back": "Back to the shop",
        "failed": "That payment did not go through. You can try again.",
        "paid": "Paid",
        "closed": "This payment is closed",
        "expired": "The time to pay is over",
        "missing": "There is no such payment",
    },
    "ru": {
        "lang": "ru",
        "test": "Тестовая оплата, деньги не списываются",
        "explain": "Это демонстрационная касса. Нажмите кнопку: магазин узнает об этом, как об оплате.",
        "until": "Оплатите до {time}",
        "pay": "Оплатить {sum}",
        "fail": "Сымитировать отказ",
        "close": "Отменить оплату",
        "back": "Вернуться в магазин",
        "failed": "Платёж не прошёл. Можно попробовать ещё раз.",
        "paid": "Оплачено",
        "closed": "Этот платёж закрыт",
        "expired": "Время оплаты истекло",
        "missing": "Такого платежа нет",
    },
}

templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def shown(payment: Payment, stand: Stand) -> str:
    """The page of a payment, in its buyer's language."""
    language = spoken(payment.locale)
    return templates.get_template("sandbox_page.html").render(
        words=WORDS[language],
        stand=stand,
        title=payment.title,
        sum=sum_shown(payment.amount, payment.currency, language),
        time=time_shown(payment.expires_at, language),
        key=payment.key,
        back=payment.return_url,
    )


def missing() -> str:
    """The page of no payment."""
    return templates.get_template("sandbox_page.html").render(
        words=WORDS["en"], stand="missing", title="", sum="", time="", key="", back=""
    )


def spoken(locale: str) -> str:
    base = locale.replace("_", "-").split("-")[0].lower()
    return base if base in WORDS else "en"


def sum_shown(amount: int, currency: str, language: str) -> str:
    number = f"{amount:,}" if currency in NO_CENTS else f"{amount // 100:,}.{amount % 100:02}"
    sign = SIGNS.get(currency, currency)
    if language == "ru":
        return f"{number.replace(',', chr(0xA0)).replace('.', ',')} {sign}"
    return f"{sign}{number}" if len(sign) == 1 else f"{number} {sign}"


def time_shown(moment: float, language: str) -> str:
    zone, name = ZONES.get(language, (UTC, "UTC"))
    there = datetime.fromtimestamp(moment, zone)
    return f"{there:%H:%M} ({name})" if language != "zh" else f"{name} {there:%H:%M}"
