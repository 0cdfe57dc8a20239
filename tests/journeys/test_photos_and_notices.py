"""Platform staff, phone in hand: a picture from the chat becomes a photo, and what the reviewer decided is heard."""

from __future__ import annotations

from io import BytesIO

import sqlalchemy as sa
from PIL import Image

from models.activity import Activity
from models.terms import Stage
from tests.journeys.province import RUNNING, Province
from wxsvc.services.activity import photos


def picture(shade: int) -> bytes:
    """A photo from a phone."""
    out = BytesIO()
    Image.new("RGB", (1200, 900), (shade, 90, 120)).save(out, "JPEG")
    return out.getvalue()


def activity(province: Province) -> Activity:
    """The activity that runs, as it is now."""
    with province.product.database.read() as session:
        return session.scalars(sa.select(Activity).where(Activity.code == RUNNING)).one()


def test_a_picture_by_chat_and_a_verdict_by_notice(province: Province) -> None:
    clerk, colleague, reviewer = (province.hand(who) for who in ("clerk", "colleague", "reviewer"))
    page, row = f"/p/activity/{RUNNING}/wrap-up", activity(province)
    reply = clerk.phone.tap("上传现场照片", photo=picture(60))
    assert reply is not None
    assert reply.text.startswith("已收到第1张，正在保存到“中小企业数字化转型对接会”。")
    province.until(lambda: len(province.rows(photos.of, row.id)) == 1, "the picture is not fetched")
    assert "正在保存" not in clerk.open(page).text

    province.clock.advance(hours=7, minutes=5)  # the activity is over
    clerk.open(page)
    clerk.send(summary="现场讲解政策并逐家对接需求，" * 5, deed="submit")
    reviewer.open(f"/v/review/activity/{row.id}")
    reviewer.send(more="请补充企业签到情况", verdict="return")
    assert activity(province).stage is Stage.RETURNED
    assert "未读" not in colleague.open("/p/today").text, "the reviewer may still undo it"
    province.clock.advance(minutes=11)
    province.until(lambda: "1条未读" in colleague.open("/p/today").text, "nobody is told")
    assert "1条未读" in colleague.open("/p/today").text
    told = colleague.follow("/p/notices").text
    assert "“中小企业数字化转型对接会”已退回。原因：请补充企业签到情况。修改后可重新提交。" in told
    assert "退回原因：请补充企业签到情况" in colleague.follow("查看").text
    colleague.open("/p/notices")
    assert "已全部标为已读" in colleague.send().text
    assert "未读" not in colleague.open("/p/today").text
    assert "1条未读" in clerk.open("/p/today").text, "a colleague's reading is not one's own"
