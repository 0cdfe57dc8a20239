"""名单读取内容: what was kept of a list that was entered afterwards, for whoever judges the activity."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from models.roster import Roster
from models.stored_file import StoredFile
from wxsvc.access import house
from wxsvc.pages import downloads

blueprint = Blueprint("roster_copies", __name__)


@blueprint.get("/roster/<int:roster_id>/file")
def file(roster_id: int) -> ResponseReturnValue:
    """The companies row by row, without persons; 404 for a list that was never confirmed."""
    with house().database.read() as session:
        roster = session.get(Roster, roster_id)
        is_judged = roster is not None and roster.confirmed_at is not None and roster.sha256 is not None
        stored = session.get(StoredFile, roster.sha256) if roster is not None and is_judged else None
    return downloads.stored(stored)
