"""在线服务核验: what visits saw of each online service, pictures of it, and the recognition beside them."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.recognition import OnlineServicePicture
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import Ground, PlatformKind
from wxsvc.access import current_actor, house, now
from wxsvc.pages import downloads, paging
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import ANY_OTHER, TypedForm
from wxsvc.pages.province.rulings import bench_of
from wxsvc.pages.years import judged_year, offered_years
from wxsvc.services.records import online_services, service_pictures, visits
from wxsvc.services.records.online_services import Offered
from wxsvc.services.records.visits import VisitHistory
from wxsvc.services.refusal import Refused
from wxsvc.services.years import day_of
from wxsvc.texts import regions
from wxsvc.uploads.filetypes import FileRefused

blueprint = Blueprint("online_checks", __name__)


class Checked(Struct, frozen=True):
    """An online service with what visits saw of it, and its newest picture."""

    offered: Offered
    history: VisitHistory | None
    picture: OnlineServicePicture | None


@blueprint.get("/online-services")
def page() -> ResponseReturnValue:
    """Every online service of the year: up or down since when, title, certificate, picture; page by page."""
    view = {name: paging.text_asked(name) for name in ("kind", "city", "text")}
    kind = paging.word_in(view["kind"], PlatformKind)
    with house().database.read() as session:
        year, sought = judged_year(session), {"city": view["city"], "text": view["text"]}
        found = online_services.offered(session, year, kind=kind, **sought, number=paging.asked())
        ids = [each.service.id for each in found.rows]
        histories, pictures = visits.histories(session, ids), service_pictures.newest(session, ids)
    return render_template(
        "province/online_checks.html",
        found=found,
        shown=[Checked(each, histories.get(each.service.id), pictures.get(each.service.id)) for each in found.rows],
        view=view,
        cities=regions.cities(),
        kinds=PlatformKind,
        today=day_of(now()),
        year=year,
        years=offered_years(),
    )


@blueprint.get("/online-services/<int:service_id>")
def service(service_id: int) -> ResponseReturnValue:
    """One service: its history, its pictures, and the recognition that rests on them."""
    return _service(service_id, TypedForm({"taken_on": day_of(now()).isoformat()}))


@blueprint.post("/online-services/<int:service_id>/pictures")
def add_picture(service_id: int) -> ResponseReturnValue:
    """Keep a picture that a person took."""
    form, file = TypedForm(request.form), request.files.get("picture")
    taken_on = form.day_come("taken_on", needed="day_needed")
    if file is None or not file.filename:
        form.complain("picture", "service_picture_no_file")
    if taken_on is None or file is None or not form.is_good:
        return _service(service_id, form)
    try:
        kept = house().files.store_photo(file.stream)
        with house().database.transaction() as session:
            by = current_actor()
            service_pictures.add(session, service_id, kept, file.filename or "", taken_on, by, now())
    except FileRefused as refused:
        form.refuse_file("picture", refused)
    except Refused as refused:
        if refused.code == "not_found":
            raise
        form.refuse(refused, {"day_in_future": "taken_on", ANY_OTHER: "picture"})
    if not form.is_good:
        return _service(service_id, form)
    return done("service_picture_kept", url_for("province.online_checks.service", service_id=service_id))


@blueprint.get("/service-pictures/<int:picture_id>")
def picture(picture_id: int) -> ResponseReturnValue:
    """A picture, small or whole."""
    with house().database.read() as session:
        stored = service_pictures.file_of(session, picture_id)
    return downloads.stored(stored, is_small="small" in request.args)


def _service(service_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        offered = online_services.one(session, service_id) or abort(404)
        year, platform = offered.service.year, offered.platform
        try:
            line = next(iter(scheme_for(platform.kind, year).resting_on(Ground.ONLINE_SERVICE)), None)
        except NoSchemeError:
            line = None
        bench = bench_of(session, platform, line, year) if line is not None else None
        return shown(
            "province/online_check.html",
            form,
            offered=offered,
            history=visits.histories(session, [service_id]).get(service_id),
            pictures=service_pictures.of_service(session, service_id),
            papers=bench.basis.papers if bench is not None else (),
            bench=bench,
            version=bench.version if bench is not None else 0,
            blank=TypedForm(),
            today=day_of(now()),
            year=year,
        )
