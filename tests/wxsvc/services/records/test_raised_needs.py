"""What an enterprise asks: a draft of its platform, counted only once that took it up and it is approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.person import Person
from models.platform import ClusterMember, Platform
from models.record import Need
from models.terms import NeedKind, NeedState, Role, Stage, Subject
from scoring.terms import Fact, PlatformKind
from tests import builders
from tests.databases import every_row
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.counting import tallies
from wxsvc.services.judging import reviews
from wxsvc.services.records import needs, raised_needs
from wxsvc.services.records.raised_needs import RaisedNeed
from wxsvc.services.refusal import Refused
from wxsvc.vault import Vault

TEXT = "想找一家能做材料疲劳检测的机构。我们每月约有二十批样品，希望两周内出报告。"


@dataclass
class World:
    """A city with its prefecture's and one county's platform, and a company of that county with its person."""

    session: Session
    city: Platform
    county: Platform
    enterprise: Enterprise
    person: Person
    by: Actor
    staff: Actor


def world(session: Session, region: str | None = "430181") -> World:
    city = builders.platform(session)
    county = builders.platform(session, kind=PlatformKind.COUNTY, region_code="430181", name="浏阳市窗口平台")
    enterprise, person = builders.enterprise(session, region_code=region), builders.person(session)
    builders.contact(session, person, enterprise)
    return World(session, city, county, enterprise, person, Actor(person.id), builders.staff(session, county))


def asked(w: World) -> RaisedNeed:
    return RaisedNeed(NeedKind.MATCHING, w.enterprise.id, "430181", TEXT)


def score(session: Session, platform: Platform, now: datetime) -> tuple[int, int]:
    """Needs that count for the platform, and needs that wait for review."""
    counted = tallies.recount(session, platform, 2026, now)
    return counted.tally.count("needs"), counted.pending.get(Fact.NEEDS, 0)


def test_it_goes_to_the_countys_platform_as_a_draft(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        assert (row.platform_id, row.stage, row.is_from_enterprise) == (w.county.id, Stage.DRAFT, True)
        assert (row.title, row.content) == ("想找一家能做材料疲劳检测的机构", TEXT)
        assert [each.need.id for each in raised_needs.waiting_for(session, w.county.id)] == [row.id]
        assert raised_needs.waiting_for(session, w.city.id) == []


def test_the_same_again_changes_nothing(db: Database, now: datetime) -> None:
    """The answer got lost and the button was tapped again."""
    with db.transaction() as session:
        w = world(session)
        first = raised_needs.raise_need(session, asked(w), w.by, now).id
    before = every_row(db)
    with db.transaction() as session:
        assert raised_needs.raise_need(session, asked(w), w.by, now + timedelta(seconds=5)).id == first
    assert every_row(db) == before


def test_without_a_county_platform_the_prefectures_takes_it(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session, region=None)
        row = raised_needs.raise_need(session, replace(asked(w), region_code="430102"), w.by, now)
        assert row.platform_id == w.city.id
        assert w.enterprise.region_code == "430102"  # asked once, known from now on
        with pytest.raises(Refused, match="no_platform_there"):
            raised_needs.raise_need(session, replace(asked(w), region_code="430202"), w.by, now)


def test_a_member_of_a_cluster_may_choose_it(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        cluster = builders.platform(session, kind=PlatformKind.CLUSTER, region_code="430100")
        other = builders.platform(session, kind=PlatformKind.CLUSTER, region_code="430100")
        session.add(ClusterMember(platform_id=cluster.id, enterprise_id=w.enterprise.id))
        session.flush()
        assert raised_needs.platforms_for(session, w.enterprise.id, "430181") == [w.county, cluster]
        row = raised_needs.raise_need(session, replace(asked(w), platform_id=cluster.id), w.by, now)
        assert row.platform_id == cluster.id
        with pytest.raises(Refused, match="no_platform_there"):
            raised_needs.raise_need(session, replace(asked(w), platform_id=other.id), w.by, now)


def test_a_draft_never_counts_and_a_taken_up_one_waits_for_the_reviewer(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        assert score(session, w.county, now) == (0, 0)
        with pytest.raises(Refused, match="not_submitted"):
            reviews.void(session, Subject.NEED, row.id, "重复", reviewer, now)
        with pytest.raises(Refused, match="not_submitted"):
            reviews.approve(session, Subject.NEED, row.id, reviewer, now)
        for _ in range(2):
            raised_needs.take_up(session, row.id, w.staff, now)
        assert (row.stage, row.version) == (Stage.SUBMITTED, 2)
        assert score(session, w.county, now) == (0, 1)
        reviews.approve(session, Subject.NEED, row.id, reviewer, now)
        assert score(session, w.county, now) == (1, 0)


def test_before_it_is_taken_up_nothing_else_can_be_done_with_it(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        entry = needs.NeedEntry(row.kind, row.enterprise_id, row.region_code, row.title, row.content, row.raised_on)
        with pytest.raises(Refused, match="need_not_taken_up"):
            needs.match(session, row.id, "已对接省检测院", w.staff, now)
        with pytest.raises(Refused, match="need_not_taken_up"):
            needs.correct(session, row.id, entry, row.version, w.staff, now)
        with pytest.raises(Refused, match="need_not_taken_up"):
            needs.add(session, w.county.id, entry, w.staff, now)
        raised_needs.take_up(session, row.id, w.staff, now, title="材料疲劳检测")
        assert needs.match(session, row.id, "已对接省检测院", w.staff, now).state is NeedState.MATCHED
        assert row.title == "材料疲劳检测"


def test_what_is_declined_says_why_and_is_not_taken_up(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        with pytest.raises(Refused, match="reason_needed"):
            raised_needs.decline(session, row.id, " ", w.staff, now)
        for _ in range(2):
            raised_needs.decline(session, row.id, "不属于服务范围，请联系市场监管部门", w.staff, now)
        assert (row.stage, row.return_reason) == (Stage.VOID, "不属于服务范围，请联系市场监管部门")
        with pytest.raises(Refused, match="record_void"):
            raised_needs.take_up(session, row.id, w.staff, now)
        (own,) = raised_needs.of_person(session, w.person.id).rows
        assert own.need.return_reason == row.return_reason
        taken = raised_needs.raise_need(session, asked(w), w.by, now)  # asked anew: a new need
        assert taken.id != row.id
        raised_needs.take_up(session, taken.id, w.staff, now)
        with pytest.raises(Refused, match="need_taken_up"):
            raised_needs.decline(session, taken.id, "晚了", w.staff, now)


def test_only_the_platforms_own_staff_take_up_and_see_who_asked(db: Database, now: datetime) -> None:
    vault = Vault(("k" * 40,))
    with db.transaction() as session:
        w = world(session)
        w.person.name_sealed, w.person.phone_sealed = vault.encrypt("王敏"), vault.encrypt("13800138000")
        row = raised_needs.raise_need(session, asked(w), w.by, now)
        for other in (builders.staff(session, w.city), w.by, builders.staff(session, role=Role.REVIEWER)):
            with pytest.raises(Refused, match="not_allowed"):
                raised_needs.take_up(session, row.id, other, now)
            with pytest.raises(Refused, match="not_allowed"):
                raised_needs.decline(session, row.id, "试试", other, now)
            with pytest.raises(Refused, match="not_allowed"):
                raised_needs.who_asked(session, row.id, other, vault=vault)
        assert raised_needs.who_asked(session, row.id, w.staff, vault=vault) == ("王敏", "13800138000")


def test_one_asks_for_ones_own_enterprise_in_words_that_fit(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        stranger = Actor(builders.person(session).id)
        with pytest.raises(Refused, match="not_your_enterprise"):
            raised_needs.raise_need(session, asked(w), stranger, now)
        for text, code in (("  \n", "text_needed"), ("字" * 2001, "need_too_long")):
            with pytest.raises(Refused, match=code):
                raised_needs.raise_need(session, replace(asked(w), text=text), w.by, now)
        with pytest.raises(Refused, match="wrong_region"):
            raised_needs.raise_need(session, replace(asked(w), region_code="4301"), w.by, now)
        assert session.scalar(sa.select(sa.func.count()).select_from(Need)) == 0


def test_a_colleague_sees_that_it_was_asked_and_not_what(db: Database, now: datetime) -> None:
    """Anybody may say that they stand for a company, so the text is shown to who wrote it alone."""
    with db.transaction() as session:
        w = world(session)
        colleague = builders.person(session)
        builders.contact(session, colleague, w.enterprise)
        raised_needs.raise_need(session, asked(w), w.by, now)
        assert [each.is_mine for each in raised_needs.of_person(session, w.person.id).rows] == [True]
        assert [each.is_mine for each in raised_needs.of_person(session, colleague.id).rows] == [False]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("融资难", "融资难"),
        ("融资难！\n怎么办", "融资难"),
        ("字" * 60, "字" * 39 + "…"),
        ("？我们想问", "？我们想问"),
    ],
)
def test_a_title_is_the_first_sentence(text: str, title: str) -> None:
    assert raised_needs.title_of(text) == title


def test_a_need_reaches_the_county_and_each_cluster_and_each_takes_it_up_once(db: Database, now: datetime) -> None:
    """Either counts it once, and neither is a copy of the other; asked again the same day it is the same."""
    with db.transaction() as session:
        w = world(session)
        reviewer = builders.staff(session, role=Role.REVIEWER)
        cluster, park = (
            builders.platform(session, kind=kind, code=code, region_code=region)
            for kind, code, region in ((PlatformKind.CLUSTER, "JQ", "430300"), (PlatformKind.COUNTY, "YQ", "430371"))
        )
        for each in (cluster, park):
            session.add(ClusterMember(platform_id=each.id, enterprise_id=w.enterprise.id))
        session.flush()
        for _ in range(2):
            first = raised_needs.raise_need(session, asked(w), w.by, now)
        assert first.platform_id == w.county.id
        for platform in (w.county, cluster, park):
            (waiting,) = raised_needs.waiting_for(session, platform.id)
            by = builders.staff(session, platform)
            for _ in range(2):
                taken = raised_needs.take_up(session, waiting.need.id, by, now)
            assert taken.possible_copy_of is None
            reviews.approve(session, Subject.NEED, taken.id, reviewer, now, taken.version)
            assert score(session, platform, now) == (1, 0)
        assert raised_needs.waiting_for(session, w.city.id) == []


def test_a_sealed_cluster_does_not_keep_a_need_from_its_county(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        w = world(session)
        cluster = builders.platform(session, kind=PlatformKind.CLUSTER)
        session.add(ClusterMember(platform_id=cluster.id, enterprise_id=w.enterprise.id))
        session.flush()
        builders.seal(session, cluster)
        assert raised_needs.raise_need(session, asked(w), w.by, now).platform_id == w.county.id
        assert raised_needs.waiting_for(session, cluster.id) == []
