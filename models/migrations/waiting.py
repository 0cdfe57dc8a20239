"""What waits for review is kept in ``waiting_records`` by triggers of its tables: frozen here, as the guards are."""

from alembic import op

SUBMITTED = "r.stage = 'submitted'"
_ROW = (
    "select '{subject}', r.id, r.version, r.platform_id, r.year, cast(r.{title} as text), {more},"
    " coalesce(r.submitted_at, r.created_at) from {table} r where {waits}"
)
_KEEP = (
    "insert into waiting_records (subject, subject_id, version, platform_id, year, title, more, since) {row}"
    " on conflict (subject, subject_id) do update set version = excluded.version, platform_id = excluded.platform_id,"
    " year = excluded.year, title = excluded.title, more = excluded.more, since = excluded.since,"
    " hints = case when waiting_records.version = excluded.version then waiting_records.hints end"
)
"""Hints (疑点) hold for one version alone."""
_FORGET = (
    "delete from waiting_records where subject = '{subject}' and subject_id = {id}"
    " and not exists (select 1 from {table} r where r.id = {id} and {waits})"
)


def keep_waiting(
    table: str, subject: str, title: str, more: str | None = None, waits: str = SUBMITTED, parts: str | None = None
) -> None:
    """Keep each row of ``table`` for which ``waits`` holds, now and from now on, under the word of its ``subject``.

    ``title`` and ``more`` are the columns that it is called by. Where what waits depends on another table, ``parts`` is
    its name; its rows name theirs in ``<subject>_id``.
    """
    called = "''" if more is None else f"cast(r.{more} as text)"
    given = {"table": table, "subject": subject, "waits": waits}
    row = _ROW.format(title=title, more=called, **given)
    _after_each_change(table, "id", row, given)
    if parts is not None:
        _after_each_change(parts, f"{subject}_id", row, given)
    op.execute(_KEEP.format(row=row))


def _after_each_change(table: str, key: str, row: str, given: dict[str, str]) -> None:
    def both(of_row: str) -> str:
        keep = _KEEP.format(row=f"{row} and r.id = {of_row}.{key}")
        return f"{keep}; {_FORGET.format(id=f'{of_row}.{key}', **given)};"

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""create function keep_waiting_{table}() returns trigger language plpgsql as $$
        begin
            if tg_op = 'DELETE' then {both("old")}
            else {both("new")}
            end if;
            return null;
        end $$"""
        )
        op.execute(
            f"create trigger tr_{table}_waiting after insert or update or delete on {table}"
            f" for each row execute function keep_waiting_{table}()"
        )
        return
    for verb, of_row in (("insert", "new"), ("update", "new"), ("delete", "old")):
        op.execute(f"create trigger tr_{table}_waiting_{verb} after {verb} on {table} begin {both(of_row)} end")
