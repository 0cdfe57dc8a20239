"""Needs and appeals: open, matched, closed with a result; a near-same one is flagged for the reviewer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from models.record import Need
from models.terms import NeedKind, NeedState, Subject
from models.work_list import Change
from tests import builders
from tests.wxsvc.services.record_cases import DAY, World, nobody, world
from wxsvc.db import Database
from wxsvc.services.records import needs, reviewed
from wxsvc.services.records.needs import NeedEntry
from wxsvc.services.refusal import Refused


def entry(w: World) -> NeedEntry:
    """A matching need of the world's enterprise."""
    return NeedEntry(NeedKind.MATCHING, w.enterprise.id, "430102", "寻找检测机构", "需要材料检测服务", DAY)


def add(w: World, what: NeedEntry) -> Need:
    """Add for the world's platform."""
    return needs.add(w.session, w.platform.id, what, w.owner, w.now)


def test_a_need_is_matched_then_closed(db: Database, now: datetime) -> None:
    """Each step keeps its result and moves the score once; repeated it changes nothing; closed is closed."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w, entry(w))
        session.execute(sa.delete(Change))
        with pytest.raises(Refused, match="need_not_matched"):
            needs.close(session, row.id, "已解决", w.owner, now)
        for _ in range(2):
            needs.match(session, row.id, "对接省检测院", w.colleague(), now)
        assert (row.state, row.result) == (NeedState.MATCHED, "对接省检测院")
        for _ in range(2):
            needs.close(session, row.id, "已签合同", w.owner, now)
        assert (row.state, row.result) == (NeedState.CLOSED, "已签合同")
        assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 2
        with pytest.raises(Refused, match="need_closed"):
            needs.match(session, row.id, "另一家", w.owner, now)


def test_an_appeal_may_be_answered_at_once(db: Database, now: datetime) -> None:
    """诉求 needs no partner, but a result."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w, replace(entry(w), kind=NeedKind.APPEAL))
        with pytest.raises(Refused, match="text_needed"):
            needs.close(session, row.id, " ", w.owner, now)
        assert needs.close(session, row.id, "已答复", w.owner, now).state is NeedState.CLOSED


def test_only_the_platforms_staff_move_an_open_need_of_an_open_year(db: Database, now: datetime) -> None:
    """Others are refused, and so is a void need and a sealed year."""
    with db.transaction() as session:
        w = world(session, now)
        row = add(w, entry(w))
        for other in (w.stranger(), w.reviewer, w.province, nobody()):
            with pytest.raises(Refused, match="not_allowed"):
                needs.match(session, row.id, "对接", other, now)
        void = add(w, replace(entry(w), title="另一项需求"))
        reviewed.withdraw(session, Subject.NEED, void.id, "录错了", w.owner, now)
        with pytest.raises(Refused, match="record_withdrawn"):
            needs.match(session, void.id, "对接", w.owner, now)
        builders.seal(session, w.platform)
        with pytest.raises(Refused, match="year_sealed"):
            needs.match(session, row.id, "对接", w.owner, now)


def test_a_near_same_need_within_thirty_days_is_flagged(db: Database, now: datetime) -> None:
    """Punctuation does not hide it; another enterprise, another text or a later month is no copy."""
    with db.transaction() as session:
        w = world(session, now)
        first = add(w, entry(w))
        near = replace(entry(w), content="需要材料检测服务。")
        assert add(w, near).possible_copy_of == first.id
        assert add(w, replace(near, raised_on=DAY - timedelta(days=30))).possible_copy_of == first.id
        assert add(w, replace(near, raised_on=DAY - timedelta(days=61))).possible_copy_of is None
        assert add(w, replace(near, enterprise_id=builders.enterprise(session).id)).possible_copy_of is None
        other = add(w, replace(entry(w), title="申请技改贷款", content="需要流动资金五百万元"))
        assert other.possible_copy_of is None
        copied = replace(entry(w), content="需要材料检测服务！")
        assert needs.correct(session, other.id, copied, 1, w.owner, now).possible_copy_of == first.id


def test_a_need_belongs_to_a_division(db: Database, now: datetime) -> None:
    """Six digits, nothing else."""
    with db.transaction() as session:
        w = world(session, now)
        for region in ("4301", "43010a", "４３０１０２"):
            with pytest.raises(Refused, match="wrong_region"):
                add(w, replace(entry(w), region_code=region))
