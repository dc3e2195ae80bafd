-- Latest results whose later bars were left out (FUTURE_BAR) give way to the newest result of the same key without this gate.
-- The rows are locked in the order of the writers. Lines and tallies are filled from the result at the next start.
WITH "cut" AS MATERIALIZED (
	SELECT l."workspace_id", l."ticker", l."strategy", l."is_demo"
	FROM "latest_analyses" l JOIN "analyses" a ON a."id" = l."analysis_id"
	WHERE l."gated" AND a."warnings" @> '[{"code":"FUTURE_BAR"}]'
	ORDER BY l."workspace_id", l."ticker" COLLATE "C", l."strategy" COLLATE "C"
	FOR NO KEY UPDATE OF l
)
UPDATE "latest_analyses" l SET "analysis_id" = n."id", "is_demo" = n."is_demo", "as_of" = n."as_of", "lines" = NULL, "lines_of" = NULL, "tallies" = NULL,
	"gated" = EXISTS (
		SELECT FROM jsonb_array_elements(coalesce(n."warnings", '[]')) w WHERE w ->> 'code' = ANY (ARRAY['NO_RECENT_TRADE', 'LAST_SESSION_MISSING', 'SUSPECTED_SPLIT', 'FACTOR_STEP', 'FACTOR_RANGE', 'PRICE_SPIKE'])
	)
FROM "cut" c CROSS JOIN LATERAL (
	SELECT a."id", a."is_demo", a."as_of", a."warnings" FROM "analyses" a
	WHERE a."workspace_id" = c."workspace_id" AND a."ticker" = c."ticker" AND a."is_demo" <= c."is_demo"
		AND CASE WHEN a."timeframe" = 'DAILY' THEN a."strategy" ELSE a."strategy" || ':' || a."timeframe" END = c."strategy"
		AND NOT coalesce(a."warnings" @> '[{"code":"FUTURE_BAR"}]', false)
	ORDER BY a."is_demo", a."as_of" DESC, a."id" DESC LIMIT 1
) n
WHERE l."workspace_id" = c."workspace_id" AND l."ticker" = c."ticker" AND l."strategy" = c."strategy";
