"""Platforms that close; what a row was before and after each deed, and a chain over the log; 公告 to platforms."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, person
from models.migrations.words import widen

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only nullable columns, new tables and more words: the former program goes on without them."""
    op.add_column("platforms", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("platforms", sa.Column("closed_reason", sa.Text(), nullable=True))
    op.add_column("platforms", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("log_entries", sa.Column("before", sa.JSON(), nullable=True))
    op.add_column("log_entries", sa.Column("after", sa.JSON(), nullable=True))
    widen("log_entries", "subject", "announcement")
    widen("reviews", "subject", "announcement")
    widen("evidence", "subject", "announcement")
    widen("notices", "purpose", "announcement", "role")
    _add_announcements()
    _add_chain()


def _add_announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        person("announcements", "withdrawn_by"),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        *created("announcements"),
        sa.CheckConstraint("(withdrawn_at is null) = (withdrawn_reason is null)", name="ck_announcements_withdrawn"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_announcements_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
        sa.UniqueConstraint("key", name="uq_announcements_key"),
    )
    op.create_table(
        "announcement_platforms",
        sa.Column("announcement_id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        person("announcement_platforms", "read_by"),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name="fk_announcement_platforms_announcement_id"
        ),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_announcement_platforms_platform_id"),
        sa.PrimaryKeyConstraint("announcement_id", "platform_id", name="pk_announcement_platforms"),
    )
    op.create_index("ix_announcement_platforms_platform_id", "announcement_platforms", ["platform_id"])


def _add_chain() -> None:
    op.create_table(
        "log_links",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["log_entries.id"], name="fk_log_links_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_log_links"),
        sa.UniqueConstraint("entry_id", name="uq_log_links_entry_id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create trigger tr_log_links_append_only before update or delete on log_links"
            " for each row execute function refuse_change()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger tr_log_links_append_only_{verb} before {verb} on log_links"
            " begin select raise(abort, 'append_only'); end"
        )
