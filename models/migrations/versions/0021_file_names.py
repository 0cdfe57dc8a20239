"""The name under which each platform handed a file in: the same content from two of them is one file with two names."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import ROW_ID

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; a file that is there already has its name at the platforms where its uploader worked."""
    op.create_table(
        "file_names",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("owner_id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_file_names_sha256"),
        sa.PrimaryKeyConstraint("sha256", "owner_id", name="pk_file_names"),
    )
    op.execute(
        "insert into file_names (sha256, owner_id, name) select distinct f.sha256, coalesce(r.platform_id, 0), f.name"
        " from stored_files f left join staff_roles r on r.person_id = f.stored_by"
    )
