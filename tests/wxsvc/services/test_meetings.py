"""The same deed twice in one moment, and two deeds that meet: each case is stepped in turn (``tests/in_turn.py``).

The second has read the rows before the first commits, as a double tap or a colleague's does. It must find what the
first did: nothing twice in the log, no error, no verdict on what is not so any more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.orm import Session

from models.activity import Activity, ActivityMaterial, ActivityPlatform
from models.checkin import CheckIn
from models.enterprise_merge import EnterpriseMerge
from models.journal import LogEntry
from models.person import Contact, Invitation, Person, Rejoining, Standing
from models.platform import ClusterMember
from models.record import Need, Post
from models.signup import Signup
from models.stored_file import StoredFile
from models.terms import AssignmentKind, NeedKind, PostKind, Stage, Subject
from scoring.terms import EvidenceItem, Part, PlatformKind
from tests import builders
from tests.activity_forms import whole_form
from tests.in_turn import meet, waits
from tests.wxsvc.services.record_cases import DAY, World, paper, prove, world
from wxsvc.db import Database
from wxsvc.files import KeptFile
from wxsvc.services import locks
from wxsvc.services.activity import activities, drafts, materials, participation, signups
from wxsvc.services.activity.activity_forms import ActivityForm, Partner
from wxsvc.services.actor import Actor
from wxsvc.services.door import corrections
from wxsvc.services.judging import call_backs, reviews, saved_views, takes
from wxsvc.services.people import (
    enterprise_merges,
    enterprise_regions,
    enterprises,
    members,
    merge_cases,
    persons,
    rejoinings,
    staff,
    standings,
)
from wxsvc.services.records import assignments, evidence, media, online_services, posts, raised_needs
from wxsvc.services.records.raised_needs import RaisedNeed

Deed = Callable[[Session], Any]
POST: Final = posts.PostEntry(PostKind.NEWS, "新闻", "https://example.cn/1", DAY)


def _evidence(w: World) -> Deed:
    row = prove(w, EvidenceItem.HONOUR_PAPERS)
    return lambda session: evidence.withdraw(session, row.id, w.owner, w.now).id


def _check_in(w: World) -> int:
    held = builders.activity(w.session, w.platform)
    return builders.check_in(w.session, held, w.enterprise, builders.person(w.session)).id


def _void(w: World) -> Deed:
    row = _check_in(w)
    return lambda session: corrections.void(session, row, "重复", w.owner, w.now).id


def _correct_post(w: World) -> Deed:
    row = posts.add(w.session, w.platform.id, POST, w.owner, w.now)
    return lambda session: posts.correct(session, row.id, replace(POST, title="改过的"), w.owner, w.now).id


def _withdraw_post(w: World) -> Deed:
    row = posts.add(w.session, w.platform.id, POST, w.owner, w.now)
    return lambda session: posts.withdraw(session, row.id, w.owner, w.now).id


def _assignment(w: World) -> Deed:
    entry = assignments.AssignmentEntry(2026, AssignmentKind.CASES, "案例征集", "请报送")
    row = assignments.add(w.session, entry, w.province, w.now)
    return lambda session: assignments.withdraw(session, row.id, w.province, w.now).id


def _service_item(w: World) -> Deed:
    row = online_services.add_item(w.session, online_services.ServiceItemEntry(2026, "政策咨询"), w.province, w.now)
    return lambda session: online_services.withdraw_item(session, row.id, w.province, w.now).id


def _medium(w: World) -> Deed:
    row = media.add(w.session, media.MediumEntry("新日报"), w.province, w.now)
    return lambda session: media.withdraw(session, row.id, w.province, w.now).id


def _material(w: World) -> Deed:
    held = builders.activity(w.session, w.platform)
    row = ActivityMaterial(activity_id=held.id, sha256=paper(w.session), added_at=w.now, added_by=w.owner.person_id)
    w.session.add(row)
    w.session.flush()
    return lambda session: materials.remove(session, held.id, row.id, w.owner, w.now)


def _member(w: World) -> Deed:
    w.session.add(ClusterMember(platform_id=w.platform.id, enterprise_id=w.enterprise.id))
    return lambda session: str(members.remove(session, w.platform.id, w.enterprise.id, w.owner, w.now)) and None


def _draft(w: World) -> Deed:
    row = drafts.save(w.session, ActivityForm(w.platform.id, "草稿"), w.owner, w.now)
    return lambda session: drafts.discard(session, row.id, w.owner)


def _by_licence(w: World) -> int:
    columns = {"uscc": None, "licence_number": "430100000012345", "licence_confirmed_at": w.now}
    return builders.enterprise(w.session, **columns).id


def _code(w: World) -> Deed:
    row, code = _by_licence(w), builders.uscc()
    return lambda session: enterprises.give_code(session, row, code, w.reviewer, w.now).id


def _region(w: World) -> Deed:
    return lambda session: (
        enterprise_regions.correct(session, w.enterprise.id, "430103", "营业执照所载", w.reviewer, w.now).id
    )


def _proposal(w: World) -> Deed:
    row, code = _by_licence(w), str(w.enterprise.uscc)
    return lambda session: merge_cases.propose(session, row, code, "同一家企业", w.reviewer, w.now).id  # type: ignore[union-attr]


def _refusal(w: World) -> Deed:
    proposed = merge_cases.propose(w.session, _by_licence(w), str(w.enterprise.uscc), "同一家", w.reviewer, w.now)
    assert proposed is not None
    return lambda session: merge_cases.refuse(session, proposed.id, "不是同一家", w.reviewer, w.now).id


def _view(w: World) -> Deed:
    return lambda session: saved_views.keep(session, "本市待审", {"city": "430100"}, w.reviewer, w.now).id


def _sample(w: World) -> Deed:
    _check_in(w)
    w.session.execute(sa.update(Activity).values(stage=Stage.APPROVED, submitted_at=w.now, reviewed_at=w.now))
    return lambda session: call_backs.draw(session, 2026, None, 1, "2", w.reviewer, w.now).id


def _undo(w: World) -> Deed:
    row = _check_in(w)
    person_id = w.session.scalars(sa.select(CheckIn.person_id).where(CheckIn.id == row)).one()
    w.session.execute(sa.update(CheckIn).values(received_at=w.now))
    return lambda session: corrections.undo(session, row, person_id or 0, w.now).id


TWICE: Final[dict[str, Callable[[World], Deed]]] = {
    "evidence": _evidence,
    "check-in voided": _void,
    "check-in undone": _undo,
    "post corrected": _correct_post,
    "post withdrawn": _withdraw_post,
    "assignment": _assignment,
    "service item": _service_item,
    "medium": _medium,
    "material": _material,
    "member": _member,
    "draft": _draft,
    "code": _code,
    "region": _region,
    "proposal": _proposal,
    "refusal": _refusal,
    "view": _view,
    "sample": _sample,
}


@pytest.mark.parametrize("name", TWICE)
def test_the_same_twice_in_one_moment_is_done_once(emptied_postgres: Database, now: datetime, name: str) -> None:
    """Both are told that it is done; the log has it once."""
    with emptied_postgres.transaction() as session:
        deed = TWICE[name](world(session, now))
    with emptied_postgres.read() as session:
        before = session.scalars(sa.select(LogEntry.id)).all()
    answers = meet(emptied_postgres, deed, deed)
    assert answers[0] == answers[1]
    with emptied_postgres.read() as session:
        assert len(session.scalars(sa.select(LogEntry.id).where(LogEntry.id.not_in(before))).all()) <= 1


def test_a_proposal_is_refused_while_it_is_confirmed(emptied_postgres: Database, now: datetime) -> None:
    """The second is told what the first said."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        row = merge_cases.propose(session, _by_licence(w), str(w.enterprise.uscc), "同一家", w.reviewer, now)
        assert row is not None

    def refuse(session: Session) -> object:
        return merge_cases.refuse(session, row.id, "不是同一家", w.province, now).answer

    def confirm(session: Session) -> object:
        return enterprise_merges.confirm(session, row.id, "核对过执照", w.reviewer, now).answer

    assert meet(emptied_postgres, refuse, confirm) == ["不是同一家", "merge_refused_before"]
    with emptied_postgres.transaction() as session:
        session.execute(sa.update(EnterpriseMerge).values(refused_at=None, refused_by=None, answer=None))
    assert meet(emptied_postgres, confirm, refuse) == ["核对过执照", "merge_done_before"]


def test_one_code_for_two_enterprises_is_given_to_the_first(emptied_postgres: Database, now: datetime) -> None:
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        code, one = builders.uscc(), _by_licence(w)
        other = builders.enterprise(session, uscc=None, licence_number="430100000099999").id

    def give(to: int) -> Deed:
        return lambda session: enterprises.give_code(session, to, code, w.reviewer, now).id

    assert meet(emptied_postgres, give(one), give(other)) == [one, "code_taken"]


def test_of_two_links_to_rejoin_made_at_once_the_newest_opens(emptied_postgres: Database, now: datetime) -> None:
    with emptied_postgres.transaction() as session:
        w = world(session, now)

    def offer(session: Session) -> None:
        rejoinings.offer(session, w.owner.person_id or 0, w.province, now)

    meet(emptied_postgres, offer, offer)
    with emptied_postgres.read() as session:
        assert len(session.scalars(sa.select(Rejoining).where(Rejoining.expires_at > now)).all()) == 1


def test_a_part_confirmed_in_the_moment_of_the_approval_waits_for_the_reviewer(
    emptied_postgres: Database, now: datetime
) -> None:
    """The reviewer has not seen it, so it does not count before somebody has."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        partner = builders.platform(session)
        clerk = builders.staff(session, partner)
        row = builders.activity(session, w.platform, stage=Stage.SUBMITTED)
        session.add(ActivityPlatform(activity_id=row.id, platform_id=partner.id, part=Part.UNDERTAKE, asked_at=now))
    _, awaits = meet(
        emptied_postgres,
        lambda session: reviews.approve(session, Subject.ACTIVITY, row.id, w.reviewer, now).stage,
        lambda session: participation.confirm_part(session, row.id, partner.id, clerk, now).awaits_review,
    )
    assert awaits is True


def test_nobody_takes_what_a_colleague_sends_back_in_that_moment(emptied_postgres: Database, now: datetime) -> None:
    """Else it would be theirs still when it is handed in again."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        row = builders.activity(session, w.platform, stage=Stage.SUBMITTED)
    answers = meet(
        emptied_postgres,
        lambda session: reviews.send_back(session, Subject.ACTIVITY, row.id, "请补充", w.province, now).stage,
        lambda session: takes.take(session, Subject.ACTIVITY, row.id, w.reviewer, now).person_id,
    )
    assert answers == [Stage.RETURNED, "not_submitted"]


def test_an_approved_activity_is_not_changed_by_who_opened_it_before(emptied_postgres: Database, now: datetime) -> None:
    """Whoever was about to cancel it is told that it counts by now."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        row = builders.activity(session, w.platform, stage=Stage.SUBMITTED)
    answers = meet(
        emptied_postgres,
        lambda session: reviews.approve(session, Subject.ACTIVITY, row.id, w.reviewer, now).stage,
        lambda session: activities.cancel(session, row.id, "改期", w.owner, now).stage,
    )
    assert answers == [Stage.APPROVED, "activity_approved"]


def test_who_needs_several_platforms_holds_them_in_one_order(emptied_postgres: Database, now: datetime) -> None:
    """Two that publish with each other wait for the smaller one first, so neither waits for ever for the other."""
    with emptied_postgres.transaction() as session:
        smaller = builders.platform(session, kind=PlatformKind.PREFECTURE)
        w = world(session, now)
        form = whole_form(w.platform, partners=(Partner(smaller.id, Part.ASSIST),))
    assert smaller.id < w.platform.id

    def publish(session: Session) -> int:
        return activities.publish(session, form, w.owner, now).id

    def is_own_free() -> bool:
        own = sa.func.pg_try_advisory_xact_lock(sa.cast(w.platform.id, sa.Integer), sa.cast(2026, sa.Integer))
        with emptied_postgres.read() as looking:
            return bool(looking.scalar(sa.select(own)))

    held = waits(emptied_postgres, lambda session: locks.lock(session, smaller.id, 2026), publish, is_own_free)
    assert held is True


def test_who_waited_for_a_lock_sees_what_its_holder_did(emptied_postgres: Database, now: datetime) -> None:
    """What stands in the session's memory was read before; so does what has several keys."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        row = posts.add(session, w.platform.id, POST, w.owner, now)
        session.add(ClusterMember(platform_id=w.platform.id, enterprise_id=w.enterprise.id))

    def change(session: Session) -> None:
        locks.lock(session, w.platform.id, 2026)
        session.execute(sa.update(Post).values(title="改过的"))
        session.execute(sa.delete(ClusterMember))

    def look(session: Session) -> str:
        found = session.get_one(Post, row.id)
        assert session.get_one(ClusterMember, (w.platform.id, w.enterprise.id))
        assert found.title == "新闻"
        locks.lock_all(session, [(w.platform.id, 2026)])
        return found.title

    assert meet(emptied_postgres, change, look) == [None, "改过的"]


def test_seeing_anew_loses_nothing_that_was_not_written_yet(emptied_postgres: Database, now: datetime) -> None:
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        row = posts.add(session, w.platform.id, POST, w.owner, now)
        row.title = "刚改的"
        locks.lock(session, w.platform.id, 2026)
        assert row.title == "刚改的"
    with emptied_postgres.read() as session:
        assert session.get_one(Post, row.id).title == "刚改的"


def test_nobody_undoes_a_check_in_that_is_being_voided(emptied_postgres: Database, now: datetime) -> None:
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        undo, row = _undo(w), session.scalars(sa.select(CheckIn.id)).one()

    def void(session: Session) -> None:
        corrections.void(session, row, "异议成立", w.owner, now)

    assert meet(emptied_postgres, void, undo) == [None, "undo_too_late"]


def _sign_up(w: World) -> Deed:
    coming = now_and(w.now, days=2)
    held, own = builders.activity(w.session, w.platform, takes_signups=True, **coming).id, _visitor(w)
    return lambda session: signups.sign_up(session, held, w.enterprise.id, own, w.now)


def _cancel(w: World) -> Deed:
    _sign_up(w)(w.session)
    held, own = w.session.scalars(sa.select(Activity.id).where(Activity.takes_signups)).one(), _visitor(w)
    return lambda session: signups.cancel(session, held, w.enterprise.id, own, w.now)


def _licence(w: World) -> Deed:
    kept = KeptFile("a" * 64, "image/jpeg", 3)
    person_id = _visitor(w).person_id or 0
    return lambda session: standings.send_licence(session, person_id, w.enterprise.id, kept, w.now)


def _offered_code(w: World) -> Deed:
    person_id, row = _visitor(w).person_id or 0, _by_licence(w)
    w.session.add(Contact(person_id=person_id, enterprise_id=row, is_current=False, created_at=w.now))
    w.session.add(Standing(person_id=person_id, enterprise_id=row, begun_at=w.now))
    return lambda session: enterprises.give_code(session, row, builders.uscc(), Actor(person_id), w.now)


def _raised_need(w: World) -> Deed:
    region, text, own = w.enterprise.region_code or "", "请打13800138000联系我", _visitor(w)
    asked = RaisedNeed(NeedKind.MATCHING, w.enterprise.id, region, text, w.platform.id)
    return lambda session: raised_needs.raise_need(session, asked, own, w.now)


OWN: Final[dict[str, Callable[[World], Deed]]] = {
    "sign up": _sign_up,
    "cancel": _cancel,
    "licence": _licence,
    "code": _offered_code,
    "need": _raised_need,
}


def now_and(now: datetime, **more: int) -> dict[str, datetime]:
    begins = now + timedelta(**more)
    over = begins + timedelta(hours=2)
    return {"starts_at": begins, "opens_at": begins, "ends_at": over, "closes_at": over}


def _visitor(w: World) -> Actor:
    return Actor(w.session.scalars(sa.select(Person.id).where(Person.openid == "o-visitor")).one())


@pytest.mark.parametrize("name", OWN)
def test_nothing_is_written_for_who_deletes_everything_in_that_moment(
    emptied_postgres: Database, now: datetime, name: str
) -> None:
    """删除 is the last word: no place at an activity, no licence, no need with a phone stays behind."""
    with emptied_postgres.transaction() as session:
        w = world(session, now)
        visitor = builders.person(session, openid="o-visitor")
        builders.contact(session, visitor, w.enterprise)
        session.add(Standing(person_id=visitor.id, enterprise_id=w.enterprise.id, begun_at=now))
        session.flush()
        deed, own = OWN[name](w), Actor(visitor.id)
        session.flush()
    erase = lambda session: persons.erase(session, visitor.id, own, now) and None  # noqa: E731
    assert meet(emptied_postgres, erase, deed) == [None, "not_allowed"]
    with emptied_postgres.read() as session:
        for left in (Signup, Contact, Standing, Need, StoredFile):
            query = sa.select(left)
            if left is StoredFile:
                query = query.where(StoredFile.sha256 == "a" * 64)
            assert session.scalars(query).all() == [], left


def test_of_two_first_officials_asked_for_at_once_one_link_opens(emptied_postgres: Database, now: datetime) -> None:
    deed: Deed = lambda session: staff.first_official(session, now) and None  # noqa: E731
    meet(emptied_postgres, deed, deed)
    with emptied_postgres.read() as session:
        assert len(session.scalars(sa.select(Invitation).where(Invitation.expires_at > now)).all()) == 1
