"""A year of activities (服务活动), each from its publication to the hub's verdict, through the services."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any

from models.activity import Activity
from models.terms import Door, Subject
from scoring.terms import ActivityCategory, Form, Part, PlatformKind
from wxsvc.demo import sample_photo
from wxsvc.demo.days import at
from wxsvc.demo.seed_context import Telling
from wxsvc.demo.seed_people import Place, Visitor
from wxsvc.demo.tables import table
from wxsvc.services.activity import activities, participation, photos, submission
from wxsvc.services.activity.activity_forms import ActivityForm, Partner
from wxsvc.services.door.checkins import Scan, check_in
from wxsvc.services.judging import reviews

PICTURES = 48
"""Different pictures in a whole year: each is drawn anew whenever it is stored."""


def plan(kind: PlatformKind) -> list[ActivityCategory]:
    """The categories of a diligent platform's year."""
    counts: dict[str, int] = table("activities")["plan"][kind.value]
    return [ActivityCategory(category) for category, count in counts.items() for _ in range(count)]


def tell(telling: Telling) -> None:
    """The past year, and what is announced for the days to come."""
    categories = plan(telling.place.kind)
    telling.chance.shuffle(categories)
    held = _leaving_room(telling, categories[: telling.share(len(categories))])
    for category, day in zip(held, telling.calendar.workdays(len(held)), strict=True):
        starts_at = at(day, *telling.chance.choice(((9, 0), (9, 30), (14, 30), (15, 0))))
        ends_at = starts_at + timedelta(minutes=telling.chance.choice((120, 150, 180)))
        _held(telling, category, starts_at, ends_at)
        telling.tick()
    _announced(telling, telling.chance.choice(categories))


def publish(
    telling: Telling, category: ActivityCategory, starts_at: datetime, ends_at: datetime, title: str = "", **more: Any
) -> Activity:
    """Publish an activity about a week ahead, with a partner now and then."""
    chance, place = telling.chance, telling.place
    form = chance.choices(list(Form), (8, 1, 1))[0]
    partner = _partner(telling) if not title and chance.random() < 0.12 else None
    words = _spoken(telling, number=chance.randint(100, 999) * 1000 + chance.randint(0, 999))
    said = table("activities")
    organisers = said["texts"]["with_partner" if partner else "organisers"]
    where = said["places"]["screen"] if form is Form.ONLINE else chance.choice(said["places"]["onsite"])
    filled = ActivityForm(
        platform_id=place.id,
        title=title or _title(telling, category),
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
    published_at = min(starts_at - timedelta(days=chance.uniform(4, 9)), telling.calendar.now - timedelta(minutes=2))
    made = activities.publish(telling.session, filled, place.staff, published_at)
    if partner and chance.random() < 0.9:
        confirmed_at = published_at + timedelta(minutes=1)
        participation.confirm_part(telling.session, made.id, partner.id, partner.staff, confirmed_at)
    return made


def arrive(telling: Telling, activity: Activity, visitors: list[Visitor], until: datetime) -> int:
    """Let enterprises scan from half an hour before the start; how many came before ``until``."""
    chance, connection = telling.chance, telling.session.connection()
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


def guests(telling: Telling, share: float = 1.0) -> list[Visitor]:
    """Who comes to one activity."""
    least, most = table("activities")["visitors"][telling.place.kind.value]
    wanted = round(telling.chance.randint(least, most) * share)
    return telling.chance.sample(telling.place.visitors, min(wanted, len(telling.place.visitors)))


def sum_up(telling: Telling, activity: Activity, came: int, at_moment: datetime, with_photo: bool = True) -> None:
    """Upload a picture and write the summary."""
    session, staff, chance = telling.session, telling.place.staff, telling.chance
    if with_photo:
        picture = sample_photo.photo(str(chance.randrange(PICTURES)))
        photos.add_photo(session, activity.id, photos.store(telling.files, BytesIO(picture)), staff, at_moment)
    text = chance.choice(table("activities")["texts"]["summaries"])
    words = _spoken(telling, title=activity.title, count=came)
    submission.write_summary(session, activity.id, text.format(**words), activity.version, staff, at_moment)


def _held(telling: Telling, category: ActivityCategory, starts_at: datetime, ends_at: datetime) -> None:
    chance, calendar, session, staff = telling.chance, telling.calendar, telling.session, telling.place.staff
    activity = publish(telling, category, starts_at, ends_at)
    came = arrive(telling, activity, guests(telling), ends_at)
    summed_at = calendar.later(ends_at, 0.1, 2)
    if not calendar.has_come(summed_at):
        return
    sum_up(telling, activity, came, summed_at, with_photo=chance.random() < 0.97)
    submitted_at = calendar.later(summed_at, 0, 1)
    if not calendar.has_come(submitted_at):
        return
    submission.submit(session, activity.id, staff, submitted_at)
    returns = table("activities")["texts"]["returns"]
    is_returned = chance.random() < 0.06
    judged_at = telling.reviewed(activity, chance.choice(returns), 1.0 if is_returned else 0.0)
    if is_returned and judged_at is None:
        _mended(telling, activity)


def _mended(telling: Telling, activity: Activity) -> None:
    """What was sent back is handed in again and approved, once there was time for both."""
    again = telling.calendar.later(activity.reviewed_at or telling.calendar.now, 1, 3)
    if activity.reviewed_at is None or not telling.calendar.has_come(again):
        return
    submission.submit(telling.session, activity.id, telling.place.staff, again)
    approved_at = telling.calendar.later(again, 1, 3)
    if telling.calendar.has_come(approved_at):
        reviews.approve(telling.session, Subject.ACTIVITY, activity.id, telling.reviewer, approved_at)


def _leaving_room(telling: Telling, held: list[ActivityCategory]) -> list[ActivityCategory]:
    """The clerk's platform lacks activities of one category, so that approving one more moves its score."""
    clerk = table("province")["clerk"]
    if telling.place.code != clerk["platform"]:
        return held
    lacking = ActivityCategory(clerk["lacks"])
    first = held.index(lacking) if lacking in held else 0
    return [each for number, each in enumerate(held) if each is not lacking or number == first]


def _announced(telling: Telling, category: ActivityCategory) -> None:
    day = telling.calendar.today + timedelta(days=telling.chance.randint(2, 12))
    publish(telling, category, at(day, 9), at(day, 11, 30))


def _title(telling: Telling, category: ActivityCategory) -> str:
    said = table("activities")
    words = _spoken(telling)
    title: str = telling.chance.choice(said["titles"][category.value]).format(**words)
    if telling.place.kind is PlatformKind.CLUSTER and words["region"] not in title:
        title = said["cluster"]["title"].format(**words, title=title)
    return title


def _partner(telling: Telling) -> Place | None:
    """The platform of the same city, if there is another."""
    near = [
        place
        for place in telling.cast.places
        if place.region_code[:4] == telling.place.region_code[:4] and place.id != telling.place.id
    ]
    return telling.chance.choice(near) if near else None


def _spoken(telling: Telling, **more: Any) -> dict[str, Any]:
    return {**telling.place.words, **more}


def luck(code: str) -> Random:
    """The chance of one platform: the same at every seeding."""
    return Random(f"wxsvc:{code}")  # noqa: S311 - a story, no secret
