-- Room on the page keeps updates of these rows HOT; early, small vacuums keep the claim index short.
ALTER TABLE "jobs" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
--> statement-breakpoint
ALTER TABLE "job_items" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 1);
--> statement-breakpoint
ALTER TABLE "watchlist_items" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "watchlists" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "latest_analyses" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "workers" SET (fillfactor = 50, autovacuum_vacuum_threshold = 50);
--> statement-breakpoint
-- Append-only: never updated, so only inserts should trigger a vacuum (it sets the visibility map for index-only reads).
ALTER TABLE "job_events" SET (autovacuum_vacuum_insert_scale_factor = 0.1);
--> statement-breakpoint
INSERT INTO "workspaces" ("id", "name") VALUES ('00000000-0000-7000-8000-000000000001', 'Default')
ON CONFLICT DO NOTHING;
--> statement-breakpoint
INSERT INTO "watchlists" ("id", "workspace_id", "name", "is_default")
VALUES ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'Default', true)
ON CONFLICT DO NOTHING;
