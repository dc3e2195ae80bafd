ALTER TABLE "analyses" DROP CONSTRAINT "analyses_workspace_id_workspaces_id_fk";
--> statement-breakpoint
ALTER TABLE "analysis_details" DROP CONSTRAINT "analysis_details_analysis_id_analyses_id_fk";
--> statement-breakpoint
ALTER TABLE "latest_analyses" DROP CONSTRAINT "latest_analyses_analysis_fk";
--> statement-breakpoint
ALTER TABLE "latest_analyses" DROP CONSTRAINT "latest_analyses_workspace_fk";
--> statement-breakpoint
-- What the keys promised, checked once per statement instead of once per row (docs/decisions/0018). A row that this transaction made needs no lock:
-- nobody else sees it. Any other parent is locked as a foreign key would, so that it cannot leave before this transaction ends.
CREATE FUNCTION "require_parents"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  child text := TG_ARGV[0];
  parent text := TG_ARGV[1];
  orphan text;
BEGIN
  -- Planned at each call: a plan made while a table was small would read all of it for ever. The LIMIT keeps it to a look per key.
  EXECUTE format(
    'SELECT c.id::text FROM (SELECT DISTINCT %1$I AS id FROM new_rows) AS c LEFT JOIN LATERAL (
       SELECT true AS found FROM (
         (SELECT 1 FROM %2$I p WHERE p.id = c.id AND p.xmin = pg_current_xact_id()::xid)
         UNION ALL (SELECT 1 FROM (SELECT 1 FROM %2$I p WHERE p.id = c.id FOR KEY SHARE) AS locked)
       ) AS either LIMIT 1
     ) AS f ON true WHERE f.found IS NULL LIMIT 1', child, parent) INTO orphan;
  IF orphan IS NOT NULL THEN
    RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, CONSTRAINT = TG_ARGV[2],
      MESSAGE = format('a row of %s names %s %s, which is not in %s', TG_TABLE_NAME, child, orphan, parent);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "analyses_workspace_insert" AFTER INSERT ON "analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_parents('workspace_id', 'workspaces', 'analyses_workspace_id_workspaces_id_fk');
--> statement-breakpoint
CREATE TRIGGER "analysis_details_analysis_insert" AFTER INSERT ON "analysis_details" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_parents('analysis_id', 'analyses', 'analysis_details_analysis_id_analyses_id_fk');
--> statement-breakpoint
CREATE TRIGGER "latest_analyses_analysis_insert" AFTER INSERT ON "latest_analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_parents('analysis_id', 'analyses', 'latest_analyses_analysis_fk');
--> statement-breakpoint
CREATE TRIGGER "latest_analyses_analysis_update" AFTER UPDATE ON "latest_analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_parents('analysis_id', 'analyses', 'latest_analyses_analysis_fk');
--> statement-breakpoint
CREATE TRIGGER "latest_analyses_workspace_insert" AFTER INSERT ON "latest_analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_parents('workspace_id', 'workspaces', 'latest_analyses_workspace_fk');
--> statement-breakpoint
CREATE TRIGGER "latest_analyses_workspace_update" AFTER UPDATE ON "latest_analyses" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION require_parents('workspace_id', 'workspaces', 'latest_analyses_workspace_fk');
--> statement-breakpoint
-- The engine changes none of these keys. Whoever does is checked per row, and only where the key changes: results are updated when their job leaves.
CREATE FUNCTION "require_parent"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found_rows int;
BEGIN
  EXECUTE format('SELECT FROM %I WHERE id = ($1).%I FOR KEY SHARE', TG_ARGV[1], TG_ARGV[0]) USING NEW;
  GET DIAGNOSTICS found_rows = ROW_COUNT;
  IF found_rows = 0 THEN
    RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, CONSTRAINT = TG_ARGV[2],
      MESSAGE = format('a row of %s names a %s that is not in %s', TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1]);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "analyses_workspace_update" AFTER UPDATE OF workspace_id ON "analyses" FOR EACH ROW
WHEN (NEW.workspace_id IS DISTINCT FROM OLD.workspace_id)
EXECUTE FUNCTION require_parent('workspace_id', 'workspaces', 'analyses_workspace_id_workspaces_id_fk');
--> statement-breakpoint
CREATE TRIGGER "analysis_details_analysis_update" AFTER UPDATE OF analysis_id ON "analysis_details" FOR EACH ROW
WHEN (NEW.analysis_id IS DISTINCT FROM OLD.analysis_id)
EXECUTE FUNCTION require_parent('analysis_id', 'analyses', 'analysis_details_analysis_id_analyses_id_fk');
--> statement-breakpoint
CREATE FUNCTION "keep_children"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, MESSAGE = format('ids of %s do not change: other rows name them', TG_TABLE_NAME);
END $$;
--> statement-breakpoint
CREATE TRIGGER "analyses_id_update" AFTER UPDATE OF id ON "analyses" FOR EACH ROW
WHEN (NEW.id IS DISTINCT FROM OLD.id) EXECUTE FUNCTION keep_children();
--> statement-breakpoint
CREATE TRIGGER "workspaces_id_update" AFTER UPDATE OF id ON "workspaces" FOR EACH ROW
WHEN (NEW.id IS DISTINCT FROM OLD.id) EXECUTE FUNCTION keep_children();
--> statement-breakpoint
-- Details leave with their result; a result that is the latest of its ticker stays.
CREATE FUNCTION "leave_with_analyses"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM latest_analyses l JOIN old_rows o ON o.id = l.analysis_id) THEN
    RAISE foreign_key_violation USING TABLE = 'analyses', CONSTRAINT = 'latest_analyses_analysis_fk',
      MESSAGE = 'the latest result of a ticker cannot be deleted';
  END IF;
  DELETE FROM analysis_details d USING old_rows o WHERE d.analysis_id = o.id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "analyses_delete" AFTER DELETE ON "analyses" REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION leave_with_analyses();
--> statement-breakpoint
CREATE FUNCTION "leave_with_workspaces"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM latest_analyses l USING old_rows o WHERE l.workspace_id = o.id;
  DELETE FROM analyses a USING old_rows o WHERE a.workspace_id = o.id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "workspaces_delete" AFTER DELETE ON "workspaces" REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION leave_with_workspaces();
--> statement-breakpoint
CREATE FUNCTION "leave_with_truncated_analyses"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM latest_analyses;
  DELETE FROM analysis_details;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "analyses_truncate" AFTER TRUNCATE ON "analyses"
FOR EACH STATEMENT EXECUTE FUNCTION leave_with_truncated_analyses();
