"""How the shop and the doubles listen."""

from __future__ import annotations

import asyncio
import socket

import pytest

from doubles.serving import listener
from mika.serving import listen


async def held_back(listening: socket.socket) -> bool:
    """Whether the second half of an answer waits until the first is acknowledged, 40 ms later."""
    accepted = asyncio.get_running_loop().create_future()

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(not writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(connected, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())
        answer = await accepted
        writer.close()
    return answer


@pytest.mark.parametrize("listening", [lambda: listen("127.0.0.1", 0), listener], ids=["shop", "doubles"])
async def test_answers_are_sent_at_once(listening):
    assert not await held_back(listening())


async def test_a_socket_that_names_no_protocol_holds_answers_back():
    plain = socket.socket()
    plain.bind(("127.0.0.1", 0))
    assert await held_back(plain)
