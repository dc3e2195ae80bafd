-- concurrently
CREATE INDEX CONCURRENTLY "jobs_claim_idx" ON "jobs" USING btree ("workspace_id","kind","priority" DESC NULLS FIRST,"turn_at","id") WHERE claimable and state in ('QUEUED', 'PROCESSING');--> statement-breakpoint
CREATE INDEX CONCURRENTLY "jobs_due_idx" ON "jobs" USING btree ("due_at") WHERE not claimable and due_at is not null and state in ('QUEUED', 'PROCESSING');--> statement-breakpoint
CREATE INDEX CONCURRENTLY "jobs_waiting_idx" ON "jobs" USING btree ("claimable","workspace_id","due_at") WHERE due_at is not null and state in ('QUEUED', 'PROCESSING');--> statement-breakpoint
-- Of the jobs that have not ended, from their items.
DO $$
DECLARE
  last uuid := '00000000-0000-0000-0000-000000000000';
  piece uuid[];
BEGIN
  LOOP
    SELECT array_agg(id ORDER BY id) INTO piece
    FROM (SELECT id FROM jobs WHERE id > last AND state IN ('QUEUED', 'PROCESSING') ORDER BY id LIMIT 1000) AS next;
    EXIT WHEN piece IS NULL;
    PERFORM FROM jobs WHERE id = ANY (piece) ORDER BY id FOR NO KEY UPDATE;
    UPDATE jobs j SET due_at = first.run_at, claimable = coalesce(first.run_at <= clock_timestamp(), false), turn_at = j.run_at
    FROM unnest(piece) AS p(id)
    LEFT JOIN LATERAL (SELECT run_at FROM job_items WHERE job_id = p.id AND state = 'QUEUED' ORDER BY run_at LIMIT 1) AS first ON true
    WHERE j.id = p.id AND j.state IN ('QUEUED', 'PROCESSING');
    COMMIT;
    last := piece[cardinality(piece)];
  END LOOP;
END $$;--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "job_items_claim_idx";
