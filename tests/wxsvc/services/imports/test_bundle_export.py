"""A year as a bundle: exported and imported into an empty database it counts the same; what it leaves out is named."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.activity import ActivityPhoto
from models.regulation import ReadingDecision
from models.terms import Role, Stage
from scoring.terms import Part, PlatformKind
from tests import builders, databases, random_province
from tests.builders import NOW
from tests.databases import put_sqlite
from tests.wxsvc.services.bundle_cases import imported
from wxsvc import wording
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tally_list
from wxsvc.services.imports import bundle_export
from wxsvc.services.imports.bundle_export import Exported
from wxsvc.services.people import enterprise_merges

pytestmark = pytest.mark.both_databases


def later() -> Any:
    return NOW + timedelta(days=2)


def exported(db: Database, year: int = 2026) -> Exported:
    with db.snapshot() as session:
        return bundle_export.of_year(session, year)


def counted(db: Database) -> dict[str, tuple[Any, Any, Any]]:
    """Every platform's tally, what is pending and what it scored, by its code."""
    return {
        each["code"]: (each["tally"], each["pending_participations"], each["scorecard"]["total"])
        for each in tally_list.entries(db, later, 2026)
    }


def emptied(db: Database) -> None:
    """The same database without rows, as an import into another one finds it; with all its guards."""
    if db.is_sqlite:
        put_sqlite(db)
    else:
        databases.emptied(db)


def settle(db: Database) -> None:
    """Everything that a bundle can carry: three kinds, members, a joint activity, stages, licences, late entries."""
    with db.transaction() as session:
        own = builders.platform(session, code="430100")
        cluster = builders.platform(session, code="J-1", kind=PlatformKind.CLUSTER, region_code="430200")
        firms = [builders.enterprise(session, region_code="430102") for _ in range(6)]
        member = builders.enterprise(session, region_code=None)
        merged = builders.enterprise(session, merged_into_id=firms[0].id)
        old = builders.enterprise(session, uscc=None, licence_number="430100123")
        operator = builders.enterprise(session)
        own.operator_uscc = operator.uscc
        session.execute(sa.text(f"insert into cluster_members values ({cluster.id}, {member.id})"))  # noqa: S608
        approved = builders.activity(session, own, stage=Stage.APPROVED, reviewed_at=NOW, summary=builders.SUMMARY)
        builders.joined(session, approved, cluster, part=Part.UNDERTAKE)
        for firm in (*firms[1:], merged, member, old, operator):
            builders.check_in(session, approved, firm)
        builders.check_in(session, approved, firms[0], undone_at=NOW)
        waiting = builders.activity(session, own, stage=Stage.SUBMITTED, submitted_at=NOW)
        late = approved.closes_at + timedelta(hours=3)
        builders.check_in(session, waiting, firms[2], checked_in_at=late, received_at=late)
        builders.check_in(session, waiting, firms[3], voided_at=NOW, void_reason="误签")
        builders.activity(session, cluster, stage=Stage.PUBLISHED)


def test_a_year_that_was_exported_counts_the_same(db: Database) -> None:
    settle(db)
    first, found = exported(db), counted(db)
    assert found["430100"][0]["counted"]["activity_participations"] == 7, "six firms and the member"
    assert found["430100"][1] == 1
    assert first.left_out == {"voided_check_ins": 1, "own_people": 1}
    emptied(db)
    imported(db, json.loads(json.dumps(first.content)), later())
    assert counted(db) == found
    assert exported(db) == Exported(first.content, {})


def test_firms_merged_since_the_seal_are_one_in_the_copy(db: Database) -> None:
    """The seal keeps both check-ins at one activity; a bundle has the kept firm once, and says so."""
    with db.transaction() as session:
        own = builders.platform(session, code="430100")
        held = builders.activity(session, own, stage=Stage.APPROVED, reviewed_at=NOW)
        first, second, other = (builders.enterprise(session) for _ in range(3))
        for minute, firm in enumerate((first, second, other)):
            builders.check_in(session, held, firm, checked_in_at=held.starts_at + timedelta(minutes=minute))
        builders.seal(session, own)
        enterprise_merges.merge(session, second.id, first.id, "同一家企业", Actor(None, Role.REVIEWER), NOW)
    found = exported(db)
    assert found.left_out["merged_check_ins"] == 1
    emptied(db)
    imported(db, json.loads(json.dumps(found.content)), later())
    assert exported(db) == Exported(found.content, {})


def test_a_part_that_awaits_the_reviewer_counts_no_sooner_in_the_copy(db: Database) -> None:
    with db.transaction() as session:
        own, other = (builders.platform(session, code=code) for code in ("430100", "430200"))
        held = builders.activity(session, own, stage=Stage.APPROVED, reviewed_at=NOW)
        builders.joined(session, held, other).awaits_review = True
        builders.check_in(session, held, builders.enterprise(session))
    first, found = exported(db), counted(db)
    assert first.left_out["late_parts"] == 1
    emptied(db)
    imported(db, json.loads(json.dumps(first.content)), later())
    assert {code: tally for code, (tally, _, _) in counted(db).items()} == {
        code: tally for code, (tally, _, _) in found.items()
    }


def test_what_pages_take_an_import_takes(db: Database) -> None:
    """The longest texts of the form, signs as Word leaves them, and members of what is a park no longer."""
    with db.transaction() as session:
        own = builders.platform(session, code="430371", kind=PlatformKind.COUNTY, region_code="430371")
        listed = builders.enterprise(session)
        session.execute(sa.text(f"insert into cluster_members values ({own.id}, {listed.id})"))  # noqa: S608
        own.code, own.region_code, own.phone = "430302", "430302", "0731-1\t转2"
        texts = {"title": "对接\t会", "place": "楼" * 300, "organisers": "甲\n乙", "content": "一\x0b二\n三"}
        builders.activity(session, own, stage=Stage.APPROVED, reviewed_at=NOW, **texts)
    found = exported(db)
    emptied(db)
    imported(db, json.loads(json.dumps(found.content)), later())
    assert exported(db) == Exported(found.content, {})
    assert found.content["activities"][0]["title"] == "对接 会"
    assert found.content["activities"][0]["content"] == "一二\n三"


def test_what_a_bundle_cannot_carry_is_named(db: Database) -> None:
    """A province by chance, by the default readings: 家次 stand on activities and check-ins alone, so they agree."""
    with db.transaction() as session:
        random_province.settle(session, 7)
        session.execute(sa.delete(ReadingDecision))
        photos = session.scalar(sa.select(sa.func.count()).select_from(ActivityPhoto))
    first, found = exported(db), counted(db)
    for word in ("activities", "photos", "offline_services", "needs", "online_trades", "bonus_claims", "rulings"):
        assert first.left_out[word] > 0, word
    assert 0 < first.left_out["photos"] <= (photos or 0)
    for word, count in (first.left_out | dict.fromkeys((*bundle_export.WITHOUT_SECTION, "amendments"), 7)).items():
        assert str(count) in wording.sentence("bundle_export", word, count=count)
    emptied(db)
    imported(db, json.loads(json.dumps(first.content)), later())
    participations = {code: tally["counted"]["activity_participations"] for code, (tally, _, _) in found.items()}
    again = {code: tally["counted"]["activity_participations"] for code, (tally, _, _) in counted(db).items()}
    assert again == participations
    assert sum(again.values()) > 10
