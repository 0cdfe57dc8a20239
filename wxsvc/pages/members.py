"""成员企业 of a cluster or park: pasted or uploaded, matched like a roster; the platform and the province keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from models.platform import Platform
from scoring import uscc as codes
from wxsvc import wording
from wxsvc.access import current_actor, house, now, own_platform_id
from wxsvc.db import Session
from wxsvc.documents import roster_sheets
from wxsvc.documents.roster_sheets import RosterSheetLine
from wxsvc.documents.tables import TableRefused
from wxsvc.pages import cards, form_pages, limits, paging
from wxsvc.pages.forms import TypedForm
from wxsvc.pages.roster_reasons import reason_of, tell_left_out
from wxsvc.pages.row_numbers import asked_page, key_of
from wxsvc.services.door import roster_matching
from wxsvc.services.door.roster_matching import MatchProposal
from wxsvc.services.people import enterprises, members
from wxsvc.services.people.enterprises import LONGEST_NAME, EnterpriseForm
from wxsvc.services.refusal import Refused
from wxsvc.services.regulation import platform_regions
from wxsvc.texts import regions
from wxsvc.uploads.filetypes import FileRefused


class OpenMemberLine(Struct, frozen=True):
    """A line that matching did not settle: why, and whom it may mean."""

    line: RosterSheetLine
    reason: str
    proposal: MatchProposal
    is_odd: bool
    """Whether nothing but its name, which looks like none, keeps it from being registered."""

    @property
    def text(self) -> str:
        """The line as the form holds it."""
        return _text(self.line)


class Keeping(Struct, frozen=True):
    """Whose members are kept, and where the page and its deeds are."""

    platform: Platform
    frame: str
    page: str
    removal: Callable[[int], str]


def shown(kept: Keeping, form: TypedForm, pending: Sequence[OpenMemberLine] = ()) -> ResponseReturnValue:
    """The list, and the form for more; lines that wait for a hand come back in the form."""
    with house().database.read() as session:
        text, number = request.args.get("text", "").strip(), asked_page()
        listed = members.of_platform(session, kept.platform.id, text=text, number=number)
    most = roster_sheets.most_lines()
    return form_pages.shown("members.html", form, kept=kept, page=listed, text=text, pending=pending, most=most)


def added(kept: Keeping) -> ResponseReturnValue:
    """Whatever of the list is settled becomes a member; the rest is shown again."""
    form = TypedForm(request.form)
    chosen, _, taken = form["choose"].partition(" ")
    picked = key_of(chosen)
    left = [line for line in form["list"].splitlines() if picked is None or line.strip() != taken]
    is_all = picked is not None and not {line.strip() for line in left} - {"", roster_sheets.header_line()}
    lines = _read(form, "\n".join(left)) if not is_all else ()
    sure = taken if chosen == "new" else None
    if not form.is_good:
        return shown(kept, form)
    try:
        with house().database.transaction() as session:
            ids, pending = _settled(session, lines, sure)
            ids += [] if picked is None else [picked]
            new = members.add(session, kept.platform.id, ids, current_actor(), now())
    except Refused as refused:
        form.refuse(refused)
        return shown(kept, form)
    if ids:
        flash(wording.sentence("members", "added", added=new, known=len(set(ids)) - new), "done")
    if not pending:
        return redirect(kept.page, 303)
    rest = form.having(list="\n".join((roster_sheets.header_line(), *(each.text for each in pending))))
    rest.reproach("list", wording.sentence("members", "open", count=len(pending)))
    return shown(kept, rest, pending)


def _read(form: TypedForm, text: str) -> tuple[RosterSheetLine, ...]:
    """The lines of the file or the text that was sent; none, with a complaint, when it cannot be read."""
    sent = request.files.get("file")
    try:
        if sent is not None and sent.filename:
            sheet = roster_sheets.read(sent.stream.read())
        elif text.strip():
            sheet = roster_sheets.read_pasted(text)
        else:
            form.reproach("list", wording.sentence("members", "list_needed"))
            return ()
        tell_left_out(sheet)
        return sheet.lines
    except (FileRefused, TableRefused) as refused:
        is_file = isinstance(refused, FileRefused) or (sent is not None and sent.filename)
        form.refuse_file("file" if is_file else "list", refused)
    return ()


def removed(kept: Keeping, enterprise_id: int) -> ResponseReturnValue:
    """One leaves the list."""
    with house().database.transaction() as session:
        if members.remove(session, kept.platform.id, enterprise_id, current_actor(), now()):
            flash(wording.sentence("members", "removed"), "done")
    return redirect(kept.page, 303)


def _settled(
    session: Session, lines: Sequence[RosterSheetLine], sure: str | None
) -> tuple[list[int], list[OpenMemberLine]]:
    """The enterprises that the lines mean, those with a right code of their own registered; and what stays open.

    ``sure`` is the line whose name somebody has looked at again. A row that was hidden in its file means nobody until
    it is sent again from the form.
    """
    matches = list(zip(lines, roster_matching.match(session, lines), strict=True))
    ids = [each.enterprise_id for line, each in matches if each.enterprise_id is not None and not line.is_hidden]
    rest = [(line, each.matching) for line, each in matches if each.enterprise_id is None or line.is_hidden]
    pending = []
    proposals = roster_matching.propose(session, [line for line, _ in rest])
    for (line, matching), proposal in zip(rest, proposals, strict=True):
        is_new = roster_matching.is_new(line) and not line.is_hidden and not proposal.enterprises
        is_odd = is_new and len(line.name) <= LONGEST_NAME and not roster_matching.is_plainly_new(line)
        if is_new and (roster_matching.is_plainly_new(line) or (is_odd and sure == _text(line))):
            described = EnterpriseForm(line.name, codes.normalise(line.uscc))
            ids.append(enterprises.register(session, described, current_actor(), now()).id)
        else:
            reason = reason_of(line, matching, proposal, is_hidden=line.is_hidden)
            pending.append(OpenMemberLine(line, reason, proposal, is_odd))
    return ids, pending


def _text(line: RosterSheetLine) -> str:
    return f"{line.name}\t{line.uscc}".strip()


platform = Blueprint("members", __name__)
province = Blueprint("members", __name__)


@platform.get("/members")
def own_list() -> ResponseReturnValue:
    """The own members."""
    return shown(_own(), TypedForm())


@platform.post("/members")
@limits.limiter.limit(limits.SUBMISSIONS)
def add_own() -> ResponseReturnValue:
    """Add to the own members."""
    return added(_own())


@platform.post("/members/<int:enterprise_id>/remove")
def remove_own(enterprise_id: int) -> ResponseReturnValue:
    """Remove one of the own members."""
    return removed(_own(), enterprise_id)


@province.get("/members")
def every() -> ResponseReturnValue:
    """Every cluster and park, of one city or all, with how many members it lists; page by page."""
    view = {name: paging.text_asked(name) for name in ("city", "text")}
    with house().database.read() as session:
        found = members.listing_platforms(session, **view, number=paging.asked())
        counts = members.counts(session, [each.id for each in found.rows])
    return render_template("province/members.html", found=found, view=view, counts=counts, cities=regions.cities())


@province.get("/members/<code>")
def list_of(code: str) -> ResponseReturnValue:
    """The members of one platform."""
    return shown(_of(code), TypedForm())


@province.post("/members/<code>")
@limits.limiter.limit(limits.SUBMISSIONS)
def add_to(code: str) -> ResponseReturnValue:
    """Add to the members of one platform."""
    return added(_of(code))


@province.post("/members/<code>/<int:enterprise_id>/remove")
def remove_from(code: str, enterprise_id: int) -> ResponseReturnValue:
    """Remove one of a platform's members."""
    return removed(_of(code), enterprise_id)


def _own() -> Keeping:
    with house().database.read() as session:
        found = _taking(session.get_one(Platform, own_platform_id()))
    return Keeping(
        found,
        "platform/base.html",
        url_for("platform.members.own_list"),
        lambda enterprise_id: url_for("platform.members.remove_own", enterprise_id=enterprise_id),
    )


def _of(code: str) -> Keeping:
    with house().database.read() as session:
        found = _taking(cards.platform_by_code(session, code))
    return Keeping(
        found,
        "province/base.html",
        url_for("province.members.list_of", code=code),
        lambda enterprise_id: url_for("province.members.remove_from", code=code, enterprise_id=enterprise_id),
    )


def _taking(found: Platform) -> Platform:
    """404 for a platform whose region is its division alone."""
    if not platform_regions.takes_members(found):
        abort(404)
    return found
