ALTER TABLE "instruments" ADD COLUMN "source" text;--> statement-breakpoint
-- What only the name of a file in CSV_DIR has brought so far. An operator cannot mean such a row: XXX is the code of no currency.
UPDATE "instruments" SET "source" = 'CSV' WHERE "exchange" = 'UNKNOWN' AND "currency" = 'XXX' AND "symbol" = "ticker" AND "name" = "ticker";
--> statement-breakpoint
-- A start of an API node removes what its sources no longer list. It locks these rows in the order of tickers, as imports do.
GRANT DELETE, UPDATE ("source") ON "instruments" TO thetool_relay;
