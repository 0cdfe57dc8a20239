"""The demo's data folder: made, recognised by its marker, and emptied only if it is ours."""

from __future__ import annotations

import shutil
from pathlib import Path

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


def is_seeded(folder: Path) -> bool:
    """Whether seeding came to its end here."""
    return (folder / _MARKER).read_text() == _SEEDED


def note_seeded(folder: Path) -> None:
    """Remember that everything is there."""
    (folder / _MARKER).write_text(_SEEDED)
