"""Importing platforms and people (导入平台与人员): the platforms, the persons behind openids, the roles of staff."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from models.journal import LogEntry
from models.person import Person, StaffRole
from models.platform import Platform, PlatformYear
from models.terms import Role, Subject
from wxsvc.services import changed_rows
from wxsvc.services.actor import Actor
from wxsvc.services.counting_years import SetPeriods, When
from wxsvc.services.imports.import_rows import (
    Plan,
    SectionCounts,
    Values,
    Work,
    insert,
    insert_missing,
    read_by,
    update,
)
from wxsvc.services.years import day_of, period_by
from wxsvc.vault import Vault, VaultError

_SCORED = ("kind", "region_code", "operator_uscc", "accepted_on")
"""Columns of a platform that its score may depend on."""


class Platforms:
    """The platforms there are and those of the bundle."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._found: dict[str, Any] = {
            row["code"]: row for row in work.session.execute(sa.select(*Platform.__table__.c)).mappings()
        }
        self._codes = {row["id"]: code for code, row in self._found.items()}
        self.plan = Plan()
        self.name = {code: row["name"] for code, row in self._found.items()}
        self.operator = {code: row["operator_uscc"] for code, row in self._found.items()}
        self.is_rescored = False
        """Whether a platform changed in what its score, or another's, may depend on."""
        sealed = sa.select(PlatformYear.platform_id, PlatformYear.year).where(PlatformYear.is_sealed)
        self.sealed = {(self._codes[each.platform_id], each.year) for each in work.session.execute(sealed)}
        self._set_periods = SetPeriods(work.session)
        for row in work.bundle.platforms:
            wanted: Values = {"name": row.name, "kind": row.kind, "region_code": row.region}
            found = self._found.get(row.code)
            for name in ("phone", "website", "operator_uscc", "accepted_on"):
                given = getattr(row, name)
                wanted[name] = given if given is not None or found is None else found[name]
            is_news = found is None or found["accepted_on"] != row.accepted_on
            if is_news and row.accepted_on is not None and row.accepted_on > day_of(work.now):
                work.wrong("platforms", row.index, "accepted_on", "accepted_in_future", row.code)
            if found is not None:
                self._must_keep_sealed(row.index, found, wanted)
            self.plan.add(found, wanted, {"code": row.code, "created_at": work.now})
            if found is None or found["region_code"] != row.region:
                work.region_in_doubt("platforms", row.index, row.code, row.region)
            self.is_rescored |= found is None or any(found[name] != wanted[name] for name in _SCORED)
            self.name[row.code], self.operator[row.code] = row.name, wanted["operator_uscc"]
        self.ids = {code: row["id"] for code, row in self._found.items()}

    def _must_keep_sealed(self, index: int, found: Mapping[str, Any], wanted: Values) -> None:
        """As at its page: a sealed year (锁定) keeps its table, and the days (考评期) that it was counted over."""
        for year in sorted(year for code, year in self.sealed if code == found["code"]):
            told = {"year": year, "platform": found["name"]}
            if wanted["kind"] != found["kind"]:
                self._work.wrong("platforms", index, "kind", "year_sealed", found["code"], **told)
                return
            if wanted["accepted_on"] != found["accepted_on"]:
                own = sa.select(PlatformYear).where(PlatformYear.platform_id == found["id"])
                near = {each.year: each for each in self._work.session.scalars(own)}
                stands, would = (
                    period_by(near, Platform(accepted_on=each["accepted_on"], closed_on=found["closed_on"]), year)
                    for each in (found, wanted)
                )
                if stands != would:
                    self._work.wrong("platforms", index, "accepted_on", "year_sealed", found["code"], **told)
                    return

    def sealed_for(self, code: str, at: When) -> int | None:
        """The sealed year in which a row of the platform would count; None where that is open."""
        row = self._found.get(code)
        places = self._set_periods.of([(row["id"], at.year)], at.day) if row is not None else ()
        return next((year for _, year in places if (code, year) in self.sealed), None)

    def code_of(self, platform_id: int) -> str:
        """The code of a platform that was there before."""
        return str(self._codes[platform_id])

    def must_know(self, code: str, section: str, index: int, name: str, key: str) -> bool:
        """Whether there is such a platform; a problem of the row that names it otherwise."""
        if code in self._found or code in self._work.named.get("platforms", ()):
            return True
        self._work.wrong(section, index, name, "unknown_platform", key, value=code)
        return False

    @property
    def closed(self) -> set[int]:
        """The ids of those that were closed (关停): a bundle made before brings nobody new to them."""
        return {row["id"] for row in self._found.values() if row["closed_on"] is not None}

    def write(self, by: Actor) -> None:
        """Write them, with a line of the log each; ``ids`` knows all of them from here on."""
        insert(self._work, Platform, self.plan.new)
        raised = [values | {"version": self._before(values)["version"] + 1} for values in self.plan.changed]
        update(self._work, Platform, raised)
        self.ids = {row.code: row.id for row in self._work.session.execute(sa.select(Platform.code, Platform.id))}
        insert(self._work, LogEntry, self._entries(by))

    def _before(self, values: Values) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._found[self.code_of(values["id"])]
        return found

    def _entries(self, by: Actor) -> Iterator[Values]:
        told = changed_rows.told_value
        for values in self.plan.new:
            after = {name: told(value) for name, value in values.items() if value is not None}
            yield self._entry("platform.added", self.ids[values["code"]], by, None, after)
        for values in self.plan.changed:
            former = self._before(values)
            changed = [name for name, value in values.items() if former[name] != value]
            before, after = ({name: told(row[name]) for name in changed} for row in (former, values))
            deed = "platform.renamed" if changed == ["name"] else "platform.corrected"
            yield self._entry(deed, values["id"], by, before, after)

    def _entry(self, deed: str, row_id: int, by: Actor, before: Values | None, after: Values) -> Values:
        return {
            "done_at": self._work.now,
            "person_id": by.person_id,
            "deed": deed,
            "subject": Subject.PLATFORM,
            "subject_id": row_id,
            "platform_id": row_id,
            "details": {"by": Subject.IMPORT.value},
            "before": before,
            "after": after,
        }

    def counts(self, joined: Collection[int]) -> SectionCounts:
        """What came of the rows; ``joined`` are the ids of those that have new members, changed or not."""
        written = {values["id"] for values in self.plan.changed} | {self.ids[row["code"]] for row in self.plan.new}
        more = len(set(joined) - written)
        return SectionCounts(len(self.plan.new), len(self.plan.changed) + more, self.plan.unchanged - more)


def write_persons(work: Work) -> dict[str, int]:
    """Meet everybody of the bundle; the ids by openid."""
    bundle = work.bundle
    openids = {row.openid for row in bundle.staff}
    openids.update(contact.openid for row in bundle.enterprises for contact in row.contacts)
    openids.update(row.openid for row in bundle.check_ins if row.openid is not None)
    query = sa.select(Person.id, Person.openid)
    ids = {row["openid"]: row["id"] for row in read_by(work.session, query, Person.openid, openids)}
    if missing := openids - ids.keys():
        insert_missing(work, Person, ({"openid": openid, "created_at": work.now} for openid in sorted(missing)))
        ids |= {row["openid"]: row["id"] for row in read_by(work.session, query, Person.openid, missing)}
    return ids


def write_staff(work: Work, persons: Mapping[str, int], platforms: Platforms, vault: Vault) -> SectionCounts:
    """Give the roles that are not held yet, and keep the names. A role that was ended is not given again.

    Nor is one at a platform that was closed.
    """
    ids = {persons[row.openid] for row in work.bundle.staff}
    query = sa.select(StaffRole.person_id, StaffRole.role, StaffRole.platform_id, StaffRole.ended_at)
    had: dict[tuple[int, Role, int | None], bool] = {}
    for held in read_by(work.session, query, StaffRole.person_id, ids):
        key = held["person_id"], held["role"], held["platform_id"]
        had[key] = had.get(key, False) or held["ended_at"] is None
    names = sa.select(Person.id, Person.name_sealed)
    sealed = {row["id"]: row["name_sealed"] for row in read_by(work.session, names, Person.id, ids)}
    counts, new, closed = SectionCounts(), [], platforms.closed
    renamed: dict[int, str] = {}
    for row in work.bundle.staff:
        who = persons[row.openid]
        at = platforms.ids[row.platform] if row.platform is not None else None
        is_renamed = row.name is not None and who not in renamed and row.name != _opened(sealed[who], vault)
        if row.name is not None and is_renamed:
            renamed[who] = row.name
        if at in closed:
            had.setdefault((who, row.role, at), False)
        if (who, row.role, at) not in had:
            new.append({"person_id": who, "role": row.role, "platform_id": at, "granted_at": work.now})
            counts.created += 1
        elif is_renamed:
            counts.updated += 1
        else:
            counts.unchanged += 1
            counts.left += not had[who, row.role, at]
    insert(work, StaffRole, new)
    update(work, Person, ({"id": who, "name_sealed": vault.encrypt(name)} for who, name in renamed.items()))
    return counts


def check_staff(work: Work, platforms: Platforms) -> None:
    """Every platform that somebody works at is known."""
    for row in work.bundle.staff:
        if row.platform is not None:
            platforms.must_know(row.platform, "staff", row.index, "platform", row.openid)


def _opened(sealed: str | None, vault: Vault) -> str | None:
    try:
        return vault.decrypt(sealed) if sealed else None
    except VaultError:
        return None
