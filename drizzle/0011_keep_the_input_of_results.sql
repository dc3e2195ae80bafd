ALTER TABLE "analyses" ADD COLUMN "input_hash" "bytea";--> statement-breakpoint
ALTER TABLE "analyses" ADD COLUMN "engine_version" smallint;--> statement-breakpoint
ALTER TABLE "analyses" ADD CONSTRAINT "analyses_input_hash_check" CHECK (octet_length(input_hash) = 16);