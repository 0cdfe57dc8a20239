"""A process that is told to end does so, whenever the signal comes."""

from __future__ import annotations

import signal
import subprocess
import sys

WAITING = """
import os, signal, threading
from wxsvc.end_signal import EndSignal
ended = EndSignal().listen()
main = threading.main_thread().ident
threading.Timer({after}, signal.pthread_kill, (main, signal.{name})).start()
ended.wait()
"""


def test_it_ends_while_it_waits_and_before() -> None:
    for name in (signal.SIGTERM.name, signal.SIGINT.name):
        for after in (0, 0.05):
            command = [sys.executable, "-c", WAITING.format(after=after, name=name)]
            assert subprocess.run(command, timeout=30).returncode == 0
