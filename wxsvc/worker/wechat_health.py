"""微信接口: asked every few minutes whether it answers us, so that the status page can tell without asking itself."""

from __future__ import annotations

from wxsvc.house import House


def ask(house: House) -> None:
    """Make the cheapest call there is. Raises ``WeChatError``: the job's heartbeat keeps what was wrong."""
    house.gateway.call("GET", "/cgi-bin/getcallbackip")
