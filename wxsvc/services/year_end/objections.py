"""得分异议: within the publicity a platform objects to a line of its own scorecard; an official answers with a reason.

Upholding changes no score by itself: what was wrong is mended where it stands (a ruling, a record, a filing), and the
line is counted anew; of a sealed year it is amended. Until every objection is answered the year is not sealed.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.platform import Platform, PlatformYear
from models.scorecard import ScoreLineRow
from models.stored_file import StoredFile
from models.terms import NoticePurpose, ObjectionState
from models.year_end import ScoreObjection
from scoring.scheme import Indicator
from scoring.scheme_files import indicator_of
from wxsvc.services import journal, notices
from wxsvc.services.actor import Actor
from wxsvc.services.counting import amendments
from wxsvc.services.demands import must_have_reason, must_say
from wxsvc.services.locks import hold_open, insert_once
from wxsvc.services.records import papers
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find
from wxsvc.services.year_end import publicities

LONGEST: Final = 1000


class ObjectionCase(Struct, frozen=True):
    """An objection with its platform, its line, what the line has now, and its paper."""

    objection: ScoreObjection
    platform: Platform
    line: Indicator
    points: Decimal | None
    """What the line has now: of a sealed card, since its amendments."""
    is_sealed: bool
    """What is wrong is mended by an amendment (更正) from now on."""
    paper: StoredFile | None

    @property
    def is_unmended(self) -> bool:
        """Upheld, and the line still has what it had: something is left to be put right."""
        return self.objection.state is ObjectionState.UPHELD and self.points == self.objection.points


def raise_objection(
    session: Session,
    platform_id: int,
    year: int,
    code: str,
    text: str,
    by: Actor,
    now: datetime,
    sha256: str | None = None,
) -> ScoreObjection:
    """提出异议 to one's own line, with a paper where there is one; the same again changes nothing.

    Raises ``Refused``: ``text_needed``, ``objection_too_long``, ``no_such_line``, ``unknown_file``, ``year_sealed``,
    ``publicity_none``, ``publicity_over``, ``objection_open`` while another to the line waits for its answer.
    """
    by.must_work_for(platform_id)
    hold_open(session, platform_id, year)
    publicities.must_be_running(session, year, now)
    must_say(text)
    if len(given := text.strip()) > LONGEST:
        raise Refused("objection_too_long", most=LONGEST)
    line = session.get(ScoreLineRow, (platform_id, year, code))
    if line is None:
        raise Refused("no_such_line")
    if sha256 is not None and session.get(StoredFile, sha256) is None:
        raise Refused("unknown_file")
    is_new = insert_once(
        session,
        ScoreObjection,
        platform_id=platform_id,
        year=year,
        code=code,
        points=line.points,
        text=given,
        sha256=sha256,
        raised_at=now,
        raised_by=by.person_id,
        state=ObjectionState.OPEN,
    )
    row = session.scalars(_waiting(platform_id, year, code)).one()
    if is_new:
        _note(session, row, "raised", by, now)
        notices.tell(session, NoticePurpose.SEALED, f"objection:{row.id}:raised", _facts(session, row, "objected"), now)
    elif (row.text, row.sha256) != (given, sha256):
        raise Refused("objection_open")
    return row


def withdraw(session: Session, objection_id: int, by: Actor, now: datetime) -> ScoreObjection:
    """撤回 by the platform, before it is answered; idempotent. ``Refused``: ``objection_answered``, ``not_found``."""
    row = find(session, ScoreObjection, objection_id)
    if by.platform_id != row.platform_id:
        raise Refused("not_found")
    by.must_work_for(row.platform_id)
    _hold(session, row)
    if row.state is ObjectionState.WITHDRAWN:
        return row
    if row.state is not ObjectionState.OPEN:
        raise Refused("objection_answered")
    _close(session, row, ObjectionState.WITHDRAWN, None, by, now)
    return row


def answer(
    session: Session, objection_id: int, *, is_upheld: bool, reason: str, by: Actor, now: datetime
) -> ScoreObjection:
    """成立 or 不成立, with a reason that the platform reads; the same answer again changes nothing.

    Raises ``Refused``: ``reason_needed``, ``objection_too_long``, ``objection_answered_before``,
    ``objection_withdrawn``.
    """
    by.must_be_province()
    row = find(session, ScoreObjection, objection_id)
    given = must_have_reason(reason)
    if len(given) > LONGEST:
        raise Refused("objection_too_long", most=LONGEST)
    _hold(session, row)
    state = ObjectionState.UPHELD if is_upheld else ObjectionState.DISMISSED
    if (row.state, row.answer) == (state, given):
        return row
    if row.state is ObjectionState.WITHDRAWN:
        raise Refused("objection_withdrawn")
    if row.state is not ObjectionState.OPEN:
        raise Refused("objection_answered_before")
    _close(session, row, state, given, by, now)
    facts = _facts(session, row, "answered") | {"is_upheld": is_upheld}
    key = f"objection:{row.id}:answered"
    notices.tell(session, NoticePurpose.SEALED, key, facts, now, platform_id=row.platform_id)
    return row


def of_year(session: Session, year: int) -> list[ObjectionCase]:
    """Every objection of the year, those that wait first, then the newest."""
    is_open = sa.case((ScoreObjection.state == ObjectionState.OPEN, 0), else_=1)
    return _cases(session, _query().where(ScoreObjection.year == year).order_by(is_open, ScoreObjection.id.desc()))


def of_platform(session: Session, platform_id: int) -> list[ObjectionCase]:
    """A platform's own, the newest first."""
    return _cases(session, _query().where(ScoreObjection.platform_id == platform_id).order_by(ScoreObjection.id.desc()))


def waiting_for(session: Session, platform_id: int, year: int, code: str) -> ScoreObjection | None:
    """The objection to a line that is not answered yet."""
    return session.scalar(_waiting(platform_id, year, code))


def case_of(session: Session, objection_id: int) -> ObjectionCase:
    """One objection; ``Refused("not_found")``."""
    found = _cases(session, _query().where(ScoreObjection.id == objection_id))
    if not found:
        raise Refused("not_found")
    return found[0]


def _waiting(platform_id: int, year: int, code: str) -> sa.Select[ScoreObjection]:
    return sa.select(ScoreObjection).where(
        ScoreObjection.platform_id == platform_id,
        ScoreObjection.year == year,
        ScoreObjection.code == code,
        ScoreObjection.state == ObjectionState.OPEN,
    )


_Asked: TypeAlias = sa.Select[ScoreObjection, Platform, Decimal, bool, StoredFile, str]


def _query() -> _Asked:
    of_line = sa.and_(
        ScoreLineRow.platform_id == ScoreObjection.platform_id,
        ScoreLineRow.year == ScoreObjection.year,
        ScoreLineRow.code == ScoreObjection.code,
    )
    of_year = sa.and_(PlatformYear.platform_id == ScoreObjection.platform_id, PlatformYear.year == ScoreObjection.year)
    return (
        sa.select(
            ScoreObjection,
            Platform,
            amendments.holding(ScoreObjection, ScoreLineRow.points),
            sa.func.coalesce(PlatformYear.is_sealed, sa.false()),
            StoredFile,
            papers.name_to(ScoreObjection.sha256, ScoreObjection.platform_id),
        )
        .join(Platform, Platform.id == ScoreObjection.platform_id)
        .outerjoin(ScoreLineRow, of_line)
        .outerjoin(PlatformYear, of_year)
        .outerjoin(StoredFile, StoredFile.sha256 == ScoreObjection.sha256)
    )


def _cases(session: Session, query: _Asked) -> list[ObjectionCase]:
    return [
        ObjectionCase(
            row,
            platform,
            indicator_of(platform.kind, row.year, row.code),
            points,
            is_sealed,
            papers.named(paper, name) if paper is not None else None,
        )
        for row, platform, points, is_sealed, paper, name in session.execute(query).all()
    ]


def _hold(session: Session, row: ScoreObjection) -> None:
    hold_open(session, row.platform_id, row.year)
    session.refresh(row)


def _close(
    session: Session, row: ScoreObjection, state: ObjectionState, given: str | None, by: Actor, now: datetime
) -> None:
    row.state, row.answer, row.closed_at, row.closed_by = state, given, now, by.person_id
    session.flush()
    _note(session, row, state.value, by, now)


def _facts(session: Session, row: ScoreObjection, deed: str) -> dict[str, object]:
    platform = session.get_one(Platform, row.platform_id)
    line = indicator_of(platform.kind, row.year, row.code)
    return {"deed": deed, "year": row.year, "platform": platform.name, "line": line.name, "objection_id": row.id}


def _note(session: Session, row: ScoreObjection, deed: str, by: Actor, now: datetime) -> None:
    about = (session, f"objection.{deed}", row.platform_id, row.year)
    journal.record_year(*about, by, now, indicator=row.code, objection_id=row.id)
