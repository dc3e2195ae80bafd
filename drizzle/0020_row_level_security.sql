-- Row-level security: the second wall between workspaces, behind the filters of the stores (docs/decisions/0026). The roles are those of
-- `src/db/roles.ts`; they belong to the server and were made before this ran (`src/db/provide-roles.ts`). The owner of the tables, who migrates, is
-- held by no policy: it migrates, makes keys on the command line and is dumped by; neither API nor worker works as it.
--
-- Who works as the API sees rows of the workspace that its session is set to. The sub-select is worked out once per statement, not per row; after a
-- RESET the setting is '' instead of nothing, and either means no rows.
DO $$
DECLARE
  current_workspace CONSTANT text := '(SELECT nullif(current_setting(''app.workspace'', true), '''')::uuid)';
  -- Tables that name the workspace, and where they do.
  direct CONSTANT jsonb := '{
    "workspaces": "id", "watchlists": "workspace_id", "watchlist_items": "workspace_id", "jobs": "workspace_id", "job_items": "workspace_id",
    "analyses": "workspace_id", "latest_analyses": "workspace_id", "feed_heads": "workspace_id", "feed_entries": "workspace_id",
    "backtests": "workspace_id", "job_end_heads": "workspace_id", "job_ends": "workspace_id", "webhooks": "workspace_id",
    "webhook_deliveries": "workspace_id", "mutation_answers": "workspace_id", "api_keys": "workspace_id",
    "workspace_members": "workspace_id", "audit_entries": "workspace_id"}';
  -- Tables whose rows belong to a row of one of those: the key, and the parent.
  through CONSTANT jsonb := '{
    "job_events": ["job_id", "jobs"], "analysis_details": ["analysis_id", "analyses"], "backtest_details": ["backtest_id", "backtests"],
    "backtest_trades": ["backtest_id", "backtests"]}';
  name text;
  place text;
  parent jsonb;
BEGIN
  FOR name, place IN SELECT * FROM jsonb_each_text(direct) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY api_workspace ON %I TO thetool_api USING (%I = %s)', name, place, current_workspace);
    EXECUTE format('GRANT SELECT ON %I TO thetool_api', name);
  END LOOP;
  FOR name, parent IN SELECT * FROM jsonb_each(through) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY api_workspace ON %1$I TO thetool_api USING (EXISTS (SELECT FROM %3$I AS p WHERE p.id = %1$I.%2$I AND p.workspace_id = %4$s))',
      name, parent ->> 0, parent ->> 1, current_workspace);
    EXECUTE format('GRANT SELECT ON %I TO thetool_api', name);
  END LOOP;
  -- Workers work for all workspaces, but have nothing to do with keys and members.
  FOREACH name IN ARRAY ARRAY['workspaces', 'watchlists', 'watchlist_items', 'jobs', 'job_items', 'job_events', 'analyses', 'analysis_details',
    'latest_analyses', 'feed_heads', 'feed_entries', 'backtests', 'backtest_details', 'backtest_trades', 'job_end_heads', 'job_ends', 'webhooks',
    'webhook_deliveries', 'mutation_answers'] LOOP
    EXECUTE format('CREATE POLICY worker_all ON %I TO thetool_worker USING (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO thetool_worker', name);
  END LOOP;
  -- What the API reads for all workspaces at once.
  FOREACH name IN ARRAY ARRAY['workspaces', 'watchlists', 'watchlist_items', 'jobs', 'job_items', 'job_events', 'analyses', 'feed_heads',
    'feed_entries', 'api_keys', 'workspace_members'] LOOP
    EXECUTE format('CREATE POLICY relay_reads ON %I FOR SELECT TO thetool_relay USING (true)', name);
    EXECUTE format('GRANT SELECT ON %I TO thetool_relay', name);
  END LOOP;
END $$;
--> statement-breakpoint
-- What documents of clients may write.
GRANT UPDATE (paused_at, pause_note) ON "workspaces" TO thetool_api;
--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON "watchlists", "watchlist_items", "webhooks" TO thetool_api;
--> statement-breakpoint
GRANT INSERT, UPDATE ON "jobs", "job_items", "job_end_heads", "mutation_answers", "api_keys" TO thetool_api;
--> statement-breakpoint
GRANT INSERT ON "job_events", "job_ends" TO thetool_api;
--> statement-breakpoint
GRANT UPDATE ON "webhook_deliveries" TO thetool_api;
--> statement-breakpoint
-- What was done is written down and never changed. Refusals are counted for all workspaces together, and workers remove what is old; FOR UPDATE asks for
-- the right to update something.
GRANT INSERT ON "audit_entries" TO thetool_api;
--> statement-breakpoint
CREATE POLICY relay_all ON "audit_entries" TO thetool_relay USING (true);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "audit_entries" TO thetool_relay;
--> statement-breakpoint
CREATE POLICY worker_all ON "audit_entries" TO thetool_worker USING (true);
--> statement-breakpoint
GRANT SELECT, UPDATE (times), DELETE ON "audit_entries" TO thetool_worker;
--> statement-breakpoint
-- That a key was used is noted; nothing else of it.
CREATE POLICY relay_touches ON "api_keys" FOR UPDATE TO thetool_relay USING (true);
--> statement-breakpoint
GRANT UPDATE (last_used_at) ON "api_keys" TO thetool_relay;
--> statement-breakpoint
-- Buckets belong to keys, not to workspaces; documents have nothing to do with them.
ALTER TABLE "rate_limits" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY relay_all ON "rate_limits" TO thetool_relay USING (true);
--> statement-breakpoint
CREATE POLICY worker_all ON "rate_limits" TO thetool_worker USING (true);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "rate_limits" TO thetool_relay;
--> statement-breakpoint
GRANT SELECT, DELETE ON "rate_limits" TO thetool_worker;
--> statement-breakpoint
-- Of nobody: instruments, bars and workers.
GRANT SELECT ON "instruments", "candle_series" TO thetool_api, thetool_relay, thetool_worker;
--> statement-breakpoint
GRANT INSERT ON "instruments" TO thetool_relay;
--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON "candle_series" TO thetool_worker;
--> statement-breakpoint
GRANT SELECT ON "workers" TO thetool_relay;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "workers" TO thetool_worker;
--> statement-breakpoint
GRANT USAGE ON SEQUENCE "item_fence" TO thetool_worker;
--> statement-breakpoint
GRANT USAGE ON SCHEMA "public" TO thetool_api, thetool_relay, thetool_worker;
--> statement-breakpoint
-- Whether the database is as new as the program.
GRANT USAGE ON SCHEMA "drizzle" TO thetool_relay, thetool_worker;
--> statement-breakpoint
GRANT SELECT ON "drizzle"."__drizzle_migrations" TO thetool_relay, thetool_worker;
--> statement-breakpoint
-- A view reads as its owner unless it is told otherwise.
ALTER VIEW "job_log" SET (security_invoker = true);
