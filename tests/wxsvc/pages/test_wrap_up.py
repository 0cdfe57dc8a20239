"""活动总结与提交: whatever is pressed, nothing typed or chosen is lost; what is lacking is said with what it costs."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from models.activity import Activity, ActivityPhoto, ActivityVersion
from models.person import Person
from models.terms import Role, Stage, Subject
from scoring.terms import ActivityCategory
from tests import builders
from tests.wxsvc.pages.statements import counted
from tests.wxsvc.pages.web import IN_WECHAT, csrf_token, fold, seen
from tests.wxsvc.pages.world import World
from wxsvc.services.actor import Actor
from wxsvc.services.judging import reviews


def activity(rows: Any, **found: Any) -> Activity:
    with rows() as session:
        return session.scalars(sa.select(Activity).filter_by(**found)).one()


def wrap_up(staff: Any, code: str, files: list[tuple[BytesIO, str]] | None = None, **typed: Any) -> TestResponse:
    """Press a button of the one form, as the page stands."""
    path = f"/p/activity/{code}/wrap-up"
    page = staff.get(path)
    version = page.text.partition('name="version" value="')[2].partition('"')[0]
    sent = {
        "csrf_token": csrf_token(page),
        "version": version,
        "kind": "photo",
        "photos": [FileStorage(*each) for each in files or []],
    } | typed
    values = MultiDict((name, value) for name, of in sent.items() for value in (of if isinstance(of, list) else [of]))
    boundary, body = encode_multipart(values)  # in memory: the client's own temporary file would be left open
    kind = f'multipart/form-data; boundary="{boundary}"'
    answer = staff.client.post(path, data=body, content_type=kind, headers={"User-Agent": IN_WECHAT})
    return staff.get(answer.headers["Location"]) if answer.status_code == 303 else answer  # type: ignore[no-any-return]


def kept(rows: Any, activity_id: int) -> int:
    with rows() as session:
        return len(session.scalars(sa.select(ActivityPhoto).filter_by(activity_id=activity_id, removed_at=None)).all())


def send_back(rows: Any, world: World, reason: str, page_clock: Any) -> None:
    with rows() as session:
        who = session.scalars(sa.select(Person).where(Person.openid == world.reviewer)).one()
        by = Actor(who.id, Role.REVIEWER)
        reviews.send_back(session, Subject.ACTIVITY, world.activity_id, reason, by, page_clock.now())


def drawn(*size: int) -> BytesIO:
    """A picture of so many pixels, and few bytes."""
    out = BytesIO()
    Image.new("1", size).save(out, "PNG")
    out.seek(0)
    return out


def test_photos_are_kept_and_what_is_no_photo_is_refused_with_a_sentence(rows: Any, phone: Any, world: World) -> None:
    staff = phone(world.staff)
    files = [(drawn(40, 30), "现场2.png"), (BytesIO(b"MZ\x90\x00 program"), "照片.jpg"), (drawn(8200, 6200), "大.png")]
    page = wrap_up(staff, world.activity_code, files, summary="写到一半", deed="upload")
    assert "已上传1张" in page.text
    assert "照片.jpg：这是程序文件" in seen(page)
    assert "大.png：图片尺寸过大" in seen(page)
    assert "写到一半" in page.text  # what was typed meanwhile is kept too
    assert activity(rows, id=world.activity_id).summary == "写到一半"
    assert kept(rows, world.activity_id) == 2
    again = [(drawn(40, 30), "现场2.png"), (drawn(50, 30), "现场3.png"), (drawn(50, 30), "现场3(1).png")]
    more = seen(wrap_up(staff, world.activity_code, again, summary="写到一半", deed="upload"))
    assert "已上传1张" in more
    assert "有2张此前已上传，没有重复保存" in more
    known = seen(wrap_up(staff, world.activity_code, [(drawn(40, 30), "现场2.png")], summary="写到一半", deed="upload"))
    assert ("有1张此前已上传" in known, "请先选择照片" in known) == (True, False)
    assert kept(rows, world.activity_id) == 3
    assert "请先选择照片" in wrap_up(staff, world.activity_code, summary="写到一半", deed="upload").text
    shown = staff.get(f"/p/photos/{world.photo_id}?small=1")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"].startswith("private")
    gone = wrap_up(staff, world.activity_code, summary="又写了些", remove=world.photo_id)
    assert "照片已移除" in gone.text
    assert activity(rows, id=world.activity_id).summary == "又写了些"
    with rows() as session:
        assert session.get_one(ActivityPhoto, world.photo_id).removed_at is not None
        other = builders.photo(session, session.get_one(Activity, world.joint_id)).id
    assert "未找到对应的记录" in wrap_up(staff, world.activity_code, summary="", remove=other).text


def test_several_full_size_photos_go_in_one_sending(phone: Any, world: World) -> None:
    files = [(BytesIO(b"\xff\xd8\xff" + bytes(9 * 2**20)), f"{number}.jpg") for number in range(3)]
    page = wrap_up(phone(world.staff), world.activity_code, files, deed="upload", summary="")
    assert page.status_code == 200
    assert "0.jpg、1.jpg、2.jpg：文件已损坏" in seen(page)


def test_photos_refused_for_one_reason_are_one_sentence(phone: Any, world: World) -> None:
    """Twenty at once are eleven too many: one line, not eleven."""
    files = [(BytesIO(b"MZ program %d" % number), f"{number}.jpg") for number in range(11)]
    page = seen(
        wrap_up(phone(world.staff), world.activity_code, [*files, (drawn(8200, 6200), "大.png")], deed="upload")
    )
    assert page.count("这是程序文件") == 1
    assert "0.jpg、1.jpg、2.jpg等11张：这是程序文件" in page
    assert "大.png：图片尺寸过大" in page


def test_a_refused_photo_keeps_the_activity_from_being_submitted(
    rows: Any, phone: Any, world: World, page_clock: Any
) -> None:
    page_clock.advance(hours=10)
    staff, bad = phone(world.staff), [(BytesIO(b"MZ program"), "照片.jpg")]
    page = wrap_up(staff, world.activity_code, bad, summary=builders.SUMMARY + "补", deed="submit")
    assert "活动尚未提交" in page.text
    found = activity(rows, id=world.activity_id)
    assert (found.stage, found.summary) == (Stage.PUBLISHED, builders.SUMMARY + "补")


def test_wrapping_up_says_what_is_lacking_and_what_it_is_worth(
    rows: Any, phone: Any, world: World, page_clock: Any
) -> None:
    staff = phone(world.staff)
    path = f"/p/activity/{world.activity_code}/wrap-up"
    assert "提交审核</button>" not in staff.get(path).text  # it is still being held
    page_clock.advance(hours=10)
    assert "资料齐全" in staff.get(path).text
    assert "0字" in seen(wrap_up(staff, world.activity_code, summary="\u200b\u2060" * 30, deed="save"))
    short = seen(wrap_up(staff, world.activity_code, summary="太短", deed="save"))
    assert "还缺1项" in short
    assert "缺 活动总结" in short
    assert "资料齐全并审核通过后可增2分" in short
    with rows() as session:
        own = session.get_one(Activity, world.activity_id).platform_id
        for _ in range(3):
            done = {"category": ActivityCategory.DIGITAL, "stage": Stage.APPROVED, "summary": builders.SUMMARY}
            full = builders.activity(session, session.get_one(builders.Platform, own), **done)
            builders.check_in(session, full, builders.enterprise(session))
            builders.photo(session, full)
    fold(rows)
    assert "得分已满，本场不再增加此类得分" in seen(staff.get(path))
    sent = wrap_up(staff, world.activity_code, summary=builders.SUMMARY, deed="submit")
    assert "已提交审核" in sent.text
    assert activity(rows, id=world.activity_id).stage is Stage.SUBMITTED


def test_a_summary_is_drafted_from_what_is_known(rows: Any, phone: Any, world: World) -> None:
    with rows() as session:
        held = session.get_one(Activity, world.activity_id)
        held.content = "政策解读与现场诊断"
        builders.joined(session, held, session.get_one(builders.Platform, world.other_platform_id))
    page = seen(wrap_up(phone(world.staff), world.activity_code, summary="我已写的一句。", deed="draft"))
    assert re.search("我已写的一句。\n.*11月23日.*09:00至17:00，.*在长沙市岳麓区麓谷大道668号举办", page)
    assert "主办：长沙市窗口平台" in page
    assert "株洲市窗口平台共同参与" in page
    assert "共有1家企业参加" in page
    assert "活动内容：政策解读与现场诊断" in page
    assert activity(rows, id=world.activity_id).summary == builders.SUMMARY  # only shown, until somebody keeps it


def test_two_people_writing_one_summary_lose_nothing(rows: Any, phone: Any, world: World) -> None:
    staff, colleague = phone(world.staff), phone(world.staff)
    stale = activity(rows, id=world.activity_id).version
    wrap_up(colleague, world.activity_code, summary="同事写的", deed="save")
    page = wrap_up(staff, world.activity_code, summary="我写的", version=str(stale), deed="save")
    assert page.status_code == 422
    assert "其他同事或您本人在别处修改" in page.text
    assert "同事写的" in page.text
    assert "我写的" in page.text
    assert activity(rows, id=world.activity_id).summary == "同事写的"
    version = page.text.partition('name="version" value="')[2].partition('"')[0]
    wrap_up(staff, world.activity_code, summary="我写的", version=version, deed="save")
    assert activity(rows, id=world.activity_id).summary == "我写的"


def test_what_came_back_is_mended_and_both_sides_see_the_difference(
    rows: Any, phone: Any, world: World, page_clock: Any
) -> None:
    staff = phone(world.staff)
    page_clock.advance(hours=10)
    wrap_up(staff, world.activity_code, summary=builders.SUMMARY, deed="submit")
    send_back(rows, world, "照片看不清，请更换", page_clock)
    today = staff.get("/p/today")
    assert "退回原因：照片看不清，请更换" in seen(today)
    assert f"/p/activity/{world.activity_code}/wrap-up" in today.text
    page_clock.advance(minutes=5)
    files = [(picture_of("red"), "新.jpg")]
    mended = wrap_up(staff, world.activity_code, files, summary=builders.SUMMARY + "已更换照片。", deed="submit")
    assert activity(rows, id=world.activity_id).stage is Stage.SUBMITTED
    review = phone(world.reviewer).get(f"/v/review/activity/{world.activity_id}")
    for page in (seen(mended), seen(review)):
        assert "较上次提交的修改" in page
        assert "已更换照片。" in page
        assert "新增1张" in page
    assert "第2次提交" in seen(mended)


def picture_of(colour: str) -> BytesIO:
    """A small photo of one colour."""
    out = BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    out.seek(0)
    return out


def test_what_was_mended_is_told_without_asking_again(
    app: Any, rows: Any, phone: Any, world: World, page_clock: Any
) -> None:
    """One statement more with a version to compare: who is in."""
    staff = phone(world.staff)
    wrap_up(staff, world.activity_code, summary=builders.SUMMARY, deed="save")
    address = f"/p/activity/{world.activity_code}/wrap-up"
    with counted(app) as before:
        staff.get(address)
    page_clock.set(builders.ENDS_AT + timedelta(hours=1))
    wrap_up(staff, world.activity_code, summary=builders.SUMMARY, deed="submit")
    send_back(rows, world, "请补充", page_clock)
    with rows() as session:
        assert session.scalars(sa.select(ActivityVersion).filter_by(activity_id=world.activity_id)).one()
    with counted(app) as after:
        staff.get(address)
    assert len(after) <= len(before) + 1
