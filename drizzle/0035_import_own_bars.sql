-- Bars that workspaces import, and the scope that allows it. A process of the version before knows neither: it passes the table over, and a key with
-- the new scope opens there what its other scopes allow.
CREATE TABLE "own_series" (
	"workspace_id" uuid NOT NULL,
	"ticker" text NOT NULL,
	"bars" integer NOT NULL,
	"first_day" date NOT NULL,
	"last_day" date NOT NULL,
	"adjustment" text NOT NULL,
	"currency" text,
	"warnings" jsonb,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"body" "bytea" NOT NULL,
	CONSTRAINT "own_series_pkey" PRIMARY KEY("workspace_id","ticker"),
	CONSTRAINT "own_series_bars_check" CHECK (bars >= 1 and octet_length(body) = 44 * bars and first_day <= last_day)
);
--> statement-breakpoint
ALTER TABLE "api_keys" DROP CONSTRAINT "api_keys_scopes_check";--> statement-breakpoint
ALTER TABLE "workspace_members" DROP CONSTRAINT "workspace_members_scopes_check";--> statement-breakpoint
ALTER TABLE "own_series" ADD CONSTRAINT "own_series_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- brief: a deployment has few keys.
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_scopes_check" CHECK (cardinality(scopes) >= 1 and scopes <@ array['jobs:write', 'jobs:read', 'results:read', 'candles:write', 'admin']);--> statement-breakpoint
-- brief: a deployment has few members.
ALTER TABLE "workspace_members" ADD CONSTRAINT "workspace_members_scopes_check" CHECK (cardinality(scopes) >= 1 and scopes <@ array['jobs:write', 'jobs:read', 'results:read', 'candles:write', 'admin']);--> statement-breakpoint
-- Doubles hardly compress.
ALTER TABLE "own_series" ALTER COLUMN "body" SET STORAGE EXTERNAL;
--> statement-breakpoint
ALTER TABLE "own_series" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY api_workspace ON "own_series" TO thetool_api
USING (workspace_id = (SELECT nullif(current_setting('app.workspace', true), '')::uuid));
--> statement-breakpoint
-- Workers read the bars of the job's workspace; the policy is for all, because they work for all.
CREATE POLICY worker_reads ON "own_series" FOR SELECT TO thetool_worker USING (true);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "own_series" TO thetool_api;
--> statement-breakpoint
GRANT SELECT ON "own_series" TO thetool_worker;
