"""年度总结的初稿: the year's account in words, under the outline's headings; what only people know stays open in 【】.

The same draft is shown on the page and set as Word, so what is read is what is downloaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from models.terms import Subject
from scoring.rules import Filings, Shortfall
from scoring.terms import FilingState
from scoring.words import name_of
from wxsvc import wording
from wxsvc.pages import cards
from wxsvc.services.records.kinds import lines
from wxsvc.services.reports.year_accounts import YearAccount
from wxsvc.services.years import day_of

_WIDTHS = (78, 26, 26, 26)


class SummaryPart(Struct, frozen=True):
    """What stands under one （一）; without a heading, right under the part."""

    heading: str | None
    texts: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    """A table below the texts, its header first."""
    notes: tuple[str, ...] = ()
    """Lines below the table or the texts: what the numbers rest on, and the note of the indicator table."""


class Draft(Struct, frozen=True):
    """The summary: its title, its lead, the outline's parts with what stands in them, the attachments."""

    title: str
    file_name: str
    lead: str
    parts: tuple[tuple[str, tuple[SummaryPart, ...]], ...]
    attachments: tuple[str, ...]
    platform: str
    day: str


def draft(account: YearAccount) -> Draft:
    """The account in words."""
    name, year = account.platform.name, account.year
    day = wording.sentence("filings", "day", when=day_of(account.as_of))
    written, told = (_work(account), _held(account), _problems(account), _measures(account)), set[str]()
    return Draft(
        title=_say("title", platform=name, year=year),
        file_name=_say("file", platform=name, year=year),
        lead=_say("lead", platform=name, year=year, day=day),
        parts=tuple((head, tuple(_once(parts, told))) for head, parts in zip(account.outline, written, strict=True)),
        attachments=tuple(_attachments(account)),
        platform=name,
        day=day,
    )


def _once(parts: Iterable[SummaryPart], told: set[str]) -> Iterator[SummaryPart]:
    """The parts without the notes that were told before: a reading (口径) bears on several of them."""
    for part in parts:
        yield replace(part, notes=tuple(note for note in part.notes if note not in told))
        told.update(part.notes)


def word(written: Draft) -> bytes:
    """The draft as an official Word file."""
    from wxsvc.documents.official_words import Paper

    paper = Paper()
    paper.title(written.title)
    paper.text(written.lead)
    for heading, parts in written.parts:
        paper.first(heading)
        for part in parts:
            if part.heading:
                paper.second(part.heading)
            for text in part.texts:
                paper.text(text)
            if part.rows:
                paper.table(part.rows[0], part.rows[1:], _WIDTHS)
            for note in part.notes:
                paper.aside(note)
    paper.attachments(written.attachments)
    paper.signature(written.platform, written.day)
    return paper.content()


def _work(account: YearAccount) -> Iterator[SummaryPart]:
    amounts = {each.code: each.amount for each in account.figures.figures}
    approved = {each.code: each.approved for each in account.figures.figures}
    texts = [_say("activities", f=amounts, approved=approved)]
    if amounts["offline_services"]:
        texts.append(_say("offline", f=amounts))
    if amounts["online_trades"]:
        texts.append(_say("trades", f=amounts, amount=_yuan(amounts["trade_amount"])))
    yield SummaryPart(_say("activities_head"), (*texts, _say("activities_fill")))
    yield SummaryPart(_say("needs_head"), (_say("needs", f=amounts), _say("needs_fill")))
    yield SummaryPart(_say("posts_head"), (_say("posts", f=amounts),))
    for code, names, subject in (
        ("online", account.online_services, Subject.ONLINE_SERVICE),
        ("reports", account.reports, Subject.RESEARCH_REPORT),
        ("fusions", account.fusions, Subject.PLATFORM_FUSION),
    ):
        if names or lines(account.scheme, subject):
            yield SummaryPart(_say(f"{code}_head"), (_say(code, names=_listed(names), count=len(names)),))
    yield SummaryPart(_say("dispatch_head"), tuple(_dispatch(account)))
    if account.claims:
        yield SummaryPart(_say("claims_head"), tuple(_claims(account)))


def _dispatch(account: YearAccount) -> Iterator[str]:
    filed = account.filed
    counts = {
        "in_time": filed[FilingState.IN_TIME],
        "late": filed[FilingState.LATE],
        "missed": filed[FilingState.MISSED],
        "reading": filed[FilingState.OPEN_READING],
    }
    yield _say("dispatch", due=sum(counts.values()), **counts)
    if account.responses:
        yield _say("responses", names=_listed(account.responses), count=len(account.responses))
    yield _say("dispatch_fill")


def _claims(account: YearAccount) -> Iterator[str]:
    ordered = sorted(account.claims, key=lambda claim: (claim.kind, claim.id))
    for kind, claims in groupby(ordered, key=lambda claim: claim.kind):
        yield _say("claims", kind=name_of(kind), titles=_listed([claim.title for claim in claims]))


def _held(account: YearAccount) -> Iterator[SummaryPart]:
    head = tuple(_say(f"held_{column}") for column in ("category", "held", "counted", "target"))
    rows = [
        (name_of(each.category), str(each.held), str(each.counted), str(each.target)) for each in account.categories
    ]
    sums = [sum(getattr(each, name) for each in account.categories) for name in ("held", "counted", "target")]
    total = (_say("held_total"), *(str(each) for each in sums))
    notes = [*map(cards.reading_text, account.category_readings), *filter(None, (account.scheme.note,))]
    yield SummaryPart(None, (_say("held_lead"),), (head, *rows, total), tuple(notes))
    texts = [_say("held_fill")]
    if account.largest:
        names = [
            _say("largest_item", title=row.title, day=wording.day(row.day) if row.day else "", count=row.amount)
            for row in account.largest
        ]
        texts.insert(0, _say("largest", names=_say("comma").join(names)))
    yield SummaryPart(None, tuple(texts))


def _problems(account: YearAccount) -> Iterator[SummaryPart]:
    scheme, found = account.scheme, False
    for line in account.short:
        rule = scheme.indicator(line.code).rule
        if isinstance(rule, Shortfall):
            found, done = True, line.confirmed or 0
            short = {
                "short": rule.target - done,
                "target": rule.target,
                "unit": rule.unit,
                "pending": line.pending or 0,
            }
            texts = (_say("short", done=done, **short), _say("short_text", text=line.opening + line.text))
            notes = tuple(map(cards.reading_text, line.readings))
            yield SummaryPart(_say("short_head", name=line.name), texts, notes=notes)
    late, missed = account.filed[FilingState.LATE], account.filed[FilingState.MISSED]
    if late or missed:
        found = True
        yield SummaryPart(_say("filings_head"), (_say("filings", late=late, missed=missed),))
    yield SummaryPart(None, (_say("problems_fill"),) if found else (_say("problems_none"), _say("problems_fill")))


def _measures(account: YearAccount) -> Iterator[SummaryPart]:
    short = {line.code: line.name for line in account.short}
    if account.filed[FilingState.LATE] + account.filed[FilingState.MISSED]:
        short |= {line.code: line.name for line in account.scheme.indicators if isinstance(line.rule, Filings)}
    texts = [_measure(code, name) for code, name in short.items()]
    lead = _say("measures_lead" if texts else "measures_none")
    yield SummaryPart(None, (lead, *texts, _say("measures_fill")))


def _measure(code: str, name: str) -> str:
    """What to do about a line; one that a later table brings has no sentence of its own."""
    try:
        return _say(f"measure_{code}")
    except KeyError:
        return _say("measure_any", name=name)


def _attachments(account: YearAccount) -> Iterator[str]:
    """The annex's items in its order: those that are asked for, and any other that is there."""
    for each in account.checklist:
        if each.is_required or each.is_present:
            titles = _say("comma").join(paper.title for paper in each.papers)
            yield _say("attachment", text=each.asked.text, count=len(each.papers), titles=titles)


def _listed(names: Sequence[str]) -> str:
    return _say("comma").join(_say("item", name=name) for name in names)


def _yuan(fen: int) -> str:
    return wording.points(Decimal(fen) / 100)


def _say(code: str, **facts: object) -> str:
    return wording.sentence("summary", code, **facts)
