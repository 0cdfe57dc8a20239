"""One call of the API: what an endpoint is, what its handler is given and what it may answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wxsvc.simulator.refusal import Refusal


@dataclass(frozen=True)
class File:
    """Bytes that travel with a call or come back from one."""

    content: bytes
    content_type: str = "application/octet-stream"
    name: str = ""


@dataclass(frozen=True)
class Call:
    """A call after the gate: query, JSON body, upload, and the address the caller came from and asked for."""

    args: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    upload: File | None = None
    caller: str = "127.0.0.1"
    host_url: str = ""

    def text(self, name: str, code: int = 40097) -> str:
        """Return a string of the body; refuse with ``code`` when it is missing or of another type."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise Refusal(code)
        return value

    def number(self, name: str, code: int = 40097) -> int:
        """Return a whole number of the body, also when it is written as a string of digits."""
        value = self.body.get(name)
        if isinstance(value, str) and value.isdigit():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refusal(code)
        return value

    def texts(self, name: str, code: int, most: int) -> list[str]:
        """Return a list of 1 to ``most`` strings of the body."""
        value = self.body.get(name)
        if not isinstance(value, list) or not 0 < len(value) <= most or not all(isinstance(x, str) for x in value):
            raise Refusal(code)
        return value


Answer = dict[str, Any] | File
Handler = Callable[[Call], Answer]

OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
"""What a successful writing call answers."""


@dataclass(frozen=True)
class Endpoint:
    """A path of the API: its handler, the method it insists on, and what the gate checks before."""

    path: str
    handler: Handler
    method: str = "POST"
    token: bool = True
    capability: str | None = None
    body: str = "json"
