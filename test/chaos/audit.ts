/**
 * Triggers that note who changed what, in the transaction that changed it: what committed is noted, what rolled back is not. The process is
 * the session's application_name. The times are those of PostgreSQL's own clock, whatever steps the clock of the processes takes. They note as their owner, since processes work as roles that may not. One sequence numbers all notes; notes about one row are in the order of its versions.
 */
export const auditSchema = `
  set search_path = public;
  create sequence chaos_note;
  create table chaos_item_writes (
    id bigint primary key default nextval('chaos_note'), at timestamptz not null default clock_timestamp(), txid bigint not null default txid_current(),
    process text not null default current_setting('application_name'), job_id uuid not null, ticker text not null, old_state text not null,
    new_state text not null, old_fence bigint, new_fence bigint, old_worker uuid, new_worker uuid);
  create index on chaos_item_writes (new_worker, id) where new_state = 'PROCESSING';
  create table chaos_worker_writes (
    id bigint primary key default nextval('chaos_note'), at timestamptz not null default clock_timestamp(),
    txid bigint not null default txid_current(),
    process text not null default current_setting('application_name'), worker_id uuid not null, new_state text not null);
  create index on chaos_worker_writes (worker_id, new_state);
  create table chaos_heartbeats (worker_id uuid primary key, at timestamptz not null);
  create table chaos_result_writes (
    id bigint primary key default nextval('chaos_note'), at timestamptz not null default clock_timestamp(), txid bigint not null default txid_current(),
    process text not null default current_setting('application_name'), job_id uuid not null, ticker text not null);
  create function chaos_note_item() returns trigger language plpgsql security definer as $$ begin
    insert into chaos_item_writes (job_id, ticker, old_state, new_state, old_fence, new_fence, old_worker, new_worker)
    values (new.job_id, new.ticker, old.state, new.state, old.fence, new.fence, old.worker_id, new.worker_id);
    return null; end $$;
  create function chaos_note_worker() returns trigger language plpgsql security definer as $$ begin
    if tg_op = 'INSERT' or old.heartbeat_at <> new.heartbeat_at then
      insert into chaos_heartbeats values (new.id, pg_catalog.clock_timestamp())
      on conflict (worker_id) do update set at = excluded.at;
    end if;
    if tg_op = 'INSERT' or old.state <> new.state then
      insert into chaos_worker_writes (worker_id, new_state) values (new.id, new.state);
    end if; return null; end $$;
  create function chaos_note_result() returns trigger language plpgsql security definer as $$ begin
    insert into chaos_result_writes (job_id, ticker) values (new.job_id, new.ticker); return null; end $$;
  create trigger chaos_items after update on job_items for each row execute function chaos_note_item();
  create trigger chaos_workers after insert or update on workers for each row execute function chaos_note_worker();
  create trigger chaos_results after insert on analyses for each row execute function chaos_note_result();`;
