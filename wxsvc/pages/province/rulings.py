"""评定认定: the points that people give, as far as each role may: the hub's opinion, the province's word."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.person import Person
from models.platform import Platform
from models.recognition import Ruling
from models.terms import Role
from scoring.rules import RulingRule
from scoring.scheme import Indicator
from scoring.scheme_files import NoSchemeError, scheme_for
from scoring.terms import PlatformKind, RuledBy
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.pages import cards, paging
from wxsvc.pages.errors import refusal_text
from wxsvc.pages.form_pages import done, shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.years import asked_kind, asked_year, judged_year, offered_years
from wxsvc.services.actor import Actor
from wxsvc.services.demands import must_fit
from wxsvc.services.judging import line_bases, rulings, second_persons
from wxsvc.services.judging.line_bases import Basis
from wxsvc.services.judging.stated_reasons import Stated, asks_both
from wxsvc.services.people import persons
from wxsvc.services.platforms import look_for
from wxsvc.services.refusal import Refused
from wxsvc.texts import regions

blueprint = Blueprint("rulings", __name__)

_FIELD_OF: Final = {
    "points_not_allowed": "points",
    "basis_needed": "without_basis",
    "against_opinion_needed": "against_opinion",
}


class Bench(Struct, frozen=True):
    """One line of one platform to be ruled, with who may do what and what it rests on."""

    platform: Platform
    line: Indicator
    rule: RulingRule
    ruling: Ruling | None
    basis: Basis
    by: Actor
    asks_both: bool
    """两家一致认定: against the hub's opinion only with a reason stated for it."""
    has_second: bool
    """Somebody else could confirm what this person proposes."""
    names: Mapping[int, str | None]
    """Who said what so far, by person; None where somebody left no name."""

    @property
    def is_recognition(self) -> bool:
        """认定: nothing or the full points."""
        return self.rule.grain == self.line.full

    @property
    def needs_two(self) -> bool:
        """Opinion and confirmation are asked of two persons."""
        return self.rule.advised_by is not None

    @property
    def version(self) -> int:
        """The version that a form shows."""
        return self.ruling.version if self.ruling is not None else 0

    @property
    def is_ruled(self) -> bool:
        """Points are in force."""
        return self.ruling is not None and self.ruling.points is not None

    @property
    def may_advise(self) -> bool:
        """The hub's opinion is asked for, and this is the hub."""
        return self.needs_two and not self.is_ruled and self.by.role is Role.REVIEWER

    @property
    def may_rule(self) -> bool:
        """This role has the last word on the line."""
        return self.rule.ruled_by is RuledBy.REVIEWER or self.by.role is Role.PROVINCE

    @property
    def may_agree(self) -> bool:
        """Another official's proposal waits for this one."""
        row = self.ruling
        return (
            self.may_rule
            and row is not None
            and row.proposed_points is not None
            and row.proposed_by != self.by.person_id
        )

    @property
    def is_own_opinion(self) -> bool:
        """The opinion that waits is this very person's: somebody else confirms it."""
        row = self.ruling
        return row is not None and row.opinion_points is not None and row.opinion_by == self.by.person_id


@blueprint.get("/rulings")
def grid() -> ResponseReturnValue:
    """The platforms of one kind, of one city or all, with every line that people rule; page by page."""
    kind, place = asked_kind(), _place()
    with house().database.read() as session:
        year = judged_year(session)
        lines = [scheme_for(kind, year).indicator(code) for code in _rules(kind, year)]
        sought = {"city": place.get("city", ""), "text": place.get("text", "")}
        found = look_for(
            session, kind=kind, city=sought["city"], text=sought["text"], is_closed=None, page=paging.asked()
        )
        given = rulings.of_year(session, year, [each.id for each in found.rows])
        held = line_bases.held_of_all(session, found.rows, year)
    return render_template(
        "province/rulings.html",
        found=found,
        lines=lines,
        given={(row.platform_id, row.indicator): row for row in given},
        held=held,
        place=place,
        view=sought,
        cities=regions.cities(),
        kind=kind,
        kinds=PlatformKind,
        year=year,
        years=offered_years(),
    )


@blueprint.get("/rulings/<code>/<indicator>")
def bench(code: str, indicator: str) -> ResponseReturnValue:
    """One line with what it rests on, and the form of this role."""
    return _bench(code, indicator, TypedForm())


@blueprint.post("/rulings/<code>/<indicator>")
def rule(code: str, indicator: str) -> ResponseReturnValue:
    """Give an opinion, rule, or take a ruling back; what a colleague said meanwhile is shown first."""
    form, year = TypedForm(request.form), asked_year()
    why = "withdraw_reason" if form["deed"] == "withdraw" else "reason"  # a field of each form on the page
    reason, seen = form.text(why, most=1000), form.number("version") or 0
    if not reason and form["deed"] != "take_back":
        form.complain(why, "reason_needed")
    stated = Stated(form.text("without_basis", most=1000) or None, form.text("against_opinion", most=1000) or None)
    takes_back = form["deed"] in ("withdraw", "take_back")
    points = Decimal(0) if takes_back else form.points("points", needed="points_needed")
    if points is not None and not takes_back:
        with house().database.read() as session:
            platform, line = _line(session, code, indicator, year)
        grain = _rules(platform.kind, year)[line.code].grain
        form.checked("points", must_fit, points, line.full, grain)
    if form.is_good and points is not None:
        try:
            with house().database.transaction() as session:
                platform, line = _line(session, code, indicator, year)
                before = rulings.of_line(session, platform.id, year, line.code)
                was_ruled = before is not None and before.points is not None
                row = _give(session, form["deed"], platform, year, line, points, reason, seen, stated)
                said = "propose" if row.proposed_points is not None else form["deed"]
                by_province = _rules(platform.kind, year)[line.code].ruled_by is not RuledBy.REVIEWER
        except Refused as refused:
            form.refuse(refused, _FIELD_OF)
            if refused.code == "ruling_overtaken":
                form.is_overtaken, form.refusal = True, told(refused)
        else:
            at = url_for("province.rulings.grid", kind=platform.kind.value, year=year, **_place())
            return done(f"ruling_{said}", at, by_province=by_province, was_ruled=was_ruled)
    return _bench(code, indicator, form)


def _give(
    session: Session,
    deed: str,
    platform: Platform,
    year: int,
    line: Indicator,
    points: Decimal,
    reason: str,
    seen: int,
    stated: Stated,
) -> Ruling:
    by, place = current_actor(), (session, platform.id, year, line.code)
    if deed == "opinion":
        return rulings.give_opinion(*place, points, reason, by, now(), seen, stated)
    if deed == "rule":
        return rulings.rule_on(*place, points, reason, by, now(), seen, stated)
    if deed == "withdraw":
        return rulings.withdraw(*place, reason, by, now(), seen)
    if deed == "take_back":
        return rulings.take_back(*place, by, now(), seen)
    abort(400)


def told(refused: Refused) -> str:
    """The sentence; of a form that a colleague overtook also what they did, by name, and what was typed."""
    if refused.code != "ruling_overtaken":
        return refusal_text(refused)
    with house().database.read() as session:
        name = name_of(session, refused.values["by"])
    facts = refused.values | {"by": name}
    what = wording.sentence("pages", f"overtaken_{facts['deed'] or 'somehow'}", **facts)
    typed = wording.sentence("pages", "overtaken_typed", **facts) if facts["typed"] is not None else ""
    return wording.sentence("pages", "overtaken", **facts, what=what) + typed + refusal_text(refused)


def name_of(session: Session, person_id: Any) -> str | None:
    person = session.get(Person, person_id) if person_id is not None else None
    return persons.name_of(person, house().vault) if person is not None else None


def bench_of(session: Session, platform: Platform, line: Indicator, year: int) -> Bench:
    """One line of a platform's year to be ruled by whoever is here."""
    rule, ruling = _rules(platform.kind, year)[line.code], rulings.of_line(session, platform.id, year, line.code)
    spoke = {ruling.opinion_by, ruling.proposed_by, ruling.ruled_by, ruling.ruled_with} if ruling else set()
    return Bench(
        platform=platform,
        line=line,
        rule=rule,
        ruling=ruling,
        basis=line_bases.of(session, platform.id, year, line.code, now()),
        by=current_actor(),
        asks_both=asks_both(session, platform, year, line),
        has_second=second_persons.another_may_rule(session, rule, current_actor()),
        names={person_id: name_of(session, person_id) for person_id in spoke if person_id is not None},
    )


def _bench(code: str, indicator: str, form: TypedForm) -> ResponseReturnValue:
    year = asked_year()
    with house().database.read() as session:
        platform, line = _line(session, code, indicator, year)
        found = bench_of(session, platform, line, year)
    is_kept = form["version"] and not form.is_overtaken  # what was seen stays seen, until the page says what is new
    return shown(
        "province/ruling.html",
        form,
        bench=found,
        blank=TypedForm(),
        version=form["version"] if is_kept else found.version,
        place=_place(),
        year=year,
    )


def _place() -> dict[str, Any]:
    """Which part of the table somebody looks at, as an address has it; it goes along to a line, and back."""
    asked = {"city": paging.text_asked("city"), "text": paging.text_asked("text")}
    asked["page"] = str(paging.asked()) if paging.asked() > 1 else ""
    return {name: value for name, value in asked.items() if value}


def _rules(kind: PlatformKind, year: int) -> dict[str, RulingRule]:
    try:
        return dict(scheme_for(kind, year).rulings)
    except NoSchemeError:
        abort(404)


def _line(session: Session, code: str, indicator: str, year: int) -> tuple[Platform, Indicator]:
    platform = cards.platform_by_code(session, code)
    if indicator not in _rules(platform.kind, year):
        abort(404)
    return platform, scheme_for(platform.kind, year).indicator(indicator)
