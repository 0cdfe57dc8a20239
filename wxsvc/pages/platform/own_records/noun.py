"""What one noun's file says of itself (:class:`Noun`), and what is the platform's own among all records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from flask import Blueprint, abort
from msgspec import Struct, field

from models.base import Dated
from models.platform import Platform
from models.terms import Stage, Subject
from wxsvc.access import house, now, own_platform_id, standing
from wxsvc.db import Session
from wxsvc.pages.forms import TypedForm
from wxsvc.services import years
from wxsvc.services.records.kinds import KINDS, lines_of
from wxsvc.services.reviewables import RECORDS, Record

Beside: TypeAlias = dict[str, Any]


def _nothing(_session: Session, _form: TypedForm) -> Beside:
    return {}


def _nothing_above(_session: Session) -> Any:
    return None


class Noun(Struct, frozen=True):
    """One noun's own part.

    ``entry_of`` reads the form inside the writing transaction and complains beside the fields; ``typed_of`` is the
    same the other way round. ``add`` takes session, platform, entry, actor and moment, ``correct`` the record, the
    entry and its version, and both what :attr:`settings` has. ``beside`` is what the form offers to choose from,
    ``above`` what stands above the list, ``field_of`` the field beside which a refusal stands, ``listed_at`` the page
    that lists the records, if not ours; of what is not ``is_repeatable`` there is one for each thing, so that nobody
    copies it.
    """

    subject: Subject
    address: str
    entry_of: Callable[[Session, TypedForm], Any]
    typed_of: Callable[[Session, Any], dict[str, Any]]
    add: Callable[..., Record]
    correct: Callable[..., Record]
    beside: Callable[[Session, TypedForm], Beside] = _nothing
    above: Callable[[Session], Any] = _nothing_above
    field_of: Mapping[str, str] = field(default_factory=dict)
    listed_at: str | None = None
    is_repeatable: bool = True

    @property
    def endpoint(self) -> str:
        """Where its pages hang: ``platform.offline_services``."""
        return f"platform.{self.name}"

    @property
    def name(self) -> str:
        """The noun as a blueprint's name."""
        return self.address.replace("-", "_")

    @property
    def settings(self) -> dict[str, int]:
        """What its use cases take of the settings: after how many days a record of a day of its own is late."""
        is_dated = issubclass(RECORDS[self.subject], Dated)
        return {"backfill_days": house().settings.backfill_days} if is_dated else {}

    @property
    def has_papers(self) -> bool:
        """Whether papers may be put to its records: as annex 2 asks for them, or to show what was done."""
        return KINDS[self.subject].needs_proof or KINDS[self.subject].takes_papers

    @property
    def asks_how_copied(self) -> bool:
        """附件有原件的，要用扫描件: asked of the papers of annex 2, not of photos that show a record."""
        return KINDS[self.subject].needs_proof

    @property
    def is_daily(self) -> bool:
        """日常服务: counted once approved; the others (评定与加分) are ruled on, or proved by a paper of annex 2."""
        kind = KINDS[self.subject]
        return bool(kind.facts) and not kind.needs_proof

    @property
    def template(self) -> str:
        """The template with its form's fields."""
        return f"platform/records/{self.subject.value}.html"


NOUNS: Final[dict[Subject, Noun]] = {}
"""Every noun whose pages are made here, by its subject."""


def counted_nouns(platform: Platform) -> list[Noun]:
    """Those that the platform's table of this year has a line for, in the order of their words."""
    year = years.year_of(now())
    return [NOUNS[subject] for subject in Subject if subject in NOUNS and lines_of(platform.kind, year, subject)]


def only_where_counted(blueprint: Blueprint, subject: Subject) -> None:
    """Let these pages be there for platforms whose table has a line for such records; for the others they are 404."""

    @blueprint.before_request
    def fits_the_platform() -> None:
        held = standing()
        kind = held.platform_kind if held is not None else None
        if kind is None or not lines_of(kind, years.year_of(now()), subject):
            abort(404)


def own_platform(session: Session) -> Platform:
    """The platform whose staff this is."""
    return session.get_one(Platform, own_platform_id())


def own_record(session: Session, noun: Noun, record_id: int) -> Record:
    """The own platform's record; 404 for anybody else's, and for what no one has taken up yet."""
    row: Record = own_row(session, RECORDS[noun.subject], record_id)
    if row.stage is Stage.DRAFT:
        abort(404)
    return row


def own_row(session: Session, table: Any, key: int) -> Any:
    """The own platform's row of any table; 404 for anybody else's."""
    row = session.get(table, key)
    if row is None or row.platform_id != own_platform_id():
        abort(404)
    return row
