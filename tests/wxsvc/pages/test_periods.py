"""考评期: the province sets it with a reason, scorecards carry it; in January they open on the year in closing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.platform import Platform
from models.record import Need
from models.terms import NeedKind, Stage
from tests import builders
from tests.clock import SettableClock
from tests.wxsvc.pages.web import fold, seen
from tests.wxsvc.pages.world import World, settle_records
from wxsvc.services import years
from wxsvc.services.counting import tallies


@pytest.fixture
def place(world: World) -> str:
    """The period of the own platform in 2026."""
    return f"/v/periods/{world.platform_code}?year=2026"


def test_the_province_sets_a_period_and_the_scorecard_says_so(rows: Any, phone: Any, world: World, place: str) -> None:
    """Listed, set with a reason, shown to both sides, and taken back."""
    province = phone(world.province)
    assert "考评期" in province.get("/v/more").text
    listed = seen(province.get("/v/periods?year=2026"))
    assert "2026年1月1日至2026年12月31日" in listed
    assert "考评期：" not in listed, "the column says what it is"
    page = seen(province.post(place, first="2026-12-01", last="2026-12-31", reason="十二月起纳入考评", deed="set"))
    assert "考评期已设定" in page
    assert "特殊情况：十二月起纳入考评" in page
    fold(rows)
    own, theirs = phone(world.staff).get("/p/score"), province.get(f"/v/score/{world.platform_code}")
    for score in (own, theirs):
        assert "考评期：2026年12月1日至2026年12月31日" in seen(score)
    for left_out in (own, province.get(f"/v/score/{world.platform_code}/left-out")):
        assert "不在本平台该年度的考评期内" in seen(left_out)
    assert "已恢复一般考评期" in province.post(place, reason="不再需要", deed="reset").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first": "2026-07-01", "last": "2026-12-31", "reason": " "}, "请写明理由"),
        ({"first": "2026-12-31", "last": "2026-07-01", "reason": "理由"}, "截止日不能早于起始日"),
        ({"first": "2024-12-31", "last": "2025-07-01", "reason": "理由"}, "考评期应包含2026年内的日期"),
        ({"first": "2025-02-01", "last": "2027-07-01", "reason": "理由"}, "考评期不能超过一年半"),
        ({"first": "2026-02-30", "last": "2026-07-01", "reason": "理由"}, "格式不对"),
        ({"first": "", "last": "2026-07-01", "reason": "理由"}, "请"),
    ],
)
def test_nonsense_comes_back_with_what_was_typed(
    rows: Any, phone: Any, world: World, place: str, typed: dict[str, str], said: str
) -> None:
    """One sentence, the form as it was, and nothing changed."""
    page = phone(world.province).post(place, deed="set", **typed)
    assert (page.status_code, said in page.text) == (422, True)
    assert f'value="{typed["last"]}"' in page.text
    with rows() as session:
        assert years.assessment_period(session, world.platform_id, 2026) == years.whole_year(2026)


def test_a_sealed_year_and_a_reviewer_set_nothing(rows: Any, phone: Any, world: World, place: str) -> None:
    """The page shows the period and no form; what is sent all the same is refused."""
    hub = phone(world.reviewer)
    assert "设定考评期" not in hub.get(place).text
    province = phone(world.province)
    page = province.get(place)
    assert "设定考评期" in page.text
    with rows() as session:
        builders.seal(session, session.get_one(Platform, world.platform_id))
    refused = province.post_raw(
        place, csrf_token=page_token(page), deed="set", first="2026-07-01", last="2026-12-31", reason="理由"
    )
    assert (refused.status_code, "2026年度已锁定" in refused.text) == (409, True)
    assert "考评期不能再更改" in province.get(place).text


def page_token(page: Any) -> str:
    """The form's token."""
    return str(page.text.split('name="csrf_token" value="')[1].split('"')[0])


def test_in_january_scores_open_on_the_year_in_closing(
    rows: Any, phone: Any, world: World, page_clock: SettableClock
) -> None:
    """Until the new year has a record of the platform; a year that is asked for is shown."""
    fold(rows)
    january = builders.NOW.replace(year=2027, month=1, day=10)
    page_clock.set(january)
    staff, province = phone(world.staff), phone(world.province)
    pages = ("/p/score", f"/v/score/{world.platform_code}", "/v/scores")
    for where, who in zip(pages, (staff, province, province), strict=True):
        assert "2026年度得分" in seen(who.get(where)), where
    assert "2027年度得分" in seen(staff.get("/p/score?year=2027"))
    with rows() as session:
        own = session.get_one(Platform, world.platform_id)
        builders.activity(session, own, starts_at=january, ends_at=january.replace(hour=12))
        tallies.fold(session, own.id, 2027, january)
    for where, who in zip(pages, (staff, province, province), strict=True):
        assert "2027年度得分" in seen(who.get(where)), where


def test_what_was_sent_back_is_not_told_as_waiting_on_the_score_line(rows: Any, phone: Any, world: World) -> None:
    """Of every kind of record, the line and its rows say 已退回 to both sides."""
    settle_records(rows, world)
    with rows() as session:
        for number in range(2):
            session.add(
                Need(
                    platform_id=world.platform_id,
                    year=2026,
                    kind=NeedKind.APPEAL,
                    enterprise_id=world.enterprise_id,
                    region_code="430102",
                    title=f"用电增容{number}",
                    content="报装三个月未批复",
                    raised_on=date(2026, 11, 2),
                    stage=Stage.RETURNED,
                    return_reason="请补充",
                    reviewed_at=builders.NOW,
                    submitted_at=builders.NOW,
                    created_at=builders.NOW,
                )
            )
    fold(rows)
    for who, base in ((world.staff, "/p/score"), (world.province, f"/v/score/{world.platform_code}")):
        card = phone(who).get(base).text.split('id="needs"')[1].split("</section>")[0]
        assert "待审核 1" in card
        assert "已退回 2" in card
        assert "已退回 2条" in " ".join(seen(phone(who).get(f"{base}/needs")).split())
