"""The table of one run of ``make bench``: what was measured, beside what is asked, and under which conditions."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = ROOT / "docs" / "speed.md"
README: Final = ROOT / "README.md"
BEGIN, END = "<!-- speed: made by make bench -->\n", "<!-- end of speed -->\n"


class Row(StrEnum):
    """The rows in their order; each is measured by one test at least."""

    HOT_PATH = "hot path with all checks, scans per second against the reference"
    FRESH = "the same on a fresh database: fifth pair against first"
    WEB_CPU = "CPU of the web processes per scan against the reference's"
    DATABASE_CPU = "CPU of PostgreSQL per scan against the reference's"
    STATEMENTS = "statements / commits per scan"
    HALL = "hall of 1,000 at once: slowest reply, late ones"
    HOT_ACTIVITY = "one hot activity against spread ones, scans per second"
    SCOREBOARD = "scan to scoreboard: idle · at 100 per second · under full load, p50 and longest"
    SCOREBOARD_COST = "what keeping the scoreboard costs the hot path under full load"
    RECOUNT = "full recount of 250 platforms against the bare grouped SQL"
    FOLD = "fold of one platform with 12,000 check-ins"
    LARGE = "scans per second with millions of rows against few"
    EMBEDDED = "embedded (SQLite) against PostgreSQL, scans per second"
    PAGE = "table of 250 platforms: p95, statements"
    DRILL_DOWN = "one activity with 3,000 check-ins under review: p95, statements"
    START_WEB = "CPU of `wxsvc web` with one process from its start to its first answer"
    START_SERVE = "the same of `wxsvc serve`"


ASKED: Final = {
    Row.HOT_PATH: "≥ 0.8 (aim 1.1)",
    Row.FRESH: "≥ 0.95",
    Row.WEB_CPU: "≤ 1.2 × (aim 1.0 ×)",
    Row.DATABASE_CPU: "–",
    Row.STATEMENTS: "1–2 / 1",
    Row.HALL: "< 1.5 s, 0 (aim < 1 s)",
    Row.HOT_ACTIVITY: "≥ 0.9",
    Row.SCOREBOARD: "≤ 1 s",
    Row.SCOREBOARD_COST: "≤ 1.1 ×",
    Row.RECOUNT: "≤ 4 ×, < 4 s (aim 2 ×)",
    Row.FOLD: "15 ms",
    Row.LARGE: "1 ± 0.1",
    Row.EMBEDDED: "≥ 0.5 (aim 0.8)",
    Row.PAGE: "150 ms (aim 50 ms), ≤ 12",
    Row.DRILL_DOWN: "150 ms (aim 50 ms), ≤ 12",
    Row.START_WEB: "< 1 s",
    Row.START_SERVE: "< 1 s",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much a run measures: the full one on a quiet machine, a small one as proof that everything works."""

    name: str
    pairs: int
    visitors: int
    """Visitors of each pair; each scans at ``SCENES`` activities."""
    history: int
    """Check-ins of the large database."""
    recounted: int
    halls: int
    probes: int


FULL: Final = Size("full", 7, 520, 3_000_000, 3_000_000, 3, 20)
SMALL: Final = Size("small", 5, 80, 100_000, 25_000, 1, 4)
SCENES: Final = 5


def size() -> Size:
    """What ``make bench SIZE=…`` asked for."""
    return SMALL if os.environ.get("WXSVC_TEST_BENCH") == SMALL.name else FULL


@dataclass(slots=True)
class Figures:
    """What a run has found so far."""

    rows: dict[Row, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    database: str = ""
    load: tuple[float, float] = (0.0, 0.0)

    def note(self, row: Row, found: str) -> None:
        """Fill a row of the table, and print it."""
        self.rows[row] = found
        print(f"\n{row}: {found}", end="")

    def tell(self, what: str, found: str) -> None:
        """A figure that nobody set a limit for, and print it."""
        self.others[what] = found
        print(f"\n{what}: {found}", end="")

    @property
    def missing(self) -> list[Row]:
        """Rows that this run has not measured."""
        return [row for row in Row if row not in self.rows]

    def table(self) -> str:
        """The table in Markdown, with its conditions."""
        lines = [self._conditions(), "", "| what | asked | measured |", "| --- | --- | --- |"]
        lines += [f"| {row} | {ASKED[row]} | {self.rows[row]} |" for row in Row if row in self.rows]
        lines += [f"| {what} | – | {found} |" for what, found in self.others.items()]
        return "\n".join(lines) + "\n"

    def _conditions(self) -> str:
        chosen = size()
        machine = f"{os.cpu_count()} cores ({_processor()}), {_memory()} GB"
        versions = ", ".join(f"{name} {version(name)}" for name in ("granian", "flask", "sqlalchemy", "psycopg"))
        return (
            f"`make bench SIZE={chosen.name}` on {datetime.now(UTC):%-d %B %Y}: {machine}, {platform.system()}, Python"
            f" {platform.python_version()}, {self.database}, {versions}. Clients, servers and database share the"
            f" machine; its load was {self.load[0]:.1f} before and {self.load[1]:.1f} after. Ratios are of runs in"
            f" turns, median (least–most) of {chosen.pairs} pairs of {chosen.visitors * SCENES:,} scans; absolute rates"
            " hold for this machine only."
        )


def spread(values: Iterable[float], form: str = ".2f") -> str:
    """Median, least and most."""
    found = sorted(values)
    return f"{median(found):{form}} ({found[0]:{form}}–{found[-1]:{form}})"


def quoted(readme: str, table: str) -> str:
    """The README with this table between its two marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, "README.md has no place for the table"
    return before + BEGIN + table + END + after


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
