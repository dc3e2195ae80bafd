-- concurrently
-- Jobs that are in no index of claims or due times: the repair reads this one. It holds the jobs whose unfinished items are all being processed, and
-- nearly never another one. The number of queued items is no condition: a column of a condition counts as indexed, and every claim changes this one.
CREATE INDEX CONCURRENTLY "jobs_undated_idx" ON "jobs" USING btree ("id") WHERE not claimable and due_at is null and state in ('QUEUED', 'PROCESSING');
