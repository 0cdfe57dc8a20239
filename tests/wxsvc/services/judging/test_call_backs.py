"""A sample for call-back is drawn by its seed and by nothing else; a result is written once, and over nobody's."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.call_back import CallBack
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.journal import LogEntry
from models.terms import CallBackResult, Role, Stage
from scoring.terms import PlatformKind
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.judging import call_backs
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases


def province(session: Session) -> tuple[Actor, list[Enterprise]]:
    """Two approved activities and one that waits; thirty firms at the first, ten of them at the second too."""
    city = builders.platform(session)
    county = builders.platform(session, kind=PlatformKind.COUNTY, region_code="430181")
    firms = [builders.enterprise(session) for _ in range(30)]
    held = [
        builders.activity(session, city, stage=Stage.APPROVED),
        builders.activity(session, county, stage=Stage.APPROVED),
        builders.activity(session, city, stage=Stage.SUBMITTED),
    ]
    for firm in firms:
        builders.check_in(session, held[0], firm)
    for firm in firms[:10]:
        builders.check_in(session, held[1], firm)
    builders.check_in(session, held[2], builders.enterprise(session))
    gone = builders.check_in(session, held[0], builders.enterprise(session))
    gone.voided_at, gone.void_reason = builders.NOW, "未到场"
    session.flush()
    return builders.staff(session, role=Role.REVIEWER), firms


def drawn(session: Session, sample_id: int) -> list[int]:
    query = sa.select(CallBack.check_in_id).where(CallBack.sample_id == sample_id).order_by(CallBack.position)
    return list(session.scalars(query))


def test_the_seed_alone_decides(db: Database, now: datetime) -> None:
    """Anybody can draw it again by hand; each enterprise is called once, and only for what was approved."""
    with db.transaction() as session:
        reviewer, firms = province(session)
        sample = call_backs.draw(session, 2026, None, 12, " 2026-11 ", reviewer, now)
        assert sample.drawn_from == 30
        ids = drawn(session, sample.id)
        of_approved = sa.select(CheckIn.id, CheckIn.enterprise_id).join(Activity, Activity.id == CheckIn.activity_id)
        approved = session.execute(of_approved.where(Activity.stage == Stage.APPROVED)).all()
        owner = {row.id: row.enterprise_id for row in approved}
        assert len({owner[each] for each in ids}) == 12
        assert {owner[each] for each in ids} <= {firm.id for firm in firms}
        by_hand, taken = [], set[int]()
        live = {each for each in owner if owner[each] in {firm.id for firm in firms}}
        for each in sorted(live, key=lambda key: sha256(f"2026-11:{key}".encode()).hexdigest()):
            if owner[each] not in taken:
                taken.add(owner[each])
                by_hand.append(each)
        assert ids == by_hand[:12]
        assert call_backs.draw(session, 2026, None, 12, "2026-11", reviewer, now) is sample
        other = call_backs.draw(session, 2026, None, 12, "2026-12", reviewer, now)
        assert drawn(session, other.id) != ids
        county = call_backs.draw(session, 2026, PlatformKind.COUNTY, 500, "2026-11", reviewer, now)
        assert (len(drawn(session, county.id)), county.drawn_from) == (10, 10)


@pytest.mark.parametrize(
    ("year", "wanted", "seed", "code"),
    [
        (2026, 0, "s", "sample_size"),
        (2026, 501, "s", "sample_size"),
        (2026, 5, "  ", "sample_seed"),
        (2026, 5, "s" * 65, "sample_seed"),
        (2027, 5, "s", "sample_of_nothing"),
    ],
)
def test_what_cannot_be_drawn(db: Database, now: datetime, year: int, wanted: int, seed: str, code: str) -> None:
    with db.transaction() as session:
        reviewer, _ = province(session)
        with pytest.raises(Refused) as refused:
            call_backs.draw(session, year, None, wanted, seed, reviewer, now)
        assert refused.value.code == code


def test_a_result_is_written_once_and_over_nobodys(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        reviewer, _ = province(session)
        clerk = builders.staff(session, builders.platform(session))
        sample = call_backs.draw(session, 2026, None, 3, "2026-11", reviewer, now)
        first = call_backs.calls(session, sample.id, 1, reviewer)[0].row

        def said(result: CallBackResult, note: str, version: int, by: Actor = reviewer) -> Any:
            return call_backs.record(session, first.id, result, note, version, by, now)

        for refused_as, attempt in (
            ("not_allowed", lambda: said(CallBackResult.DENIES, "", 1, clerk)),
            ("note_too_long", lambda: said(CallBackResult.DENIES, "长" * 501, 1)),
            ("edited_by_other", lambda: said(CallBackResult.DENIES, "", 7)),
        ):
            with pytest.raises(Refused) as refused:
                attempt()
            assert refused.value.code == refused_as
        said(CallBackResult.DENIES, "没有派人", 1)
        said(CallBackResult.DENIES, "没有派人", 1)  # the same form, sent twice
        with pytest.raises(Refused):
            said(CallBackResult.CONFIRMS, "", 1)
        said(CallBackResult.CONFIRMS, "", 2)
        (state,) = call_backs.samples(session, reviewer)
        assert (state.number, state.called, state.confirms, state.denies) == (3, 1, 1, 0)
        of_calls = sa.select(LogEntry.details).where(LogEntry.deed == "activity.called_back").order_by(LogEntry.id)
        deeds = session.scalars(of_calls).all()
        assert [each["result"] for each in deeds] == ["denies", "confirms"]


def test_whom_to_ask(db: Database, now: datetime) -> None:
    """The scanner if a phone is known, else a contact with one, else whoever scanned."""
    with db.transaction() as session:
        reviewer = builders.staff(session, role=Role.REVIEWER)
        held = builders.activity(session, builders.platform(session), stage=Stage.APPROVED)
        scanner, contact = builders.person(session), builders.person(session, phone_sealed="sealed")
        firm = builders.enterprise(session)
        builders.check_in(session, held, firm, scanner)
        sample = call_backs.draw(session, 2026, None, 1, "s", reviewer, now)

        def asked() -> Any:
            (call,) = call_backs.calls(session, sample.id, 1, reviewer)
            return call.person

        assert asked() is scanner
        builders.contact(session, contact, firm)
        assert asked() is contact
        scanner.phone_sealed = "sealed too"
        session.flush()
        assert asked() is scanner
