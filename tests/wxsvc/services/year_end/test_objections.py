"""得分异议: within the window, on the own line, once; answered with a reason; nothing of it in a sealed year."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from models.notice import Notice
from models.terms import ObjectionState
from models.year_end import ScoreObjection
from tests import builders
from tests.wxsvc.services.record_cases import paper
from tests.wxsvc.services.year_end.ending import (
    AFTER,
    LATER,
    YEAR,
    fold,
    published,
    rule_anew,
    seal,
    sealed,
    seen,
    settled,
)
from wxsvc.db import Database, violated
from wxsvc.services.counting import amendments
from wxsvc.services.refusal import Refused
from wxsvc.services.year_end import closing_steps, objections, publicities, sealing

TEXT = "网站全年更新，检查当日系服务器维护。"


def refused(call: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments, **more)
    return caught.value.code


@pytest.mark.both_databases
def test_a_platform_objects_and_an_official_answers(db: Database) -> None:
    """Each step once, with its notices; sealing waits for the answer."""
    with db.transaction() as session:
        e = published(session)
        place = (session, e.own.id, YEAR, "website")
        for _ in range(2):
            row = objections.raise_objection(*place, f" {TEXT} ", e.staff, AFTER, sha256=paper(session))
        assert (row.text, row.points, row.state) == (TEXT, Decimal(5), ObjectionState.OPEN)
        assert refused(sealing.ask, session, YEAR, seen(session), e.first, LATER) == "closing_objections"
        answer = {"is_upheld": False, "reason": "三次检查均无法访问", "now": LATER}
        assert refused(objections.answer, session, row.id, by=e.reviewer, **answer) == "not_allowed"
        assert refused(objections.answer, session, row.id, by=e.first, **answer | {"reason": " "}) == "reason_needed"
        for _ in range(2):
            objections.answer(session, row.id, by=e.first, **answer)
        assert (row.state, row.answer, row.closed_by) == ("dismissed", "三次检查均无法访问", e.first.person_id)
        other = answer | {"is_upheld": True}
        assert refused(objections.answer, session, row.id, by=e.second, **other) == "objection_answered_before"
        assert refused(objections.withdraw, session, row.id, e.staff, LATER) == "objection_answered"
        keys = set(session.scalars(sa.select(Notice.key).where(Notice.key.startswith("objection:"))))
        assert keys == {f"objection:{row.id}:raised", f"objection:{row.id}:answered"}
        assert not objections.case_of(session, row.id).is_unmended
        assert sealing.ask(session, YEAR, seen(session), e.first, LATER).seal_asked_at == LATER


def test_an_upheld_objection_is_unmended_until_the_line_moves(db: Database) -> None:
    """Upholding changes no score: the ruling is mended where it stands."""
    with db.transaction() as session:
        e = published(session)
        row = objections.raise_objection(session, e.own.id, YEAR, "website", TEXT, e.staff, AFTER)
        objections.answer(session, row.id, is_upheld=True, reason="重新检查", by=e.first, now=AFTER)
        assert objections.case_of(session, row.id).is_unmended
        rule_anew(session, e, Decimal(4))
        fold(session)
        (case,) = objections.of_year(session, YEAR)
        assert (case.is_unmended, case.points, case.platform.id) == (False, Decimal(4), e.own.id)
        assert objections.of_platform(session, e.other.id) == []


@pytest.mark.both_databases
def test_of_a_sealed_year_an_upheld_objection_is_mended_by_an_amendment(db: Database) -> None:
    """It is told after the seal as well, until the last amendment in force gives the line other points."""
    with db.transaction() as session:
        e = published(session)
        row = objections.raise_objection(session, e.own.id, YEAR, "website", TEXT, e.staff, AFTER)
        objections.answer(session, row.id, is_upheld=True, reason="重新检查", by=e.first, now=AFTER)
        seal(session, e)
        case = objections.case_of(session, row.id)
        assert (case.is_sealed, case.is_unmended, case.points) == (True, True, Decimal(5))
        assert closing_steps.of_year(session, YEAR, LATER).unmended == 1
        for points, unmended in ((Decimal(4), False), (Decimal(5), True), (Decimal(3), False)):
            amended = amendments.propose(session, e.own.id, YEAR, "website", points, "异议成立", e.first, LATER)
            amendments.confirm(session, amended.id, e.second, LATER)
            (case,) = objections.of_platform(session, e.own.id)
            assert (case.points, case.is_unmended) == (points, unmended)
            assert closing_steps.of_year(session, YEAR, LATER).unmended == unmended


def test_what_is_not_objected_to(db: Database) -> None:
    """Before and after the window, another's line, no such line, no text, too long a text, an unknown paper."""
    with db.transaction() as session:
        e = settled(session)
        ask = objections.raise_objection
        place = (session, e.own.id, YEAR)
        assert refused(ask, *place, "website", TEXT, e.staff, AFTER) == "publicity_none"
        publicities.open_for(session, YEAR, 7, seen(session), e.first, AFTER)
        assert refused(ask, *place, "website", TEXT, e.staff, LATER) == "publicity_over"
        assert refused(ask, *place, "nothing", TEXT, e.staff, AFTER) == "no_such_line"
        assert refused(ask, *place, "website", " ", e.staff, AFTER) == "text_needed"
        assert refused(ask, *place, "website", "长" * 1001, e.staff, AFTER) == "objection_too_long"
        assert refused(ask, *place, "website", TEXT, e.staff, AFTER, sha256="0" * 64) == "unknown_file"
        assert refused(ask, *place, "website", TEXT, builders.staff(session, e.other), AFTER) == "not_allowed"
        last_day = AFTER + timedelta(days=7, hours=14)
        assert ask(*place, "website", TEXT, e.staff, last_day).state is ObjectionState.OPEN


def test_a_withdrawn_objection_needs_no_answer(db: Database) -> None:
    """By the platform alone; idempotent; another may be raised then."""
    with db.transaction() as session:
        e = published(session)
        row = objections.raise_objection(session, e.own.id, YEAR, "website", TEXT, e.staff, AFTER)
        for other in (builders.staff(session, e.other), e.first):
            assert refused(objections.withdraw, session, row.id, other, AFTER) == "not_found"
        for _ in range(2):
            objections.withdraw(session, row.id, e.staff, AFTER)
        again = {"is_upheld": True, "reason": "核实", "by": e.first, "now": AFTER}
        assert refused(objections.answer, session, row.id, **again) == "objection_withdrawn"
        assert objections.raise_objection(session, e.own.id, YEAR, "website", TEXT, e.staff, AFTER).id != row.id
        assert publicities.running_of(session, e.own.id, AFTER) is not None
        assert publicities.running_of(session, e.own.id, LATER) is None


@pytest.mark.both_databases
def test_a_sealed_year_takes_no_objection(db: Database) -> None:
    """Refused by name; written past the services, by the guard."""
    with db.transaction() as session:
        e = sealed(session)
        place = (session, e.own.id, YEAR, "website", TEXT, e.staff, AFTER)
        assert refused(objections.raise_objection, *place) == "year_sealed"
        with pytest.raises(IntegrityError) as caught, session.begin_nested():
            session.add(
                ScoreObjection(
                    platform_id=e.own.id, year=YEAR, code="website", points=Decimal(1), text=TEXT, raised_at=AFTER
                )
            )
        assert violated(caught.value, "platform_year_sealed")
