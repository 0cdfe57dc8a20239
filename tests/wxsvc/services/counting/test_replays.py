"""年度快照: one document holds all that a sealed score came from, and gives it again byte for byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Base
from models.enterprise import EnterpriseNamePair
from models.platform import PlatformYear
from models.regulation import Workday
from models.scorecard import SealedRow
from models.terms import Role, Stage
from models.year_end import PlatformSnapshot
from scoring import deadlines, evidence, scheme_files, words
from scoring.terms import IndicatorCode
from tests import builders
from tests.databases import put_sqlite
from tests.replaced import replacing
from tests.wxsvc.services.record_cases import World, world
from wxsvc.db import Database
from wxsvc.services.counting import replays, seals, snapshots
from wxsvc.services.judging import rulings
from wxsvc.services.judging.stated_reasons import Stated

AFTER = datetime(2027, 2, 1, 10, 0, 0, 123456, tzinfo=builders.BEIJING)


def lived(session: Session, now: datetime) -> World:
    """A year with something in every part of the document: rows, some left out, a ruling, a notice, missed filings."""
    w = world(session, now)
    unknown = builders.enterprise(session, uscc=None, licence_number="430100000012345")
    for number in range(3):
        activity = builders.activity(
            session, w.platform, stage=Stage.APPROVED, summary=builders.SUMMARY, title=f"“数字化”对接会{number}🚀"
        )
        builders.photo(session, activity)
        for each in (w.enterprise, unknown):
            builders.check_in(session, activity, each)
    session.add(Workday(day=date(2026, 1, 1), is_workday=False, name="元旦", source="国务院办公厅"))
    given = (IndicatorCode.WEBSITE, Decimal("4.5"), "检查情况良好", w.reviewer, now)
    rulings.rule_on(session, w.platform.id, 2026, *given, stated=Stated("现场核实"))
    return w


@pytest.mark.both_databases
def test_a_sealed_year_is_given_again(db: Database, now: datetime) -> None:
    """The document is canonical, says its own digest, and holds scheme, words, readings, calendar, rows and lines."""
    with db.transaction() as session:
        w = lived(session, now)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        snapshots.keep_year(session, 2026, None, w.province, AFTER)
    with db.read() as session:
        (kept,) = session.scalars(sa.select(PlatformSnapshot)).all()
        again = replays.of_year(session, 2026)
    content = json.loads(kept.document)
    assert again.is_same
    assert again.platforms == (kept.document,)
    assert snapshots.digest(kept.document) == kept.sha256
    assert snapshots.canonical(content) == kept.document
    assert content["scheme"]["text"] == (scheme_files.SCHEMES / "cluster.toml").read_text()
    assert content["calendar"] == [["2026-01-01", False, "元旦"]]
    assert content["tally"]["counted"]["activity_participations"] == 3
    assert content["tally"]["missed_filings"] == 25
    assert {line["code"]: line["points"] for line in content["card"]["lines"]}["website"] == "4.5"
    assert content["inputs"]["rows"] == 6
    (own,) = json.loads(again.province or "")["platforms"]
    assert (own["sha256"], own["total"], own["rank"]) == (kept.sha256, content["card"]["total"], 1)


@pytest.mark.parametrize("leaving", ["accepted_on", "closed_on"])
def test_the_provinces_document_ranks_only_who_is_compared(db: Database, now: datetime, leaving: str) -> None:
    """Not assessed, or closed in the year: no rank; what was sealed before documents said so is given as it was."""
    with db.transaction() as session:
        w = world(session, now)
        other = builders.platform(session, kind=w.platform.kind)
        setattr(other, leaving, date(2026, 12, 5))
        for each in (w.platform, other):
            seals.seal(session, each.id, 2026, w.province, AFTER)
        snapshots.keep_year(session, 2026, None, w.province, AFTER)
    with db.read() as session:
        again = replays.of_year(session, 2026)
        kept = [row.document for row in snapshots.current(session, 2026)]
    assert again.is_same
    ranked = {each["code"]: each["rank"] for each in json.loads(again.province or "")["platforms"]}
    assert (ranked[w.platform.code], ranked[other.code]) == (1, None)
    former = [snapshots.canonical({**json.loads(each), "is_compared": True}) for each in kept]
    before = [each.replace('"is_compared":true,', "") for each in former]
    given = snapshots.of_province(2026, AFTER, before)["platforms"]
    assert [each["rank"] for each in given] == [
        each["rank"] for each in snapshots.of_province(2026, AFTER, former)["platforms"]
    ]


@pytest.mark.both_databases
def test_a_later_schema_and_another_day_replay_the_same_bytes(db: Database, now: datetime) -> None:
    """Every table has a column more, as an upgrade adds them, and the platform has another name and region."""
    with db.transaction() as session:
        w = lived(session, now)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        snapshots.keep_year(session, 2026, None, w.province, AFTER)
    with db.read() as session:
        sealed = replays.of_year(session, 2026)
    with Session(db.engine) as session:
        for table in Base.metadata.sorted_tables:
            session.execute(sa.text(f"alter table {table.name} add column added_later text"))
        session.execute(sa.text("update platforms set name = '改名后的平台', phone = '0731-00000000'"))
        session.execute(sa.text("delete from workdays"))
        assert replays.of_year(session, 2026) == sealed
        session.rollback()
    assert sealed.is_same


def test_both_databases_seal_and_replay_the_same_bytes(
    sqlite_database: Database, emptied_postgres: Database, now: datetime
) -> None:
    """The same rows in the other database come to the same documents; so does a copy of what was sealed."""
    put_sqlite(sqlite_database)
    with sqlite_database.transaction() as session:
        w = lived(session, now)
        place, by = (w.platform.id, 2026), w.province
    _copy(sqlite_database, emptied_postgres)
    for db in (sqlite_database, emptied_postgres):
        with db.transaction() as session:
            seals.seal(session, *place, by, AFTER)
            snapshots.keep_year(session, 2026, None, by, AFTER)
    given = []
    for db in (sqlite_database, emptied_postgres):
        with db.read() as session:
            given.append(replays.of_year(session, 2026))
    assert given[0] == given[1]
    assert given[0].is_same
    sqlite_database.dispose()


def _copy(source: Database, target: Database) -> None:
    with source.read() as have, target.transaction() as want:
        for table in Base.metadata.sorted_tables:
            if table is EnterpriseNamePair.__table__:
                continue  # the database writes it itself
            kept = [column for column in table.columns if column.computed is None]
            if rows := have.execute(sa.select(*kept)).mappings().all():
                want.execute(sa.insert(table), [dict(row) for row in rows])
                if "id" in table.columns:
                    last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
                    want.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, "id"), last)))


@pytest.fixture
def other_rules(tmp_path: Path) -> Iterator[None]:
    """Somebody edited this year's table and the words after the seal; the process was started anew."""
    schemes = shutil.copytree(scheme_files.SCHEMES, tmp_path / "schemes")
    table = schemes / "cluster.toml"
    filings = 'rule = "filings"\noff = '
    table.write_text(table.read_text().replace(filings + "1", filings + "0.1"))
    said = tmp_path / "words.toml"
    said.write_text(words.WORDS.read_text().replace("家次", "人次").replace("满分", "总分"))
    with replacing() as patch:
        patch.setattr(scheme_files, "SCHEMES", schemes)
        patch.setattr(words, "WORDS", said)
        yield
    _forget()


def _forget() -> None:
    for module in (scheme_files, words, deadlines, evidence):
        for each in vars(module).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()


def test_what_changed_on_disk_since_does_not_matter(
    db: Database, now: datetime, request: pytest.FixtureRequest
) -> None:
    """The snapshot's own table and words are used; the same tally by today's files would come to something else."""
    with db.transaction() as session:
        w = lived(session, now)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
    request.getfixturevalue("other_rules")
    _forget()
    with db.transaction() as session:
        again = replays.of_year(session, 2026)
        w.enterprise.name = "改名后的公司"
        seals.ask_unseal(session, w.platform.id, 2026, "复核", w.province, AFTER)
        seals.confirm_unseal(session, w.platform.id, 2026, builders.staff(session, role=Role.PROVINCE), AFTER)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        former, new = session.scalars(sa.select(PlatformSnapshot).order_by(PlatformSnapshot.id)).all()
        assert replays.document(session, former) == former.document
    assert again.is_same
    assert again.platforms == (former.document,)
    assert json.loads(new.document)["card"] != json.loads(former.document)["card"]
    assert (former.former_reason, new.former_at) == ("复核", None)


@pytest.mark.both_databases
def test_what_was_written_past_the_services_is_told_line_by_line(db: Database, now: datetime) -> None:
    """A row more, and a card of the document that its inputs do not come to."""
    with db.transaction() as session:
        w = lived(session, now)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        row = session.get_one(PlatformYear, (w.platform.id, 2026))
        at, by = row.sealed_at, row.sealed_by
        row.sealed_at = row.sealed_by = None
        session.flush()
        kept = session.scalars(sa.select(PlatformSnapshot)).one()
        kept.document = kept.document.replace('"code":"website","full":"5"', '"code":"website","full":"6"')
        rows = sa.select(SealedRow).where(SealedRow.fact == "activity_participations").order_by(SealedRow.position)
        first = session.scalars(rows).first()
        assert first is not None
        first.amount = 7
        session.flush()
        row.sealed_at, row.sealed_by = at, by
        session.flush()
        again = replays.of_year(session, 2026)
    told = "\n".join(again.differences)
    assert not again.is_same
    for part in (
        "sha256: ",
        "card.lines.website.full: 6 != 5",
        "tally.counted.activity_participations: 3 != 9",
        "inputs.rows_sha256: ",
    ):
        assert f"{w.platform.code} {part}" in told


def test_a_year_sealed_by_an_earlier_release_is_named(db: Database, now: datetime) -> None:
    """It has no snapshot: nothing can be given again, and that is said."""
    with db.transaction() as session:
        w = lived(session, now)
        seals.seal(session, w.platform.id, 2026, w.province, AFTER)
        row = session.get_one(PlatformYear, (w.platform.id, 2026))
        at, by = row.sealed_at, row.sealed_by
        row.sealed_at = row.sealed_by = None
        session.flush()
        session.execute(sa.delete(PlatformSnapshot))
        row.sealed_at, row.sealed_by = at, by
        session.flush()
        again = replays.of_year(session, 2026)
    assert (again.platforms, again.unkept) == ((), (w.platform.code,))
