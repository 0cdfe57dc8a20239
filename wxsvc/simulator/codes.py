"""Parametric QR codes: tickets, scenes, their end, and the picture."""

import io
from dataclasses import dataclass, replace

import qrcode

from wxsvc.simulator.call import Answer, Call, Endpoint
from wxsvc.simulator.clock import Clock
from wxsvc.simulator.refusal import Refusal
from wxsvc.simulator.serial import Serial

LONGEST = 2_592_000
DEFAULT_SECONDS = 60
TEMPORARY = {"QR_SCENE", "QR_STR_SCENE"}
PERMANENT = {"QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}
MOST_PERMANENT = 100_000


@dataclass(frozen=True)
class Code:
    """One code. ``scene`` is what comes back in the push; ``expires_at`` is None for a permanent code."""

    ticket: str
    url: str
    scene: str
    is_number: bool
    expires_at: float | None
    label: str = ""


def picture(text: str) -> bytes:
    """Return a PNG of a QR code."""
    buffer = io.BytesIO()
    qrcode.make(text, box_size=8, border=2).save(buffer)
    return buffer.getvalue()


class Codes:
    """Every code that was created. Source: "Parametric QR code" page."""

    def __init__(self, clock: Clock, serial: Serial) -> None:
        self._clock, self._serial = clock, serial
        self._codes: dict[str, Code] = {}

    def all(self) -> list[Code]:
        """Return the codes that can be scanned now, newest first."""
        return [code for code in reversed(self._codes.values()) if not self.is_over(code)]

    def is_over(self, code: Code) -> bool:
        """Tell whether a temporary code has reached its end."""
        return code.expires_at is not None and self._clock.now() >= code.expires_at

    def find(self, text: str) -> Code | None:
        """Return the newest code with this ticket, url, label or scene, expired or not."""
        for code in reversed(self._codes.values()):
            if text in (code.ticket, code.url, code.scene) or (text and text == code.label):
                return code
        return None

    def create(self, scene: str, *, is_number: bool = False, seconds: int | None = None, label: str = "") -> Code:
        """Make a code; without ``seconds`` it is permanent."""
        ticket = "gQ" + self._serial.text(94) + "=="
        expires_at = None if seconds is None else self._clock.now() + seconds
        code = Code(ticket, f"http://weixin.qq.com/q/{self._serial.text(24)}", scene, is_number, expires_at, label)
        self._codes[ticket] = code
        return code

    def label(self, code: Code, label: str) -> Code:
        """Give a code a name to be scanned by; it then stands before the others, like a new one."""
        del self._codes[code.ticket]
        named = self._codes[code.ticket] = replace(code, label=label)
        return named

    def endpoints(self) -> list[Endpoint]:
        """Creation needs a verified service account; the picture needs nothing."""
        return [
            Endpoint("/cgi-bin/qrcode/create", self._create, capability="codes"),
        ]

    def picture_of(self, ticket: str) -> bytes | None:
        """Return the PNG of a code, or None (404) for a ticket that does not exist or is over."""
        code = self._codes.get(ticket)
        return None if code is None or self.is_over(code) else picture(code.url)

    def _create(self, call: Call) -> Answer:
        action, info = call.body.get("action_name"), call.body.get("action_info")
        if action not in TEMPORARY | PERMANENT:
            raise Refusal(40052)
        scene, is_number = self._scene(action, info.get("scene") if isinstance(info, dict) else None)
        if action in PERMANENT:
            if sum(1 for code in self._codes.values() if code.expires_at is None) >= MOST_PERMANENT:
                raise Refusal(45009)
            code = self.create(scene, is_number=is_number)
            return {"ticket": code.ticket, "url": code.url}
        seconds = call.body.get("expire_seconds", DEFAULT_SECONDS)
        if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
            raise Refusal(40053)
        seconds = min(seconds, LONGEST)
        code = self.create(scene, is_number=is_number, seconds=seconds)
        return {"ticket": code.ticket, "expire_seconds": seconds, "url": code.url}

    @staticmethod
    def _scene(action: str, scene: object) -> tuple[str, bool]:
        if not isinstance(scene, dict):
            raise Refusal(40053)
        if "STR" in action:
            text = scene.get("scene_str")
            if not isinstance(text, str) or not 1 <= len(text) <= 64:
                raise Refusal(40053)
            return text, False
        number, most = scene.get("scene_id"), 2**32 - 1 if action == "QR_SCENE" else 100_000
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
            raise Refusal(40053)
        return str(number), True
