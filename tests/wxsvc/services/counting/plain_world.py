"""A province by chance, as rows and beside them as plain facts that are counted by loops straight from the text.

None of the product's own rules is used: who counts, what is complete and which day it is stand here once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from sqlalchemy.orm import Session

from models.activity import ActivityPlatform
from models.collaboration import BonusClaim, Filing
from models.enterprise import Enterprise
from models.platform import Platform, PlatformYear
from models.recognition import OnlineService, PlatformFusion, ResearchReport, Ruling, ServiceItem
from models.record import Need, OfflineService, OfflineServiceEnterprise, OnlineTrade
from models.regulation import ReadingDecision
from models.terms import Channel, FusionKind, NeedKind, NeedState, Stage
from scoring.terms import ActivityCategory, BonusKind, EvidenceItem, Obligation, Part, PlatformKind
from tests import builders
from tests.builders import BEIJING

YEAR: Final = 2026
REGIONS: Final = {PlatformKind.PREFECTURE: "430100", PlatformKind.CLUSTER: "430102", PlatformKind.COUNTY: "430102"}
PLANS: Final = {1: 4, 2: 3, 3: 3, 4: 3, 5: 6, 6: 3, 7: 3, 8: 3, 9: 3, 10: 8, 11: 3, 12: 3}
"""每月3号前（节假日顺延） in 2026, by the State Council's notice: 4 January is a Sunday that is worked."""
NEXT_PLANS: Final = {1: 4, 2: 3, 3: 3, 4: 6}
"""The same of 2027, whose notice is not out: by weekends and statutory days."""
ROLLED_SIXTHS: Final = {4: 7, 6: 8, 9: 7, 10: 8, 12: 7}
"""6日 in 2026 where it is no workday, and the next one that is."""
CHOICES: Final = {
    "partial_step": ("whole", "started", "linear"),
    "overflow_to_other": ("false", "true"),
    "sixth_rolls_on": ("false", "true"),
    "press_bonus": ("true", "false"),
    "need_must_be_matched": ("false", "true"),
    "sole_traders_count": ("true", "false"),
    "out_of_region_counts": ("true", "false"),
    "assist_counts": ("false", "true"),
    "day_itself_in_time": ("true", "false"),
    "refiled_late": ("in_time", "late"),
    "one_story": ("each", "once"),
    "complete_enterprises": ("1", "5", "10"),
    "complete_photos": ("1", "0", "2"),
    "complete_summary": ("50", "0", "100"),
}
"""口径 with their words, the default first."""


@dataclass
class Own:
    """What one platform did in its 考评期, as far as it counts."""

    platform: Platform
    first: date
    last: date
    by: dict[str, str]
    participations: int = 0
    trades: int = 0
    needs: int = 0
    reports: int = 0
    held: Counter[ActivityCategory] = field(default_factory=Counter)
    resources: int = 0
    honours: int = 0
    stories: list[str] = field(default_factory=list)
    missed: int = 0
    ruled: dict[str, Decimal] = field(default_factory=dict)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def says(self, reading: str) -> bool:
        return self.by[reading] == "true"

    def has_in_region(self, region: str | None) -> bool:
        in_city = self.platform.kind is PlatformKind.PREFECTURE
        return (region or "").startswith("4301") if in_city else region == "430102"

    def counts(self, firm: Enterprise) -> bool:
        """企业: no office, no association; an older licence once it is confirmed."""
        if firm.uscc is None:
            return firm.licence_confirmed_at is not None
        return firm.uscc[0] not in "15" and (firm.uscc[:2] != "92" or self.says("sole_traders_count"))

    def is_served(self, firm: Enterprise, companies: set[str | None]) -> bool:
        """参与企业: an enterprise, none of the companies that run the platforms."""
        is_fit = self.says("out_of_region_counts") or self.has_in_region(firm.region_code)
        return self.counts(firm) and is_fit and (firm.uscc is None or firm.uscc not in companies)


class PlainWorld:
    """Nine platforms of three kinds with all that they did; by other 口径 than the defaults where they are decided."""

    def __init__(self, session: Session, seed: int, *, is_decided: bool) -> None:
        self.session, self.chance = session, Random(seed)
        by = {kind: self._readings(kind, is_decided=is_decided) for kind in PlatformKind}
        self.all = [self._platform(kind, by[kind]) for kind in PlatformKind for _ in range(3)]
        self.firms = [self._firm(number) for number in range(20)]
        self.institution = builders.institution(session, uscc=self.firms[0].uscc)
        self.item = ServiceItem(year=YEAR, name="在线诊断", created_at=builders.NOW)
        session.add(self.item)
        session.flush()
        some = self.chance.randint
        for own in self.all:
            for number in range(60):
                for deed, share in (
                    (self._activity, 10),
                    (self._service, 6),
                    (self._trade, 6),
                    (self._need, 60),
                    (self._claim, 8),
                    (self._report, 2),
                ):
                    if some(1, 60) <= share:
                        deed(own, number)
            self._filings(own)
            self._rulings(own)
        session.flush()

    def _readings(self, kind: PlatformKind, *, is_decided: bool) -> dict[str, str]:
        if not is_decided:
            return {name: words[0] for name, words in CHOICES.items()}
        found = {name: self.chance.choice(words) for name, words in CHOICES.items()}
        for name, value in found.items():
            made = {"name": name, "value": value, "decided_at": builders.NOW, "reason": "会议决定"}
            self.session.add(ReadingDecision(year=YEAR, kind=kind, **made))
        return found

    def _platform(self, kind: PlatformKind, by: dict[str, str]) -> Own:
        columns: dict[str, Any] = {"kind": kind, "region_code": REGIONS[kind]}
        first, last = date(YEAR, 1, 1), date(YEAR, 12, 31)
        way = self.chance.choice(["whole", "whole", "accepted", "closed", "set", "over new year"])
        if way == "accepted":
            columns["accepted_on"], first = date(YEAR, 3, self.chance.choice([1, 31])), date(YEAR, 4, 1)
        elif way == "closed":
            columns |= {"closed_on": date(YEAR, 10, 6), "closed_reason": "撤销"}
            last = date(YEAR, 10, 5)
        elif way != "whole":
            first = date(YEAR, self.chance.choice([1, 7]), self.chance.choice([1, 3, 4]))
            last = date(YEAR, 12, 6) if way == "set" else date(YEAR + 1, 4, self.chance.choice([3, 6, 30]))
        if self.chance.random() < 0.5:
            columns["operator_uscc"] = builders.uscc()
        platform = builders.platform(self.session, **columns)
        if way in ("set", "over new year"):
            row = PlatformYear(platform_id=platform.id, year=YEAR, assessed_from=first, assessed_until=last)
            row.period_reason = "会议决定"
            self.session.add(row)
        self.session.flush()
        return Own(platform, first, last, by)

    def _firm(self, number: int) -> Enterprise:
        columns: dict[str, Any] = {"region_code": self.chance.choice(["430102", "430102", "430181", "430203", None])}
        operators = [each.platform.operator_uscc for each in self.all if each.platform.operator_uscc]
        start = self.chance.choice(["91430100"] * 6 + ["92430100", "11430100", "51430100", ""])
        if number < len(operators):
            columns["uscc"] = operators[number]
        elif start:
            columns["uscc"] = builders.uscc(start=start)
        else:
            columns |= {"uscc": None, "licence_number": f"4301{builders.number():011}"}
            columns["licence_confirmed_at"] = self.chance.choice([builders.NOW, None])
        return builders.enterprise(self.session, **columns)

    def _moment(self) -> datetime:
        """Often near a border, where the day in Beijing is not that of UTC, else from December 2025 to January 2027."""
        edges = [day for own in self.all for day in (own.first, own.last + timedelta(days=1))]
        if self.chance.random() < 0.4:
            midnight = datetime.combine(self.chance.choice(edges), datetime.min.time(), BEIJING)
            return (midnight + timedelta(minutes=self.chance.choice([-1, 0, 1, 7 * 60, 8 * 60 + 1]))).astimezone(UTC)
        return datetime(YEAR - 1, 12, 1, 15, tzinfo=BEIJING) + timedelta(days=self.chance.randint(0, 420))

    def _day(self) -> date:
        return self._moment().astimezone(BEIJING).date()

    def _stage(self) -> Stage:
        return self.chance.choice([Stage.APPROVED] * 5 + [Stage.SUBMITTED, Stage.RETURNED, Stage.VOID])

    def _put(self, own: Own, table: Any, day: date, stage: Stage | None = None, **columns: Any) -> Any:
        stage = stage or self._stage()
        made: dict[str, Any] = {"platform_id": own.platform.id, "year": day.year, "stage": stage}
        made |= {"created_at": builders.NOW, "submitted_at": builders.NOW}
        made |= {"return_reason": "退回"} if stage in (Stage.RETURNED, Stage.VOID) else {}
        row = table(**made | ({} if stage is Stage.SUBMITTED else {"reviewed_at": builders.NOW}) | columns)
        self.session.add(row)
        self.session.flush()
        return row

    def _activity(self, own: Own, number: int) -> None:
        chance, ends_at = self.chance, self._moment()
        category, photos = chance.choice(list(ActivityCategory)), chance.choice([0, 1, 1, 2])
        summary = chance.choice(["总" * 100, "总" * 50, "总" * 50, "总" * 49, "总\u3000" * 49])
        made = builders.activity(
            self.session,
            own.platform,
            part=chance.choice(list(Part)),
            category=category,
            starts_at=ends_at - timedelta(hours=chance.choice([2, 30])),
            ends_at=ends_at,
            stage=chance.choice([self._stage(), Stage.PUBLISHED, Stage.APPROVED]),
            summary=summary,
        )
        for _ in range(photos):
            builders.photo(self.session, made)
        parts = [(own, self.session.get_one(ActivityPlatform, (made.id, own.platform.id)))]
        for other in chance.sample([each for each in self.all if each is not own], chance.choice([0, 0, 1, 2])):
            is_confirmed, part = chance.random() < 0.7, chance.choice(list(Part))
            row = builders.joined(self.session, made, other.platform, part, is_confirmed=is_confirmed)
            row.assist_accepted_at = builders.NOW if part is Part.ASSIST and chance.random() < 0.5 else None
            parts += [(other, row)] if is_confirmed else []
        came = self._came_to(made)
        self.session.flush()
        if made.stage is not Stage.APPROVED:
            return
        last_day = (ends_at.astimezone(BEIJING) - timedelta(microseconds=1)).date()
        companies = {each.platform.operator_uscc for each, _ in parts}
        for each, row in parts:
            if each.holds(last_day):
                served, by = sum(each.is_served(firm, companies) for firm in came), each.by
                is_complete = served >= int(by["complete_enterprises"]) and photos >= int(by["complete_photos"])
                is_complete &= summary.count("总") >= int(by["complete_summary"])
                has_organised = row.part is not Part.ASSIST or (
                    category is ActivityCategory.OTHER and row.assist_accepted_at is not None
                )
                each.held[category] += is_complete and has_organised
                each.participations += served if row.part is not Part.ASSIST or each.says("assist_counts") else 0

    def _came_to(self, made: Any) -> list[Enterprise]:
        came = []
        for firm in self.chance.sample(self.firms, self.chance.randint(0, len(self.firms))):
            way = self.chance.choice(["came", "came", "came", "undone", "voided", "undone and came"])
            if way.startswith("undone"):
                builders.check_in(self.session, made, firm, undone_at=builders.NOW)
            if way == "voided":
                builders.check_in(self.session, made, firm, voided_at=builders.NOW, void_reason="未到场")
            if way.endswith("came"):
                builders.check_in(self.session, made, firm)
                came.append(firm)
        return came

    def _service(self, own: Own, number: int) -> None:
        day = self._day()
        row = self._put(own, OfflineService, day, served_on=day, content="上门诊断")
        for firm in self.chance.sample(self.firms, self.chance.randint(1, 4)):
            self.session.add(OfflineServiceEnterprise(offline_service_id=row.id, enterprise_id=firm.id))
            is_served = own.is_served(firm, {own.platform.operator_uscc})
            own.participations += row.stage is Stage.APPROVED and own.holds(day) and is_served

    def _trade(self, own: Own, number: int) -> None:
        day, firm = self._day(), self.chance.choice(self.firms[:8])
        with_whom = self.chance.choice([self.institution.id, self.institution.id, None])
        named = {"order_number": f"D-{number}", "service": "商标代理"}
        row = self._put(own, OnlineTrade, day, traded_on=day, enterprise_id=firm.id, institution_id=with_whom, **named)
        is_with_another = with_whom is not None and (firm.uscc is None or firm.uscc != self.institution.uscc)
        is_served = own.is_served(firm, {own.platform.operator_uscc}) and is_with_another
        own.trades += row.stage is Stage.APPROVED and own.holds(day) and is_served

    def _need(self, own: Own, number: int) -> None:
        day, firm, region = self._day(), self.chance.choice(self.firms), self.chance.choice(["430102", "430203"])
        kind, state = self.chance.choice(list(NeedKind)), self.chance.choice(list(NeedState))
        said = {"title": f"第{number}项", "content": f"需要{number}", "result": "已对接", "region_code": region}
        row = self._put(own, Need, day, raised_on=day, kind=kind, state=state, enterprise_id=firm.id, **said)
        is_valid = kind is NeedKind.APPEAL or state is not NeedState.OPEN or not own.says("need_must_be_matched")
        is_own = firm.uscc is not None and firm.uscc == own.platform.operator_uscc
        is_inside = own.has_in_region(firm.region_code or region)
        counts = own.counts(firm) and is_inside and is_valid and not is_own
        own.needs += row.stage is Stage.APPROVED and own.holds(day) and counts

    def _claim(self, own: Own, number: int) -> None:
        day, kind = self._day(), self.chance.choice(list(BonusKind))
        is_press, is_proved = kind is BonusKind.PRESS, self.chance.random() < 0.7
        title = f"报道{number // 30}" if is_press else f"荣誉{number}"
        link = "https://example.cn/1" if is_press and self.chance.random() < 0.5 else None
        row = self._put(own, BonusClaim, day, kind=kind, awarded_on=day, title=title, issuer="省工信厅", link=link)
        if is_proved:
            builders.proof(self.session, row, EvidenceItem.PRESS_REPORTS if is_press else EvidenceItem.HONOUR_PAPERS)
        if row.stage is Stage.APPROVED and own.holds(day):
            own.honours += kind is BonusKind.HONOUR and is_proved
            own.resources += kind not in (BonusKind.HONOUR, BonusKind.PRESS)
            own.stories += [title] if is_press and (is_proved or link) else []

    def _report(self, own: Own, number: int) -> None:
        if own.platform.kind is not PlatformKind.CLUSTER:
            return
        day, is_proved = self._day(), self.chance.random() < 0.5
        row = self._put(own, ResearchReport, day, published_on=day, title="报告", authors="课题组")
        if is_proved:
            builders.proof(self.session, row, EvidenceItem.RESEARCH_REPORT)
        own.reports += is_proved and row.stage is Stage.APPROVED and own.holds(day)

    def _filings(self, own: Own) -> None:
        wrong = ["missed", "late", "returned", "back", "confirmed", "refiled"]
        ways = ["on time"] * self.chance.choice([20, 90]) + wrong
        for obligation, period, named, due in _obligations(own):
            way = self.chance.choice(ways)
            is_refiled_late = way == "refiled" and own.by["refiled_late"] == "late"
            is_missed = way in ("missed", "late", "returned", "back") or is_refiled_late
            own.missed += own.holds(named) and is_missed
            if way == "missed":
                continue
            is_after = way in ("late", "back", "confirmed", "refiled")
            after = timedelta(days=1 if named.year == YEAR else 30)  # the notice of 2027 may move the day
            day = due + after if is_after else due - timedelta(days=self.chance.choice([0, 0, 2]))
            last_second = datetime(due.year, due.month, due.day, 23, 59, 59, tzinfo=BEIJING)
            at = last_second - (due - day) + (timedelta(seconds=1) - timedelta(days=1) if is_after else timedelta(0))
            columns: dict[str, Any] = {"claimed_on": due if way in ("back", "confirmed") else day, "submitted_at": at}
            if way == "refiled":
                columns |= {"first_claimed_on": due, "first_submitted_at": last_second}
            stage = {"returned": Stage.RETURNED, "confirmed": Stage.APPROVED}.get(way, Stage.SUBMITTED)
            self._put(own, Filing, named, stage, obligation=obligation, period=period, note="见附件", **columns)

    def _rulings(self, own: Own) -> None:
        is_cluster, day = own.platform.kind is PlatformKind.CLUSTER, self._day()
        code = "platform_fusion" if is_cluster else "online_service"
        is_offered, is_proved = self.chance.random() < 0.7, self.chance.random() < 0.7
        if is_offered and is_cluster:
            said = {"kind": FusionKind.BUILT, "name": "云平台", "provider": "某公司", "effect": "降低成本"}
            offered = self._put(own, PlatformFusion, day, Stage.APPROVED, started_on=day, **said)
        elif is_offered:
            at = {"service_item_id": self.item.id, "channel": Channel.WEBSITE, "address": "https://example.cn/2"}
            offered = self._put(own, OnlineService, date(YEAR, 1, 1), Stage.APPROVED, **at)
        if is_offered and is_proved:
            paper = EvidenceItem.PLATFORM_FUSION_PAPERS if is_cluster else EvidenceItem.ONLINE_SERVICE_SCREENSHOTS
            builders.proof(self.session, offered, paper)
        stands = is_offered and is_proved and (own.holds(day) or not is_cluster)
        given = {"website": Decimal("4.5"), "coordination": Decimal("13.7"), code: Decimal(10)}
        for line, points in given.items():
            if self.chance.random() < 0.7:
                said = {"points": points, "reason": "按检查情况", "ruled_at": builders.NOW}
                self.session.add(Ruling(platform_id=own.platform.id, year=YEAR, indicator=line, **said))
                own.ruled |= {line: points} if line != code or stands else {}


def _obligations(own: Own) -> Iterator[tuple[Obligation, str, date, date]]:
    """Each with its period, the day that the text names, and the last day that is in time."""
    before = timedelta(days=0 if own.says("day_itself_in_time") else 1)
    for year, plans in ((YEAR, PLANS), (YEAR + 1, NEXT_PLANS)):
        for month, day in plans.items():
            sixth = ROLLED_SIXTHS.get(month, 6) if year == YEAR and own.says("sixth_rolls_on") else 6
            period = f"{year}-{month:02}"
            yield Obligation.PLAN, period, date(year, month, 3), date(year, month, day) - before
            yield Obligation.DATA, period, date(year, month, 6), date(year, month, sixth) - before
    summary = date(YEAR, 12, 15)
    yield Obligation.SUMMARY, f"{YEAR}", summary, summary - before
