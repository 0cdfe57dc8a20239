"""A clock that processes of the product have, and the test turns."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final

from tests.real import missing

SOURCE: Final = Path(__file__).with_name("turned.c")
SECOND: Final = 10**9


class Turned:
    """How far the clocks are off; whoever runs with them sees it at once."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            missing("no C compiler, which makes the clock that can be turned: install the package gcc")
        self._library, self._place = folder / "turned.so", folder / "clock"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self._library, SOURCE, "-ldl"], check=True)
        self._place.write_bytes(bytes(16))

    @property
    def environment(self) -> dict[str, str]:
        """What a process is started with that has these clocks."""
        return {"LD_PRELOAD": str(self._library), "WXSVC_TEST_CLOCK": str(self._place)}

    def set(self, wall: int, steady: int = 0) -> None:
        """Turn the clocks so many seconds from the true time; nobody can turn the steady one but by waiting."""
        with self._place.open("r+b") as place:
            place.write(struct.pack("=qq", wall * SECOND, steady * SECOND))
