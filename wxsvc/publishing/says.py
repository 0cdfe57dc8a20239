"""What the documents of a year say alike: their moment, whether the year is sealed, the readings they rest on."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from scoring.terms import PlatformKind
from scoring.words import name_of
from wxsvc import wording
from wxsvc.services import years
from wxsvc.services.regulation.readings import ReadingInUse
from wxsvc.services.reports.publications import Publication, PublishedCard


def say(code: str, **facts: object) -> str:
    """A sentence of ``publications.toml``."""
    return wording.sentence("publications", code, **facts)


def short_kind(kind: PlatformKind) -> str:
    """市州, 产业集群, 县市区和园区: the name of a sheet or column."""
    return say(f"kind_{kind.value}")


def moment(publication: Publication) -> str:
    """预览 with the moment of its figures, or when the year was sealed (锁定)."""
    amended = len(publication.amended)
    return say("moment", sealed_at=publication.sealed_at, as_of=publication.as_of, amended=amended)


def made_at(publication: Publication) -> datetime:
    """The moment that the document names."""
    return publication.sealed_at or publication.as_of


def draft(publication: Publication) -> str:
    """（预览） behind the title of what is not sealed yet."""
    return "" if publication.sealed_at is not None else say("draft")


def readings(publication: Publication) -> tuple[str, list[str]]:
    """口径: who decided and on which day where that is the same of all of them, and a line each.

    A line says name and value, who decided where they are not the same, and for which kinds where not for all.
    """
    days = {say("reading_day", decided=used.decided) for kind in publication.kinds for used in kind.readings}
    kinds: dict[str, list[str]] = {}
    for kind in publication.kinds:
        for used in kind.readings:
            day = say("reading_day", decided=used.decided) if len(days) > 1 else ""
            line = say("reading_line", name=name_of(used.name), value=used.value, ground=day)
            kinds.setdefault(line, []).append(short_kind(kind.kind))
    every = len(publication.kinds)
    lines = [say("reading_of", line=line, kinds=found if len(found) < every else []) for line, found in kinds.items()]
    return (days.pop() if len(days) == 1 else ""), lines


def ground(used: ReadingInUse) -> str:
    """Who decided a reading and when, or 暂按默认口径."""
    return wording.said("reading_ground", decided=used.decided, name=None)


def remark(card: PublishedCard, year: int) -> str:
    """备注 of a platform: its period where it is special, what is still to be ruled, what was amended since."""
    open_lines = [line.indicator.name for line in card.lines if line.is_open]
    parts = (period(card, year), say("open", names=open_lines) if open_lines else "", *amendments(card))
    return say("between").join(filter(None, parts))


def amendments(card: PublishedCard) -> list[str]:
    """更正 of one platform: each line, before and after, and why; and the total that they come to."""
    lines = [say("amended", line=each.line, row=each.row) for each in card.amended]
    return [*lines, say("amended_total", total=card.holds)] if lines else []


def period(card: PublishedCard, year: int) -> str:
    """考评期 where it is not the whole year, or that the platform is not assessed; else nothing."""
    return say("period", period=card.period) if card.period != years.whole_year(year) else ""


def yuan(fen: int) -> str:
    """An amount of money in 元."""
    return wording.points(Decimal(fen) / 100)
