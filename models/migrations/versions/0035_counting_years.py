"""A seal asks in which year a row counts: a set assessment period (考评期) may have days of the years beside its own."""

from importlib import import_module

from alembic import op

from models.migrations.columns import only_where

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

SEALED_YEAR = import_module("models.migrations.versions.0002_guards").SEALED_YEAR
DAYS = {
    "offline_services": "{row}.served_on",
    "online_trades": "{row}.traded_on",
    "needs": "{row}.raised_on",
    "posts": "{row}.posted_on",
    "site_inspections": "{row}.inspected_on",
    "research_reports": "{row}.published_on",
    "bonus_claims": "{row}.awarded_on",
}
"""The day by which a period takes a row. What has none here counts in its ``year``, whatever the periods are."""
PROVED = {
    "offline_service": "offline_services",
    "online_trade": "online_trades",
    "research_report": "research_reports",
    "bonus_claim": "bonus_claims",
}
"""Records whose papers count where they do."""
LAST_DAY = {
    "postgresql": "cast(({row}.ends_at - interval '1 microsecond') at time zone 'Asia/Shanghai' as date)",
    "sqlite": "case when substr({row}.ends_at, 12) = '16:00:00.000000' then date({row}.ends_at)"
    " else date({row}.ends_at, '+8 hours') end",
}
"""Of an activity: what ends at 24:00 in Beijing ends on the day that is over. SQLite keeps the text of UTC."""
YEAR_OF = {"postgresql": "extract(year from {day})", "sqlite": "cast(substr({day}, 1, 4) as integer)"}
SEALED = (
    "select 1 from platform_years y where y.platform_id = {platform} and y.sealed_at is not null and y.year = coalesce("
    "(select s.year from platform_years s where s.platform_id = {platform} and s.period_reason is not null"
    " and {day} between s.assessed_from and s.assessed_until and {year} in (s.year, {year_of_day})"
    " order by s.year limit 1), {year})"
)
"""Of two years: a claim may name another one than its day's, and a need may have been carried over into the next."""
SEALED_AT_ALL = (
    "select 1 from activities a join platform_years y on y.year = a.year"
    " where a.id = {row}.activity_id and y.sealed_at is not null"
    " union all"
    " select 1 from activities a join platform_years y on y.year between a.year - 1 and a.year + 1"
    " where a.id = {row}.activity_id and y.sealed_at is not null and y.period_reason is not null"
)
BY_PLATFORMS = (
    "select 1 from activities a join activity_platforms p on p.activity_id = a.id"
    " where a.id = {row}.activity_id and p.confirmed_at is not null and exists ({sealed})"
)
BY_SERVICE = "select 1 from offline_services o where o.id = {row}.offline_service_id and exists ({sealed})"
OF_ACTIVITY = ("activity_platforms", "activity_photos", "check_ins")
RAISE = "raise exception 'platform_year_sealed' using errcode = 'check_violation', constraint = 'platform_year_sealed';"


def upgrade() -> None:
    """The same guards under the same names; where no period was set, they refuse what they refused."""
    is_apart = only_where("sealed_at is not null and period_reason is not null")
    op.create_index("ix_platform_years_sealed_apart", "platform_years", ["year"], if_not_exists=True, **is_apart)
    guard(DAYS, PROVED)


def guard(days_of: dict[str, str], proved: dict[str, str]) -> None:
    """Each row is asked for by its day; a later migration has more kinds of rows that have one."""
    (_guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite)(days_of, proved)


def _guard_postgresql(days_of: dict[str, str], proved: dict[str, str]) -> None:
    """The functions alone are replaced: no table waits. Each asks anew, so that it sees what was committed by then."""
    of_table = {
        table: _day("postgresql", table, "{row}", days_of, proved) for table in (*days_of, "activities", "evidence")
    }
    days = "".join(
        f"{'els' if number else ''}if tg_table_name = '{table}' then\n            day := {day};\n        "
        for number, (table, day) in enumerate(of_table.items())
    )
    of_year = f"""
        day := null;
        {days}end if;
        if day is null then
            if exists ({SEALED_YEAR}) then
                {RAISE}
            end if;
        elsif exists ({_sealed("postgresql", "{row}.platform_id", "{row}.year", "day")}) then
            {RAISE}
        end if;"""
    of_activity = f"""
        if exists ({SEALED_AT_ALL}) then
            if exists ({_by_platforms("postgresql")}) then
                {RAISE}
            end if;
        end if;"""
    of_service = f"""
        if exists ({_by_service("postgresql")}) then
            {RAISE}
        end if;"""
    of_each = (("year", of_year, "declare day date;"), ("activity", of_activity, ""), ("service", of_service, ""))
    for name, asked, declared in of_each:
        op.execute(
            f"""create or replace function refuse_sealed_{name}() returns trigger language plpgsql as $$
    {declared}
    begin
        if tg_op <> 'INSERT' then{asked.format(row="old")}
        end if;
        if tg_op = 'DELETE' then return old; end if;{asked.format(row="new")}
        return new;
    end $$"""
        )


def _guard_sqlite(days_of: dict[str, str], proved: dict[str, str]) -> None:
    for table in (*days_of, "activities", "evidence"):
        day = _day("sqlite", table, "{row}", days_of, proved)
        _guard(table, "sealed_year", _sealed("sqlite", "{row}.platform_id", "{row}.year", day))
    for table in OF_ACTIVITY:
        _guard(table, "sealed_activity", _by_platforms("sqlite"))
    _guard("offline_service_enterprises", "sealed_service", _by_service("sqlite"))


def _guard(table: str, name: str, asked: str) -> None:
    for verb, rows in (("insert", ["new"]), ("update", ["old", "new"]), ("delete", ["old"])):
        found = " or ".join(f"exists ({asked.format(row=row)})" for row in rows)
        op.execute(f"drop trigger tr_{table}_{name}_{verb}")
        op.execute(
            f"create trigger tr_{table}_{name}_{verb} before {verb} on {table} when {found}"
            " begin select raise(abort, 'platform_year_sealed'); end"
        )


def _sealed(dialect: str, platform: str, year: str, day: str) -> str:
    return SEALED.format(platform=platform, year=year, day=day, year_of_day=YEAR_OF[dialect].format(day=day))


def _day(dialect: str, table: str, row: str, days_of: dict[str, str], proved: dict[str, str]) -> str:
    if table == "activities":
        return LAST_DAY[dialect].format(row=row)
    if table == "evidence":
        days = (
            f"when '{word}' then (select {days_of[of].format(row='r')} from {of} r where r.id = {row}.subject_id)"  # noqa: S608 - constants
            for word, of in proved.items()
        )
        return f"(case {row}.subject {' '.join(days)} end)"
    return days_of[table].format(row=row)


def _by_platforms(dialect: str) -> str:
    day = LAST_DAY[dialect].format(row="a")
    return BY_PLATFORMS.replace("{sealed}", _sealed(dialect, "p.platform_id", "a.year", day))


def _by_service(dialect: str) -> str:
    return BY_SERVICE.replace("{sealed}", _sealed(dialect, "o.platform_id", "o.year", "o.served_on"))
