"""报名 for activities, with a limit of firms and a waiting list; materials and 满意度 for those who came."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, only_where, person, word
from models.migrations.words import widen

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables, two columns and a word: the former program goes on without them."""
    op.add_column("activities", sa.Column("takes_signups", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("activities", sa.Column("signup_limit", sa.Integer(), nullable=True))
    widen("notices", "purpose", "signup")
    table = "signups"
    op.create_table(
        table,
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("signed_up_at", INSTANT, nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_signups_activity_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_signups_enterprise_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_signups_person_id"),
        sa.PrimaryKeyConstraint("activity_id", "enterprise_id", name="pk_signups"),
    )
    op.create_index("ix_signups_enterprise_id", table, ["enterprise_id"])
    op.create_index("ix_signups_person_id", table, ["person_id"])
    _add_materials()
    _add_satisfactions()


def _add_materials() -> None:
    table = "activity_materials"
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        person(table, "added_by"),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_activity_materials_activity_id"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_activity_materials_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_activity_materials"),
    )
    op.create_index(
        "uq_activity_materials_once", table, ["activity_id", "sha256"], unique=True, **only_where("removed_at is null")
    )


def _add_satisfactions() -> None:
    table = "satisfactions"
    op.create_table(
        table,
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("grade", word("satisfied", "fair", "unsatisfied", name="ck_satisfactions_grade"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("rated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_satisfactions_activity_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_satisfactions_enterprise_id"),
        sa.PrimaryKeyConstraint("activity_id", "enterprise_id", name="pk_satisfactions"),
    )
    op.create_index("ix_satisfactions_enterprise_id", table, ["enterprise_id"])
