-- At the turn of the year: closes the open partition at a boundary that nothing has reached yet, and opens the next one.
--
--   psql -v table=check_ins -v key=activity_id -v boundary=500000 -v closed=check_ins_2027 -f turn.sql "$DATABASE"

\set ON_ERROR_STOP on
set lock_timeout = '300ms';  -- less than deadlock_timeout: of two who wait for each other, this is who gives up

select format('alter table %1$I_open add constraint ck_%2$s check (%3$I < %4$L) not valid', :'table', :'closed', :'key',
    :'boundary')
where to_regclass(:'closed') is null and not exists (select from pg_constraint where conname = 'ck_' || :'closed') \gexec
select format('alter table %1$I_open validate constraint ck_%2$s', :'table', :'closed')
where to_regclass(:'closed') is null \gexec

create function pg_temp.turn(name text, key text, boundary text, closed text) returns void language plpgsql as $$
declare begun text; statement text;
begin
    -- In the order in which a scan takes them, as begin.sql does.
    for statement in
        select format('lock table %I in access exclusive mode', relname) from pg_class
        where oid in (select confrelid from pg_constraint where conrelid = name::regclass and contype = 'f')
        order by array_position(array['persons', 'activities', 'platforms', 'enterprises']::name[], relname) loop
        execute statement;
    end loop;
    execute format('lock table %I in access exclusive mode', name);
    select (regexp_match(pg_get_expr(relpartbound, oid), 'FROM \((.*)\) TO'))[1] into begun
        from pg_class where relname = name || '_open';
    execute format('alter table %I detach partition %I', name, name || '_open');
    execute format('alter table %I rename to %I', name || '_open', closed);
    execute format('alter table %I attach partition %I for values from (%s) to (%L)', name, closed, begun, boundary);
    execute format('create table %I partition of %I for values from (%L) to (maxvalue)', name || '_open', name, boundary);
end $$;

select pg_temp.turn(:'table', :'key', :'boundary', :'closed') where to_regclass(:'closed') is null \g /dev/null
