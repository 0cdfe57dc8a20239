"""重点工作响应 on the phone: what the province asks, until when, and one response to each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import Assignment, Response
from models.terms import AssignmentKind, Stage
from tests import builders
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World

PATH, NEW = "/p/assignments", "/p/responses/new"


@pytest.fixture
def asked(rows: Any) -> int:
    """The province asks for guests at its conference."""
    return assignment(rows)


def assignment(rows: Any, **columns: Any) -> int:
    with rows() as session:
        row = Assignment(
            **{
                "year": 2026,
                "kind": AssignmentKind.CONFERENCE,
                "title": "全省服务大会",
                "content": "请组织企业参会",
                "due_on": date(2026, 11, 30),
                "created_at": builders.NOW,
            }
            | columns
        )
        session.add(row)
        session.flush()
        return int(row.id)


def responses(rows: Any) -> list[Response]:
    with rows() as session:
        return list(session.scalars(sa.select(Response).order_by(Response.id)))


def typed(asked: int, **fields: Any) -> dict[str, Any]:
    return {"assignment": asked, "content": "组织20家企业参会", "day": "2026-11-20"} | fields


def test_what_is_asked_is_listed_with_its_day_and_answered(rows: Any, phone: Any, world: World, asked: int) -> None:
    assignment(rows, title="过期的工作", due_on=date(2026, 11, 1))
    assignment(rows, title="不限时的工作", due_on=None)
    assignment(rows, title="已撤回的工作", withdrawn_at=builders.NOW)
    staff = phone(world.staff)
    text = seen(staff.get(PATH))
    assert "待响应（3）" in text
    assert "11月30日（周一）前响应" in text
    assert "已到期，请尽快补报" in text
    assert "已撤回的工作" not in text
    assert text.index("过期的工作") < text.index("全省服务大会") < text.index("不限时的工作")
    form = seen(staff.get(f"{NEW}?assignment={asked}"))
    assert "请组织企业参会" in form
    for _ in range(2):
        page = staff.post(NEW, **typed(asked))
    (row,) = responses(rows)
    assert page.request.path == f"/p/responses/{row.id}"
    assert (row.stage, row.responded_on) == (Stage.SUBMITTED, date(2026, 11, 20))
    assert "是评定" in seen(page)
    text = seen(staff.get(PATH))
    assert "待响应（2）" in text
    assert "已响应（1）" in text
    assert staff.get("/p/responses").request.path == PATH


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"assignment": ""}, "assignment", "请选择一项"),
        ({"assignment": "999"}, "assignment", "未找到对应的记录"),
        ({"content": " "}, "content", "请填写此项"),
        ({"content": "长" * 2001}, "content", "控制在2000字以内"),
        ({"day": ""}, "day", "请填写此项"),
        ({"day": "2026-11-24"}, "day", "日期不能晚于今天"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    rows: Any, phone: Any, world: World, asked: int, wrong: dict[str, Any], field: str, said: str
) -> None:
    page = phone(world.staff).post(NEW, **typed(asked) | wrong)
    assert page.status_code == 422
    begins = page.text.index(f'id="{field}-wrong"')
    assert said in page.text[begins : page.text.index("</p>", begins)]
    assert responses(rows) == []


def test_one_response_to_each_and_none_to_what_was_withdrawn(rows: Any, phone: Any, world: World, asked: int) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **typed(asked))
    second = staff.post(NEW, **typed(asked, content="又组织10家"))
    assert "已有相同" in second.text[second.text.index('id="assignment-wrong"') :]
    gone = staff.post(NEW, **typed(assignment(rows, withdrawn_at=builders.NOW)))
    assert "已撤回，无需再响应" in gone.text[gone.text.index('id="assignment-wrong"') :]
    assert len(responses(rows)) == 1


def test_the_reviewer_reads_the_last_day_and_how_late_it_was(rows: Any, phone: Any, world: World, asked: int) -> None:
    """晚报: in the list of what waits and on the record; one in time is only told its day."""
    staff, hub = phone(world.staff), phone(world.reviewer)
    staff.post(NEW, **typed(asked))
    staff.post(NEW, **typed(assignment(rows, title="过期的工作", due_on=date(2026, 11, 18))))
    in_time, late = responses(rows)
    queue = seen(hub.get("/v/review"))
    assert "期限11月18日，晚2天" in queue
    assert queue.count("期限") == 1
    assert "晚2天" in seen(hub.get(f"/v/review/response/{late.id}"))
    record = seen(hub.get(f"/v/review/response/{in_time.id}"))
    assert "响应期限2026年11月30日" in record.replace(" ", "")
    assert "天</span>" not in record


def test_a_response_is_corrected(rows: Any, phone: Any, world: World, asked: int) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **typed(asked))
    path = f"/p/responses/{responses(rows)[0].id}/edit"
    assert "全省服务大会" in seen(staff.get(path))
    staff.post(path, **typed(asked, content="组织30家企业参会", version=1))
    assert responses(rows)[0].content == "组织30家企业参会"
