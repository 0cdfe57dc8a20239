"""年终: publicity, objections to scores, what was sealed as documents, and amendments to it."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, only_where, person, word
from models.migrations.guards import guard_sealed_year

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables and one index. A platform's snapshot is written just before its seal, and changes no more until it is unsealed."""
    op.create_table(
        "year_closings",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seal_asked_at", INSTANT, nullable=True),
        person("year_closings", "seal_asked_by"),
        sa.Column("seal_seen", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(seal_asked_at is null) = (seal_asked_by is null) and (seal_asked_at is null) = (seal_seen is null)",
            name="ck_year_closings_seal_asked",
        ),
        sa.PrimaryKeyConstraint("year", name="pk_year_closings"),
    )
    op.create_table(
        "publicities",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        person("publicities", "opened_by"),
        sa.CheckConstraint("first_day <= last_day", name="ck_publicities_days"),
        sa.PrimaryKeyConstraint("id", name="pk_publicities"),
    )
    op.create_index("ix_publicities_year", "publicities", ["year"])
    # What was voided is looked for platform by platform: without the index, each time among all check-ins.
    op.create_index("ix_check_ins_voided", "check_ins", ["activity_id"], **only_where("voided_at is not null"))
    _objections()
    _snapshots()
    _amendments()


def _objections() -> None:
    table = "score_objections"
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("raised_at", INSTANT, nullable=False),
        person(table, "raised_by"),
        sa.Column(
            "state", word("open", "upheld", "dismissed", "withdrawn", name="ck_score_objections_state"), nullable=False
        ),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        person(table, "closed_by"),
        sa.CheckConstraint("(state = 'open') = (closed_at is null)", name="ck_score_objections_closed"),
        sa.CheckConstraint(
            "(state in ('upheld', 'dismissed')) = (answer is not null)", name="ck_score_objections_answer"
        ),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_score_objections_platform_id"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_score_objections_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_score_objections"),
    )
    op.create_index("ix_score_objections_year_state", table, ["year", "state"])
    op.create_index(
        "uq_score_objections_open", table, ["platform_id", "year", "code"], unique=True, **only_where("state = 'open'")
    )
    guard_sealed_year(table)


def _snapshots() -> None:
    op.create_table(
        "platform_snapshots",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", INSTANT, nullable=False),
        person("platform_snapshots", "sealed_by"),
        sa.Column("former_at", INSTANT, nullable=True),
        sa.Column("former_reason", sa.Text(), nullable=True),
        sa.Column("rows", sa.Text(), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name="ck_platform_snapshots_sha256"),
        sa.CheckConstraint("(former_at is null) = (rows is null)", name="ck_platform_snapshots_rows"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_platform_snapshots_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_platform_snapshots"),
    )
    current = only_where("former_at is null")
    op.create_index(
        "uq_platform_snapshots_current", "platform_snapshots", ["platform_id", "year"], unique=True, **current
    )
    guard_sealed_year("platform_snapshots")
    op.create_table(
        "year_snapshots",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", INSTANT, nullable=False),
        person("year_snapshots", "asked_by"),
        person("year_snapshots", "sealed_by"),
        sa.Column("former_at", INSTANT, nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name="ck_year_snapshots_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_year_snapshots"),
    )
    op.create_index("uq_year_snapshots_current", "year_snapshots", ["year"], unique=True, **current)


def _amendments() -> None:
    table = "amendments"
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("snapshot_id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        person(table, "proposed_by"),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        person(table, "confirmed_by"),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        person(table, "withdrawn_by"),
        sa.CheckConstraint("before <> after", name="ck_amendments_change"),
        sa.CheckConstraint("confirmed_at is null or withdrawn_at is null", name="ck_amendments_one_end"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["platform_snapshots.id"], name="fk_amendments_snapshot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_amendments"),
    )
    op.create_index("ix_amendments_snapshot_id", table, ["snapshot_id"])
    waiting = only_where("confirmed_at is null and withdrawn_at is null")
    op.create_index("uq_amendments_waiting", table, ["snapshot_id", "code"], unique=True, **waiting)
