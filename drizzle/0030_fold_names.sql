-- Names are compared by a key that this program computes and stores (src/name.ts): NFKC and full case folding. `lower()` depends on the locale of the
-- database. The processes fill the keys of existing rows after the migrations (src/db/fill-name-keys.ts).
ALTER TABLE "watchlists" ADD COLUMN "name_key" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "name_key" text;--> statement-breakpoint
-- As in 0023, with the key of its name.
CREATE OR REPLACE FUNCTION "create_default_watchlist"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO watchlists (id, workspace_id, name, name_key, is_default)
  SELECT (regexp_replace(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0'), '(.{8})(.{4})', '\1-\2')
    || '-7' || substr(gen_random_uuid()::text, 16))::uuid, n.id, 'Default', 'default', true
  FROM new_rows n;
  RETURN NULL;
END $$;
