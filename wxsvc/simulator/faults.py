"""Faults that are asked for: an error, an HTML page, slowness, a reset, an answer lost on the way."""

import itertools
import threading
from dataclasses import dataclass, field

KINDS = ("error", "html", "slow", "reset", "lost")


@dataclass
class Fault:
    """What happens to the next calls whose path begins with ``path``.

    ``error`` answers ``code`` without doing anything; ``html`` answers 502 with a page; ``slow`` waits ``seconds``
    and then answers well; ``reset`` breaks the connection before, ``lost`` after the call has been carried out.
    """

    path: str
    kind: str
    code: int = -1
    seconds: float = 0.0
    times: int | None = 1
    """How often it strikes; None for ever."""
    number: int = field(default=0, compare=False)


class Faults:
    """The faults still waiting, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def add(
        self, path: str, kind: str = "error", *, code: int = -1, seconds: float = 0.0, times: int | None = 1
    ) -> Fault:
        """Ask for a fault; ``path`` may be a prefix such as ``/cgi-bin/``. Raises ValueError on an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}")
        fault = Fault(path, kind, code, seconds, times, next(self._numbers))
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything work again."""
        with self._lock:
            self._waiting.clear()

    def all(self) -> list[Fault]:
        """Return the faults still waiting."""
        with self._lock:
            return list(self._waiting)

    def take(self, path: str) -> Fault | None:
        """Return the fault that strikes this call, if any, and count it."""
        with self._lock:
            for fault in self._waiting:
                if path.startswith(fault.path):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self._waiting.remove(fault)
                    return fault
        return None
