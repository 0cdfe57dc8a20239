"""What waits for review stands in one table, kept by whoever submits and judges: the queue looks nowhere else."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, only_where, word
from models.migrations.holding import hold
from models.migrations.waiting import SUBMITTED, keep_waiting

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

SUBJECTS = (
    "activity",
    "check_in",
    "enterprise",
    "person",
    "staff_role",
    "invitation",
    "platform",
    "platform_year",
    "offline_service",
    "online_trade",
    "need",
    "post",
    "site_inspection",
    "service_item",
    "online_service",
    "research_report",
    "platform_fusion",
    "assignment",
    "response",
    "bonus_claim",
    "filing",
    "evidence",
    "ruling",
    "reading",
    "workday",
    "import",
    "announcement",
    "api_key",
    "webhook",
)
TABLES = (
    "activities",
    "activity_platforms",
    "offline_services",
    "online_trades",
    "needs",
    "online_services",
    "research_reports",
    "platform_fusions",
    "responses",
    "bonus_claims",
    "filings",
)
LATE_PART = (
    "r.stage = 'approved' and exists"
    " (select 1 from activity_platforms p where p.activity_id = r.id and p.awaits_review)"
)
"""An approved activity with a part that was confirmed only afterwards."""
HINTS_KEPT = (
    "update waiting_records set hints = (select k.hints from kept_hints k where k.subject = waiting_records.subject"
    " and k.subject_id = waiting_records.subject_id and k.version = waiting_records.version)"
)


def upgrade() -> None:
    """The former program goes on with ``kept_hints``, which the next release drops."""
    hold(*TABLES)
    op.create_table(
        "waiting_records",
        sa.Column("subject", word(*SUBJECTS, name="ck_waiting_records_subject"), nullable=False),
        sa.Column("subject_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("more", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("hints", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "subject_id", name="pk_waiting_records"),
    )
    doubts_first = sa.text("(case when hints = '' then 1 else 0 end)")
    op.create_index("ix_waiting_records_order", "waiting_records", [doubts_first, "since", "subject", "subject_id"])
    op.create_index("ix_waiting_records_not_looked_at", "waiting_records", ["since"], **only_where("hints is null"))
    activity_waits = f"({SUBMITTED} or {LATE_PART})"
    keep_waiting("activities", "activity", "title", waits=activity_waits, parts="activity_platforms")
    keep_waiting("offline_services", "offline_service", "content")
    keep_waiting("online_trades", "online_trade", "service")
    keep_waiting("needs", "need", "title")
    keep_waiting("online_services", "online_service", "address")
    keep_waiting("research_reports", "research_report", "title")
    keep_waiting("platform_fusions", "platform_fusion", "name")
    keep_waiting("responses", "response", "content")
    keep_waiting("bonus_claims", "bonus_claim", "title")
    keep_waiting("filings", "filing", "obligation", "period")
    op.execute(HINTS_KEPT)
