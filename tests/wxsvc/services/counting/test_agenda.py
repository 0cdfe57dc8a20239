"""今天要办的活动: each activity stands in one list, with what it lacks."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.terms import Role, Stage
from scoring.terms import Part
from tests import builders
from wxsvc.db import Database
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import agenda
from wxsvc.services.regulation import readings


def titles(rows: object) -> list[str]:
    return [getattr(row, "activity", row).title for row in rows]  # type: ignore[attr-defined]


def test_each_activity_stands_where_it_wants_a_hand(db: Database, now: datetime) -> None:
    yesterday = {"starts_at": now - timedelta(days=1, hours=2), "ends_at": now - timedelta(days=1)}
    tomorrow = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=1, hours=2)}
    far = {"starts_at": now + timedelta(days=20), "ends_at": now + timedelta(days=20, hours=2)}
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session)
        builders.activity(session, own, title="正在办")
        builders.activity(session, own, title="缺三样", **yesterday)
        whole = builders.activity(session, own, title="只缺照片", summary=builders.SUMMARY, **yesterday)
        builders.check_in(session, whole, builders.enterprise(session))
        builders.activity(session, own, title="已交缺样", stage=Stage.SUBMITTED, **yesterday)
        done = builders.activity(
            session, own, title="已交齐全", stage=Stage.SUBMITTED, summary=builders.SUMMARY, **yesterday
        )
        builders.check_in(session, done, builders.enterprise(session))
        builders.photo(session, done)
        builders.activity(session, own, title="明天", **tomorrow)
        builders.activity(session, own, title="太远", **far)
        builders.activity(session, own, title="已通过", stage=Stage.APPROVED, **yesterday)
        builders.joined(session, builders.activity(session, other, title="别人的", **yesterday), own)
        builders.activity(session, own, title="延时签到", **yesterday, closes_at=now + timedelta(minutes=5))
        own_id = own.id
    with db.transaction() as session:
        found = agenda.of(session, own_id, now)
        assert titles(found.live) == ["延时签到", "正在办"]
        assert titles(found.unfinished) == ["只缺照片", "缺三样"]
        assert [each.lacks for each in found.unfinished] == [("photos",), ("enterprises", "photos", "summary")]
        assert found.unfinished[0].activity.enterprises == 1
        assert titles(found.lacking) == ["已交缺样"]
        assert titles(found.coming) == ["明天"]
        province = builders.staff(session, role=Role.PROVINCE)
        readings.decide(session, now.year, own.kind, "complete_photos", "0", "会议决定", province, now)
        generous = agenda.of(session, own_id, now)
        assert titles(generous.unfinished)[0] == "只缺照片"
        assert generous.unfinished[0].lacks == ()


def test_the_count_follows_the_readings_of_the_activitys_year(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        own = builders.platform(session)
        held = builders.activity(session, own)
        builders.check_in(session, held, builders.enterprise(session, uscc=builders.uscc(start="92430100")))
        builders.check_in(session, held, builders.enterprise(session))
        readings.decide(session, 2026, own.kind, "sole_traders_count", "false", "试行", MACHINE, now)
        own_id = own.id
    with db.read() as session:
        assert [row.enterprises for row in agenda.of(session, own_id, now).live] == [1]


def test_who_was_asked_is_asked_until_they_answer(db: Database) -> None:
    with db.transaction() as session:
        own, other = builders.platform(session), builders.platform(session, name="株洲市窗口平台")
        joint = builders.activity(session, other, title="联合对接会")
        part = builders.joined(session, joint, own, Part.ASSIST, is_confirmed=False)
        (found,) = agenda.asked(session, own.id)
        assert (found.activity.title, found.host.name, found.part) == ("联合对接会", "株洲市窗口平台", Part.ASSIST)
        part.confirmed_at = builders.NOW
        session.flush()
        assert agenda.asked(session, own.id) == []
