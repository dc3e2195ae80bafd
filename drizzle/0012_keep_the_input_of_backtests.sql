ALTER TABLE "backtests" ADD COLUMN "input_hash" "bytea";--> statement-breakpoint
ALTER TABLE "backtests" ADD COLUMN "engine_version" smallint;--> statement-breakpoint
ALTER TABLE "backtests" ADD CONSTRAINT "backtests_input_hash_check" CHECK (octet_length(input_hash) = 16);