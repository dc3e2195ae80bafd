-- Rows from before stay JSON, now as bytes: their first byte is a brace, and readers know them by it.
ALTER TABLE "analysis_details" ALTER COLUMN "body" SET DATA TYPE bytea USING convert_to(body::text, 'UTF8');
