"""Photos and papers over the web: private, each shown only to who may look at its platform's records."""

from __future__ import annotations

from collections.abc import Callable, Collection

from flask import abort, request
from flask.typing import ResponseReturnValue

from models.activity import ActivityPhoto
from models.collaboration import Evidence
from wxsvc.access import house
from wxsvc.pages import downloads
from wxsvc.services.activity import participation
from wxsvc.services.records import papers

May = Callable[[Collection[int]], bool]
"""Whether the visitor may look at what belongs to these platforms."""


def photo(photo_id: int, may: May) -> ResponseReturnValue:
    """The photo, or with ``?small`` its thumbnail; 404 for who may not know that it exists."""
    with house().database.read() as session:
        found = session.get(ActivityPhoto, photo_id)
        if found is None or not found.is_kept:
            abort(404)
        platforms = participation.parts_of(session, found.activity_id).keys()
        stored = papers.of(session, found.sha256, platforms)
    if stored is None or not may(platforms):
        abort(404)
    return downloads.stored(stored, is_small="small" in request.args)


def paper(evidence_id: int, may: May) -> ResponseReturnValue:
    """A paper: pictures are shown, everything else is downloaded under its own name."""
    with house().database.read() as session:
        found = session.get(Evidence, evidence_id)
        stored = papers.of(session, found.sha256, [found.platform_id]) if found is not None else None
    if found is None or stored is None or not may([found.platform_id]):
        abort(404)
    return downloads.stored(stored, is_small="small" in request.args)
