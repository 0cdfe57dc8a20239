"""推送 (省工信厅): addresses at which other systems are told of changes; made, listed and ended, with what was sent."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.terms import WebhookEvent
from wxsvc.access import current_actor, house, now
from wxsvc.pages import paging
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import TypedForm
from wxsvc.services import webhooks
from wxsvc.services.refusal import Refused

blueprint = Blueprint("webhooks", __name__)

_SHOWN: Final = 5
"""Addresses of one page: each is a card on a phone."""


@blueprint.get("/systems/webhooks")
def page() -> ResponseReturnValue:
    """Every address: whose, what it is told, and what came of the last delivery."""
    return _listed(TypedForm())


@blueprint.post("/systems/webhooks")
def make() -> ResponseReturnValue:
    """A new address; the secret that signs what is sent there is shown once."""
    form = TypedForm(request.form)
    system = form.text("system", most=webhooks.LONGEST_NAME, needed="text_needed")
    url = form.text("url", most=webhooks.LONGEST_URL, needed="text_needed")
    events = [event for event in WebhookEvent if event.value in form.all("events")]
    if url:
        form.checked("url", webhooks.must_take_pushes, url)
    if not events:
        form.complain("events", "scopes_needed")
    if not form.is_good:
        return _listed(form)
    try:
        with house().database.transaction() as session:
            _, secret = webhooks.make(session, system, url, events, current_actor(), now(), vault=house().vault)
    except Refused as refused:
        form.refuse(refused)
        return _listed(form)
    return _listed(TypedForm(), secret, system)


@blueprint.get("/systems/webhooks/<int:webhook_id>")
def deliveries(webhook_id: int) -> ResponseReturnValue:
    """推送记录: what was last sent to one address, and what came of it."""
    with house().database.read() as session:
        webhook, rows = webhooks.deliveries(session, webhook_id, current_actor())
    return render_template("province/webhook.html", webhook=webhook, found=paging.page_of(rows, paging.asked()))


@blueprint.post("/systems/webhooks/<int:webhook_id>/end")
def end(webhook_id: int) -> ResponseReturnValue:
    """停用: nothing is sent there any more."""
    with house().database.transaction() as session:
        system = webhooks.end(session, webhook_id, current_actor(), now()).system
    return done("webhook_ended", url_for("province.webhooks.page"), system=system)


def _listed(form: TypedForm, secret: str | None = None, system: str | None = None) -> ResponseReturnValue:
    text = paging.text_asked("text")
    with house().database.read() as session:
        found = paging.page_of(webhooks.listed(session, current_actor(), text), paging.asked(), _SHOWN)
    return shown(
        "province/webhooks.html",
        form,
        found=found,
        text=text,
        secret=secret,
        system=system,
        events=WebhookEvent,
        longest_name=webhooks.LONGEST_NAME,
        longest_url=webhooks.LONGEST_URL,
    )
