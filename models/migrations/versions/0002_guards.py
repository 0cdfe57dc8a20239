"""Guards: a sealed platform-year takes no change, the log and the reviews only grow.

The services refuse first, with a sentence; these triggers hold when somebody forgets to ask.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OF_PLATFORM_YEAR = (
    "activities",
    "offline_services",
    "online_trades",
    "needs",
    "posts",
    "site_inspections",
    "online_services",
    "research_reports",
    "platform_fusions",
    "rulings",
    "responses",
    "bonus_claims",
    "filings",
    "evidence",
    "scorecards",
    "score_lines",
)
OF_ACTIVITY = ("activity_platforms", "activity_photos", "check_ins")
APPEND_ONLY = ("log_entries", "reviews")

SEALED_YEAR = (
    "select 1 from platform_years y where y.platform_id = {row}.platform_id"
    " and y.year = {row}.year and y.sealed_at is not null"
)
SEALED_ACTIVITY = (
    "select 1 from activities a join activity_platforms p on p.activity_id = a.id"
    " join platform_years y on y.platform_id = p.platform_id and y.year = a.year"
    " where a.id = {row}.activity_id and p.confirmed_at is not null and y.sealed_at is not null"
)
SEALED_SERVICE = (
    "select 1 from offline_services s join platform_years y on y.platform_id = s.platform_id and y.year = s.year"
    " where s.id = {row}.offline_service_id and y.sealed_at is not null"
)
GUARDS = (
    [(table, "sealed_year", SEALED_YEAR) for table in OF_PLATFORM_YEAR]
    + [(table, "sealed_activity", SEALED_ACTIVITY) for table in OF_ACTIVITY]
    + [("offline_service_enterprises", "sealed_service", SEALED_SERVICE)]
)


def upgrade() -> None:
    """Create the triggers in the dialect's own words."""
    (guard_postgresql if op.get_bind().dialect.name == "postgresql" else guard_sqlite)()


def guard_sqlite() -> None:
    """One trigger per table and verb: SQLite has no functions."""
    for table, name, query in GUARDS:
        for verb, rows in (("insert", ["new"]), ("update", ["old", "new"]), ("delete", ["old"])):
            found = " or ".join(f"exists ({query.format(row=row)})" for row in rows)
            op.execute(
                f"create trigger tr_{table}_{name}_{verb} before {verb} on {table} when {found}"
                " begin select raise(abort, 'platform_year_sealed'); end"
            )
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger tr_{table}_append_only_{verb} before {verb} on {table}"
                " begin select raise(abort, 'append_only'); end"
            )


def guard_postgresql() -> None:
    """One function per way to the platform-year, one trigger per table."""
    for name, query in {name: query for _, name, query in GUARDS}.items():
        op.execute(
            f"""create function refuse_{name}() returns trigger language plpgsql as $$
            begin
                if tg_op <> 'INSERT' and exists ({query.format(row="old")})
                    or tg_op <> 'DELETE' and exists ({query.format(row="new")}) then
                    raise exception 'platform_year_sealed'
                        using errcode = 'check_violation', constraint = 'platform_year_sealed';
                end if;
                if tg_op = 'DELETE' then return old; end if;
                return new;
            end $$"""
        )
    for table, name, _ in GUARDS:
        op.execute(
            f"create trigger tr_{table}_{name} before insert or update or delete on {table}"
            f" for each row execute function refuse_{name}()"
        )
    op.execute(
        """create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception 'append_only' using errcode = 'check_violation', constraint = 'append_only';
        end $$"""
    )
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger tr_{table}_append_only before update or delete on {table}"
            " for each row execute function refuse_change()"
        )
