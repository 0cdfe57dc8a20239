"""服务过程照片与材料: what shows that a service, a trade or a response took place; the annex asks for none of it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from models.collaboration import Assignment, Evidence
from models.terms import AssignmentKind, Stage, Subject
from scoring.terms import EvidenceItem
from tests import builders, paper_files
from tests.wxsvc.pages.web import IN_WECHAT, csrf_token, seen
from tests.wxsvc.pages.world import World
from wxsvc.services.records.evidence import MOST_RECORD_PAPERS
from wxsvc.services.reviewables import RECORDS

KINDS = {
    "offline-services": Subject.OFFLINE_SERVICE,
    "online-trades": Subject.ONLINE_TRADE,
    "responses": Subject.RESPONSE,
}
each_kind = pytest.mark.parametrize("address", KINDS)


def photo(shade: int) -> tuple[BytesIO, str]:
    """A photo like no other."""
    drawn = BytesIO()
    Image.new("RGB", (64, 48), (shade * 20 % 256, 80, 120)).save(drawn, "JPEG")
    drawn.seek(0)
    return drawn, f"现场{shade}.jpg"


def typed(rows: Any, world: World, address: str) -> dict[str, Any]:
    """A whole form."""
    if address == "offline-services":
        return {"day": "2026-11-20", "content": "上门诊断", "enterprise": world.enterprise_id}
    if address == "online-trades":
        order = {"order_number": "D-1", "day": "2026-11-20", "service": "商标注册", "institution": "某代理公司"}
        return order | {"enterprise": world.enterprise_id}
    with rows() as session:
        asked = {"kind": AssignmentKind.CONFERENCE, "title": "服务大会", "content": "请组织企业参会"}
        assignment = Assignment(year=2026, created_at=builders.NOW, **asked)
        session.add(assignment)
        session.flush()
        return {"assignment": assignment.id, "content": "组织20家企业参会", "day": "2026-11-20"}


def send(staff: Any, path: str, page: str, **sent: Any) -> Any:
    """Send a form with files and follow where it leads."""
    data = {"csrf_token": csrf_token(staff.get(page)), **sent}
    headers = {"User-Agent": IN_WECHAT}
    answer = staff.client.post(path, data=data, content_type="multipart/form-data", headers=headers)
    return staff.get(answer.headers["Location"].partition("#")[0]) if answer.status_code == 303 else answer


def papers(rows: Any) -> list[Evidence]:
    with rows() as session:
        of_records = sa.select(Evidence).where(Evidence.subject.is_not(None), Evidence.withdrawn_at.is_(None))
        return list(session.scalars(of_records.order_by(Evidence.id)))


def only(rows: Any, address: str) -> Any:
    with rows() as session:
        return session.scalars(sa.select(RECORDS[KINDS[address]])).one()


@each_kind
def test_photos_and_papers_come_with_the_form_and_are_seen_by_both_sides(
    rows: Any, phone: Any, world: World, address: str
) -> None:
    staff, new = phone(world.staff), f"/p/{address}/new"
    form = typed(rows, world, address)
    blank = staff.get(new)
    assert "现场照片、服务报告、合同" in seen(blank)
    assert "请用扫描件" not in seen(blank)
    page = send(staff, new, new, paper=[photo(1), (BytesIO(paper_files.pdf()), "服务报告.pdf")], **form)
    row, (picture, report) = only(rows, address), papers(rows)
    assert {each.item for each in (picture, report)} == {EvidenceItem.RECORD_PAPERS}
    assert {each.subject_id for each in (picture, report)} == {row.id}
    for name in ("现场1.jpg", "服务报告.pdf"):
        assert name in seen(page)
    reviewed = phone(world.reviewer).get(f"/v/review/{KINDS[address].value}/{row.id}")
    for name in ("现场1.jpg", "服务报告.pdf"):
        assert name in seen(reviewed)
    assert staff.get(f"/p/papers/{picture.id}").mimetype == "image/jpeg"
    assert phone(world.reviewer).get(f"/v/papers/{report.id}").mimetype == "application/pdf"
    assert phone(world.other_staff).get(f"/p/papers/{picture.id}").status_code == 404


@each_kind
def test_one_more_comes_later_and_is_taken_back(rows: Any, phone: Any, world: World, address: str) -> None:
    staff, new = phone(world.staff), f"/p/{address}/new"
    send(staff, new, new, **typed(rows, world, address))
    path = f"/p/{address}/{only(rows, address).id}"
    assert "缺佐证" not in seen(staff.get(path))
    for _ in range(2):
        page = send(staff, f"{path}/papers", path, paper=[photo(2)], link="https://example.cn/report")
        assert "佐证材料已保存" in seen(page)
    assert [each.title for each in papers(rows)] == ["现场2.jpg", "https://example.cn/report"]
    for each in papers(rows):
        page = send(staff, f"/p/evidence/{each.id}/withdraw", path)
        assert page.request.path == path
    assert papers(rows) == []


@each_kind
def test_a_record_takes_only_so_many(rows: Any, phone: Any, world: World, address: str) -> None:
    """What is too much is refused whole, on the form as on the record's page; what was typed is still there."""
    staff, new = phone(world.staff), f"/p/{address}/new"
    form = typed(rows, world, address)
    many = [photo(shade) for shade in range(MOST_RECORD_PAPERS + 1)]
    page = send(staff, new, new, paper=many, **form)
    assert page.status_code == 422
    assert "最多保留9件材料" in page.text[page.text.index('id="paper-wrong"') :]
    assert papers(rows) == []
    send(staff, new, new, paper=[photo(shade) for shade in range(MOST_RECORD_PAPERS)], **form)
    path = f"/p/{address}/{only(rows, address).id}"
    page = send(staff, f"{path}/papers", path, paper=[photo(99)])
    assert "最多保留9件材料" in page.text[page.text.index('id="paper-wrong"') :]
    again = send(staff, f"{path}/papers", path, paper=[photo(1)])
    assert "佐证材料已保存" in seen(again)
    assert len(papers(rows)) == MOST_RECORD_PAPERS


def test_what_is_void_takes_none(rows: Any, phone: Any, world: World) -> None:
    staff, new = phone(world.staff), "/p/offline-services/new"
    send(staff, new, new, **typed(rows, world, "offline-services"))
    row = only(rows, "offline-services")
    with rows() as session:
        session.get_one(type(row), row.id).stage = Stage.VOID
    path = f"/p/offline-services/{row.id}"
    page = send(staff, f"{path}/papers", "/p/offline-services/new", paper=[photo(1)])
    assert page.status_code == 409
    assert papers(rows) == []


def test_no_paper_of_a_record_stands_under_an_item_of_the_annex(rows: Any, phone: Any, world: World) -> None:
    """The checklist of the year neither asks for it nor shows it, and nobody puts one there by hand."""
    staff, new = phone(world.staff), "/p/offline-services/new"
    send(staff, new, new, paper=[photo(1)], **typed(rows, world, "offline-services"))
    assert "现场1.jpg" not in seen(staff.get("/p/evidence"))
    sent = {"year": "2026", "item": EvidenceItem.RECORD_PAPERS.value, "paper": [photo(2)]}
    assert send(staff, "/p/evidence", "/p/evidence", **sent).status_code == 404
