"""Lists of what adds up over years: whatever stands on the first page leads on, until everything has been shown."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from html import unescape
from typing import Any, Final

import pytest
import sqlalchemy as sa

from models.dispute import Dispute
from models.enterprise import Enterprise
from models.notice import Notice
from models.person import Person
from models.platform import Platform
from models.record import Need
from models.signup import Signup
from models.terms import DisputeState, DisputeSubject, NeedKind, NoticePurpose, Stage
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World

MANY: Final = 110
"""More than any page shows at once."""
NEXT: Final = re.compile(r'href="([^"#]+)#(?:found|coming)">下一页')
LISTS: Final = (
    ("visitor", "/mine", "来过"),
    ("visitor", "/mine", "报过"),
    ("visitor", "/needs", "想要"),
    ("visitor", "/disputes?year=2026", "办结"),
    ("staff", "/p/disputes", "反映"),
    ("province", "/v/disputes", "反映"),
    ("province", "/v/disputes?state=dismissed", "办结"),
    ("staff", "/p/notices", "告知"),
)


@pytest.fixture
def long(rows: Any, world: World) -> World:
    """Of everything so many that no page holds them."""
    with rows() as session:
        platform = session.get_one(Platform, world.platform_id)
        enterprise = session.get_one(Enterprise, world.enterprise_id)
        visitor = session.scalars(sa.select(Person.id).where(Person.openid == world.visitor)).one()
        ahead = {"starts_at": builders.NOW + timedelta(days=30), "ends_at": builders.NOW + timedelta(days=31)}
        for number in range(MANY):
            came = builders.activity(session, platform, title=f"来过{number:03}")
            check_in = builders.check_in(session, came, enterprise)
            coming = builders.activity(session, platform, title=f"报过{number:03}", **ahead)
            about = {"subject": DisputeSubject.CHECK_IN, "subject_id": check_in.id, "raised_by": visitor}
            about |= {"enterprise_id": enterprise.id, "platform_id": platform.id, "raised_at": builders.NOW}
            ended = {"state": DisputeState.DISMISSED, "decided_at": builders.NOW}
            need = {"kind": NeedKind.MATCHING, "region_code": "430102", "title": "检测", "content": f"想要{number:03}"}
            need |= {"raised_on": builders.NOW.date(), "stage": Stage.DRAFT, "created_by": visitor, "year": 2026}
            told = {"title": f"告知{number:03}", "is_withdrawn": False, "id": 1}
            session.add_all(
                [
                    Signup(
                        activity_id=coming.id,
                        enterprise_id=enterprise.id,
                        person_id=visitor,
                        signed_up_at=builders.NOW,
                        is_waiting=False,
                    ),
                    Dispute(reason=f"反映{number:03}", **about),
                    Dispute(reason="查过", decision=f"办结{number:03}", **about, **ended),
                    Need(
                        enterprise_id=enterprise.id,
                        platform_id=platform.id,
                        created_at=builders.NOW,
                        is_from_enterprise=True,
                        **need,
                    ),
                    Notice(
                        platform_id=platform.id,
                        purpose=NoticePurpose.ANNOUNCEMENT,
                        key=f"told:{number}",
                        facts=told,
                        made_at=builders.NOW,
                    ),
                ]
            )
    return world


@pytest.mark.parametrize(("who", "address", "mark"), LISTS, ids=lambda each: each if each[0] == "/" else "")
def test_everything_is_reached_from_the_first_page(phone: Any, long: World, who: str, address: str, mark: str) -> None:
    """No list ends without saying so: one follows 下一页 of each list, and meets every entry once."""
    hand, ways, opened, met = phone(getattr(long, who)), [address], set(), Counter[str]()
    while ways:
        if (way := ways.pop()) not in opened:
            opened.add(way)
            page = hand.get(way)
            ways += [unescape(each) for each in NEXT.findall(page.text)]
            met.update(set(re.findall(mark + r"\d{3}", seen(page))))
    assert set(met) == {f"{mark}{number:03}" for number in range(MANY)}
