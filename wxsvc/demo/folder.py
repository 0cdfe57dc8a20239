"""The demo's data folder: made, recognised by its marker, and emptied only if it is ours."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from wxsvc.clock import beijing_day
from wxsvc.demo import sample_notice
from wxsvc.demo.tables import table

_MARKER = "demo"
_SEEDED = "seeded"


class NotOurs(Exception):
    """The folder holds something that no demo has put there."""


def make_ready(folder: Path, fresh: bool) -> None:
    """Make the folder, or take over the one of an earlier demo; half-seeded and ``fresh`` ones are emptied first."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARKER).is_file():
            raise NotOurs(f"{folder} holds something else than a demo: name another folder with --data-dir")
        if fresh or not is_seeded(folder):
            shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _MARKER).touch()


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
