"""Files that were personal and are needed no more: the worker removes them unless a row names them still."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; whatever was sent by somebody who once sent a licence, and no standing names, is looked at."""
    op.create_table(
        "released_files",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("released_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_released_files"),
    )
    op.execute(
        "insert into released_files (sha256, released_at) select f.sha256, f.stored_at from stored_files f"
        " where f.stored_by in (select subject_id from log_entries where deed = 'person.standing_licence_sent')"
        " and not exists (select 1 from standings s where s.licence_sha256 = f.sha256)"
    )
