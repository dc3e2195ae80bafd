ALTER TABLE "instruments" ADD COLUMN "name_key" text;--> statement-breakpoint
-- As 0006: without pg_trgm searches read the whole list.
DO $$
BEGIN
  -- brief: the list has some ten thousand rows, and the column is empty.
  CREATE INDEX "instruments_name_key_idx" ON "instruments" USING gin (name_key gin_trgm_ops);
EXCEPTION WHEN undefined_object THEN
  RAISE NOTICE 'pg_trgm is not available (%); searches read the whole list', SQLERRM;
END
$$;
--> statement-breakpoint
-- All workspaces read the list, and the default one, which is the operator's, may change it. The verb checks it; this is the second protection. Row-level
-- security would take the trigram indexes from searches, because LIKE is not leak-proof.
CREATE FUNCTION "guard_instruments"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'thetool_api'
    AND coalesce(current_setting('app.workspace', true), '') <> '00000000-0000-7000-8000-000000000001' THEN
    RAISE EXCEPTION 'only the default workspace changes the list of instruments' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "instruments_guard" BEFORE INSERT OR UPDATE ON "instruments" FOR EACH STATEMENT EXECUTE FUNCTION guard_instruments();
--> statement-breakpoint
GRANT INSERT, UPDATE ON "instruments" TO thetool_api;
