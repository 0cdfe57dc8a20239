"""输入短码: the page takes what the chat takes, and does what a scan does, with its limit and its refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn, RefusedScan
from models.terms import Door, Stage
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World
from wxsvc.services.door.scans import OWN_SCAN

CONSENT = "2026-12"


@pytest.fixture
def hall(rows: Any, world: World) -> None:
    """An activity that is being held, with a short code."""
    with rows() as session:
        builders.activity(session, builders.platform(session), code="OPEN", short_code="22148", title="现场诊断")


def check_ins(rows: Any) -> list[CheckIn]:
    with rows() as session:
        return list(session.scalars(sa.select(CheckIn).where(CheckIn.door == Door.SHORT_CODE)))


@pytest.mark.parametrize("typed", ["22148", "２２１４８", "签到 22148", "2 2 1 4 8"])
@pytest.mark.usefixtures("hall")
def test_it_checks_in_as_in_the_chat(rows: Any, phone: Any, world: World, typed: str) -> None:
    receipt = phone(world.visitor).post("/code", code=typed)
    assert receipt.request.path.startswith("/receipt/")
    assert "签到成功" in receipt.text
    (row,) = check_ins(rows)
    assert (row.evidence_grade, row.checked_in_at) == (OWN_SCAN, builders.NOW)


@pytest.mark.usefixtures("hall")
def test_what_is_no_code_stays_typed_and_is_no_guess(rows: Any, phone: Any, world: World) -> None:
    page = phone(world.visitor).post("/code", code="22148家企业")
    assert page.status_code == 422
    assert "5位数字短码" in seen(page)
    assert 'value="22148家企业"' in page.text
    with rows() as session:
        assert not session.query(RefusedScan).filter_by(door=Door.SHORT_CODE).count()


@pytest.mark.usefixtures("hall")
def test_guessing_ends_after_five_whichever_way_one_types(rows: Any, phone: Any, world: World) -> None:
    guesser = phone(world.visitor)
    for guess in range(5):
        assert "未找到对应的活动" in seen(guesser.post("/code", code=f"9000{guess}"))
    assert "尝试次数过多" in seen(guesser.post("/code", code="22148"))
    assert check_ins(rows) == []


@pytest.mark.parametrize("opens_in", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_cancelled_activity_is_told_as_such_before_its_door_would_open_too(
    rows: Any, phone: Any, world: World, opens_in: timedelta
) -> None:
    opens_at = builders.NOW + opens_in
    with rows() as session:
        builders.activity(
            session,
            builders.platform(session),
            short_code="22149",
            title="专利布局辅导",
            stage=Stage.VOID,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(hours=3),
            published_at=builders.NOW - timedelta(days=2),
        )
    assert "“专利布局辅导”已取消" in seen(phone(world.visitor).post("/code", code="22149"))


@pytest.mark.usefixtures("hall")
def test_a_newcomer_enrols_and_is_checked_in(rows: Any, phone: Any, world: World) -> None:
    newcomer = phone("o-newcomer")
    assert newcomer.post("/code", code="22148").request.path == "/enrol"
    at = "/enrol?activity=OPEN"
    receipt = newcomer.post(at, page=f"{at}&q={world.enterprise_name}", whom=world.enterprise_id, consent=CONSENT)
    assert "签到成功" in seen(receipt)
    assert len(check_ins(rows)) == 1


@pytest.mark.usefixtures("hall")
def test_it_is_found_from_what_comes_and_from_the_menu(phone: Any, world: World) -> None:
    assert 'href="/code"' in phone(world.visitor).get("/activities").text
