ALTER TABLE "job_events" DROP CONSTRAINT "job_events_seq_check";--> statement-breakpoint
ALTER TABLE "job_events" ADD COLUMN "size" smallint DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "job_events" ADD COLUMN "earlier" text;--> statement-breakpoint
ALTER TABLE "job_events" ADD CONSTRAINT "job_events_size_check" CHECK (size between 1 and 64 and (size = 1) = (earlier is null));--> statement-breakpoint
ALTER TABLE "job_events" ADD CONSTRAINT "job_events_seq_check" CHECK (seq >= size);
--> statement-breakpoint
-- Every event as a row, for people and tests; the API reads batches. Types are named by their place in `eventTypes`.
CREATE VIEW "job_log" AS
SELECT job_id, seq, at, type, ticker, phase, progress, payload FROM job_events
UNION ALL
SELECT e.job_id, e.seq - e.size + b.n::int, e.at,
  (ARRAY['JOB_QUEUED', 'JOB_STARTED', 'ITEMS_STARTED', 'ITEM_PROGRESSED', 'ITEM_COMPLETED', 'ITEM_FAILED', 'ITEM_RETRYING', 'ITEM_RETURNED', 'JOB_COMPLETED', 'JOB_FAILED', 'JOB_CANCELLED'])[(b.event ->> 0)::int],
  b.event ->> 1, (b.event ->> 2)::smallint, (b.event ->> 3)::real, (b.event -> 4)::jsonb
FROM job_events e CROSS JOIN json_array_elements(e.earlier::json) WITH ORDINALITY AS b(event, n);
