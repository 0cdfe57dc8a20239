"""Rows that nobody reviews (信息发布, 网站检查, 清单, 重点工作): kept with who wrote them, and logged."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy.orm import Session

from models.collaboration import Assignment
from models.recognition import ServiceItem, SiteInspection
from models.record import Post
from wxsvc.services import journal
from wxsvc.services.actor import Actor
from wxsvc.services.locks import held
from wxsvc.services.refusal import Refused

Plain: TypeAlias = Post | SiteInspection | ServiceItem | Assignment
PlainT = TypeVar("PlainT", bound=Plain)
Withdrawable = TypeVar("Withdrawable", Post, ServiceItem, Assignment)


def keep(session: Session, row: PlainT, by: Actor, now: datetime) -> PlainT:
    """Add the row."""
    row.created_at, row.created_by = now, by.person_id
    session.add(row)
    journal.record_of(session, row, "added", by, now)
    return row


def change(session: Session, row: PlainT, values: dict[str, Any], by: Actor, now: datetime) -> PlainT:
    """Give the row other values; none that differs changes nothing."""
    changed = differing(row, values)
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        journal.record_of(session, row, "corrected", by, now, changed=changed)
    return row


def differing(row: Plain, values: dict[str, Any]) -> list[str]:
    """The names of the values that the row does not have."""
    return sorted(name for name, value in values.items() if getattr(row, name) != value)


def withdraw(session: Session, row: Withdrawable, by: Actor, now: datetime) -> Withdrawable:
    """Take the row back; it stays visible. Idempotent."""
    if held(session, row).withdrawn_at is None:
        row.withdrawn_at = now
        journal.record_of(session, row, "withdrawn", by, now)
    return row


def repeated(found: PlainT, values: dict[str, Any]) -> PlainT:
    """The row that is already there under the same key; with other content ``Refused("already_recorded")``."""
    if differing(found, values):
        raise Refused("already_recorded")
    return found
