"""需求与诉求的通知: an enterprise hears what becomes of its need, and the platform that one was raised or taken back.

Whoever stands for the enterprise hears that something happened; what was asked and what was answered is told to the
person who raised it alone, as on their page (anybody may say that they stand for a company).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from models.person import Contact
from models.platform import Platform
from models.record import Need
from models.terms import NoticePurpose, Stage, Verdict
from wxsvc.services import notices, outbox


class NeedNews(StrEnum):
    """What is told of a need (需求、诉求).

    To the platform: 新提出 · 企业撤回.
    To the enterprise: 已受理 · 已对接 · 已办结 · 未受理 · 不再办理 · 予以认定 · 未予认定.
    """

    RAISED = "raised"
    RECALLED = "recalled"
    TAKEN_UP = "taken_up"
    MATCHED = "matched"
    CLOSED = "closed"
    DECLINED = "declined"
    STOPPED = "stopped"
    """The platform took its record back after it had taken the need up."""
    APPROVED = "approved"
    REFUSED = "refused"
    """The province struck it out, at once or later: nobody works on it any more."""


def tell_platform(session: Session, row: Need, news: NeedNews, now: datetime) -> None:
    """Tell the platform's staff what the enterprise did, once for each; nobody is called to one that was recalled."""
    if news is NeedNews.RECALLED:
        outbox.take_back(session, _key(row, NeedNews.RAISED), now)
    facts = _facts(session, row, news) | {"title": row.title}
    notices.tell(session, NoticePurpose.NEED, _key(row, news), facts, now, platform_id=row.platform_id)


def tell_enterprise(session: Session, row: Need, news: NeedNews, now: datetime, answer: str | None = None) -> None:
    """Tell whoever stands for the enterprise, and who raised the need: title and ``answer`` to the latter alone.

    Once for each version of the need: a result that is corrected is told again.
    """
    author = row.created_by if row.is_from_enterprise else None
    kept = sa.select(sa.func.coalesce(Enterprise.merged_into_id, Enterprise.id)).where(
        Enterprise.id == row.enterprise_id
    )
    standing = sa.select(Contact.person_id).where(Contact.enterprise_id == kept.scalar_subquery())
    facts = _facts(session, row, news)
    for person_id in sorted({*session.scalars(standing), *([author] if author is not None else [])}):
        own = {"title": row.title, "answer": answer} if person_id == author else {"title": None, "answer": None}
        key = f"need:{row.id}:{news.value}:{row.version}:{person_id}"
        notices.tell(session, NoticePurpose.NEED, key, facts | own, now, person_id=person_id)


def tell_verdict(session: Session, row: Need, verdict: Verdict, reason: str | None, now: datetime) -> None:
    """Tell the enterprise that the province let the need count, or struck it out, with its reason to who raised it.

    What is sent back is between province and platform. A verdict that no longer stands is not told: the platform took
    the record back meanwhile, or the enterprise its need, and both were told of that.
    """
    if verdict is Verdict.APPROVED and row.stage is Stage.APPROVED:
        tell_enterprise(session, row, NeedNews.APPROVED, now)
    elif verdict is Verdict.VOIDED and row.stage is Stage.VOID and row.reviewed_at is not None:
        tell_enterprise(session, row, NeedNews.REFUSED, now, reason)


def _key(row: Need, news: NeedNews) -> str:
    return f"need:{row.id}:{news.value}"


def _facts(session: Session, row: Need, news: NeedNews) -> dict[str, Any]:
    return {
        "deed": news.value,
        "id": row.id,
        "kind": row.kind.value,
        "is_own": row.is_from_enterprise,
        "raised_on": row.raised_on.isoformat(),
        "enterprise": session.get_one(Enterprise, row.enterprise_id).name,
        "platform": session.get_one(Platform, row.platform_id).name,
    }
