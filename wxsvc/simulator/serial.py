"""Random-looking strings and numbers that are the same for the same seed."""

import hashlib
import os
import string
import threading
from typing import TypeVar

Item = TypeVar("Item")
_LETTERS = string.ascii_letters + string.digits


class Serial:
    """A stream of nonces, tokens, tickets and ids; without a seed every stream is different."""

    def __init__(self, seed: str | None = None) -> None:
        self._seed = os.urandom(16) if seed is None else seed.encode()
        self._count = 0
        self._lock = threading.Lock()

    def data(self, size: int) -> bytes:
        """Return ``size`` bytes."""
        with self._lock:
            self._count += 1
            start = self._seed + self._count.to_bytes(8, "big")
        blocks = [hashlib.sha256(start + bytes([n])).digest() for n in range(size // 32 + 1)]
        return b"".join(blocks)[:size]

    def text(self, length: int, alphabet: str = _LETTERS) -> str:
        """Return ``length`` characters of the alphabet."""
        return "".join(alphabet[byte % len(alphabet)] for byte in self.data(length))

    def number(self, digits: int) -> int:
        """Return a number with exactly so many decimal digits."""
        floor = int(10 ** (digits - 1))
        return floor + int.from_bytes(self.data(16), "big") % (9 * floor)

    def shuffled(self, items: list[Item]) -> list[Item]:
        """Return the items in another order."""
        keys = [self.data(8) for _ in items]
        return [item for _, item in sorted(zip(keys, items, strict=True), key=lambda pair: pair[0])]
