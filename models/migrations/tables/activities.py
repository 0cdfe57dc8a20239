"""Photos and papers in the private store; activities with parts, photos and versions."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, only_where, reviewed, word


def create() -> None:
    """Create the tables."""
    op.create_table(
        "stored_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=128), nullable=False),
        sa.Column("size", ROW_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stored_at", INSTANT, nullable=False),
        sa.Column("stored_by", ROW_ID, nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name="ck_stored_files_sha256"),
        sa.ForeignKeyConstraint(["stored_by"], ["persons.id"], name="fk_stored_files_stored_by"),
        sa.PrimaryKeyConstraint("sha256", name="pk_stored_files"),
    )
    op.create_table(
        "activities",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "category",
            word("brand", "innovation", "digital", "listing", "startup", "other", name="ck_activities_category"),
            nullable=True,
        ),
        sa.Column("form", word("onsite", "online", "hybrid", name="ck_activities_form"), nullable=True),
        sa.Column("organisers", sa.Text(), nullable=True),
        sa.Column("starts_at", INSTANT, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("opens_at", INSTANT, nullable=True),
        sa.Column("closes_at", INSTANT, nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("meeting_link", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("scene", sa.String(length=64), nullable=True),
        sa.Column("short_code", sa.String(length=5), nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("is_backfilled", sa.Boolean(), nullable=False),
        *reviewed("activities"),
        sa.CheckConstraint("stage <> 'approved' or reviewed_at is not null", name="ck_activities_approved"),
        sa.CheckConstraint(
            "stage = 'draft' or (year is not null and category is not null and starts_at is not null and ends_at is not null and opens_at is not null and closes_at is not null and scene is not null)",
            name="ck_activities_published",
        ),
        sa.CheckConstraint(
            "stage not in ('returned', 'void') or return_reason is not null", name="ck_activities_reason"
        ),
        sa.CheckConstraint("closes_at > opens_at", name="ck_activities_window"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_activities_time"),
        sa.CheckConstraint("length(short_code) = 5", name="ck_activities_short_code"),
        sa.CheckConstraint("length(title) between 1 and 200", name="ck_activities_title"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_activities_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_activities"),
        sa.UniqueConstraint("code", name="uq_activities_code"),
        sa.UniqueConstraint("scene", name="uq_activities_scene"),
    )
    op.create_index("ix_activities_platform_id_year", "activities", ["platform_id", "year"])
    op.create_index("ix_activities_stage", "activities", ["stage"])
    op.create_index(
        "uq_activities_short_code", "activities", ["short_code"], unique=True, **only_where("stage = 'published'")
    )
    op.create_table(
        "activity_platforms",
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("part", word("host", "undertake", "assist", name="ck_activity_platforms_part"), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("confirmed_by", ROW_ID, nullable=True),
        sa.Column("assist_accepted_at", INSTANT, nullable=True),
        sa.Column("assist_accepted_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_activity_platforms_activity_id"),
        sa.ForeignKeyConstraint(
            ["assist_accepted_by"], ["persons.id"], name="fk_activity_platforms_assist_accepted_by"
        ),
        sa.ForeignKeyConstraint(["confirmed_by"], ["persons.id"], name="fk_activity_platforms_confirmed_by"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_activity_platforms_platform_id"),
        sa.PrimaryKeyConstraint("activity_id", "platform_id", name="pk_activity_platforms"),
    )
    op.create_index("ix_activity_platforms_platform_id", "activity_platforms", ["platform_id"])
    op.create_table(
        "activity_photos",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", word("photo", "screenshot", "sign_in_sheet", name="ck_activity_photos_kind"), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", ROW_ID, nullable=True),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_activity_photos_activity_id"),
        sa.ForeignKeyConstraint(["added_by"], ["persons.id"], name="fk_activity_photos_added_by"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_activity_photos_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_activity_photos"),
    )
    op.create_index(
        "uq_activity_photos_once",
        "activity_photos",
        ["activity_id", "sha256"],
        unique=True,
        **only_where("removed_at is null"),
    )
    op.create_table(
        "activity_versions",
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("submitted_by", ROW_ID, nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_activity_versions_activity_id"),
        sa.ForeignKeyConstraint(["submitted_by"], ["persons.id"], name="fk_activity_versions_submitted_by"),
        sa.PrimaryKeyConstraint("activity_id", "number", name="pk_activity_versions"),
    )
