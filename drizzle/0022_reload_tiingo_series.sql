-- Stored series of Tiingo have the volume as it was traded; now the volume is adjusted for splits. A refresh compares the last
-- days only and would keep the old volume of all earlier bars, so these copies go and the worker loads them again when asked.
DELETE FROM "candle_series" WHERE "source" = 'TIINGO';
