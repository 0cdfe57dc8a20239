"""Papers of records for which annex 2 asks none: 线下服务, 线上交易, 重点工作响应; their photos come by chat, too."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import ROW_ID
from models.migrations.words import widen

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more word and two nullable columns: the former program goes on without them."""
    widen("evidence", "item", "record_papers")
    op.add_column("chat_pictures", sa.Column("subject", sa.String(32), nullable=True))
    op.add_column("chat_pictures", sa.Column("subject_id", ROW_ID, nullable=True))
