-- The constraint and its index are replaced in one statement, with a lock that reads and writes nothing. `ON CONFLICT (workspace_id, ticker, strategy)` of processes of the version before means
-- the new key as well: the order of the columns does not matter there.
ALTER TABLE "latest_analyses" DROP CONSTRAINT "latest_analyses_pkey", ADD CONSTRAINT "latest_analyses_pkey" PRIMARY KEY USING INDEX "latest_analyses_ranking_key";
