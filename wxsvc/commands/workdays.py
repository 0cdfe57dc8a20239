"""``wxsvc workdays``: the working-day calendar of a year, and loading the State Council's notice from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wxsvc import given_files
from wxsvc.commands.parts import KEY, load_settings, open_house, print_json, refuse
from wxsvc.given_files import GivenPath

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from wxsvc.services.regulation.calendars import NoticeDay
    from wxsvc.services.regulation.workdays import NoticePreview

MOST: Final = 20 * 2**20
"""Bytes of a notice, as the page takes them."""


@click.command()
@click.argument("year", type=int)
@click.option(
    "--load", "file", type=GivenPath(exists=True, dir_okay=False, path_type=Path), help="Load this notice (txt, docx)."
)
@click.option("--issued", type=click.DateTime(["%Y-%m-%d"]), help="The day it was issued, where it does not say so.")
@click.option("--number", help="Its number, where it does not say so.")
@click.option("--dry-run", is_flag=True, help="Say what loading would move; write nothing.")
@click.option("--late", type=KEY, multiple=True, help="Let this filing (its id) become late; needed for each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def workdays(
    year: int,
    file: Path | None,
    issued: datetime | None,
    number: str | None,
    dry_run: bool,
    late: tuple[int, ...],
    as_json: bool,
) -> None:
    """List the days that YEAR's notice names, or load the notice: judged first, with every due day that it moves."""
    from wxsvc import wording
    from wxsvc.documents import holiday_notices
    from wxsvc.documents.holiday_notices import NoticeRefused
    from wxsvc.services.actor import MACHINE
    from wxsvc.services.regulation import calendars
    from wxsvc.services.regulation import workdays as notices
    from wxsvc.services.regulation.calendars import NoticeDay
    from wxsvc.services.regulation.workdays import Source
    from wxsvc.uploads.filetypes import FileRefused

    if file is None and (issued or number or dry_run or late):
        raise click.UsageError("--issued, --number, --dry-run and --late are of --load alone")
    house = open_house(load_settings())
    if file is None:
        with house.database.read() as session:
            listed = [each for each in calendars.named_days(session) if each.day.year == year]
        _list(listed, as_json=as_json)
        if not listed:
            click.echo(f"no notice of {year} is loaded", err=True)
        return
    try:
        text = holiday_notices.text_of(given_files.content(file, MOST))
        read = holiday_notices.read(text, year)
        source = Source(issued.date() if issued else read.issued_on, number or read.number, read.year, text)
        days = [NoticeDay(*each) for each in read.days]
        with house.database.transaction() as session:
            preview = notices.preview(session, year, days, source, house.now())
            _tell(session, preview, as_json=as_json)
            if not dry_run:
                notices.load_notice(session, year, days, source, MACHINE, house.now(), late_accepted=late)
    except OSError as error:
        refuse(wording.sentence("notice_files", "not_readable", path=file, problem=error.strerror))
    except FileRefused as refused:
        refuse(wording.sentence("notice_files", refused.reason))
    except NoticeRefused as refused:
        refuse(wording.sentence("refusals", refused.code, **refused.facts))


def _list(days: list[NoticeDay], *, as_json: bool) -> None:
    if as_json:
        listed = [{"day": day.isoformat(), "is_workday": is_workday, "name": name} for day, is_workday, name in days]
        print_json(listed)
        return
    for day, is_workday, name in days:
        click.echo(f"{day}\t{'worked' if is_workday else 'off'}\t{name}")


def _tell(session: Session, preview: NoticePreview, *, as_json: bool) -> None:
    from models.platform import Platform
    from wxsvc import wording

    moves: list[dict[str, Any]] = [
        {
            "obligation": each.obligation.value,
            "period": each.period,
            "kinds": [kind.value for kind in each.kinds],
            "old": each.old.due_on.isoformat(),
            "new": each.new.due_on.isoformat(),
        }
        for each in preview.moves
    ]
    changes: list[dict[str, Any]] = [
        {
            "filing": each.filing_id,
            "platform": session.get_one(Platform, each.platform_id).code,
            "obligation": each.obligation.value,
            "period": each.period,
            "before": each.before.value,
            "after": each.after.value,
        }
        for each in preview.changes
    ]
    if as_json:
        print_json({"moves": moves, "filings": changes})
        return
    for move, each in zip(moves, preview.moves, strict=True):
        click.echo(f"{wording.filing_name(each.obligation, each.period)}\t{move['old']} → {move['new']}")
    for change in changes:
        click.echo("\t".join(str(value) for value in change.values()))
