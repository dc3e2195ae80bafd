-- Series that were divided by 100 (docs/decisions/0035) are loaded again. Those that are really in whole units are loaded again, too: the rows do not tell.
DELETE FROM "candle_series" WHERE "source" = 'YAHOO' AND "currency" IN ('GBP', 'ZAR', 'ILS');
