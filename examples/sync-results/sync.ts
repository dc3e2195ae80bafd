/**
 * Copies every result of a workspace into SQLite, once each and in order, and continues with new results until it is stopped:
 * `THETOOL_URL=… THETOOL_KEY=… node sync.ts results.db` with Node 24 and the packages thetool-client and graphql-ws.
 */
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { connect, follow } from 'thetool-client';

interface Batch {
  readonly cursor: string;
  readonly gap: boolean;
  readonly analyses: readonly {
    readonly id: string;
    readonly ticker: string;
    readonly strategy: string;
    readonly timeframe: string;
    readonly verdict: string;
    readonly score: number;
    readonly asOf: string;
    readonly isDemo: boolean;
    readonly createdAt: string;
  }[];
}

const RESULTS_STORED = `subscription($after: String) {
  analysisStored(filter: { includeBackfill: true }, from: OLDEST, after: $after) {
    cursor gap analyses { id ticker strategy timeframe verdict score asOf isDemo createdAt } } }`;

const database = new DatabaseSync(process.argv[2] ?? 'results.db');
// Another process may hold the file for a moment.
database.exec('PRAGMA busy_timeout = 5000');
database.exec(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
const insert = database.prepare(
  `INSERT INTO results (id, ticker, strategy, timeframe, verdict, score, as_of, is_demo, created_at)
   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
);
const move = database.prepare(
  `INSERT INTO sync_position (one, cursor) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET cursor = excluded.cursor`,
);

/** Rows and cursor in one transaction: after a crash either both are stored or neither is. */
function store({ analyses, cursor }: Batch): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // INSERT, not INSERT OR IGNORE: a result that came twice is an error that must not stay hidden.
    for (const { id, ticker, strategy, timeframe, verdict, score, asOf, isDemo, createdAt } of analyses)
      insert.run(id, ticker, strategy, timeframe, verdict, score, asOf, isDemo ? 1 : 0, createdAt);
    move.run(cursor);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

const position = database.prepare('SELECT cursor FROM sync_position').get();
const after = position === undefined ? null : String(position.cursor);
const client = connect(process.env.THETOOL_URL ?? 'http://127.0.0.1:4000/graphql', {
  key: process.env.THETOOL_KEY ?? '',
});
const batches = follow<{ analysisStored: Batch }>(client, RESULTS_STORED, { variables: { after } });
for await (const { analysisStored: batch } of batches) {
  if (batch.gap) console.error('The server has removed results before this batch.');
  store(batch);
  console.log(batch.analyses.length, 'stored');
}
