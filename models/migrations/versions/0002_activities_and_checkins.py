"""Activities with their parts and photos, check-ins, attendances, refused scans."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
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
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_activities_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.CheckConstraint("stage <> 'approved' or reviewed_at is not null", name=op.f("ck_activities_approved")),
        sa.CheckConstraint(
            "stage = 'draft' or (year is not null and category is not null and starts_at is not null and ends_at is not null and opens_at is not null and closes_at is not null and scene is not null)",
            name=op.f("ck_activities_published"),
        ),
        sa.CheckConstraint(
            "stage not in ('returned', 'void') or return_reason is not null", name=op.f("ck_activities_reason")
        ),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_activities_window")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activities_time")),
        sa.CheckConstraint("length(short_code) = 5", name=op.f("ck_activities_short_code")),
        sa.CheckConstraint("length(title) between 1 and 200", name=op.f("ck_activities_title")),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_activities_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_activities_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_activities_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint("code", name=op.f("uq_activities_code")),
        sa.UniqueConstraint("scene", name=op.f("uq_activities_scene")),
    )
    op.create_index("ix_activities_platform_id_year", "activities", ["platform_id", "year"], unique=False)
    op.create_index("ix_activities_stage", "activities", ["stage"], unique=False)
    op.create_index(
        "uq_activities_short_code",
        "activities",
        ["short_code"],
        unique=True,
        postgresql_where=sa.text("stage = 'published'"),
        sqlite_where=sa.text("stage = 'published'"),
    )
    op.create_table(
        "activity_photos",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", word("photo", "screenshot", "sign_in_sheet", name="ck_activity_photos_kind"), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", ROW_ID, nullable=True),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_activity_photos_activity_id")),
        sa.ForeignKeyConstraint(["added_by"], ["persons.id"], name=op.f("fk_activity_photos_added_by")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name=op.f("fk_activity_photos_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_photos")),
    )
    op.create_index(
        "uq_activity_photos_once",
        "activity_photos",
        ["activity_id", "sha256"],
        unique=True,
        postgresql_where=sa.text("removed_at is null"),
        sqlite_where=sa.text("removed_at is null"),
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
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_activity_platforms_activity_id")),
        sa.ForeignKeyConstraint(
            ["assist_accepted_by"], ["persons.id"], name=op.f("fk_activity_platforms_assist_accepted_by")
        ),
        sa.ForeignKeyConstraint(["confirmed_by"], ["persons.id"], name=op.f("fk_activity_platforms_confirmed_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_activity_platforms_platform_id")),
        sa.PrimaryKeyConstraint("activity_id", "platform_id", name=op.f("pk_activity_platforms")),
    )
    op.create_index(op.f("ix_activity_platforms_platform_id"), "activity_platforms", ["platform_id"], unique=False)
    op.create_table(
        "attendances",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=True),
        sa.Column(
            "absence",
            word("colleague", "not_an_enterprise", "public_body", "own_people", name="ck_attendances_absence"),
            nullable=False,
        ),
        sa.Column("attended_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_attendances_activity_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_attendances_enterprise_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_attendances_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
        sa.UniqueConstraint("activity_id", "person_id", name=op.f("uq_attendances_activity_id_person_id")),
    )
    op.create_index(op.f("ix_attendances_person_id"), "attendances", ["person_id"], unique=False)
    op.create_table(
        "check_ins",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=True),
        sa.Column(
            "door",
            word("code", "menu", "short_code", "page", "screen", "staff", "sheet", name="ck_check_ins_door"),
            nullable=False,
        ),
        sa.Column("evidence_grade", sa.SmallInteger(), nullable=False),
        sa.Column("checked_in_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("entered_by", ROW_ID, nullable=True),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("voided_at", INSTANT, nullable=True),
        sa.Column("voided_by", ROW_ID, nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(voided_at is null) = (void_reason is null)", name=op.f("ck_check_ins_void_reason")),
        sa.CheckConstraint("evidence_grade between 1 and 3", name=op.f("ck_check_ins_evidence_grade")),
        sa.CheckConstraint("undone_at is null or voided_at is null", name=op.f("ck_check_ins_one_end")),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_check_ins_activity_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["persons.id"], name=op.f("fk_check_ins_entered_by")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_check_ins_enterprise_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_check_ins_person_id")),
        sa.ForeignKeyConstraint(["voided_by"], ["persons.id"], name=op.f("fk_check_ins_voided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
    )
    op.create_index(op.f("ix_check_ins_enterprise_id"), "check_ins", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_check_ins_person_id"), "check_ins", ["person_id"], unique=False)
    op.create_index(
        "uq_check_ins_once",
        "check_ins",
        ["activity_id", "enterprise_id"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
        sqlite_where=sa.text("undone_at is null"),
    )
    op.create_table(
        "refused_scans",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=True),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("typed", sa.String(length=64), nullable=False),
        sa.Column(
            "door",
            word("code", "menu", "short_code", "page", "screen", "staff", "sheet", name="ck_refused_scans_door"),
            nullable=False,
        ),
        sa.Column(
            "refusal",
            word(
                "not_enrolled",
                "choose",
                "second_enterprise",
                "too_early",
                "over",
                "cancelled",
                "voided",
                "unknown_code",
                "code_expired",
                "too_many_tries",
                name="ck_refused_scans_refusal",
            ),
            nullable=False,
        ),
        sa.Column("scanned_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("completed_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_refused_scans_activity_id")),
        sa.ForeignKeyConstraint(["completed_by"], ["check_ins.id"], name=op.f("fk_refused_scans_completed_by")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_refused_scans_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_scans")),
        sa.UniqueConstraint(
            "person_id", "typed", "scanned_at", name=op.f("uq_refused_scans_person_id_typed_scanned_at")
        ),
    )
    op.create_index(op.f("ix_refused_scans_activity_id"), "refused_scans", ["activity_id"], unique=False)
