"""合并单元格: which cells of a sheet show what stands in the first cell of a block that they were merged into."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from itertools import islice
from typing import IO, Final

_MERGED: Final = re.compile(
    rb'<(?:\w{1,9}:)?mergeCell\s[^<>]{0,99}?ref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"'
)
"""From the sign on that begins an element, and not far: texts may say the same word a hundred thousand times."""
_MOST_MERGED: Final = 5_000
_LONGEST_MERGED: Final = 200
_CHUNK: Final = 2**20


class MergedCells:
    """Cells that were merged with others above them (合并单元格): the file has what they show in the first one alone.

    A sheet names them behind its rows, so they are looked for before the rows are read.
    """

    def __init__(self, file: IO[bytes], most_columns: int) -> None:
        found = islice(_said_of_merging(file), _MOST_MERGED)
        self._most = most_columns
        self._blocks = sorted({(int(top), int(end), left, right) for left, top, right, end in found})
        self._ends: dict[int, int] = {}
        """Of each column the last row of the block that it is in."""

    def below(self, row: int) -> set[int]:
        """Places, from 0, in a row that are not the first of their block; rows are asked about in their order."""
        while self._blocks and self._blocks[0][0] < row:
            _, end, left, right = self._blocks.pop(0)
            first, last = (_column(letters) - 1 for letters in (left, right))
            for at in range(first, min(last + 1, self._most)):
                self._ends[at] = max(self._ends.get(at, 0), end)
        return {at for at, end in self._ends.items() if row <= end}


def _said_of_merging(file: IO[bytes]) -> Iterator[list[str]]:
    """The corners of merged blocks, ``A``, ``1``, ``B``, ``3``; some may come twice."""
    end = b""
    while chunk := file.read(_CHUNK):
        yield from ([each.decode() for each in found.groups()] for found in _MERGED.finditer(end + chunk))
        end = chunk[-_LONGEST_MERGED:]


def _column(letters: str) -> int:
    """``A`` is 1, ``AA`` is 27."""
    return reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0)
