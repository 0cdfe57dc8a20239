"""联系窗口平台: the platforms of the own region, each with its number to call in one tap."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from wxsvc.access import current_person_id, house
from wxsvc.pages import limits
from wxsvc.services import platforms
from wxsvc.services.people import enterprises
from wxsvc.texts import regions

blueprint = Blueprint("platform_contacts", __name__)


@blueprint.get("/contact")
@limits.limiter.limit(limits.SEARCHES)
def near() -> ResponseReturnValue:
    """Those of the region: the enterprise's own, or the city that was chosen."""
    city = regions.find(request.args.get("city", ""))
    with house().database.read() as session:
        current = enterprises.current_of(session, current_person_id())
        if city is not None:
            found = platforms.of_city(session, city.code)
        elif current is not None and current.region_code:
            found = platforms.serving(session, current.id, current.region_code)
        else:
            found = []
    return render_template("enterprise/contact.html", found=found, city=city, current=current, cities=regions.cities())
