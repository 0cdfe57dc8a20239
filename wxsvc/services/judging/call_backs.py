"""回访: enterprises drawn at random from the check-ins of approved activities are called and asked whether they came.

The draw is a matter of arithmetic: of all check-ins, those with the smallest SHA-256 of ``seed:check-in`` come first.
Whoever knows the seed and the check-ins draws the same; nobody who must state the seed beforehand can choose whom to
call. A result judges nothing by itself: it stands at the record.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from models.activity import Activity
from models.call_back import CallBack, CallBackSample
from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.person import Contact, Person
from models.platform import Platform
from models.terms import CallBackResult, Stage, Subject
from scoring.terms import PlatformKind
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import PROVINCE, lock
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find

MOST: Final = 500
LONGEST_SEED: Final = 64
LONGEST_NOTE: Final = 500
PAGE: Final = 20
"""Calls on one page."""


class SampleState(Struct, frozen=True):
    """A sample, how many of it there are, how many were called, and how many deny or confirm."""

    sample: CallBackSample
    number: int
    called: int
    confirms: int
    denies: int


class Call(Struct, frozen=True):
    """One enterprise to be called: whom to ask (sealed), and at which activity of which platform it was."""

    row: CallBack
    check_in: CheckIn
    enterprise: Enterprise
    activity: Activity
    platform: Platform
    scanner: Person | None
    """Who checked the enterprise in."""
    contact: Person | None
    """Another who stands for it, where the scanner left no phone, or nobody scanned."""

    @property
    def person(self) -> Person | None:
        """Whom to ask: the scanner if a phone is known, else the contact."""
        return self.scanner if self.scanner is not None and self.scanner.phone_sealed else self.contact or self.scanner


def must_be_size(wanted: int) -> None:
    """How many enterprises one sample may have; else ``Refused("sample_size")``."""
    if not 1 <= wanted <= MOST:
        raise Refused("sample_size", most=MOST)


def must_be_seed(typed: str) -> str:
    """The seed without its outer spaces; else ``Refused("sample_seed")``."""
    seed = typed.strip()
    if not 1 <= len(seed) <= LONGEST_SEED:
        raise Refused("sample_seed", most=LONGEST_SEED)
    return seed


def draw(
    session: Session, year: int, kind: PlatformKind | None, wanted: int, seed: str, by: Actor, now: datetime
) -> CallBackSample:
    """抽取: so many different enterprises, by the stated seed. The same again is the same sample.

    Raises ``Refused``: ``not_allowed``, ``sample_size``, ``sample_seed``, ``sample_of_nothing``.
    """
    by.must_review()
    seed = must_be_seed(seed)
    must_be_size(wanted)
    lock(session, PROVINCE, year)
    same = sa.select(CallBackSample).where(
        CallBackSample.year == year,
        CallBackSample.kind.is_not_distinct_from(kind),
        CallBackSample.seed == seed,
        CallBackSample.wanted == wanted,
    )
    if (found := session.scalar(same)) is not None:
        return found
    drawn, drawn_from = _drawn(session, year, kind, wanted, seed)
    if not drawn:
        raise Refused("sample_of_nothing")
    sample = CallBackSample(
        year=year,
        kind=kind,
        seed=seed,
        wanted=wanted,
        drawn_from=drawn_from,
        created_at=now,
        created_by=by.person_id,
    )
    session.add(sample)
    session.flush()
    session.add_all(
        CallBack(sample_id=sample.id, check_in_id=check_in_id, position=place, version=1)
        for place, check_in_id in enumerate(drawn, 1)
    )
    session.flush()
    return sample


def _drawn(session: Session, year: int, kind: PlatformKind | None, wanted: int, seed: str) -> tuple[list[int], int]:
    """The check-ins in the order of the draw, one for each enterprise; how many enterprises there were."""
    query = (
        sa.select(CheckIn.id, CheckIn.enterprise_id)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .where(Activity.year == year, Activity.stage == Stage.APPROVED, CheckIn.is_live)
    )
    if kind is not None:
        query = query.join(Platform, Platform.id == Activity.platform_id).where(Platform.kind == kind)
    rows = [(check_in_id, enterprise_id) for check_in_id, enterprise_id in session.execute(query)]
    first: dict[int, int] = {}
    for check_in_id, enterprise_id in sorted(rows, key=lambda row: sha256(f"{seed}:{row[0]}".encode()).digest()):
        first.setdefault(enterprise_id, check_in_id)
    return list(first.values())[:wanted], len(first)


def record(
    session: Session, call_back_id: int, result: CallBackResult, note: str, version: int, by: Actor, now: datetime
) -> CallBack:
    """登记回访结果; ``version`` is the one that the form showed. The same again changes nothing.

    Raises ``Refused``: ``not_allowed``, ``not_found``, ``note_too_long``, ``edited_by_other``.
    """
    by.must_review()
    row = find(session, CallBack, call_back_id)
    said = note.strip() or None
    if said and len(said) > LONGEST_NOTE:
        raise Refused("note_too_long", most=LONGEST_NOTE)
    if (row.result, row.note) == (result, said):
        return row
    written = session.execute(
        sa.update(CallBack)
        .where(CallBack.id == row.id, CallBack.version == version)
        .values(result=result, note=said, called_at=now, called_by=by.person_id, version=version + 1)
        .returning(CallBack.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    session.refresh(row)
    if written is None:
        raise Refused("edited_by_other")
    activity_id, platform_id = session.execute(
        sa.select(Activity.id, Activity.platform_id)
        .join(CheckIn, CheckIn.activity_id == Activity.id)
        .where(CheckIn.id == row.check_in_id)
    ).one()
    journal.record(
        session,
        "activity.called_back",
        Subject.ACTIVITY,
        activity_id,
        by=by,
        now=now,
        platform_id=platform_id,
        check_in=row.check_in_id,
        result=result.value,
    )
    session.flush()
    return row


def samples(session: Session, by: Actor) -> list[SampleState]:
    """Every sample, the latest first."""
    by.must_review()

    def number(result: CallBackResult) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((CallBack.result == result, 1)))

    columns = (
        sa.func.count(CallBack.id),
        sa.func.count(CallBack.result),
        number(CallBackResult.CONFIRMS),
        number(CallBackResult.DENIES),
    )
    query = (
        sa.select(CallBackSample, *columns)
        .join(CallBack, CallBack.sample_id == CallBackSample.id)
        .group_by(CallBackSample.id)
        .order_by(CallBackSample.id.desc())
    )
    return [SampleState(*row) for row in session.execute(query)]


def calls(session: Session, sample_id: int, page: int, by: Actor) -> list[Call]:
    """One page of a sample in the order of the draw, with whom to ask. Raises ``Refused``: ``not_found``."""
    by.must_review()
    find(session, CallBackSample, sample_id)
    scanner = aliased(Person)
    query = (
        sa.select(CallBack, CheckIn, Enterprise, Activity, Platform, scanner)
        .join(CheckIn, CheckIn.id == CallBack.check_in_id)
        .join(Enterprise, Enterprise.id == CheckIn.enterprise_id)
        .join(Activity, Activity.id == CheckIn.activity_id)
        .join(Platform, Platform.id == Activity.platform_id)
        .outerjoin(scanner, scanner.id == CheckIn.person_id)
        .where(CallBack.sample_id == sample_id)
        .order_by(CallBack.position)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    rows = session.execute(query).all()
    contacts = _contacts(session, [row[2].id for row in rows])
    return [Call(*row, contacts.get(row[2].id)) for row in rows]


def _contacts(session: Session, enterprise_ids: list[int]) -> dict[int, Person]:
    """Of each enterprise somebody with a phone who stands for it: who does so now and was met last."""
    query = (
        sa.select(Contact.enterprise_id, Person)
        .join(Person, Person.id == Contact.person_id)
        .where(Contact.enterprise_id.in_(enterprise_ids), Person.phone_sealed.is_not(None))
        .order_by(Contact.is_current, Contact.created_at)
    )
    return {row[0]: row[1] for row in session.execute(query)}
