"""What waits for review is found without a look at what was judged, and activities by their day."""

from models.migrations.indexes import build_index

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

RECORDS = (
    "bonus_claims",
    "filings",
    "needs",
    "offline_services",
    "online_services",
    "online_trades",
    "platform_fusions",
    "research_reports",
    "responses",
)


def upgrade() -> None:
    """Migrate to 0031."""
    for table in RECORDS:
        build_index(f"ix_{table}_stage", table, ["stage"])
    build_index("ix_activities_starts_at", "activities", ["starts_at"])
    build_index("ix_activity_platforms_late", "activity_platforms", ["activity_id"], "awaits_review")
    build_index(
        "ix_activity_platforms_undecided",
        "activity_platforms",
        ["activity_id"],
        "part = 'assist' and confirmed_at is not null and assist_accepted_at is null and assist_refusal is null",
    )
