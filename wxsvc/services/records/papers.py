"""上传的材料: a stored file becomes a row that evidence and filings may name; the same content twice is one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.stored_file import StoredFile
from wxsvc.files import StoredFile as Kept
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once

LONGEST_NAME = 200
"""Characters of a file's own name that are worth keeping; its ending is among the last."""


def keep(session: Session, kept: Kept, name: str, by: Actor, now: datetime) -> str:
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
    return kept.sha256
