"""更多 (省级): everything that is not looked at every day, on one page."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("more", __name__)


@blueprint.get("/more")
def page() -> str:
    """Where else provincial staff can go."""
    return render_template("province/more.html")
