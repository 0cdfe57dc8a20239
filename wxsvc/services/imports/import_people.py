"""Importing platforms and people (导入平台与人员): the platforms, the persons behind openids, the roles of staff."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from models.person import Person, StaffRole
from models.platform import Platform, PlatformYear
from models.terms import Role
from wxsvc.services.imports.import_rows import Counts, Plan, Values, Work, insert, insert_missing, read_by, update
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
        for row in work.bundle.platforms:
            wanted: Values = {"name": row.name, "kind": row.kind, "region_code": row.region}
            found = self._found.get(row.code)
            for name in ("phone", "website", "operator_uscc", "accepted_on"):
                given = getattr(row, name)
                wanted[name] = given if given is not None or found is None else found[name]
            self.plan.add(found, wanted, {"code": row.code, "created_at": work.now})
            self.is_rescored |= found is None or any(found[name] != wanted[name] for name in _SCORED)
            self.name[row.code], self.operator[row.code] = row.name, wanted["operator_uscc"]
        sealed = sa.select(PlatformYear.platform_id, PlatformYear.year).where(PlatformYear.is_sealed)
        self.sealed = {(self._codes[each.platform_id], each.year) for each in work.session.execute(sealed)}
        self.ids = {code: row["id"] for code, row in self._found.items()}

    def code_of(self, platform_id: int) -> str:
        """The code of a platform that was there before."""
        return str(self._codes[platform_id])

    def must_know(self, code: str, section: str, index: int, name: str, key: str) -> bool:
        """Whether there is such a platform; a problem of the row that names it otherwise."""
        if code in self._found or code in self._work.named.get("platforms", ()):
            return True
        self._work.wrong(section, index, name, "unknown_platform", key, value=code)
        return False

    def write(self) -> None:
        """Write them; ``ids`` knows all of them from here on."""
        insert(self._work, Platform, self.plan.new)
        update(self._work, Platform, self.plan.changed)
        self.ids = {row.code: row.id for row in self._work.session.execute(sa.select(Platform.code, Platform.id))}

    def counts(self, joined: Collection[int]) -> Counts:
        """What came of the rows; ``joined`` are the ids of those that have new members, changed or not."""
        written = {values["id"] for values in self.plan.changed} | {self.ids[row["code"]] for row in self.plan.new}
        more = len(set(joined) - written)
        return Counts(len(self.plan.new), len(self.plan.changed) + more, self.plan.unchanged - more)


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


def write_staff(work: Work, persons: Mapping[str, int], platforms: Mapping[str, int], vault: Vault) -> Counts:
    """Give the roles that are not held yet, and keep the names. A role that was ended is not given again."""
    ids = {persons[row.openid] for row in work.bundle.staff}
    query = sa.select(StaffRole.person_id, StaffRole.role, StaffRole.platform_id, StaffRole.ended_at)
    had: dict[tuple[int, Role, int | None], bool] = {}
    for held in read_by(work.session, query, StaffRole.person_id, ids):
        key = held["person_id"], held["role"], held["platform_id"]
        had[key] = had.get(key, False) or held["ended_at"] is None
    names = sa.select(Person.id, Person.name_sealed)
    sealed = {row["id"]: row["name_sealed"] for row in read_by(work.session, names, Person.id, ids)}
    counts, new = Counts(), []
    renamed: dict[int, str] = {}
    for row in work.bundle.staff:
        who = persons[row.openid]
        at = platforms[row.platform] if row.platform is not None else None
        is_renamed = row.name is not None and who not in renamed and row.name != _opened(sealed[who], vault)
        if row.name is not None and is_renamed:
            renamed[who] = row.name
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
