"""标签 that decide the menu: they follow the roles. Here is who should carry which; the worker puts them on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session

from models.errand import PersonTag
from models.person import Person, StaffRole
from models.terms import Role
from wxsvc.services import errands
from wxsvc.services.locks import insert_once

PLATFORM: Final = "platform"
PROVINCE: Final = "province"
AUDIENCES: Final = (PLATFORM, PROVINCE)
"""Whoever has a menu of their own; everybody else sees the enterprises'. Reviewers share the provincial one."""


class Retagging(Struct, frozen=True):
    """One person whose tag is not what their roles ask for; None is the enterprises' menu."""

    person_id: int
    openid: str
    old: str | None
    new: str | None
    followed_at: datetime | None


def changed(session: Session, now: datetime) -> list[Retagging]:
    """Everybody whose tag should be another one, and for whom it may be tried now."""
    wanted = _wanted()
    concerned = sa.union(
        sa.select(wanted.c.person_id), sa.select(PersonTag.person_id).where(PersonTag.tag.is_not(None))
    ).subquery()
    query = (
        sa.select(Person.id, Person.openid, PersonTag.tag, wanted.c.audience, Person.followed_at)
        .join(concerned, concerned.c.person_id == Person.id)
        .outerjoin(wanted, wanted.c.person_id == Person.id)
        .outerjoin(PersonTag, PersonTag.person_id == Person.id)
        .where(
            Person.openid.is_not(None),
            wanted.c.audience.is_distinct_from(PersonTag.tag),
            errands.is_due(PersonTag, now),
        )
        .order_by(Person.id)
    )
    return [Retagging(*row) for row in session.execute(query)]


def tagged(session: Session, done: Iterable[Retagging], now: datetime) -> None:
    """These persons carry at WeChat what they should."""
    for each in _without_rejoined(session, done):
        row = _row(session, each.person_id)
        row.tag, row.tagged_at = each.new, now
        errands.done(row)


def failed(
    session: Session, undone: Iterable[Retagging], problem: str, now: datetime, until: datetime | None = None
) -> None:
    """It did not work for these: noted, and tried again later."""
    for each in _without_rejoined(session, undone):
        errands.failed(_row(session, each.person_id), problem, now, until)


def followed(session: Session, person_id: int) -> None:
    """Whoever follows anew may have lost the tag at WeChat: it is put on again, at once."""
    session.execute(
        sa.update(PersonTag).where(PersonTag.person_id == person_id).values(tag=None, tries=0, try_after=None)
    )


def moved(session: Session, from_person: int, to_person: int) -> None:
    """The openid with its tag belongs to another person from now on."""
    former = session.get(PersonTag, from_person)
    if former is not None:
        session.add(PersonTag(person_id=to_person, tag=former.tag, tagged_at=former.tagged_at, tries=0))
        session.delete(former)
        session.flush()


def carriers(session: Session) -> Mapping[str, set[str]]:
    """Who carries each audience's tag, as far as we know: openids by audience."""
    query = (
        sa.select(PersonTag.tag, Person.openid)
        .join(Person, Person.id == PersonTag.person_id)
        .where(PersonTag.tag.is_not(None), Person.openid.is_not(None))
    )
    found: dict[str, set[str]] = {audience: set() for audience in AUDIENCES}
    for audience, openid in session.execute(query):
        if audience is not None and openid is not None:
            found.setdefault(audience, set()).add(openid)
    return found


def lost(session: Session, audience: str, openids: Collection[str]) -> None:
    """WeChat does not have this audience's tag on these any more: it is put on again where the roles ask for it."""
    if openids:
        persons = sa.select(Person.id).where(Person.openid.in_(openids))
        session.execute(
            sa.update(PersonTag)
            .where(PersonTag.tag == audience, PersonTag.person_id.in_(persons))
            .values(tag=None, try_after=None)
            .execution_options(synchronize_session=False)
        )


def one_of(session: Session, audience: str | None) -> str | None:
    """The openid of one follower who should see this audience's menu (None: the enterprises'); None if there is none.

    Of those with a tag, the one it was put on last.
    """
    if audience is not None:
        carrying = (
            sa.select(Person.openid)
            .join(PersonTag, PersonTag.person_id == Person.id)
            .where(PersonTag.tag == audience, Person.openid.is_not(None))
        )
        return session.scalar(carrying.order_by(PersonTag.tagged_at.desc()).limit(1))
    staff = sa.select(StaffRole.person_id).where(StaffRole.is_held)
    carried = sa.select(PersonTag.person_id).where(PersonTag.tag.is_not(None))
    others = sa.select(Person.openid).where(
        Person.is_following, Person.openid.is_not(None), Person.id.not_in(staff), Person.id.not_in(carried)
    )
    return session.scalar(others.order_by(Person.followed_at.desc()).limit(1))


def _without_rejoined(session: Session, asked: Iterable[Retagging]) -> list[Retagging]:
    """Those who have not followed anew while WeChat was asked.

    What WeChat answered about the others is of before: it is not written, so that they are asked about again at once.
    """
    asked = list(asked)
    theirs = Person.id.in_([each.person_id for each in asked])
    query = sa.select(Person.id, Person.followed_at).where(theirs).order_by(Person.id).with_for_update(read=True)
    followed_at = dict(session.execute(query).all())
    return [each for each in asked if followed_at.get(each.person_id) == each.followed_at]


def _wanted() -> sa.Subquery:
    """The audience of everybody who holds a role now: the province's if any role is provincial."""
    provincial = sa.func.max(sa.case((StaffRole.role.in_([Role.REVIEWER, Role.PROVINCE]), 1), else_=0))
    return (
        sa.select(StaffRole.person_id, sa.case((provincial == 1, PROVINCE), else_=PLATFORM).label("audience"))
        .where(StaffRole.is_held)
        .group_by(StaffRole.person_id)
        .subquery()
    )


def _row(session: Session, person_id: int) -> PersonTag:
    insert_once(session, PersonTag, person_id=person_id)
    return session.get_one(PersonTag, person_id)
