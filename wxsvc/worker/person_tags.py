"""标签: put on and taken off at WeChat as the roles change, so that everybody sees the menu of their work."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import Final

from wxsvc import observe, wording
from wxsvc.house import House
from wxsvc.services.people import person_tags
from wxsvc.services.people.person_tags import AUDIENCES, Retagging
from wxsvc.wechat import tags
from wxsvc.wechat.errors import NotFollowing, Paused, WeChatError

NOT_FOLLOWING: Final = f"{NotFollowing.__name__}: no tag without following"
NOT_TAKEN_OFF: Final = "the former tag could not be taken off"
ASK_AGAIN: Final = timedelta(days=1)
"""For whoever does not follow: their following is pushed to us, and a push may get lost."""


def tag_name(audience: str) -> str:
    """The account's tag (标签) of an audience, as the console shows it."""
    return wording.word(audience, "audience")


def follow_roles(house: House) -> int:
    """Bring every tag in line with the roles; only changed persons cause calls. Returns how many were changed."""
    with house.database.read() as session:
        waiting = person_tags.changed(session, house.now())
    changed = 0
    for _, group in groupby(sorted(waiting, key=_change), _change):
        changed += _carry_out(house, list(group))
    return changed


def compare(house: House) -> int:
    """Look at WeChat's own lists: what somebody changed in the console is put right. Returns how many differed.

    WeChat is asked first and the rows afterwards, so that a tag put on in between is at worst put on twice.
    """
    found = tags.ids(house.gateway)
    differing = 0
    for audience in AUDIENCES:
        tag_id = found.get(tag_name(audience))
        there = tags.members(house.gateway, tag_id) if tag_id is not None else set()
        with house.database.read() as session:
            here = person_tags.carriers(session)[audience]
        strays = there - here
        if tag_id is not None and strays:
            tags.remove(house.gateway, tag_id, sorted(strays))
        with house.database.transaction() as session:
            person_tags.lost(session, audience, (here - there) | strays)
        differing += len(here ^ there)
    if differing:
        observe.logger("worker").warning("tags differed from WeChat's own list", persons=differing)
    return differing


def _change(each: Retagging) -> tuple[str, str]:
    return each.old or "", each.new or ""


def _carry_out(house: House, group: list[Retagging]) -> int:
    """One change for several persons. The new tag is put on before the old one goes: the last one put on decides."""
    old, new = group[0].old, group[0].new
    not_put: set[str] = set()
    not_taken: set[str] = set()
    try:
        ids = tags.ensure(house.gateway, [tag_name(audience) for audience in (new, old) if audience])
        if new:
            not_put.update(tags.add(house.gateway, ids[tag_name(new)], [each.openid for each in group]))
        if old:
            with_new = [each.openid for each in group if each.openid not in not_put]
            not_taken.update(tags.remove(house.gateway, ids[tag_name(old)], with_new))
    except WeChatError as failure:
        until = house.now() + timedelta(seconds=failure.seconds) if isinstance(failure, Paused) else None
        with house.database.transaction() as session:
            problem = observe.scrubbed(f"{type(failure).__name__}: {failure}")
            person_tags.failed(session, group, problem, house.now(), until)
        return 0
    done = [each for each in group if each.openid not in not_put | not_taken]
    with house.database.transaction() as session:
        person_tags.tagged(session, done, house.now())
        without = [each for each in group if each.openid in not_put]
        person_tags.failed(session, without, NOT_FOLLOWING, house.now(), house.now() + ASK_AGAIN)
        still_old = [each for each in group if each.openid in not_taken]
        person_tags.failed(session, still_old, NOT_TAKEN_OFF, house.now())
    return len(done)
