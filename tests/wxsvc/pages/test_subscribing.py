"""订阅通知: the button stands where a person wants to hear, where something goes by subscription, not once refused."""

from __future__ import annotations

from typing import Any

import pytest

from models.notice import Subscription
from tests.builders import NOW
from tests.wxsvc.pages.world import World
from wxsvc.services import subscriptions
from wxsvc.settings import Settings

TAG = '<wx-open-subscribe template="TPL-1">'


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Needs, reviews and rulings go by one-time subscription."""
    chosen = {"subscribe_need": "TPL-1", "subscribe_review": "TPL-2", "subscribe_ruling": "TPL-3"}
    return settings.model_copy(update=chosen)


def test_a_person_is_asked_after_a_check_in_and_a_need_and_staff_on_today(world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    assert TAG in visitor.get(f"/receipt/{world.check_in_id}").text
    assert TAG not in visitor.get("/needs").text
    assert TAG in visitor.post("/needs/new", text="想找检测机构", kind="matching").text
    assert '<wx-open-subscribe template="TPL-2,TPL-1,TPL-3">' in phone(world.staff).get("/p/today").text
    assert '<wx-open-subscribe template="TPL-3">' in phone(world.reviewer).get("/v/scores").text
    outside = phone(world.visitor)
    outside.get("/needs")
    outside.agent = "Mozilla/5.0 wxwork/4.1 MicroMessenger/7"
    assert "wx-open-subscribe" not in outside.get("/needs").text


def test_who_agreed_or_refused_is_not_asked(rows: Any, world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    with rows() as session:
        subscriptions.answered(session, world.visitor, "TPL-1", "reject", NOW, is_long=False)
    assert "wx-open-subscribe" not in visitor.get(f"/receipt/{world.check_in_id}").text
    with rows() as session:
        subscriptions.answered(session, world.visitor, "TPL-1", "accept", NOW, is_long=False)
    assert "wx-open-subscribe" not in visitor.get(f"/receipt/{world.check_in_id}").text
    with rows() as session:
        session.query(Subscription).update({"sends_left": 0})
    assert TAG in visitor.get(f"/receipt/{world.check_in_id}").text


def test_the_signature_is_for_pages_of_ours_in_wechat(world: World, phone: Any) -> None:
    visitor = phone(world.visitor)
    assert visitor.get("/subscribing?page=https://elsewhere.example/").status_code == 404
    visitor.get("/needs")
    visitor.agent = "Mozilla/5.0 wxwork/4.1 MicroMessenger/7"
    assert visitor.client.get("/subscribing?page=/needs", headers={"User-Agent": visitor.agent}).status_code == 404
