"""加分申报 on the phone: five kinds, each with the regulation's sentence and its proof, for the year it belongs to."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from models.collaboration import BonusClaim, Evidence
from models.person import StaffRole
from models.terms import Role, Subject
from scoring.terms import BonusKind, EvidenceItem, PlatformKind, PlatformTitle
from tests import builders, paper_files
from tests.wxsvc.pages.web import IN_WECHAT, csrf_token, fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews
from wxsvc.services.regulation import readings

PATH = "/p/bonus-claims"
NEW = f"{PATH}/new"
TYPED = {
    "kind": "honour",
    "title": "省级示范平台",
    "issuer": "省工信厅",
    "day": "2026-11-20",
    "year": "2026",
    "link": "",
}
TITLE = {"kind": "platform_title", "award": "most_welcome"}
PRESS = {"kind": "press", "medium": "1", "issuer": "", "link": "https://www.example.cn/news/1"}
"""央视, the first of the list."""


def claims(rows: Any) -> list[BonusClaim]:
    with rows() as session:
        return list(session.scalars(sa.select(BonusClaim).order_by(BonusClaim.id)))


def papers(rows: Any) -> list[Evidence]:
    with rows() as session:
        return list(session.scalars(sa.select(Evidence).where(Evidence.subject == Subject.BONUS_CLAIM)))


def attach(staff: Any, claim_id: int) -> Any:
    path = f"{PATH}/{claim_id}"
    sent = {"csrf_token": csrf_token(staff.get(path)), "paper": [(BytesIO(paper_files.pdf()), "证书.pdf")]}
    answer = staff.client.post(
        f"{path}/papers", data=sent, content_type="multipart/form-data", headers={"User-Agent": IN_WECHAT}
    )
    return staff.get(answer.headers["Location"])


def test_whoever_chose_a_paper_is_told_to_choose_it_again(phone: Any, world: World) -> None:
    """A form that comes back has no file in it: nobody should send it believing that the paper is there."""
    staff = phone(world.staff)
    for papers_sent, is_told in (([(BytesIO(paper_files.pdf()), "证书.pdf")], True), ([(BytesIO(), "")], False)):
        sent = {"csrf_token": csrf_token(staff.get(NEW)), "kind": "honour", "paper": papers_sent}
        answer = staff.client.post(
            NEW, data=sent, content_type="multipart/form-data", headers={"User-Agent": IN_WECHAT}
        )
        again = seen(staff.get(answer.headers["Location"]))
        assert "请填写此项" in again
        assert ("所选的文件没有保存，提交前请重新选择" in again) is is_told


def test_a_paper_that_is_not_taken_is_told_beside_all_else_that_is_wrong(phone: Any, world: World) -> None:
    staff = phone(world.staff)
    sent = {"csrf_token": csrf_token(staff.get(NEW)), "kind": "honour", "paper": [(BytesIO(b"MZ program"), "证书.png")]}
    answer = staff.client.post(NEW, data=sent, content_type="multipart/form-data", headers={"User-Agent": IN_WECHAT})
    again = seen(staff.get(answer.headers["Location"]))
    assert ("这是程序文件" in again, "请填写此项" in again) == (True, True)


def test_the_form_says_what_each_kind_brings_and_needs(phone: Any, world: World) -> None:
    text = seen(phone(world.staff).get(NEW))
    for said in (
        "国家、省级荣誉资质每项",
        "须提供：获得国家、省级荣誉资质相关证明资料",
        "须提供：获得评价指标中指定的国家、省级权威媒体",
        "服务案例获省工信厅选登",
        "评分标准原文",
    ):
        assert said in text, said


def test_an_honour_counts_once_its_paper_is_there(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    for _ in range(2):
        page = staff.post(NEW, **TYPED)
    (row,) = claims(rows)
    assert "缺佐证“荣誉资质证明资料”，暂不计" in seen(page)
    page = attach(staff, row.id)
    assert "待审核，通过后计入荣誉资质1" in seen(page)
    assert [paper.item for paper in papers(rows)] == [EvidenceItem.HONOUR_PAPERS]


def test_a_claim_sent_back_without_its_paper_says_that_it_is_to_be_submitted_again(
    rows: Any, phone: Any, world: World
) -> None:
    staff = phone(world.staff)
    assert "补上后即可审核" in seen(staff.post(NEW, **TYPED))
    with rows() as session:
        reviewer = session.scalars(sa.select(StaffRole).where(StaffRole.role == Role.REVIEWER)).one()
        (claim,) = session.scalars(sa.select(BonusClaim))
        by = Actor(reviewer.person_id, Role.REVIEWER)
        reviews.send_back(session, Subject.BONUS_CLAIM, claim.id, "请上传证书", by, builders.NOW)
    assert "补上后重新提交即可审核" in seen(staff.get(f"{PATH}/{claim.id}"))


def test_the_link_of_a_press_report_is_its_proof(rows: Any, phone: Any, world: World) -> None:
    page = phone(world.staff).post(NEW, **TYPED | PRESS)
    assert "待审核，通过后计入媒体报道1" in seen(page)


def test_a_press_report_that_a_reading_leaves_out_says_so(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **TYPED | PRESS)
    with rows() as session:
        province = session.scalars(sa.select(StaffRole).where(StaffRole.role == Role.PROVINCE)).one()
        by = Actor(province.person_id, Role.PROVINCE)
        kind = PlatformKind.PREFECTURE
        readings.decide(session, 2026, kind, "press_bonus", "false", "省里明确", by, builders.NOW)
    fold(rows)
    assert "不计入：按口径，媒体报道不加分" in seen(staff.get(PATH))


def test_a_claim_for_which_the_annex_names_no_paper_may_have_one(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    page = staff.post(NEW, **TYPED | TITLE | {"title": "最受欢迎窗口平台"})
    assert "待审核，通过后计入优质服务资源1" in seen(page)
    assert "证书.pdf" in seen(attach(staff, claims(rows)[0].id))


def test_a_claim_is_entered_in_the_year_that_is_chosen_and_moved(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    staff.post(NEW, **TYPED | {"year": "2025"})
    (row,) = claims(rows)
    assert (row.year, row.awarded_on) == (2025, date(2026, 11, 20))
    assert row.title in seen(staff.get(f"{PATH}?year=2025"))
    path = f"{PATH}/{row.id}/edit"
    assert '<option value="2025" selected>' in staff.get(path).text
    staff.post(path, **TYPED | {"year": "2026", "was": "2025", "version": 1})
    assert claims(rows)[0].year == 2026


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"kind": ""}, "kind", "请选择一项"),
        ({"kind": "luck"}, "kind", "格式不对"),
        ({"title": " "}, "title", "请填写此项"),
        ({"issuer": ""}, "issuer", "请填写此项"),
        ({"day": ""}, "day", "请填写此项"),
        ({"day": "2026-11-24"}, "day", "日期不能晚于今天"),
        ({"year": ""}, "year", "请选择一项"),
        ({"year": "1999"}, "year", "请选择一项"),
        ({"link": "见附件"}, "link", "请填写完整的网址"),
        ({"kind": "platform_title"}, "award", "请选择所获称号"),
        ({"kind": "platform_title", "award": "star"}, "award", "格式不对"),
        ({"kind": "press"}, "medium", "请从清单中选择报道媒体"),
        ({"kind": "press", "medium": "99"}, "medium", "所选媒体已不在清单中"),
        ({"kind": "press", "medium": "other"}, "medium_reason", "请填写此项"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    rows: Any, phone: Any, world: World, wrong: dict[str, Any], field: str, said: str
) -> None:
    page = phone(world.staff).post(NEW, **TYPED | wrong)
    assert page.status_code == 422
    begins = page.text.index(f'id="{field}-wrong"')
    assert said in page.text[begins : page.text.index("</p>", begins)]
    assert claims(rows) == []


def test_every_kind_can_be_claimed(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    for kind in BonusKind:
        needed = {BonusKind.PLATFORM_TITLE: TITLE, BonusKind.PRESS: PRESS}.get(kind, {})
        assert "已提交审核" in seen(staff.post(NEW, **TYPED | {"kind": kind.value} | needed))
    assert [row.kind for row in claims(rows)] == list(BonusKind)


def test_the_title_is_a_word_and_the_medium_one_of_the_list(rows: Any, phone: Any, world: World) -> None:
    """What the list says of the medium stands on the claim's page, and a correction starts from it."""
    staff = phone(world.staff)
    form = seen(staff.get(NEW))
    for said in ("最受欢迎窗口平台", "服务之星", "优秀服务专家", "优秀服务机构", "优秀服务产品", "新华社", "工信微报"):
        assert said in form, said
    assert "服务之星" in seen(staff.post(NEW, **TYPED | TITLE | {"award": "service_star"}))
    page = seen(staff.post(NEW, **TYPED | PRESS))
    assert "央视" in page
    assert "cctv.com" in page
    title, press = claims(rows)
    assert (title.award, title.medium_id) == (PlatformTitle.SERVICE_STAR, None)
    assert (press.medium_id, press.issuer, press.award) == (1, "央视", None)
    edit = staff.get(f"{PATH}/{press.id}/edit").text
    assert '<option value="1" selected>' in edit


def test_another_medium_needs_its_reason_which_the_reviewer_reads(rows: Any, phone: Any, world: World) -> None:
    other = PRESS | {"medium": "other", "issuer": "湖南日报", "medium_reason": "省委机关报"}
    phone(world.staff).post(NEW, **TYPED | other)
    (row,) = claims(rows)
    assert (row.medium_id, row.issuer, row.medium_reason) == (None, "湖南日报", "省委机关报")
    page = seen(phone(world.reviewer).get(f"/v/review/bonus_claim/{row.id}"))
    for said in ("不在清单内", "省委机关报", "报道媒体不在清单内"):
        assert said in page, said


def test_a_medium_taken_off_the_list_stays_with_its_claim(rows: Any, phone: Any, world: World) -> None:
    """Nobody else can choose it; whoever named it before may still correct the claim."""
    staff, official = phone(world.staff), phone(world.province)
    staff.post(NEW, **TYPED | PRESS)
    (row,) = claims(rows)
    official.post("/v/media/1/withdraw", page="/v/media")
    changed = TYPED | PRESS | {"title": "改了的标题", "version": "1"}
    assert "改了的标题" in seen(staff.post(f"{PATH}/{row.id}/edit", **changed))
    assert staff.post(NEW, **TYPED | PRESS | {"title": "又一篇"}).status_code == 422
