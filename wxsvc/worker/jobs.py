"""The jobs that only the database is asked about: folding, the nightly recount, reminders, leavings, visits."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Final

from wxsvc import observe, site_pictures
from wxsvc.db import Session
from wxsvc.house import House
from wxsvc.services import kept_answers, log_chain
from wxsvc.services.activity import signups, unfinished
from wxsvc.services.actor import MACHINE
from wxsvc.services.counting import deadlines, folding
from wxsvc.services.judging import kept_hints, verdict_steps
from wxsvc.services.people import following, licences, retention, returning, web_sessions
from wxsvc.services.records import service_pictures, visits
from wxsvc.services.reports import score_tables
from wxsvc.services.years import day_of, year_of
from wxsvc.site_visits import visit
from wxsvc.worker import heartbeats

_PICTURES: Final = 10
"""Pictures of one run: five minutes at most, so that other work goes on."""
_RENEWED_EVERY: Final = 600
"""Seconds between two looks at what waits, as the timetable has it."""


def _writing(work: Callable[[Session, datetime], int]) -> Callable[[House], int]:
    """The job that is this one use case, in one transaction; returns what it returns."""

    def job(house: House) -> int:
        with house.database.transaction() as session:
            return work(session, house.now())

    return job


keep_month: Final = _writing(score_tables.keep_month)
"""Keep this month's totals; the last night of a month stays."""
pass_deadlines: Final = _writing(deadlines.touch_passed)
"""Put every platform on the work list whose scorecard is older than a deadline that has passed since."""
remind: Final = _writing(deadlines.remind)
"""One notice per filing that falls due on the next workday and is not filed yet; none at night or on days off."""
clear_sessions: Final = _writing(web_sessions.clear)
"""Delete the sessions whose hours are over."""
tell_verdicts: Final = _writing(verdict_steps.tell_due)
"""Tell the platforms of verdicts that cannot be undone any more."""
follow_signups: Final = _writing(signups.follow_up)
"""Let those on waiting lists move up, and remind of tomorrow's activities; each notice once."""


def fold(house: House) -> int:
    """Fold everything that waits; returns how many platform-years."""
    folded = folding.fold_waiting(house.database, house.now, observe.fold_seconds.observe)
    if folded:
        observe.logger("worker").info("folded", platform_years=folded)
    return folded


def recount_all(house: House) -> int:
    """The nightly recount of everything from the truth."""
    return folding.retally(house.database, house.now)


def analyze_grown(house: House) -> int:
    """Have PostgreSQL look at tables that were filled just now: until it has, it reads them as if they were small.
    Returns how many."""
    return house.database.analyze_grown()


def chain_log(house: House) -> int:
    """Link what was written to the log since; the chain's end goes to the program's own log, outside the database."""
    linked = 0
    while True:
        with house.database.transaction() as session:
            few, end = log_chain.extend(session)
        linked += few
        if few < log_chain.AT_ONCE:
            break
    if linked:
        observe.logger("worker").info("log chained", entries=linked, end=end)
    return linked


def forget_departed(house: House) -> int:
    """Take leave of whoever left, once no older push of theirs can arrive; know again whoever has come back.

    Forms that nobody finished go as well, and pictures of licences that are needed no more.
    """
    with house.database.transaction() as session:
        kept_answers.let_go(session, house.now())
        gone = following.forget(session, house.now())
    with house.database.transaction() as session:
        returned = returning.take_back(session, house.vault.lookups, house.now())
        returning.expire(session, house.now())
    if returned:
        observe.logger("worker").info("followed again", persons=returned)
    _remove_released(house)
    return gone


def _remove_released(house: House) -> None:
    """The rows first: a file without a row is shown to nobody, and looked at again after a crash."""
    with house.database.transaction() as session:
        hashes = licences.take_out(session)
    if hashes:
        for each in hashes:
            house.files.remove(each)
        with house.database.transaction() as session:
            licences.removed(session, hashes)


def expire_persons(house: House) -> int:
    """Let go what is personal when its time is over: traces first, then persons, some at a time; how many went."""
    with house.database.transaction() as session:
        retention.clear(session, house.now())
    gone = 0
    while True:
        with house.database.transaction() as session:
            few = retention.expire(session, house.now())
        gone += few
        if few < retention.AT_ONCE:
            return gone


def keep_hints(house: House) -> int:
    """Find the hints of what came to wait for a verdict or changed, so that no page of the queue has to."""
    return _keep_hints(house, only_new=True)


def renew_hints(house: House) -> int:
    """Find the hints of what waits anew, a part in each ten minutes: they may change with other records."""
    return _keep_hints(house, turn=int(house.now().timestamp()) // _RENEWED_EVERY)


def _keep_hints(house: House, *, only_new: bool = False, turn: int | None = None) -> int:
    with house.database.read() as session:
        looked = kept_hints.look_for_hints(session, MACHINE, only_new=only_new, turn=turn)
    if not looked:
        return 0
    with house.database.transaction() as session:
        return kept_hints.keep_hints(session, looked, MACHINE)


def tell_unfinished(house: House) -> int:
    """Half an hour after an activity's end, what it still lacks; once."""
    with house.database.transaction() as session:
        return unfinished.tell(session, house.now(), heartbeats.last_run(session, "tell_unfinished"))


def visit_all(house: House) -> int:
    """Visit every listed online service of this year; one that fails does not keep the others from it.

    The network is asked outside any transaction, and what was seen is written afterwards.
    """
    with house.database.read() as session:
        listed = visits.to_visit(session, year_of(house.now()))
    for each in listed:
        try:
            seen = visit(each.address)
            with house.database.transaction() as session:
                visits.record(session, each.online_service_id, seen, MACHINE, house.now())
        except Exception:
            observe.logger("worker").exception("visit failed", online_service=each.online_service_id)
    return len(listed)


def picture_changed(house: House) -> int:
    """Take pictures of a few online services that changed, where a browser is installed; returns how many were kept."""
    program = site_pictures.browser()
    if program is None:
        return 0
    with house.database.read() as session:
        wanted = service_pictures.to_take(session, year_of(house.now()), _PICTURES)
    kept = 0
    for each in wanted:
        try:
            drawn = site_pictures.take(each.address, program)
            if drawn is None:
                observe.logger("worker").warning("no picture", online_service=each.online_service_id)
                continue
            stored = house.files.store_photo(io.BytesIO(drawn))
            with house.database.transaction() as session:
                now = house.now()
                taken_on = day_of(now)
                service_pictures.add(session, each.online_service_id, stored, "page.png", taken_on, MACHINE, now)
            kept += 1
        except Exception:
            observe.logger("worker").exception("picture failed", online_service=each.online_service_id)
    return kept
