"""What may be asked for (导出): the one door of the documents, for the province's page and for ``wxsvc export``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import IO, Final

from msgspec import Struct

from wxsvc.db import Database, Session
from wxsvc.publishing import filled_annex, month_report, quarter_bulletin, says, year_csv, year_notice, year_workbook
from wxsvc.publishing.says import say
from wxsvc.services.refusal import Refused
from wxsvc.services.reports import periods, publications, published_figures
from wxsvc.services.reports.publications import Publication
from wxsvc.uploads.filetypes import CSV, DOCX, XLSX

Tick = Callable[[int, int], None]
"""Told how many of how many steps are done."""


class What(StrEnum):
    """年度工作簿 · 附件1 · 季度简报 · 年度通报 · 月度数据 · 得分数据."""

    WORKBOOK = "workbook"
    ANNEX1 = "annex1"
    BULLETIN = "bulletin"
    NOTICE = "notice"
    MONTH = "month"
    CSV = "csv"


YEARS: Final = range(2001, 2100)
"""Any other was mistyped."""
MEDIA_TYPES: Final = {What.WORKBOOK: XLSX, What.CSV: CSV}
_ENDINGS: Final = {XLSX: "xlsx", CSV: "csv", DOCX: "docx"}


class Wanted(Struct, frozen=True):
    """One document of a year: annex 1 of one platform (its code) or of all, a quarter's bulletin, a month's data."""

    what: What
    year: int
    platform: str | None = None
    quarter: int | None = None
    month: int | None = None

    @property
    def media_type(self) -> str:
        """Excel, CSV or Word."""
        return MEDIA_TYPES.get(self.what, DOCX)


def of(
    what: str, year: int, *, platform: str | None = None, quarter: int | None = None, month: int | None = None
) -> Wanted:
    """What was asked for, in words.

    Raises ``Refused``: ``document_unknown``, ``year_without_rules``, ``document_needs_quarter``,
    ``document_needs_month``.
    """
    must_have_rules(year)
    if what not in list(What):
        raise Refused("document_unknown", known=list(What))
    kind = What(what)
    if kind is What.BULLETIN and quarter not in range(1, 5):
        raise Refused("document_needs_quarter")
    if kind is What.MONTH and month not in range(1, 13):
        raise Refused("document_needs_month")
    return Wanted(
        kind,
        year,
        platform=(platform or None) if kind is What.ANNEX1 else None,
        quarter=quarter if kind is What.BULLETIN else None,
        month=month if kind is What.MONTH else None,
    )


def must_have_rules(year: int) -> None:
    """Raises ``Refused("year_without_rules")`` for a year that was mistyped."""
    if year not in YEARS:
        raise Refused("year_without_rules", year=year)


def write(
    database: Database, wanted: Wanted, now: Callable[[], datetime], target: IO[bytes], tick: Tick = lambda _, __: None
) -> str:
    """Write the document, all of it as of one moment; returns the name of its file.

    Raises ``Refused``: ``year_without_rules``, ``document_of_unknown_platform``, ``document_of_the_future``,
    ``document_without_platforms``; whoever calls throws away what was written until then.
    """
    with database.snapshot() as session:
        publication = publications.of_year(session, wanted.year, now())
        if not publication.kinds:
            raise Refused("document_without_platforms", year=wanted.year)
        _write(session, publication, wanted, target, tick)
        return _name(publication, wanted)


def _write(session: Session, publication: Publication, wanted: Wanted, target: IO[bytes], tick: Tick) -> None:
    count = _Count(tick, len(publication.cards) * (2 if wanted.what is What.WORKBOOK else 1))
    match wanted:
        case Wanted(what=What.WORKBOOK):
            year_workbook.write(session, publication, target, count)
        case Wanted(what=What.CSV):
            target.write(year_csv.content(publication))
        case Wanted(what=What.ANNEX1):
            target.write(filled_annex.paper(publication, wanted.platform, count).content())
        case Wanted(what=What.BULLETIN, quarter=int(quarter)):
            period = periods.quarter_of(wanted.year, quarter)
            figures = published_figures.of_period(session, publication, period, count)
            target.write(quarter_bulletin.paper(publication, quarter, figures).content())
        case Wanted(what=What.MONTH, month=int(month)):
            period = periods.month_of(wanted.year, month)
            figures = published_figures.of_period(session, publication, period, count)
            target.write(month_report.paper(publication, month, figures).content())
        case _:
            target.write(year_notice.paper(publication).content())


class _Count:
    """Steps that are done; called once for each."""

    def __init__(self, tick: Tick, of_all: int) -> None:
        self.done, self.of_all, self.tick = 0, of_all, tick

    def __call__(self) -> None:
        self.done += 1
        self.tick(self.done, self.of_all)


def _name(publication: Publication, wanted: Wanted) -> str:
    """年度工作簿 … .xlsx: what a browser saves it as."""
    name = publication.of_platform(wanted.platform).platform.name if wanted.platform is not None else ""
    facts = {"name": name, "quarter": wanted.quarter, "month": wanted.month, "draft": says.draft(publication)}
    stem = say(f"file_{wanted.what.value}", year=wanted.year, **facts)
    return f"{stem}.{_ENDINGS[wanted.media_type]}"
