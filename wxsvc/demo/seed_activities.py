"""A year of activities (服务活动), each from its publication to the hub's verdict, through the services."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.activity import Activity
from models.checkin import CheckIn
from models.platform import Platform
from models.terms import Door, Stage, Subject
from scoring.terms import ActivityCategory, Form, Part, PlatformKind
from wxsvc.demo import sample_photo
from wxsvc.demo.seed_calendar import at
from wxsvc.demo.seed_context import SeedContext
from wxsvc.demo.seed_people import SeedContact, SeedPlatform
from wxsvc.demo.tables import table
from wxsvc.files import KeptFile
from wxsvc.services.activity import activities, participation, photos, submission
from wxsvc.services.activity.activity_forms import ActivityForm, Partner
from wxsvc.services.door import corrections
from wxsvc.services.door.checkins import Scan, check_in
from wxsvc.services.judging import reviews

PICTURES = 48
"""Different pictures in a whole year."""
RUNS = timedelta(hours=3)
"""How long today's activities still run."""
STAYS_OPEN = timedelta(hours=2)
"""How long one that is over can still be scanned: scan, hand in and approve it without waiting for an end."""


def plan(kind: PlatformKind) -> list[ActivityCategory]:
    """The categories of a diligent platform's year."""
    counts: dict[str, int] = table("activities")["plan"][kind.value]
    return [ActivityCategory(category) for category, count in counts.items() for _ in range(count)]


def add(seed: SeedContext) -> None:
    """The past year, and what is announced for the days to come."""
    categories = plan(seed.platform.kind)
    seed.chance.shuffle(categories)
    held = _leaving_room(seed, categories[: seed.share(len(categories))])
    for category, day in zip(held, seed.calendar.workdays(len(held)), strict=True):
        starts_at = at(day, *seed.chance.choice(((9, 0), (9, 30), (14, 30), (15, 0))))
        ends_at = starts_at + timedelta(minutes=seed.chance.choice((120, 150, 180)))
        _add_held(seed, category, starts_at, ends_at)
        seed.step()
    announced = seed.chance.choice(categories)
    day = seed.calendar.today + timedelta(days=seed.chance.randint(2, 12))
    publish(seed, announced, at(day, 9), at(day, 11, 30))


def publish(
    seed: SeedContext, category: ActivityCategory, starts_at: datetime, ends_at: datetime, title: str = "", **more: Any
) -> Activity:
    """Publish an activity about a week ahead, with a partner now and then."""
    chance, platform = seed.chance, seed.platform
    form = chance.choices(list(Form), (8, 1, 1))[0]
    partner = _partner(seed) if not title and chance.random() < 0.12 else None
    words = {**platform.words, "number": chance.randint(100, 999) * 1000 + chance.randint(0, 999)}
    said = table("activities")
    organisers = said["texts"]["with_partner" if partner else "organisers"]
    where = said["places"]["screen"] if form is Form.ONLINE else chance.choice(said["places"]["onsite"])
    filled = ActivityForm(
        platform_id=platform.id,
        title=title or _title(seed, category),
        category=category,
        form=form,
        organisers=organisers.format(**words, partner=partner.name if partner else ""),
        starts_at=starts_at,
        ends_at=ends_at,
        place=where.format(**words),
        meeting_link="" if form is Form.ONSITE else said["places"]["link"].format(**words),
        content=chance.choice(said["texts"]["contents"]).format(**words),
        partners=(Partner(partner.id, chance.choice((Part.UNDERTAKE, Part.ASSIST))),) if partner else (),
        **more,
    )
    published_at = min(starts_at - timedelta(days=chance.uniform(4, 9)), seed.calendar.now - timedelta(minutes=2))
    made = activities.publish(seed.session, filled, platform.staff, published_at)
    if partner and chance.random() < 0.9:
        confirmed_at = published_at + timedelta(minutes=1)
        participation.confirm_part(seed.session, made.id, partner.id, partner.staff, confirmed_at)
    return made


def add_check_ins(seed: SeedContext, activity: Activity, visitors: list[SeedContact], until: datetime) -> int:
    """Let enterprises scan from half an hour before the start; how many came before ``until``."""
    chance, connection = seed.chance, seed.session.connection()
    begin = (activity.starts_at or until) - timedelta(minutes=30)
    end = min(until, (activity.closes_at or until) - timedelta(seconds=1))
    doors = chance.choices((Door.CODE, Door.MENU, Door.SHORT_CODE, Door.PAGE), (76, 10, 10, 4), k=len(visitors))
    typed = {Door.CODE: activity.scene, Door.SHORT_CODE: activity.short_code}
    moments = sorted(begin + (end - begin) * chance.betavariate(1.5, 4) for _ in visitors)
    came = 0
    for visitor, door, moment in zip(visitors, doors, moments, strict=True):
        scan = Scan(visitor.openid, typed.get(door) or activity.code, door, moment, moment + timedelta(seconds=1))
        came += check_in(connection, scan).is_in
    return came


def guests(seed: SeedContext, share: float = 1.0) -> list[SeedContact]:
    """Who comes to one activity."""
    least, most = table("activities")["visitors"][seed.platform.kind.value]
    wanted = round(seed.chance.randint(least, most) * share)
    return seed.chance.sample(seed.platform.visitors, min(wanted, len(seed.platform.visitors)))


def sum_up(
    seed: SeedContext,
    activity: Activity,
    came: int,
    at_moment: datetime,
    with_photo: bool = True,
    picture: int | None = None,
) -> None:
    """Upload a picture, this one or any, and write the summary."""
    session, staff, chance = seed.session, seed.platform.staff, seed.chance
    if with_photo:
        # One in so many is a picture that was used before.
        number = chance.randrange(PICTURES) if picture is None else picture
        shown = _stored(seed, activity.id * PICTURES + number if number else number)
        photos.add_photo(session, activity.id, shown, staff, at_moment)
    text = chance.choice(table("activities")["texts"]["summaries"])
    words = {**seed.platform.words, "title": activity.title, "count": came}
    submission.write_summary(session, activity.id, text.format(**words), activity.version, staff, at_moment)


def _stored(seed: SeedContext, number: int) -> KeptFile:
    if number not in seed.photos:
        seed.photos[number] = photos.store(seed.files, BytesIO(sample_photo.photo(str(number))))
    return seed.photos[number]


def _add_held(seed: SeedContext, category: ActivityCategory, starts_at: datetime, ends_at: datetime) -> None:
    chance, calendar, session, staff = seed.chance, seed.calendar, seed.session, seed.platform.staff
    activity = publish(seed, category, starts_at, ends_at)
    came = add_check_ins(seed, activity, guests(seed), ends_at)
    summed_at = calendar.later(ends_at, 0.1, 2)
    if not calendar.has_come(summed_at):
        return
    if chance.random() < 0.15:
        _take_one_out(seed, activity, summed_at)
    sum_up(seed, activity, came, summed_at, with_photo=chance.random() < 0.97)
    submitted_at = calendar.later(summed_at, 0, 1)
    if not calendar.has_come(submitted_at):
        return
    submission.submit(session, activity.id, staff, submitted_at)
    returns = table("activities")["texts"]["returns"]
    is_returned = chance.random() < 0.06
    judged_at = seed.reviewed(activity, chance.choice(returns), 1.0 if is_returned else 0.0)
    if is_returned and judged_at is None:
        _mended(seed, activity)


def _mended(seed: SeedContext, activity: Activity) -> None:
    """What was sent back is handed in again and approved, once there was time for both."""
    again = seed.calendar.later(activity.reviewed_at or seed.calendar.now, 1, 3)
    if activity.reviewed_at is None or not seed.calendar.has_come(again):
        return
    submission.submit(seed.session, activity.id, seed.platform.staff, again)
    approved_at = seed.calendar.later(again, 1, 3)
    if seed.calendar.has_come(approved_at):
        reviews.approve(seed.session, Subject.ACTIVITY, activity.id, seed.reviewer, approved_at)


def _take_one_out(seed: SeedContext, activity: Activity, moment: datetime) -> None:
    """Staff correct a check-in that was scanned by mistake (更正)."""
    taken = seed.session.scalars(
        sa.select(CheckIn.id).where(CheckIn.activity_id == activity.id).order_by(CheckIn.id).limit(1)
    ).first()
    if taken is not None:
        reason = seed.chance.choice(table("activities")["texts"]["voids"])
        corrections.void(seed.session, taken, reason, seed.platform.staff, moment)


def _leaving_room(seed: SeedContext, held: list[ActivityCategory]) -> list[ActivityCategory]:
    """The clerk's platform lacks activities of one category, so that approving one more moves its score."""
    clerk = table("province")["clerk"]
    if seed.platform.code != clerk["platform"]:
        return held
    lacking = ActivityCategory(clerk["lacks"])
    first = held.index(lacking) if lacking in held else 0
    return [each for number, each in enumerate(held) if each is not lacking or number == first]


def _title(seed: SeedContext, category: ActivityCategory) -> str:
    said = table("activities")
    words = seed.platform.words
    title: str = seed.chance.choice(said["titles"][category.value]).format(**words)
    if seed.platform.kind is PlatformKind.CLUSTER and words["region"] not in title:
        title = said["cluster"]["title"].format(**words, title=title)
    return title


def _partner(seed: SeedContext) -> SeedPlatform | None:
    """The platform of the same city, if there is another."""
    near = [
        platform
        for platform in seed.province.platforms
        if platform.region_code[:4] == seed.platform.region_code[:4] and platform.id != seed.platform.id
    ]
    return seed.chance.choice(near) if near else None


def add_today_of_clerk(seed: SeedContext, absent: str) -> None:
    """At the clerk's platform: one that runs, one that is just over and still open. ``absent`` comes to neither yet."""
    said, now = table("activities")["today"], seed.calendar.now
    running = publish(seed, ActivityCategory.DIGITAL, now - timedelta(minutes=50), _end(now), said["title"])
    over = now - timedelta(minutes=2)
    began, closes_at = over - timedelta(minutes=150), now + STAYS_OPEN
    finished = publish(seed, ActivityCategory.LISTING, began, over, said["finished"], closes_at=closes_at)
    for activity in (running, finished):
        came = [each for each in guests(seed, 0.5) if each.openid != absent]
        add_check_ins(seed, activity, came, now - timedelta(minutes=3))


def add_today(seed: SeedContext) -> None:
    """At another platform: one that runs."""
    title = seed.chance.choice(table("activities")["today"]["other"])
    now = seed.calendar.now
    category = ActivityCategory.OTHER
    begun = timedelta(minutes=seed.chance.randint(10, 80))
    running = publish(seed, category, now - begun, _end(now), title)
    add_check_ins(seed, running, guests(seed, 0.6), now - timedelta(minutes=3))


def running(session: Session, now: datetime, platform_id: int | None = None) -> list[tuple[Activity, Platform]]:
    """The activities that can be scanned now, those that close first at the end."""
    query = (
        sa.select(Activity, Platform)
        .join(Platform, Platform.id == Activity.platform_id)
        .where(
            Activity.stage.in_([Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED, Stage.APPROVED]),
            Activity.opens_at <= now,
            Activity.closes_at > now,
        )
        .order_by(Activity.closes_at.desc(), Activity.id)
    )
    if platform_id is not None:
        query = query.where(Activity.platform_id == platform_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def _end(now: datetime) -> datetime:
    """In some hours, but in this year: the end of an activity decides the year that it counts in."""
    new_year = now.replace(month=12, day=31, hour=23, minute=59, second=59, microsecond=0)
    return max(min(now + RUNS, new_year), now + timedelta(minutes=1))
