"""导入: load a bundle, all of it or nothing. Its rows' keys decide, so doing it twice changes nothing.

Everything is judged before anything is written, and every row that is wrong is named. One transaction, on SQLite
too, where scans wait until it ends: a large bundle is loaded while no activity is held.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from models.terms import Subject
from wxsvc.services import journal
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.counting import tallies
from wxsvc.services.imports.import_activities import Activities, concerned
from wxsvc.services.imports.import_checkins import CheckIns
from wxsvc.services.imports.import_enterprises import Enterprises, write_contacts
from wxsvc.services.imports.import_members import Members
from wxsvc.services.imports.import_people import Platforms, check_staff, write_persons, write_staff
from wxsvc.services.imports.import_rows import SectionCounts, Work
from wxsvc.services.imports.problems import ImportProblem
from wxsvc.services.imports.reading import SECTIONS, ReadBundle
from wxsvc.services.locks import lock_all
from wxsvc.services.years import year_of
from wxsvc.vault import Vault


class BadBundle(Exception):
    """The bundle is wrong and nothing was written; ``problems`` are all of them, in the order of the file."""

    def __init__(self, problems: list[ImportProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class ImportOutcome(Struct, frozen=True):
    """What came of an import, section by section."""

    platforms: SectionCounts
    staff: SectionCounts
    enterprises: SectionCounts
    contacts: SectionCounts
    activities: SectionCounts
    check_ins: SectionCounts
    doubtful: tuple[ImportProblem, ...] = ()
    """New names and codes of regions that look like none: loaded, and to be looked at."""

    def sections(self) -> dict[str, SectionCounts]:
        """The counts by section, in order."""
        return {name: getattr(self, name) for name in self.__struct_fields__ if name != "doubtful"}

    @property
    def is_new(self) -> bool:
        """Whether anything was written."""
        return any(counts.changed for counts in self.sections().values())


def load(
    session: Session,
    given: ReadBundle,
    now: datetime,
    *,
    vault: Vault,
    by: Actor = MACHINE,
    tick: Callable[[int], object] = lambda done: None,
) -> ImportOutcome:
    """Load what was read in the caller's transaction. Raises ``BadBundle`` before anything is written.

    ``tick`` is told how many rows were written with each batch.
    """
    by.must_be_province()
    lock_all(session, concerned(session, given.bundle))
    work = Work(session, given.bundle, given.named, now, tick)
    platforms = Platforms(work)
    check_staff(work, platforms)
    enterprises = Enterprises(work)
    members = Members(work, platforms, enterprises)
    activities = Activities(work, platforms)
    check_ins = CheckIns(work, platforms, enterprises, activities)
    if problems := given.problems + work.problems:
        raise BadBundle(sorted(problems, key=_place))
    platforms.write(by)
    persons = write_persons(work)
    enterprise_counts = enterprises.write()
    joined = members.write()
    loaded = ImportOutcome(
        platforms=platforms.counts(joined),
        staff=write_staff(work, persons, platforms, vault),
        enterprises=enterprise_counts,
        contacts=write_contacts(work, persons, enterprises.ids),
        activities=activities.write(by),
        check_ins=check_ins.write(persons),
        doubtful=tuple(sorted(work.doubtful, key=_place)),
    )
    if loaded.is_new:
        journal.touch(session, _to_recount(work, platforms, enterprises, activities, has_joined=bool(joined)), now)
        counts: dict[str, Any] = {name: asdict(counts) for name, counts in loaded.sections().items() if counts.changed}
        journal.record(session, "bundle.imported", Subject.IMPORT, None, by=by, now=now, **counts)
        session.flush()
    return loaded


def _to_recount(
    work: Work, platforms: Platforms, enterprises: Enterprises, activities: Activities, *, has_joined: bool
) -> set[tuple[int, int]]:
    """The platform-years whose score may move: every open one where the change bears on who counts."""
    found = {(platforms.ids[code], year) for code, year in activities.touched}
    found |= {(platforms.ids[values["code"]], year_of(work.now)) for values in platforms.plan.new}
    if platforms.is_rescored or enterprises.is_rescored or has_joined:
        sealed = {(platforms.ids[code], year) for code, year in platforms.sealed}
        found |= set(tallies.all_platform_years(work.session, work.now)) - sealed
    return found | enterprises.renamed_years()


def _place(problem: ImportProblem) -> tuple[int, int]:
    order = SECTIONS.index(problem.section) if problem.section in SECTIONS else -1
    return order, -1 if problem.index is None else problem.index
