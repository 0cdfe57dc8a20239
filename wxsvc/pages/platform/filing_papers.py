"""报送的材料: the month's plan, the month's figures and the year's summary, as a page shows them and as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from flask.typing import ResponseReturnValue
from msgspec import Struct

from scoring.deadlines import Deadline
from scoring.scheme_files import scheme_for
from scoring.terms import Obligation
from scoring.words import name_of
from wxsvc import wording
from wxsvc.access import now, own_platform_id
from wxsvc.db import Session
from wxsvc.documents import official_sheets
from wxsvc.documents.official_sheets import Column, OfficialTable
from wxsvc.pages import cards, downloads
from wxsvc.pages.platform import summary_draft
from wxsvc.services.regulation import readings
from wxsvc.services.reports import month_plans, period_figures, periods, year_accounts
from wxsvc.services.reports.month_plans import MonthPlan, Planned
from wxsvc.services.reports.period_figures import PeriodFigures
from wxsvc.services.years import day_of, has_rules
from wxsvc.uploads.filetypes import DOCX, XLSX

_PLAN: Final = (("name", 32), ("category", 24), ("form", 8), ("time", 22), ("place", 28), ("part", 8), ("note", 14))
"""The plan's columns with their widths in characters."""
_PARTS: Final = ("activities_", "needs_", "posts_")
"""Beginnings of figures that are part of another."""
_PLAN_IN_MM: Final = (14, 50, 42, 15, 33, 36, 15, 20)


class FigureLine(Struct, frozen=True):
    """One figure as people read it; ``is_part`` of the one before it."""

    name: str
    unit: str
    amount: str
    approved: str | None
    is_part: bool


def of(session: Session, deadline: Deadline) -> dict[str, Any]:
    """What the page of an obligation shows beside its form: ``plan``, ``figures`` with ``text``, or ``summary``."""
    match deadline.obligation:
        case Obligation.PLAN:
            plan = _plan(session, deadline)
            return {"plan": plan, "plan_rows": [_planned(each) for each in plan.planned]}
        case Obligation.DATA:
            found = list(_lines(_figures(session, deadline)))
            return {"figures": found, "text": "\n".join(_text(line) for line in found)}
        case Obligation.SUMMARY:
            account = year_accounts.of_year(session, own_platform_id(), int(deadline.covers), now())
            return {"account": account, "draft": summary_draft.draft(account)}


def as_word(session: Session, deadline: Deadline) -> ResponseReturnValue | None:
    """The plan or the summary as Word; a return of figures has none."""
    match deadline.obligation:
        case Obligation.PLAN:
            plan = _plan(session, deadline)
            return _sent(_plan_paper(plan), _plan_title(plan), "docx")
        case Obligation.SUMMARY:
            draft = of(session, deadline)["draft"]
            return _sent(summary_draft.word(draft), draft.file_name, "docx")
    return None


def as_excel(session: Session, deadline: Deadline) -> ResponseReturnValue | None:
    """The plan or the figures as Excel; the summary has none."""
    match deadline.obligation:
        case Obligation.PLAN:
            plan = _plan(session, deadline)
            return _sent(official_sheets.workbook(_plan_table(plan)), _plan_title(plan), "xlsx")
        case Obligation.DATA:
            figures = _figures(session, deadline)
            table = _data_table(figures, list(_data_notes(session, figures)))
            return _sent(official_sheets.workbook(table), table.title, "xlsx")
    return None


def _plan(session: Session, deadline: Deadline) -> MonthPlan:
    return month_plans.of_month(session, own_platform_id(), periods.month(deadline.covers), now())


def _figures(session: Session, deadline: Deadline) -> PeriodFigures:
    month = periods.month(deadline.covers)
    return period_figures.of_period(session, own_platform_id(), month, now())


def _planned(each: Planned) -> tuple[str, ...]:
    """One activity of the plan, column by column."""
    row, undecided = each.activity, _say("plan_undecided")
    notes = [_say("plan_draft")] if each.is_draft else []
    notes += [_say("plan_joint", host=each.host.name)] if each.host else []
    begins = f"{wording.day(row.starts_at)} {wording.clock(row.starts_at)}" if row.starts_at else undecided
    return (
        row.title,
        name_of(row.category) if row.category else undecided,
        name_of(row.form) if row.form else undecided,
        begins,
        row.place or row.meeting_link or undecided,
        name_of(each.part) if each.part else undecided,
        wording.sentence("summary", "comma").join(notes),
    )


def _plan_title(plan: MonthPlan) -> str:
    first = plan.month.first
    return _say("plan_title", platform=plan.platform.name, year=first.year, month=first.month)


def _plan_table(plan: MonthPlan) -> OfficialTable:
    return OfficialTable(
        sheet=_say("plan_sheet"),
        title=_plan_title(plan),
        reporter=plan.platform.name,
        day=_day(plan.as_of),
        unit=_say("plan_unit"),
        columns=[Column(_say(f"plan_{code}"), width) for code, width in _PLAN],
        rows=[_planned(each) for each in plan.planned],
        totals=[_say("plan_total", count=len(plan.planned)), *[None] * (len(_PLAN) - 1)],
    )


def _plan_paper(plan: MonthPlan) -> bytes:
    from wxsvc.documents.official_words import Paper

    paper = Paper(is_landscape=True)
    paper.title(_plan_title(plan))
    paper.aside(_say("plan_reporter", platform=plan.platform.name, day=_day(plan.as_of)))
    head = [official_sheets.number_title(), *(_say(f"plan_{code}") for code, _ in _PLAN)]
    rows = [[str(number), *_planned(each)] for number, each in enumerate(plan.planned, start=1)]
    paper.table(head, rows, _PLAN_IN_MM)
    paper.aside(_say("plan_total", count=len(plan.planned)))
    return paper.content()


def _lines(figures: PeriodFigures) -> Iterator[FigureLine]:
    for each in figures.figures:
        is_money = each.code == "trade_amount"

        def shown(value: int, is_money: bool = is_money) -> str:
            return wording.points(Decimal(value) / 100) if is_money else str(value)

        yield FigureLine(
            wording.sentence("filings", f"figure_{each.code}"),
            _say(f"unit_{each.code}"),
            shown(each.amount),
            shown(each.approved) if each.approved is not None else None,
            each.code.startswith(_PARTS),
        )


def _text(line: FigureLine) -> str:
    return _say("data_line", name=line.name, amount=line.amount, unit=line.unit)


def _data_notes(session: Session, figures: PeriodFigures) -> Iterator[str]:
    """The readings (口径) that the counts rest on, a line each; none for a month before the first rules."""
    year, platform = figures.period.first.year, figures.platform
    if has_rules(year):
        counted = scheme_for(platform.kind, year).facts
        yield from map(cards.reading_text, readings.of_counts(session, platform, year, counted, figures.as_of))


def _data_table(figures: PeriodFigures, notes: Sequence[str]) -> OfficialTable:
    first = figures.period.first
    return OfficialTable(
        sheet=_say("data_sheet"),
        title=_say("data_title", platform=figures.platform.name, year=first.year, month=first.month),
        reporter=figures.platform.name,
        day=_day(figures.as_of),
        unit=_say("data_units"),
        columns=[
            Column(_say("data_name"), 40),
            Column(_say("data_unit"), 12),
            Column(_say("data_amount"), 16, is_number=True),
            Column(_say("data_approved"), 20, is_number=True),
        ],
        rows=[
            (line.name, line.unit, Decimal(line.amount), Decimal(line.approved) if line.approved is not None else None)
            for line in _lines(figures)
        ],
        notes=notes,
    )


def _sent(content: bytes, name: str, ending: str) -> ResponseReturnValue:
    media_type = DOCX if ending == "docx" else XLSX
    return downloads.made(content, media_type, f"{name}.{ending}")


def _day(moment: Any) -> str:
    return _say("day", when=day_of(moment))


def _say(code: str, **facts: object) -> str:
    return wording.sentence("filings", code, **facts)
