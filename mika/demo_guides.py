"""The demo's guides: the steps of each maker, a picture of where they lead, and what often goes wrong."""

from __future__ import annotations

from pathlib import Path

from core import pictures
from mika.demo_goods import Maker, Names, names

DRAWN = Path(__file__).parent / "demo_pictures"  # by docs/demo_pictures.py
ERRORS: Names = names(
    "## 常见问题\n\n"
    "- **提示已使用**：先别再试，回到聊天点“有问题”，我们来查。\n"
    "- **提示无效**：整行复制粘贴，不要漏字符，也不要带空格。\n"
    "- **地区不符**：换成商品上写的那个地区的账号。没有的话，先别兑换，来找我们。",
    "## Common errors\n\n"
    '- **Already used**: please stop trying, press "Problem" in the chat, and we look into it.\n'
    "- **Invalid code**: copy and paste the whole line, nothing missing and no spaces.\n"
    "- **Wrong region**: use an account of the region the product names. If you have none, don't redeem it: ask us.",
    "## Частые ошибки\n\n"
    "- **Код уже использован**: больше не пробуйте, нажмите в чате «Есть проблема», и мы проверим.\n"
    "- **Неверный код**: скопируйте и вставьте строку целиком, без пробелов.\n"
    "- **Другой регион**: нужен аккаунт того региона, что указан у товара. Если его нет, напишите нам.",
)
SHOWS: Names = names(
    "兑换页：在框里粘贴兑换码", "The page: paste the code into the box", "Страница: вставьте код в поле"
)


def guide_of(maker: Maker, locale: str) -> str:
    """Whole, as it is kept; what staff top up by hand has no page and nothing to mistype."""
    steps = maker.guide[locale]
    if not maker.redeem_url:
        return steps
    name = pictures.name_for((DRAWN / f"guide-{maker.slug}.png").read_bytes())
    return f"{steps}\n\n![{SHOWS[locale]}]({name})\n\n{ERRORS[locale]}"
