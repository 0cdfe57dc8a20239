"""Research reports: of cluster platforms alone, in the year of their publication."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from msgspec.structs import replace

from models.terms import Stage, Subject
from scoring.terms import EvidenceItem, PlatformKind
from tests.wxsvc.services.record_cases import REPORT, add_proved, world
from wxsvc.db import Database
from wxsvc.services.judging import reviews
from wxsvc.services.records import research_reports
from wxsvc.services.refusal import Refused


@pytest.mark.parametrize("kind", [PlatformKind.PREFECTURE, PlatformKind.COUNTY])
def test_only_clusters_hand_in_reports(db: Database, now: datetime, kind: PlatformKind) -> None:
    """The regulation asks nobody else for one."""
    with db.transaction() as session:
        w = world(session, now, kind)
        with pytest.raises(Refused, match="not_in_table"):
            research_reports.add(session, w.platform.id, REPORT, w.owner, now)


def test_a_report_with_its_paper_is_approved(db: Database, now: datetime) -> None:
    """Moved to the year before, its paper goes with it, and it is still proved."""
    with db.transaction() as session:
        w = world(session, now)
        row = add_proved(w, Subject.RESEARCH_REPORT)
        earlier = replace(REPORT, published_on=date(2025, 12, 31))
        research_reports.correct(session, row.id, earlier, 1, w.owner, now)
        assert row.year == 2025
        assert reviews.approve(session, Subject.RESEARCH_REPORT, row.id, w.reviewer, now).stage is Stage.APPROVED
        assert reviews.evidence.standing(session, w.platform.id, 2025, EvidenceItem.RESEARCH_REPORT)


def test_a_report_is_described(db: Database, now: datetime) -> None:
    """Title, authors, a day that came, and a link that opens if there is one."""
    with db.transaction() as session:
        w = world(session, now)
        for wrong, code in (
            (replace(REPORT, title=""), "text_needed"),
            (replace(REPORT, authors=" "), "text_needed"),
            (replace(REPORT, link="report.pdf"), "bad_link"),
            (replace(REPORT, published_on=now.date() + timedelta(days=1)), "day_in_future"),
        ):
            with pytest.raises(Refused, match=code):
                research_reports.add(session, w.platform.id, wrong, w.owner, now)
