"""What a form must bring (填写要求): a reason, a text, a day that has come, a link that opens, a known enterprise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.enterprise import Enterprise
from wxsvc.services import years
from wxsvc.services.refusal import Refused
from wxsvc.texts import private_data
from wxsvc.texts.links import plain_link

CODE: Final = re.compile(r"\w[\w.-]{0,63}")
"""A code (编号) that can stand in an address, in a file's name and in a bundle: letters, digits, ``_ . -``."""


def must_have_reason(reason: str | None) -> str:
    """The reason without its outer spaces; else ``Refused("reason_needed")``."""
    if not reason or not reason.strip():
        raise Refused("reason_needed")
    return reason.strip()


def must_say(*texts: str) -> None:
    """Nothing that must be told is empty; else ``Refused("text_needed")``."""
    if not all(text.strip() for text in texts):
        raise Refused("text_needed")


def must_hold_no_identity_number(text: str) -> None:
    """What an enterprise's person wrote: we keep nobody's 居民身份证号; else ``Refused("identity_number_written")``."""
    if private_data.identity_numbers(text):
        raise Refused("identity_number_written")


def must_fit(points: Decimal, full: Decimal, grain: Decimal) -> None:
    """Points from 0 to full in multiples of the grain; else ``Refused("points_not_allowed")`` with both."""
    if not points.is_finite() or not 0 <= points <= full or points % grain:
        raise Refused("points_not_allowed", full=full, grain=grain)


def must_have_happened(day: date, now: datetime) -> None:
    """A day that has come in Beijing; else ``Refused("day_in_future")``."""
    if day > years.day_of(now):
        raise Refused("day_in_future")


def must_exist(session: Session, enterprise_ids: Iterable[int]) -> None:
    """Every enterprise is known and not merged into another.

    Raises ``Refused``: ``unknown_enterprise``, ``enterprise_merged`` with both names.
    """
    wanted = set(enterprise_ids)
    query = sa.select(Enterprise.id, Enterprise.name, Enterprise.merged_into_id).where(Enterprise.id.in_(wanted))
    known = session.execute(query.order_by(Enterprise.id)).all()
    if len(known) != len(wanted):
        raise Refused("unknown_enterprise")
    if (merged := next((row for row in known if row.merged_into_id is not None), None)) is not None:
        kept = session.get_one(Enterprise, merged.merged_into_id)
        raise Refused("enterprise_merged", name=merged.name, kept=kept.name)


def must_be_link(text: str) -> str:
    """The address without outer spaces and parameters of sharing (:mod:`wxsvc.texts.links`).

    Raises ``Refused("bad_link")``: only http and https with a host are opened.
    """
    link = text.strip()
    try:
        parts = urlsplit(link)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        if is_good and not any(character.isspace() for character in link):
            return plain_link(link)
    except ValueError:
        pass
    raise Refused("bad_link")
