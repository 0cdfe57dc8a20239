"""The jobs that only the database is asked about: folding, the nightly recount, passed deadlines, reminders, visits."""

from __future__ import annotations

import sqlalchemy as sa

from models.platform import Platform
from models.recognition import OnlineService
from models.terms import Stage
from wxsvc import observe
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import deadlines, folding
from wxsvc.services.records import visits
from wxsvc.visitor import Visit, visit
from wxsvc.worker.workshop import Workshop


def fold(shop: Workshop) -> int:
    """Fold everything that waits; returns how many platform-years."""
    folded = folding.fold_waiting(shop.db, shop.now, shop.thresholds, observe.fold_seconds.observe)
    if folded:
        observe.logger("worker").info("folded", platform_years=folded)
    return folded


def recount_all(shop: Workshop) -> int:
    """The nightly recount of everything from the truth."""
    return folding.retally(shop.db, shop.now, shop.thresholds)


def pass_deadlines(shop: Workshop) -> int:
    """Put every platform on the work list whose scorecard is older than a deadline that has passed since."""
    with shop.db.transaction() as session:
        return deadlines.touch_passed(session, shop.now())


def remind(shop: Workshop) -> int:
    """One notice per filing that falls due on the next workday and is not filed yet; none at night or on days off."""
    with shop.db.transaction() as session:
        return deadlines.remind(session, shop.now())


def visit_all(shop: Workshop) -> int:
    """Visit every listed online service, one after the other; one that fails does not keep the others from it."""
    listed = online_services_to_visit(shop)
    for online_service_id in listed:
        try:
            visit_online_service(shop, online_service_id)
        except Exception:
            observe.logger("worker").exception("visit failed", online_service=online_service_id)
    return len(listed)


def online_services_to_visit(shop: Workshop) -> list[int]:
    """The listed online services that have a web address."""
    with shop.db.reading() as session:
        query = (
            sa.select(OnlineService.id)
            .join(Platform, Platform.id == OnlineService.platform_id)
            .where(OnlineService.stage.in_([Stage.SUBMITTED, Stage.APPROVED]), OnlineService.address.like("http%"))
            .order_by(OnlineService.id)
        )
        return list(session.scalars(query))


def visit_online_service(shop: Workshop, online_service_id: int) -> Visit | None:
    """Visit one online service and keep what was seen; the network is asked outside any transaction."""
    with shop.db.reading() as session:
        row = session.get(OnlineService, online_service_id)
        address = row.address if row is not None else None
    if address is None:
        return None
    seen = visit(address)
    with shop.db.transaction() as session:
        visits.record(session, online_service_id, seen, MACHINE, shop.now())
    return seen
