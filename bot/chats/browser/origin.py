"""Where a request comes from: what an order's marks are made of."""

from __future__ import annotations

import ipaddress
import re

import iptocc
from starlette.requests import Request

COUNTRY = re.compile(r"[A-Z]{2}")
NO_COUNTRY = ("XX", "T1", "ZZ")  # of Cloudflare's: unknown, and Tor


def origin(request: Request, device: str, country_header: str) -> dict[str, str]:
    """ip, device and country, as far as they are known.

    `device` is the cookie's own address: who throws it away is another device to us. An address that is nobody's on
    the net (a proxy of our own, that isn't one we believe) would be everybody's: then none is told.
    """
    found = {"device": device}
    host = request.client.host if request.client else ""
    if _is_public(host):
        found["ip"] = host
    if country := _country(request, country_header, found.get("ip", "")):
        found["country"] = country
    return found


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return False


def _country(request: Request, header: str, ip: str) -> str | None:
    """What the proxy before us says; else whom the address was allotted to, which is no more than a hint."""
    told = request.headers.get(header, "").upper() if header else ""
    if not told and ip:
        told = iptocc.country_code(ip) or ""
    return told if COUNTRY.fullmatch(told) and told not in NO_COUNTRY else None
