"""推送: an address that has refused everything for an hour is named; one that was ended, or has just failed, is not."""

from __future__ import annotations

from datetime import timedelta

from models.webhook import Webhook
from tests.builders import NOW
from wxsvc.checks import other_systems
from wxsvc.checks.finding import FindingState
from wxsvc.db import Database


def test_an_address_that_fails_for_long_is_named(db: Database) -> None:
    since = {"长期失败": NOW - timedelta(hours=3), "刚刚失败": NOW - timedelta(minutes=5), "正常": None}
    with db.transaction() as session:
        for name, failing_since in since.items():
            session.add(_webhook(name, failing_since=failing_since))
        session.add(_webhook("已停用", failing_since=NOW - timedelta(days=4), ended_at=NOW))
        session.flush()
        found = other_systems.told(session, NOW)
        assert found.state is FindingState.BAD
        assert "长期失败" in found.what
        assert not any(name in found.what for name in ("刚刚", "正常", "已停用"))
    with db.transaction() as session:
        session.query(Webhook).delete()
        assert other_systems.told(session, NOW).state is FindingState.GOOD


def _webhook(system: str, **how: object) -> Webhook:
    return Webhook(system=system, url="https://data.example.cn/", secret_sealed="closed", events=[], made_at=NOW, **how)
