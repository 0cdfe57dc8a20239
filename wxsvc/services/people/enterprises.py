"""企业: found by code or name, registered once; an older licence is confirmed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from models.enterprise import Enterprise, EnterpriseNamePair
from models.person import Contact
from models.terms import Role
from scoring import uscc as codes
from scoring.identity_numbers import is_identity_number
from wxsvc.queries import NO_ROWS, Page, holds, page_of
from wxsvc.services import counting_years, journal, kept_enterprises
from wxsvc.services.actor import Actor
from wxsvc.services.locks import insert_once
from wxsvc.services.people import known_standings, persons, standings
from wxsvc.services.people.enterprise_years import platform_years
from wxsvc.services.people.known_standings import StandingState
from wxsvc.services.refusal import Refused, every_fault, must_be_found
from wxsvc.texts import names, private_data, regions

LONGEST_NAME: Final = 200
FEWEST_TYPED: Final = 2
FOUND: Final = 10
"""Enterprises that a search brings; whoever does not find theirs types more of the name."""

_MOST_PAIRS: Final = 4
"""Pairs of signs that narrow a search, the last ones: the first are the town's as a rule."""


class EnterpriseForm(Struct, frozen=True):
    """登记企业: its name and its 18-character code, or the number of an older licence (营业执照注册号) instead."""

    name: str
    uscc: str | None = None
    licence_number: str | None = None
    region_code: str | None = None
    asks_again: bool = False
    """Whether a name that looks like none, or that is another's, is refused once: a person is there to look again."""


def search(session: Session, text: str, limit: int = FOUND, near: str | None = None) -> Sequence[Enterprise]:
    """Enterprises by a whole code, or by two or more characters of the name.

    First those of the prefecture of ``near`` (a region's code), then names that begin so, then short names: who asks at
    an event in one city finds that city's company, whatever the rest of the province is called. One that was merged is
    found as the one that is kept. Names are found by the pairs of signs in their stems, so not all of them are read.
    """
    if (own := by_code(session, text)) is not None:
        return [own]
    if is_too_general(text):
        return []
    return session.scalars(_called(names.stem(text), near).limit(limit)).all()


def look_for(session: Session, text: str, number: int, per_page: int) -> Page[Enterprise]:
    """The same, all of them, page by page."""
    if (own := by_code(session, text)) is not None:
        return Page((own,), 1, 1, 1)
    return NO_ROWS if is_too_general(text) else page_of(session, _called(names.stem(text)), number, per_page)


def is_too_general(text: str) -> bool:
    """Whether this finds nothing, whatever there is: a single character, or a legal form (有限公司) alone."""
    return len(names.stem(text)) < FEWEST_TYPED or names.is_legal_form(text)


def _called(typed: str, near: str | None = None) -> sa.Select[Enterprise]:
    """Enterprises whose name holds what was typed, in the order of :func:`search`."""
    known = aliased(Enterprise)
    having = sa.select(sa.func.coalesce(known.merged_into_id, known.id)).where(
        holds(known.name_form, typed), *_pairs_of(known, typed)
    )
    begins = holds(Enterprise.name_form, typed, at_begin=True)
    is_near = Enterprise.region_code.startswith(near[:4]) if near else sa.false()
    return (
        sa.select(Enterprise)
        .where(Enterprise.id.in_(having))
        .order_by(
            sa.case((is_near, 0), else_=1),
            sa.case((begins, 0), else_=1),
            sa.func.length(Enterprise.name_form),
            Enterprise.id,
        )
    )


def _pairs_of(known: type[Enterprise], typed: str) -> Iterator[sa.ColumnElement[bool]]:
    """That a name has the pairs of signs of what was typed, by the index of pairs; a few of them narrow it enough."""
    pairs = dict.fromkeys(typed[at : at + 2] for at in range(len(typed) - 1))
    for pair in list(pairs)[-_MOST_PAIRS:]:
        yield known.id.in_(sa.select(EnterpriseNamePair.enterprise_id).where(EnterpriseNamePair.pair == pair))


def by_code(session: Session, text: str) -> Enterprise | None:
    """The enterprise of an 18-character code, or of an older licence's number, however it was typed."""
    code = codes.normalise(text)
    return kept_enterprises.by_codes(session, [code]).get(code)


class Described(NamedTuple):
    """A description that may be registered; ``known`` is who has its number already."""

    uscc: str | None
    licence_number: str | None
    known: Enterprise | None
    name: str
    region_code: str | None


def register(session: Session, form: EnterpriseForm, by: Actor, now: datetime) -> Enterprise:
    """The enterprise of this code: the one we know, under the name we know, or a new one (待核 with a licence alone).

    Raises ``Refused``: ``wrong_uscc`` with a ``suggestion`` or None, ``identity_number``, ``wrong_licence_number``
    with the same,
    ``code_needed``, ``enterprise_name_needed``, ``enterprise_name_too_long``, ``person_in_name``, ``name_unlikely``,
    ``name_known`` with the other's ``name`` and ``number``, ``wrong_region``, ``not_allowed``.
    """
    if by.person_id is None and not by.is_machine:
        raise Refused("not_allowed")
    uscc, licence_number, known, name, region = described(session, form)
    if known is not None:
        if known.region_code is None and region:
            write_region(session, known, region, "region_given", by, now)
        return known
    is_new = insert_once(
        session,
        Enterprise,
        uscc=uscc,
        licence_number=licence_number,
        name=name,
        name_form=names.normal_form(name),
        region_code=region,
        created_at=now,
        created_by=by.person_id,
    )
    row = by_code(session, uscc or licence_number or "")
    if row is None:
        raise RuntimeError("an enterprise was neither added nor found")
    if is_new:
        journal.record_of(session, row, "registered", by, now)
    return row


def described(session: Session, form: EnterpriseForm) -> Described:
    """What :func:`register` makes of a description, and whom we know so already; refused with every fault at once."""
    with every_fault() as checked:
        uscc, licence_number = checked(lambda: _codes(form)) or (None, None)
        known = by_code(session, uscc or licence_number or "")
        name = form.name if known is not None else checked(lambda: must_be_name(form.name)) or ""
        if form.asks_again and name and known is None:
            checked(lambda: _must_be_sure(session, name, uscc))
        is_asked = form.region_code and (known is None or known.region_code is None)
        region = checked(lambda: must_be_region(form.region_code or "")) if is_asked else None
    return Described(uscc, licence_number, known, name, region)


def _must_be_sure(session: Session, name: str, uscc: str | None) -> None:
    if (other := by_another_number(session, name, uscc)) is not None:
        raise Refused("name_known", name=other.name, number=other.uscc or other.licence_number)
    if not names.is_likely(name):
        raise Refused("name_unlikely")


def by_another_number(session: Session, name: str, uscc: str | None, but: int | None = None) -> Enterprise | None:
    """Who has this name already, where one of the two is known by an older licence alone: most likely the same one.

    Two codes are two enterprises, whatever they are called; ``but`` is the id of the one that is to be called so.
    """
    form = names.normal_form(name)
    known = kept_enterprises.having(session, "name_form", [form]).get(form, ()) if names.is_comparable(name) else ()
    return next((each for each in known if each.id != but and (uscc is None or each.uscc is None)), None)


def confirm_licence(session: Session, enterprise_id: int, by: Actor, now: datetime) -> Enterprise:
    """核实 an older licence: the enterprise counts from now on. By the hub or a platform that serves it; idempotent.

    Years already sealed stay as they are. Raises ``Refused``: ``not_allowed``, ``not_found``.
    """
    row = must_be_found(kept_enterprises.held(session, enterprise_id))
    concerned = platform_years(session, row.id)
    must_be_served_by(by, concerned)
    if row.uscc is None and row.licence_confirmed_at is None:
        row.licence_confirmed_at, row.licence_confirmed_by = now, by.person_id
        _log(session, "licence_confirmed", row, by, now)
        _touch(session, concerned, now)
    return row


def give_code(session: Session, enterprise_id: int, uscc: str, by: Actor, now: datetime) -> Enterprise:
    """补填信用代码 of an enterprise known by its licence: by its contact, the hub, or a platform that serves it.

    What a contact gives whom nobody has confirmed stays 待核: it is shown to staff and decides nothing.
    Raises ``Refused``: ``wrong_uscc``, ``wrong_uscc_length``, ``identity_number``, ``code_differs`` when it has
    another, ``code_taken`` with the other's ``name``.
    """
    persons.must_be_here(session, by.person_id)
    row = must_be_found(kept_enterprises.held(session, enterprise_id))
    concerned = platform_years(session, row.id)
    is_own = is_contact(session, by.person_id, enterprise_id)
    if not is_own:
        must_be_served_by(by, concerned)
    code = must_be_uscc(uscc)
    if row.uscc == code:
        return row
    if row.uscc is not None:
        raise Refused("code_differs")
    if (other := by_code(session, code)) is not None and other.id != row.id:
        raise Refused("code_taken", name=other.name)
    is_visitor = is_own and by.role is None and by.person_id is not None
    if is_visitor and known_standings.state_of(session, by.person_id or 0, row.id) is not StandingState.CONFIRMED:
        standings.offer_code(session, by.person_id or 0, row.id, code, now)
        return row
    try:
        with session.begin_nested():
            row.uscc = code
    except IntegrityError as error:  # given to another one in the same moment
        other = by_code(session, code)
        raise Refused("code_taken", name=other.name if other is not None else code) from error
    _log(session, "code_given", row, by, now)
    _touch(session, concerned, now)
    session.refresh(row)
    return row


def give_region(session: Session, enterprise_id: int, region_code: str, by: Actor, now: datetime) -> Enterprise:
    """补填所在地 where none is known; one that is known stays. By its contact or by any staff."""
    row = must_be_found(kept_enterprises.held(session, enterprise_id))
    if by.role is None and not by.is_machine and not is_contact(session, by.person_id, enterprise_id):
        raise Refused("not_allowed")
    must_be_region(region_code)
    if row.region_code is None:
        write_region(session, row, region_code, "region_given", by, now)
    return row


def by_ids(session: Session, enterprise_ids: Collection[int]) -> Sequence[Enterprise]:
    """Those of the enterprises that are known, in the order of their ids."""
    return session.scalars(sa.select(Enterprise).where(Enterprise.id.in_(enterprise_ids)).order_by(Enterprise.id)).all()


def of_person(session: Session, person_id: int | None) -> Sequence[Enterprise]:
    """The enterprises that this person may stand for, the one last stood for first."""
    query = sa.select(Enterprise).join(Contact).where(Contact.person_id == person_id)
    return session.scalars(query.order_by(Contact.is_current.desc(), Enterprise.id)).all()


def current_of(session: Session, person_id: int | None) -> Enterprise | None:
    """上次代表: the one that a scan by this person counts for without asking."""
    query = sa.select(Enterprise).join(Contact).where(Contact.person_id == person_id, Contact.is_current)
    return session.scalar(query)


def is_contact(session: Session, person_id: int | None, enterprise_id: int) -> bool:
    """Whether this person may stand for this enterprise, or for the one that it was merged into."""
    if person_id is None:
        return False
    return session.get(Contact, (person_id, kept_enterprises.id_of(session, enterprise_id))) is not None


def must_be_uscc(text: str) -> str:
    """The code as stored; else ``Refused("wrong_uscc", suggestion=…)`` with the one likely correction or None.

    Another length is refused as such (``wrong_uscc_length`` with the ``length`` given), and so is a person's number
    (``identity_number``), which is never carried along in the refusal.
    """
    code = codes.normalise(text)
    must_be_no_persons(code)
    if len(code) != codes.LENGTH:
        raise Refused("wrong_uscc_length", length=len(code))
    if not codes.is_valid(code):
        raise Refused("wrong_uscc", suggestion=codes.suggestion(code))
    return code


def must_be_no_persons(code: str) -> None:
    """``Refused("identity_number")`` for a normalised code that is a resident's identity number (居民身份证号)."""
    if is_identity_number(code):
        raise Refused("identity_number")


def must_be_name(text: str) -> str:
    """The name as it is read (``names.clean``), 1 to 200 characters, without anybody's number; else ``Refused``."""
    name = names.clean(text)
    if not name:
        raise Refused("enterprise_name_needed")
    if len(name) > LONGEST_NAME:
        raise Refused("enterprise_name_too_long", most=LONGEST_NAME)
    if private_data.has_number(name):
        raise Refused("person_in_name")
    return name


def _codes(form: EnterpriseForm) -> tuple[str | None, str | None]:
    """The code, or the licence's number; eighteen characters are a code wherever they are typed."""
    licence = codes.normalise(form.licence_number or "")
    typed = codes.normalise(form.uscc or "") or (licence if len(licence) == codes.LENGTH else "")
    if typed:
        return must_be_uscc(typed), None
    if not licence:
        raise Refused("code_needed")
    must_be_no_persons(licence)
    if not re.fullmatch(r"[0-9A-Z]{6,32}", licence) or private_data.is_mobile(licence):
        raise Refused("wrong_licence_number", suggestion=None)
    if (meant := codes.licence_suggestion(licence)) is not None:
        raise Refused("wrong_licence_number", suggestion=meant)
    return None, licence


def must_be_region(code: str) -> str:
    """Today's code of a known division, a park's six digits as they are; else ``Refused("wrong_region")``."""
    known = regions.find(code)
    if known is None and not re.fullmatch(r"[0-9]{6}", code):
        raise Refused("wrong_region")
    return known.code if known else code


def write_region(
    session: Session, row: Enterprise, code: str, deed: str, by: Actor, now: datetime, **more: str
) -> None:
    """Write the region and count its scores anew: it decides which needs count, and 家次 where the reading says so."""
    given = must_be_region(code)
    if given != row.region_code:
        row.region_code = given
        _log(session, deed, row, by, now, region=given, **more)
        _touch(session, platform_years(session, row.id), now)


def must_be_served_by(by: Actor, concerned: set[tuple[int, int]]) -> None:
    serves = by.role is Role.PLATFORM and any(by.platform_id == platform_id for platform_id, _ in concerned)
    if not serves:
        by.must_review()


def _touch(session: Session, concerned: set[tuple[int, int]], now: datetime) -> None:
    """Put the open ones on the work list: a sealed year keeps its score."""
    journal.touch(session, counting_years.open_among(session, concerned), now)


def _log(session: Session, deed: str, row: Enterprise, by: Actor, now: datetime, **details: str) -> None:
    journal.record_of(session, row, deed, by, now, platform_id=by.platform_id, **details)
    session.flush()
