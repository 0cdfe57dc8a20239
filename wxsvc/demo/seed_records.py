"""A year of records (服务记录、服务协同、加分): entered on its day, submitted, reviewed some days later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from models.collaboration import Assignment
from models.recognition import ServiceItem
from models.terms import AssignmentKind, Channel, FusionKind, NeedKind, PostKind, Subject
from scoring.evidence import proof_of
from scoring.terms import BonusKind, EvidenceItem, FilingState, IndicatorCode, Obligation, PlatformKind, PlatformTitle
from wxsvc.demo.seed_calendar import DemoYear, at
from wxsvc.demo.seed_context import SeedContext
from wxsvc.demo.seed_people import Province
from wxsvc.demo.tables import table
from wxsvc.services.actor import MACHINE
from wxsvc.services.people import institutions
from wxsvc.services.records import (
    assignments,
    bonus_claims,
    evidence,
    filings,
    media,
    needs,
    offline_services,
    online_services,
    online_trades,
    platform_fusions,
    posts,
    research_reports,
)
from wxsvc.services.records.assignments import AssignmentEntry
from wxsvc.services.records.bonus_claims import BonusClaimEntry
from wxsvc.services.records.evidence import EvidenceEntry
from wxsvc.services.records.filings import FilingEntry, FilingStatus
from wxsvc.services.records.needs import NeedEntry
from wxsvc.services.records.offline_services import OfflineServiceEntry
from wxsvc.services.records.online_services import ServiceItemEntry
from wxsvc.services.records.online_trades import OnlineTradeEntry
from wxsvc.services.records.platform_fusions import PlatformFusionEntry
from wxsvc.services.records.posts import PostEntry
from wxsvc.services.records.research_reports import ResearchReportEntry


def add(seed: SeedContext) -> None:
    """The records of one platform's year."""
    plan: dict[str, int] = table("records")["plan"][seed.platform.kind.value]
    institutions = _institutions(seed)
    for day in seed.calendar.workdays(seed.share(plan["offline_services"])):
        _offline_service(seed, day, institutions)
    seed.step()
    for number, day in enumerate(seed.calendar.workdays(seed.share(plan["online_trades"])), 1):
        _online_trade(seed, day, number, institutions)
    seed.step()
    for day in seed.calendar.workdays(seed.share(plan["needs"])):
        _need(seed, day)
    seed.step()
    for number, day in enumerate(seed.calendar.workdays(seed.share(plan["posts"])), 1):
        _post(seed, day, number)
    seed.step()


def _institutions(seed: SeedContext) -> list[int]:
    moment = at(seed.calendar.begins_on, 9)
    names = table("records")["institutions"]["names"]
    return [institutions.named(seed.session, name, MACHINE, moment).id for name in names]


def _offline_service(seed: SeedContext, day: date, institutions: list[int]) -> None:
    chance = seed.chance
    served = frozenset(each.enterprise_id for each in chance.sample(seed.platform.visitors, chance.randint(2, 8)))
    entry = OfflineServiceEntry(
        served_on=day,
        content=chance.choice(table("records")["offline_services"]["contents"]),
        enterprise_ids=served,
        institution_id=chance.choice((None, chance.choice(institutions))),
    )
    entered_at = at(day, 17, chance.randint(0, 59))
    if chance.random() < 0.04:
        entered_at = min(entered_at + timedelta(days=34), seed.calendar.now)  # 补录
    row = offline_services.add(seed.session, seed.platform.id, entry, seed.platform.staff, entered_at)
    seed.reviewed(row)


def _online_trade(seed: SeedContext, day: date, number: int, institutions: list[int]) -> None:
    chance, said = seed.chance, table("records")["online_trades"]
    entry = OnlineTradeEntry(
        order_number=said["order"].format(day=day, number=number),
        traded_on=day,
        enterprise_id=chance.choice(seed.platform.visitors).enterprise_id,
        service=chance.choice(said["services"]),
        institution_id=chance.choice(institutions),
        amount_fen=chance.randint(6, 300) * 10_000,
    )
    row = online_trades.add(seed.session, seed.platform.id, entry, seed.platform.staff, at(day, 16))
    seed.reviewed(row)


def _need(seed: SeedContext, day: date) -> None:
    chance, said, staff = seed.chance, table("records")["needs"], seed.platform.staff
    kind = chance.choices((NeedKind.MATCHING, NeedKind.APPEAL), (4, 1))[0]
    text, visitor = chance.choice(said[kind.value]), chance.choice(seed.platform.visitors)
    entry = NeedEntry(kind, visitor.enterprise_id, visitor.region, text["title"], text["content"], day)
    row = needs.add(seed.session, seed.platform.id, entry, staff, at(day, 11, chance.randint(0, 59)))
    seed.reviewed(row)
    matched_at = seed.calendar.later(at(day, 12), 7, 30)
    if chance.random() < 0.25 and seed.calendar.has_come(matched_at):
        needs.match(seed.session, row.id, chance.choice(said["results"]), staff, matched_at)


def _post(seed: SeedContext, day: date, number: int) -> None:
    said = table("records")["posts"]
    kind = seed.chance.choice(list(PostKind))
    words = {**seed.platform.words, "month": day.month, "number": f"{day:%Y%m%d}{number:03}"}
    title = seed.chance.choice(said[kind.value]).format(**words)
    entry = PostEntry(kind, title, said["link"].format(**words), day)
    posts.add(seed.session, seed.platform.id, entry, seed.platform.staff, at(day, 15))


def add_assignments(session: Session, province: Province, calendar: DemoYear) -> None:
    """What the province asks of all platforms in each year of the sample: work to answer, a list of online services."""
    said, official = table("records"), province.officials[0]
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


def add_collaboration(seed: SeedContext) -> None:
    """The filings, responses and claims of one platform."""
    for year in range(seed.calendar.begins_on.year, seed.calendar.today.year + 1):
        _file(seed, year)
        _respond(seed, assignments.of_year(seed.session, year))
    seed.step()
    year = seed.calendar.today.year
    _claim(seed)
    if seed.platform.kind is PlatformKind.CLUSTER:
        _build(seed)
    else:
        _offer(seed, online_services.items(seed.session, year), year)
    seed.step()


def _file(seed: SeedContext, year: int) -> None:
    for standing in filings.state(seed.session, seed.platform.id, year, seed.calendar.now):
        deadline = standing.deadline
        lucky = seed.chance.random()
        is_due = deadline.due_on <= seed.calendar.today or standing.state is FilingState.MISSED
        if is_due and lucky > 0.03:
            _add_filing(seed, standing, days_late=seed.chance.randint(1, 3) if lucky < 0.06 else 0)


def _add_filing(seed: SeedContext, standing: FilingStatus, days_late: int) -> None:
    deadline, said = standing.deadline, table("records")["filings"]
    day = deadline.due_on + timedelta(days=days_late or -seed.chance.randint(0, 2))
    filed_at = at(max(day, seed.calendar.begins_on), 10, seed.chance.randint(0, 59))
    if not seed.calendar.has_come(filed_at):
        return
    year = int(deadline.period[:4])
    note = said["note" if deadline.obligation is Obligation.DATA else deadline.obligation.value]
    entry = FilingEntry(year, deadline.obligation, deadline.period, note=note)
    row = filings.file(seed.session, seed.platform.id, entry, seed.platform.staff, filed_at)
    seed.reviewed(row, said["returns"], 0.01)


def _respond(seed: SeedContext, asked: Sequence[Assignment]) -> None:
    said = table("records")["responses"]
    for assignment in asked:
        if seed.assignment is not None and assignment.id == seed.assignment.id:
            continue
        moment = seed.calendar.later(assignment.created_at, 3, 28)
        if seed.chance.random() > seed.diligence or not seed.calendar.has_come(moment):
            continue
        content = said[assignment.kind.value].format(count=seed.chance.randint(4, 30))
        staff, platform = seed.platform.staff, seed.platform
        seed.reviewed(assignments.respond(seed.session, platform.id, assignment.id, content, staff, moment))


def _claim(seed: SeedContext) -> None:
    said, chance, platform = table("records"), seed.chance, seed.platform
    for each in chance.sample(said["claims"], chance.choice((0, 1, 1, 2, 3))):
        kind, day = BonusKind(each["kind"]), seed.calendar.workdays(1)[0]
        link = said["claim"]["link"].format(number=f"{platform.id}{day:%m%d}")
        own_link = link if kind is BonusKind.PRESS else None
        medium = next((medium.id for medium in media.listed(seed.session) if medium.name == each["issuer"]), None)
        award = PlatformTitle(each["award"]) if "award" in each else None
        entry = BonusClaimEntry(day.year, kind, each["title"], each["issuer"], day, own_link, award, medium)
        claimed_at = at(day, 18)
        row = bonus_claims.add(seed.session, platform.id, entry, platform.staff, claimed_at)
        proof = (
            proof_of(platform.kind, day.year, IndicatorCode.BONUS_HONOURS, kind) if kind is BonusKind.HONOUR else None
        )
        if proof is not None:
            paper = EvidenceEntry(
                day.year,
                proof.item,
                said["claim"]["evidence"],
                link=link,
                subject=Subject.BONUS_CLAIM,
                subject_id=row.id,
            )
            evidence.add(seed.session, platform.id, paper, platform.staff, claimed_at)
        seed.reviewed(row)


def _build(seed: SeedContext) -> None:
    """产业研究报告 and 产业平台融合 of a cluster."""
    said, chance, platform, session = table("records"), seed.chance, seed.platform, seed.session
    day = max(seed.calendar.workdays(1)[0], date(seed.calendar.today.year, 1, 1))
    moment = at(day, 8)
    if not seed.calendar.has_come(moment):
        return
    year, link = day.year, said["claim"]["link"].format(number=f"{platform.code}-{day:%m%d}")
    words = {**platform.words, "count": chance.randint(20, 90)}
    _prove(seed, year, EvidenceItem.RESEARCH_REPORT, said["report"]["evidence"], f"{link}-report", moment)
    for each in said["reports"]:
        report = ResearchReportEntry(each["title"].format(**words), each["authors"].format(**words), day)
        seed.reviewed(research_reports.add(session, platform.id, report, platform.staff, moment))
    _prove(seed, year, EvidenceItem.PLATFORM_FUSION_PAPERS, said["fusion"]["evidence"], f"{link}-fusion", moment)
    each = chance.choice(said["fusions"])
    fusion = PlatformFusionEntry(
        FusionKind(each["kind"]),
        each["name"].format(**words),
        each["provider"],
        day,
        each["effect"].format(**words),
    )
    seed.reviewed(platform_fusions.add(session, platform.id, fusion, platform.staff, moment))


def _offer(seed: SeedContext, items: Sequence[ServiceItem], year: int) -> None:
    """在线服务 of the list, on the website or in the account, with screenshots as proof."""
    said, chance, platform = table("records")["online_service"], seed.chance, seed.platform
    chosen = chance.sample(list(items), min(len(items), seed.share(len(items))))
    moment = max(at(date(year, 1, 1), 9), at(seed.calendar.begins_on, 9)) + timedelta(days=chance.randint(1, 20))
    if not seed.calendar.has_come(moment) or chance.random() < 0.15:
        return
    screenshots = EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
    _prove(seed, year, screenshots, said["evidence"], f"{platform.website}/online", moment)
    for item in chosen:
        channel = chance.choice(list(Channel))
        on_site = f"{platform.website}/online/{item.id}"
        address = on_site if channel is Channel.WEBSITE else said["path"].format(name=item.name)
        row = online_services.add(seed.session, platform.id, item.id, channel, address, platform.staff, moment)
        seed.reviewed(row)


def _prove(seed: SeedContext, year: int, item: EvidenceItem, title: str, link: str, moment: datetime) -> None:
    entry = EvidenceEntry(year, item, title, link=link)
    evidence.add(seed.session, seed.platform.id, entry, seed.platform.staff, moment)
