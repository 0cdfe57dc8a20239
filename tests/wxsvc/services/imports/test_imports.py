"""Importing a bundle: keys decide, twice is once, and what the bundle leaves out is filled in to work."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from models.activity import Activity, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.journal import LogEntry
from models.person import Contact, Person, StaffRole
from models.platform import ClusterMember, Platform
from models.record import OnlineTrade
from models.terms import Door, Stage
from models.work_list import Change
from scoring.terms import ActivityCategory, Form, Part
from tests import builders
from tests.builders import NOW
from tests.wxsvc.services.bundle_cases import (
    ACTIVITY,
    AFTER,
    ENTERPRISE,
    OTHER_USCC,
    PARK,
    PLATFORM,
    STAFF,
    USCC,
    VAULT,
    bundle,
    everything,
    imported,
    one,
    problems,
)
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.door.checkins import OutcomeKind, Scan, check_in
from wxsvc.services.imports import imports
from wxsvc.services.imports.import_rows import SectionCounts
from wxsvc.services.imports.imports import load
from wxsvc.services.imports.reading import parse
from wxsvc.services.refusal import Refused

pytestmark = pytest.mark.both_databases


def test_a_bundle_becomes_rows(db: Database) -> None:
    """Platforms, staff, enterprises, contacts and activities are all there, each with its own columns."""
    loaded = imported(db, bundle())
    assert {name: counts.created for name, counts in loaded.sections().items()} == {
        "platforms": 1,
        "staff": 2,
        "enterprises": 1,
        "contacts": 1,
        "activities": 1,
        "check_ins": 0,
    }
    with db.read() as session:
        assert one(session, Platform).region_code == "430100"
        enterprise = one(session, Enterprise)
        assert (enterprise.uscc, enterprise.name_form, enterprise.is_counted) == (USCC, "长沙精工 有限公司", True)
        query = sa.select(Person.openid, StaffRole.role, StaffRole.platform_id)
        query = query.join(StaffRole, StaffRole.person_id == Person.id)
        roles = session.execute(query)
        assert {(row.openid, row.role, row.platform_id is None) for row in roles} == {
            ("o-wang", "platform", False),
            ("o-zhao", "province", True),
        }
        activity = one(session, Activity)
        assert (activity.stage, activity.category, activity.year) == ("published", ActivityCategory.DIGITAL, 2026)


def test_names_of_staff_are_sealed(db: Database) -> None:
    """A name lies in the database encrypted, and opens to what the bundle said."""
    imported(db, bundle())
    with db.read() as session:
        sealed = session.scalars(sa.select(Person.name_sealed).where(Person.openid == "o-wang")).one()
    assert sealed is not None
    assert "王敏" not in sealed
    assert VAULT.decrypt(sealed) == "王敏"


def test_twice_changes_nothing(db: Database) -> None:
    """The second import of the same bundle leaves every row of every table as it was."""
    content = bundle(
        platforms=[PLATFORM, PARK],
        activities=[
            {**ACTIVITY, "partners": [{"platform": "430371", "part": "assist"}]},
            {**ACTIVITY, "code": "A-2", "scene": None, "stage": "approved"},
            {**ACTIVITY, "code": "A-3", "scene": None, "stage": "draft"},
        ],
        check_ins=[{"activity": "A-1", "enterprise": USCC, "at": ACTIVITY["starts_at"]}],
    )
    assert imported(db, content, AFTER).is_new
    before = everything(db)
    again = imported(db, content, AFTER + timedelta(days=1))
    assert not again.is_new
    assert everything(db) == before


def test_a_changed_field_updates(db: Database) -> None:
    """What the bundle says anew stands; what it leaves out stays."""
    imported(db, bundle(platforms=[{**PLATFORM, "phone": "0731-88668866"}]))
    loaded = imported(
        db,
        bundle(
            platforms=[{**PLATFORM, "name": "长沙市中小企业服务中心"}],
            staff=[{**STAFF[0], "name": "王敏敏"}],
            activities=[{**ACTIVITY, "title": "改名的对接会", "part": "undertake"}],
        ),
    )
    assert {name for name, counts in loaded.sections().items() if counts.updated} == {
        "platforms",
        "staff",
        "activities",
    }
    with db.read() as session:
        platform, activity = one(session, Platform), one(session, Activity)
        assert (platform.name, platform.phone) == ("长沙市中小企业服务中心", "0731-88668866")
        assert (activity.title, activity.version, activity.scene) == ("改名的对接会", 2, "1")
        assert one(session, ActivityPlatform).part is Part.UNDERTAKE


def test_a_renamed_enterprise_keeps_its_history(db: Database) -> None:
    """The former name of an enterprise stands in the log; platforms with a trade of it are counted anew."""
    imported(db, bundle())
    with db.transaction() as session:
        held, sealed, _ = builders.platform(session), builders.platform(session), builders.platform(session)
        traded = {"order_number": "D-1", "traded_on": NOW.date(), "service": "商标代理", "created_at": NOW}
        firm = one(session, Enterprise)
        for platform in (held, sealed):
            session.add(OnlineTrade(platform_id=platform.id, year=2026, enterprise_id=firm.id, **traded))
        session.flush()
        builders.seal(session, sealed, 2026)
        session.execute(sa.delete(Change))
    imported(db, bundle(enterprises=[{**ENTERPRISE, "name": "长沙精工智能有限公司"}]))
    with db.read() as session:
        entry = session.scalars(sa.select(LogEntry).where(LogEntry.deed == "enterprise.renamed")).one()
        assert entry.details == {"former_name": "长沙精工有限公司", "name": "长沙精工智能有限公司"}
        assert one(session, Enterprise).name_form == "长沙精工智能 有限公司"
        assert session.execute(sa.select(Change.platform_id, Change.year)).all() == [(held.id, 2026)]


def test_one_line_of_the_log_tells_of_an_import(db: Database) -> None:
    """The log has one line with the counts, beside one for each platform, and no name, phone or openid."""
    imported(db, bundle())
    with db.read() as session:
        entry = session.scalars(sa.select(LogEntry).where(LogEntry.deed.not_like("platform.%"))).one()
    assert (entry.deed, entry.person_id) == ("bundle.imported", None)
    assert entry.details["platforms"]["created"] == 1
    assert "o-wang" not in repr(entry.details)


def test_the_touched_platform_years_wait_for_the_folder(db: Database) -> None:
    """Every platform with a part in an imported activity is put on the work list, for the activity's year."""
    joint = {**ACTIVITY, "partners": [{"platform": "430371", "part": "assist", "confirmed": True}]}
    imported(db, bundle(platforms=[PLATFORM, PARK]))
    with db.transaction() as session:
        session.execute(sa.delete(Change))
    imported(db, bundle(platforms=[PLATFORM, PARK], activities=[joint]))
    with db.read() as session:
        codes = sa.select(Platform.code, Change.year).join(Platform, Platform.id == Change.platform_id)
        assert set(map(tuple, session.execute(codes))) == {("430100", 2026), ("430371", 2026)}


def test_what_an_import_approves_stands_in_the_log_once(db: Database) -> None:
    """The log names the import, activity by activity; what waits for a reviewer is not among them."""
    waits = {**ACTIVITY, "stage": "submitted"}
    done = {**ACTIVITY, "code": "A-2", "scene": None, "stage": "approved"}
    for activities in ([waits, done], [waits, done], [{**waits, "stage": "approved"}, done]):
        imported(db, bundle(activities=activities), AFTER)
    with db.read() as session:
        query = sa.select(Activity.code, LogEntry.details).join(Activity, Activity.id == LogEntry.subject_id)
        found = session.execute(query.where(LogEntry.deed == "activity.approved").order_by(LogEntry.id)).all()
    assert [tuple(each) for each in found] == [("A-2", {"by": "import"}), (ACTIVITY["code"], {"by": "import"})]


def test_the_least_that_a_bundle_says_is_enough_to_check_in(db: Database) -> None:
    """Without form, organisers, window, scene and short code an activity is open, and its contact checks in."""
    imported(db, bundle(activities=[{**ACTIVITY, "scene": None}]))
    with db.read() as session:
        activity = one(session, Activity)
        part = one(session, ActivityPlatform)
    assert (activity.form, activity.organisers) == (Form.ONSITE, "长沙市窗口平台")
    assert activity.opens_at == builders.STARTS_AT - timedelta(hours=1)
    assert activity.closes_at == builders.ENDS_AT
    assert len(activity.scene) >= 16
    assert activity.short_code.isdigit()
    assert len(activity.short_code) == 5
    assert (activity.published_at, activity.is_backfilled) == (NOW, False)
    assert part.confirmed_at == NOW
    with db.check_in_connection() as connection:
        scan = Scan("o-li", activity.scene, Door.CODE, builders.STARTS_AT, builders.STARTS_AT)
        assert check_in(connection, scan).kind is OutcomeKind.CHECKED_IN


def test_an_activity_put_off_takes_its_window_along(db: Database) -> None:
    """When the times move and the window is not given, the window keeps its distance."""
    imported(db, bundle(activities=[{**ACTIVITY, "opens_at": "2026-11-23T07:30:00+08:00"}]))
    later = {"starts_at": "2026-11-24T09:00:00+08:00", "ends_at": "2026-11-24T17:00:00+08:00"}
    imported(db, bundle(activities=[ACTIVITY | later]))
    with db.read() as session:
        activity = one(session, Activity)
    assert activity.opens_at == builders.STARTS_AT + timedelta(days=1, hours=-1.5)
    assert activity.closes_at == builders.ENDS_AT + timedelta(days=1)


def test_the_end_decides_the_year_in_beijing(db: Database) -> None:
    """An activity that ends at half past midnight on 1 January in Beijing belongs to the new year."""
    night = {"starts_at": "2026-12-31T22:00:00+08:00", "ends_at": "2026-12-31T16:30:00+00:00"}
    imported(db, bundle(activities=[ACTIVITY | night]))
    with db.read() as session:
        assert one(session, Activity).year == 2027


@pytest.mark.parametrize("stage", ["draft", "published", "submitted", "approved"])
def test_an_activity_may_come_in_any_stage(db: Database, stage: str) -> None:
    """A draft is not published; what is approved was published, submitted and reviewed, now."""
    imported(db, bundle(activities=[{**ACTIVITY, "stage": stage}]), AFTER)
    with db.read() as session:
        activity = one(session, Activity)
    assert activity.stage == stage
    assert (activity.published_at is None) == (stage == "draft")
    assert (activity.submitted_at is None) == (stage in ("draft", "published"))
    assert (activity.reviewed_at is None) == (stage != "approved")


@pytest.mark.parametrize("kept", [Stage.APPROVED, Stage.RETURNED, Stage.VOID])
def test_an_import_takes_back_no_verdict(db: Database, kept: Stage) -> None:
    """The bundle says published; what a reviewer decided since stands."""
    imported(db, bundle())
    with db.transaction() as session:
        session.execute(sa.update(Activity).values(stage=kept, reviewed_at=NOW, return_reason="照片不清晰"))
    assert not imported(db, bundle()).is_new
    with db.read() as session:
        assert one(session, Activity).stage is kept


def test_an_ended_role_is_not_given_again(db: Database) -> None:
    """Whoever left the staff does not come back with an old bundle; the import says so."""
    imported(db, bundle())
    with db.transaction() as session:
        session.execute(sa.update(StaffRole).values(ended_at=NOW))
    loaded = imported(db, bundle())
    assert (loaded.staff.created, loaded.staff.left) == (0, 2)


def test_a_person_with_one_enterprise_stands_for_it(db: Database) -> None:
    """With one enterprise there is nothing to choose; with several and none marked there is."""
    second = {"uscc": OTHER_USCC, "name": "深圳某公司", "contacts": ["o-he", {"openid": "o-chen", "current": True}]}
    imported(db, bundle(enterprises=[{**ENTERPRISE, "contacts": ["o-li", "o-he", "o-chen"]}, second]))
    assert _current(db) == {"o-li": USCC, "o-chen": OTHER_USCC}


def test_a_choice_that_a_person_made_stays(db: Database) -> None:
    """Neither a mark nor a second enterprise in the bundle moves whom somebody stands for already."""
    imported(db, bundle())
    second = {"uscc": OTHER_USCC, "name": "深圳某公司", "contacts": [{"openid": "o-li", "current": True}]}
    loaded = imported(db, bundle(enterprises=[ENTERPRISE, second]))
    assert loaded.contacts.created == 1
    assert _current(db) == {"o-li": USCC}


def _current(db: Database) -> dict[str, str]:
    query = sa.select(Person.openid, Enterprise.uscc).select_from(Contact)
    query = query.join(Person, Person.id == Contact.person_id).join(Enterprise, Enterprise.id == Contact.enterprise_id)
    with db.read() as session:
        return {row.openid: row.uscc for row in session.execute(query.where(Contact.is_current))}


def test_an_older_licence_is_enough_and_a_code_may_follow(db: Database) -> None:
    """An enterprise known by its licence waits to be confirmed; with its code it is the same enterprise, and counts."""
    old = {"licence": "430100000012345", "name": "长沙老厂"}
    imported(db, bundle(enterprises=[old]))
    with db.read() as session:
        before = one(session, Enterprise)
    assert not before.is_counted
    imported(db, bundle(enterprises=[{**old, "uscc": USCC}]))
    with db.read() as session:
        after = one(session, Enterprise)
    assert (after.id, after.uscc, after.is_counted) == (before.id, USCC, True)


def test_check_ins_come_once(db: Database) -> None:
    """One enterprise at one activity is one row of a list, whoever scanned before; staff's voids stay."""
    lists = [{"activity": "A-1", "enterprise": USCC, "at": ACTIVITY["starts_at"], "openid": "o-li"}]
    imported(db, bundle(check_ins=lists))
    with db.transaction() as session:
        row = one(session, CheckIn)
        assert (row.door, row.evidence_grade, row.checked_in_at) == (Door.SHEET, 3, builders.STARTS_AT)
        row.voided_at, row.void_reason = NOW, "不是本企业人员"
    loaded = imported(db, bundle(check_ins=lists))
    assert (loaded.check_ins.created, loaded.check_ins.unchanged) == (0, 1)


def test_a_superseded_region_becomes_todays(db: Database) -> None:
    """宁乡 was 430124 and is 430182; a park's code is kept as it is."""
    imported(db, bundle(platforms=[PLATFORM, {**PARK, "region": "430371"}, {**PARK, "code": "NX", "region": "430124"}]))
    with db.read() as session:
        regions = {row.code: row.region_code for row in session.scalars(sa.select(Platform))}
    assert regions == {"430100": "430100", "430371": "430371", "NX": "430182"}


@pytest.mark.parametrize("name", [*builders.HOSTILE_NAMES, "👨‍👩‍👧 家庭服务"])
def test_a_hostile_name_comes_out_as_it_went_in(db: Database, name: str) -> None:
    """Braces, brackets, tags, emoji and 200 characters are names like any other."""
    imported(
        db,
        bundle(
            platforms=[{**PLATFORM, "name": name}],
            enterprises=[{**ENTERPRISE, "name": name}],
            activities=[{**ACTIVITY, "title": name}],
        ),
    )
    with db.read() as session:
        assert one(session, Platform).name == one(session, Enterprise).name == one(session, Activity).title == name


def test_only_the_province_and_the_machine_import(db: Database) -> None:
    """A member of a platform's staff may not."""
    with db.transaction() as session:
        by = builders.staff(session, builders.platform(session))
        with pytest.raises(Refused, match="not_allowed"):
            load(session, parse(bundle()), NOW, vault=VAULT, by=by)
        with pytest.raises(Refused, match="not_allowed"):
            load(session, parse(bundle()), NOW, vault=VAULT, by=Actor(by.person_id))


def test_progress_is_told(db: Database) -> None:
    """The rows written are told batch by batch."""
    told: list[int] = []
    with db.transaction() as session:
        imports.load(session, parse(bundle()), NOW, vault=VAULT, tick=told.append)
    assert sum(told) >= parse(bundle()).bundle.size - len(STAFF)


def test_the_members_of_clusters_and_parks_come_with_their_platform(db: Database) -> None:
    """Listed by code or licence, once, and never taken off by a bundle that does not name them."""
    old = {"licence": "430100123", "name": "湘潭老厂"}
    park = PARK | {"members": [USCC, "430100123", USCC]}
    content = bundle(platforms=[PLATFORM, park], enterprises=[ENTERPRISE, old])
    assert imported(db, content).platforms == SectionCounts(created=2)
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ClusterMember)) == 2
    assert not imported(db, content).is_new
    imported(db, bundle(platforms=[PARK]))
    third = {"uscc": OTHER_USCC, "name": "湘潭三厂"}
    grown = bundle(platforms=[PARK | {"members": [OTHER_USCC]}], enterprises=[third])
    assert imported(db, grown).platforms == SectionCounts(updated=1)
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ClusterMember)) == 3
        touched = session.scalars(sa.select(Change.platform_id).join(Platform, Platform.id == Change.platform_id))
        assert touched.first() is not None


def test_members_are_refused_where_the_region_is_a_division(db: Database) -> None:
    """A prefecture has no members, and a member that nobody knows is named."""
    assert problems(db, bundle(platforms=[PLATFORM | {"members": [USCC]}])) == [
        ("platforms", 0, "members", "members_not_wanted")
    ]
    assert problems(db, bundle(platforms=[PLATFORM, PARK | {"members": [OTHER_USCC]}])) == [
        ("platforms", 1, "members[0]", "unknown_enterprise")
    ]


def test_a_platform_that_a_bundle_adds_or_renames_stands_in_the_log(db: Database) -> None:
    """What was before and after, and a version that an official's open form notices."""
    imported(db, bundle())
    imported(db, bundle(platforms=[PLATFORM | {"name": "长沙市中小企业窗口平台"}]))
    with db.read() as session:
        platform = one(session, Platform)
        query = sa.select(LogEntry).where(LogEntry.deed.like("platform.%")).order_by(LogEntry.id)
        added, renamed = session.scalars(query).all()
        assert (added.deed, added.before, (added.after or {})["kind"]) == ("platform.added", None, "prefecture")
        assert (renamed.deed, renamed.before) == ("platform.renamed", {"name": PLATFORM["name"]})
        assert (renamed.after, renamed.subject_id) == ({"name": "长沙市中小企业窗口平台"}, platform.id)
        assert platform.version == 1


def test_a_bundle_brings_nobody_to_a_closed_platform(db: Database) -> None:
    imported(db, bundle(staff=[]))
    with db.transaction() as session:
        platform = one(session, Platform)
        platform.closed_on, platform.closed_reason = NOW.date(), "撤并"
    loaded = imported(db, bundle())
    with db.read() as session:
        held = session.scalars(sa.select(StaffRole.platform_id)).all()
        assert platform.id not in held
        assert loaded.sections()["staff"].created == 1  # the official alone


@pytest.mark.parametrize("is_known", [False, True])
def test_a_firm_named_by_its_code_and_by_its_licence_comes_once(db: Database, is_known: bool) -> None:
    """Whichever key a row of the list names, new or known: the first row stands, and no other is told as written."""
    licence = "430100000012345"
    firm = {**ENTERPRISE, "licence": licence}
    if is_known:
        imported(db, bundle(enterprises=[{"licence": licence, "name": ENTERPRISE["name"]}]))
    came = [
        {"activity": "A-1", "enterprise": key, "at": f"2026-11-23T09:{minute}:00+08:00"}
        for key, minute in ((licence, "30"), (USCC, "10"))
    ]
    loaded = imported(db, bundle(enterprises=[firm], check_ins=came), AFTER)
    assert (loaded.check_ins.created, loaded.check_ins.unchanged) == (1, 1)
    with db.read() as session:
        assert one(session, CheckIn).checked_in_at.minute == 30
