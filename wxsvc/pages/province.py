"""Provincial pages (省级): what 省枢纽平台 and 省工信厅 read, review and judge."""

from __future__ import annotations

from flask import Blueprint

from wxsvc.pages import people, review, rulings, scores

blueprint = Blueprint("province", __name__, url_prefix="/v")
for noun in (scores, review, rulings, people):
    blueprint.register_blueprint(noun.blueprint)
