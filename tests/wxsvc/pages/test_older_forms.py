"""Two pages of one thing: what the first one saved is told to the second, with what was typed there; then it decides.

Which forms there are, ``tests/house/test_older_forms.py`` asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
import sqlalchemy as sa
from flask import Flask
from msgspec import Struct

from models.activity import ActivityPlatform
from models.collaboration import BonusClaim, Filing
from models.enterprise import Enterprise
from models.person import Person, Standing
from models.platform import PlatformYear
from models.record import Need
from models.terms import Stage
from tests.databases import put_sqlite
from tests.wxsvc.pages.web import Phone, seen
from tests.wxsvc.pages.whole_world import Keys, whole
from tests.wxsvc.pages.world import World


class Case(Struct, frozen=True):
    """A form: who has it on which page, what two pages say, what is told, and what is stored of it."""

    who: str
    page: str
    first: Mapping[str, str]
    second: Mapping[str, str]
    stored: sa.Select[Any]
    told: str = "已在别处修改过"
    beside: str = ""
    """What is told beside the field that differs."""
    to: str = ""
    """Where the form goes, if not to its page."""
    is_decided: bool = True
    """Sent once more, it is taken."""


def _period(last: str) -> dict[str, str]:
    return {"deed": "set", "first": "2026-01-01", "last": last, "reason": "特殊情况"}


CASES: Final[dict[str, Case]] = {
    "period": Case(
        "province",
        "/v/periods/{platform_code}?year=2026",
        _period("2027-06-30"),
        _period("2026-06-30"),
        sa.select(PlatformYear.assessed_until).where(
            PlatformYear.year == 2026, PlatformYear.period_reason.is_not(None)
        ),
        beside="目前保存的是“2027年6月30日（周三）”",
    ),
    "period reset": Case(
        "province",
        "/v/periods/{platform_code}?year=2026",
        _period("2027-06-30"),
        _period("2026-12-31") | {"deed": "reset"},
        sa.select(PlatformYear.period_reason).where(PlatformYear.year == 2026),
    ),
    "filing": Case(
        "staff",
        "/p/filings/data/2026-11",
        {"deed": "file", "claimed_on": "2026-11-20", "note": "第一页的说明"},
        {"deed": "file", "claimed_on": "2026-11-20", "note": "第二页的说明"},
        sa.select(Filing.note),
        beside="目前保存的是“第一页的说明”",
    ),
    "me": Case(
        "contact",
        "/me",
        {"name": "甲页", "phone": "13800138000"},
        {"name": "乙页", "phone": "13800138000"},
        sa.select(Person.name_sealed).where(Person.id == sa.bindparam("contact")),
        beside="目前保存的是“甲页”",
    ),
    "region": Case(
        "reviewer",
        "/v/review/online_trade/{online_trade_id}",
        {"enterprise": "{enterprise_id}", "region": "430103", "region_reason": "营业执照所载"},
        {"enterprise": "{enterprise_id}", "region": "430200", "region_reason": "住所"},
        sa.select(Enterprise.region_code).where(Enterprise.id == sa.bindparam("enterprise_id")),
        beside="目前保存的是“",
        to="/region",
    ),
    "story": Case(
        "reviewer",
        "/v/review/bonus_claim/{story_id}",
        {"story": "{same_story_id}"},
        {"story": "{third_story_id}"},
        sa.select(BonusClaim.story_of).where(BonusClaim.id == sa.bindparam("story_id")),
        beside="目前保存的是“转载”",
        to="/story",
    ),
    "platform": Case(
        "province",
        "/v/platforms/{platform_code}",
        {"deed": "change", "name": "甲页的名称", "region": "430100", "reason": "更名"},
        {"deed": "change", "name": "乙页的名称", "region": "430100", "reason": "更名"},
        sa.text("select name from platforms where id = :platform_id"),  # type: ignore[arg-type]
        beside="目前保存的是“甲页的名称”",
    ),
    "assist": Case(
        "reviewer",
        "/v/review/activity/{joint_id}",
        {"deed": "reject_assist", "part_reason_{platform_code}": "照片看不出"},
        {"deed": "accept_assist"},
        sa.select(ActivityPlatform.assist_refusal).where(
            ActivityPlatform.activity_id == sa.bindparam("joint_id"),
            ActivityPlatform.platform_id == sa.bindparam("platform_id"),
        ),
        beside="协办佐证未获认可：照片看不出",
        to="/parts/{platform_code}",
    ),
    "standing": Case(
        "province",
        "/v/standings",
        {"deed": "refuse"},
        {"deed": "confirm"},
        sa.select(Standing.suspended_at).where(Standing.person_id == sa.bindparam("waiting_id")),
        told="您查看期间情况有变化",
        to="/{waiting_id}/{enterprise_id}",
        is_decided=False,
    ),
    "need": Case(
        "staff",
        "/p/needs/{open_need_id}",
        {"result": "对接省检测院"},
        {"result": "对接另一家"},
        sa.select(Need.result).where(Need.id == sa.bindparam("open_need_id")),
        beside="对接省检测院",
        to="/match",
        is_decided=False,
    ),
}


@pytest.fixture
def keys(app: Flask, world: World, rows: Any) -> Keys:
    """The whole province, a third report of the story, a 协办 that nobody has judged, and a need that is open."""
    content, found = whole()
    put_sqlite(app.extensions["wxsvc"].database, content)
    known = {**found.by_name, "joint_id": found.by_endpoint["platform.today"]["activity_id"]}
    known |= {"story_id": found.by_endpoint["province.review_corrections.story"]["record_id"]}
    with rows() as session:
        story = session.get_one(BonusClaim, known["story_id"])
        third = BonusClaim(
            title="又一篇",
            kind=story.kind,
            issuer=story.issuer,
            awarded_on=story.awarded_on,
            platform_id=story.platform_id,
            year=story.year,
            created_at=story.created_at,
            submitted_at=story.submitted_at,
        )
        session.add(third)
        part = session.get_one(ActivityPlatform, (known["joint_id"], known["platform_id"]))
        part.part, part.confirmed_at, part.awaits_review = "assist", story.created_at, False
        session.execute(sa.text("update activities set category = 'other' where id = :id"), {"id": known["joint_id"]})
        need = session.get_one(Need, known["need_id"])
        need.stage = Stage.SUBMITTED
        session.flush()
        contact = session.scalars(sa.select(Person.id).where(Person.openid == found.openids["contact"])).one()
        known |= {"third_story_id": third.id, "open_need_id": need.id, "contact": contact}
    return found.having(**known)


@pytest.mark.parametrize("name", CASES)
def test_an_older_page_overwrites_nothing(phone: Callable[..., Phone], keys: Keys, rows: Any, name: str) -> None:
    case = CASES[name]
    somebody, page = phone(keys.openids[case.who]), case.page.format_map(keys.by_name)
    plain, _, query = page.partition("?")
    to = plain + case.to.format_map(keys.by_name) + (f"?{query}" if query else "")

    def stored() -> Any:
        with rows() as session:
            needed = {key: keys.by_name[key] for key in re.findall(r":(\w+)", str(case.stored)) if key in keys.by_name}
            return session.scalars(case.stored, needed).first()

    def sent(fields: Mapping[str, str], mark: Mapping[str, str]) -> Any:
        return somebody.post(to, page, **keys.filled(fields), **mark)

    before, older = stored(), mark_in(somebody.get(page).text, to)
    sent(case.first, older)
    saved = stored()
    assert saved != before
    told = sent(case.second, older)
    assert case.told in seen(told)
    assert case.beside in seen(told)
    assert stored() == saved
    assert "已在别处修改过" not in seen(sent(case.first, older))  # the same again is what stands
    assert stored() == saved
    if case.is_decided:
        assert all(word in told.text for field, word in case.second.items() if field in ("note", "name", "last"))
        newer = mark_in(told.text, to)
        assert newer != older
        sent(case.second, newer)
        assert stored() != saved


def mark_in(page: str, to: str) -> dict[str, str]:
    """The mark of the first form of a page that goes there, or has no address of its own."""
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        head = form.partition(">")[0]
        mark = re.search(r'name="(seen|version)" value="([^"]+)"', form)
        if mark and 'method="post"' in head and (to.partition("?")[0] in head or "action=" not in head):
            return {mark[1]: mark[2]}
    raise AssertionError(f"no form to {to} has a mark")
