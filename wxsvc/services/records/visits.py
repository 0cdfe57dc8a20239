"""在线服务核验: which listed online services are visited, and what each visit saw. Evidence, never the recognition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy.orm import Session

from models.recognition import OnlineService, OnlineServiceVisit
from models.terms import Channel, Stage, VisitResult
from wxsvc.services import years
from wxsvc.services.actor import Actor
from wxsvc.services.refusal import Refused
from wxsvc.services.reviewables import find
from wxsvc.site_visits import Visit

MOST_KEPT: Final = 200
"""Rows of one service: with a visit a day, all changes of most years."""
_SHOWN: Final = 5
"""Visits on the page of a record."""
SOON: Final = timedelta(days=30)
"""How long before its end a certificate is spoken of."""


class ToVisit(Struct, frozen=True):
    """An online service with an address that a browser can open."""

    online_service_id: int
    address: str


class Span(Struct, frozen=True):
    """A time in which visits saw the same, from the first of them to the last."""

    since: datetime
    until: datetime
    times: int
    result: VisitResult
    http_status: int | None
    title: str | None
    certificate_ends_on: date | None
    is_renamed: bool
    """The page has another title than before."""

    @property
    def is_up(self) -> bool:
        """可以打开."""
        return self.result is VisitResult.REACHABLE


class VisitHistory(Struct, frozen=True):
    """What visits of one service saw, the newest first; never empty."""

    spans: tuple[Span, ...]

    @property
    def last(self) -> Span:
        """What was seen last."""
        return self.spans[0]

    @property
    def since(self) -> datetime:
        """Since when it is up, or down, without a break."""
        alike = takewhile(lambda span: span.is_up is self.last.is_up, self.spans)
        return min(span.since for span in alike)

    @property
    def renamed_at(self) -> datetime | None:
        """When its title changed last."""
        return next((span.since for span in self.spans if span.is_renamed), None)

    def certificate_ends_soon(self, today: date) -> bool:
        """The certificate that was seen last ends within a month, or has ended."""
        ends_on = self.last.certificate_ends_on
        return ends_on is not None and ends_on - today <= SOON


def to_visit(session: Session, year: int) -> list[ToVisit]:
    """Every online service of an unsealed platform's year that has a URL and is not void."""
    query = (
        sa.select(OnlineService.id, OnlineService.address)
        .where(
            OnlineService.year == year,
            OnlineService.stage != Stage.VOID,
            sa.or_(OnlineService.channel == Channel.WEBSITE, OnlineService.address.like("http%://%")),
            OnlineService.platform_id.in_(years.open_platforms(session, year)),
        )
        .order_by(OnlineService.id)
    )
    return [ToVisit(row.id, row.address) for row in session.execute(query)]


def record(session: Session, online_service_id: int, visit: Visit, by: Actor, now: datetime) -> OnlineServiceVisit:
    """Keep what a visit saw; the machine visits, or provincial staff ask it to. Idempotent.

    Only what changed makes a row of its own (result, status, title, certificate); the same again lengthens the last
    row. Of one service at most :data:`MOST_KEPT` rows are kept, the newest.
    """
    if not by.is_machine:
        by.must_review()
    service = find(session, OnlineService, online_service_id)
    if service.stage is Stage.VOID:
        raise Refused("record_void")
    last = latest(session, [service.id]).get(service.id)
    if last is not None and now in (last.visited_at, last.last_visited_at):
        return last
    if last is not None and _seen(last) == _seen(visit):
        last.last_visited_at, last.times = now, last.times + 1
        last.elapsed_ms, last.peer = visit.elapsed_ms, visit.peer
        session.flush()
        return last
    row = OnlineServiceVisit(online_service_id=service.id, visited_at=now, **asdict(visit))
    session.add(row)
    session.flush()
    kept = sa.select(OnlineServiceVisit.id).where(OnlineServiceVisit.online_service_id == service.id)
    session.execute(
        sa.delete(OnlineServiceVisit).where(
            OnlineServiceVisit.online_service_id == service.id,
            OnlineServiceVisit.id.not_in(kept.order_by(OnlineServiceVisit.id.desc()).limit(MOST_KEPT)),
        )
    )
    return row


def histories(session: Session, service_ids: Collection[int]) -> dict[int, VisitHistory]:
    """The whole history of each of these services that was visited, in one query."""
    query = sa.select(OnlineServiceVisit).where(OnlineServiceVisit.online_service_id.in_(service_ids))
    rows: dict[int, list[OnlineServiceVisit]] = defaultdict(list)
    for row in session.scalars(query.order_by(OnlineServiceVisit.id)):
        rows[row.online_service_id].append(row)
    return {service_id: VisitHistory(_spans(found)) for service_id, found in rows.items()}


def _spans(rows: Sequence[OnlineServiceVisit]) -> tuple[Span, ...]:
    """One span for each change, the newest first; rows of former days that saw the same are one span too."""
    found: list[Span] = []
    for row in rows:
        last = found[-1] if found else None
        if last is not None and _seen(last) == _seen(row):
            found[-1] = replace(last, until=row.seen_last_at, times=last.times + row.times)
            continue
        title = next((each.title for each in reversed(found) if each.title), None)
        is_renamed = bool(row.title and title and row.title != title)
        found.append(Span(row.visited_at, row.seen_last_at, row.times, *_seen(row), is_renamed))
    return tuple(reversed(found))


def _seen(what: Visit | OnlineServiceVisit | Span) -> tuple[VisitResult, int | None, str | None, date | None]:
    """What makes a change."""
    return what.result, what.http_status, what.title, what.certificate_ends_on


def of_service(session: Session, online_service_id: int) -> Sequence[OnlineServiceVisit]:
    """The last visits of one online service, the newest first."""
    query = sa.select(OnlineServiceVisit).where(OnlineServiceVisit.online_service_id == online_service_id)
    return session.scalars(query.order_by(OnlineServiceVisit.id.desc()).limit(_SHOWN)).all()


def latest(session: Session, service_ids: Collection[int]) -> dict[int, OnlineServiceVisit]:
    """The last visit of each of these online services, where there was one."""
    newest = (
        sa.select(sa.func.max(OnlineServiceVisit.id))
        .where(OnlineServiceVisit.online_service_id.in_(service_ids))
        .group_by(OnlineServiceVisit.online_service_id)
    )
    rows = session.scalars(sa.select(OnlineServiceVisit).where(OnlineServiceVisit.id.in_(newest)))
    return {row.online_service_id: row for row in rows}
