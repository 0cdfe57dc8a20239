"""A worker that dies at any commit of any job: what the next one then does comes to the rows of a quiet day.

A job is stopped right before and right after each of its transactions, and done again an hour later, when what the dead
worker had in hand is free. Instants, tries and WeChat's own numbers aside, every row is then as if nobody had died.
``tests/faults`` really kills the processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final

import pytest
import sqlalchemy as sa
from PIL import Image

from models.errand import ChatPicture, PersonTag
from models.person import Person
from models.photo_likeness import PhotoFingerprint
from models.terms import DeliveryState, NoticePurpose, Stage, Subject, VisitResult, WebhookEvent, WebhookState
from models.web_session import WebSession
from models.webhook import WebhookDelivery
from tests import builders
from tests.builders import BEIJING
from tests.databases import as_it_is, every_row
from tests.wxsvc.services.record_cases import ADD, World, world
from tests.wxsvc.worker.test_deliveries import CONTENT, FACTS
from tests.wxsvc.worker.whole import Whole
from wxsvc.db import Session
from wxsvc.demo import sample_photo
from wxsvc.services import notices, webhooks
from wxsvc.services.activity import photos, signups
from wxsvc.services.actor import MACHINE, Actor
from wxsvc.services.counting import tallies
from wxsvc.services.judging import reviews
from wxsvc.services.people import persons
from wxsvc.services.people.person_tags import AUDIENCES
from wxsvc.services.records import visits
from wxsvc.site_visits import Visit
from wxsvc.worker import jobs
from wxsvc.worker.timetable import TIMETABLE, Job

MORNING: Final = datetime(2026, 12, 2, 10, tzinfo=BEIJING)
"""A workday on the eve of a deadline."""
Rows = dict[str, list[dict[str, object]]]
ROWLESS: Final = {"wechat", "analyze_grown"}
"""Jobs without rows of their own here: one asks WeChat, the other has PostgreSQL look at its tables."""
OTHERS_CHOOSE: Final = {"url", "ticket", "msg_id", "client_msg_id", "tries", "times", "elapsed_ms"}
"""Columns of WeChat's numbers and of chance, and what counts how often something was tried."""
OUTSIDE: Final = {"access_tokens", "send_results"}
"""Tables of what a process has in memory too, and of what WeChat tells when it likes."""
AN_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+")


class Killed(BaseException):
    """What no job can catch."""


@pytest.fixture
def busy(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> Whole:
    """A morning on which every job has something to do."""
    whole.clock.set(MORNING)
    whole.sim.add_template("TPL-review", "审核结果通知", CONTENT)
    drawn = _drawn(0)
    monkeypatch.setattr(jobs.site_pictures, "browser", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(jobs.site_pictures, "take", lambda _url, _program: drawn.getvalue())
    clerk, leaver = whole.sim.phone("平台经办人", follows=True), whole.sim.phone("visitor", follows=True)
    with whole.db.transaction() as session:
        w = world(session, builders.NOW)
        session.get_one(Person, w.owner.person_id).openid = clerk.openid
        builders.activity(
            session, w.platform, starts_at=MORNING - timedelta(hours=1), ends_at=MORNING + timedelta(hours=2)
        )
        for each in (w.platform, builders.platform(session)):
            tallies.fold(session, each.id, 2026, MORNING - timedelta(days=40))
        _records(w)
        _signups(w)
        _photos(w, whole)
        _people(session, whole, leaver.openid)
        _webhook(session, whole)
        notices.tell(session, NoticePurpose.REVIEW, "k", FACTS, MORNING, platform_id=w.platform.id)
    clerk.send_photo(_drawn(1).getvalue())
    whole.clock.advance(minutes=-20)
    leaver.unfollow()
    whole.clock.set(MORNING)
    return whole


def _drawn(shade: int) -> BytesIO:
    page = BytesIO()
    Image.new("RGB", (640, 480), (shade * 40, 80, 120)).save(page, "PNG")
    return page


def _records(w: World) -> None:
    """One of each kind handed in; one of them approved a quarter of an hour ago; a service that is up."""
    for subject, add in ADD.items():
        row = add(w, w.owner)
        row.stage, row.submitted_at = Stage.SUBMITTED, w.now
        w.session.flush()
        if subject is Subject.OFFLINE_SERVICE:
            reviews.approve(w.session, subject, row.id, w.reviewer, MORNING - timedelta(minutes=15))
        if subject is Subject.ONLINE_SERVICE:
            visits.record(w.session, row.id, Visit(VisitResult.REACHABLE, 200, "一"), MACHINE, w.now)
            row.address = "http://127.0.0.1:9/"
    ended = {"starts_at": MORNING - timedelta(hours=20), "ends_at": MORNING - timedelta(hours=18)}
    builders.activity(w.session, w.platform, **ended)


def _signups(w: World) -> None:
    """Tomorrow's activity: one place, then two, and two who want them."""
    day = MORNING + timedelta(days=1)
    row = builders.activity(
        w.session, w.platform, takes_signups=True, signup_limit=1, starts_at=day, ends_at=day + timedelta(hours=3)
    )
    for _ in range(2):
        who, of = builders.person(w.session), builders.enterprise(w.session)
        builders.contact(w.session, who, of)
        signups.sign_up(w.session, row.id, of.id, Actor(who.id), MORNING - timedelta(days=2))
    row.signup_limit = 2


def _photos(w: World, whole: Whole) -> None:
    """Two activities with one photo, not compared yet; a picture that WeChat keeps no longer."""
    for place in range(2):
        activity = builders.activity(w.session, w.platform)
        stored = photos.store(whole.house.files, BytesIO(sample_photo.photo("a")[:-2] + b"\xff\xd9" * (place + 1)))
        photos.add_photo(w.session, activity.id, stored, w.owner, builders.NOW)
    w.session.execute(sa.delete(PhotoFingerprint))
    old = MORNING - timedelta(days=4)
    w.session.add(ChatPicture(key="old", person_id=w.owner.person_id, media_id="m", sent_at=old, received_at=old))


def _people(session: Session, whole: Whole, openid: str) -> None:
    """Who was here years ago; who has just left; whose tag WeChat does not have, and whose session is over."""
    long_ago = builders.person(session, created_at=datetime(2022, 3, 1, tzinfo=BEIJING))
    persons.keep_phone(long_ago, "13812341234", whole.house.vault)
    left = builders.person(session, openid=openid)
    builders.contact(session, left, builders.enterprise(session))
    official = builders.person(session)
    session.add(PersonTag(person_id=official.id, tag=AUDIENCES[0]))
    over = MORNING - timedelta(days=30)
    session.add(
        WebSession(
            token_hash="t",
            person_id=official.id,
            is_at_desk=False,
            browser="",
            started_at=over,
            approved_at=over,
            expires_at=over,
        )
    )


def _webhook(session: Session, whole: Whole) -> None:
    """Something to tell an address that nobody answers at; something told long ago."""
    webhook_id, _ = webhooks.make(
        session,
        "数据平台",
        "https://nobody.invalid/",
        (WebhookEvent.SCORECARD_CHANGED,),
        MACHINE,
        MORNING,
        vault=whole.house.vault,
    )
    webhooks.tell(session, WebhookEvent.SCORECARD_CHANGED, {"a": {"platform": "a", "year": 2026}}, MORNING)
    old = MORNING - timedelta(days=200)
    told = {"webhook_id": webhook_id, "event": WebhookEvent.SCORECARD_CHANGED, "key": "b", "facts": {}}
    session.add(WebhookDelivery(state=WebhookState.DELIVERED, made_at=old, finished_at=old, **told))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # its numbers come again after a rollback
def test_a_killed_job_leaves_what_the_next_one_finishes(busy: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    before, idle, differing = _rows(busy), set(), {}
    with as_it_is(busy.db) as put_back:
        for job in TIMETABLE:
            put_back()
            commits = _done(busy, job, monkeypatch, None)
            quiet = _rows(busy)
            if before == quiet:
                idle.add(job.name)
            for point in range(2 * commits):
                put_back()
                _done(busy, job, monkeypatch, point)
                if different := _differences(quiet, _rows(busy)):
                    differing[job.name, point] = different
    assert (differing, idle) == ({}, ROWLESS)


def _done(busy: Whole, job: Job, monkeypatch: pytest.MonkeyPatch, killed_at: int | None) -> int:
    """The job, killed before (even) or after (odd) one of its commits, then twice an hour later; its first commits."""
    begin, moments = busy.db.transaction, 0
    busy.clock.set(MORNING)

    @contextmanager
    def transaction() -> Iterator[Session]:
        nonlocal moments
        with begin() as session:
            yield session
            _live(moments, killed_at)
            moments += 1
        _live(moments, killed_at)
        moments += 1

    with monkeypatch.context() as patched:
        patched.setattr(busy.db, "transaction", transaction)
        with suppress(Killed):
            job.job(busy.house)
    for _ in range(2):
        busy.clock.advance(hours=1)
        job.job(busy.house)
    return moments // 2


def _live(moment: int, killed_at: int | None) -> None:
    if moment == killed_at:
        raise Killed


def _rows(busy: Whole) -> Rows:
    """Every row, without what a later hour or another answer of WeChat's changes."""
    busy.sim.settle()
    found = every_row(busy.db)
    rows = {table: [_ours(row) for row in rows] for table, rows in found.items() if table not in OUTSIDE}
    waiting = {(row.platform_id, row.year) for row in found["changes"]}  # said twice, it is counted once
    return rows | {"changes": [{"waiting": each} for each in sorted(waiting)]}


def _ours(row: Any) -> dict[str, object]:
    return {column: _timeless(value) for column, value in row._asdict().items() if column not in OTHERS_CHOOSE}


def _timeless(value: object) -> object:
    if isinstance(value, datetime):
        return "then"
    if value is DeliveryState.ARRIVED:
        return DeliveryState.SENT  # WeChat tells it once of one message, however often the message is sent
    return AN_INSTANT.sub("then", repr(value)) if isinstance(value, dict) else value


def _differences(quiet: Rows, found: Rows) -> list[object]:
    """Tables with another number of rows, and columns with another value."""
    different: list[object] = []
    for table, rows in quiet.items():
        if len(rows) != len(found[table]):
            different.append((table, len(rows), len(found[table])))
        for row, other in zip(rows, found[table], strict=False):
            different += [
                (table, column, value, other[column]) for column, value in row.items() if value != other[column]
            ]
    return different
