"""Calls with which an operator looks for trouble: addresses, the callback's reachability."""

from collections.abc import Callable

from wxsvc.simulator.call import Answer, Call, Endpoint
from wxsvc.simulator.refusal import Refusal

LOOPBACK = "127.0.0.1"


class Diagnostics:
    """Source: "Network communication check" and "WeChat server addresses" pages. All addresses are loopback."""

    def __init__(self, reaches_callback: Callable[[], bool]) -> None:
        self._reaches_callback = reaches_callback

    def endpoints(self) -> list[Endpoint]:
        """Three calls that every kind of account may make."""
        return [
            Endpoint("/cgi-bin/getcallbackip", self._addresses, "GET", body="none"),
            Endpoint("/cgi-bin/get_api_domain_ip", self._addresses, "GET", body="none"),
            Endpoint("/cgi-bin/callback/check", self._check),
        ]

    def _addresses(self, _call: Call) -> Answer:
        return {"ip_list": [LOOPBACK]}

    def _check(self, call: Call) -> Answer:
        action = call.text("action")
        if action not in ("dns", "ping", "all"):
            raise Refusal(40097)
        loss = "0%" if self._reaches_callback() else "100%"
        answer: dict[str, list[dict[str, str]]] = {}
        if action != "ping":
            answer["dns"] = [{"ip": LOOPBACK, "real_operator": "DEFAULT"}]
        if action != "dns":
            row = {"ip": LOOPBACK, "from_operator": "DEFAULT", "package_loss": loss, "time": "1.000ms"}
            answer["ping"] = [row]
        return dict(answer)
