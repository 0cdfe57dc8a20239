"""A period takes a filing (报送) by the day that the text names, 平台融合 and 响应 by their own: the seal asks so, too."""

from importlib import import_module

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

COUNTING_YEARS = import_module("models.migrations.versions.0035_counting_years")
NAMED_DAY = "{row}.period || case {row}.obligation when 'plan' then '-03' when 'data' then '-06' when 'summary' then '-12-15' end"
"""每月3号前, 每月6日前, 每年12月15日前; a period is a month (2026-01), of the summary a year."""
FILING_DAY = {"postgresql": f"cast({NAMED_DAY} as date)", "sqlite": NAMED_DAY}


def upgrade() -> None:
    """The same guards under the same names, for three more kinds of rows."""
    days = {
        "platform_fusions": "{row}.started_on",
        "responses": "{row}.responded_on",
        "filings": FILING_DAY[op.get_bind().dialect.name],
    }
    proved = {"platform_fusion": "platform_fusions", "response": "responses"}
    COUNTING_YEARS.guard(COUNTING_YEARS.DAYS | days, COUNTING_YEARS.PROVED | proved)
