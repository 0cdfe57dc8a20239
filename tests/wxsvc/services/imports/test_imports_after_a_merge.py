"""Importing a bundle again after two of its enterprises were merged: it names both, and both are the kept one."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from models.checkin import CheckIn
from models.enterprise import Enterprise
from models.person import Contact
from models.platform import Platform
from models.terms import Role
from tests import builders
from tests.wxsvc.services.bundle_cases import AFTER, ENTERPRISE, USCC, bundle, everything, imported, one
from wxsvc.db import Database
from wxsvc.services.actor import Actor
from wxsvc.services.people import enterprise_merges

pytestmark = pytest.mark.both_databases

LICENCE = "430100000012345"
OLDER = {"licence": LICENCE, "name": "长沙精工", "region": "430102", "contacts": ["o-zhang"]}
BOTH = [ENTERPRISE, OLDER]
CAME = [
    {"activity": "A-1", "enterprise": each, "at": f"2026-11-23T10:{minute}:00+08:00"}
    for each, minute in ((USCC, "05"), (LICENCE, "00"))
]


@pytest.fixture
def merged(db: Database, now: datetime) -> int:
    """The kept one, after a bundle with both and a merge."""
    imported(db, bundle(enterprises=BOTH, check_ins=CAME), AFTER)
    with db.transaction() as session:
        kept, older = (
            session.scalars(sa.select(Enterprise.id).where(column == key)).one()
            for column, key in ((Enterprise.uscc, USCC), (Enterprise.licence_number, LICENCE))
        )
        enterprise_merges.merge(session, kept, older, "已换证", Actor(None, Role.REVIEWER), now)
        return kept


def test_the_same_bundle_again_changes_nothing(db: Database, merged: int) -> None:
    """Neither name nor licence nor check-ins of the merged one come back."""
    before = everything(db)
    assert not imported(db, bundle(enterprises=BOTH, check_ins=CAME), AFTER).is_new
    assert everything(db) == before


def test_what_a_bundle_adds_to_the_merged_one_is_the_kept_ones(db: Database, merged: int) -> None:
    """New contacts and check-ins arrive there; the bundle's own spelling changes no name."""
    second = {**bundle()["activities"][0], "code": "A-2", "scene": "2"}
    more = {**OLDER, "contacts": ["o-zhang", "o-new"]}
    came = [{"activity": "A-2", "enterprise": LICENCE, "at": "2026-11-23T10:00:00+08:00"}]
    imported(db, bundle(enterprises=[more], activities=[second], check_ins=came), AFTER)
    with db.read() as session:
        assert len(session.scalars(sa.select(Contact).where(Contact.enterprise_id == merged)).all()) == 3
        assert session.get_one(Enterprise, merged).name == "长沙精工有限公司"
        live = sa.select(sa.func.count()).where(CheckIn.enterprise_id == merged, CheckIn.is_live)
        assert session.scalar(live) == 2


def test_a_code_and_the_licence_that_was_merged_into_it_are_one_row(db: Database, merged: int) -> None:
    """A bundle that knows the firm by both by now is as good as the one before."""
    row = {**ENTERPRISE, "licence": LICENCE}
    assert not imported(db, bundle(enterprises=[row])).is_new


def test_check_ins_of_a_sealed_year_are_there_already(db: Database, now: datetime) -> None:
    """The rows that a seal keeps at the merged one are the firm's: nothing is to be added to them."""
    imported(db, bundle(enterprises=BOTH, check_ins=CAME), AFTER)
    with db.transaction() as session:
        builders.seal(session, one(session, Platform))
        kept, older = session.scalars(sa.select(Enterprise.id).order_by(Enterprise.uscc.is_(None))).all()
        enterprise_merges.merge(session, kept, older, "已换证", Actor(None, Role.REVIEWER), now)
    before = everything(db)
    assert not imported(db, bundle(enterprises=BOTH, check_ins=CAME), AFTER).is_new
    assert everything(db) == before
