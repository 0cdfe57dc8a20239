"""The demo's data folder: made, recognised by its marker, held by one demo at a time, emptied only if it is ours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from wxsvc.clock import beijing_day
from wxsvc.demo import sample_notice
from wxsvc.demo.tables import table

_MARKER = "demo"
_SEEDED = "seeded"


class NotOurs(Exception):
    """The folder holds something that no demo has put there, or another demo runs in it."""


@contextmanager
def held(folder: Path, fresh: bool) -> Iterator[None]:
    """Make the folder, or take over the one of an earlier demo, for as long as the block lasts.

    Half-seeded and ``fresh`` ones are emptied first. Raises NotOurs, and OSError where no folder can be made.
    """
    import fcntl

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held_by_us = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(held_by_us, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotOurs(
                f"another demo runs in {folder}: end it, or name another folder with --data-dir and a free --port"
            ) from None
        if any(folder.iterdir()):
            if not (folder / _MARKER).is_file():
                raise NotOurs(f"{folder} holds something else than a demo: name another folder with --data-dir")
            if fresh or not is_seeded(folder):
                _empty(folder)
        (folder / _MARKER).touch()
        yield
    finally:
        os.close(held_by_us)


def _empty(folder: Path) -> None:
    """Remove all that is in it, the marker last. The folder itself stays: it is what is held."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name == _MARKER):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def put_notice(folder: Path) -> Path:
    """Put a notice of next year's holidays there, to be loaded by hand; where it is."""
    year = beijing_day(datetime.now(UTC)).year + 1
    path: Path = folder / table("province")["notice"]["file"].format(year=year)
    path.write_text(sample_notice.notice(year) or "", encoding="utf-8")
    return path


def is_seeded(folder: Path) -> bool:
    """Whether seeding came to its end here."""
    return (folder / _MARKER).read_text() == _SEEDED


def note_seeded(folder: Path) -> None:
    """Remember that everything is there."""
    (folder / _MARKER).write_text(_SEEDED)
