"""Rulings as a sheet: batches and their cells; whose ruling was taken back; visits kept by change, with their pictures."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, person

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only nullable columns, columns with a default, and new tables: the former program goes on without them."""
    op.add_column("rulings", sa.Column("withdrawn_by", ROW_ID, nullable=True))
    op.create_table(
        "ruling_batches",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        person("ruling_batches", "confirmed_by"),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        person("ruling_batches", "withdrawn_by"),
        *created("ruling_batches"),
        sa.CheckConstraint("confirmed_at is null or withdrawn_at is null", name="ck_ruling_batches_one_answer"),
        sa.CheckConstraint("confirmed_by <> created_by", name="ck_ruling_batches_two_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_ruling_batches"),
    )
    op.create_index("ix_ruling_batches_year", "ruling_batches", ["year"])
    op.create_table(
        "ruling_batch_cells",
        sa.Column("batch_id", ROW_ID, nullable=False),
        sa.Column("ruling_id", ROW_ID, nullable=False),
        sa.Column("old_points", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_in_force", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["ruling_batches.id"], name="fk_ruling_batch_cells_batch_id"),
        sa.ForeignKeyConstraint(["ruling_id"], ["rulings.id"], name="fk_ruling_batch_cells_ruling_id"),
        sa.PrimaryKeyConstraint("batch_id", "ruling_id", name="pk_ruling_batch_cells"),
    )
    op.create_index("ix_ruling_batch_cells_ruling_id", "ruling_batch_cells", ["ruling_id"])
    op.add_column("online_service_visits", sa.Column("last_visited_at", INSTANT, nullable=True))
    op.add_column("online_service_visits", sa.Column("times", sa.Integer(), server_default="1", nullable=False))
    op.add_column("online_service_visits", sa.Column("certificate_ends_on", sa.Date(), nullable=True))
    op.create_table(
        "online_service_pictures",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("online_service_id", ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        *created("online_service_pictures"),
        sa.ForeignKeyConstraint(
            ["online_service_id"], ["online_services.id"], name="fk_online_service_pictures_online_service_id"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_online_service_pictures_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_online_service_pictures"),
    )
    op.create_index("ix_online_service_pictures_online_service_id", "online_service_pictures", ["online_service_id"])
