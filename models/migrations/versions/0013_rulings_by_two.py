"""Rulings by two persons: who proposed, who agreed, in which version; and what of a scorecard waits for whom."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECKS = {
    "points": "points >= 0",
    "opinion_points": "opinion_points >= 0",
    "ruled": "(points is null) = (ruled_at is null)",
    "reasoned": "(points is null) = (reason is null)",
    "opinion": "(opinion_points is null) = (opinion_at is null)",
}
NEW_CHECKS = {
    "proposed_points": "proposed_points >= 0",
    "proposed": "(proposed_points is null) = (proposed_at is null)",
    "two_persons": "ruled_with <> ruled_by",
}
SEALED = (
    "select 1 from platform_years y where y.platform_id = {row}.platform_id"
    " and y.year = {row}.year and y.sealed_at is not null"
)


def upgrade() -> None:
    """Add the columns, say in which role the opinions were given, and have open scorecards folded anew."""
    if op.get_bind().dialect.name == "postgresql":
        alter_rulings()
        op.execute("alter table rulings disable trigger tr_rulings_sealed_year")
        say_roles()
        op.execute("alter table rulings enable trigger tr_rulings_sealed_year")
    else:
        rebuild_rulings()
        say_roles()
        guard_rulings()
    op.add_column("scorecards", sa.Column("pending_stages", sa.JSON(), server_default="{}", nullable=False))
    op.execute(
        "insert into changes (platform_id, year, made_at)"
        " select c.platform_id, c.year, c.as_of from scorecards c where not exists"
        " (select 1 from platform_years y where y.platform_id = c.platform_id and y.year = c.year"
        " and y.sealed_at is not null)"
    )


def new_columns() -> list[sa.Column[object]]:
    """What a ruling keeps from now on, for either database."""
    return [
        sa.Column("opinion_role", word("platform", "reviewer", "province", name="ck_rulings_opinion_role")),
        sa.Column("proposed_points", sa.Integer(), nullable=True),
        sa.Column("proposed_reason", sa.Text(), nullable=True),
        sa.Column("proposed_at", INSTANT, nullable=True),
        sa.Column("proposed_by", ROW_ID, nullable=True),
        sa.Column("ruled_with", ROW_ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
    ]


def alter_rulings() -> None:
    """PostgreSQL adds them to the table."""
    for column in new_columns():
        op.add_column("rulings", column)
    for name, condition in NEW_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_rulings_{name}"), "rulings", condition)
    for name in ("proposed_by", "ruled_with"):
        op.create_foreign_key(f"fk_rulings_{name}", "rulings", "persons", [name], ["id"])


def rebuild_rulings() -> None:
    """SQLite alters no table: build it anew and move the rows; its triggers go with the former table."""
    op.rename_table("rulings", "former_rulings")
    op.create_table(
        "rulings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("indicator", sa.String(32), nullable=False),
        sa.Column("opinion_points", sa.Integer(), nullable=True),
        sa.Column("opinion_reason", sa.Text(), nullable=True),
        sa.Column("opinion_at", INSTANT, nullable=True),
        sa.Column("opinion_by", ROW_ID, nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ruled_at", INSTANT, nullable=True),
        sa.Column("ruled_by", ROW_ID, nullable=True),
        *new_columns(),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_rulings_{name}"))
            for name, condition in (CHECKS | NEW_CHECKS).items()
        ),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_rulings_platform_id")),
        *(
            sa.ForeignKeyConstraint([name], ["persons.id"], name=op.f(f"fk_rulings_{name}"))
            for name in ("opinion_by", "ruled_by", "proposed_by", "ruled_with")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
        sa.UniqueConstraint("platform_id", "year", "indicator", name=op.f("uq_rulings_platform_id_year_indicator")),
    )
    op.execute(
        "insert into rulings (id, platform_id, year, indicator, opinion_points, opinion_reason, opinion_at, opinion_by,"
        " points, reason, ruled_at, ruled_by) select id, platform_id, year, indicator, opinion_points, opinion_reason,"
        " opinion_at, opinion_by, points, reason, ruled_at, ruled_by from former_rulings"
    )
    op.drop_table("former_rulings")


def guard_rulings() -> None:
    """The guards of a sealed year, as migration 0007 made them."""
    for verb, rows in (("insert", ["new"]), ("update", ["old", "new"]), ("delete", ["old"])):
        found = " or ".join(f"exists ({SEALED.format(row=row)})" for row in rows)
        op.execute(
            f"create trigger tr_rulings_sealed_year_{verb} before {verb} on rulings when {found}"
            " begin select raise(abort, 'platform_year_sealed'); end"
        )


def say_roles() -> None:
    """Until now an official's opinion was shown as the hub's: whoever never was a reviewer spoke for the province."""
    op.execute(
        "update rulings set opinion_role = case when exists (select 1 from staff_roles s"
        " where s.person_id = rulings.opinion_by and s.role = 'province') and not exists (select 1 from staff_roles s"
        " where s.person_id = rulings.opinion_by and s.role = 'reviewer') then 'province' else 'reviewer' end"
        " where opinion_points is not null"
    )
    op.execute("update rulings set version = 1 where points is not null or opinion_points is not null")
