"""Importing enterprises (导入企业) with their contacts: known by code or licence, renamed with their history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.enterprise import Enterprise
from models.journal import LogEntry
from models.person import Contact
from models.record import OnlineTrade
from models.terms import Subject
from wxsvc.services.imports.bundle import EnterpriseRow
from wxsvc.services.imports.import_rows import (
    Plan,
    SectionCounts,
    Values,
    Work,
    batches,
    insert,
    insert_missing,
    read_by,
    update,
)
from wxsvc.services.imports.problems import ImportProblem
from wxsvc.services.kept_enterprises import KEPT_ID
from wxsvc.services.people.enterprise_years import trading_years
from wxsvc.texts.names import is_likely, normal_form


class Firm(NamedTuple):
    """The enterprise that a key names, by whichever of its keys."""

    id: int | None
    """None while it is new."""
    key: str
    """Its code as it will stand, or its licence's number."""


class Enterprises:
    """The enterprises of the bundle, and those that its check-ins and members name."""

    def __init__(self, work: Work) -> None:
        self._work = work
        kept = aliased(Enterprise)
        columns = (kept.id, kept.uscc, kept.licence_number, kept.name, kept.region_code)
        self._query = sa.select(
            *columns,
            Enterprise.uscc.label("known_uscc"),
            Enterprise.licence_number.label("known_licence_number"),
            Enterprise.merged_into_id.is_not(None).label("is_merged"),
        ).join(kept, kept.id == KEPT_ID)
        self._keys = {row.enterprise for row in work.bundle.check_ins}
        self._keys.update(key for row in work.bundle.platforms for key in row.members)
        self._keys.update(key for row in work.bundle.enterprises for key in (row.uscc, row.licence) if key)
        self._found = self._read()
        self._firms = {key: _firm(found) for key, found in self._found.items()}
        self.ids: dict[str, int] = {}
        self.plan = Plan()
        self._renamed: list[Values] = []
        """Names that are new and look like none."""
        self.is_rescored = False
        """Whether a known enterprise changed in what decides where it counts; its name decides only of its trades."""
        first: dict[int, EnterpriseRow] = {}
        for row in work.bundle.enterprises:
            found = self._match(row)
            firm = Firm(None, row.key) if found is None else _firm(found, row.uscc)
            self._firms |= {key: firm for key in (row.uscc, row.licence) if key}
            if found is not None and found["is_merged"]:
                self.plan.unchanged += 1  # another spelling of the firm: what is kept keeps its own name and code
                continue
            if found is not None and first.setdefault(found["id"], row) is not row:
                work.wrong("enterprises", row.index, None, "key_again", row.key, other=first[found["id"]].index)
            self._plan(row, found)

    def _read(self) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for name, column in (("licence_number", Enterprise.licence_number), ("uscc", Enterprise.uscc)):
            found |= {row[f"known_{name}"]: row for row in read_by(self._work.session, self._query, column, self._keys)}
        return found

    def _match(self, row: EnterpriseRow) -> Mapping[str, Any] | None:
        """The enterprise that the row speaks of: by its code, else by its licence."""
        by_uscc = self._found.get(row.uscc or "")
        by_licence = self._found.get(row.licence or "")
        found = by_uscc or by_licence
        if found and found["is_merged"]:
            return found
        if by_uscc and by_licence and by_uscc["id"] != by_licence["id"]:
            self._wrong(row, "licence", "licence_taken", value=row.licence, enterprise=by_licence["name"])
        elif row.uscc and found and found["uscc"] not in (None, row.uscc):
            self._wrong(row, "uscc", "uscc_differs", value=row.licence, enterprise=found["name"], uscc=found["uscc"])
        return found

    def _wrong(self, row: EnterpriseRow, name: str, code: str, **facts: object) -> None:
        self._work.wrong("enterprises", row.index, name, code, row.key, **facts)

    def _plan(self, row: EnterpriseRow, found: Mapping[str, Any] | None) -> None:
        kept = found or {"uscc": None, "licence_number": None, "region_code": None}
        wanted: Values = {
            "uscc": row.uscc or kept["uscc"],
            "licence_number": kept["licence_number"] if self._is_of_merged(row.licence) else row.licence,
            "name": row.name,
            "region_code": row.region or kept["region_code"],
        }
        self.plan.add(found, wanted, {"created_at": self._work.now})
        if (found is None or found["name"] != row.name) and not is_likely(row.name):
            self._work.doubtful.append(
                ImportProblem("name_unlikely", "enterprises", row.index, "name", row.key, {"name": row.name})
            )
        if found is None or found["region_code"] != wanted["region_code"]:
            self._work.region_in_doubt("enterprises", row.index, row.key, row.region)
        if found is not None:
            self.is_rescored |= any(found[name] != wanted[name] for name in ("uscc", "region_code"))
            if found["name"] != row.name:
                self._renamed.append(self._log(found["id"], former_name=found["name"], name=row.name))

    def _is_of_merged(self, licence: str | None) -> bool:
        """Whether the licence's number stays with an enterprise that was merged, or is not told at all."""
        return licence is None or bool(self._found.get(licence, {}).get("is_merged"))

    def _log(self, enterprise_id: int, **details: str) -> Values:
        return {
            "done_at": self._work.now,
            "deed": "enterprise.renamed",
            "subject": Subject.ENTERPRISE,
            "subject_id": enterprise_id,
            "details": details,
        }

    def must_know(self, key: str, section: str, index: int, name: str) -> bool:
        """Whether there is such an enterprise; a problem of the row that names it otherwise."""
        if key in self._found or key in self._work.named.get("enterprises", ()):
            return True
        self._work.wrong(section, index, name, "unknown_enterprise", key, value=key)
        return False

    def firm_of(self, key: str) -> Firm:
        """The enterprise of a key that the database or the file knows; a bad row's is known by that key alone."""
        return self._firms.get(key) or Firm(None, key)

    def renamed_years(self) -> set[tuple[int, int]]:
        """The open platform-years with a trade of an enterprise that got another name: who trades with itself does not
        count."""
        found: set[tuple[int, int]] = set()
        for batch in batches(entry["subject_id"] for entry in self._renamed):
            found |= trading_years(self._work.session, OnlineTrade.enterprise_id.in_(batch))
        return found

    def write(self) -> SectionCounts:
        """Write them; ``ids`` finds each by its code and by its licence."""
        for values in self.plan.new + self.plan.changed:
            values["name_form"] = normal_form(values["name"])
        insert(self._work, Enterprise, self.plan.new)
        update(self._work, Enterprise, self.plan.changed)
        insert(self._work, LogEntry, self._renamed)
        self.ids = {key: row["id"] for key, row in self._read().items()}
        return self.plan.counts


def write_contacts(work: Work, persons: Mapping[str, int], enterprises: Mapping[str, int]) -> SectionCounts:
    """Let the contacts stand for their enterprises, and settle whom a scan counts for (上次代表).

    A choice that a person made stays. Else it is the enterprise that the bundle marks, else the only one they have;
    with several and none marked they are asked when they scan.
    """
    pairs: dict[tuple[int, int], bool] = {}
    for row in work.bundle.enterprises:
        for contact in row.contacts:
            pairs[persons[contact.openid], enterprises[row.key]] = contact.is_current
    query = sa.select(Contact.person_id, Contact.enterprise_id, Contact.is_current)
    had: dict[int, dict[int, bool]] = defaultdict(dict)
    for found in read_by(work.session, query, Contact.person_id, {person_id for person_id, _ in pairs}):
        had[found["person_id"]][found["enterprise_id"]] = found["is_current"]
    mine: dict[int, dict[int, bool]] = defaultdict(dict)
    for (person_id, enterprise_id), is_marked in pairs.items():
        mine[person_id][enterprise_id] = is_marked
    new: list[Values] = []
    chosen: list[Values] = []
    for person_id, marks in mine.items():
        known = had[person_id]
        current = _current(known, marks)
        for enterprise_id in marks.keys() - known.keys():
            new.append(_contact(person_id, enterprise_id, current) | {"created_at": work.now})
        if current in known and not any(known.values()):
            chosen.append(_contact(person_id, current, current))
    insert_missing(work, Contact, new)
    update(work, Contact, chosen, keys=("person_id", "enterprise_id"))
    return SectionCounts(len(new), len(chosen), len(pairs) - len(new) - len(chosen))


def _current(known: Mapping[int, bool], marks: Mapping[int, bool]) -> int | None:
    if any(known.values()):
        return None
    marked = [enterprise_id for enterprise_id, is_marked in marks.items() if is_marked]
    everything = known.keys() | marks.keys()
    return next(iter(marked), next(iter(everything)) if len(everything) == 1 else None)


def _firm(found: Mapping[str, Any], given_uscc: str | None = None) -> Firm:
    """One that was there before, with the code that the file gives it where it had none."""
    return Firm(found["id"], found["uscc"] or given_uscc or found["licence_number"])


def _contact(person_id: int, enterprise_id: int, current: int | None) -> Values:
    return {"person_id": person_id, "enterprise_id": enterprise_id, "is_current": enterprise_id == current}
