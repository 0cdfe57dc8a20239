"""评定认定: the points that people give, as far as each role may: the hub's opinion, the province's word."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models.collaboration import Assignment, Evidence, Response
from models.platform import Platform
from models.recognition import OnlineService, OnlineServiceVisit, PlatformFusion, Ruling, ServiceItem, SiteInspection
from models.record import Post
from models.terms import Role
from scoring.evidence import proof_of
from scoring.rules import Ruling as Rule
from scoring.scheme import Indicator
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import IndicatorCode, PlatformKind, RuledBy
from wxsvc import wording
from wxsvc.access import current_actor, house, now, standing
from wxsvc.pages import cards
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.forms import Form
from wxsvc.pages.years import asked_kind, asked_year, offered_years
from wxsvc.services.actor import Actor
from wxsvc.services.judging import rulings
from wxsvc.services.refusal import Refused

blueprint = Blueprint("rulings", __name__)


@dataclass(frozen=True, slots=True)
class Bench:
    """One line of one platform to be ruled, with who may do what and what it rests on."""

    platform: Platform
    line: Indicator
    rule: Rule
    ruling: Ruling | None
    basis: tuple[Any, ...]
    papers: tuple[Evidence, ...]

    @property
    def is_recognition(self) -> bool:
        """认定: nothing or the full points."""
        return self.rule.grain == self.line.full

    @property
    def may_advise(self) -> bool:
        """The hub's opinion is asked for, and this is the hub."""
        return self.rule.advised_by is not None and (self.ruling is None or self.ruling.points is None)

    @property
    def may_rule(self) -> bool:
        """This role has the last word on the line."""
        here = standing()
        return self.rule.ruled_by is RuledBy.REVIEWER or (here is not None and here.role is Role.PROVINCE)


@blueprint.get("/rulings")
def grid() -> ResponseReturnValue:
    """All platforms of one kind with every line that people rule."""
    kind, year = asked_kind(), asked_year()
    lines = [scheme_for(kind, year).indicator(code) for code in _rules(kind, year)]
    with house().database.reading() as session:
        platforms = session.scalars(sa.select(Platform).where(Platform.kind == kind).order_by(Platform.code)).all()
        given = {
            (row.platform_id, row.indicator): row
            for row in session.scalars(sa.select(Ruling).where(Ruling.year == year))
        }
    return render_template(
        "province/rulings.html",
        platforms=platforms,
        lines=lines,
        given=given,
        kind=kind,
        kinds=PlatformKind,
        year=year,
        years=offered_years(),
    )


@blueprint.get("/rulings/<code>/<indicator>")
def bench(code: str, indicator: str) -> ResponseReturnValue:
    """One line with what it rests on, and the form of this role."""
    return _bench(code, indicator, Form())


@blueprint.post("/rulings/<code>/<indicator>")
def rule(code: str, indicator: str) -> ResponseReturnValue:
    """Give an opinion, rule, or take a ruling back."""
    form, year = Form(request.form), asked_year()
    reason = form.text("reason", most=1000, needed="reason_needed")
    points = Decimal(0) if form["deed"] == "withdraw" else _points(form)
    if form.is_good and points is not None:
        try:
            with house().database.transaction() as session:
                platform, line = _line(session, code, indicator, year)
                _give(session, form["deed"], platform, year, line, points, reason, current_actor())
        except Refused as refused:
            form.refusal = refusal_text(refused)
        else:
            flash(wording.sentence("pages", f"ruling_{form['deed']}"), "done")
            return redirect(url_for("province.rulings.grid", kind=platform.kind.value, year=year), 303)
    return _bench(code, indicator, form)


def _give(
    session: Session,
    deed: str,
    platform: Platform,
    year: int,
    line: Indicator,
    points: Decimal,
    reason: str,
    by: Actor,
) -> None:
    if deed == "opinion":
        rulings.give_opinion(session, platform.id, year, line.code, points, reason, by, now())
    elif deed == "rule":
        rulings.rule_on(session, platform.id, year, line.code, points, reason, by, now())
    elif deed == "withdraw":
        rulings.withdraw(session, platform.id, year, line.code, reason, by, now())
    else:
        abort(400)


def _bench(code: str, indicator: str, form: Form) -> ResponseReturnValue:
    year = asked_year()
    with house().database.reading() as session:
        platform, line = _line(session, code, indicator, year)
        ruling = session.scalar(
            sa.select(Ruling).where(
                Ruling.platform_id == platform.id, Ruling.year == year, Ruling.indicator == line.code
            )
        )
        shown = Bench(
            platform=platform,
            line=line,
            rule=_rules(platform.kind, year)[line.code],
            ruling=ruling,
            basis=_basis(session, platform, year, line.code),
            papers=_papers(session, platform, year, line.code),
        )
    return render_template("province/ruling.html", bench=shown, form=form, year=year), 200 if form.is_good else 422


def _rules(kind: PlatformKind, year: int) -> dict[IndicatorCode, Rule]:
    try:
        return dict(scheme_for(kind, year).rulings)
    except NoSchemeError:
        abort(404)


def _line(session: Session, code: str, indicator: str, year: int) -> tuple[Platform, Indicator]:
    platform = cards.platform_by_code(session, code)
    wanted = cards.indicator_of(indicator)
    if wanted not in _rules(platform.kind, year):
        abort(404)
    return platform, scheme_for(platform.kind, year).indicator(wanted)


def _points(form: Form) -> Decimal | None:
    try:
        points = Decimal(form["points"].strip())
    except InvalidOperation:
        form.complain("points", "points_needed")
        return None
    return points


def _basis(session: Session, platform: Platform, year: int, code: IndicatorCode) -> tuple[Any, ...]:
    """What the ruling rests on: inspections and posts, offers and their visits, fusions, responses."""

    def own(table: Any) -> sa.Select[Any]:
        return sa.select(table).where(table.platform_id == platform.id, table.year == year)

    match code:
        case IndicatorCode.WEBSITE:
            posts = session.scalar(
                sa.select(sa.func.count()).where(
                    Post.platform_id == platform.id, Post.year == year, Post.withdrawn_at.is_(None)
                )
            )
            looked = session.scalars(own(SiteInspection).order_by(SiteInspection.inspected_on.desc()))
            return (posts or 0, *looked)
        case IndicatorCode.ONLINE_SERVICE:
            return tuple(_offers(session, platform, year))
        case IndicatorCode.PLATFORM_FUSION:
            return tuple(session.scalars(own(PlatformFusion)))
        case _:
            responses = {row.assignment_id: row for row in session.scalars(own(Response))}
            asked = sa.select(Assignment).where(Assignment.year == year, Assignment.withdrawn_at.is_(None))
            return tuple((each, responses.get(each.id)) for each in session.scalars(asked.order_by(Assignment.id)))


def _offers(session: Session, platform: Platform, year: int) -> list[tuple[OnlineService, ServiceItem, Any]]:
    query = (
        sa.select(OnlineService, ServiceItem)
        .join(ServiceItem, ServiceItem.id == OnlineService.service_item_id)
        .where(OnlineService.platform_id == platform.id, OnlineService.year == year)
        .order_by(ServiceItem.id, OnlineService.id)
    )
    found = []
    for offer, item in session.execute(query):
        last = session.scalar(
            sa.select(OnlineServiceVisit)
            .where(OnlineServiceVisit.online_service_id == offer.id)
            .order_by(OnlineServiceVisit.id.desc())
            .limit(1)
        )
        found.append((offer, item, last))
    return found


def _papers(session: Session, platform: Platform, year: int, code: IndicatorCode) -> tuple[Evidence, ...]:
    proof = proof_of(platform.kind, year, code)
    if proof is None:
        return ()
    query = sa.select(Evidence).where(
        Evidence.platform_id == platform.id,
        Evidence.year == year,
        Evidence.item == proof.item,
        Evidence.withdrawn_at.is_(None),
    )
    return tuple(session.scalars(query.order_by(Evidence.id)))
