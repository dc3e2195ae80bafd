-- concurrently
CREATE UNIQUE INDEX CONCURRENTLY "watchlists_folded_name_key" ON "watchlists" USING btree ("workspace_id","name_key") WHERE name_key is not null;--> statement-breakpoint
CREATE UNIQUE INDEX CONCURRENTLY "workspaces_folded_name_key" ON "workspaces" USING btree ("name_key") WHERE name_key is not null;--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "watchlists_name_key";
