-- The status of the newest run is kept once per ticker of a workspace, not once per list that holds the ticker: with 99 lists of 1,000 tickers every
-- submit updated 99,000 rows. 0029 fills the table. The columns of `watchlist_items` stay for one release, because processes of the version before
-- read and write them.
CREATE TABLE "watchlist_tickers" (
	"workspace_id" uuid NOT NULL,
	"ticker" text NOT NULL,
	"last_job_id" uuid,
	"last_analysis_id" uuid,
	"last_status" text,
	CONSTRAINT "watchlist_tickers_pkey" PRIMARY KEY("workspace_id","ticker")
);
--> statement-breakpoint
ALTER TABLE "watchlist_tickers" ADD CONSTRAINT "watchlist_tickers_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watchlist_tickers" ADD CONSTRAINT "watchlist_tickers_last_job_id_jobs_id_fk" FOREIGN KEY ("last_job_id") REFERENCES "public"."jobs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watchlist_tickers" ADD CONSTRAINT "watchlist_tickers_last_analysis_id_analyses_id_fk" FOREIGN KEY ("last_analysis_id") REFERENCES "public"."analyses"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "watchlist_tickers_job_idx" ON "watchlist_tickers" USING btree ("last_job_id") WHERE last_job_id is not null;--> statement-breakpoint
CREATE INDEX "watchlist_tickers_analysis_idx" ON "watchlist_tickers" USING btree ("last_analysis_id") WHERE last_analysis_id is not null;--> statement-breakpoint
-- A row per ticker that is in a list: made with the first item, removed with the last one, by whatever statement. Changes of the lists of a workspace
-- run one at a time, so no item is inserted while the last other one is deleted. A new item waits for the engine's change of its ticker (FOR SHARE): the engine
-- looks for the lists of a ticker after it has changed it, and must find this one, or this transaction must see the change.
CREATE FUNCTION "add_watchlist_tickers"() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  INSERT INTO watchlist_tickers (workspace_id, ticker) SELECT DISTINCT workspace_id, ticker FROM new_rows ORDER BY workspace_id, ticker
  ON CONFLICT DO NOTHING;
  PERFORM FROM (SELECT DISTINCT workspace_id, ticker FROM new_rows) AS n
  JOIN watchlist_tickers t ON t.workspace_id = n.workspace_id AND t.ticker = n.ticker
  ORDER BY t.workspace_id, t.ticker FOR SHARE OF t;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "watchlist_items_insert" AFTER INSERT ON "watchlist_items" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION add_watchlist_tickers();
--> statement-breakpoint
CREATE FUNCTION "remove_watchlist_tickers"() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  WITH unlisted AS MATERIALIZED (
    SELECT t.workspace_id, t.ticker FROM (SELECT DISTINCT workspace_id, ticker FROM old_rows) AS o
    JOIN watchlist_tickers t ON t.workspace_id = o.workspace_id AND t.ticker = o.ticker
    WHERE NOT EXISTS (SELECT FROM watchlist_items i WHERE i.workspace_id = o.workspace_id AND i.ticker = o.ticker)
    ORDER BY t.workspace_id, t.ticker FOR UPDATE OF t
  )
  DELETE FROM watchlist_tickers t USING unlisted u WHERE t.workspace_id = u.workspace_id AND t.ticker = u.ticker;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "watchlist_items_delete" AFTER DELETE ON "watchlist_items" REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION remove_watchlist_tickers();
--> statement-breakpoint
ALTER TABLE "watchlist_tickers" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "watchlist_tickers" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY api_workspace ON "watchlist_tickers" TO thetool_api
USING (workspace_id = (SELECT nullif(current_setting('app.workspace', true), '')::uuid));
--> statement-breakpoint
CREATE POLICY worker_all ON "watchlist_tickers" TO thetool_worker USING (true);
--> statement-breakpoint
CREATE POLICY relay_reads ON "watchlist_tickers" FOR SELECT TO thetool_relay USING (true);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "watchlist_tickers" TO thetool_api, thetool_worker;
--> statement-breakpoint
GRANT SELECT ON "watchlist_tickers" TO thetool_relay;
