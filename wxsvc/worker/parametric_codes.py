"""Parametric codes (带参数二维码): whatever can be scanned gets one from WeChat, soon, and another before it ends."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from wxsvc import observe
from wxsvc.clock import BEIJING, beijing_day
from wxsvc.house import House
from wxsvc.services.activity import parametric_codes
from wxsvc.wechat import codes
from wxsvc.wechat.errors import Paused, QuotaSpent, WeChatError

AT_ONCE: Final = 20
"""Codes of one run: an import of a thousand activities leaves the worker free for others in between."""


def fetch_codes(house: House) -> int:
    """Ask WeChat for the codes that are wanted; returns how many came. Costs two reads when nothing is.

    The first failure ends the run: most of what goes wrong would go wrong with the next code too, and whose turn it
    was waits longer than the others.
    """
    with house.database.read() as session:
        is_wanted = bool(parametric_codes.wanting(session, house.now()))
    if is_wanted:
        with house.database.transaction() as session:
            parametric_codes.ask(session, house.now())
    with house.database.read() as session:
        due = parametric_codes.due(session, house.now(), AT_ONCE)
    fetched = 0
    for code_id in due:
        came = _fetch(house, code_id)
        if came is None:
            break
        fetched += came
    if fetched:
        observe.logger("worker").info("parametric codes fetched", codes=fetched)
    return fetched


def _fetch(house: House, code_id: int) -> bool | None:
    """Fetch one code, outside any transaction: whether it came; None when no other should be tried now."""
    with house.database.transaction() as session:
        scene = parametric_codes.take(session, code_id, house.now())
    if scene is None:
        return False  # another worker has it
    try:
        code = codes.create(house.gateway, scene)
    except (WeChatError, ValueError) as failure:
        with house.database.transaction() as session:
            _note(session, code_id, failure, house.now())
        return None
    with house.database.transaction() as session:
        parametric_codes.made(session, code_id, code.url, code.ticket, code.expires_at, house.now())
    return True


def _note(session: Session, code_id: int, failure: Exception, now: datetime) -> None:
    problem = observe.scrubbed(str(failure))
    match failure:
        case QuotaSpent():
            parametric_codes.put_off(session, problem, _tomorrow(now))
        case Paused(seconds=seconds):
            parametric_codes.put_off(session, problem, now + timedelta(seconds=seconds))
        case _:
            parametric_codes.failed(session, code_id, problem, now)


def _tomorrow(now: datetime) -> datetime:
    """When the day's quota begins anew: midnight in Beijing."""
    return datetime.combine(beijing_day(now) + timedelta(days=1), time(), BEIJING)
