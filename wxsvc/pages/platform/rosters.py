"""名单补录: a list is pasted or uploaded, its open lines are settled, and confirming it counts."""

from __future__ import annotations

import hashlib
import io

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from msgspec.structs import replace

from models.activity import Activity
from models.roster import Roster
from models.stored_file import StoredFile
from models.terms import Stage
from wxsvc import wording
from wxsvc.access import current_actor, house, now
from wxsvc.db import Session
from wxsvc.documents import roster_copies as copies
from wxsvc.documents import roster_sheets
from wxsvc.documents.tables import TableRefused
from wxsvc.pages import downloads, limits
from wxsvc.pages.form_pages import shown
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.platform.publish import own_activity
from wxsvc.pages.roster_reasons import reason_of, tell_left_out
from wxsvc.pages.row_numbers import asked_page
from wxsvc.services.activity import submission
from wxsvc.services.door import roster_lists, roster_matching, roster_rows, rosters
from wxsvc.services.door.roster_lists import MatchedLine, RosterPlace, RosterState
from wxsvc.services.door.roster_matching import MatchProposal
from wxsvc.services.records import papers
from wxsvc.services.refusal import Refused
from wxsvc.texts import regions
from wxsvc.uploads.filetypes import XLSX, FileRefused

blueprint = Blueprint("rosters", __name__)

_OPEN_SHOWN, _SHOWN = 20, 100
"""Lines on one page: those that want a hand have buttons, the others are a line of text."""
_ORDER = (
    RosterPlace.OPEN,
    RosterPlace.READY,
    RosterPlace.COUNTED,
    RosterPlace.ALREADY_IN,
    RosterPlace.REPEATED,
    RosterPlace.NOT_COUNTED,
    RosterPlace.VOIDED,
    RosterPlace.SKIPPED,
)


_COUNTED = {
    "adopt": (roster_rows.adopt, "adopted"),
    "take_hidden": (roster_rows.take_hidden, "hidden_taken"),
    "skip_hidden": (roster_rows.skip_hidden, "rest_skipped"),
    "skip": (roster_rows.skip_rest, "rest_skipped"),
}
"""What is done to many lines at once, and what is said with their number."""


class OpenRosterLine(Struct, frozen=True):
    """A line that wants a hand: why, whom it may mean, and whether registering it is one tap."""

    line: MatchedLine
    proposal: MatchProposal
    reason: str
    is_new: bool


@blueprint.get("/activity/<code>/roster")
def listed(code: str) -> ResponseReturnValue:
    """Paste or upload a list; those that were begun, and those that were confirmed."""
    return _listed(code, TypedForm())


@blueprint.get("/activity/<code>/roster/template.xlsx")
def template(code: str) -> ResponseReturnValue:
    """An empty list to fill in."""
    with house().database.read() as session:
        title = own_activity(session, code).title
    name = f"{wording.word('template', 'roster_file')}.xlsx"
    return downloads.made(roster_sheets.template(title), XLSX, name)


@blueprint.post("/activity/<code>/roster")
@limits.limiter.limit(limits.SUBMISSIONS)
def start(code: str) -> ResponseReturnValue:
    """Read the list and match it; the same list again opens the one that is there."""
    form = TypedForm(request.form)
    with house().database.read() as session:
        own_activity(session, code)
    try:
        read = _read(form)
        if read is None:
            return _listed(code, form)
        sheet, sha256 = read
        with house().database.read() as session:
            title = own_activity(session, code).title
        kept = house().files.store_paper(io.BytesIO(copies.copy(sheet, title, sha256)))
        with house().database.transaction() as session:
            row, by = own_activity(session, code), current_actor()
            papers.keep(session, kept, wording.sentence("rosters", "copy_name"), by, now())
            lines = [rosters.RosterLine(line.number, line.name, line.uscc, line.is_hidden) for line in sheet.lines]
            started = rosters.start(session, row.id, lines, by, now(), sha256=kept.sha256)
            matched = sum(
                line.place is not RosterPlace.OPEN for line in roster_lists.state(session, started.roster).lines
            )
    except (FileRefused, TableRefused) as refused:
        form.refuse_file("file" if _file_name() or isinstance(refused, FileRefused) else "list", refused)
    except Refused as refused:
        form.refuse(refused)
    if not form.is_good:
        return _listed(code, form)
    if started.is_new:
        _say("started", lines=len(sheet.lines), matched=matched)
        tell_left_out(sheet)
    elif started.roster.confirmed_at is not None:
        flash(wording.sentence("rosters", "same_confirmed", at=started.roster.confirmed_at), "wait")
    else:
        _say("same_open")
    return redirect(url_for("platform.rosters.show", code=code, roster_id=started.roster.id), 303)


@blueprint.get("/activity/<code>/roster/<int:roster_id>")
def show(code: str, roster_id: int) -> ResponseReturnValue:
    """The list: what wants a hand first, everything else page by page."""
    return _show(code, roster_id, TypedForm())


@blueprint.get("/activity/<code>/roster/<int:roster_id>/file")
def file(code: str, roster_id: int) -> ResponseReturnValue:
    """What was kept of the list: its companies, row by row."""
    with house().database.read() as session:
        roster = _own(session, own_activity(session, code), roster_id)
        stored = session.get(StoredFile, roster.sha256) if roster.sha256 else None
    return downloads.stored(stored)


@blueprint.post("/activity/<code>/roster/<int:roster_id>")
def deed(code: str, roster_id: int) -> ResponseReturnValue:
    """What is done to the whole list: 采用建议, 批量登记, 隐藏的行, 其余跳过, 确认补录, 放弃."""
    form = TypedForm(request.form)
    with house().database.read() as session:
        _own(session, own_activity(session, code), roster_id)
    try:
        match form["deed"]:
            case "adopt" | "take_hidden" | "skip_hidden" | "skip" as word:
                do, said = _COUNTED[word]
                with house().database.transaction() as session:
                    count = do(session, roster_id, current_actor(), now())
                _say(said, count=count)
            case "register":
                _register_all(form, roster_id)
            case "confirm":
                _confirm(code, roster_id)
            case "discard":
                with house().database.transaction() as session:
                    rosters.discard(session, roster_id, current_actor(), now())
                _say("discarded")
                return redirect(url_for("platform.rosters.listed", code=code), 303)
            case _:
                abort(400)
    except Refused as refused:
        form.refuse(refused)
        return _show(code, roster_id, form)
    return redirect(url_for("platform.rosters.show", code=code, roster_id=roster_id), 303)


def _register_all(form: TypedForm, roster_id: int) -> None:
    """In portions, so that scans come through between them; what one request does not do, the next tap does."""
    done, portions = 0, 20
    for _ in range(portions):
        with house().database.transaction() as session:
            made = roster_rows.register_new(session, roster_id, form["region"] or None, current_actor(), now())
        done += made
        if made < roster_rows.AT_ONCE:
            _say("registered", count=done)
            return
    _say("registered_partly", count=done)


def _confirm(code: str, roster_id: int) -> None:
    with house().database.transaction() as session:
        days = house().settings.backfill_days
        counted = rosters.confirm(session, roster_id, current_actor(), now(), days).counted
    with house().database.read() as session:
        total = submission.counted_enterprises(session, own_activity(session, code))
    _say("confirmed", count=counted, total=total)


def _read(form: TypedForm) -> tuple[roster_sheets.RosterSheet, str | None] | None:
    """The list that was sent, and an uploaded file's SHA-256; None, with a complaint, when there is none.

    From here on nothing is left of what the file or the text held beside companies.
    """
    if _file_name():
        raw = request.files["file"].stream.read()
        return roster_sheets.read(raw), hashlib.sha256(raw).hexdigest()
    if form["list"].strip():
        return roster_sheets.read_pasted(form["list"]), None
    form.reproach("list", wording.sentence("rosters", "list_needed"))
    return None


def _file_name() -> str:
    sent = request.files.get("file")
    return sent.filename or "" if sent is not None else ""


def _listed(code: str, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        row = own_activity(session, code)
        states = [roster_lists.state(session, roster) for roster in roster_lists.of_activity(session, row.id)]
    return shown(
        "platform/rosters.html",
        form,
        activity=row,
        states=states,
        places=RosterPlace,
        most=roster_sheets.most_lines(),
        takes_lists=row.stage in (Stage.PUBLISHED, Stage.SUBMITTED, Stage.RETURNED),
        has_begun=row.opens_at is not None and row.opens_at <= now(),
    )


def _show(code: str, roster_id: int, form: TypedForm) -> ResponseReturnValue:
    with house().database.read() as session:
        activity = own_activity(session, code)
        roster = _own(session, activity, roster_id)
        state = roster_lists.state(session, roster)
        pending = open_lines(session, state) if state.is_open else []
    places = [place for place in _ORDER if state.counts[place]]
    place = next((each for each in places if each.value == request.args.get("show")), places[0] if places else None)
    is_open_place = place is RosterPlace.OPEN and state.is_open
    rows = pending if is_open_place else state.at(place) if place else []
    size = _OPEN_SHOWN if is_open_place else _SHOWN
    pages = max(1, -(-len(rows) // size))
    number = min(asked_page(), pages)
    return shown(
        "platform/roster.html",
        form,
        activity=activity,
        state=state,
        shown=places,
        place=place,
        places=RosterPlace,
        rows=rows[(number - 1) * size : number * size],
        number=number,
        pages=pages,
        safe=sum(each.proposal.is_safe for each in pending),
        new=sum(each.is_new for each in pending),
        hidden=[each.line.row.line for each in pending if each.line.row.is_hidden],
        counties=[(city, regions.counties_of(city.code)) for city in regions.cities()],
        settled=len(state.lines) - state.counts[RosterPlace.OPEN],
    )


def open_lines(session: Session, state: RosterState) -> list[OpenRosterLine]:
    """The lines that want a hand, with what may be done about each."""
    lines = state.at(RosterPlace.OPEN)
    proposals = roster_matching.propose(session, [line.row for line in lines])
    return [
        OpenRosterLine(
            line,
            replace(proposal, is_safe=proposal.is_safe and not line.row.is_hidden),
            reason_of(line.row, line.row.matching, proposal, is_hidden=line.row.is_hidden),
            roster_matching.is_plainly_new(line.row) and not proposal.enterprises and not line.row.is_hidden,
        )
        for line, proposal in zip(lines, proposals, strict=True)
    ]


def _own(session: Session, activity: Activity, roster_id: int) -> Roster:
    """The activity's own list; 404 for any other."""
    return roster_lists.belongs(session, roster_id, activity.id) or abort(404)


def _say(code: str, **facts: object) -> None:
    flash(wording.sentence("rosters", code, **facts), "done")
