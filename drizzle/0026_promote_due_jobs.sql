-- Claims read an index of jobs that have due items; a job without any is outside it until a worker promotes it (docs/decisions/0031).
-- `true` is the safe default, also for a job that a process of the version before stores: a claim that finds no due item corrects the row.
ALTER TABLE "jobs" ADD COLUMN "claimable" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "turn_at" timestamp (3) with time zone DEFAULT now() NOT NULL;
