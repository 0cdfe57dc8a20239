"""服务机构: typed by name, offered from those that the platform worked with lately; a new name makes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models.enterprise import Institution
from models.record import OfflineService, OnlineTrade
from wxsvc.access import own_platform_id
from wxsvc.db import Session
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import TypedForm
from wxsvc.services.actor import Actor
from wxsvc.services.people import institutions
from wxsvc.services.refusal import Refused
from wxsvc.texts import names


def typed(session: Session, form: TypedForm, by: Actor, now: datetime) -> int | None:
    """The institution that the form names, if it names one."""
    name = form.text("institution")
    if names.says_none(name) or form.error("institution"):
        return None
    try:
        return institutions.named(session, name, by, now).id
    except Refused as refused:
        form.reproach("institution", refusal_text(refused))
        return None


def name_of(session: Session, institution_id: int | None) -> str:
    """Its name, or nothing."""
    return session.get_one(Institution, institution_id).name if institution_id is not None else ""


def used_by(session: Session, table: type[OfflineService] | type[OnlineTrade]) -> Sequence[str]:
    """The institutions of the platform's records in this table, the latest first."""
    return institutions.used_in(session, table, own_platform_id())
