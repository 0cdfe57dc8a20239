"""A year of 服务协同 and 加分: filings, assignments answered, claims with their papers, and what clusters build."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from models.collaboration import Assignment
from models.recognition import ServiceItem
from models.terms import AssignmentKind, Channel, FusionKind, Subject
from scoring.evidence import proof_of
from scoring.terms import BonusKind, EvidenceItem, FilingState, IndicatorCode, Obligation, PlatformKind
from wxsvc.demo.days import Calendar, at
from wxsvc.demo.seed_context import Telling
from wxsvc.demo.seed_people import Cast
from wxsvc.demo.tables import table
from wxsvc.services.records import (
    assignments,
    bonus_claims,
    evidence,
    filings,
    online_services,
    platform_fusions,
    research_reports,
)
from wxsvc.services.records.assignments import AssignmentEntry
from wxsvc.services.records.bonus_claims import BonusClaimEntry
from wxsvc.services.records.evidence import EvidenceEntry
from wxsvc.services.records.filings import FilingEntry, Standing
from wxsvc.services.records.online_services import ServiceItemEntry
from wxsvc.services.records.platform_fusions import PlatformFusionEntry
from wxsvc.services.records.research_reports import ResearchReportEntry


def ask(session: Session, cast: Cast, calendar: Calendar) -> None:
    """What the province asks of all platforms in every year of the story: work to answer, a list of online services."""
    said, official = table("records"), cast.officials[0]
    for year in range(calendar.begins_on.year, calendar.today.year + 1):
        begins_on = max(date(year, 1, 1), calendar.begins_on)
        length = (min(date(year, 12, 31), calendar.today) - begins_on).days
        for item in said["online_services"]:
            online_services.add_item(session, ServiceItemEntry(year, **item), official, at(begins_on, 9))
        for number, each in enumerate(said["assignments"]):
            asked_on = begins_on + timedelta(days=length * number // len(said["assignments"]))
            entry = AssignmentEntry(
                year, AssignmentKind(each["kind"]), each["title"], each["content"], asked_on + timedelta(days=30)
            )
            assignments.add(session, entry, official, at(asked_on, 10))


def tell(telling: Telling) -> None:
    """One platform's part."""
    for year in range(telling.calendar.begins_on.year, telling.calendar.today.year + 1):
        _file(telling, year)
        _respond(telling, assignments.of_year(telling.session, year))
    telling.tick()
    year = telling.calendar.today.year
    _claim(telling)
    if telling.place.kind is PlatformKind.CLUSTER:
        _build(telling)
    else:
        _offer(telling, online_services.items(telling.session, year), year)
    telling.tick()


def _file(telling: Telling, year: int) -> None:
    for standing in filings.state(telling.session, telling.place.id, year, telling.calendar.now):
        deadline = standing.deadline
        lucky = telling.chance.random()
        is_due = deadline.due_on <= telling.calendar.today or standing.state is FilingState.MISSED
        if is_due and lucky > 0.03:
            _claim_filing(telling, standing, days_late=telling.chance.randint(1, 3) if lucky < 0.06 else 0)


def _claim_filing(telling: Telling, standing: Standing, days_late: int) -> None:
    deadline, said = standing.deadline, table("records")["filings"]
    day = deadline.due_on + timedelta(days=days_late or -telling.chance.randint(0, 2))
    filed_at = at(max(day, telling.calendar.begins_on), 10, telling.chance.randint(0, 59))
    if not telling.calendar.has_come(filed_at):
        return
    year = int(deadline.period[:4])
    note = said["note"] if deadline.obligation is Obligation.DATA else None
    entry = FilingEntry(year, deadline.obligation, deadline.period, note=note)
    row = filings.file(telling.session, telling.place.id, entry, telling.place.staff, filed_at)
    telling.reviewed(row, said["returns"], 0.01)


def _respond(telling: Telling, asked: Sequence[Assignment]) -> None:
    said = table("records")["responses"]
    for assignment in asked:
        moment = telling.calendar.later(assignment.created_at, 3, 28)
        if telling.chance.random() > telling.diligence or not telling.calendar.has_come(moment):
            continue
        content = said[assignment.kind.value].format(count=telling.chance.randint(4, 30))
        staff, place = telling.place.staff, telling.place
        telling.reviewed(assignments.respond(telling.session, place.id, assignment.id, content, staff, moment))


def _claim(telling: Telling) -> None:
    said, chance, place = table("records"), telling.chance, telling.place
    for each in chance.sample(said["claims"], chance.choice((0, 1, 1, 2, 3))):
        kind, day = BonusKind(each["kind"]), telling.calendar.workdays(1)[0]
        link = said["claim"]["link"].format(number=f"{place.id}{day:%m%d}")
        own_link = link if kind is BonusKind.PRESS else None
        entry = BonusClaimEntry(day.year, kind, each["title"], each["issuer"], day, own_link)
        claimed_at = at(day, 18)
        row = bonus_claims.add(telling.session, place.id, entry, place.staff, claimed_at)
        proof = proof_of(place.kind, day.year, IndicatorCode.BONUS_HONOURS, kind) if kind is BonusKind.HONOUR else None
        if proof is not None:
            paper = EvidenceEntry(
                day.year,
                proof.item,
                said["claim"]["evidence"],
                link=link,
                subject=Subject.BONUS_CLAIM,
                subject_id=row.id,
            )
            evidence.add(telling.session, place.id, paper, place.staff, claimed_at)
        telling.reviewed(row)


def _build(telling: Telling) -> None:
    """产业研究报告 and 产业平台融合 of a cluster."""
    said, chance, place, session = table("records"), telling.chance, telling.place, telling.session
    day = max(telling.calendar.workdays(1)[0], date(telling.calendar.today.year, 1, 1))
    moment = at(day, 8)
    if not telling.calendar.has_come(moment):
        return
    year, link = day.year, said["claim"]["link"].format(number=f"{place.code}-{day:%m%d}")
    words = {**place.words, "count": chance.randint(20, 90)}
    _prove(telling, year, EvidenceItem.RESEARCH_REPORT, said["report"]["evidence"], f"{link}-report", moment)
    for each in said["reports"]:
        report = ResearchReportEntry(each["title"].format(**words), each["authors"].format(**words), day)
        telling.reviewed(research_reports.add(session, place.id, report, place.staff, moment))
    _prove(telling, year, EvidenceItem.PLATFORM_FUSION_PAPERS, said["fusion"]["evidence"], f"{link}-fusion", moment)
    each = chance.choice(said["fusions"])
    fusion = PlatformFusionEntry(
        FusionKind(each["kind"]),
        each["name"].format(**words),
        each["provider"],
        day,
        each["effect"].format(**words),
    )
    telling.reviewed(platform_fusions.add(session, place.id, fusion, place.staff, moment))


def _offer(telling: Telling, items: Sequence[ServiceItem], year: int) -> None:
    """在线服务 of the list, on the website or in the account, with screenshots as proof."""
    said, chance, place = table("records")["online_service"], telling.chance, telling.place
    chosen = chance.sample(list(items), min(len(items), telling.share(len(items))))
    moment = max(at(date(year, 1, 1), 9), at(telling.calendar.begins_on, 9)) + timedelta(days=chance.randint(1, 20))
    if not telling.calendar.has_come(moment) or chance.random() < 0.15:
        return
    screenshots = EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
    _prove(telling, year, screenshots, said["evidence"], f"{place.website}/online", moment)
    for item in chosen:
        channel = chance.choice(list(Channel))
        on_site = f"{place.website}/online/{item.id}"
        address = on_site if channel is Channel.WEBSITE else said["path"].format(name=item.name)
        row = online_services.add(telling.session, place.id, item.id, channel, address, place.staff, moment)
        telling.reviewed(row)


def _prove(telling: Telling, year: int, item: EvidenceItem, title: str, link: str, moment: datetime) -> None:
    entry = EvidenceEntry(year, item, title, link=link)
    evidence.add(telling.session, telling.place.id, entry, telling.place.staff, moment)
