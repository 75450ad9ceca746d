"""Nets: whom an address on the net belongs to, the same for a limit, a mark and a list."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network


def of(host: str) -> str | None:
    """An IPv4 address, or the /64 that one IPv6 customer gets. None for what is no address."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ip_network((found, 64), strict=False))
    return str(found)
