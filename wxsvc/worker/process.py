"""``wxsvc worker``: one process that folds, takes jobs from the broker, keeps the timetable, or several of these.

Everything in it is a thread: there is no child process whose death could go unseen.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from celery import signals

from wxsvc import observe
from wxsvc.end_signal import EndSignal
from wxsvc.house import House
from wxsvc.worker.celery import make_celery, timekeeping
from wxsvc.worker.folding import fold_for_ever
from wxsvc.worker.threads import Loop, Threads
from wxsvc.worker.timetable import FOLDING, WORK

GAVE_UP: Final = 1
"""Exit status of a worker that ended without having been told to."""
BESIDE: Final = 2
"""Threads that use the database beside those that do jobs: folding, and the timetable."""
ENDED_WITHIN: Final = 10
"""Seconds that each thread may take to end."""


def run(house: House, queues: Collection[str], concurrency: int, *, is_beat: bool) -> int:
    """Work until a signal ends it; returns the exit status. The database holds what is to be done all the while."""
    app = make_celery(house) if WORK in queues or is_beat else None
    loops: dict[str, Loop] = {}
    if FOLDING in queues:
        loops["folding"] = lambda ended: fold_for_ever(house, ended)
    if app is not None and is_beat:
        loops["beat"] = timekeeping(app, house)
    threads = Threads(**loops)
    told = EndSignal()
    if app is None or WORK not in queues:
        told.listen()
        threads.start()
        observe.logger("worker").info("ready", queues=sorted(queues))
        told.wait()
    else:
        signals.worker_shutting_down.connect(lambda **_: told.set(), weak=False)
        threads.start()
        arguments = ["--quiet", "worker", f"--loglevel={house.settings.log_level}", f"--concurrency={concurrency}"]
        app.worker_main([*arguments, "--pool", "threads", "--queues", WORK, "--without-gossip", "--without-mingle"])
    threads.stop(ENDED_WITHIN)
    house.database.dispose()
    return 0 if told.is_set() else GAVE_UP
