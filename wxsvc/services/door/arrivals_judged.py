"""签到经过: how every company of an activity came, and what about it is doubtful; whoever came and is no 家次.

All rows are read at once, because a doubt about one is told from the others (who came two seconds before). A page then
shows a few of them, and only those are made ready for it. Signs rank the rows; they take none away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import compress, pairwise
from typing import Any, Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.activity import Activity
from models.call_back import CallBack
from models.checkin import Attendance, CheckIn, RefusedScan
from models.collaboration import Evidence
from models.dispute import Dispute
from models.enterprise import Enterprise
from models.person import Contact, Person
from models.platform import Platform
from models.roster import Roster
from models.terms import CallBackResult, DisputeState, DisputeSubject, Door, Subject
from scoring.readings import Readings
from scoring.terms import EvidenceItem
from wxsvc.services.counting import counted_enterprises
from wxsvc.services.counting.told_apart import Apart
from wxsvc.services.records.doubts import MANY_BY_ONE, NIGHT_SECONDS, QUICK_SECONDS
from wxsvc.services.regulation import platform_regions

LATE_GRADE: Final = 3
_DAY_SECONDS: Final = 86_400
_BEIJING_SECONDS: Final = 8 * 3600


class Sign(StrEnum):
    """What is doubtful about one check-in, the heaviest first."""

    DENIED = "denied"  # 回访否认
    DISPUTED = "disputed"  # 企业有异议
    QUICK = "quick"  # 与前一家相隔不到2秒
    SAME_PERSON = "same_person"  # 同一人代多家
    AT_NIGHT = "at_night"  # 凌晨
    LATE = "late"  # 事后补录
    BY_STAFF = "by_staff"  # 工作人员登记
    OUTSIDE = "outside"  # 登记在区域外


class JudgedArrival(Struct, frozen=True):
    """One check-in with the company, how it came, and what is doubtful; names of persons are sealed."""

    check_in_id: int
    enterprise_id: int
    enterprise_name: str
    code: str
    """统一社会信用代码, or the number of an older licence."""
    region_code: str | None
    checked_in_at: datetime
    door: Door
    evidence_grade: int
    scanned_by: str | None
    entered_by: str | None
    undone_at: datetime | None
    is_merged: bool
    """Set aside: the firm it was merged into holds the place."""
    voided_at: datetime | None
    void_reason: str | None
    reason: str | None
    """Why its company does not count for the platform."""
    call_back: CallBackResult | None
    call_note: str | None
    signs: tuple[Sign, ...]

    @property
    def is_live(self) -> bool:
        """Neither undone by its visitor nor voided by staff."""
        return self.undone_at is None and self.voided_at is None

    @property
    def counts(self) -> bool:
        """One 家次, as soon as the activity is approved."""
        return self.is_live and self.reason is None


class JudgedArrivals(Struct, frozen=True):
    """All of an activity, the doubtful first, then by time; what was taken out stands at the end.

    ``live`` are those that hold a place and were not taken out, as the statement told them. What a page shows of a
    check-in is made for the few that it shows (``some``).
    """

    ranked: tuple[tuple[Any, tuple[Sign, ...]], ...]
    """As the statement told them, with what is doubtful."""
    live: tuple[tuple[Any, tuple[Sign, ...]], ...]
    apart: Apart

    def some(self, first: int, number: int) -> tuple[JudgedArrival, ...]:
        """So many of them from the ``first`` on, which is 0."""
        return tuple(_judged(row, signs) for row, signs in self.ranked[first : first + number])

    @property
    def moments(self) -> list[tuple[datetime, bool]]:
        """When each live one came, and whether it bears a sign; not those of lists that were entered afterwards."""
        return [(row.checked_in_at, bool(signs)) for row, signs in self.live if row.has_moment]

    @property
    def doubtful(self) -> int:
        """How many live ones bear a sign."""
        return sum(bool(signs) for _, signs in self.live)

    @property
    def signs(self) -> list[tuple[Sign, int]]:
        """How many live ones bear each sign."""
        found = Counter(sign for _, signs in self.live for sign in signs)
        return [(sign, found[sign]) for sign in Sign if found[sign]]


class Came(StrEnum):
    """Why somebody who came, or tried to, is no check-in: 到场未计 · 扫码未成功."""

    PRESENT = "present"
    REFUSED = "refused"


class NotIn(Struct, frozen=True):
    """One arrival without a 家次 (到场), or one scan that was refused; ``reason`` is a word of Absence or Refusal."""

    how: Came
    reason: str
    at: datetime
    person: str | None
    """Sealed."""
    enterprise_name: str | None


def of_activity(session: Session, activity: Activity, platform: Platform, by: Readings) -> JudgedArrivals:
    """Every check-in of an activity as its platform's readings see it, undone ones too; one statement."""
    seen: dict[int, Any] = {}
    asked = _query(activity, platform, by)
    for row in session.connection().execute(asked):  # called twice, it stands twice, its last call first
        seen.setdefault(row.id, row)
    live = [row for row in seen.values() if row.is_live]
    quick = _quick(live)
    by_person = Counter(row.person_id for row in live if row.person_id is not None)
    many = {person_id for person_id, number in by_person.items() if number >= MANY_BY_ONE}
    judged = [(row, _signs(row, row.id in quick, row.person_id in many)) for row in seen.values()]
    counted = [row for row in live if row.reason is None]
    apart = Apart(
        len(counted),
        sum(row.is_sole_trader for row in counted),
        sum(row.is_outside for row in counted),
        sum(row.is_undecided for row in counted),
    )
    ranked = sorted(judged, key=_rank)
    return JudgedArrivals(tuple(ranked), tuple(ranked[: len(live)]), apart)


_WEIGHT: Final = {sign: weight for weight, sign in enumerate(Sign)}
_SIGNS: Final = tuple(Sign)


def _rank(judged: tuple[Any, tuple[Sign, ...]]) -> tuple[Any, ...]:
    row, signs = judged
    heaviest = _WEIGHT[signs[0]] if signs else len(_WEIGHT)
    return (not row.is_live, heaviest, -len(signs), row.checked_in_at, row.id)


def _signs(row: Any, is_quick: bool, is_many: bool) -> tuple[Sign, ...]:
    has_moment = row.has_moment
    holds = (  # in the order of the signs
        row.result is CallBackResult.DENIES,
        row.is_disputed,
        is_quick,
        is_many,
        has_moment and _second_of_day(row.checked_in_at) < NIGHT_SECONDS,
        row.evidence_grade >= LATE_GRADE,
        row.entered_by is not None and has_moment,
        row.is_outside,
    )
    return tuple(compress(_SIGNS, holds))


def _judged(row: Any, signs: tuple[Sign, ...]) -> JudgedArrival:
    return JudgedArrival(
        row.id,
        row.enterprise_id,
        row.name,
        row.uscc or row.licence_number or "",
        row.region_code,
        row.checked_in_at,
        row.door,
        row.evidence_grade,
        row.scanner,
        row.clerk,
        row.undone_at,
        row.set_aside_by is not None,
        row.voided_at,
        row.void_reason,
        row.reason,
        row.result,
        row.note,
        signs,
    )


def _quick(live: Iterable[Any]) -> set[int]:
    """Those that came within two seconds after another; a list entered afterwards does not say when people came."""
    moments = sorted((row.checked_in_at, row.id) for row in live if row.has_moment)
    near = timedelta(seconds=QUICK_SECONDS)
    return {after[1] for before, after in pairwise(moments) if after[0] - before[0] < near}


def _second_of_day(moment: datetime) -> int:
    return (int(moment.timestamp()) + _BEIJING_SECONDS) % _DAY_SECONDS


def _query(activity: Activity, platform: Platform, by: Readings) -> sa.Select[*tuple[Any, ...]]:
    scanner, clerk = aliased(Person), aliased(Person)
    undecided = platform_regions.undecided(platform)
    disputed = sa.exists().where(
        Dispute.subject == DisputeSubject.CHECK_IN,
        Dispute.subject_id == CheckIn.id,
        Dispute.state == DisputeState.OPEN,
    )
    return (
        sa.select(
            CheckIn.id,
            CheckIn.enterprise_id,
            CheckIn.person_id,
            CheckIn.checked_in_at,
            CheckIn.door,
            CheckIn.evidence_grade,
            CheckIn.entered_by,
            CheckIn.undone_at,
            CheckIn.set_aside_by,
            CheckIn.voided_at,
            CheckIn.void_reason,
            CheckIn.is_live.label("is_live"),
            (CheckIn.door != Door.SHEET).label("has_moment"),
            Enterprise.name,
            Enterprise.uscc,
            Enterprise.licence_number,
            Enterprise.region_code,
            counted_enterprises.why_not(counted_enterprises.at_activities(platform, by)).label("reason"),
            counted_enterprises.is_sole_trader.label("is_sole_trader"),
            undecided.label("is_undecided"),
            sa.and_(sa.not_(platform_regions.inside(platform)), sa.not_(undecided)).label("is_outside"),
            disputed.label("is_disputed"),
            scanner.name_sealed.label("scanner"),
            clerk.name_sealed.label("clerk"),
            CallBack.result,
            CallBack.note,
        )
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .outerjoin(scanner, scanner.id == CheckIn.person_id)
        .outerjoin(clerk, clerk.id == CheckIn.entered_by)
        .outerjoin(CallBack, sa.and_(CallBack.check_in_id == CheckIn.id, CallBack.result.is_not(None)))
        .where(CheckIn.ever_at(activity.id))
        .order_by(CheckIn.id, CallBack.called_at.desc())
    )


def not_in(session: Session, activity_id: int) -> Sequence[NotIn]:
    """Who came without a 家次, and which scans were refused and not made good since, by reason and time."""

    def told(table: Any, how: Came, reason: Any, at: Any, enterprise: Any) -> sa.Select[Any]:
        return (
            sa.select(
                sa.literal(how.value).label("how"),
                sa.cast(reason, sa.String).label("reason"),
                at.label("at"),
                Person.name_sealed.label("person"),
                Enterprise.name.label("enterprise_name"),
            )
            .select_from(table)
            .outerjoin(Person, Person.id == table.person_id)
            .outerjoin(Contact, sa.and_(Contact.person_id == table.person_id, Contact.is_current))
            .outerjoin(Enterprise, Enterprise.id == enterprise)
            .where(table.activity_id == activity_id)
        )

    present = told(Attendance, Came.PRESENT, Attendance.absence, Attendance.attended_at, Attendance.enterprise_id)
    refused = told(RefusedScan, Came.REFUSED, RefusedScan.refusal, RefusedScan.scanned_at, Contact.enterprise_id)
    both = sa.union_all(present, refused.where(RefusedScan.completed_by.is_(None))).subquery()
    rows = session.execute(sa.select(both).order_by(both.c.how, both.c.reason, both.c.at))
    return [NotIn(Came(row.how), row.reason, row.at, row.person, row.enterprise_name) for row in rows]


class Document(Struct, frozen=True):
    """A paper under an activity, or (no ``item``) a list that was entered afterwards and confirmed."""

    id: int
    created_at: datetime
    sha256: str | None
    title: str | None
    item: EvidenceItem | None
    link: str | None
    is_scan: bool | None


def documents(session: Session, activity_id: int) -> list[Document]:
    """Papers and confirmed lists of one activity, in order of arrival; one statement."""
    papers = sa.select(
        Evidence.id,
        Evidence.created_at,
        Evidence.sha256,
        Evidence.title,
        sa.cast(Evidence.item, sa.String).label("item"),
        Evidence.link,
        Evidence.is_scan,
    ).where(Evidence.subject == Subject.ACTIVITY, Evidence.subject_id == activity_id, Evidence.withdrawn_at.is_(None))
    lists = sa.select(
        Roster.id,
        Roster.confirmed_at.label("created_at"),
        Roster.sha256,
        *(sa.cast(sa.null(), sa.Text).label(name) for name in ("title", "item", "link")),
        sa.cast(sa.null(), sa.Boolean).label("is_scan"),
    ).where(Roster.activity_id == activity_id, Roster.confirmed_at.is_not(None), Roster.discarded_at.is_(None))
    both = sa.union_all(papers, lists).subquery()
    rows = session.execute(sa.select(both).order_by(both.c.created_at, both.c.id))
    return [
        Document(
            each.id,
            each.created_at,
            each.sha256,
            each.title,
            EvidenceItem(each.item) if each.item else None,
            each.link,
            each.is_scan,
        )
        for each in rows
    ]
