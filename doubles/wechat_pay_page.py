"""WeChat's page for H5, as a phone's browser is shown it: it goes on into WeChat, and in the end back to the shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse

from doubles.wechat_pay_orders import Order

LIVES = timedelta(minutes=5)
HTML = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>微信支付</title>
<main>{inside}</main></html>"""
PAY = '<p>{title}</p><p>¥{total}</p><form method="post"><button>{pay}</button></form>'


def why_not(request: Request, order: Order | None, at: datetime) -> str:
    """What is wrong with opening the page so; empty where nothing is."""
    if order is None or request.query_params.get("package") != order.code[-10:]:
        return "商家参数格式有误，请联系商家解决"
    if request.method == "GET" and not request.headers.get("referer"):
        return "商家参数格式有误，请联系商家解决"  # its way there must begin on a page of the shop
    if "MicroMessenger" in request.headers.get("user-agent", ""):
        return "请在微信外打开订单，进行支付"
    if at > order.asked_at + LIVES:
        return "支付请求已失效，请重新发起支付"
    return "" if order.is_open(at) else "订单已支付或已关闭"


def shown(order: Order) -> HTMLResponse:
    total = f"{order.total // 100}.{order.total % 100:02}"
    return said(PAY.format(title=escape(order.terms["description"]), total=total, pay="立即支付"))


def said(inside: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(HTML.format(inside=inside), status, {"Cache-Control": "no-store"})
