"""在线服务, 产业研究报告 and 产业平台融合 on the phone: each where the platform's table asks for it, with its proof."""

from __future__ import annotations

import errno
import os
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import Evidence
from models.person import StaffRole
from models.platform import Platform
from models.recognition import OnlineService, PlatformFusion, ResearchReport, ServiceItem
from models.stored_file import StoredFile
from models.terms import Role, Stage, Subject
from scoring.terms import EvidenceItem, PlatformKind
from tests import builders, paper_files
from tests.wxsvc.pages.web import IN_WECHAT, csrf_token, seen
from tests.wxsvc.pages.world import World, picture
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews

SERVICES, REPORTS, FUSIONS = "/p/online-services", "/p/research-reports", "/p/platform-fusions"
REPORT = {"title": "先进装备产业发展报告", "authors": "课题组", "day": "2026-11-20", "link": ""}
FUSION = {
    "kind": "introduced",
    "name": "工业互联网平台",
    "provider": "某公司",
    "day": "2026-11-20",
    "effect": "二十家企业设备上云",
}
PDF = paper_files.pdf("paper")


def become(rows: Any, world: World, kind: PlatformKind) -> None:
    with rows() as session:
        session.get_one(Platform, world.platform_id).kind = kind


@pytest.fixture
def item(rows: Any) -> int:
    """An item of the province's list."""
    with rows() as session:
        row = ServiceItem(year=2026, name="政策咨询", created_at=builders.NOW)
        session.add(row)
        session.flush()
        return int(row.id)


def send(staff: Any, path: str, page: str | None = None, **sent: Any) -> Any:
    """A form with files, as the page sends it; what is shown then."""
    token = csrf_token(staff.get(page or path))
    answer = staff.client.post(
        path,
        data={"csrf_token": token, **sent},
        content_type="multipart/form-data",
        headers={"User-Agent": IN_WECHAT},
    )
    return staff.get(answer.headers["Location"]) if answer.status_code == 303 else answer


def paper(name: str = "佐证.pdf", content: bytes = PDF) -> tuple[BytesIO, str]:
    return BytesIO(content), name


def papers(rows: Any) -> list[Evidence]:
    with rows() as session:
        return list(session.scalars(sa.select(Evidence).where(Evidence.subject.is_not(None)).order_by(Evidence.id)))


def every(rows: Any, table: Any) -> list[Any]:
    with rows() as session:
        return list(session.scalars(sa.select(table).order_by(table.id)))


@pytest.mark.parametrize(
    ("kind", "open_to", "closed_to"),
    [
        (PlatformKind.PREFECTURE, [SERVICES], [REPORTS, FUSIONS]),
        (PlatformKind.COUNTY, [SERVICES], [REPORTS, FUSIONS]),
        (PlatformKind.CLUSTER, [REPORTS, FUSIONS], [SERVICES]),
    ],
)
def test_a_platform_sees_what_its_own_table_asks(
    rows: Any, phone: Any, world: World, kind: PlatformKind, open_to: list[str], closed_to: list[str]
) -> None:
    become(rows, world, kind)
    staff = phone(world.staff)
    assert [staff.get(path).status_code for path in open_to] == [200] * len(open_to)
    assert [staff.get(path).status_code for path in closed_to] == [404] * len(closed_to)
    assert [staff.get(f"{path}/new").status_code for path in closed_to] == [404] * len(closed_to)


def test_an_online_service_is_entered_with_its_screenshot(rows: Any, phone: Any, world: World, item: int) -> None:
    staff = phone(world.staff)
    assert "平台网站、微信公众号在线服务功能截图" in seen(staff.get(f"{SERVICES}/new"))
    typed = {"item": item, "channel": "website", "address": "https://example.cn/policy"}
    for _ in range(2):
        page = send(staff, f"{SERVICES}/new", paper=[(picture(), "截图.jpg")], **typed)
    (row,) = every(rows, OnlineService)
    assert (row.address, row.stage) == ("https://example.cn/policy", Stage.SUBMITTED)
    (proof,) = papers(rows)
    assert (proof.item, proof.subject_id, proof.title) == (
        EvidenceItem.ONLINE_SERVICE_SCREENSHOTS,
        row.id,
        "截图.jpg",
    )
    text = seen(page)
    assert "政策咨询" in text
    assert "是评定" in text
    assert staff.get(f"/p/papers/{proof.id}").mimetype == "image/jpeg"


def test_an_online_service_without_proof_says_so_until_it_has_one(
    rows: Any, phone: Any, world: World, item: int
) -> None:
    staff = phone(world.staff)
    typed = {"item": item, "channel": "account", "address": "找服务—政策咨询"}
    page = send(staff, f"{SERVICES}/new", **typed)
    assert "缺佐证“在线服务功能截图”，暂不计" in seen(page)
    assert "缺佐证“在线服务功能截图”，暂不计" in seen(staff.get(SERVICES))
    path = f"{SERVICES}/{every(rows, OnlineService)[0].id}"
    nothing = send(staff, f"{path}/papers", page=path)
    assert "请上传材料或填写链接" in nothing.text[nothing.text.index('id="paper-wrong"') :]
    wrong = send(staff, f"{path}/papers", page=path, link="截图")
    assert "请填写完整的网址" in wrong.text[wrong.text.index('id="link-wrong"') :]
    done = send(staff, f"{path}/papers", page=path, link="https://example.cn/shot")
    assert "佐证材料已保存" in seen(done)
    assert "暂不计" not in seen(done)
    (proof,) = papers(rows)
    withdrawn = send(staff, f"/p/evidence/{proof.id}/withdraw", page=path)
    assert "佐证材料已撤回" in seen(withdrawn)
    assert withdrawn.request.path == path
    assert "缺佐证" in seen(withdrawn)


def test_what_the_last_proof_costs_is_said_before_it_goes(rows: Any, phone: Any, world: World, item: int) -> None:
    staff = phone(world.staff)
    send(staff, f"{SERVICES}/new", item=item, channel="account", address="找服务", paper=[paper()])
    (row,) = every(rows, OnlineService)
    with rows() as session:
        reviewer = session.scalars(sa.select(StaffRole).where(StaffRole.role == Role.REVIEWER)).one()
        by = Actor(reviewer.person_id, Role.REVIEWER)
        reviews.approve(session, Subject.ONLINE_SERVICE, row.id, by, builders.NOW)
    (proof,) = papers(rows)
    for path, more in ((f"/p/evidence/{proof.id}/withdraw", {}), (f"{SERVICES}/{row.id}/withdraw", {"reason": "停用"})):
        asked = send(staff, path, page="/p/evidence", **more)
        assert asked.status_code == 422
        assert "还没有撤回。撤回后，下列指标缺佐证，暂不计入" in seen(asked)
        assert "少计一项，目前得分不变" in seen(asked)
        assert papers(rows)[0].withdrawn_at is None
        assert every(rows, OnlineService)[0].stage is Stage.APPROVED
    done = send(staff, f"/p/evidence/{proof.id}/withdraw", page="/p/evidence", agreed="1")
    assert "佐证材料已撤回" in seen(done)
    assert "暂不计。补上后恢复计入" in seen(staff.get(f"{SERVICES}/{row.id}"))
    done = send(staff, f"{SERVICES}/{row.id}/withdraw", page="/p/evidence", reason="停用", agreed="1")
    assert every(rows, OnlineService)[0].stage is Stage.VOID


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"item": ""}, "item", "请选择一项"),
        ({"item": "999"}, "item", "未找到对应的记录"),
        ({"channel": ""}, "channel", "请选择一项"),
        ({"address": " "}, "address", "请填写此项"),
        ({"address": "www.example.cn"}, "address", "请填写完整的网址"),
        ({"address": "https://example.cn/" + "a" * 500}, "address", "控制在500字以内"),
        ({"address": "https://example.cn/other"}, "item", "已有相同编号、链接或事项"),
        ({"paper": [paper("材料.pdf", b"MZ\x90\x00 program")]}, "paper", "这是程序文件"),
        ({"paper": [paper("材料.xlsm", b"PK\x03\x04")]}, "paper", "文件已损坏"),
        ({"paper": [paper("材料.txt", b"hello")]}, "paper", "不支持这种文件"),
    ],
)
def test_what_is_wrong_with_an_online_service_is_said_beside_its_field(
    rows: Any, phone: Any, world: World, item: int, wrong: dict[str, Any], field: str, said: str
) -> None:
    staff = phone(world.staff)
    send(staff, f"{SERVICES}/new", item=item, channel="website", address="https://example.cn/policy")
    typed = {"item": item, "channel": "website", "address": "https://example.cn/policy"}
    page = send(staff, f"{SERVICES}/new", **typed | wrong)
    assert page.status_code == 422
    begins = page.text.index(f'id="{field}-wrong"')
    assert said in page.text[begins : page.text.index("</p>", begins)]
    assert len(every(rows, OnlineService)) == 1
    assert papers(rows) == []


def test_only_the_address_of_an_online_service_is_corrected(rows: Any, phone: Any, world: World, item: int) -> None:
    staff = phone(world.staff)
    send(staff, f"{SERVICES}/new", item=item, channel="website", address="https://example.cn/policy")
    path = f"{SERVICES}/{every(rows, OnlineService)[0].id}/edit"
    assert "服务事项：政策咨询" in seen(staff.get(path))
    assert '<select id="item"' not in staff.get(path).text
    staff.post(path, item=item, channel="website", address="https://example.cn/new", version=1)
    assert every(rows, OnlineService)[0].address == "https://example.cn/new"


def test_without_a_list_of_the_province_the_page_says_so(phone: Any, world: World) -> None:
    assert "省里还没有公布本年度的在线服务清单" in seen(phone(world.staff).get(f"{SERVICES}/new"))


def test_a_paper_that_finds_the_disk_full_leaves_nothing_half_done(
    rows: Any, phone: Any, world: World, item: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    staff = phone(world.staff)
    token = csrf_token(staff.get(f"{SERVICES}/new"))
    monkeypatch.setattr(os, "fsync", full)
    typed = {"item": str(item), "channel": "account", "address": "找服务", "paper": [paper()], "csrf_token": token}
    page = staff.answer(
        staff.client.post(
            f"{SERVICES}/new", data=typed, content_type="multipart/form-data", headers={"User-Agent": IN_WECHAT}
        )
    )
    assert page.status_code == 422
    assert "系统存储空间不足，文件未保存" in seen(page)
    assert 'value="找服务"' in page.text
    monkeypatch.undo()
    assert every(rows, OnlineService) == []
    assert papers(rows) == []


def test_a_report_with_its_proof_counts_once_approved(rows: Any, phone: Any, world: World) -> None:
    become(rows, world, PlatformKind.CLUSTER)
    staff = phone(world.staff)
    for _ in range(2):
        page = send(staff, f"{REPORTS}/new", **REPORT)
    assert "缺佐证“产业研究报告”，暂不计" in seen(page)
    (row,) = every(rows, ResearchReport)
    path = f"{REPORTS}/{row.id}"
    page = send(staff, f"{path}/papers", page=path, paper=[paper("报告.pdf")])
    assert "待审核，通过后计入产业研究报告1份" in seen(page)
    with rows() as session:
        assert session.scalars(sa.select(StoredFile.name).where(StoredFile.media_type == "application/pdf")).all() == [
            "报告.pdf"
        ]
    edited = staff.post(f"{path}/edit", **REPORT | {"title": "改后的报告", "version": 1})
    assert "修改已保存" in seen(edited)
    assert papers(rows)[0].subject_id == row.id


@pytest.mark.parametrize(
    ("path", "typed", "wrong", "field", "said"),
    [
        (REPORTS, REPORT, {"title": ""}, "title", "请填写此项"),
        (REPORTS, REPORT, {"authors": " "}, "authors", "请填写此项"),
        (REPORTS, REPORT, {"day": ""}, "day", "请填写此项"),
        (REPORTS, REPORT, {"day": "2026-12-31"}, "day", "日期不能晚于今天"),
        (REPORTS, REPORT, {"link": "example"}, "link", "请填写完整的网址"),
        (FUSIONS, FUSION, {"kind": ""}, "kind", "请选择一项"),
        (FUSIONS, FUSION, {"name": ""}, "name", "请填写此项"),
        (FUSIONS, FUSION, {"provider": ""}, "provider", "请填写此项"),
        (FUSIONS, FUSION, {"day": "2026-11-24"}, "day", "日期不能晚于今天"),
        (FUSIONS, FUSION, {"effect": "长" * 2001}, "effect", "控制在2000字以内"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    rows: Any, phone: Any, world: World, path: str, typed: dict[str, Any], wrong: Any, field: str, said: str
) -> None:
    become(rows, world, PlatformKind.CLUSTER)
    page = send(phone(world.staff), f"{path}/new", **typed | wrong)
    assert page.status_code == 422
    begins = page.text.index(f'id="{field}-wrong"')
    assert said in page.text[begins : page.text.index("</p>", begins)]
    assert every(rows, ResearchReport) == every(rows, PlatformFusion) == []


def test_a_fusion_is_entered_and_corrected(rows: Any, phone: Any, world: World) -> None:
    become(rows, world, PlatformKind.CLUSTER)
    staff = phone(world.staff)
    for _ in range(2):
        page = send(staff, f"{FUSIONS}/new", paper=[paper()], **FUSION)
    assert "是评定" in seen(page)
    (row,) = every(rows, PlatformFusion)
    path = f"{FUSIONS}/{row.id}/edit"
    assert "二十家企业设备上云</textarea>" in staff.get(path).text
    staff.post(path, **FUSION | {"effect": "三十家企业设备上云", "version": 1})
    assert every(rows, PlatformFusion)[0].effect == "三十家企业设备上云"
    assert len(papers(rows)) == 1
