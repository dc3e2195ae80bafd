/**
 * SQL that puts a clock which can be stepped before the one of PostgreSQL, for all connections that are opened to the database afterwards: functions
 * of the same names in a schema that is searched first. Defaults of columns name the original functions and are made again.
 */
export const steppableClock = `
  create schema stepped;
  create table stepped.step (by interval not null);
  insert into stepped.step values ('0');
  create function stepped.clock_timestamp() returns timestamptz language sql volatile security definer
    as $$ select pg_catalog.clock_timestamp() + by from stepped.step $$;
  create function stepped.statement_timestamp() returns timestamptz language sql stable security definer
    as $$ select pg_catalog.statement_timestamp() + by from stepped.step $$;
  create function stepped.now() returns timestamptz language sql stable security definer
    as $$ select pg_catalog.now() + by from stepped.step $$;
  grant usage on schema stepped to public;
  do $$
  declare d record;
  begin
    for d in select c.oid::regclass as tab, a.attname as col from pg_attrdef f
      join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum join pg_class c on c.oid = f.adrelid
      where pg_get_expr(f.adbin, f.adrelid) = 'clock_timestamp()' and c.relnamespace = 'public'::regnamespace
    loop
      execute format('alter table %s alter column %I set default stepped.clock_timestamp()', d.tab, d.col);
    end loop;
    execute format('alter database %I set search_path = stepped, pg_catalog, public', current_database());
  end $$`;

/** SQL that sets the clock so many milliseconds before (positive) or behind (negative) the real one. */
export const setClock = (ms: number): string =>
  `update stepped.step set by = ${Math.round(ms)} * interval '1 millisecond'`;
