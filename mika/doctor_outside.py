"""The shop as others reach it: its address, its certificate, and the server that takes its mail."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from urllib.parse import urlsplit

import httpx

from core.findings import Finding
from core.ground import points
from core.ground.errors import SendError
from mika.doctor_place import Check, Place, Said, unseen
from mika.doctor_settings import loopback
from mika.wiring import mailer

PATIENCE = 15.0  # seconds
SOON = 14  # days: those that renew themselves do it at 30
DAY = 86400.0


async def certificate(place: Place) -> Said:
    """As a stranger sees it: by this system's roots of trust, with its name and its chain."""
    url = urlsplit(place.settings.address)
    if url.scheme != "https" or not url.hostname:
        return ["certificate: none is needed without https"]
    try:
        async with asyncio.timeout(PATIENCE):
            ends = await _good_until(url.hostname, url.port or 443)
    except ssl.SSLCertVerificationError as error:
        bad = Finding("D071", url.hostname, {"host": url.hostname, "why": error.verify_message[:150]})
        return [bad, unseen("D070")]
    except (OSError, TimeoutError):
        return [unseen("D070", "D071")]  # that nobody answers there is the next check's to say
    days = int((ends - time.time()) // DAY)
    if days < SOON:
        return [Finding("D070", url.hostname, {"host": url.hostname, "days": days})]
    return [f"certificate: of {url.hostname}, good for {days} more days"]


async def _good_until(host: str, port: int) -> float:
    """Raises SSLCertVerificationError, OSError."""
    trust = await asyncio.to_thread(ssl.create_default_context)
    with points.around("certificate.look"):
        _, writer = await asyncio.open_connection(host, port, ssl=trust, server_hostname=host)
    try:
        shown = writer.get_extra_info("peercert") or {}
        return float(ssl.cert_time_to_seconds(str(shown["notAfter"])))
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def address(place: Place) -> Said:
    """Whether this very program answers where buyers are sent to. That its certificate is bad is said already."""
    where = place.settings.address
    trust = await asyncio.to_thread(ssl.create_default_context)
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=trust) as http:
            with points.around("address.look"):
                answer = await http.get(f"{where}/healthz")
    except httpx.HTTPError as error:
        if isinstance(error.__cause__, Exception) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            return [unseen("D072")]
        return [Finding("D072", facts={"address": where, "why": _why(error, where)})]
    if answer.status_code not in (200, 503) or b'"status"' not in answer.content:
        why = f"what answers there is another program (status {answer.status_code})"
        return [Finding("D072", facts={"address": where, "why": why})]
    return [f"address: the shop answers at {where}"]


def _why(error: httpx.HTTPError, where: str) -> str:
    """`refused` and `refused-here` have sentences of their own."""
    causes: list[BaseException] = [error]
    for one in causes:  # a name with several addresses fails at each of them
        causes += [cause for cause in (one.__cause__ or one.__context__,) if cause]
        causes += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
    if any(isinstance(one, ConnectionRefusedError) for one in causes):
        return "refused-here" if loopback(urlsplit(where).hostname or "") else "refused"
    if any(isinstance(one, socket.gaierror) for one in causes):
        return "this machine can't resolve its name"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {PATIENCE:g} s"
    return f"the connection fails ({type(error).__name__})"


async def mail(place: Place) -> Said:
    told, sender = place.settings.email, mailer(place.settings)
    if told is None or sender is None:
        return ["mail: no server is set"]
    host = f"{told.host}:{told.at}"
    try:
        with points.around("mail.look"):
            await sender.check()
    except SendError as error:
        return [Finding("D080", host, {"host": host, "why": str(error)[:150]})]
    finally:
        await sender.aclose()
    return [f"mail: {host} takes ours"]


CHECKS = (
    Check("certificate", ("D070", "D071"), certificate, opens=False, outside=True),
    Check("address", ("D072",), address, opens=False, outside=True),
    Check("mail", ("D080",), mail, opens=False, outside=True, seconds=40.0),
)
