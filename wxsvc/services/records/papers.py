"""上传的材料: a stored file becomes a row that evidence and filings may name; the same content twice is one."""

from __future__ import annotations

import mimetypes
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.stored_file import FileName, StoredFile
from wxsvc.files import KeptFile
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once

_PROVINCE = 0
LONGEST_NAME = 200
"""Characters of a file's own name that are worth keeping; its ending is among the last."""


def keep(session: Session, kept: KeptFile, name: str, by: Actor, now: datetime) -> str:
    """Write down a file that the store has kept; the sha256 that it is known by from now on."""
    insert_once(
        session,
        StoredFile,
        sha256=kept.sha256,
        media_type=kept.media_type,
        size=kept.size,
        name=name.strip()[-LONGEST_NAME:],
        stored_at=now,
        stored_by=by.person_id,
    )
    note_name(session, kept.sha256, name.strip()[-LONGEST_NAME:], by)
    return kept.sha256


def note_name(session: Session, sha256: str, name: str, by: Actor) -> None:
    """Note under which name the actor's platform handed the file in; the first one stays."""
    insert_once(session, FileName, sha256=sha256, owner_id=by.platform_id or _PROVINCE, name=name)


def of(session: Session, sha256: str | None, platforms: Collection[int] = ()) -> StoredFile | None:
    """The file under the name by which one of these platforms, or the province, knows it; to be read alone.

    Who never handed it in gets a name that says nothing: the same content may be another platform's too.
    """
    found = session.get(StoredFile, sha256) if sha256 is not None else None
    if found is None:
        return None
    return named(found, session.scalar(sa.select(name_to(sha256, *platforms))))


def name_to(sha256: Any, *platforms: Any) -> sa.ScalarSelect[str]:
    """The name by which one of these platforms, or the province, knows a file, as a column of a query."""
    query = sa.select(FileName.name).where(FileName.sha256 == sha256, FileName.owner_id.in_([*platforms, _PROVINCE]))
    return query.order_by(FileName.owner_id.desc()).limit(1).scalar_subquery()


def named(found: StoredFile, name: str | None) -> StoredFile:
    """The file under this name, or under one that says nothing; to be read alone."""
    return StoredFile(
        sha256=found.sha256,
        media_type=found.media_type,
        size=found.size,
        name=name or found.sha256[:12] + (mimetypes.guess_extension(found.media_type) or ""),
        stored_at=found.stored_at,
        stored_by=found.stored_by,
    )
