"""The jobs that only the database is asked about: folding, the nightly recount, reminders, leavings, visits."""

from __future__ import annotations

from wxsvc import observe
from wxsvc.services.activity import unfinished
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import deadlines, folding
from wxsvc.services.people import following, retention
from wxsvc.services.records import visits
from wxsvc.services.years import year_of
from wxsvc.visitor import visit
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


def forget_departed(shop: Workshop) -> int:
    """Take leave of whoever left, once no older push of theirs can arrive."""
    with shop.db.transaction() as session:
        return following.forget(session, shop.now())


def expire_persons(shop: Workshop) -> int:
    """Let go what is personal about whoever has not been here since a year that was sealed twelve months ago."""
    gone = 0
    while True:
        with shop.db.transaction() as session:
            few = retention.expire(session, shop.now())
        gone += few
        if few < retention.AT_ONCE:
            return gone


def tell_unfinished(shop: Workshop) -> int:
    """Half an hour after an activity's end, what it still lacks; once."""
    with shop.db.transaction() as session:
        return unfinished.tell(session, shop.now(), shop.thresholds)


def visit_all(shop: Workshop) -> int:
    """Visit every listed online service of this year; one that fails does not keep the others from it.

    The network is asked outside any transaction, and what was seen is written afterwards.
    """
    with shop.db.reading() as session:
        listed = visits.to_visit(session, year_of(shop.now()))
    for each in listed:
        try:
            seen = visit(each.address)
            with shop.db.transaction() as session:
                visits.record(session, each.online_service_id, seen, MACHINE, shop.now())
        except Exception:
            observe.logger("worker").exception("visit failed", online_service=each.online_service_id)
    return len(listed)
