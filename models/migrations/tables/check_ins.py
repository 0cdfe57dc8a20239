"""Check-ins, attendances, refused scans; lists entered afterwards."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, only_where, word


def create() -> None:
    """Create the tables."""
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
        sa.CheckConstraint("(voided_at is null) = (void_reason is null)", name="ck_check_ins_void_reason"),
        sa.CheckConstraint("evidence_grade between 1 and 3", name="ck_check_ins_evidence_grade"),
        sa.CheckConstraint("undone_at is null or voided_at is null", name="ck_check_ins_one_end"),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_check_ins_activity_id"),
        sa.ForeignKeyConstraint(["entered_by"], ["persons.id"], name="fk_check_ins_entered_by"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_check_ins_enterprise_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_check_ins_person_id"),
        sa.ForeignKeyConstraint(["voided_by"], ["persons.id"], name="fk_check_ins_voided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_check_ins"),
    )
    op.create_index("ix_check_ins_enterprise_id", "check_ins", ["enterprise_id"])
    op.create_index("ix_check_ins_person_id", "check_ins", ["person_id"])
    op.create_index(
        "uq_check_ins_once",
        "check_ins",
        ["activity_id", "enterprise_id"],
        unique=True,
        **only_where("undone_at is null"),
    )
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
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_attendances_activity_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_attendances_enterprise_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_attendances_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attendances"),
        sa.UniqueConstraint("activity_id", "person_id", name="uq_attendances_activity_id_person_id"),
    )
    op.create_index("ix_attendances_person_id", "attendances", ["person_id"])
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
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_refused_scans_activity_id"),
        sa.ForeignKeyConstraint(["completed_by"], ["check_ins.id"], name="fk_refused_scans_completed_by"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_refused_scans_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refused_scans"),
        sa.UniqueConstraint("person_id", "typed", "scanned_at", name="uq_refused_scans_person_id_typed_scanned_at"),
    )
    op.create_index("ix_refused_scans_activity_id", "refused_scans", ["activity_id"])
    op.create_table(
        "rosters",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("confirmed_by", ROW_ID, nullable=True),
        sa.Column("discarded_at", INSTANT, nullable=True),
        *created("rosters"),
        sa.CheckConstraint("confirmed_at is null or discarded_at is null", name="ck_rosters_one_end"),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_rosters_activity_id"),
        sa.ForeignKeyConstraint(["confirmed_by"], ["persons.id"], name="fk_rosters_confirmed_by"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_rosters_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_rosters"),
    )
    op.create_index("ix_rosters_activity_id", "rosters", ["activity_id"])
    op.create_table(
        "roster_rows",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("roster_id", ROW_ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column(
            "matching",
            word("code", "name", "hand", "several", "wrong_code", "unknown", name="ck_roster_rows_matching"),
            nullable=False,
        ),
        sa.Column("enterprise_id", ROW_ID, nullable=True),
        sa.Column("is_skipped", sa.Boolean(), nullable=False),
        sa.Column("check_in_id", ROW_ID, nullable=True),
        sa.CheckConstraint(
            "enterprise_id is null or matching in ('code', 'name', 'hand')", name="ck_roster_rows_matched"
        ),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_ins.id"], name="fk_roster_rows_check_in_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_roster_rows_enterprise_id"),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name="fk_roster_rows_roster_id"),
        sa.PrimaryKeyConstraint("id", name="pk_roster_rows"),
        sa.UniqueConstraint("roster_id", "line", name="uq_roster_rows_roster_id_line"),
    )
