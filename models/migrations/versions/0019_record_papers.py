"""Papers of records for which annex 2 asks none: 线下服务, 线上交易, 重点工作响应."""

from models.migrations.words import widen

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more word: the former program goes on without it."""
    widen("evidence", "item", "record_papers")
