"""Pictures by chat, phone in hand: one push is one photo, whatever WeChat, the network and the sender do."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from PIL import ExifTags, Image

from models.activity import Activity, ActivityPhoto
from models.errand import ChatPicture, ReceivedPush
from models.journal import LogEntry
from models.person import Person, StaffRole
from models.platform import Platform
from models.record import OfflineService
from models.terms import Role, Stage, Subject
from tests import builders
from tests.wxsvc.worker.whole import Whole
from wxsvc.services.activity import chat_picture_errands, photos
from wxsvc.services.activity.picture_places import AFTER
from wxsvc.services.actor import Actor
from wxsvc.services.records import evidence, offline_services
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.simulator.phone import Phone
from wxsvc.worker import chat_pictures


def picture(shade: int = 0) -> bytes:
    """A photo that tells where it was taken."""
    out, exif = BytesIO(), Image.Exif()
    exif[ExifTags.Base.Artist] = "somebody"
    Image.new("RGB", (640, 480), (shade * 20 % 256, 80, 120)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def hall(whole: Whole, number: int = 1, **columns: object) -> tuple[Phone, list[str]]:
    """A platform with one member of staff and some activities of today; the phone, and the activities' codes."""
    with whole.db.transaction() as session:
        platform = builders.platform(session)
        rows = [
            builders.activity(session, platform, **{"title": f"对接会{n}", **columns}) for n in range(1, number + 1)
        ]
        _, phone = whole.employ(session, platform, "平台经办人")
        return phone, [row.code for row in rows]


def said(phone: Phone, shade: int = 0) -> str:
    reply = phone.send_photo(picture(shade))
    assert reply is not None
    assert reply.kind == "text"
    return reply.text


def kept(whole: Whole) -> list[tuple[str, str]]:
    """Every photo there is: the code of its activity, and its hash."""
    with whole.db.read() as session:
        found = session.execute(
            sa.select(Activity.code, ActivityPhoto.sha256).join(Activity).order_by(ActivityPhoto.id)
        ).all()
        return [(row[0], row[1]) for row in found]


def problems(whole: Whole) -> list[str | None]:
    with whole.db.read() as session:
        return list(session.scalars(sa.select(ChatPicture.problem).order_by(ChatPicture.id)))


def test_a_picture_is_attached_to_the_activity_that_runs(whole: Whole) -> None:
    """Within one run of the worker it is there, without EXIF, added by its sender."""
    phone, (code,) = hall(whole)
    assert said(phone).startswith("已收到第1张，正在保存到“对接会1”。")
    assert chat_pictures.fetch_pictures(whole.house) == 1
    ((found, sha256),) = kept(whole)
    assert found == code
    content = whole.house.files.path(sha256).read_bytes()
    assert not Image.open(BytesIO(content)).getexif()
    with whole.db.read() as session:
        row = session.scalars(sa.select(ChatPicture)).one()
        assert (row.sha256, row.fetched_at) == (sha256, whole.clock.now())
        assert session.scalars(sa.select(ActivityPhoto.added_by)).one() == row.person_id
        assert session.scalars(sa.select(LogEntry.deed)).all() == ["activity.photo_added"]
    assert chat_pictures.fetch_pictures(whole.house) == 0


def test_three_pictures_in_a_row_get_three_calm_replies(whole: Whole) -> None:
    phone, _ = hall(whole)
    told = [said(phone, shade) for shade in (1, 2, 3)]
    assert [text.partition("，")[0] for text in told] == ["已收到第1张", "已收到第2张", "已收到第3张"]
    assert told[2] == "已收到第3张，正在保存到“对接会1”。"
    assert chat_pictures.fetch_pictures(whole.house) == 3
    assert len(kept(whole)) == 3


def test_the_same_push_again_is_the_same_photo_and_the_same_reply(whole: Whole) -> None:
    phone, _ = hall(whole)
    whole.sim.pushes.duplicate(3)
    said(phone)
    assert len({delivery.reply.text for delivery in whole.sim.pushes.log if delivery.reply}) == 1
    chat_pictures.fetch_pictures(whole.house)
    whole.sim.pushes.duplicate(2)
    assert said(phone, 9).startswith("已收到第2张")
    chat_pictures.fetch_pictures(whole.house)
    assert len(kept(whole)) == 2


def test_one_push_delivered_many_times_at_once_is_one_photo(whole: Whole) -> None:
    """Eight deliveries race, then two workers race for the picture."""
    phone, _ = hall(whole)
    whole.sim.pushes.hold()
    phone.send_photo(picture())
    (held,) = whole.sim.pushes.release()
    start = threading.Barrier(8)
    replies: list[str] = []

    def deliver() -> None:
        start.wait()
        delivery = whole.sim.pushes._deliver(held.fields, shown=False)
        replies.append(delivery.reply.text if delivery.reply else delivery.problem)

    _together([deliver] * 8)
    assert len(set(replies)) == 1
    assert len(replies) == 8
    with whole.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ChatPicture)) == 1
    done: list[int] = []
    _together([lambda: done.append(chat_pictures.fetch_pictures(whole.house))] * 2)
    assert sorted(done) == [0, 1]
    assert len(kept(whole)) == 1


def _together(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_activities_at_once_are_asked_about(whole: Whole) -> None:
    """A digit says which, for all that wait; what comes a moment later goes the same way; others' stay away."""
    phone, codes = hall(whole, 2, starts_at=builders.STARTS_AT, ends_at=builders.ENDS_AT)
    with whole.db.transaction() as session:
        builders.activity(session, builders.platform(session), title="别家的活动")
    asked = [said(phone, shade) for shade in (1, 2)]
    assert asked[1].startswith("已收到2张照片。请回复数字")
    assert [line[:6] for line in asked[1].splitlines()[1:]] == ["1 对接会2", "2 对接会1"]
    assert "别家" not in asked[1]
    assert chat_pictures.fetch_pictures(whole.house) == 0
    wrong = phone.send("7")
    assert wrong is not None
    assert wrong.text.startswith("已收到2张照片。请回复数字")
    whole.sim.pushes.duplicate(2)
    chosen = phone.send("２")
    assert chosen is not None
    assert chosen.text.startswith("好的，2张照片正在保存到“对接会1”")
    assert said(phone, 3).startswith("已收到第3张，正在保存到“对接会1”")
    assert chat_pictures.fetch_pictures(whole.house) == 3
    assert {code for code, _ in kept(whole)} == {codes[0]}
    answers = [each.reply.text for each in whole.sim.pushes.log if each.reply and each.fields.get("Content") == "２"]
    assert answers == [chosen.text] * 2
    helped = phone.send("1")
    assert helped is not None
    assert helped.text.startswith("您好！")


def test_the_evening_after_an_activity_its_pictures_are_asked_about(whole: Whole) -> None:
    phone, (code,) = hall(whole)
    whole.clock.set(builders.ENDS_AT + AFTER)
    assert said(phone).startswith("已收到第1张，正在保存")
    whole.clock.advance(minutes=11)
    assert "1 对接会1 · 11月23日（周一）" in said(phone, 2)
    phone.send("1")
    assert chat_pictures.fetch_pictures(whole.house) == 2
    assert {found for found, _ in kept(whole)} == {code}


@pytest.mark.parametrize("stage", [Stage.VOID, Stage.APPROVED])
def test_without_an_activity_nothing_is_kept_and_the_reply_says_so(whole: Whole, stage: Stage) -> None:
    phone, _ = hall(whole, stage=stage, return_reason="取消", reviewed_at=builders.NOW)
    assert said(phone).startswith("这张照片没有保存")
    with whole.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ChatPicture)) == 0


def test_a_visitor_hears_what_to_do_and_leaves_nothing(whole: Whole) -> None:
    hall(whole)
    visitor = whole.sim.phone("企业联系人", follows=True)
    assert said(visitor).startswith("您好！此处暂不能处理图片")
    with whole.db.read() as session:
        for table in (ChatPicture, ReceivedPush):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_nine_are_enough(whole: Whole) -> None:
    phone, _ = hall(whole)
    for shade in range(photos.MOST):
        said(phone, shade)
    assert "足以说明情况，这张没有保存" in said(phone, 99)
    assert chat_pictures.fetch_pictures(whole.house) == photos.MOST
    assert "足以说明情况" in said(phone, 98)


def test_what_is_no_picture_is_given_up_and_the_page_knows_why(whole: Whole) -> None:
    phone, (code,) = hall(whole)
    phone.send_photo(b"\xff\xd8\xffnot a picture at all")
    phone.send_photo(b"MZ program")
    assert chat_pictures.fetch_pictures(whole.house) == 0
    assert problems(whole) == ["broken", "executable"]
    with whole.db.read() as session:
        activity = session.scalars(sa.select(Activity).where(Activity.code == code)).one()
        shown = chat_picture_errands.of_activity(session, activity.id, whole.clock.now())
        assert [row.problem for row, _ in shown.dropped] == ["broken", "executable"]
        later = whole.clock.now() + chat_picture_errands.SHOWN_FOR + timedelta(minutes=1)
        assert chat_picture_errands.of_activity(session, activity.id, later).dropped == ()
    assert chat_pictures.fetch_pictures(whole.house) == 0


def test_wechat_away_delays_a_picture_and_loses_none(whole: Whole) -> None:
    """Busy, a proxy's page, no connection: it is tried again, and attached once WeChat is back."""
    phone, _ = hall(whole)
    said(phone)
    for kind in ("html", "reset", "error"):
        whole.sim.faults.clear()
        whole.sim.faults.add("/cgi-bin/media/get", kind, times=None)
        assert chat_pictures.fetch_pictures(whole.house) == 0
        whole.clock.advance(minutes=5)
    whole.sim.faults.clear()
    assert chat_pictures.fetch_pictures(whole.house) == 1
    assert problems(whole) == [None]


def test_what_wechat_no_longer_has_is_given_up(whole: Whole) -> None:
    phone, _ = hall(whole)
    said(phone)
    whole.clock.advance(days=3, minutes=1)
    assert chat_pictures.fetch_pictures(whole.house) == 0
    assert problems(whole) == ["gone"]


def test_an_unanswered_question_ends_after_three_days(whole: Whole) -> None:
    phone, _ = hall(whole, 2)
    said(phone)
    whole.clock.advance(days=2, hours=23)
    assert chat_pictures.clear_away(whole.house) == 0
    whole.clock.advance(hours=2)
    assert chat_pictures.clear_away(whole.house) == 1
    assert problems(whole) == ["unanswered"]
    with whole.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ReceivedPush)) == 0
        row = session.scalars(sa.select(ChatPicture)).one()
        platform_id = session.scalars(sa.select(Activity.platform_id)).first() or 0
        own = chat_picture_errands.of_platform(session, platform_id, row.person_id, whole.clock.now())
        colleague = chat_picture_errands.of_platform(session, platform_id, None, whole.clock.now())
    assert (len(own.dropped), len(colleague.dropped)) == (1, 0)


def test_a_full_disk_keeps_the_picture_for_later(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room again the same picture is attached."""
    phone, _ = hall(whole)
    said(phone)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert chat_pictures.fetch_pictures(whole.house) == 0
    whole.clock.advance(minutes=1)
    assert chat_pictures.fetch_pictures(whole.house) == 1


def test_the_cameras_own_event_is_acknowledged(whole: Whole) -> None:
    """The menu's camera sends an event first and its pictures after it."""
    phone, _ = hall(whole)
    reply = phone.event("pic_photo_or_album", EventKey="photos", SendPicsInfo={"Count": 1, "PicList": {"item": []}})
    assert reply is None
    assert not phone.last_delivery or not phone.last_delivery.problem


def service(whole: Whole, phone: Phone, content: str = "上门走访") -> int:
    """A record that the phone's owner enters now; its id."""
    with whole.db.transaction() as session:
        person = session.scalars(sa.select(Person).where(Person.openid == phone.openid)).one()
        platform_id = session.scalars(sa.select(StaffRole.platform_id).where(StaffRole.person_id == person.id)).one()
        served = frozenset([builders.enterprise(session).id])
        entry = OfflineServiceEntry(builders.NOW.date(), content, served)
        by = Actor(person.id, Role.PLATFORM, platform_id)
        return offline_services.add(session, platform_id or 0, entry, by, whole.clock.now()).id


def shown(whole: Whole, record_id: int) -> list[str]:
    """The papers of a service."""
    with whole.db.read() as session:
        return [each.title for each in evidence.of_record(session, Subject.OFFLINE_SERVICE, record_id)]


def clerk(whole: Whole) -> Phone:
    """Staff of a platform without any activity."""
    with whole.db.transaction() as session:
        return whole.employ(session, builders.platform(session), "平台经办人")[1]


def test_a_picture_is_kept_with_the_record_that_was_just_entered(whole: Whole) -> None:
    """What follows within minutes goes the same way, and is a paper that its sender added."""
    phone = clerk(whole)
    assert said(phone).startswith("这张照片没有保存：近期没有可以添加照片的活动或记录")
    record_id = service(whole, phone)
    assert said(phone, 1).startswith("已收到第1张，正在保存到线下服务“上门走访”。存好后可在")
    assert said(phone, 2) == "已收到第2张，正在保存到线下服务“上门走访”。"
    assert whole.sim.pushes.log[-2].reply is not None
    assert chat_pictures.fetch_pictures(whole.house) == 2
    assert shown(whole, record_id) == ["20261123-100000.jpg"] * 2
    assert kept(whole) == []
    with whole.db.read() as session:
        added = session.scalars(sa.select(LogEntry.deed).where(LogEntry.deed == "evidence.added")).all()
        assert len(added) == 2


def test_a_record_that_waits_is_asked_about_beside_an_activity(whole: Whole) -> None:
    """Running or over: what has just been entered may be meant, so the sender says which."""
    phone, (code,) = hall(whole, starts_at=builders.STARTS_AT, ends_at=builders.ENDS_AT)
    record_id = service(whole, phone)
    with whole.db.transaction() as session:  # a colleague's record is not this person's to show
        platform = session.scalars(sa.select(Platform)).one()
        _, colleague = whole.employ(session, platform, "同事")
    service(whole, colleague, "同事的走访")
    asked = said(phone, 1)
    assert asked.splitlines()[0] == "已收到1张照片。请回复数字，选择保存到哪一项："
    assert [line.partition(" · ")[0] for line in asked.splitlines()[1:]] == ["1 线下服务“上门走访”", "2 对接会1"]
    chosen = phone.send("1")
    assert chosen is not None
    assert chosen.text.startswith("好的，1张照片正在保存到线下服务“上门走访”，存好后可在")
    assert f"/p/offline-services/{record_id}" in chosen.text
    assert said(phone, 2).startswith("已收到第2张，正在保存到线下服务")
    assert chat_pictures.fetch_pictures(whole.house) == 2
    assert len(shown(whole, record_id)) == 2
    whole.clock.advance(minutes=11)
    assert said(phone, 3).startswith("已收到第1张，正在保存到“对接会1”")
    chat_pictures.fetch_pictures(whole.house)
    assert [found for found, _ in kept(whole)] == [code]


def test_records_are_offered_for_three_days_and_while_they_are_open(whole: Whole) -> None:
    phone = clerk(whole)
    record_id = service(whole, phone)
    whole.clock.advance(minutes=31)
    assert "1 线下服务“上门走访”" in said(phone, 1)
    with whole.db.transaction() as session:
        session.get_one(OfflineService, record_id).stage = Stage.APPROVED
    again = phone.send("1")
    assert again is not None
    assert again.text.startswith("已收到1张照片。请回复数字")
    assert "上门走访" not in again.text
    other = service(whole, phone, "另一次走访")
    whole.clock.advance(days=3, minutes=1)
    assert said(phone, 2).startswith("这张照片没有保存")
    assert shown(whole, other) == []


def test_nine_papers_of_a_record_are_enough(whole: Whole) -> None:
    phone = clerk(whole)
    record_id = service(whole, phone)
    for shade in range(evidence.MOST_RECORD_PAPERS):
        said(phone, shade)
    assert "已有9件材料，足以说明情况，这张没有保存" in said(phone, 99)
    assert chat_pictures.fetch_pictures(whole.house) == evidence.MOST_RECORD_PAPERS
    assert len(shown(whole, record_id)) == evidence.MOST_RECORD_PAPERS


def test_a_record_that_is_taken_back_meanwhile_gets_no_photo(whole: Whole) -> None:
    """The sender's 今天 and the record's page know why."""
    phone = clerk(whole)
    record_id = service(whole, phone)
    said(phone)
    with whole.db.transaction() as session:
        session.get_one(OfflineService, record_id).stage = Stage.VOID
    assert chat_pictures.fetch_pictures(whole.house) == 0
    assert problems(whole) == ["record_withdrawn"]
    with whole.db.read() as session:
        row = session.scalars(sa.select(ChatPicture)).one()
        platform_id = session.get_one(OfflineService, record_id).platform_id
        for found in (
            chat_picture_errands.of_record(session, Subject.OFFLINE_SERVICE, record_id, whole.clock.now()),
            chat_picture_errands.of_platform(session, platform_id, row.person_id, whole.clock.now()),
        ):
            assert [place.id for _, place in found.dropped if place is not None] == [record_id]
        elsewhere = chat_picture_errands.of_platform(session, platform_id + 1, row.person_id, whole.clock.now())
        assert elsewhere.dropped == ()
