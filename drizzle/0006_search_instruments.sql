CREATE INDEX "instruments_symbol_idx" ON "instruments" USING btree ("symbol");--> statement-breakpoint
-- Trigram indexes make a search in many names fast. The extension comes with PostgreSQL, but a distribution may package it apart and an
-- operator may refuse it: searches then read the whole list, with the same answers.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX "instruments_search_idx" ON "instruments" USING gin (ticker gin_trgm_ops, symbol gin_trgm_ops, name gin_trgm_ops);
EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege OR undefined_object THEN
  RAISE NOTICE 'pg_trgm is not available (%); searches read the whole list', SQLERRM;
END
$$;
