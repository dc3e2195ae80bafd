-- The checks of 0010 with statements that are planned once per connection: planning at each call took longer than looking (docs/decisions/0018).
-- A plan from when a table was small would read all of it for ever; these settings leave it nothing but to look up each key.
CREATE FUNCTION "require_workspaces"() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  orphan uuid;
BEGIN
  SELECT c.id INTO orphan FROM (SELECT DISTINCT workspace_id AS id FROM new_rows) AS c LEFT JOIN LATERAL (
    SELECT true AS found FROM (
      (SELECT 1 FROM workspaces p WHERE p.id = c.id AND p.xmin = pg_current_xact_id()::xid)
      UNION ALL (SELECT 1 FROM (SELECT 1 FROM workspaces p WHERE p.id = c.id FOR KEY SHARE) AS locked)
    ) AS either LIMIT 1
  ) AS f ON true WHERE f.found IS NULL LIMIT 1;
  IF orphan IS NOT NULL THEN
    RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, CONSTRAINT = TG_ARGV[0],
      MESSAGE = format('a row of %s names workspace %s, which does not exist', TG_TABLE_NAME, orphan);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "require_analyses"() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  orphan uuid;
BEGIN
  SELECT c.id INTO orphan FROM (SELECT DISTINCT analysis_id AS id FROM new_rows) AS c LEFT JOIN LATERAL (
    SELECT true AS found FROM (
      (SELECT 1 FROM analyses p WHERE p.id = c.id AND p.xmin = pg_current_xact_id()::xid)
      UNION ALL (SELECT 1 FROM (SELECT 1 FROM analyses p WHERE p.id = c.id FOR KEY SHARE) AS locked)
    ) AS either LIMIT 1
  ) AS f ON true WHERE f.found IS NULL LIMIT 1;
  IF orphan IS NOT NULL THEN
    RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, CONSTRAINT = TG_ARGV[0],
      MESSAGE = format('a row of %s names result %s, which does not exist', TG_TABLE_NAME, orphan);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "analyses_workspace_insert" AFTER INSERT ON "analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_workspaces('analyses_workspace_id_workspaces_id_fk');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "analysis_details_analysis_insert" AFTER INSERT ON "analysis_details" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_analyses('analysis_details_analysis_id_analyses_id_fk');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "latest_analyses_analysis_insert" AFTER INSERT ON "latest_analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_analyses('latest_analyses_analysis_fk');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "latest_analyses_analysis_update" AFTER UPDATE ON "latest_analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_analyses('latest_analyses_analysis_fk');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "latest_analyses_workspace_insert" AFTER INSERT ON "latest_analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_workspaces('latest_analyses_workspace_fk');
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "latest_analyses_workspace_update" AFTER UPDATE ON "latest_analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_workspaces('latest_analyses_workspace_fk');
--> statement-breakpoint
DROP FUNCTION "require_parents"();
