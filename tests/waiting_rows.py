"""待审: what waits by the records' own rows, what the table of it has, and a database from before it was there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityPlatform
from models.review_desk import WaitingRecord
from models.terms import Stage
from wxsvc.services.records.kinds import KINDS
from wxsvc.services.reviewables import MODELS


def kept(session: Session) -> set[Any]:
    """What the table has, but for the hints."""
    row = WaitingRecord
    columns = row.subject, row.subject_id, row.version, row.platform_id, row.year, row.title, row.more, row.since
    return {tuple(each) for each in session.execute(sa.select(*columns))}


def of_records(session: Session) -> set[Any]:
    """What the table should have, by a look at every record."""
    found = set()
    for subject, model in MODELS.items():
        for row in session.scalars(sa.select(model).execution_options(populate_existing=True)):
            late = isinstance(row, Activity) and row.stage is Stage.APPROVED and any(_late_parts(session, row))
            if row.stage is Stage.SUBMITTED or late:
                title, *more = (getattr(row, name) for name in KINDS[subject].titled_by)
                called = (title, more[0] if more else "")
                since = row.submitted_at or row.created_at
                found.add((subject, row.id, row.version, row.platform_id, row.year, *called, since))
    return found


def _late_parts(session: Session, activity: Activity) -> list[bool]:
    asked = sa.select(ActivityPlatform.awaits_review).where(ActivityPlatform.activity_id == activity.id)
    return list(session.scalars(asked))


def former_schema(connection: sa.Connection) -> list[str]:
    """Statements that take away what the migration (0038) adds."""
    if connection.dialect.name == "sqlite":
        named = "select name from sqlite_master where type = 'trigger' and name like 'tr!_%!_waiting!_%' escape '!'"
        gone = [f"drop trigger {name}" for name in connection.exec_driver_sql(named).scalars()]
    else:
        named = "select proname from pg_proc where starts_with(proname, 'keep_waiting_')"
        gone = [f"drop function {name} cascade" for name in connection.exec_driver_sql(named).scalars()]
    assert len(gone) > len(MODELS)
    return [*gone, "drop table waiting_records"]
