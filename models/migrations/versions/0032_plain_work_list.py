"""The work list knows its platforms by number alone: a scan asks and locks no row of theirs."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the foreign key of ``changes``; SQLite makes the table anew."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table changes drop constraint if exists fk_changes_platform_id")
        return
    op.create_table(
        "changes_next",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.execute("insert into changes_next select id, platform_id, year, made_at from changes")
    op.drop_table("changes")
    op.rename_table("changes_next", "changes")
    op.create_index("ix_changes_platform_id_year", "changes", ["platform_id", "year"])
