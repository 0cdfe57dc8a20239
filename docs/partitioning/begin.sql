-- Turns a table into one that is partitioned, with all there is as its first partition, while scans go on.
-- docs/scale.md says when, why and with which values. It gives up ("lock timeout") where somebody holds a table for
-- longer, and may be run again until it succeeds: what is done already is passed over.
--
--   psql -v table=check_ins -v key=activity_id -v boundary=250000 -f begin.sql "$DATABASE"
--
-- The first partition ends below the boundary, which nothing may have reached yet.

\set ON_ERROR_STOP on
set lock_timeout = '300ms';  -- less than deadlock_timeout: of two who wait for each other, this is who gives up
select relkind = 'p' as is_done from pg_class where oid = :'table'::regclass \gset
\if :is_done
\quit
\endif

-- 1. Nothing is at the boundary yet, and that is known before anybody has to wait for it.
select format('alter table %1$I add constraint ck_%1$s_first check (%2$I < %3$L) not valid', :'table', :'key', :'boundary')
where not exists (select from pg_constraint where conname = 'ck_' || :'table' || '_first') \gexec
select format('alter table %1$I validate constraint ck_%1$s_first', :'table') \gexec

-- 2. The first partition's key holds what it is partitioned by. Built beside the scans; one left half-built goes first.
select format('drop index concurrently %I', c.relname) from pg_index i join pg_class c on c.oid = i.indexrelid
where c.relname = 'pk_' || :'table' || '_first' and not i.indisvalid \gexec
select format('create unique index concurrently pk_%1$s_first on %1$I (%2$s)', :'table',
    case :'key' when 'id' then 'id' else 'id, ' || :'key' end)
where to_regclass('pk_' || :'table' || '_first') is null \gexec

-- 3. The change itself: one short transaction, in which no row is read or written.
create function pg_temp.begin_partitions(name text, key text, boundary text) returns void language plpgsql as $$
declare
    first constant text := name || '_first';
    made_anew text[]; referring text[]; triggers text[]; each record; statement text;
begin
    -- In the order in which a scan takes them, so that scans stand in line before the first and hold none of the others.
    for statement in
        select format('lock table %I in access exclusive mode', relname) from pg_class
        where oid in (select confrelid from pg_constraint where conrelid = name::regclass and contype = 'f')
        order by array_position(array['persons', 'activities', 'platforms', 'enterprises']::name[], relname) loop
        execute statement;
    end loop;
    execute format('lock table %I in access exclusive mode', name);
    select array_agg(pg_get_indexdef(i.indexrelid) order by c.relname) into made_anew
        from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = name::regclass and c.relname <> 'pk_' || first
        and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid);
    select made_anew || array_agg(format('alter table %I add constraint %I %s', name, conname, pg_get_constraintdef(oid)))
        into made_anew from pg_constraint where conrelid = name::regclass and contype in ('f', 'u');
    select array_agg(format('alter table %s add constraint %I %s not valid', conrelid::regclass, conname,
        pg_get_constraintdef(oid))) into referring from pg_constraint
        where confrelid = name::regclass and contype = 'f' and conparentid = 0 and key = 'id';
    select array_agg(pg_get_triggerdef(oid) order by tgname) into triggers
        from pg_trigger where tgrelid = name::regclass and not tgisinternal;
    -- Where the key has two columns now, nobody can refer to one: the rows are never deleted, so nothing is lost.
    for each in select conname, conrelid::regclass as other from pg_constraint
        where confrelid = name::regclass and contype = 'f' and conparentid = 0 loop
        execute format('alter table %s drop constraint %I', each.other, each.conname);
    end loop;
    for each in select tgname from pg_trigger where tgrelid = name::regclass and not tgisinternal loop
        execute format('drop trigger %I on %I', each.tgname, name);
    end loop;
    execute format('alter table %I drop constraint pk_%s', name, name);
    execute format('alter table %I add constraint pk_%s primary key using index pk_%2$s', name, first);
    for each in select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = name::regclass and c.relname <> 'pk_' || first loop
        execute format('alter index %I rename to %I', each.relname, left(each.relname, 57) || '_first');
    end loop;
    execute format('alter table %I rename to %I', name, first);

    execute format('create table %I (like %I including defaults including constraints) partition by range (%I)',
        name, first, key);
    execute format('alter table %I drop constraint ck_%s', name, first);
    execute format('alter table %I add constraint pk_%s primary key (%s)', name, name,
        case key when 'id' then 'id' else 'id, ' || key end);
    execute format('alter sequence %s owned by %I.id', name || '_id_seq', name);
    foreach statement in array made_anew loop
        execute statement;
    end loop;
    execute format('alter table %I attach partition %I for values from (minvalue) to (%L)', name, first, boundary);
    execute format('create table %I partition of %I for values from (%L) to (maxvalue)', name || '_open', name, boundary);
    foreach statement in array coalesce(triggers, '{}') || coalesce(referring, '{}') loop
        execute statement;
    end loop;
end $$;

select pg_temp.begin_partitions(:'table', :'key', :'boundary') \g /dev/null

-- 4. What refers to the table is proved again, beside everybody's work.
select distinct format('alter table %s validate constraint %I', conrelid::regclass, conname) from pg_constraint
where confrelid = :'table'::regclass and contype = 'f' and not convalidated \gexec
