"""What a command is given to read or write (命令行给出的文件): its name, and no more of it than the command can use."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import click


class GivenPath(click.Path):
    """A path that is not empty: a script's variable that was never set would otherwise mean the folder it runs in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Raises click.BadParameter for an empty one and what ``click.Path`` refuses."""
        if not os.fspath(value):
            self.fail("it is empty: a name is needed", param, ctx)
        return super().convert(value, param, ctx)


class Target(GivenPath):
    """A file to write: a new one, or one that it takes the place of; never a folder, a device or a pipe."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Raises click.BadParameter also for what a file cannot take the place of."""
        if os.path.exists(value) and not os.path.isfile(value):
            self.fail(f"{os.fspath(value)!r} is no file: it would be lost", param, ctx)
        return super().convert(value, param, ctx)


def content(path: Path | str, most: int) -> bytes:
    """What stands in the file, or on standard input for ``-``. Raises OSError; so do more than ``most`` bytes."""
    with click.open_file(os.fspath(path), "rb") as file:
        found: bytes = file.read(most + 1)
    if len(found) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(path))
    return found
