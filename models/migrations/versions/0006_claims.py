"""Claims name their title or medium, late records are flagged, parts confirmed late wait for the reviewer.

The list of media begins with those that the regulation names.
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, reviewed, word

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DATED = ("online_trades", "needs", "research_reports", "platform_fusions", "responses")
TITLES = word("most_welcome", "service_star", "expert", "institution", "product", name="ck_bonus_claims_award")
KINDS = word(
    "case_selected", "recommended_recognised", "platform_title", "honour", "press", name="ck_bonus_claims_kind"
)
NAMED = Path(__file__).with_name("0006_media.toml")
"""Those that the regulation names: name, sites and WeChat accounts."""


def upgrade() -> None:
    """Add the list of media and the columns."""
    _add_media()
    for table in DATED:
        op.add_column(table, _late())
    op.add_column("activity_platforms", sa.Column("assist_refusal", sa.Text(), nullable=True))
    op.add_column(
        "activity_platforms", sa.Column("awaits_review", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    (_add_to_claims if op.get_bind().dialect.name == "postgresql" else _make_claims_anew)()


def _add_media() -> None:
    media = op.create_table(
        "media",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=True),
        sa.Column("accounts", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        *created("media"),
        sa.PrimaryKeyConstraint("id", name="pk_media"),
        sa.UniqueConstraint("name", name="uq_media_name"),
    )
    at = datetime(2026, 11, 1, tzinfo=UTC)
    named = tomllib.loads(NAMED.read_text(encoding="utf-8"))["media"]
    op.bulk_insert(media, [{**each, "created_at": at} for each in named])


def _late() -> sa.Column[bool]:
    return sa.Column("is_backfilled", sa.Boolean(), server_default=sa.false(), nullable=False)


def _claim_columns() -> list[sa.Column[Any]]:
    return [
        _late(),
        sa.Column("award", TITLES, nullable=True),
        sa.Column("medium_id", ROW_ID, nullable=True),
        sa.Column("medium_reason", sa.Text(), nullable=True),
        sa.Column("story_of", ROW_ID, nullable=True),
    ]


def _add_to_claims() -> None:
    for column in _claim_columns():
        op.add_column("bonus_claims", column)
    op.create_foreign_key("fk_bonus_claims_medium_id", "bonus_claims", "media", ["medium_id"], ["id"])
    op.create_foreign_key("fk_bonus_claims_story_of", "bonus_claims", "bonus_claims", ["story_of"], ["id"])


def _make_claims_anew() -> None:
    """SQLite alters no constraint: the table is made anew, with its rows, its index and its guards."""
    bind = op.get_bind()
    beside = bind.scalars(
        sa.text("select sql from sqlite_master where tbl_name = 'bonus_claims' and type <> 'table' and sql is not null")
    ).all()
    former = [row.name for row in bind.execute(sa.text("pragma table_info(bonus_claims)"))]
    op.create_table(
        "bonus_claims_next",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        *_claim_columns(),
        *reviewed("bonus_claims"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_bonus_claims_platform_id"),
        sa.ForeignKeyConstraint(["medium_id"], ["media.id"], name="fk_bonus_claims_medium_id"),
        sa.ForeignKeyConstraint(["story_of"], ["bonus_claims.id"], name="fk_bonus_claims_story_of"),
        sa.PrimaryKeyConstraint("id", name="pk_bonus_claims"),
    )
    names = ", ".join(former)
    op.execute(f"insert into bonus_claims_next ({names}) select {names} from bonus_claims")  # noqa: S608
    op.drop_table("bonus_claims")
    op.rename_table("bonus_claims_next", "bonus_claims")
    for statement in beside:
        op.execute(statement)
