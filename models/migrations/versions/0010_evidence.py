"""What a reviewer weighs evidence by: likenesses of photos, call-backs, and what an approval would bring."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, person, word
from models.migrations.guards import guard_sealed_year

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = ("prefecture", "cluster", "county")


def upgrade() -> None:
    """Add the tables; every open scorecard is folded once more, so that what waits has its stakes."""
    _photos()
    _call_backs()
    op.create_table(
        "stakes",
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("subject_id", ROW_ID, nullable=False),
        sa.Column("gain", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_stakes_platform_id"),
        sa.PrimaryKeyConstraint("platform_id", "year", "subject", "subject_id", name="pk_stakes"),
    )
    op.create_index("ix_stakes_subject", "stakes", ["subject", "subject_id"])
    guard_sealed_year("stakes")
    op.execute(
        "insert into changes (platform_id, year, made_at) select c.platform_id, c.year, current_timestamp"
        " from scorecards c where not exists (select 1 from platform_years y"
        " where y.platform_id = c.platform_id and y.year = c.year and y.sealed_at is not null)"
    )


def _photos() -> None:
    op.create_table(
        "photo_fingerprints",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bits", sa.String(64), nullable=True),
        sa.Column("compared_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_photo_fingerprints_sha256"),
        sa.PrimaryKeyConstraint("sha256", name="pk_photo_fingerprints"),
    )
    op.create_table(
        "photo_likenesses",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("other_sha256", sa.String(64), nullable=False),
        sa.Column("distance", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_photo_likenesses_sha256"),
        sa.ForeignKeyConstraint(["other_sha256"], ["stored_files.sha256"], name="fk_photo_likenesses_other_sha256"),
        sa.PrimaryKeyConstraint("sha256", "other_sha256", name="pk_photo_likenesses"),
    )
    op.create_index("ix_activity_photos_sha256", "activity_photos", ["sha256"])


def _call_backs() -> None:
    table = "call_back_samples"
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", word(*KINDS, name=f"ck_{table}_kind"), nullable=True),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("drawn_from", sa.Integer(), nullable=False),
        *created(table),
        sa.CheckConstraint("wanted between 1 and 500", name=f"ck_{table}_wanted"),
        sa.CheckConstraint("length(seed) between 1 and 64", name=f"ck_{table}_seed"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    table = "call_backs"
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("sample_id", ROW_ID, nullable=False),
        sa.Column("check_in_id", ROW_ID, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "result", word("confirms", "denies", "unsure", "not_reached", name=f"ck_{table}_result"), nullable=True
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("called_at", INSTANT, nullable=True),
        person(table, "called_by"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(result is null) = (called_at is null)", name=f"ck_{table}_called"),
        sa.ForeignKeyConstraint(["sample_id"], ["call_back_samples.id"], name=f"fk_{table}_sample_id"),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_ins.id"], name=f"fk_{table}_check_in_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("sample_id", "check_in_id", name=f"uq_{table}_sample_id_check_in_id"),
    )
    op.create_index("ix_call_backs_check_in_id", table, ["check_in_id"])
