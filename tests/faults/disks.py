"""Small disks of the test's own, which fill up. Only root may mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.real import missing

BLOCK = 2**16


class Disk:
    """A file system of a few megabytes."""

    def __init__(self, place: Path) -> None:
        self.place, self._ballast = place, place / "ballast"

    def fill(self) -> None:
        """Take whatever room is left."""
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(b"\0" * BLOCK)
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(b"\0" * 512)

    def free(self) -> None:
        """Give it back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Disk]:
    """A disk of this size at ``place``, for as long as the block lasts."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "wxsvc-test", str(place)]
    if os.getuid() != 0:
        missing("only root may mount a small disk")
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode != 0:
        missing(f"this machine mounts no small disk: {mounted.stderr.strip()}")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
