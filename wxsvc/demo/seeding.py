"""Seeding (造数): the whole province's year through the services, the same at every seeding of one day.

The clerk's platform comes first, and with it everything that the phones show; the other platforms follow, in short
transactions, so that they can be seeded while the product serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.collaboration import Assignment
from models.notice import Delivery, Notice, NoticeRead
from models.person import StaffRole
from models.terms import DeliveryState, Role
from wxsvc.clock import Clock, beijing_day
from wxsvc.db import Database
from wxsvc.demo import (
    seed_activities,
    seed_doubts,
    seed_last_year,
    seed_month_ends,
    seed_open_matters,
    seed_people,
    seed_records,
    seed_rulings,
)
from wxsvc.demo.seed_calendar import DemoYear
from wxsvc.demo.seed_context import SeedContext, Transactions, random_for
from wxsvc.demo.seed_people import Province, SeedPlatform
from wxsvc.demo.tables import table
from wxsvc.files import Files, KeptFile
from wxsvc.services.counting import folding
from wxsvc.services.judging import verdict_steps
from wxsvc.services.years import year_of
from wxsvc.vault import Vault

Step = Callable[[], object]

_OTHER_STEPS: Final = 7
"""Steps of one platform beside those of its activities."""
_OPEN_TODAY: Final = 6
"""One platform of so many has an activity today."""
_DOUBTFUL: Final = 9
"""One platform of so many has an activity that is to be looked at twice."""
_UNREAD: Final = timedelta(days=3)
"""Notices of these days have not been read yet."""


@dataclass(frozen=True)
class Seeds:
    """What seeding works with."""

    database: Database
    files: Files
    vault: Vault
    clock: Clock


def people(seeds: Seeds) -> Province:
    """Platforms, staff, enterprises: loaded unless they are there."""
    now = seeds.clock.now()
    with seeds.database.transaction() as session:
        if not seed_people.known(session).platforms:  # what an earlier year loaded is sealed by now
            seed_people.load(session, now, random_for("province"), seeds.vault)
    with seeds.database.read() as session:
        return seed_people.known(session)


class Seeding:
    """One seeding of the province, or of its first ``most`` platforms. All that it writes is dated before it began.

    ``step`` is called after each step; what it raises ends the seeding.
    """

    def __init__(self, seeds: Seeds, province: Province, step: Step, most: int | None = None) -> None:
        self._seeds, self._province, self._step = seeds, province, step
        self._platforms, self._now = province.platforms[:most], seeds.clock.now()
        said = table("province")
        self._clerks, self._visitor = province.platform(said["clerk"]["platform"]), said["phones"]["visitor"]["openid"]
        self._photos: dict[int, KeptFile] = {}
        self._assignment: Assignment | None = None

    def all(self) -> None:
        """The whole year, every score counted."""
        self.clerks_platform()
        self.other_platforms()
        self._fold()

    def clerks_platform(self) -> None:
        """The year of the platform that the phones show, and what is open there now; every platform has a score."""
        calendar = DemoYear(_minute(self._now), random_for("province"))
        with self._seeds.database.transaction() as session:
            seed_records.add_assignments(session, self._province, calendar)
            seed_rulings.set_period(session, self._province, calendar)
            self._assignment = seed_open_matters.add_assignment(session, self._province, calendar)
        with self._transactions() as transactions:
            seed = self._context(transactions, self._clerks)
            self._add_year(seed)
            seed_open_matters.add_of_clerk(seed, self._visitor)
            seed_doubts.add(seed_open_matters.own_chance(seed, "doubts"))
            self._mark_read(seed.session, self._clerks)
        self.open_today()
        self._fold()

    def other_platforms(self) -> None:
        """The year of every other platform."""
        for number, platform in enumerate(self._platforms):
            if platform != self._clerks:
                with self._transactions() as transactions:
                    seed = self._context(transactions, platform)
                    self._add_year(seed)
                    if number % _OPEN_TODAY == 0:
                        seed_activities.add_today(seed)
                    seed_open_matters.add(seed)
                    if number % _DOUBTFUL == 0:
                        seed_doubts.add(seed_open_matters.own_chance(seed, "doubts"))
                    self._mark_read(seed.session, platform)
        self._close_last_year()
        with self._seeds.database.transaction() as session:
            others = [each for each in self._platforms if each != self._clerks]
            seed_rulings.propose_batch(session, self._province, others, self._now)
        for platform in self._platforms:
            with self._seeds.database.transaction() as session:
                seed_month_ends.add(session, platform, beijing_day(self._now))

    def open_today(self) -> None:
        """Let something be open at the clerk's platform now, unless something is."""
        with self._seeds.database.read() as session:
            if seed_activities.running(session, self._now, self._clerks.id):
                return
        with self._transactions() as transactions:
            seed_activities.add_today_of_clerk(self._context(transactions, self._clerks), self._visitor)

    def sizes(self) -> tuple[int, int]:
        """How often ``step`` is called by :meth:`clerks_platform` and :meth:`other_platforms`, about."""
        of_each = {each.code: len(seed_activities.plan(each.kind)) + _OTHER_STEPS for each in self._platforms}
        first = of_each.pop(self._clerks.code)
        return first, sum(of_each.values())

    def _add_year(self, seed: SeedContext) -> None:
        seed_activities.add(seed)
        seed_records.add(seed)
        seed_records.add_collaboration(seed)
        seed_rulings.add(seed, is_spared=seed.platform == self._clerks)

    def _close_last_year(self) -> None:
        today = beijing_day(self._now)
        with self._seeds.database.read() as session:
            is_due = seed_last_year.is_due(session, today)
        if is_due:
            seed_last_year.close(self._of_the_past, self._province, today, self._step)
            with self._of_the_past() as session:
                for platform in self._province.platforms:
                    self._mark_read(session, platform)

    @contextmanager
    def _of_the_past(self) -> Iterator[Session]:
        """A transaction none of whose notices is sent."""
        with self._seeds.database.transaction() as session:
            yield session
            self._deliver_notices(session)

    def _fold(self) -> None:
        """Count every score, so that no page lacks one."""
        now = self._seeds.clock.now
        folding.fold_waiting(self._seeds.database, now, took=lambda _seconds: self._step())
        ids = [platform.id for platform in self._province.platforms]
        folding.make_missing(self._seeds.database, ids, year_of(now()), now)

    def _transactions(self) -> Transactions:
        return Transactions(self._seeds.database, self._deliver_notices, self._step)

    def _context(self, transactions: Transactions, platform: SeedPlatform) -> SeedContext:
        chance = random_for(platform.code)
        return SeedContext(
            transactions=transactions,
            province=self._province,
            platform=platform,
            calendar=DemoYear(_minute(self._now), chance),
            files=self._seeds.files,
            photos=self._photos,
            assignment=self._assignment,
            chance=chance,
            diligence=min(1.05, max(0.45, chance.gauss(0.8, 0.17))),
        )

    def _deliver_notices(self, session: Session) -> None:
        """Mark as delivered what was told before the demo began: nothing about the past is sent."""
        session.flush()
        while verdict_steps.tell_due(session, self._now):
            pass
        is_past = sa.select(Notice.id).where(Notice.id == Delivery.notice_id, Notice.made_at <= self._now).exists()
        session.execute(
            sa.update(Delivery)
            .where(Delivery.state == DeliveryState.WAITING, is_past)
            .values(state=DeliveryState.ARRIVED, finished_at=self._now)
            .execution_options(synchronize_session=False)
        )

    def _mark_read(self, session: Session, platform: SeedPlatform) -> None:
        """The staff have read what they were told, but for the last days."""
        of_platform = sa.and_(Notice.platform_id == platform.id, StaffRole.platform_id == Notice.platform_id)
        of_province = sa.and_(
            Notice.platform_id.is_(None), Notice.person_id.is_(None), StaffRole.role.in_([Role.REVIEWER, Role.PROVINCE])
        )
        is_read = sa.select(NoticeRead.notice_id).where(
            NoticeRead.notice_id == Notice.id, NoticeRead.person_id == StaffRole.person_id
        )
        readers = (
            sa.select(Notice.id, StaffRole.person_id, Notice.made_at)
            .join(StaffRole, sa.or_(of_platform, of_province))
            .where(Notice.made_at < self._now - _UNREAD, StaffRole.ended_at.is_(None), ~is_read.exists())
        )
        session.execute(sa.insert(NoticeRead).from_select(["notice_id", "person_id", "read_at"], readers))


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
