-- Ids of the messages that were processed. A message that comes again has the same id. Ids older than a day may be removed.
CREATE TABLE IF NOT EXISTS messages (
  id TEXT PRIMARY KEY,
  received_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

-- Jobs and results of the messages. After `replayWebhook` the same ones come in messages with new ids.
CREATE TABLE IF NOT EXISTS events (
  subject_id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
