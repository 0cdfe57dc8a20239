"""折算: the loop that looks at the work list by itself. Nobody has to wake it, so no broker and no clock stops it."""

from __future__ import annotations

import threading
from typing import Final

from wxsvc.house import House
from wxsvc.worker.heartbeats import Heartbeats
from wxsvc.worker.timetable import FOLD

AFTER_FAILURE: Final = 2.0
"""Seconds until the next look after one that failed, as while the database is away."""


def fold_for_ever(house: House, ended: threading.Event) -> None:
    """Fold whatever waits, again and again; several processes may do so at once. ``wait`` goes by a steady clock."""
    beats = Heartbeats(house)
    while not ended.is_set():
        is_well = beats.run(FOLD.name, FOLD.job)
        ended.wait(FOLD.seconds if is_well else AFTER_FAILURE)
