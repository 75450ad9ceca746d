"""What a page is opened with, as far as it says so itself: WeChat's own browser or another, on what kind of device.

It decides only what is shown, and how one pays. Who may see it is decided elsewhere: anybody can say anything here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import Request

from core.parties import Device

PHONE = re.compile(r"Android|iPhone|iPod|Mobile|HarmonyOS")
APPLE = re.compile(r"iPhone|iPad|iPod")


@dataclass(frozen=True)
class Browser:
    inside: bool  # WeChat's own
    apple: bool  # a phone or tablet of Apple's
    phone: bool

    def pays_on(self, among: Collection[Device], payer: str, address: str) -> Device | None:
        """Where it pays, by what a rail has: right here where it can, else by a picture for another phone.

        None where the rail has neither. WeChat must know who pays inside it, and from where a phone's browser asks.
        """
        here: Device = "inside" if self.inside else "phone" if self.phone else "scan"
        knows = {"inside": payer, "phone": address, "scan": "nothing"}[here]
        return here if here in among and knows else "scan" if "scan" in among else None


def browser_of(request: Request) -> Browser:
    said = request.headers.get("user-agent", "")
    return Browser("MicroMessenger" in said, bool(APPLE.search(said)), bool(PHONE.search(said)))
