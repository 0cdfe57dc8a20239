"""Visitors' pages (企业): the web door, first enrolment, receipts; what comes, what is asked, what is kept of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from wxsvc.access import house
from wxsvc.pages import notices
from wxsvc.pages.enterprise import (
    coming_activities,
    disputes,
    door,
    enrol,
    mine,
    own_enterprises,
    own_information,
    platform_contacts,
    raised_needs,
    receipts,
    subscribing,
    typed_codes,
)

blueprint = Blueprint("enterprise", __name__)
for noun in (
    *(door, typed_codes, enrol, receipts, mine, own_enterprises, coming_activities, platform_contacts),
    *(raised_needs, disputes, own_information, subscribing),
):
    blueprint.register_blueprint(noun.blueprint)
blueprint.register_blueprint(notices.enterprise)


@blueprint.context_processor
def operator() -> dict[str, Any]:
    """Whom the notice names: who answers for personal information; whether the visitor has yet to agree to it anew."""
    settings = house().settings
    return {
        "operator": settings.operator,
        "operator_phone": settings.operator_phone,
        "renews_consent": own_information.renews_consent,
    }
