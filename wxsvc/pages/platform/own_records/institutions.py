"""服务机构: typed by name, offered from those that the platform worked with lately; a new name makes a new one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.enterprise import Institution
from wxsvc.access import own_platform_id
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import Form
from wxsvc.services.actor import Actor
from wxsvc.services.people import enterprises
from wxsvc.services.refusal import Refused

_OFFERED = 30


def typed(session: Session, form: Form, by: Actor, now: datetime) -> int | None:
    """The institution that the form names, if it names one."""
    name = form.text("institution")
    if not name or form.error("institution"):
        return None
    try:
        return enterprises.institution(session, name, by, now).id
    except Refused as refused:
        form.reproach("institution", refusal_text(refused))
        return None


def name_of(session: Session, institution_id: int | None) -> str:
    """Its name, or nothing."""
    return session.get_one(Institution, institution_id).name if institution_id is not None else ""


def used_by(session: Session, table: Any) -> list[str]:
    """The institutions of the platform's records in this table, the latest first."""
    query = (
        sa.select(Institution.name)
        .join(table, table.institution_id == Institution.id)
        .where(table.platform_id == own_platform_id())
        .group_by(Institution.name)
        .order_by(sa.func.max(table.id).desc())
        .limit(_OFFERED)
    )
    return list(session.scalars(query))
