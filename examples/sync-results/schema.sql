PRAGMA journal_mode = WAL;

-- `position` counts the results in the order of the feed.
CREATE TABLE IF NOT EXISTS results (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  ticker TEXT NOT NULL,
  strategy TEXT NOT NULL,
  timeframe TEXT NOT NULL,
  verdict TEXT NOT NULL,
  score REAL NOT NULL,
  as_of TEXT NOT NULL,
  is_demo INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

-- One row: the cursor of the last batch that was stored.
CREATE TABLE IF NOT EXISTS sync_position (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  cursor TEXT NOT NULL
) STRICT;
