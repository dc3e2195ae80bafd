-- Every workspace has exactly one default watchlist: the one that takes the tickers of a deleted list and cannot be deleted itself. Only the first
-- workspace had one. A trigger makes it in the transaction that inserts the workspace, whoever inserts it.
CREATE FUNCTION "create_default_watchlist"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO watchlists (id, workspace_id, name, is_default)
  SELECT (regexp_replace(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0'), '(.{8})(.{4})', '\1-\2')
    || '-7' || substr(gen_random_uuid()::text, 16))::uuid, n.id, 'Default', true
  FROM new_rows n;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "workspaces_default_watchlist" AFTER INSERT ON "workspaces" REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION create_default_watchlist();
--> statement-breakpoint
-- Names are unique within a workspace, ignoring case: a list that is called Default already becomes the default list.
UPDATE "watchlists" w SET is_default = true, revision = w.revision + 1
WHERE lower(w.name) = 'default'
  AND NOT EXISTS (SELECT FROM "watchlists" d WHERE d.workspace_id = w.workspace_id AND d.is_default);
--> statement-breakpoint
INSERT INTO "watchlists" (id, workspace_id, name, is_default)
SELECT (regexp_replace(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0'), '(.{8})(.{4})', '\1-\2')
  || '-7' || substr(gen_random_uuid()::text, 16))::uuid, s.id, 'Default', true
FROM "workspaces" s
WHERE NOT EXISTS (SELECT FROM "watchlists" d WHERE d.workspace_id = s.id AND d.is_default);
