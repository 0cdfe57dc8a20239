"""待审的记录: which rows a reviewer judges, how they are written, and whose score each of them may move.

A change compares version and stage in the very statement that writes, so two people never overwrite each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.activity import Activity, ActivityPlatform
from models.base import PlatformRecord
from models.collaboration import Evidence
from models.platform import Platform
from models.record import Need, Post
from models.terms import Stage, Subject
from scoring.terms import PlatformKind
from wxsvc.services import changed_rows, journal
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused, must_be_found

Record: TypeAlias = PlatformRecord
Reviewable: TypeAlias = PlatformRecord | Activity

RecordT = TypeVar("RecordT", bound=PlatformRecord)
Row = TypeVar("Row")
OwnedT = TypeVar("OwnedT", bound=PlatformRecord | Activity | Evidence | Post)


def _by_subject(models: Iterable[Any]) -> dict[Subject, Any]:
    """Each kind's table under its word, in the order of the words."""
    tables: dict[Subject, Any] = {}
    for model in models:
        if (other := tables.setdefault(model.SUBJECT, model)) is not model:
            raise ValueError(f"{other.__name__} and {model.__name__} are both the record kind {model.SUBJECT}")
    return {subject: tables[subject] for subject in Subject if subject in tables}


RECORDS: Final[Mapping[Subject, type[Record]]] = MappingProxyType(_by_subject(PlatformRecord.__subclasses__()))
"""Every kind of record that a platform enters, with its table."""

MODELS: Final[Mapping[Subject, type[Reviewable]]] = MappingProxyType({Subject.ACTIVITY: Activity, **RECORDS})
"""Everything that a reviewer judges: the records, and activities, which have a life of their own before review."""


def subject_of(row: Reviewable) -> Subject:
    """The kind of a row."""
    return row.SUBJECT


def find(session: Session, model: type[Row], row_id: int) -> Row:
    """The row; else ``Refused("not_found")``."""
    return must_be_found(session.get(model, row_id))


def find_own(session: Session, model: type[OwnedT], row_id: int, by: Actor) -> OwnedT:
    """The row, for the staff of its platform; else ``Refused``: ``not_found``, ``not_allowed``."""
    row = find(session, model, row_id)
    by.must_work_for(row.platform_id)
    return row


def with_platform(session: Session, subject: Subject, record_id: int) -> tuple[Reviewable, Platform] | None:
    """A record of any kind and whose it is; None where there is none."""
    model: Any = MODELS[subject]
    query = sa.select(model, Platform).join(Platform, Platform.id == model.platform_id).where(model.id == record_id)
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row is not None else None


def is_withdrawn(row: Reviewable) -> bool:
    """Void by the platform's own hand; what a reviewer voided, or an enterprise took back, stays void."""
    is_recalled = isinstance(row, Need) and row.recalled_at is not None
    return row.stage is Stage.VOID and row.reviewed_at is None and not is_recalled


def gone(row: Reviewable) -> Refused:
    """What a platform is told that goes on with a void record: what it took back itself it can submit again."""
    return Refused("record_withdrawn" if is_withdrawn(row) else "record_void")


def write(session: Session, row: Reviewable, **values: Any) -> None:
    """Write columns and the next version, unless somebody was faster: ``Refused("edited_by_other")``."""
    session.flush()
    model: Any = type(row)
    before = changed_rows.columns(row)
    written = session.scalar(
        sa.update(model)
        .where(model.id == row.id, model.version == row.version, model.stage == row.stage)
        .values(**values, version=row.version + 1)
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)
    if written is None:
        raise Refused("edited_by_other")
    changed_rows.written(session, row, before)


def concerned(session: Session, row: Reviewable) -> set[tuple[int, int]]:
    """The platform-years whose score a record may move.

    An activity's are all platforms with a confirmed part; a county's need may count for its prefecture too, as the
    reading ``county_need_counts_for_prefecture`` says.
    """
    if row.year is None:
        return set()
    concerning = {row.platform_id}
    if isinstance(row, Activity):
        concerning |= set(
            session.scalars(
                sa.select(ActivityPlatform.platform_id).where(
                    ActivityPlatform.activity_id == row.id, ActivityPlatform.confirmed_at.is_not(None)
                )
            )
        )
    elif isinstance(row, Need):
        county = aliased(Platform)
        concerning |= set(
            session.scalars(
                sa.select(Platform.id)
                .join(county, sa.func.substr(county.region_code, 1, 4) == sa.func.substr(Platform.region_code, 1, 4))
                .where(
                    county.id == row.platform_id,
                    county.kind == PlatformKind.COUNTY,
                    Platform.kind == PlatformKind.PREFECTURE,
                )
            )
        )
    return {(platform_id, row.year) for platform_id in concerning}


def note(
    session: Session,
    row: Reviewable,
    deed: str,
    by: Actor,
    now: datetime,
    *,
    also: Iterable[tuple[int, int]] = (),
    **details: Any,
) -> None:
    """Log the deed (``need.added``) and put every platform-year concerned on the work list."""
    journal.record_of(session, row, deed, by, now, **details)
    journal.touch(session, {*also, *concerned(session, row)}, now)


def move_papers(session: Session, row: Reviewable) -> None:
    """The evidence of a record follows it into its year."""
    session.execute(
        sa.update(Evidence)
        .where(Evidence.subject == subject_of(row), Evidence.subject_id == row.id)
        .values(year=row.year)
    )
