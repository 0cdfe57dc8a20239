"""更正登记所在地 of an enterprise: what it was registered with decides to whose region it belongs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from wxsvc.services import kept_enterprises
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_have_reason
from wxsvc.services.marks import mark, must_stand
from wxsvc.services.people.enterprises import write_region
from wxsvc.services.refusal import must_be_found


def seen(row: Enterprise) -> str:
    """The mark of what a form shows of the enterprise."""
    return mark(row.region_code)


def correct(
    session: Session,
    enterprise_id: int,
    region_code: str,
    reason: str,
    by: Actor,
    now: datetime,
    shown: str | None = None,
) -> Enterprise:
    """Another region, by the hub or the province with a reason; idempotent; ``shown`` as :func:`seen` has it.

    Raises ``Refused``: ``not_allowed``, ``not_found``, ``wrong_region``, ``reason_needed``, ``edited_by_other``.
    """
    by.must_review()
    why, row = must_have_reason(reason), must_be_found(kept_enterprises.held(session, enterprise_id))
    former = row.region_code or ""
    if region_code != former:
        must_stand(shown, seen(row))
    write_region(session, row, region_code, "region_corrected", by, now, former=former, reason=why)
    return row
