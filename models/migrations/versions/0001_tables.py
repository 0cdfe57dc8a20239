"""Every table of the first release; each file creates what the later ones refer to."""

from models.migrations.tables import (
    activities,
    check_ins,
    collaboration,
    errands,
    journal,
    notices,
    people,
    recognition,
    records,
    scores,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them, an owner before what belongs to it."""
    people.create()
    activities.create()
    check_ins.create()
    records.create()
    recognition.create()
    journal.create()
    collaboration.create()
    scores.create()
    notices.create()
    errands.create()
