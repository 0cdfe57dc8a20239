"""After check-in: materials for those who came, one tap of 满意度 that the summary quotes, the next activity."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from models.activity import Activity
from models.checkin import CheckIn, Satisfaction
from models.platform import Platform
from models.terms import Grade, Stage
from tests import builders, paper_files
from tests.wxsvc.pages.web import seen
from tests.wxsvc.pages.world import World, picture
from wxsvc.services.activity import materials
from wxsvc.services.actor import Actor
from wxsvc.services.door import satisfactions

PDF = paper_files.pdf()


@pytest.fixture
def receipt(world: World) -> str:
    return f"/receipt/{world.check_in_id}"


def upload(phone: Any, world: World, *files: tuple[bytes, str]) -> Any:
    path = f"/p/activity/{world.activity_code}/materials"
    return phone(world.staff).post(path, paper=[(BytesIO(content), name) for content, name in files])


def test_materials_are_for_those_who_were_checked_in(rows: Any, phone: Any, world: World, receipt: str) -> None:
    page = upload(phone, world, (PDF, "讲义.pdf"), (picture().getvalue(), "合影.jpg"))
    assert "已上传2份资料" in seen(page)
    visitor = phone(world.visitor)
    shown = visitor.get(receipt)
    assert "讲义.pdf" in seen(shown)
    path = f"{receipt}/materials/1"
    assert visitor.get(path).data == PDF
    assert phone(world.stranger).get(path).status_code == 404
    assert "讲义.pdf" not in visitor.get(f"/c/{world.activity_code}").text
    with rows() as session:
        session.get_one(CheckIn, world.check_in_id).undone_at = builders.NOW
    assert visitor.get(path).status_code == 404
    assert "讲义.pdf" not in visitor.get(receipt).text


def test_materials_are_guarded_like_papers_and_the_good_ones_are_kept(phone: Any, world: World) -> None:
    page = upload(phone, world, (b"MZ\x90\x00", "讲义.pdf"), (PDF, "政策.pdf"))
    assert "讲义.pdf：" in seen(page)
    assert "已上传1份资料" in seen(page)
    assert "请先选择文件" in seen(upload(phone, world))


def test_the_same_file_twice_is_one_and_ten_are_enough(phone: Any, world: World) -> None:
    upload(phone, world, (PDF, "讲义.pdf"), (PDF, "讲义（1）.pdf"))
    clerk = phone(world.staff)
    listed = clerk.get(f"/p/activity/{world.activity_code}/materials")
    assert f"还可放{materials.MOST - 1}份" in seen(listed)
    more = [(PDF + str(number).encode(), f"{number}.pdf") for number in range(materials.MOST)]
    assert "最多放10份资料" in seen(upload(phone, world, *more))


def test_a_removed_material_is_gone(phone: Any, world: World, receipt: str) -> None:
    upload(phone, world, (PDF, "讲义.pdf"))
    path = f"/p/activity/{world.activity_code}/materials"
    assert phone(world.staff).get(f"{path}/1").data == PDF
    assert "资料已移除" in seen(phone(world.staff).post(f"{path}/1/remove", page=path))
    assert phone(world.visitor).get(f"{receipt}/materials/1").status_code == 404
    assert phone(world.other_staff).get(f"{path}/1").status_code == 404


def test_one_tap_rates_and_the_next_one_changes_it(rows: Any, phone: Any, world: World, receipt: str) -> None:
    visitor = phone(world.visitor)
    assert "对本场活动满意吗" in seen(visitor.get(receipt))
    told = visitor.post(f"{receipt}/rate", page=receipt, grade="fair", words="")
    assert "已收到您的评价" in seen(told)
    told = visitor.post(f"{receipt}/rate", page=receipt, grade="satisfied", words="讲得清楚")
    assert 'value="satisfied" aria-pressed="true"' in told.text
    assert "讲得清楚</textarea>" in told.text
    with rows() as session:
        (row,) = session.query(Satisfaction).all()
        assert (row.grade, row.words) == (Grade.SATISFIED, "讲得清楚")


def test_a_long_word_comes_back_with_what_is_wrong(phone: Any, world: World, receipt: str) -> None:
    told = phone(world.visitor).post(f"{receipt}/rate", page=receipt, grade="fair", words="好" * 101)
    assert told.status_code == 422
    assert "100字以内" in seen(told)
    assert "好" * 101 in told.text


def test_only_who_was_checked_in_rates(rows: Any, phone: Any, world: World, receipt: str) -> None:
    stranger = phone(world.stranger)
    assert stranger.post(f"{receipt}/rate", page="/enrol?new=1", grade="fair").status_code == 404
    with rows() as session:
        row = session.get_one(CheckIn, world.check_in_id)
        row.voided_at, row.void_reason = builders.NOW, "该企业未到场"
    visitor = phone(world.visitor)
    assert "/rate" not in visitor.get(receipt).text
    told = visitor.post(f"{receipt}/rate", page="/needs/new", grade="fair")
    assert "不能评价" in seen(told)
    with rows() as session:
        assert session.query(Satisfaction).all() == []


def test_the_summary_quotes_it_with_its_numbers(rows: Any, phone: Any, world: World, receipt: str) -> None:
    with rows() as session:
        held = session.get_one(Activity, world.activity_id)
        for grade in (Grade.SATISFIED, Grade.UNSATISFIED, None):
            company = builders.enterprise(session)
            builders.check_in(session, held, company)
            if grade:
                session.add(
                    Satisfaction(
                        activity_id=held.id, enterprise_id=company.id, grade=grade, words="", rated_at=builders.NOW
                    )
                )
        out = builders.enterprise(session)  # its check-in was taken out, and its word with it
        builders.check_in(session, held, out, voided_at=builders.NOW, void_reason="重复登记")
        session.add(
            Satisfaction(
                activity_id=held.id, enterprise_id=out.id, grade=Grade.FAIR, words="一般", rated_at=builders.NOW
            )
        )
    phone(world.visitor).post(f"{receipt}/rate", page=receipt, grade="satisfied", words="讲得清楚")
    clerk, path = phone(world.staff), f"/p/activity/{world.activity_code}/wrap-up"
    page = seen(clerk.get(path))
    assert "签到的4家企业中有3家作出评价：满意2家、一般0家、不满意1家。" in page.replace("\n", "").replace(" ", "")
    assert "讲得清楚" in page
    assert world.enterprise_name not in page.partition("企业满意度")[2].partition("照片")[0]
    drafted = clerk.post(path, summary="", version="1", deed="draft")
    assert "签到的4家企业中有3家作出满意度评价，其中满意2家、不满意1家。" in seen(drafted)


def test_nobody_answered_so_the_summary_says_nothing_of_it(phone: Any, world: World) -> None:
    path = f"/p/activity/{world.activity_code}/wrap-up"
    assert "满意" not in seen(phone(world.staff).post(path, summary="", version="1", deed="draft"))


def test_the_platforms_next_activity_is_on_the_receipt(rows: Any, phone: Any, world: World, receipt: str) -> None:
    assert "下一场活动" not in phone(world.visitor).get(receipt).text
    with rows() as session:
        own, other = session.get_one(Platform, world.platform_id), session.get_one(Platform, world.other_platform_id)
        for days, platform, title, stage in (
            (9, own, "更晚一场", Stage.PUBLISHED),
            (2, own, "取消一场", Stage.VOID),
            (1, other, "别家一场", Stage.PUBLISHED),
            (3, own, "下周路演", Stage.PUBLISHED),
        ):
            at = {
                "starts_at": builders.NOW + timedelta(days=days),
                "ends_at": builders.NOW + timedelta(days=days, hours=2),
            }
            builders.activity(session, platform, title=title, stage=stage, **at)
    page = seen(phone(world.visitor).get(receipt))
    assert "下周路演" in page
    assert not {"更晚一场", "取消一场", "别家一场"} & set(page.split())


@pytest.mark.both_databases
def test_two_taps_at_once_are_one_word(db: Any, now: Any) -> None:
    with db.transaction() as session:
        held = builders.activity(session, builders.platform(session))
        who = builders.person(session)
        check_in_id = builders.check_in(session, held, builders.enterprise(session), who).id
        by, activity_id = Actor(who.id), held.id

    def tap(grade: Grade) -> None:
        with db.transaction() as session:
            satisfactions.rate(session, check_in_id, grade, "", by, now)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tap, [Grade.SATISFIED, Grade.FAIR] * 2))
    with db.read() as session:
        assert satisfactions.of_activity(session, activity_id).answered == 1
