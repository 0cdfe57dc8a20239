"""Visitors' pages (企业): the web door, first enrolment, receipts, one's own check-ins."""

from __future__ import annotations

from flask import Blueprint

from wxsvc.pages import door, enrol, mine, receipts

blueprint = Blueprint("visitor", __name__)
for noun in (door, enrol, receipts, mine):
    blueprint.register_blueprint(noun.blueprint)
