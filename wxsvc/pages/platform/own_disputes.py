"""企业异议 (平台): what enterprises object to in the own records, and what the reviewer found."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from wxsvc.access import house, own_platform_id
from wxsvc.pages import paging
from wxsvc.services.disputes import dispute_lists

blueprint = Blueprint("own_disputes", __name__)


@blueprint.get("/disputes")
def listed() -> ResponseReturnValue:
    """Open ones first."""
    own_id = own_platform_id()
    with house().database.read() as session:
        found = dispute_lists.of_platform(session, own_id, paging.asked(), paging.AT_A_DESK)
    return render_template("platform/disputes.html", found=found, own_id=own_id)
